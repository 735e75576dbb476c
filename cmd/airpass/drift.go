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
	JSON bool `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (driftCommand) Help() string {
	return `Says of each difference which side is wrong and what would be done about it; nothing is done. What could not be read is
unknown, and nothing is concluded from it. Exit code 4 says that something was found; 1 that something could not be read,
whatever else was found. It takes its time: a fifth of the budgets, so that a process may serve beside it.

    airpass drift
    airpass drift --json > drift.json`
}

// driftShown is a finding as JSON has it: with its words.
type driftShown struct {
	reviews.Finding
	Says string `json:"says"`
}

// Run looks.
func (c driftCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		found, err := op.Drift(ctx, cfg)
		if err != nil {
			return err
		}
		if c.JSON {
			err = c.encode(s, found)
		} else {
			c.tell(s, found)
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

func (driftCommand) encode(s streams, found reviews.Drift) error {
	shown := make([]driftShown, 0, len(found.Findings))
	for _, f := range found.Findings {
		shown = append(shown, driftShown{f, f.Words()})
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Findings []driftShown `json:"findings"`
		reviews.Drift
	}{shown, found})
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
			s.printf("  %-19s wrong: %s; would be done: %s\n", "", f.Wrong, f.Proposed)
		}
		s.printf("\n")
	}
	for _, u := range found.Unknown {
		s.printf("%-21s %s: %s\n", "unknown", u.What, printable(u.Error))
	}
	s.printf("%s, %d unknown; %d explained by grants, %d known as standing access; %s, %s\n", count(len(found.Findings), "finding"), len(found.Unknown),
		found.Explained, found.Standing, count(found.Targets, "target"), count(found.Places, "place"))
}
