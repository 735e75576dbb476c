package campaigns

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// enough is what is enough to answer for whoever is told late. Domain time.
const enough = 24 * time.Hour

// toAnswer is how long before the deadline somebody has to have been told for their silence to
// be one: half of the time that the campaign gives, because it takes a moment to tell them.
func toAnswer(c access.Campaign) time.Duration { return min(enough, c.Deadline/2) }

// untoldYet is what an open occurrence waits for in words, from its deadline on.
const untoldYet = "those who are asked could not be told in time; airpass goes on trying, and silence decides nothing until they were told and had time to answer"

// heard makes sure that silence is that of people who were asked: while nobody of a panel was
// told, by Slack's fault or ours, the occurrence waits, and who was told late gets time to
// answer. waits says that it waits as before; yes that silence may decide.
func (s *Service) heard(ctx context.Context, o access.Occurrence) (yes, waits bool, err error) {
	untold, late, err := s.untold(ctx, o)
	if err != nil {
		return false, false, err
	}
	do := postpone
	switch marked := o.LastError != ""; {
	case untold && marked:
		return false, true, nil
	case (untold || late) && !marked:
		do = s.await
	case !late && !marked:
		return true, false, nil
	case !late: // what they were asked about was decided otherwise
		do = goOn
	}
	return false, false, s.o.Store.Update(ctx, actor, func(tx *store.Tx) error { return do(tx, o) })
}

// untold says whether there is something open about which nobody of those who are asked was
// told yet, or none of them in time.
func (s *Service) untold(ctx context.Context, o access.Occurrence) (untold, late bool, err error) {
	counts, err := s.o.Store.ItemCounts(ctx, o.ID)
	if err != nil {
		return false, false, err
	}
	panels, err := s.o.Store.CampaignPanels(ctx, o.ID)
	if err != nil {
		return false, false, err
	}
	reviewers, err := s.o.Store.CampaignReviewers(ctx, o.ID)
	if err != nil {
		return false, false, err
	}
	ids := map[string]string{}
	for _, r := range reviewers {
		ids[r.Person.OktaID] = r.ID
	}
	for _, c := range counts {
		if c.State != access.ItemOpen || c.Panel == "" {
			continue
		}
		at, coming, err := s.toldAt(ctx, panels[c.Panel], ids)
		if err != nil {
			return false, false, err
		}
		untold = untold || at.IsZero() && coming
		late = late || at.After(o.DeadlineAt.Add(-toAnswer(o.Rules)))
	}
	return untold, late, nil
}

// toldAt is when the first of some people was told; zero is not yet. coming says that somebody
// may still be: where Slack takes the message to none of them for good, silence decides as
// where nobody can be asked.
func (s *Service) toldAt(ctx context.Context, people []access.Person, reviewers map[string]string) (first time.Time, coming bool, err error) {
	for _, p := range people {
		m, err := s.o.Store.Message(ctx, access.CampaignMessage(reviewers[p.OktaID]))
		if errors.Is(err, access.ErrNotFound) {
			coming = true
			continue
		}
		if err != nil {
			return first, false, err
		}
		coming = coming || m.State != access.MessageFailed
		if at := postedAt(m); first.IsZero() || !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first, coming, nil
}

// postedAt is when Slack took a message, by its own name for it; zero is not yet.
// See https://docs.slack.dev/messaging/retrieving-messages.
func postedAt(m access.Message) time.Time {
	seconds, _, _ := strings.Cut(m.TS, ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}

// goOn has an occurrence wait for nobody any more.
func goOn(tx *store.Tx, o access.Occurrence) error {
	o.LastError, o.NextAt = "", tx.Now()
	_, err := tx.SaveOccurrence(o)
	return err
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
		Text: fmt.Sprintf("The deadline of the campaign %s has come, and people whom it asks could not be told in time. Silence decides nothing until they were told and had time to answer. airpass reviews show %s lists them.", o.Campaign, o.Campaign)})
	return err
}

// postpone gives those time who were told late, from now on.
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
	deadline := tx.Now().Add(toAnswer(o.Rules))
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
	o.NextAt = access.Sooner(next, deadline)
	_, err = tx.SaveOccurrence(o)
	return err
}

// postponedKey is the setting by how long the deadline of an occurrence was put off.
func postponedKey(o access.Occurrence) string { return "campaign_postponed." + o.ID }

// WaitsFor is the batch that an admin has to confirm before silence decides about an occurrence
// whose deadline has come; empty is none.
func WaitsFor(ctx context.Context, st *store.Store, o access.Occurrence) (batch string, err error) {
	return grants.WaitsOf(ctx, st, o.ID)
}

// Escalated says whether others were asked already because nobody had said anything: then the
// deadline is later than by the rules, and than it was put off.
func Escalated(ctx context.Context, st *store.Store, o access.Occurrence) (bool, error) {
	if o.Rules.Silence != access.SilenceEscalates {
		return false, nil
	}
	was, err := st.Setting(ctx, postponedKey(o))
	by, _ := time.ParseDuration(was)
	return o.DeadlineAt.After(o.OpenedAt.Add(o.Rules.Deadline + by)), err
}
