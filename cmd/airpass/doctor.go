package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/doctor"
)

type doctorCommand struct {
	configured
	Target  string        `placeholder:"ID" predictor:"target" help:"Walk the way to one target, like prod/Viewer; with --user."`
	User    string        `placeholder:"LOGIN" help:"Whose way to walk: an Okta login; with --target."`
	Timeout time.Duration `default:"2m" placeholder:"DURATION" help:"How long all of it may take (2m). What is not looked at by then is told as unknown."`
	All     bool          `help:"Tell also what is fine."`
	JSON    bool          `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (doctorCommand) Help() string {
	return `Nothing is changed. Exit code 4 says that something is wrong; 1 that something could not be looked at. For example:

    airpass doctor --config airpass.yaml
    airpass doctor --target prod/Viewer --user ada@example.com`
}

// Run looks, telling each check as it ends.
func (c doctorCommand) Run(ctx context.Context, s streams) error {
	if (c.Target == "") != (c.User == "") {
		return usage("--target and --user go together")
	}
	cfg, err := c.load(ctx)
	if err != nil {
		return err
	}
	d, err := bot.Doctor(ctx, cfg, storeHealth(cfg))
	if err != nil {
		return err
	}
	if !noStore(cfg) {
		d.Cuts, d.Receivers = bot.LiveCuts(cfg), bot.Receivers(cfg)
	}
	checks := d.Checks()
	if c.Target != "" {
		checks = d.Path(c.User, c.Target)
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	left := len(checks)
	found := doctor.Run(ctx, checks, func(check string, found []doctor.Finding) {
		left--
		if !c.JSON {
			_, _ = s.err.Write([]byte(check + ": " + string(doctor.Worst(found)) + ", " + count(left, "check") + " left\n"))
		}
	})
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(found); err != nil {
			return err
		}
	} else {
		tellFindings(s, found, c.All || c.Target != "")
	}
	return exitBy(doctor.Worst(found))
}

// exitBy is the exit code of what was found, by the worst of it.
func exitBy(worst doctor.Severity) error {
	switch worst {
	case doctor.Wrong:
		return errFinding
	case doctor.Unknown:
		return coded{exitFailed, errors.New("something could not be looked at")}
	}
	return nil
}

// storeHealth looks at a store that is there; a SQLite file is made by serve.
func storeHealth(c *config.Config) func(context.Context) error {
	if noStore(c) {
		return nil
	}
	return bot.StoreHealth(c)
}

// tellFindings writes the findings, check by check, and what they come to.
func tellFindings(s streams, found []doctor.Finding, all bool) {
	counted, last := map[doctor.Severity]int{}, ""
	for _, f := range found {
		counted[f.Severity]++
		if f.Severity == doctor.Fine && !all {
			continue
		}
		if f.Check != last {
			s.printf("\n%s\n", f.Check)
			last = f.Check
		}
		about := f.About
		if about != "" {
			about += ": "
		}
		s.printf("  %-8s %s%s\n", strings.ToUpper(string(f.Severity)), about, f.Result)
		if f.Means != "" {
			s.printf("           so: %s\n", f.Means)
		}
		if f.Mend != "" {
			what := "mend"
			if f.Severity == doctor.ByHand {
				what = "look"
			}
			s.printf("           %s: %s\n", what, f.Mend)
		}
	}
	s.printf("\n%d wrong, %d unknown, %d unwise, %d to be looked at by hand, %d fine\n", counted[doctor.Wrong], counted[doctor.Unknown], counted[doctor.Unwise], counted[doctor.ByHand], counted[doctor.Fine])
}
