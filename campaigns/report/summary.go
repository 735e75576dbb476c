package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"airpass/access"
)

// summary is what a report says of an occurrence as a whole.
type summary struct {
	Campaign   string                 `json:"campaign"`
	Occurrence string                 `json:"occurrence"`
	State      access.OccurrenceState `json:"state"`
	// Final: nothing more comes of any item.
	Final     bool            `json:"final"`
	Scheduled time.Time       `json:"scheduled"`
	Missed    int             `json:"missed"`
	Begun     time.Time       `json:"begun"`
	Opened    time.Time       `json:"opened,omitzero"`
	Deadline  time.Time       `json:"deadline,omitzero"`
	Closed    time.Time       `json:"closed,omitzero"`
	Note      string          `json:"note,omitempty"`
	Rules     access.Campaign `json:"rules"`
	// RulesSealed is whether these were the rules when it began.
	RulesSealed rulesSeal         `json:"rules_sealed"`
	Population  access.Population `json:"population"`
	// Sealed is whether these were the items that people were asked about.
	Sealed  seal    `json:"population_sealed"`
	Results results `json:"results"`
	// Exceptions are those that are of no item that is stored.
	Exceptions []string   `json:"exceptions"`
	Changed    bool       `json:"-"` // something was changed past airpass, for certain
	Reviewers  []reviewer `json:"reviewers"`
	Trail      trailRange `json:"trail"`
	Written    time.Time  `json:"written"`
	Verify     string     `json:"verify"` // the command that finds out whether the report was edited
}

// trailRange is the part of the audit trail in which an occurrence is recorded.
type trailRange struct {
	First   int64     `json:"first"`
	Last    int64     `json:"last"` // the trail's head when the report was written
	Hash    string    `json:"hash"` // of the last
	KeyID   string    `json:"key_id"`
	At      time.Time `json:"at"`
	Differs int       `json:"items_that_differ"`
	Erased  int       `json:"items_erased"` // in part: what was erased is not compared
}

// results counts items.
type results struct {
	Items      int `json:"items"`
	Open       int `json:"open"`
	Kept       int `json:"kept"`
	KeptUntil  int `json:"kept_until"` // of Kept, those for a time
	Revoked    int `json:"revoked"`
	Reduced    int `json:"reduced"`
	Without    int `json:"reduced_without_the_lower_role"` // of Reduced: it could not be given
	Other      int `json:"other"`                          // another verdict than these
	SilentKept int `json:"kept_by_silence"`
	SilentGone int `json:"revoked_by_silence"`
	Gone       int `json:"removals_verified"`
	Going      int `json:"removals_not_verified"`
	ByHand     int `json:"removals_by_hand"` // airpass has not taken it away: people have to
	Nobody     int `json:"asked_of_nobody"`
	Escalated  int `json:"escalated"`  // nobody had answered in time, and others were asked
	Exceptions int `json:"exceptions"` // items with at least one
	Against    int `json:"decided_against_the_recommendation"`
}

// reviewer is what somebody was asked and has decided.
type reviewer struct {
	Who       string    `json:"who"`
	OktaID    string    `json:"okta_id"`
	Asked     int       `json:"asked"`
	Open      int       `json:"open"`
	Silent    int       `json:"silent"`    // neither they nor who was asked with them had answered in time
	PassedOn  int       `json:"passed_on"` // they have had others asked, or could not be asked any more
	Decided   int       `json:"decided"`
	Kept      int       `json:"kept"`
	Revoked   int       `json:"revoked"`
	Reduced   int       `json:"reduced"`
	Against   int       `json:"against_the_recommendation"`
	Commented int       `json:"with_a_comment"`
	Told      int       `json:"told"` // how often: the first time and reminders
	First     time.Time `json:"first,omitzero"`
	Last      time.Time `json:"last,omitzero"`
}

// add counts an item.
func (r *results) add(i access.CampaignItem, one row) {
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	keep, open := i.Verdict == access.KeepItem, i.State == access.ItemOpen
	revoke, reduce := i.Verdict == access.RevokeItem, i.Verdict == access.ReduceItem
	r.Items++
	count(&r.Open, open)
	count(&r.Kept, keep && !i.Silent)
	count(&r.KeptUntil, keep && !i.KeepUntil.IsZero())
	count(&r.Revoked, revoke && !i.Silent)
	count(&r.Reduced, reduce)
	count(&r.Without, i.LowerFailed != "")
	count(&r.Other, !open && !keep && !revoke && !reduce)
	count(&r.SilentKept, keep && i.Silent)
	count(&r.SilentGone, revoke && i.Silent)
	count(&r.Gone, !one.Gone.IsZero())
	count(&r.Going, i.State == access.ItemRemoving || i.State == access.ItemDecided && !keep)
	count(&r.ByHand, i.State == access.ItemSettled && !keep && i.LastError != "")
	count(&r.Nobody, i.Panel == "")
	count(&r.Escalated, slices.ContainsFunc(one.Passed, func(p passing) bool { return p.Why == access.PassedUnanswered }))
	count(&r.Exceptions, len(one.Exceptions) > 0)
	count(&r.Against, against(i, one))
}

