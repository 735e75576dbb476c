package campaigns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"airpass/access"
	"airpass/store"
)

// How many removals of a campaign begin at a time, and how long after that the next do:
// they go their way beside everything else that is taken away. Domain time.
const (
	atOnce  = 20
	between = time.Minute
)

// unanswered is about how many items silence decides in one transaction.
const unanswered = 200

// carryOut lets come what is to come of the items of an occurrence, and closes it when its
// time is over. While silence has to wait, what people have said is carried out all the same.
func (s *Service) carryOut(ctx context.Context, o access.Occurrence) error {
	now, again := s.o.Now(), o.DeadlineAt
	if o.State == access.OccurrenceOpen && !now.Before(o.DeadlineAt) {
		waits, err := s.silence(ctx, o)
		if err != nil || !waits {
			return err
		}
		again = now.Add(between)
	}
	due, err := s.o.Store.DueItems(ctx, o.ID, now, atOnce)
	if err != nil {
		return err
	}
	lower := s.lookAtLower(ctx, o, due)
	return s.o.Store.Update(ctx, actor, func(tx *store.Tx) error {
		for _, i := range due {
			if err := s.settle(tx, o, i, lower[i.ID]); err != nil {
				return err
			}
		}
		next, err := tx.NextItem(o.ID)
		if err != nil {
			return err
		}
		if !next.IsZero() && len(due) == atOnce {
			next = later(next, tx.Now().Add(between))
		}
		if o.NextAt = next; o.State == access.OccurrenceOpen {
			o.NextAt = access.Sooner(next, again)
		}
		_, err = tx.SaveOccurrence(o)
		return err
	})
}

// attended is how long after the deadline those who said something before it are waited
// for: their clicks may not be judged yet.
const attended = 10 * time.Minute

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// settle lets come what is to come of one item now; l is of one that is reduced.
func (s *Service) settle(tx *store.Tx, o access.Occurrence, i access.CampaignItem, l lower) error {
	i.NextAt = time.Time{}
	if i.State == access.ItemSettled && i.Verdict == access.KeepItem { // until now
		i.Verdict, i.KeepUntil = access.RevokeItem, time.Time{}
		i.State = access.ItemDecided
	}
	switch {
	case i.Verdict == access.ReduceItem && i.State == access.ItemDecided:
		return s.giveLower(tx, o, i, l)
	case i.Verdict == access.ReduceItem && i.State == access.ItemRemoving:
		return s.takeHigher(tx, o, i)
	case i.State == access.ItemRemoving:
		return gone(tx, o, i)
	case i.State == access.ItemDecided && i.Verdict == access.RevokeItem:
		return remove(tx, o, i)
	case i.State == access.ItemDecided:
		i.NextAt = i.KeepUntil
		return settled(tx, o, i, "")
	}
	return nil
}

// settled says that nothing more comes of an item; why is what is left to be done by people.
func settled(tx *store.Tx, o access.Occurrence, i access.CampaignItem, why string) error {
	i.State, i.SettledAt, i.LastError = access.ItemSettled, tx.Now(), why
	if _, err := tx.SaveItem(i); err != nil {
		return err
	}
	return tx.TouchCampaign(o.ID, i.Panel)
}

// remove begins to take away what an item is about.
func remove(tx *store.Tx, o access.Occurrence, i access.CampaignItem) error {
	taken, err := takeStanding(tx, o, i)
	if err != nil {
		return err
	}
	ends, err := endGrant(tx, o, i)
	if err != nil {
		return err
	}
	if !ends && len(taken) == 0 {
		return gone(tx, o, i)
	}
	i.State, i.NextAt = access.ItemRemoving, tx.Now().Add(between)
	_, err = tx.SaveRemoving(i, taken)
	return err
}

// endGrant ends the grants that an item is about; false if there is none that does not end by
// itself.
func endGrant(tx *store.Tx, o access.Occurrence, i access.CampaignItem) (bool, error) {
	if i.Grant == "" {
		return false, nil
	}
	return endGrants(tx, i, noteOf(o, i))
}

