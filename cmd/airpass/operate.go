package main

import (
	"context"

	"airpass/access"
	"airpass/approvals"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

type pauseCommand struct{ configured }

// Help is shown by --help.
func (pauseCommand) Help() string {
	return `An approval is refused with words and its request stays open. It holds for every replica and across restarts.

    airpass pause`
}

// Run pauses.
func (c pauseCommand) Run(ctx context.Context, s streams) error {
	return c.set(ctx, s, "yes", "new grants are paused; taking access away goes on")
}

type resumeCommand struct{ configured }

// Help is shown by --help.
func (resumeCommand) Help() string {
	return `For example:

    airpass resume`
}

// Run resumes.
func (c resumeCommand) Run(ctx context.Context, s streams) error {
	return c.set(ctx, s, "", "grants are made again")
}

// set stores whether new grants are paused.
func (f configured) set(ctx context.Context, s streams, value, words string) error {
	return f.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		err := op.Store.Update(ctx, op.Actor(), func(tx *store.Tx) error { return tx.SetSetting(approvals.Paused, value) })
		if err == nil {
			s.printf("%s\n", words)
		}
		return err
	})
}

type rebindCommand struct {
	configured
	Slack string `arg:"" placeholder:"SLACK-USER" help:"The person's Slack user id, like U0123456789."`
	Okta  string `required:"" placeholder:"OKTA-USER" help:"The Okta user id, like 00u1ab2cd3EF4gh5IJ67."`
	Email string `required:"" placeholder:"ADDRESS" help:"The e-mail address, as it is in Slack now."`
}

// Help is shown by --help.
func (rebindCommand) Help() string {
	return `At the first use a person in Slack is tied to one Okta user and e-mail address. When either changes they are refused
until somebody who knows them has confirmed it, with this.

    airpass people rebind U0123456789 --okta 00u1ab2cd3EF4gh5IJ67 --email ada.byron@example.com`
}

// Run rebinds.
func (c rebindCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		err := op.Store.Update(ctx, op.Actor(), func(tx *store.Tx) error {
			return tx.Rebind(access.Binding{Team: cfg.Slack.Team, SlackID: c.Slack, OktaID: c.Okta, Email: c.Email})
		})
		if err == nil {
			s.printf("%s is %s (%s) from now on\n", c.Slack, c.Okta, printable(c.Email))
		}
		return err
	})
}

type confirmCommand struct {
	configured
	Batch string `arg:"" placeholder:"BATCH" help:"The batch's name, from the message in the admin channel."`
}

// Help is shown by --help.
func (confirmCommand) Help() string {
	return `Removals that nobody asked for by name, because Okta says that people have left, stop when they are unusually many:
a directory can be wrong. If it is right, confirm exactly this batch.

    airpass removals confirm 1a2b3c4d`
}

// Run confirms.
func (c confirmCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		if err := op.Grants.ConfirmRemovals(ctx, op.Actor(), c.Batch); err != nil {
			return err
		}
		s.printf("%s is carried out by the next sweep\n", c.Batch)
		return nil
	})
}
