package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

type listCommand struct {
	configured
	State  string `placeholder:"STATE" enum:",scheduled,provisioning,active,revoking,ended" default:"" help:"Only this state: scheduled, provisioning, active, revoking or ended."`
	Live   bool   `help:"Only those that have not ended: scheduled, provisioning, active or revoking."`
	Person string `placeholder:"WHO" help:"Only of this person: an Okta login, e-mail address or user id."`
	Target string `placeholder:"ENV/ROLE" predictor:"target" help:"Only of this target."`
	Limit  int    `default:"100" help:"At most so many (default 100)."`
	After  string `placeholder:"GRANT" help:"Go on after this one, the last of the page before."`
	JSON   bool   `name:"json" help:"One JSON object a line."`
}

// Help is shown by --help.
func (listCommand) Help() string {
	return `For example:

    airpass grants list --live
    airpass grants list --person ada@example.com --json`
}

// Validate refuses what can be seen to be wrong.
func (c listCommand) Validate() error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit %d is below 1", c.Limit)
	}
	if c.After != "" && !idShape.MatchString(c.After) {
		return fmt.Errorf("--after %q is not the id of a grant", c.After)
	}
	return nil
}

// idShape is what the store's ids look like.
var idShape = regexp.MustCompile(`^[0-9a-v]{26}$`)

// known refuses a target that neither the file has nor any grant was for.
func (c listCommand) known(ctx context.Context, cfg *config.Config, st *store.Store) error {
	if _, ok := cfg.Target(c.Target); ok || c.Target == "" {
		return nil
	}
	was, err := st.Grants(ctx, store.GrantFilter{Target: c.Target, Limit: 1})
	if err == nil && len(was) == 0 {
		return usage("--target %q is neither in %s nor has it ever been granted", c.Target, c.Config)
	}
	return err
}

// Run lists grants.
func (c listCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		if err := c.known(ctx, cfg, op.Store); err != nil {
			return err
		}
		grants, err := op.Store.Grants(ctx, store.GrantFilter{State: access.GrantState(c.State), Live: c.Live, Subject: c.Person,
			Target: c.Target, Limit: c.Limit, After: c.After})
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(s.out)
			for _, g := range grants {
				if err := enc.Encode(shown(g)); err != nil {
					return err
				}
			}
			return nil
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "GRANT\tSTATE\tWHO\tTARGET\tENDS\tNOTE")
		for _, g := range grants {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", g.ID, g.State, printable(g.Subject.Login), g.Target.ID, when(endOf(g)), printable(noteOf(g)))
		}
		return w.Flush()
	})
}

type grantArgument struct {
	Grant string `arg:"" placeholder:"GRANT" help:"The grant's id, as listed."`
}

type showCommand struct {
	configured
	grantArgument
	JSON bool `name:"json" help:"As one JSON object."`
}

// Help is shown by --help.
func (showCommand) Help() string {
	return `For example:

    airpass grants show 06h124ciiipdm8de9d5gvdtsh0`
}

// Run shows a grant.
func (c showCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		g, err := op.Store.Grant(ctx, c.Grant)
		if err != nil {
			return err
		}
		held, err := op.Store.GrantEntitlements(ctx, g.ID)
		if err != nil {
			return err
		}
		view := shown(g)
		review, taken, err := op.Store.ReviewOf(ctx, g.RequestID)
		if err != nil {
			return err
		}
		if taken {
			view.Review = reviewWords(review)
		}
		for _, e := range held {
			view.Entitlements = append(view.Entitlements, shownEntitlement(e))
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(view)
		}
		view.print(s)
		return nil
	})
}

type revokeCommand struct {
	configured
	grantArgument
	Reason string `required:"" placeholder:"WORDS" help:"Why. The person reads it, and it is kept in the audit trail."`
}

// Help is shown by --help.
func (revokeCommand) Help() string {
	return `The process that serves takes the access away and says so; see grants show.

    airpass grants revoke 06h124ciiipdm8de9d5gvdtsh0 --reason "laptop was stolen"`
}

// Validate refuses what can be seen to be wrong.
func (c revokeCommand) Validate() error { return given(c.Reason) }

// Run revokes.
func (c revokeCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		if err := op.Grants.Revoke(ctx, op.Actor(), c.Grant, access.EndRevoked, c.Reason); err != nil {
			return err
		}
		s.printf("%s is being taken away\n", c.Grant)
		return nil
	})
}

type retryCommand struct {
	configured
	grantArgument
}

// Help is shown by --help.
func (retryCommand) Help() string {
	return `What failed is tried again by itself, after a wait that grows. This ends the wait, for instance once what a vendor
refused was put right.

    airpass grants retry 06h124ciiipdm8de9d5gvdtsh0`
}

// Run retries.
func (c retryCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		if err := op.Grants.Retry(ctx, op.Actor(), c.Grant); err != nil {
			return err
		}
		s.printf("%s is tried again\n", c.Grant)
		return nil
	})
}

type adoptCommand struct {
	configured
	grantArgument
	Reason string `required:"" placeholder:"WORDS" help:"Why. It is kept in the audit trail."`
}

// Help is shown by --help.
func (adoptCommand) Help() string {
	return `What the grant has added in Okta and AWS is not taken away at its end, nor ever after: from then on it is standing
access, which is not airpass's to remove.

    airpass grants adopt 06h124ciiipdm8de9d5gvdtsh0 --reason "is in the platform team now, SEC-1234"`
}

// Validate refuses what can be seen to be wrong.
func (c adoptCommand) Validate() error { return given(c.Reason) }

// Run adopts.
func (c adoptCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		adopted, err := op.Grants.Adopt(ctx, op.Actor(), c.Grant, c.Reason)
		if err != nil {
			return err
		}
		held, err := op.Store.GrantEntitlements(ctx, c.Grant)
		if err != nil {
			return err
		}
		list := func(head string, of func(e access.Entitlement) bool) {
			for _, e := range held {
				if of(e) {
					s.printf("%s  %s\n", head, printable(e.Ref.Key()))
					head = ""
				}
			}
		}
		list(fmt.Sprintf("what %s has added stays as standing access:\n", c.Grant), func(e access.Entitlement) bool { return slices.Contains(adopted, e.ID) })
		list("what was there before stays as it was:\n", func(e access.Entitlement) bool {
			return !slices.Contains(adopted, e.ID) && e.Origin == access.OriginStanding && e.Presence == access.Present
		})
		return nil
	})
}

// reviewWords says what became of the review of access that was taken by break-glass.
func reviewWords(r access.Review) string {
	if r.State == access.ReviewOwed {
		return "taken by break-glass; its review is owed until " + when(r.DueAt)
	}
	return fmt.Sprintf("taken by break-glass; %s, says %s %s: %s", strings.ReplaceAll(string(r.Verdict), "_", " "), r.Reviewer.Login, when(r.GivenAt), r.Comment)
}

// endOf is when a grant ended, or ends.
func endOf(g access.Grant) time.Time {
	if !g.EndedAt.IsZero() {
		return g.EndedAt
	}
	return g.EndAt
}

func noteOf(g access.Grant) string {
	switch {
	case g.LastError != "":
		return g.LastError
	case g.EndNote != "":
		return string(g.EndReason) + ": " + g.EndNote
	}
	return string(g.EndReason)
}