// noteOf says on a grant why it ends. It names nobody: who has decided is known of the item,
// and is erased there.
func noteOf(o access.Occurrence, i access.CampaignItem) string {
	if i.Silent {
		return "campaign " + o.Campaign + ": " + KeptUnsaid
	}
	return "campaign " + o.Campaign + ": a reviewer has said that it is not needed"
}

// gone settles an item whose access was seen to be gone.
func gone(tx *store.Tx, o access.Occurrence, i access.CampaignItem) error {
	left, err := standingOf(tx, o, i)
	if err != nil {
		return err
	}
	if i.Grant != "" {
		if _, err := endGrant(tx, o, i); err != nil { // what has extended it at the last moment
			return err
		}
		g, err := grantOf(tx, i)
		if err != nil {
			return err
		}
		if g.State != access.GrantEnded {
			left.again, left.waits = tx.Now().Add(between), ""
		} else if !i.Standing {
			left.why, err = stays(tx, o, i, g)
		}
		if err != nil {
			return err
		}
	}
	if left.again.IsZero() {
		return settled(tx, o, i, left.why)
	}
	i.State, i.NextAt, i.LastError = access.ItemRemoving, left.again, left.waits
	_, err = tx.SaveItem(i)
	return err
}

// silence decides what nobody has said anything about in time, some at a time, and then
// closes the occurrence. waits says that it cannot be decided yet.
func (s *Service) silence(ctx context.Context, o access.Occurrence) (waits bool, err error) {
	if heard, waits, err := s.heard(ctx, o); !heard || err != nil {
		return waits, err
	}
	if s.o.Now().Before(o.DeadlineAt.Add(attended)) {
		return true, nil
	}
	if o.Rules.Silence == access.SilenceEscalates {
		already, err := Escalated(ctx, s.o.Store, o)
		if err != nil {
			return false, err
		}
		open, err := s.o.Store.OpenItems(ctx, o.ID, "", 1)
		if err != nil {
			return false, err
		}
		if !already && len(open) > 0 { // else nobody has been silent
			return s.escalate(ctx, o)
		}
	}
	removes, batch, err := s.silent(ctx, o)
	if err != nil {
		return false, err
	}
	allowed := removes == 0
	if !allowed {
		err := s.o.Store.Update(ctx, actor, func(tx *store.Tx) (err error) {
			allowed, err = s.o.Cap.MayInfer(tx, o, batch, removes)
			return err
		})
		if err != nil || !allowed { // until an admin has confirmed it
			return err == nil, err
		}
	}
	for left := true; left; {
		err := s.o.Store.Update(ctx, actor, func(tx *store.Tx) (err error) {
			if left, err = s.decideSilently(tx, o); err == nil && !left {
				_, err = end(tx, o)
			}
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// silent counts what silence would take away of all that nobody has said anything about;
// batch says exactly what that is.
func (s *Service) silent(ctx context.Context, o access.Occurrence) (removes int, batch string, err error) {
	h := sha256.New()
	count := func(i access.CampaignItem) error {
		facts, err := Facts(i)
		if err == nil && facts.Silence == access.SilenceRevokes {
			removes++
			h.Write([]byte(i.ID + "\n"))
		}
		return err
	}
	for after := ""; ; {
		page, err := s.o.Store.OpenItems(ctx, o.ID, after, unanswered)
		if err != nil {
			return 0, "", err
		}
		for _, i := range page {
			after = i.ID
			if err := count(i); err != nil {
				return 0, "", err
			}
		}
		if len(page) < unanswered {
			return removes, o.ID + hex.EncodeToString(h.Sum(nil)), nil
		}
	}
}

// KeptUnsaid is why something is left to people that is kept by silence.
const KeptUnsaid = "nobody has said that it is needed"

// decideSilently decides some items, and says whether there may be more.
func (s *Service) decideSilently(tx *store.Tx, o access.Occurrence) (left bool, err error) {
	page, err := tx.OpenItems(o.ID, "", unanswered)
	if err != nil {
		return false, err
	}
	for _, i := range page {
		facts, err := Facts(i)
		if err != nil {
			return false, err
		}
		i.Silent, i.DecidedAt = true, tx.Now()
		if facts.Silence == access.SilenceRevokes {
			i.State, i.Verdict, i.NextAt = access.ItemDecided, access.RevokeItem, tx.Now()
		} else {
			i.State, i.Verdict, i.SettledAt, i.LastError = access.ItemSettled, access.KeepItem, tx.Now(), KeptUnsaid
		}
		if _, err := tx.SaveItem(i); err != nil {
			return false, err
		}
	}
	return len(page) == unanswered, nil
}

// escalate asks others about what nobody has said anything about, for as long once more.
// waits says that it could not be looked up who they are.
func (s *Service) escalate(ctx context.Context, o access.Occurrence) (waits bool, err error) {
	c, panels := access.Campaign{Reviewers: o.Rules.EscalateTo}, map[string][]access.Person{}
	for after := ""; ; {
		page, err := s.o.Store.OpenItems(ctx, o.ID, after, unanswered)
		if err != nil {
			return false, err
		}
		const unknown = "who is asked instead of those who said nothing cannot be looked up; tried again"
		holdings, err := s.holdingsOf(ctx, page)
		if err != nil {
			s.o.Log.WarnContext(ctx, unknown, "campaign", o.Campaign, "error", err)
			return true, nil
		}
		n := lookUp(ctx, s.o.Planner.Directory, c.Reviewers, holdings, s.o.Planner.Owners)
		for rule, err := range n.failed {
			s.o.Log.WarnContext(ctx, unknown, "campaign", o.Campaign, "rule", rule, "error", err)
			return true, nil
		}
		to := make([][]Reviewer, len(page))
		for at := range page {
			to[at] = n.ask(c, holdings[at]).Reviewers
		}
		last := len(page) < unanswered
		err = s.o.Store.Update(ctx, actor, func(tx *store.Tx) error {
			if err := reask(tx, o, page, to, panels); err != nil || !last {
				return err
			}
			return askLonger(tx, o, panels)
		})
		if err != nil || last {
			return false, err
		}
		after = page[len(page)-1].ID
	}
}

// reask asks others about some items, and notes of panels that are asked from now on who they are.
func reask(tx *store.Tx, o access.Occurrence, page []access.CampaignItem, to [][]Reviewer, panels map[string][]access.Person) error {
	for at, i := range page {
		panel, people := panelOf(to[at])
		if panel == "" {
			continue
		}
		panels[panel] = people
		if panel == i.Panel {
			continue
		}
		if err := tx.AskAlso(o, panel, people); err != nil {
			return err
		}
		if _, err := tx.SaveItem(i.PassTo(panel, access.Passing{Why: access.PassedUnanswered, At: tx.Now()})); err != nil {
			return fmt.Errorf("ask others about %s: %w", i.ID, err)
		}
	}
	return nil
}

// askLonger gives those who are asked, after nobody has answered, as long as others had before:
// they are told at once, also who was told of something else, and everybody's message says it.
func askLonger(tx *store.Tx, o access.Occurrence, panels map[string][]access.Person) error {
	next, err := tx.NextItem(o.ID) // what is decided does not wait for the others
	if err != nil {
		return err
	}
	o.DeadlineAt = tx.Now().Add(o.Rules.Deadline)
	o.NextAt = access.Sooner(next, o.DeadlineAt)
	if _, err := tx.SaveOccurrence(o); err != nil {
		return err
	}
	for _, panel := range slices.Sorted(maps.Keys(panels)) {
		if err := askAgain(tx, o, panel, panels[panel]); err != nil {
			return err
		}
	}
	return tx.TouchOccurrence(o.ID)
}

// target is what is known now of a target.
func (s *Service) target(id string) access.Target {
	for _, t := range s.o.Targets() {
		if t.ID == id {
			return t
		}
	}
	return access.Target{ID: id}
}
