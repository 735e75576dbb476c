package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
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

// work reads the configuration, plans, and does something with the plans; writes says
// that it may change something. How it goes on is told on the error stream.
func (c planning) work(ctx context.Context, s streams, writes bool, do func(*apply.Work, []setup.Plan) error) (err error) {
	cfg, needed, err := c.read(ctx, writes)
	if err != nil {
		return err
	}
	var one sync.Mutex
	say := func(line string) {
		one.Lock()
		defer one.Unlock()
		_, _ = fmt.Fprintln(s.err, printable(line))
	}
	var op *bot.Operator
	switch {
	case needed && !noStore(cfg):
		if op, err = bot.OpenOperator(ctx, cfg, nil); err != nil {
			return fmt.Errorf("the store is to have what is changed, and says whose sessions are cut; it cannot be opened, so nothing is done: %w", err)
		}
		defer func() { err = errors.Join(err, op.Close()) }()
	case writes:
		say("there is no store yet (serve makes it at its first start): what is changed is in Okta's System Log and in CloudTrail, and not in the audit trail")
	}
	w, err := bot.Setup(cfg, op, say) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return err
	}
	plans, err := w.Plan(ctx)
	if err != nil {
		return err
	}
	return do(w, plans)
}

// read reads the configuration with the secrets that are used: Okta's, and, where the
// store is needed, those of the store and its audit trail.
func (c planning) read(ctx context.Context, writes bool) (cfg *config.Config, store bool, err error) {
	form, err := c.setupForm()
	if err != nil {
		return nil, false, err
	}
	uses := []string{"okta"}
	if form.Okta.Setup != nil {
		uses = []string{"okta.setup"}
	}
	if store = (writes || form.AWS.Cuts != nil) && !noStore(form); store {
		uses = append(uses, "store", "audit")
	}
	cfg, err = c.setupLoad(ctx, uses...)
	return cfg, store, err
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
	return c.work(ctx, s, false, func(_ *apply.Work, plans []setup.Plan) error { return c.show(s, plans) })
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
again at any time: it goes on where things are. Run twice, it changes nothing. Each call that changes something is in the audit
trail, so that the store must be within reach, unless it is a SQLite file that is not there yet. For example:

    airpass setup apply --config airpass.yaml
    airpass setup apply --yes`
}

// Run plans, asks, and makes the changes.
func (c setupApply) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return c.work(ctx, s, true, func(w *apply.Work, plans []setup.Plan) error { return c.make(ctx, s, w, plans) })
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
