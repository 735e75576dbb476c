package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

type requestCommands struct {
	List requestsCommand `cmd:"" help:"List requests, the newest first."`
}

type requestsCommand struct {
	configured
	State string `placeholder:"STATE" enum:"all,pending,approved,denied,cancelled,lapsed" default:"pending" help:"Only this state: pending (the default), approved, denied, cancelled, lapsed, or all."`
	Limit int    `default:"100" help:"At most so many (default 100)."`
	After string `placeholder:"REQUEST" help:"Go on after this one, the last of the page before."`
}

// Help is shown by --help.
func (requestsCommand) Help() string {
	return `For example:

    airpass requests list
    airpass requests list --state denied --limit 20`
}

// Validate refuses what can be seen to be wrong.
func (c requestsCommand) Validate() error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit %d is below 1", c.Limit)
	}
	if c.After != "" && !idShape.MatchString(c.After) {
		return fmt.Errorf("--after %q is not the id of a request", c.After)
	}
	return nil
}

// Run lists requests.
func (c requestsCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		filter := store.RequestFilter{State: access.RequestState(c.State), Limit: c.Limit, After: c.After}
		if c.State == "all" {
			filter.State = ""
		}
		requests, err := op.Store.Requests(ctx, filter)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "REQUEST\tSTATE\tWHO\tTARGET\tASKED\tLAPSES")
		for _, r := range requests {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.State, printable(r.Subject.Login), r.Target.ID, when(r.CreatedAt), when(r.LapseAt))
		}
		return w.Flush()
	})
}
