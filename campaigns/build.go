package campaigns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"airpass/access"
	"airpass/reviews"
	"airpass/store"
)

// What Okta or AWS do not tell is asked for again after ever longer pauses; after patience
// people are asked about what is known, and what is missing is said.
const (
	firstPause   = time.Minute
	longestPause = 30 * time.Minute
	patience     = 12 * time.Hour
)

// batch is how many items one transaction stores: who wants to write meanwhile waits for
// one of these.
const batch = 250

// StepOccurrence builds an occurrence, and closes it when its time is over.
func (s *Service) StepOccurrence(ctx context.Context, id string, version int64) error {
	o, err := s.o.Store.Occurrence(ctx, id)
	if err != nil || o.Version != version || o.NextAt.IsZero() || s.o.Now().Before(o.NextAt) {
		return err
	}
	switch o.State {
	case access.OccurrenceBuilding:
		return ignoring(access.ErrStale, s.build(ctx, o))
	}
	return ignoring(access.ErrStale, s.carryOut(ctx, o))
}

// build finds out whom an occurrence is about and opens it. It may be ended anywhere and
// begun again: what was stored stays, and is not stored twice. Of two who build at once
// one opens, and then the other cannot add to it any more.
func (s *Service) build(ctx context.Context, o access.Occurrence) error {
	p, c := s.o.Planner, o.Rules
	var out Preview
	used, failed, err := s.lookedUp(ctx, o)
	if err != nil {
		return err
	}
	d, err := p.draft(ctx, c, s.o.Targets(), &out)
	if err != nil {
		return err
	}
	d.uses = used
	missing := slices.DeleteFunc(slices.Concat(out.Unknown, failed), func(u reviews.Unread) bool { return u.Gone })
	if len(missing) > 0 && s.o.Now().Sub(o.CreatedAt) < patience {
		return s.later(ctx, o, missing)
	}
	b := &builder{service: s, occurrence: o}
	err = p.items(ctx, c, d, &out, func(i Item) error {
		if len(i.Asked.Reviewers) == 0 {
			out.Nobody++
		}
		return b.add(ctx, i)
	})
	if err != nil {
		return err
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	out.Uses = used.said(d.targets)
	return s.open(ctx, o, out)
}

// later has an occurrence built again after a pause.
func (s *Service) later(ctx context.Context, o access.Occurrence, missing []reviews.Unread) error {
	u := missing[0]
	o.LastError = u.What + ": " + u.Error
	pause := min(firstPause<<min(o.Attempts, 10), longestPause)
	o.Attempts++
	s.o.Log.WarnContext(ctx, "a campaign cannot begin: not everything can be read; tried again", "campaign", o.Campaign, "occurrence", o.ID, "unread", len(missing), "error", o.LastError, "in", pause)
	return s.o.Store.Update(ctx, actor, func(tx *store.Tx) error {
		o.NextAt = tx.Now().Add(pause)
		_, err := tx.SaveOccurrence(o)
		return err
	})
}

// open lets people be asked.
func (s *Service) open(ctx context.Context, o access.Occurrence, out Preview) error {
	sealed, err := s.o.Store.SealItems(ctx, o.ID)
	if err != nil {
		return err
	}
	return s.o.Store.Update(ctx, actor, func(tx *store.Tx) error {
		o.Population = access.Population{Targets: out.Targets, Places: out.Places, Younger: out.Younger, Filtered: out.Filtered, Nobody: out.Nobody, Broken: out.Broken, Uses: out.Uses}
		for _, u := range out.Unknown {
			o.Population.Unknown = append(o.Population.Unknown, u.What+": "+u.Error)
		}
		o.State, o.OpenedAt, o.DeadlineAt, o.LastError = access.OccurrenceOpen, tx.Now(), tx.Now().Add(o.Rules.Deadline), ""
		o.NextAt = o.DeadlineAt
		if _, err := tx.OpenOccurrence(o, sealed); err != nil {
			return err
		}
		return tx.AskReviewers(o.ID)
	})
}

// builder stores items some at a time, so that a population is never in memory twice.
type builder struct {
	service    *Service
	occurrence access.Occurrence
	items      []access.CampaignItem
	panels     map[string][]access.Person
}

func (b *builder) add(ctx context.Context, i Item) error {
	panel, people := panelOf(i.Asked.Reviewers)
	if panel != "" {
		if b.panels == nil {
			b.panels = map[string][]access.Person{}
		}
		b.panels[panel] = people
	}
	facts, err := json.Marshal(i)
	if err != nil {
		return err
	}
	b.items = append(b.items, access.CampaignItem{Target: i.Target, Subject: i.OktaID, Account: i.Account, Who: i.Who, Grant: i.Grant, Standing: i.Standing, Facts: facts, Panel: panel})
	if len(b.items) < batch {
		return nil
	}
	return b.flush(ctx)
}

func (b *builder) flush(ctx context.Context) error {
	if len(b.items) == 0 {
		return nil
	}
	err := b.service.o.Store.Receive(ctx, actor, func(tx *store.Tx) error { return tx.AddItems(b.occurrence, b.items, b.panels) })
	b.items, b.panels = b.items[:0], nil
	return err
}

// panelOf names those who are asked together, by who they are.
func panelOf(reviewers []Reviewer) (string, []access.Person) {
	if len(reviewers) == 0 {
		return "", nil
	}
	var ids []string
	var people []access.Person
	for _, r := range reviewers {
		if !slices.Contains(ids, r.OktaID) {
			ids = append(ids, r.OktaID)
			people = append(people, access.Person{OktaID: r.OktaID, Login: r.Login, Name: r.Name, Email: r.Email})
		}
	}
	return NameOfPanel(ids), people
}

// Panel names those who are asked together.
func (a Asked) Panel() string {
	panel, _ := panelOf(a.Reviewers)
	return panel
}

// NameOfPanel names those who are asked together by their Okta ids; empty is nobody.
func NameOfPanel(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	h := sha256.New()
	for _, id := range slices.Sorted(slices.Values(ids)) {
		h.Write([]byte(id + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Facts are what was shown of an item.
func Facts(i access.CampaignItem) (Item, error) {
	var facts Item
	err := json.Unmarshal(i.Facts, &facts)
	return facts, err
}
