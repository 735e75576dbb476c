package grants

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// The same of what silence would take away after a campaign.
const (
	pendingSilence   = "removals.silence.pending"
	confirmedSilence = "removals.silence.confirmed"
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

// MayInfer applies the cap to what silence would take away: so many of all. batch says
// exactly what that is. Above the cap the admins are told once, and it is allowed when
// they have confirmed this batch.
func (c Cap) MayInfer(tx *store.Tx, campaign, batch string, many, all int) (bool, error) {
	return c.mayInfer(tx, [2]string{pendingSilence, confirmedSilence}, batch, many, all, func(limit int, name string) string {
		return fmt.Sprintf("The campaign %s is over, and nobody has said anything about %d of %d items whose access silence takes away. That is more than %d, so nothing was taken away. If it is meant: airpass removals confirm %s",
			campaign, many, all, limit, name)
	})
}

// MayRemoveDrift is MayInfer of what drift would take away: so many of all that is there. A
// confirmation is for one batch, once.
func (c Cap) MayRemoveDrift(tx *store.Tx, batch string, many, all int) (bool, error) {
	may, err := c.mayInfer(tx, [2]string{PendingDrift, ConfirmedDrift}, batch, many, all, func(limit int, name string) string {
		return fmt.Sprintf("Of %d accesses that Okta and AWS have, %d are drift that is to be taken away. That is more than %d, so nothing was taken away; airpass drift tells them all. If it is meant: airpass removals confirm %s",
			all, many, limit, name)
	})
	if err != nil || !may {
		return may, err
	}
	return true, errors.Join(tx.SetSetting(PendingDrift, ""), tx.SetSetting(ConfirmedDrift, ""))
}

// mayInfer applies the cap; settings are those of the batch that waits and of the one that
// is confirmed.
func (c Cap) mayInfer(tx *store.Tx, settings [2]string, batch string, many, all int, says func(limit int, name string) string) (bool, error) {
	limit := max(c.Most, int(c.Share*float64(all)))
	if many <= limit {
		return true, nil
	}
	name := batchName(batch)
	confirmed, err := tx.Setting(settings[1])
	if err != nil || confirmed == name {
		return err == nil, err
	}
	told, err := tx.Setting(settings[0])
	if err != nil || told == name {
		return false, err
	}
	if err := tx.SetSetting(settings[0], name); err != nil {
		return false, err
	}
	_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: c.AdminChannel, State: access.MessageNew, NextAt: tx.Now(), Text: says(limit, name)})
	return false, err
}

// batchName is a short name of exactly these removals: another batch has another.
func batchName(batch string) string {
	sum := sha256.Sum256([]byte(batch))
	return hex.EncodeToString(sum[:4])
}

// ConfirmRemovals lets the batch of inferred removals with this name be carried out
// by the next sweep. It returns access.ErrNotFound if no such batch waits.
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
