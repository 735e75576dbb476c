package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"airpass/bot"
	"airpass/config"
)

type reviewCommands struct {
	Owed    owedCommand    `cmd:"" help:"List the reviews that somebody owes, the first due first."`
	Preview previewCommand `cmd:"" help:"Say what a campaign would ask whom. Nothing is sent, nothing is changed."`
	Start   startReviews   `cmd:"" help:"Let a campaign take place now, whatever its schedule says."`
	List    listReviews    `cmd:"" help:"List when campaigns take place next, and when they did, the newest first."`
	Show    showReviews    `cmd:"" help:"Show how far an occurrence of a campaign got, and what it asks about."`
	Close   closeReviews   `cmd:"" help:"Close an occurrence of a campaign before its deadline."`
	Export  exportReviews  `cmd:"" help:"Write the report of an occurrence for auditors, signed."`
	Verify  verifyReviews  `cmd:"" help:"Find out whether a report is what was signed, and the trail behind it too."`
}

type owedCommand struct {
	configured
	Limit int `default:"100" help:"At most so many (default 100)."`
}

// Help is shown by --help.
func (owedCommand) Help() string {
	return `Of access that was taken without a decision, by a policy's break_glass. It is given in Slack, on the card of it.

    airpass reviews owed`
}

// Run lists reviews.
func (c owedCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		owed, err := op.Store.OwedReviews(ctx, c.Limit)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "REVIEW\tWHO\tTARGET\tTAKEN\tDUE\tREMINDED\tREQUEST\tGRANT")
		for _, r := range owed {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.ID, printable(r.Subject.Login), r.Target, when(r.CreatedAt), when(r.DueAt), r.Reminders, r.Request, r.Grant)
		}
		return w.Flush()
	})
}
