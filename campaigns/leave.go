package campaigns

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"airpass/access"
	"airpass/outbound"
	"airpass/reviews"
	"airpass/store"
)

// LookForReviewers passes on what people are asked about in open occurrences whom Okta does
// not call ACTIVE any more. Whoever is missing from the answer is unknown, and goes on to be
// asked. While nobody has left it costs one list of those who have something open.
func (s *Service) LookForReviewers(ctx context.Context) error {
	dates, err := s.o.Store.CampaignDates(ctx)
	if err != nil {
		return err
	}
	ctx = outbound.WithPriority(ctx, outbound.Drift)
	for _, d := range dates {
		o, is, err := s.o.Store.LiveOccurrence(ctx, d.Name)
		if err == nil && is && o.State == access.OccurrenceOpen {
			err = s.lookForReviewers(ctx, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) lookForReviewers(ctx context.Context, o access.Occurrence) error {
	ids, err := s.awaited(ctx, o)
	if err != nil || len(ids) == 0 {
		return err
	}
	people, err := s.o.Planner.Directory.People(ctx, ids)
	if err != nil {
		return err
	}
	gone := map[string]string{}
	for _, id := range ids {
		if p, known := people[id]; known && p.Status != "" && !p.Active() {
			gone[id] = "is " + p.Status + " in Okta"
		}
	}
	return s.passOn(ctx, o, gone)
}

// awaited are the Okta user ids of those who have something open.
func (s *Service) awaited(ctx context.Context, o access.Occurrence) ([]string, error) {
	counts, err := s.o.Store.ItemCounts(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	panels, err := s.o.Store.CampaignPanels(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for _, c := range counts {
		if c.State != access.ItemOpen {
			continue
		}
		for _, p := range panels[c.Panel] {
			ids[p.OktaID] = true
		}
	}
	return slices.Sorted(maps.Keys(ids)), nil
}

// PassOn has others be asked instead of somebody who cannot be any more; why says why. What
// they have said already counts.
func (s *Service) PassOn(ctx context.Context, reviewer access.CampaignReviewer, why string) error {
	o, err := s.o.Store.Occurrence(ctx, reviewer.Occurrence)
	if err != nil || o.State != access.OccurrenceOpen {
		return err
	}
	return s.passOn(ctx, o, map[string]string{reviewer.Person.OktaID: why})
}

// passOn passes on what those who are gone are asked about, some items at a time.
func (s *Service) passOn(ctx context.Context, o access.Occurrence, gone map[string]string) error {
	if len(gone) == 0 {
		return nil
	}
	panels, err := s.o.Store.CampaignPanels(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		of := access.CampaignReviewer{Occurrence: o.ID, Person: access.Person{OktaID: id}}
		for after, more := "", true; more; {
			page, err := s.o.Store.ItemsFor(ctx, of, access.ItemOpen, after, unanswered)
			if err != nil {
				return err
			}
			if more = len(page) == unanswered; len(page) == 0 {
				break
			}
			after = page[len(page)-1].ID
			instead, err := s.instead(ctx, o, page, panels, gone)
			if err != nil {
				return err
			}
			err = s.o.Store.Update(ctx, actor, func(tx *store.Tx) error { return s.replace(tx, o, id, gone[id], page, instead) })
			if err := ignoring(access.ErrStale, err); err != nil { // somebody has just said something: seen to next time
				return err
			}
		}
	}
	return nil
}

// instead are those who are asked about some items instead of those who are gone, by the
// items' ids: the others of the same panel if there are any, else those whom the rules name
// now. Nobody is in it for an item about which nobody can be asked; an item of which that
// could not be looked up is missing.
func (s *Service) instead(ctx context.Context, o access.Occurrence, page []access.CampaignItem, panels map[string][]access.Person, gone map[string]string) (map[string][]Reviewer, error) {
	all, alone := map[string][]Reviewer{}, []access.CampaignItem{}
	for _, i := range page {
		for _, p := range panels[i.Panel] {
			if gone[p.OktaID] == "" {
				all[i.ID] = append(all[i.ID], Reviewer{p.OktaID, p.Login, p.Name, p.Email})
			}
		}
		if len(all[i.ID]) == 0 {
			alone = append(alone, i)
		}
	}
	if len(alone) == 0 {
		return all, nil
	}
	c := access.Campaign{Reviewers: o.Rules.Reviewers, Fallback: o.Rules.Fallback}
	if already, err := Escalated(ctx, s.o.Store, o); err != nil {
		return nil, err
	} else if already {
		c.Reviewers = o.Rules.EscalateTo
	}
	holdings, err := s.holdingsOf(ctx, alone)
	if err != nil {
		return nil, err
	}
	n := lookUp(ctx, s.o.Planner.Directory, slices.Concat(c.Reviewers, c.Fallback), holdings, s.o.Planner.Owners)
	n.gone = gone
	for at, i := range alone {
		asked := n.ask(c, holdings[at])
		if asked.Unknown != "" {
			s.o.Log.WarnContext(ctx, "who is asked instead of a reviewer who cannot be any more could not be looked up; tried again", "campaign", o.Campaign, "item", i.ID, "error", asked.Unknown)
			continue
		}
		all[i.ID] = asked.Reviewers
	}
	return all, nil
}

// holdingsOf are items as rules look at them, with what Okta says now of who has the access.
func (s *Service) holdingsOf(ctx context.Context, items []access.CampaignItem) ([]reviews.Holding, error) {
	var ids []string
	for _, i := range items {
		if i.Subject != "" {
			ids = append(ids, i.Subject)
		}
	}
	people, err := s.o.Planner.Directory.People(ctx, ids)
	if err != nil {
		return nil, err
	}
	holdings := make([]reviews.Holding, 0, len(items))
	for _, i := range items {
		facts, err := Facts(i)
		if err != nil {
			return nil, err
		}
		p := people[i.Subject]
		if p.OktaID = i.Subject; p.SameAs == "" {
			p.SameAs = facts.SameAs
		}
		holdings = append(holdings, reviews.Holding{Person: &p, Who: i.Who, UserName: i.Who, Target: new(s.target(i.Target))})
	}
	return holdings, nil
}

// replace has others be asked about some items instead of somebody who is gone.
func (s *Service) replace(tx *store.Tx, o access.Occurrence, id, why string, page []access.CampaignItem, instead map[string][]Reviewer) error {
	now, err := tx.Occurrence(o.ID)
	if err != nil || now.State != access.OccurrenceOpen {
		return err
	}
	panels, passed, nobody := map[string]bool{}, 0, 0
	for _, was := range page {
		reviewers, looked := instead[was.ID]
		i, err := tx.CampaignItem(was.ID)
		if err != nil {
			return err
		}
		if !looked || i.State != access.ItemOpen || i.Panel != was.Panel {
			continue
		}
		panel, people := panelOf(reviewers)
		if panel != "" && !panels[panel] {
			if err := askAgain(tx, o, panel, people); err != nil {
				return err
			}
		}
		panels[was.Panel], panels[panel] = true, true
		if panel == "" {
			nobody++
		}
		if _, err := tx.SaveItem(i.PassTo(panel, access.Passing{By: id, Why: access.PassedLeft, At: tx.Now()})); err != nil {
			return fmt.Errorf("ask others about %s: %w", i.ID, err)
		}
		passed++
	}
	if passed == 0 {
		return nil
	}
	delete(panels, "")
	for _, panel := range slices.Sorted(maps.Keys(panels)) {
		if err := tx.TouchCampaign(o.ID, panel); err != nil {
			return err
		}
	}
	tx.Record(access.Event{Kind: "reviewer.left", Facts: map[string]string{"occurrence": o.ID, "campaign": o.Campaign, "reviewer": id, "why": why,
		"items": fmt.Sprint(passed), "nobody": fmt.Sprint(nobody)}})
	if nobody == 0 {
		return nil
	}
	return s.tellNobody(tx, o, id, why)
}

// askAgain has some people be asked, and tells those who were told before that there is more.
func askAgain(tx *store.Tx, o access.Occurrence, panel string, people []access.Person) error {
	if err := tx.AskAlso(o, panel, people); err != nil {
		return err
	}
	asked, err := tx.Panel(o.ID, panel)
	if err != nil {
		return err
	}
	for _, r := range asked {
		if r.Reminders == 0 { // told as soon as can be
			continue
		}
		r.NextAt = tx.Now()
		if err := tx.SaveCampaignReviewer(r); err != nil {
			return err
		}
	}
	return nil
}

// tellNobody tells the admins once that nobody is left who can be asked about something that
// somebody who is gone was asked about.
func (s *Service) tellNobody(tx *store.Tx, o access.Occurrence, id, why string) error {
	return s.tellOnce(tx, "campaign_nobody."+o.ID+"."+id, fmt.Sprintf("The campaign %s asks somebody who cannot be asked any more: the Okta user %s %s. "+
		"Of what only they were asked about there is some that nobody else can be asked about: neither its reviewers nor its fallback name anybody who can be. "+
		"airpass reviews show %s lists it; silence decides about it at the deadline.", o.Campaign, id, why, o.Campaign))
}

// tellOnce tells those who run airpass something, unless the setting of that name says that
// they were told.
func (s *Service) tellOnce(tx *store.Tx, setting, text string) error {
	told, err := tx.LockSetting(setting)
	if err != nil || told != "" || s.o.Cap.AdminChannel == "" {
		return err
	}
	if err := tx.SetSetting(setting, "told"); err != nil {
		return err
	}
	_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: s.o.Cap.AdminChannel, State: access.MessageNew, NextAt: tx.Now(), Text: text})
	return err
}
