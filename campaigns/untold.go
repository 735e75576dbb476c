package campaigns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store"
)

// toAnswer is how long people have at least who could be told only after the deadline. Who had
// less by the rules has that. Domain time.
const toAnswer = 24 * time.Hour

// untoldYet is what an open occurrence waits for in words, from its deadline on.
const untoldYet = "those who are asked could not be told before the deadline; airpass goes on trying, and silence decides nothing until they were told and had time to answer"

// heard makes sure that silence is that of people who were asked: while nobody of a panel was
// told, by Slack's fault or ours, the occurrence waits, and when all were told they get time to
// answer. waits says that it waits as before; yes that silence may decide.
func (s *Service) heard(ctx context.Context, o access.Occurrence) (yes, waits bool, err error) {
	untold, err := s.untold(ctx, o)
	switch {
	case err != nil:
		return false, false, err
	case untold && o.LastError != "":
		return false, true, nil
	case untold:
		return false, false, s.o.Store.Update(ctx, actor, func(tx *store.Tx) error { return s.await(tx, o) })
	case o.LastError != "":
		return false, false, s.o.Store.Update(ctx, actor, func(tx *store.Tx) error { return postpone(tx, o) })
	}
	return true, false, nil
}

// untold says whether people are asked about something of whom none was told. Who cannot be
// told for good counts as told: then silence decides, as where nobody can be asked.
func (s *Service) untold(ctx context.Context, o access.Occurrence) (bool, error) {
	counts, err := s.o.Store.ItemCounts(ctx, o.ID)
	if err != nil {
		return false, err
	}
	panels, err := s.o.Store.CampaignPanels(ctx, o.ID)
	if err != nil {
		return false, err
	}
	reviewers, err := s.o.Store.CampaignReviewers(ctx, o.ID)
	if err != nil {
		return false, err
	}
	told := map[string]bool{}
	for _, r := range reviewers {
		m, err := s.o.Store.Message(ctx, access.CampaignMessage(r.ID))
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return false, err
		}
		told[r.Person.OktaID] = err == nil && (m.State == access.MessagePosted || m.State == access.MessageFailed)
	}
	for _, c := range counts {
		if c.State == access.ItemOpen && c.Panel != "" && !anyTold(panels[c.Panel], told) {
			return true, nil
		}
	}
	return false, nil
}

func anyTold(people []access.Person, told map[string]bool) bool {
	for _, p := range people {
		if told[p.OktaID] {
			return true
		}
	}
	return false
}

// await has an occurrence wait for people to be told, and tells the admins.
func (s *Service) await(tx *store.Tx, o access.Occurrence) error {
	next, err := tx.NextItem(o.ID)
	if err != nil {
		return err
	}
	o.LastError, o.NextAt = untoldYet, access.Sooner(next, tx.Now().Add(between))
	if _, err := tx.SaveOccurrence(o); err != nil || s.o.Cap.AdminChannel == "" {
		return err
	}
	_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: s.o.Cap.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
		Text: fmt.Sprintf("The deadline of the campaign %s has come, and people whom it asks could not be told yet. Silence decides nothing until they were told and had time to answer. airpass reviews show %s lists them.", o.Campaign, o.Campaign)})
	return err
}

// postpone gives those time who were told after the deadline.
func postpone(tx *store.Tx, o access.Occurrence) error {
	key := postponedKey(o)
	was, err := tx.LockSetting(key)
	if err != nil {
		return err
	}
	before, _ := time.ParseDuration(was) // empty is none
	next, err := tx.NextItem(o.ID)
	if err != nil {
		return err
	}
	deadline := tx.Now().Add(min(toAnswer, o.Rules.Deadline))
	if err := tx.SetSetting(key, (before + deadline.Sub(o.DeadlineAt)).String()); err != nil {
		return err
	}
	panels, err := tx.CampaignPanels(o.ID)
	if err != nil {
		return err
	}
	for panel := range panels { // their messages have the button again
		if err := tx.TouchCampaign(o.ID, panel); err != nil {
			return err
		}
	}
	o.DeadlineAt, o.LastError = deadline, ""
	o.NextAt = access.Sooner(next, deadline.Add(attended))
	_, err = tx.SaveOccurrence(o)
	return err
}

// postponedKey is the setting by how long the deadline of an occurrence was put off.
func postponedKey(o access.Occurrence) string { return "campaign_postponed." + o.ID }

// escalated says whether others were asked already because nobody had said anything: then the
// deadline is later than by the rules, and than it was put off.
func (s *Service) escalated(ctx context.Context, o access.Occurrence) (bool, error) {
	was, err := s.o.Store.Setting(ctx, postponedKey(o))
	by, _ := time.ParseDuration(was)
	return o.DeadlineAt.After(o.OpenedAt.Add(o.Rules.Deadline + by)), err
}