// against says whether somebody has decided something else than was recommended.
func against(i access.CampaignItem, one row) bool {
	return i.Verdict != "" && !i.Silent && one.Recommended != "" && string(one.Recommended) != string(i.Verdict)
}

// tally counts what each reviewer was asked and has decided.
type tally map[string]*reviewer

func (t tally) of(p access.Person) *reviewer {
	if t[p.OktaID] == nil {
		t[p.OktaID] = &reviewer{Who: cmp.Or(p.Login, p.OktaID), OktaID: p.OktaID}
	}
	return t[p.OktaID]
}

// asked counts an item once for each who was ever asked about it, and who was silent.
func (t tally) asked(panels map[string][]access.Person, i access.CampaignItem) {
	asked, silent := map[string]access.Person{}, map[string]bool{}
	note := func(panel string, unanswered bool) {
		for _, p := range panels[panel] {
			asked[p.OktaID], silent[p.OktaID] = p, silent[p.OktaID] || unanswered
		}
	}
	for _, p := range i.Passed {
		note(p.From, p.Why == access.PassedUnanswered)
		if by, was := asked[p.By]; was {
			t.of(by).PassedOn++
		}
	}
	note(i.Panel, i.Silent)
	for id, p := range asked {
		r := t.of(p)
		r.Asked++
		if silent[id] {
			r.Silent++
		}
	}
	if i.State != access.ItemOpen {
		return
	}
	for _, p := range panels[i.Panel] {
		t.of(p).Open++
	}
}

func (t tally) add(panels map[string][]access.Person, i access.CampaignItem, one row) {
	t.asked(panels, i)
	if i.Decider.OktaID == "" || i.DecidedAt.IsZero() {
		return
	}
	r := t.of(i.Decider)
	r.Decided++
	switch i.Verdict {
	case access.KeepItem:
		r.Kept++
	case access.RevokeItem:
		r.Revoked++
	case access.ReduceItem:
		r.Reduced++
	}
	if against(i, one) {
		r.Against++
	}
	if i.Comment != "" {
		r.Commented++
	}
	if r.First.IsZero() || i.DecidedAt.Before(r.First) {
		r.First = i.DecidedAt
	}
	if i.DecidedAt.After(r.Last) {
		r.Last = i.DecidedAt
	}
}

func (t tally) all() []reviewer {
	list := []reviewer{}
	for _, r := range t {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b reviewer) int {
		return cmp.Or(cmp.Compare(b.Asked, a.Asked), strings.Compare(a.Who, b.Who), strings.Compare(a.OktaID, b.OktaID))
	})
	return list
}

// summarize reads every item once, and the part of the trail in which the occurrence is.
func summarize(ctx context.Context, r *rows) (summary, int64, error) {
	o := r.occurrence
	s := summary{Campaign: o.Campaign, Occurrence: o.ID, State: o.State, Scheduled: o.ScheduledAt, Missed: o.Missed, Begun: o.CreatedAt, Opened: o.OpenedAt, Deadline: o.DeadlineAt, Closed: o.ClosedAt,
		Note: o.Note, Rules: o.Rules, Population: o.Population}
	asked, err := r.store.CampaignReviewers(ctx, o.ID)
	if err != nil {
		return s, 0, err
	}
	by := tally{}
	for _, one := range asked {
		by.of(one.Person).Told = one.Reminders
	}
	versions, err := r.each(ctx, func(i access.CampaignItem, one row) error {
		s.Results.add(i, one)
		by.add(r.panels, i, one)
		if len(r.findings[i.ID].differs) > 0 {
			s.Trail.Differs++
		}
		if len(r.findings[i.ID].erased) > 0 {
			s.Trail.Erased++
		}
		return nil
	})
	r.compared = true
	s.Reviewers = by.all()
	s.Final = o.State == access.OccurrenceClosed && s.Results.Going == 0
	s.Sealed, s.RulesSealed = r.trail.seal(), r.trail.rulesSeal(o.Rules)
	s.Exceptions = r.trail.exceptionsOf(o, s.Results.Open, asked, s.Sealed)
	s.Changed = len(s.Exceptions) > 0
	if words := r.trail.untold(asked); words != "" {
		s.Exceptions = append(s.Exceptions, words)
	}
	return s, versions, err
}
