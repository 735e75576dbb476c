package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"airpass/access"
	"airpass/approvals"
	"airpass/bot"
	"airpass/config"
	"airpass/config/expect"
)

type policyCommands struct {
	Explain explainCommand    `cmd:"" help:"Say whether somebody may ask for a target, what the conditions say, and who decides."`
	Test    policyTestCommand `cmd:"" help:"Hold the policies to a file of expectations. Nobody is called."`
}

type explainCommand struct {
	configured
	User     string `required:"" placeholder:"LOGIN" help:"Okta login of who would ask."`
	Target   string `required:"" placeholder:"ID" predictor:"target" help:"What they would ask for, like prod/Viewer."`
	Duration string `placeholder:"DURATION" help:"For how long, like 2h (the target's default)."`
	At       string `placeholder:"TIME" help:"When, like 2026-11-24T10:00:00+01:00 (now). People are asked for as they are now."`
	JSON     bool   `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (explainCommand) Help() string {
	return `Okta is asked, nothing is changed. Exit code 4 says that they may not ask, or that nobody could decide it. For example:

    airpass policy explain --user ada@example.com --target prod/Admin --duration 2h --at 2026-11-28T10:00:00+01:00`
}

// Run explains one request.
func (c explainCommand) Run(ctx context.Context, s streams) error {
	var d time.Duration
	var at time.Time
	var err error
	if c.Duration != "" {
		if d, err = config.ParseDuration(c.Duration); err != nil || d <= 0 {
			return usage("--duration %q is not a duration like 2h", c.Duration)
		}
	}
	if c.At != "" {
		if at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return usage("--at %q is not a time like 2026-11-24T10:00:00+01:00", c.At)
		}
	}
	cfg, err := c.load(ctx)
	if err != nil {
		return err
	}
	if _, ok := cfg.Target(c.Target); !ok {
		return fmt.Errorf("there is no target %s in %s", c.Target, c.Config)
	}
	e, err := bot.Explain(ctx, cfg, c.User, c.Target, d, at)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return fmt.Errorf("okta knows nobody with the login %s", c.User)
	case err != nil:
		return err
	case c.JSON:
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(e); err != nil {
			return err
		}
	default:
		explained(s, e)
	}
	if !e.MayAsk {
		return errFinding
	}
	return nil
}

// explained writes an explanation for people.
func explained(s streams, e approvals.Explanation) {
	if e.MayAsk {
		s.printf("%s <%s> may ask for %s for %s at %s\n", printable(e.Name), printable(e.Login), e.Target, e.Duration, e.At.Format(time.RFC3339))
	} else {
		s.printf("%s <%s> may not ask for %s for %s at %s: %s\n", printable(e.Name), printable(e.Login), e.Target, e.Duration, e.At.Format(time.RFC3339), e.Refused)
	}
	if e.Policy != "" {
		s.printf("policy %s\n", e.Policy)
	}
	l := e.Limits
	s.printf("limits: %s to %s", l.Shortest, l.Longest)
	if len(l.Choices) > 0 {
		s.printf(", as one of %s", strings.Join(l.Choices, ", "))
	}
	if l.MinReason > 0 {
		s.printf("; a reason of %s or more", count(l.MinReason, "character"))
	}
	if l.Ticket != "" {
		s.printf("; a ticket %s in it", l.Ticket)
	}
	s.printf("\n")
	for _, r := range e.Rules {
		s.printf("rule %q %s\n  %s\n", r.Name, r.Said, strings.ReplaceAll(strings.TrimSpace(r.When), "\n", "\n  "))
	}
	if e.Auto != "" {
		s.printf("nobody has to decide it: rule %q lets it pass\n", e.Auto)
	}
	for i, st := range e.Stages {
		s.printf("stage %d %q, from the %s: %d of\n", i+1, st.Name, st.Why, st.Required)
		whos(s, st.Who)
		if st.RemindAfter != "" {
			s.printf("  reminded after %s\n", st.RemindAfter)
		}
		if st.WidenAfter != "" {
			s.printf("  after %s also\n", st.WidenAfter)
			whos(s, st.WidenTo)
		}
		if st.Stuck != "" {
			s.printf("  cannot be decided now: %s\n", st.Stuck)
		}
	}
	if g := e.BreakGlass; g != nil {
		verb := "may not"
		if g.May {
			verb = "may"
		}
		s.printf("%s take it without a decision (break-glass), for %s at most; reviewed within %s by\n", verb, g.Longest, g.Within)
		whos(s, g.Reviewers)
	}
	if len(e.Fallback) > 0 {
		s.printf("in place of who is absent\n")
		whos(s, e.Fallback)
	}
}

func whos(s streams, all []approvals.WhoExplained) {
	for _, w := range all {
		var people []string
		for _, p := range w.People {
			one := fmt.Sprintf("%s <%s>", printable(p.Name), printable(p.Login))
			if p.Not != "" {
				one += " (cannot: " + p.Not + ")"
			}
			people = append(people, one)
		}
		if w.Error != "" {
			people = append(people, w.Error)
		}
		if len(people) == 0 {
			people = []string{"nobody"}
		}
		s.printf("  %s: %s\n", w.Rule, strings.Join(people, ", "))
	}
}

type policyTestCommand struct {
	configured
	File string `arg:"" help:"A YAML file of expectations; docs/policies.md describes it."`
}

// Help is shown by --help.
func (policyTestCommand) Help() string {
	return `Each expectation that does not hold is printed with what came instead, and the exit code is 4. Secrets that the
configuration file names need not be there. For example:

    airpass policy test --config airpass.yaml policies.test.yaml`
}

// Run judges the expectations.
func (c policyTestCommand) Run(s streams) error {
	cfg, err := c.blind()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read the expectations: %w", err)
	}
	all, err := expect.Parse(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	failed := expect.Check(cfg.Conditions, cfg.Targets(), all)
	for _, f := range failed {
		s.printf("%s\n", f)
	}
	s.printf("%d of %s hold\n", len(all)-len(failed), count(len(all), "expectation"))
	if len(failed) > 0 {
		return errFinding
	}
	return nil
}
