package grants

import (
	"context"
	"errors"
	"fmt"

	"airpass/access"
	"airpass/store"
)

// The settings that name the batch of inferred removals that waits for an admin, and
// the one that an admin has confirmed last; empty is none.
const (
	PendingBatch   = "removals.pending"
	ConfirmedBatch = "removals.confirmed"
)

// The same of what drift would take away.
const (
	PendingDrift   = "removals.drift.pending"
	ConfirmedDrift = "removals.drift.confirmed"
)

// Cap is from how many inferred removals on an admin has to confirm them.
type Cap struct {
	Most         int
	Share        float64 // of all that could be taken away; the greater of the two counts
	AdminChannel string
}

// limit is how many removals of all need no confirmation.
func (c Cap) limit(all int) int { return max(c.Most, int(c.Share*float64(all))) }

// tell tells the admins of a batch that waits for them.
func (c Cap) tell(tx *store.Tx, text string) error {
	_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: c.AdminChannel, State: access.MessageNew, NextAt: tx.Now(), Text: text})
	return err
}

// MayRemoveDrift applies the cap to what drift would take away: so many of all that is
// there. batch says exactly what that is. Above the cap the admins are told once, and it is
// allowed when they have confirmed this batch, once.
func (c Cap) MayRemoveDrift(tx *store.Tx, batch string, many, all int) (bool, error) {
	limit := c.limit(all)
	may, err := many <= limit, error(nil)
	if !may {
		may, err = c.confirmedDrift(tx, store.Batch{Many: many, Of: all, Cap: limit, Which: batch}, func(name string) string {
			return fmt.Sprintf("Of %d accesses that Okta and AWS have, %d are drift that is to be taken away. That is more than %d, so nothing was taken away; airpass drift tells them all. If it is meant: airpass removals confirm %s",
				all, many, limit, name)
		})
	}
	if err != nil || !may {
		return false, err
	}
	return true, errors.Join(tx.SetSetting(PendingDrift, ""), tx.SetSetting(ConfirmedDrift, ""))
}

// confirmedDrift says whether the admins have confirmed this batch, and asks them once.
func (c Cap) confirmedDrift(tx *store.Tx, batch store.Batch, says func(name string) string) (bool, error) {
	name := nameOf(batch)
	confirmed, err := tx.Setting(ConfirmedDrift)
	if err != nil || confirmed == name {
		return err == nil, err
	}
	told, err := tx.Setting(PendingDrift)
	if err != nil || told == name {
		return false, err
	}
	if err := tx.SetWaiting(PendingDrift, name, batch); err != nil {
		return false, err
	}
	return false, errors.Join(tx.SetSetting(ConfirmedDrift, ""), c.tell(tx, says(name)))
}

// DriftConfirmed says whether an admin has confirmed what drift takes away, and no look has
// carried it out yet.
func DriftConfirmed(ctx context.Context, s *store.Store) (bool, error) {
	confirmed, err := s.Setting(ctx, ConfirmedDrift)
	return confirmed != "", err
}

// nameOf is a short name of exactly these removals: another batch has another.
func nameOf(batch store.Batch) string { return batch.Digest()[:8] }

// ConfirmRemovals lets the batch of inferred removals with this name be carried out
// by the next sweep; of drift the next sweep looks for it again first. It returns
// access.ErrNotFound if no such batch waits.
func (s *Service) ConfirmRemovals(ctx context.Context, actor access.Actor, name string) error {
	return s.Store.Update(ctx, actor, func(tx *store.Tx) error {
		for waits, confirmed := range map[string]string{PendingBatch: ConfirmedBatch, pendingSilence: confirmedSilence, PendingDrift: ConfirmedDrift} {
			pending, err := tx.Setting(waits)
			if err != nil {
				return err
			}
			if pending != "" && pending == name {
				return tx.SetSetting(confirmed, name)
			}
		}
		if is, err := confirmSilence(tx, name); is || err != nil {
			return err
		}
		return fmt.Errorf("%w: no batch of removals named %q waits for a confirmation", access.ErrNotFound, name)
	})
}

// forgetBatch ends a confirmation: it was for one batch, once. Another batch, or the
// same again later, is asked about anew.
func (s *Service) forgetBatch(ctx context.Context) error {
	pending, err := s.Store.Setting(ctx, PendingBatch)
	if err != nil {
		return err
	}
	confirmed, err := s.Store.Setting(ctx, ConfirmedBatch)
	if err != nil || pending == "" && confirmed == "" {
		return err
	}
	return s.Store.Update(ctx, deactivation, func(tx *store.Tx) error {
		if err := tx.SetSetting(PendingBatch, ""); err != nil {
			return err
		}
		return tx.SetSetting(ConfirmedBatch, "")
	})
}
