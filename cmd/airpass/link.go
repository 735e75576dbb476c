package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/doctor"
	"airpass/store"
)

type linkCommand struct {
	configured
	User    string        `required:"" placeholder:"LOGIN" help:"Whose link: an Okta login."`
	Target  string        `required:"" placeholder:"ID" predictor:"target" help:"Of what, like prod/Viewer."`
	Timeout time.Duration `default:"1m" placeholder:"DURATION" help:"How long all of it may take (1m)."`
	JSON    bool          `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (linkCommand) Help() string {
	return `Says what somebody's login link is, and why it would work for them now, or would not: whether they are active, what they hold,
how the environment is doing, and how the link is read. Nothing is changed, and nobody is signed in. Exit code 4 says that it
would not work; 1 that something could not be looked at. For example:

    airpass link --user ada@example.com --target prod/Viewer`
}

// linkShown is what is said of a link.
type linkShown struct {
	User   string `json:"user"`
	Target string `json:"target"`
	Kind   string `json:"kind"`           // portal or instant
	Link   string `json:"link,omitempty"` // of the portal; an instant one is made when it is clicked
	Works  bool   `json:"works"`
	// Inside: from inside the environment's network only.
	Inside   bool             `json:"inside_only,omitempty"`
	Findings []doctor.Finding `json:"findings"`
}

// Run looks.
func (c linkCommand) Run(ctx context.Context, s streams) error {
	cfg, err := c.load(ctx)
	if err != nil {
		return err
	}
	target, exists := cfg.Target(c.Target)
	if !exists {
		return usage("--target %q is not in %s", c.Target, c.Config)
	}
	d, err := bot.Doctor(ctx, cfg, nil)
	if err != nil {
		return err
	}
	d.Grants = grantsIn(cfg)
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	is := linkShown{User: c.User, Target: c.Target, Kind: "portal", Findings: doctor.Run(ctx, d.LinkPath(c.User, c.Target), nil)}
	if target.Instant {
		is.Kind = "instant"
	} else if is.Link, err = d.Link(target); err != nil {
		is.Link = "" // what is wrong with it is among the findings
	}
	worst := doctor.Worst(is.Findings)
	is.Works = worst == doctor.Fine || worst == doctor.ByHand || worst == doctor.Unwise
	is.Inside = doctor.OnlyInside(is.Findings)
	return c.tell(s, is, worst)
}

// tell writes what is said of a link.
func (c linkCommand) tell(s streams, is linkShown, worst doctor.Severity) error {
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(is); err != nil {
			return err
		}
	} else {
		if is.Link != "" {
			s.printf("%s\n", is.Link)
		}
		tellFindings(s, is.Findings, true)
		s.printf("\n%s\n", is.verdict(worst))
	}
	return exitBy(worst)
}

// verdict is what the findings come to, in one line.
func (is linkShown) verdict(worst doctor.Severity) string {
	about := "The " + is.Kind + " link of " + is.User + " to " + is.Target
	switch {
	case worst == doctor.Wrong:
		return about + " would not work: " + first(is.Findings, doctor.Wrong)
	case worst == doctor.Unknown:
		return about + ": it is not known whether it would work: " + first(is.Findings, doctor.Unknown)
	case is.Inside:
		return about + " would work, from inside the environment's network."
	}
	return about + " would work."
}

// first is what the first finding of a severity says.
func first(all []doctor.Finding, severity doctor.Severity) string {
	for _, f := range all {
		if f.Severity == severity {
			return f.About + ": " + f.Result
		}
	}
	return ""
}

// grantsIn reads what people have through airpass from the store, which is opened beside
// the process that serves it.
func grantsIn(c *config.Config) func(ctx context.Context, oktaID, target string) ([]access.Grant, error) {
	return func(ctx context.Context, oktaID, target string) ([]access.Grant, error) {
		if noStore(c) {
			return nil, nil // nobody has been given anything
		}
		op, err := bot.OpenOperator(ctx, c, nil)
		if err != nil {
			return nil, err
		}
		all, err := op.Store.Grants(ctx, store.GrantFilter{Subject: oktaID, Target: target, Live: true, Limit: 50})
		return all, errors.Join(err, op.Close())
	}
}
