package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
)

type sessionCommands struct {
	Cut  cutCommand      `cmd:"" help:"End the sessions that somebody has of a target's permission set, and their grants of it."`
	List cutsCommand     `cmd:"" help:"List whose sessions are cut, or were, the newest first."`
	Lift liftCutsCommand `cmd:"" help:"Let somebody whose sessions are cut in again before the time."`
}

type cutCommand struct {
	configured
	User   string `required:"" placeholder:"WHO" help:"An Okta login, e-mail address or user id."`
	Target string `required:"" placeholder:"ENV/ROLE" predictor:"target" help:"The target whose permission set it is."`
	Reason string `required:"" placeholder:"WORDS" help:"Why. The person reads it, and it is kept in the audit trail."`
}

// Help is shown by --help.
func (cutCommand) Help() string {
	return `Taking access away ends no session that is open: it lives for as long as the permission set says. This denies the person
everything in the policy of the permission set, in every account, and then takes their grants of it away. The deny stays
until no session can be left; meanwhile they get nothing new there. The process that serves does it; see sessions list.

    airpass sessions cut --user ada@example.com --target prod/Viewer --reason "laptop was stolen"`
}

// Validate refuses what can be seen to be wrong.
func (c cutCommand) Validate() error { return given(c.Reason) }

// Run begins it.
func (c cutCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		cut, err := op.Cuts.Ask(ctx, op.Actor(), c.User, c.Target, c.Reason)
		if err != nil {
			return err
		}
		s.printf("%s: the sessions of %s are being cut; airpass sessions list says how far it is\n", cut.ID, printable(cut.Subject.Login))
		s.printf("  reaches  every session of this person with the permission set %s, in every account that uses it, until %s at least\n", cut.Target.PermissionSetName, when(cut.LiftAt))
		s.printf("  then     their grants of it are taken away; other people and other permission sets keep what they have\n")
		s.printf("  does not reach an Airflow tab that is open: Airflow has a session of its own, of 12 hours at most\n")
		s.printf("  does not end their session of the access portal: in the console, IAM Identity Center > Users > Active sessions\n")
		return nil
	})
}

type cutsCommand struct {
	configured
	All   bool `help:"Those that were lifted, too."`
	Limit int  `default:"100" help:"At most so many (default 100)."`
	JSON  bool `name:"json" help:"One JSON object a line."`
}

// Help is shown by --help.
func (cutsCommand) Help() string {
	return `The states: asked (the deny is being brought to the accounts), denied (it is there, and the grants are being taken away),
cut (they are gone, and nobody gets in), lifting, lifted. For example:

    airpass sessions list --all --json`
}

// shownCut is a cut as --json writes it.
type shownCut struct {
	ID            string          `json:"id"`
	State         access.CutState `json:"state"`
	Subject       string          `json:"subject"`
	OktaID        string          `json:"okta_id"`
	User          string          `json:"identity_center_user"`
	Target        string          `json:"target"`
	PermissionSet string          `json:"permission_set"`
	Reason        string          `json:"reason"`
	Note          string          `json:"note,omitempty"`
	AskedAt       time.Time       `json:"asked_at"`
	DeniedAt      time.Time       `json:"denied_at,omitzero"`
	CutAt         time.Time       `json:"cut_at,omitzero"`
	LiftAt        time.Time       `json:"lift_at"`
	LiftedAt      time.Time       `json:"lifted_at,omitzero"`
	Error         string          `json:"error,omitempty"`
}

// Run lists.
func (c cutsCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		cuts, err := op.Store.Cuts(ctx, c.Limit)
		if err != nil {
			return err
		}
		enc, w := json.NewEncoder(s.out), tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		if !c.JSON {
			_, _ = fmt.Fprintln(w, "CUT\tSTATE\tWHO\tTARGET\tUNTIL\tNOTE")
		}
		for _, cut := range cuts {
			if cut.State == access.CutLifted && !c.All {
				continue
			}
			failed := ""
			if cut.State != access.CutLifted {
				p, err := op.Store.SetPolicy(ctx, cut.Target.PermissionSet)
				if err != nil {
					return err
				}
				failed = p.LastError
			}
			if !c.JSON {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", cut.ID, cut.State, printable(cut.Subject.Login), cut.Target.ID, when(untilOf(cut)), printable(noteOfCut(cut, failed)))
				continue
			}
			if err := enc.Encode(shownCut{ID: cut.ID, State: cut.State, Subject: cut.Subject.Login, OktaID: cut.Subject.OktaID, User: cut.Person, Target: cut.Target.ID,
				PermissionSet: cut.Target.PermissionSet, Reason: cut.Reason, Note: cut.Note, AskedAt: cut.CreatedAt, DeniedAt: cut.DeniedAt, CutAt: cut.CutAt,
				LiftAt: cut.LiftAt, LiftedAt: cut.LiftedAt, Error: failed}); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// untilOf is when a cut was lifted, or will be.
func untilOf(c access.Cut) time.Time {
	if !c.LiftedAt.IsZero() {
		return c.LiftedAt
	}
	return c.LiftAt
}

func noteOfCut(c access.Cut, failed string) string {
	switch {
	case failed != "":
		return failed
	case c.Note != "":
		return "lifted early: " + c.Note
	}
	return c.Reason
}

type liftCutsCommand struct {
	configured
	Cut    string `arg:"" placeholder:"CUT" help:"The cut's id, as listed."`
	Reason string `required:"" placeholder:"WORDS" help:"Why. It is kept in the audit trail."`
}

// Help is shown by --help.
func (liftCutsCommand) Help() string {
	return `The policy of the permission set is written without the deny. A session from before that has not run out works again; what
was granted stays taken away and can be asked for anew.

    airpass sessions lift 06h124ciiipdm8de9d5gvdtsh0 --reason "it was found, SEC-1234"`
}

// Validate refuses what can be seen to be wrong.
func (c liftCutsCommand) Validate() error { return given(c.Reason) }

// Run lifts.
func (c liftCutsCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		cut, err := op.Cuts.Lift(ctx, op.Actor(), c.Cut, c.Reason)
		if err != nil {
			return err
		}
		s.printf("%s: %s can be let in again to %s as soon as the policy is written; airpass sessions list --all says when\n", cut.ID, printable(cut.Subject.Login), cut.Target.ID)
		return nil
	})
}
