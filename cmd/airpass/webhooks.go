package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"airpass/bot"
	"airpass/config"
)

type webhookCommands struct {
	List webhooksCommand    `cmd:"" help:"Say how far each receiver of events is."`
	Pass passWebhookCommand `cmd:"" help:"Never tell a receiver of the event that it does not take."`
}

type webhooksCommand struct{ configured }

// Help is shown by --help.
func (webhooksCommand) Help() string {
	return `For example:

    airpass webhooks list`
}

// Run lists webhooks.
func (c webhooksCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(c *config.Config, op *bot.Operator) error {
		head, err := op.Store.Head(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "WEBHOOK\tEVENT\tBEHIND\tTAKEN\tFAILURES\tTRIED AGAIN\tLAST ERROR")
		for _, h := range c.Webhooks {
			is, begun, err := op.Store.Webhook(ctx, h.Name)
			switch {
			case err != nil:
				return err
			case !begun:
				_, _ = fmt.Fprintf(w, "%s\t-\t-\t-\t-\t-\tnot begun\n", h.Name)
				continue
			}
			again := time.Time{}
			if is.Failures > 0 {
				again = is.NextAt
			}
			_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%d\t%s\t%s\n", h.Name, is.Seq, max(head.Seq-is.Seq, 0), when(is.DeliveredAt), is.Failures, when(again), printable(is.LastError))
		}
		return w.Flush()
	})
}

type passWebhookCommand struct {
	configured
	Name string `arg:"" help:"Of the webhook."`
}

// Help is shown by --help.
func (passWebhookCommand) Help() string {
	return `Of one that does take it nothing is passed. The audit trail says who did it. For example:

    airpass webhooks pass siem`
}

// Run passes one event.
func (c passWebhookCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		is, begun, err := op.Store.Webhook(ctx, c.Name)
		switch {
		case err != nil:
			return err
		case !begun:
			return usage("there is no webhook %q", c.Name)
		case is.Failures == 0:
			s.printf("nothing is passed: %s takes what it is told\n", c.Name)
			return nil
		}
		if err := op.Store.PassWebhookEvent(ctx, op.Actor(), c.Name, is.Seq, time.Now()); err != nil {
			return err
		}
		s.printf("%s is never told of event %d\n", c.Name, is.Seq+1)
		return nil
	})
}
