package main

import (
	"context"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

type checkCommand struct {
	configured
	Secrets      bool `help:"Also fetch the secrets that are kept in AWS, and check what they are."`
	Setup        bool `help:"Check it as airpass setup reads it: what that makes need not be there yet."`
	AgainstStore bool `help:"Name live grants that this file affects: of targets that it changes or no longer has."`
}

// Help is shown by --help.
func (checkCommand) Help() string {
	return `Every problem is reported at once: file, line, field, what is wrong, how to mend it. Nobody is called.

    airpass config check --config airpass.yaml

Where secrets are kept in AWS, with the credentials that airpass will have:

    airpass config check --config airpass.yaml --secrets

Before an edited file is taken into use:

    airpass config check --config new.yaml --against-store`
}

// Run checks the file.
func (c checkCommand) Run(ctx context.Context, s streams) error {
	cfg, err := c.look(ctx)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		s.printf("%s\n", w)
	}
	s.printf("%s is valid: %s, %s, %s\n", c.Config, count(len(cfg.Environments), "environment"), count(len(cfg.Targets()), "target"), count(len(cfg.Warnings), "warning"))
	switch n := cfg.InAWS(); {
	case n > 0 && c.Secrets:
		s.printf("%s in AWS fetched\n", count(n, "secret"))
	case n > 0:
		s.printf("%s in AWS not fetched; --secrets does\n", count(n, "secret"))
	}
	if !c.AgainstStore {
		return nil
	}
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error { return affected(ctx, s, cfg, op.Store) })
}

// look reads the file, and what it keeps in AWS if that is wished.
func (c checkCommand) look(ctx context.Context) (*config.Config, error) {
	switch {
	case c.Setup && c.Secrets:
		return c.setupLoad(ctx)
	case c.Setup:
		s := c.source()
		s.Setup = true
		cfg, err := s.Form()
		return cfg, c.judged(err)
	case c.Secrets:
		return c.load(ctx)
	}
	return c.form()
}

// affected prints what the file changes for grants that are live.
func affected(ctx context.Context, s streams, cfg *config.Config, st *store.Store) error {
	var live []access.Target
	const page = 500
	for after := ""; ; {
		grants, err := st.Grants(ctx, store.GrantFilter{Live: true, Limit: page, After: after})
		if err != nil {
			return err
		}
		for _, g := range grants {
			live, after = append(live, g.Target), g.ID
		}
		if len(grants) < page {
			break
		}
	}
	findings := config.Affected(cfg, live)
	for _, f := range findings {
		s.printf("%s\n", f)
	}
	if len(findings) > 0 {
		return errFinding
	}
	s.printf("none of %s is affected\n", count(len(live), "live grant"))
	return nil
}
