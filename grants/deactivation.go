package grants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
)

var deactivation = access.System("deactivation sweep")

// SweepDeactivated ends the grants of everybody whom Okta no longer calls ACTIVE.
// Who is missing from the answer is unknown and keeps their access. A batch above
// the cap is not carried out: it is told to the admins, who confirm it by its name.
func (s *Service) SweepDeactivated(ctx context.Context) error {
	ids, err := s.Store.LiveSubjects(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	// It finds what has to be taken away, in few calls.
	people, err := s.Directory.People(outbound.WithPriority(ctx, outbound.Verify), ids)
	if err != nil {
		return err
	}
	var gone []string
	for _, id := range ids {
		if p, known := people[id]; known && p.Status != "" && !p.Active() {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return s.forgetBatch(ctx)
	}
	if allowed, err := s.mayInfer(ctx, gone, len(ids)); err != nil || !allowed {
		return err
	}
	for _, id := range gone {
		if err := s.endAllOf(ctx, people[id]); err != nil {
			return err
		}
	}
	return s.forgetBatch(ctx)
}

// mayInfer applies the cap on removals that nobody asked for by name.
func (s *Service) mayInfer(ctx context.Context, gone []string, all int) (bool, error) {
	limit := max(s.InferredMax, int(s.InferredShare*float64(all)))
	if len(gone) <= limit {
		return true, nil
	}
	slices.Sort(gone)
	batch := "deactivated:" + strings.Join(gone, ",")
	var allowed bool
	err := s.Store.Update(ctx, deactivation, func(tx *store.Tx) error {
		allowed = false
		confirmed, err := tx.Setting(ConfirmedBatch)
		if err != nil {
			return err
		}
		if confirmed == batchName(batch) {
			allowed = true
			return nil
		}
		told, err := tx.Setting(PendingBatch)
		if err != nil || told == batchName(batch) {
			return err
		}
		if err := tx.SetSetting(PendingBatch, batchName(batch)); err != nil {
			return err
		}
		_, err = tx.CreateMessage(access.Message{
			ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
			Text: fmt.Sprintf("Okta says that %d of %d people with access are no longer ACTIVE. That is more than %d, so nothing was taken away. If it is true: airpass removals confirm %s",
				len(gone), all, limit, batchName(batch)),
		})
		return err
	})
	return allowed, err
}

func (s *Service) endAllOf(ctx context.Context, p access.Person) error {
	grants, err := s.Store.GrantsOf(ctx, p.OktaID, true)
	if err != nil {
		return err
	}
	for _, g := range grants {
		err := s.Revoke(ctx, deactivation, g.ID, access.EndDeactivated, "Okta says "+p.Status)
		if err != nil && !errors.Is(err, access.ErrBadMove) && !errors.Is(err, access.ErrStale) {
			return err
		}
	}
	return nil
}
