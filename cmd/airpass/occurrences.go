package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

type startReviews struct {
	configured
	Name string `arg:"" help:"The campaign's name in the configuration."`
}

// Help is shown by --help.
func (startReviews) Help() string {
	return `The process that serves finds out whom it is about and asks them; airpass reviews show says how far that got. When it takes
place next by its schedule does not change.

    airpass reviews start quarterly`
}

// Run starts a campaign.
func (c startReviews) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		o, err := op.Campaigns.Start(ctx, op.Actor(), c.Name)
		if errors.Is(err, access.ErrNotFound) {
			return coded{exitUsage, err}
		}
		if err == nil {
			s.printf("%s of %s has begun\n", o.ID, o.Campaign)
		}
		return err
	})
}

type listReviews struct {
	configured
	Limit int  `default:"20" help:"At most so many that took place (default 20)."`
	JSON  bool `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (listReviews) Help() string {
	return `For example:

    airpass reviews list
    airpass reviews list --json --limit 100`
}

// nextShown is when a campaign takes place next.
type nextShown struct {
	Campaign string    `json:"campaign"`
	Schedule string    `json:"schedule"`
	Next     time.Time `json:"next"`
}

// Run lists campaigns.
func (c listReviews) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		dates, err := op.Store.CampaignDates(ctx)
		if err != nil {
			return err
		}
		took, err := op.Store.Occurrences(ctx, c.Limit)
		if err != nil {
			return err
		}
		dates = slices.DeleteFunc(dates, func(d access.CampaignDate) bool { return d.DueAt.IsZero() })
		lost, err := c.lost(ctx, op)
		if err != nil {
			return err
		}
		if c.JSON {
			return c.encode(s, dates, took, lost)
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "OCCURRENCE\tCAMPAIGN\tSTATE\tSCHEDULED\tOPENED\tDEADLINE\tCLOSED\tITEMS")
		for _, d := range dates {
			_, _ = fmt.Fprintf(w, "\t%s\tnext\t%s\t\t\t\t\n", d.Name, when(d.DueAt))
		}
		for _, o := range took {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", o.ID, o.Campaign, o.State, when(o.ScheduledAt), when(o.OpenedAt), when(o.DeadlineAt), when(o.ClosedAt), o.Items)
		}
		err = w.Flush()
		for _, one := range lost {
			s.printf("\n%s\n", lostWords(one))
		}
		return err
	})
}

// lost are those of the newest occurrences, by the audit trail, that are stored no more.
func (c listReviews) lost(ctx context.Context, op *bot.Operator) (all []store.Recorded, err error) {
	n := 0
	err = op.Store.Begun(ctx, func(e store.Recorded) (bool, error) {
		n++
		lost, err := op.Store.Lost(ctx, e)
		if lost {
			all = append(all, e)
		}
		return n < c.Limit, err
	})
	return all, err
}

// lostShown is an occurrence that is stored no more, as the audit trail has it.
type lostShown struct {
	ID       string    `json:"id"`
	Campaign string    `json:"campaign"`
	Began    time.Time `json:"began"`
	Event    int64     `json:"event"` // the number of the event that says so
}

func (listReviews) encode(s streams, dates []access.CampaignDate, took []access.Occurrence, gone []store.Recorded) error {
	lost := make([]lostShown, 0, len(gone))
	for _, e := range gone {
		lost = append(lost, lostShown{e.Facts["occurrence"], e.Facts["campaign"], e.At.UTC(), e.Seq})
	}
	next, occurrences := make([]nextShown, 0, len(dates)), make([]occurrenceShown, 0, len(took))
	for _, d := range dates {
		next = append(next, nextShown{d.Name, d.Schedule, d.DueAt})
	}
	for _, o := range took {
		occurrences = append(occurrences, shownOccurrence(o))
	}
	return indented(s, struct {
		Next        []nextShown       `json:"next"`
		Occurrences []occurrenceShown `json:"occurrences"`
		Lost        []lostShown       `json:"lost"` // of which the audit trail alone knows
	}{next, occurrences, lost})
}

func indented(s streams, v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// occurrenceShown is an occurrence as the command line shows it.
type occurrenceShown struct {
	ID         string                 `json:"id"`
	Campaign   string                 `json:"campaign"`
	State      access.OccurrenceState `json:"state"`
	Scheduled  time.Time              `json:"scheduled"`
	Missed     int                    `json:"missed"`
	Opened     time.Time              `json:"opened,omitzero"`
	Deadline   time.Time              `json:"deadline,omitzero"`
	Closed     time.Time              `json:"closed,omitzero"`
	Note       string                 `json:"note,omitempty"`
	LastError  string                 `json:"last_error,omitempty"`
	Rules      access.Campaign        `json:"rules"`
	Items      int                    `json:"items"`
	Population access.Population      `json:"population"`
}

func shownOccurrence(o access.Occurrence) occurrenceShown {
	return occurrenceShown{ID: o.ID, Campaign: o.Campaign, State: o.State, Scheduled: o.ScheduledAt, Missed: o.Missed, Opened: o.OpenedAt, Deadline: o.DeadlineAt, Closed: o.ClosedAt,
		Note: o.Note, LastError: o.LastError, Rules: o.Rules, Items: o.Items, Population: o.Population}
}

// tallyShown is how many of somebody's items, or of all, stand where.
type tallyShown struct {
	Who     string `json:"who,omitempty"`
	Items   int    `json:"items"`
	Open    int    `json:"open"`
	Keep    int    `json:"keep"`
	Revoke  int    `json:"revoke"`
	Reduce  int    `json:"reduce"`
	Without int    `json:"without"` // of Reduce: the lower role could not be given
	Silence int    `json:"silence"` // decided by it
	Going   int    `json:"going"`   // taken away, not seen to be gone
}

func (t *tallyShown) add(c access.ItemCount) {
	t.Items += c.Items
	switch {
	case c.State == access.ItemOpen:
		t.Open += c.Items
	case c.Verdict == access.KeepItem:
		t.Keep += c.Items
	case c.Verdict == access.RevokeItem:
		t.Revoke += c.Items
	case c.Verdict == access.ReduceItem:
		t.Reduce += c.Items
	}
	if c.Failed {
		t.Without += c.Items
	}
	if c.Silent {
		t.Silence += c.Items
	}
	if c.State == access.ItemRemoving {
		t.Going += c.Items
	}
}

type showReviews struct {
	configured
	Name string `arg:"" help:"The id of an occurrence, or the name of a campaign for its newest."`
	JSON bool   `name:"json" help:"Write it as JSON, with every item."`
}

// Help is shown by --help.
func (showReviews) Help() string {
	return `Whom it asks and how far each is, and what it asks about; with --json also the facts of each item, as they were shown.

    airpass reviews show quarterly`
}

// itemShown is an item as the command line shows it.
type itemShown struct {
	ID      string             `json:"id"`
	State   access.ItemState   `json:"state"`
	Verdict access.ItemVerdict `json:"verdict,omitempty"`
	Silent  bool               `json:"silent,omitempty"`
	Until   time.Time          `json:"keep_until,omitzero"`
	To      string             `json:"reduce_to,omitempty"`
	Lower   string             `json:"lower_request,omitempty"`
	Without string             `json:"lower_failed,omitempty"` // why it could not be given
	Decider string             `json:"decided_by,omitempty"`
	Decided time.Time          `json:"decided,omitzero"`
	Settled time.Time          `json:"settled,omitzero"`
	Comment string             `json:"comment,omitempty"`
	Asked   []string           `json:"asked"`
	Failed  string             `json:"last_error,omitempty"`
	Facts   json.RawMessage    `json:"facts"`
}

// Run shows an occurrence.
func (c showReviews) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		o, err := occurrence(ctx, op, c.Name)
		if err != nil {
			return err
		}
		panels, err := op.Store.CampaignPanels(ctx, o.ID)
		if err != nil {
			return err
		}
		counts, err := op.Store.ItemCounts(ctx, o.ID)
		if err != nil {
			return err
		}
		total, each := tallies(panels, counts)
		if c.JSON {
			return c.encode(ctx, s, op, o, panels, total, each)
		}
		c.tell(s, o, total, each)
		return c.items(ctx, s, op, o, panels)
	})
}

// occurrence finds an occurrence by its id, or the newest of a campaign by its name. If the audit
// trail says that there was one, and its row is there no more, it is not another one: that is a finding.
func occurrence(ctx context.Context, op *bot.Operator, name string) (access.Occurrence, error) {
	begun, known, err := op.Store.LastBegun(ctx, name)
	if err != nil {
		return access.Occurrence{}, err
	}
	if known {
		lost, err := op.Store.Lost(ctx, begun)
		if err == nil && lost {
			err = coded{exitFinding, errors.New(lostWords(begun))}
		}
		if err != nil {
			return access.Occurrence{}, err
		}
	}
	o, is, err := op.Store.LastOccurrence(ctx, name)
	if err == nil && !is {
		o, err = op.Store.Occurrence(ctx, name)
	}
	if errors.Is(err, access.ErrNotFound) {
		err = coded{exitUsage, fmt.Errorf("no campaign %q has taken place, and no occurrence has that id: airpass reviews list", name)}
	}
	return o, err
}

// lostWords say of an occurrence that it is there no more.
func lostWords(begun store.Recorded) string {
	return fmt.Sprintf("occurrence %s of %s is stored no more. Event %d of the audit trail says that it began %s. Retention deletes no occurrence: its row was deleted past airpass. "+
		"What the trail has of it: airpass audit export --from %s, where occurrence is %s",
		begun.Facts["occurrence"], printable(begun.Facts["campaign"]), begun.Seq, when(begun.At), begun.At.UTC().Format(time.RFC3339), begun.Facts["occurrence"])
}

// tallies counts for everybody and for each who is asked; who is asked with others has
// the same items as they.
func tallies(panels map[string][]access.Person, counts []access.ItemCount) (total tallyShown, each []tallyShown) {
	by := map[string]*tallyShown{}
	for _, c := range counts {
		total.add(c)
		for _, p := range panels[c.Panel] {
			if by[p.OktaID] == nil {
				by[p.OktaID] = &tallyShown{Who: cmp.Or(p.Login, p.OktaID)}
			}
			by[p.OktaID].add(c)
		}
	}
	for _, t := range by {
		each = append(each, *t)
	}
	slices.SortFunc(each, func(a, b tallyShown) int { return cmp.Or(cmp.Compare(b.Open, a.Open), strings.Compare(a.Who, b.Who)) })
	return total, each
}

func (showReviews) tell(s streams, o access.Occurrence, total tallyShown, each []tallyShown) {
	line := func(name, value string) {
		if value != "" {
			s.printf("%-10s %s\n", name, printable(value))
		}
	}
	line("occurrence", o.ID)
	line("campaign", o.Campaign)
	line("state", string(o.State))
	line("scheduled", when(o.ScheduledAt))
	if o.Missed > 0 {
		line("missed", fmt.Sprintf("%d before it did not take place: nothing was running", o.Missed))
	}
	line("opened", when(o.OpenedAt))
	line("deadline", when(o.DeadlineAt))
	line("closed", when(o.ClosedAt))
	line("why", o.Note)
	line("failed", o.LastError)
	p := o.Population
	line("population", fmt.Sprintf("%s, %d too young, %d filtered out, %d asked of nobody; %s, %s", count(total.Items, "item"), p.Younger, p.Filtered, p.Nobody, count(p.Targets, "target"), count(p.Places, "place")))
	for _, u := range p.Uses {
		line("use", u)
	}
	for _, u := range p.Unknown {
		line("unknown", u)
	}
	line("items", fmt.Sprintf("%d open, %d keep, %d revoke, %d reduce; %d decided by silence, %d not seen to be gone", total.Open, total.Keep, total.Revoke, total.Reduce, total.Silence, total.Going))
	if total.Without > 0 {
		line("without", fmt.Sprintf("%s taken away although the lower role could not be given; --json says why", count(total.Without, "item")))
	}
	for _, t := range each {
		line("asked", fmt.Sprintf("%s: %d of %d open", t.Who, t.Open, t.Items))
	}
}

// itemPage is how many items are read at once.
const itemPage = 1000

func (showReviews) items(ctx context.Context, s streams, op *bot.Operator, o access.Occurrence, panels map[string][]access.Person) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "\nITEM\tTARGET\tWHO\tSTATE\tVERDICT\tASKED\tCOMMENT")
	for after := ""; ; {
		items, err := op.Store.CampaignItems(ctx, o.ID, after, itemPage)
		if err != nil {
			return err
		}
		for _, i := range items {
			after = i.ID
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i.ID, i.Target, printable(i.Who), i.State, strings.TrimSpace(string(i.Verdict)+" "+i.ReduceTo), printable(strings.Join(logins(panels[i.Panel]), ", ")), printable(i.Comment))
		}
		if len(items) < itemPage {
			return w.Flush()
		}
	}
}

func logins(people []access.Person) []string {
	all := []string{}
	for _, p := range people {
		all = append(all, cmp.Or(p.Login, p.OktaID))
	}
	return all
}

// encode writes everything; the items one after the other, however many there are.
func (showReviews) encode(ctx context.Context, s streams, op *bot.Operator, o access.Occurrence, panels map[string][]access.Person, total tallyShown, each []tallyShown) error {
	head, err := json.Marshal(struct {
		Occurrence occurrenceShown `json:"occurrence"`
		Total      tallyShown      `json:"total"`
		Asked      []tallyShown    `json:"asked"`
	}{shownOccurrence(o), total, append([]tallyShown{}, each...)})
	if err != nil {
		return err
	}
	s.printf("%s, \"items\": [", strings.TrimSuffix(string(head), "}"))
	separator := "\n"
	for after := ""; ; {
		items, err := op.Store.CampaignItems(ctx, o.ID, after, itemPage)
		if err != nil {
			return err
		}
		for _, i := range items {
			after = i.ID
			one, err := json.Marshal(itemShown{ID: i.ID, State: i.State, Verdict: i.Verdict, Silent: i.Silent, Until: i.KeepUntil, To: i.ReduceTo, Lower: i.Lower, Without: i.LowerFailed, Decider: cmp.Or(i.Decider.Login, i.Decider.OktaID), Decided: i.DecidedAt,
				Settled: i.SettledAt, Comment: i.Comment, Asked: logins(panels[i.Panel]), Failed: i.LastError, Facts: i.Facts})
			if err != nil {
				return err
			}
			s.printf("%s%s", separator, one)
			separator = ",\n"
		}
		if len(items) < itemPage {
			s.printf("\n]}\n")
			return nil
		}
	}
}

type closeReviews struct {
	configured
	Name   string `arg:"" help:"The id of an occurrence, or the name of a campaign for its newest."`
	Reason string `required:"" help:"Why, for the audit trail."`
}

// Help is shown by --help.
func (closeReviews) Help() string {
	return `Nobody is asked any more. What nobody has said anything about stays as it is and is listed as open: silence decides at the
deadline only.

    airpass reviews close quarterly --reason 'the wrong targets'`
}

// Run closes an occurrence.
func (c closeReviews) Run(ctx context.Context, s streams) error {
	if err := given(c.Reason); err != nil {
		return err
	}
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		o, err := occurrence(ctx, op, c.Name)
		if err != nil {
			return err
		}
		if o, err = op.Campaigns.Close(ctx, op.Actor(), o.ID, c.Reason); err == nil {
			s.printf("%s of %s is closed\n", o.ID, o.Campaign)
		}
		return err
	})
}
