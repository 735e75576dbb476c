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

// peopleAtOnce is how many people a sweep asks the directory about, and holds what it
// tells of in memory, at a time.
const peopleAtOnce = 500

// SweepDeactivated ends the grants of everybody whom Okta no longer calls ACTIVE.
// Who is missing from the answer is unknown and keeps their access. A batch above
// the cap is not carried out: it is told to the admins, who confirm it by its name.
func (s *Service) SweepDeactivated(ctx context.Context) error {
	gone, asked, err := s.deactivated(ctx)
	if err != nil || asked == 0 {
		return err
	}
	if gone, err = s.staying(ctx, gone); err != nil {
		return err
	}
	if len(gone) == 0 {
		return s.forgetBatch(ctx)
	}
	if allowed, err := s.mayInfer(ctx, gone, asked); err != nil || !allowed {
		return err
	}
	for _, p := range gone {
		if err := s.endAllOf(ctx, p); err != nil {
			return err
		}
	}
	return s.forgetBatch(ctx)
}

// Cuts cuts sessions, and then takes the access away.
type Cuts interface {
	// Begin cuts the sessions that the person of a grant has of its permission set. The error
	// wraps access.ErrInvalid if that cannot be, and access.ErrDecided if they are cut already.
	Begin(tx *store.Tx, g access.Grant, reason string) (access.Cut, error)
}

// cutting is who cuts the sessions of people who left.
var cutting = access.System("cuts of people who left")

// cut begins to cut the sessions of somebody who left, which takes the access away, too. It
// is false where that is not wished, or cannot be: then the access alone is taken away.
func (s *Service) cut(ctx context.Context, g access.Grant, why string) (bool, error) {
	if s.Cuts == nil || g.Person == "" || g.State == access.GrantScheduled {
		return false, nil
	}
	err := s.Store.Update(ctx, cutting, func(tx *store.Tx) error {
		_, err := s.Cuts.Begin(tx, g, why)
		return err
	})
	if errors.Is(err, access.ErrInvalid) {
		s.Log.WarnContext(ctx, "the sessions of somebody who left cannot be cut; their access is taken away", "grant", g.ID, "err", err)
		return false, nil
	}
	if errors.Is(err, access.ErrDecided) {
		err = nil
	}
	return err == nil, err
}

// staying are those of some people who left whose access does not go away with cuts of their
// sessions already: about the others nothing is to be inferred any more.
func (s *Service) staying(ctx context.Context, gone []inactive) ([]inactive, error) {
	if s.Cuts == nil {
		return gone, nil
	}
	var stay []inactive
	for _, p := range gone {
		live, err := s.Store.GrantsOf(ctx, p.id, true)
		if err != nil {
			return nil, err
		}
		for _, g := range live {
			_, cut, err := s.Store.CutOf(ctx, p.id, g.Target.PermissionSet)
			if err != nil {
				return nil, err
			}
			if !cut && g.State != access.GrantRevoking {
				stay = append(stay, p)
				break
			}
		}
	}
	return stay, nil
}

// inactive is somebody whom Okta knows and does not call ACTIVE.
type inactive struct{ id, status string }

// deactivated asks about everybody with a grant, some at a time. Any failure is one of
// the whole: how many there are decides whether to believe it.
func (s *Service) deactivated(ctx context.Context) (gone []inactive, asked int, err error) {
	all, err := s.Store.LiveSubjects(ctx)
	if err != nil {
		return nil, 0, err
	}
	for ids := range slices.Chunk(all, peopleAtOnce) {
		// It finds what has to be taken away, in few calls.
		people, err := s.Directory.People(outbound.WithPriority(ctx, outbound.Verify), ids)
		if err != nil {
			return nil, 0, err
		}
		for _, id := range ids {
			if p, known := people[id]; known && p.Status != "" && !p.Active() {
				gone = append(gone, inactive{id, p.Status})
			}
		}
	}
	return gone, len(all), nil
}

// mayInfer applies the cap on removals that nobody asked for by name.
func (s *Service) mayInfer(ctx context.Context, gone []inactive, all int) (bool, error) {
	limit := max(s.InferredMax, int(s.InferredShare*float64(all)))
	if len(gone) <= limit {
		return true, nil
	}
	ids := make([]string, 0, len(gone))
	for _, p := range gone {
		ids = append(ids, p.id)
	}
	slices.Sort(ids)
	batch := store.Batch{Many: len(gone), Of: all, Cap: limit, Which: "deactivated:" + strings.Join(ids, ",")}
	name := nameOf(batch)
	var allowed bool
	err := s.Store.Update(ctx, deactivation, func(tx *store.Tx) error {
		allowed = false
		confirmed, err := tx.Setting(ConfirmedBatch)
		if err != nil {
			return err
		}
		if confirmed == name {
			allowed = true
			return nil
		}
		told, err := tx.Setting(PendingBatch)
		if err != nil || told == name {
			return err
		}
		if err := tx.SetWaiting(PendingBatch, name, batch); err != nil {
			return err
		}
		_, err = tx.CreateMessage(access.Message{
			ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
			Text: fmt.Sprintf("Okta says that %d of %d people with access are no longer ACTIVE. That is more than %d, so nothing was taken away. If it is true: airpass removals confirm %s",
				len(gone), all, limit, name),
		})
		return err
	})
	return allowed, err
}

func (s *Service) endAllOf(ctx context.Context, p inactive) error {
	grants, err := s.Store.GrantsOf(ctx, p.id, true)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if cut, err := s.cut(ctx, g, "Okta says "+p.status); err != nil || cut {
			if err != nil {
				return err
			}
			continue
		}
		err := s.Revoke(ctx, deactivation, g.ID, access.EndDeactivated, "Okta says "+p.status)
		if err != nil && !errors.Is(err, access.ErrBadMove) && !errors.Is(err, access.ErrStale) {
			return err
		}
	}
	return nil
}
