package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"airpass/bot"
	"airpass/config"
)

type restoreStatus struct{ configured }

// Help is shown by --help.
func (restoreStatus) Help() string {
	return `Ends with code 4 if new grants wait for a comparison.

    airpass restore status`
}

// Run says how it stands.
func (c restoreStatus) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		is, err := op.Store.Restoration(ctx)
		switch {
		case err != nil:
			return err
		case is == nil:
			s.printf("the database is the one that was served before; grants are made as usual\n")
			return nil
		}
		s.printf("since %s new grants are paused: %s\n", is.At.Format(time.RFC3339), is.Why)
		if is.ComparedAt.IsZero() {
			s.printf("not compared yet: airpass restore compare\n")
		} else {
			s.printf("compared %s: %s; airpass restore acknowledge %s --reason WORDS\n", is.ComparedAt.Format(time.RFC3339), count(is.Findings, "difference"), is.Digest)
		}
		return errFinding
	})
}

type restoreCompare struct {
	configured
	JSON bool `name:"json" help:"Tell it in JSON."`
}

// Help is shown by --help.
func (restoreCompare) Help() string {
	return `Lists who is in the targets' Okta groups and has their permission sets without a grant that airpass knows of, and
what grants say that is not there. Some of the first may be standing access; the rest was given after the copy was made, and
nobody will take it away: do it by hand. It works at any time, not only after a restore. Ends with code 4 if there are differences.

    airpass restore compare
    airpass restore compare --json > differences.json`
}

// Run compares.
func (c restoreCompare) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		found, err := op.Compare(ctx, cfg)
		if err != nil {
			return fmt.Errorf("nothing was compared: %w", err)
		}
		if c.JSON {
			if err := json.NewEncoder(s.out).Encode(map[string]any{"findings": found.Findings, "places": found.Places, "explained": found.Explained, "digest": found.Digest()}); err != nil {
				return err
			}
		} else {
			for _, f := range found.Findings {
				s.printf("%-8s %s\n", f.Kind, f.Words())
			}
			s.printf("%s, %d explained, in %s; comparison %s\n", count(len(found.Findings), "difference"), found.Explained, count(found.Places, "place"), found.Digest())
		}
		if len(found.Findings) > 0 {
			return errFinding
		}
		return nil
	})
}

type restoreAcknowledge struct {
	configured
	Comparison string `arg:"" help:"The comparison that was looked at, as named by restore compare."`
	Reason     string `required:"" placeholder:"WORDS" help:"What was found and done about it; for the audit trail."`
}

// Help is shown by --help.
func (restoreAcknowledge) Help() string {
	return `For example:

    airpass restore acknowledge 3f9c2a7d10be --reason "two assignments removed by hand"`
}

// Run acknowledges.
func (c restoreAcknowledge) Run(ctx context.Context, s streams) error {
	if err := given(c.Reason); err != nil {
		return err
	}
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		if err := op.Acknowledge(ctx, strings.TrimSpace(c.Comparison), c.Reason); err != nil {
			return err
		}
		s.printf("grants are made again\n")
		return nil
	})
}

type restoreMark struct {
	configured
	Reason string `required:"" placeholder:"WORDS" help:"What was restored, from when; for the admins and the audit trail."`
}

// Help is shown by --help.
func (restoreMark) Help() string {
	return `New grants are paused until a comparison is acknowledged.

    airpass restore mark --reason "from the snapshot of Monday"`
}

// Run marks.
func (c restoreMark) Run(ctx context.Context, s streams) error {
	if err := given(c.Reason); err != nil {
		return err
	}
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		if err := bot.MarkRestored(ctx, op.Store, op.Actor(), "the database was restored: "+c.Reason, cfg.Slack.AdminChannel); err != nil {
			return err
		}
		s.printf("new grants are paused; taking access away goes on\n")
		return nil
	})
}
