package grants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store"
)

var reminding = access.System("reminder")

// nextLook is when an active grant is to be looked at although nothing happens: when its
// holder is to be reminded of its end, then at its end.
func (s *Service) nextLook(g access.Grant, now time.Time) time.Time {
	if at := g.RemindAt(s.RemindBefore); now.Before(at) {
		return at
	}
	return g.EndAt
}

// toRemind says whether the holder of an active grant is to be reminded of its end now. The
// message, which a grant has once, is the mark that they were.
func (s *Service) toRemind(ctx context.Context, g access.Grant, now time.Time) (bool, error) {
	at := g.RemindAt(s.RemindBefore)
	if at.IsZero() || now.Before(at) {
		return false, nil
	}
	_, err := s.Store.Message(ctx, access.ReminderMessage(g.ID))
	if errors.Is(err, access.ErrNotFound) {
		extended, err := s.Store.LiveExtensions(ctx, g.ID)
		return len(extended) == 0, err // else the end to be reminded of is another's
	}
	return false, err
}

// remind has the holder of a grant reminded, in the transaction that moves the grant on: of
// several who do so at the same time one succeeds.
func (s *Service) remind(ctx context.Context, g access.Grant, now time.Time) error {
	return s.Store.Update(ctx, reminding, func(tx *store.Tx) error {
		g := g
		g.NextAt = now // what else there is to do is looked at next
		if _, err := tx.SaveGrant(g); err != nil {
			return err
		}
		// The words are for a replica of an earlier version, which shows nothing else of it.
		_, err := tx.CreateMessage(access.Message{ID: access.ReminderMessage(g.ID), Kind: access.Reminder, To: g.Slack.ID, Request: g.RequestID,
			Text: fmt.Sprintf("Your access to %s ends %s.", g.Target.ID, g.EndAt.UTC().Format("2006-01-02 15:04 UTC")), State: access.MessageNew, NextAt: tx.Now()})
		return err
	})
}
