package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/setup"
	"airpass/setup/apply"
)

// planning is what plan and apply have in common.
type planning struct {
	configured
	Timeout time.Duration `default:"30m" placeholder:"DURATION" help:"How long all of it may take (30m). It can be run again, and goes on."`
}

// work reads the configuration, plans, and does something with the plans. How it goes on is told on the error stream.
func (c planning) work(ctx context.Context, s streams, do func(*apply.Work, []setup.Plan) error) error {
	cfg, err := c.setupLoad(ctx)
	if err != nil {
		return err
	}
	w, err := bot.Setup(cfg, func(line string) { _, _ = fmt.Fprintln(s.err, printable(line)) }) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return err
	}
	shared, err := share(ctx, cfg, w)
	if err != nil {
		return err
	}
	plans, err := w.Plan(ctx)
	if err == nil {
		err = do(w, plans)
	}
	return errors.Join(err, shared())
}

// share lets the store say whose sessions are cut, and which of two writes a policy, where
// there is one and sessions can be cut: who serves may be at it.
func share(ctx context.Context, cfg *config.Config, w *apply.Work) (end func() error, err error) {
	if cfg.AWS.Cuts == nil || noStore(cfg) {
		return func() error { return nil }, nil
	}
	op, err := bot.OpenOperator(ctx, cfg, nil)
	if err != nil {
		return nil, fmt.Errorf("the store says whose sessions are cut, and cannot be opened: %w", err)
	}
	w.Hold, w.Cut = op.HoldPolicy, op.Cuts.Denied
	return op.Close, nil
}

// errRefused: what is wanted is not done, and the plan has said why.
var errRefused = errors.New("something is refused: nothing is done for those targets")

type setupPlan struct {
	planning
	JSON bool `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (setupPlan) Help() string {
	return `Nothing is changed. Exit code 0 says that nothing is to be done, 2 that something is, 1 that something is refused or could not be
looked at. What does not carry airpass's tag is never changed; the plan says so. For example:

    airpass setup plan --config airpass.yaml
    airpass setup plan --json > plan.json`
}

// Run plans.
func (c setupPlan) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return c.work(ctx, s, func(_ *apply.Work, plans []setup.Plan) error { return c.show(s, plans) })
}

func (c setupPlan) show(s streams, plans []setup.Plan) (err error) {
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(struct {
			Plans []setup.Plan `json:"plans"`
		}{plans})
	} else {
		tell(s, plans)
	}
	changes, refused := totals(plans)
	switch {
	case err != nil:
		return err
	case refused > 0:
		return errRefused
	case changes > 0:
		return errDiffers
	}
	return nil
}

// totals counts changes and refusals.
func totals(plans []setup.Plan) (changes, refused int) {
	for _, p := range plans {
		changes, refused = changes+len(p.Changes), refused+len(p.Refused)
	}
	return changes, refused
}

// tell writes the plans and what they come to.
func tell(s streams, plans []setup.Plan) {
	hands := 0
	for _, p := range plans {
		for line := range strings.Lines(p.String()) {
			s.printf("%s\n", printable(strings.TrimSuffix(line, "\n")))
		}
		hands += len(p.ByHand)
	}
	changes, refused := totals(plans)
	if changes == 0 && refused == 0 {
		s.printf("Nothing is to be done for %s", count(len(plans), "target"))
	} else {
		s.printf("%s for %s, %d refused", count(changes, "change"), count(len(plans), "target"), refused)
	}
	s.printf("; %d left to people\n", hands)
}

type setupApply struct {
	planning
	Yes bool `help:"Do not ask."`
}

// Help is shown by --help.
func (setupApply) Help() string {
	return `It shows the plan, asks, and makes the changes; then it says what to write in the configuration file. It may be killed and run
again at any time: it goes on where things are. Run twice, it changes nothing. For example:

    airpass setup apply --config airpass.yaml
    airpass setup apply --yes`
}

// Run plans, asks, and makes the changes.
func (c setupApply) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return c.work(ctx, s, func(w *apply.Work, plans []setup.Plan) error { return c.make(ctx, s, w, plans) })
}

func (c setupApply) make(ctx context.Context, s streams, w *apply.Work, plans []setup.Plan) error {
	tell(s, plans)
	changes, refused := totals(plans)
	if changes > 0 {
		if err := c.confirmed(s); err != nil {
			return err
		}
		left, err := w.Carry(ctx, plans)
		s.printf("\nWhat is left:\n\n")
		tell(s, left)
		if err != nil {
			return err
		}
	}
	if refused > 0 {
		return errRefused
	}
	return nil
}

// confirmed asks, unless it is not to.
func (c setupApply) confirmed(s streams) error {
	if c.Yes {
		return nil
	}
	s.printf("\nMake these changes? Only yes is taken for a yes: ")
	answer, _ := bufio.NewReader(s.in).ReadString('\n') // no answer is a no
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was changed: it was not answered with yes; --yes does not ask")
	}
	return nil
}
