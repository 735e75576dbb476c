package cuts

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"airpass/access"
	"airpass/store"
)

// holdTry is how often it is tried to get the claim of a policy that somebody else has,
// wall time.
const holdTry = 500 * time.Millisecond

// Held is the policy of a permission set while somebody else than this service writes it.
type Held struct {
	// Denied are those whom the policy is to deny.
	Denied []string
	// Until is when the claim ends by itself, wall time: nothing may be written after it.
	Until time.Time

	service *Service
	policy  access.SetPolicy
}

// Hold takes the claim of the policy of a permission set for airpass setup, which writes
// it too, and waits for whoever has it. While it is held no cut writes the policy; cuts
// that are asked for meanwhile are brought there afterwards.
func (s *Service) Hold(ctx context.Context, actor access.Actor, instance, set string) (*Held, error) {
	h := &Held{service: s}
	token := rand.Text()
	wanted := access.Cut{Target: access.Target{Instance: instance, PermissionSet: set}}
	err := s.Store.Update(ctx, actor, func(tx *store.Tx) error { return tx.WantSetPolicy(wanted) }) // it has no row where nobody was ever cut
	for mine := false; err == nil; {
		err = s.Store.Update(ctx, actor, func(tx *store.Tx) error {
			p, err := tx.SetPolicy(set)
			if err != nil {
				return err
			}
			wall := time.Now()
			h.Until = wall.Add(workFor)
			h.policy, mine, err = tx.ClaimSetPolicy(set, p.Version, token, wall, wall.Add(claimFor))
			if err != nil || !mine {
				return err
			}
			cuts, err := tx.CutsOfSet(set)
			h.Denied = denied(cuts)
			return err
		})
		if err != nil || mine {
			return h, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(holdTry):
		}
	}
	return nil, err
}

// Denied are those whom the policy of a permission set is to deny now.
func (s *Service) Denied(ctx context.Context, set string) ([]string, error) {
	cuts, err := s.Store.CutsOfSet(ctx, set)
	return denied(cuts), err
}

// Release gives the policy up. What was written, if anything was, is looked at by this
// service next, if somebody is cut there.
func (h *Held) Release(ctx context.Context, actor access.Actor, wrote bool) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), recordFor)
	defer stop()
	return h.service.Store.Update(ctx, actor, func(tx *store.Tx) error {
		locked, err := tx.LockSetPolicy(h.policy.PermissionSet, h.policy.Claim)
		if errors.Is(err, access.ErrStale) {
			return nil // the claim was lost: whoever has it writes the policy anew
		}
		if err != nil {
			return err
		}
		if wrote {
			locked.Digest, locked.Restore, locked.RequestID, locked.Provisioned = "", "", "", false
		}
		locked.NextAt = tx.Now()
		return tx.SaveSetPolicy(locked)
	})
}
