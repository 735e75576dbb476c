package approvals

import (
	"context"
	"time"

	"airpass/access"
	"airpass/store"
)

var lapse = access.System("lapse")

// Lapse ends a request that nobody decided in time. Clicks that arrived in time and
// are still being checked are judged first. A version that is not the current one
// is no error.
func (s *Service) Lapse(ctx context.Context, requestID string, version int64) error {
	err := s.Store.Update(ctx, lapse, func(tx *store.Tx) error {
		r, err := tx.Request(requestID)
		if err != nil {
			return err
		}
		if r.Version != version || r.State != access.RequestPending || tx.Now().Before(r.LapseAt) {
			return nil
		}
		open, err := tx.OpenAttempts(requestID)
		if err != nil {
			return err
		}
		for _, a := range open {
			if a.ReceivedAt.Before(r.LapseAt) {
				tx.Wake(store.Wake{Kind: store.WakeRequest, ID: r.ID, Version: r.Version, At: tx.Now().Add(15 * time.Second)})
				return nil
			}
		}
		r.State, r.DecidedAt = access.RequestLapsed, tx.Now()
		if _, err := tx.SaveRequest(r); err != nil {
			return err
		}
		return tx.TouchMessages(r.ID)
	})
	return ignoreStale(err)
}
