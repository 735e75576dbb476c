package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"airpass/bot"
	"airpass/config"
	"airpass/reviews"
)

type driftCommand struct {
	configured
	Fix  bool `help:"Keep what is found, and have done about it what drift.actions says."`
	JSON bool `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (driftCommand) Help() string {
	return `Says of each difference which side is wrong and what drift.actions has done about it, or what is suggested where it is only
reported; nothing is done. What could not be read is
unknown, and nothing is concluded from it. Exit code 4 says that something was found; 1 that something could not be read,
whatever else was found. It takes its time: a fifth of the budgets, so that a process may serve beside it.

With --fix what is found is kept and shown to the admins, and the process that serves does what drift.actions says of its kind:
only about what an earlier look has found too, a scheduled one or another --fix, so that the first one only reports. More removals than
caps allow wait for airpass removals confirm.

    airpass drift
    airpass drift --json > drift.json
    airpass drift --fix`
}

// driftShown is a finding as JSON has it: with its words.
type driftShown struct {
	reviews.Finding
	Says string `json:"says"`
}

// Run looks.
func (c driftCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		found, kept, err := c.look(ctx, cfg, op)
		if err != nil {
			return err
		}
		if c.JSON {
			err = c.encode(s, found, kept)
		} else {
			c.tell(s, found)
			c.tellKept(s, kept)
		}
		switch {
		case err != nil:
			return err
		case len(found.Unknown) > 0:
			return coded{exitFailed, fmt.Errorf("%s could not be read; nothing is known of it", count(len(found.Unknown), "list"))}
		case len(found.Findings) > 0:
			return errFinding
		}
		return nil
	})
}

// look looks, and keeps what is found if it is to be; else kept is nil.
func (c driftCommand) look(ctx context.Context, cfg *config.Config, op *bot.Operator) (found reviews.Drift, kept *reviews.Kept, err error) {
	if !c.Fix {
		if found, err = op.Drift(ctx, cfg); err == nil {
			err = op.PlanDrift(ctx, cfg, found)
		}
		return found, nil, err
	}
	found, k, err := op.FixDrift(ctx, cfg)
	return found, &k, err
}

func (driftCommand) tellKept(s streams, k *reviews.Kept) {
	if k == nil {
		return
	}
	s.printf("kept: %d new, %d resolved; adopted %d, to be repaired %d, to be removed %d by the process that serves\n", k.New, k.Resolved, k.Adopted, k.Repaired, k.Removed)
	if k.Young > 0 {
		s.printf("%s for the first time: something is done about it when the next look finds it too\n", count(k.Young, "finding"))
	}
	if k.Held > 0 {
		s.printf("%s more than caps allow: the admin channel was told how to confirm them\n", count(k.Held, "removal"))
	}
	if k.Refused > 0 {
		s.printf("about %s nothing may be done: a grant holds it by now, it follows something else, or whose it is is not known\n", count(k.Refused, "finding"))
	}
}

func (driftCommand) encode(s streams, found reviews.Drift, kept *reviews.Kept) error {
	shown := make([]driftShown, 0, len(found.Findings))
	for _, f := range found.Findings {
		shown = append(shown, driftShown{f, f.Words()})
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Findings []driftShown `json:"findings"`
		reviews.Drift
		Kept *reviews.Kept `json:"kept,omitempty"`
	}{shown, found, kept})
}

// willBeDone says what the configuration has done about a finding, and what is suggested
// where that is nothing.
func willBeDone(f reviews.Finding) string {
	switch {
	case f.Action != reviews.Report:
		return string(f.Action) + ", once two kept looks in a row have found it"
	case f.Proposed != reviews.Report:
		return "nothing, it is only reported; suggested: " + string(f.Proposed)
	}
	return "nothing, it is only reported"
}

// removals is how many findings are to be removed, of those that the caps count.
func removals(found reviews.Drift) (n int) {
	for _, f := range found.Findings {
		if f.Action == reviews.Remove && f.Kind != reviews.Leftover {
			n++
		}
	}
	return n
}

// tell writes the findings, target by target; those of the same several targets together.
func (driftCommand) tell(s streams, found reviews.Drift) {
	var targets []string
	by := map[string][]reviews.Finding{}
	for _, f := range found.Findings {
		t := strings.Join(f.Targets, ", ")
		if by[t] == nil {
			targets = append(targets, t)
		}
		by[t] = append(by[t], f)
	}
	slices.Sort(targets)
	for _, t := range targets {
		s.printf("%s\n", t)
		for _, f := range by[t] {
			s.printf("  %-19s %s\n", f.Kind, printable(f.Words()))
			s.printf("  %-19s wrong: %s; will be done: %s\n", "", f.Wrong, willBeDone(f))
		}
		s.printf("\n")
	}
	if n := removals(found); n > 0 {
		s.printf("to be removed: %d; more than caps allow wait for airpass removals confirm\n", n)
	}
	for _, u := range found.Unknown {
		s.printf("%-21s %s: %s\n", "unknown", u.What, printable(u.Error))
	}
	s.printf("%s, %d unknown; %d explained by grants, %d known as standing access; %s, %s\n", count(len(found.Findings), "finding"), len(found.Unknown),
		found.Explained, found.Standing, count(found.Targets, "target"), count(found.Places, "place"))
}
