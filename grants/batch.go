package grants

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// batchName is a short name of exactly these removals: another batch has another.
func batchName(batch string) string {
	sum := sha256.Sum256([]byte(batch))
	return hex.EncodeToString(sum[:4])
}

// ConfirmRemovals lets the batch of inferred removals with this name be carried out
// by the next sweep. It returns access.ErrNotFound if no such batch waits.
func (s *Service) ConfirmRemovals(ctx context.Context, actor access.Actor, name string) error {
	return s.Store.Update(ctx, actor, func(tx *store.Tx) error {
		pending, err := tx.Setting(PendingBatch)
		if err != nil {
			return err
		}
		if pending == "" || pending != name {
			return fmt.Errorf("%w: no batch of removals named %q waits for a confirmation", access.ErrNotFound, name)
		}
		return tx.SetSetting(ConfirmedBatch, name)
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
