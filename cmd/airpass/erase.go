package main

import (
	"context"

	"airpass/bot"
	"airpass/config"
)

type eraseCommand struct {
	configured
	Person string `arg:"" placeholder:"ID" help:"The Okta user id."`
	Yes    bool   `help:"Do it; it cannot be undone."`
}

// Help is shown by --help.
func (eraseCommand) Help() string {
	return `Names, addresses, titles, reasons and answers are deleted; ids, states and times stay, and the audit trail still verifies.
Where others were told of them, their id stands instead of their name. What stands in Slack is not touched.

Somebody with a pending request, or a grant that has not ended, is still served and is not erased; nor is somebody whom the rules of a request that
waits, or begins later, name by their login. For example:

    airpass people erase 00u1ab2cd3EF4gh5IJ67 --yes`
}

// Run erases.
func (c eraseCommand) Run(ctx context.Context, s streams) error {
	if !c.Yes {
		return usage("what is deleted cannot be had back: say --yes")
	}
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		done, err := op.Store.ErasePersonal(ctx, op.Actor(), c.Person)
		if err != nil {
			return err
		}
		s.printf("%s deleted beside the audit trail, and what %s had\n", count(int(done.Values), "personal value"), count(done.Requests, "request"))
		return nil
	})
}
