package store

import (
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/store/db"
)

// MoveGrants has every live grant that holds an entitlement hold the same of another account
// of the same person in Identity Center, who was given it anew there: what was theirs under the
// id that nobody has any more is let go, and what takes its place is wanted from now on and
// woken. It appends grant.moved for each. Without such a grant, or if the account is the same,
// the error wraps access.ErrNotAllowed; if other grants hold it than did a moment before,
// access.ErrStale.
func (tx *Tx) MoveGrants(ref access.Ref, account string) error {
	if account == "" || account == ref.Person {
		return fmt.Errorf("%w: %s has no other account", access.ErrNotAllowed, ref.OktaUser)
	}
	e, known, err := tx.EntitlementByKey(ref.Key())
	if err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("%w: airpass knows nothing of %s", access.ErrNotAllowed, ref.Key())
	}
	moving, err := tx.lockMoving(e, account)
	if err != nil {
		return err
	}
	if len(moving) == 0 {
		return fmt.Errorf("%w: no live grant holds %s", access.ErrNotAllowed, ref.Key())
	}
	for _, id := range moving {
		g, err := tx.Grant(id)
		if err != nil {
			return err
		}
		if !g.State.Live() || g.Person != ref.Person {
			return fmt.Errorf("%w: grant %s is %s, and of another account", access.ErrNotAllowed, g.ID, g.State)
		}
		if err := tx.moveGrant(g, account); err != nil {
			return err
		}
	}
	return nil
}

// lockMoving locks all that the live grants which hold an entitlement hold, and are to hold of
// another account, in the order of the keys, as everybody does; and returns these grants.
func (tx *Tx) lockMoving(e access.Entitlement, account string) ([]string, error) {
	moving, err := tx.liveHolders(e.ID)
	if err != nil {
		return nil, err
	}
	refs := []access.Ref{e.Ref}
	for _, id := range moving {
		g, err := tx.Grant(id)
		if err != nil {
			return nil, err
		}
		held, err := tx.GrantEntitlements(id)
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			refs = append(refs, h.Ref)
		}
		refs = append(refs, g.Target.Entitlements(g.Subject.OktaID, account)...)
	}
	slices.SortFunc(refs, func(a, b access.Ref) int { return strings.Compare(a.Key(), b.Key()) })
	for _, ref := range refs {
		if err := tx.ensure(ref); err != nil {
			return nil, err
		}
	}
	now, err := tx.liveHolders(e.ID)
	if err == nil && !slices.Equal(now, moving) {
		err = fmt.Errorf("%w: other grants hold %s by now", access.ErrStale, e.Ref.Key())
	}
	return moving, err
}

// liveHolders are the grants whose live holds an entitlement has, in the order of their ids.
func (tx *Tx) liveHolders(entitlementID string) ([]string, error) {
	holds, err := tx.LiveHolds(entitlementID)
	var ids []string
	for _, h := range holds {
		ids = append(ids, h.GrantID)
	}
	return ids, err
}

// moveGrant moves one grant whose entitlements are locked. Its link is held back until all that it
// holds now has been verified.
func (tx *Tx) moveGrant(g access.Grant, account string) error {
	before, err := tx.GrantEntitlements(g.ID)
	if err != nil {
		return err
	}
	var refs []access.Ref
	for _, ref := range g.Target.Entitlements(g.Subject.OktaID, account) {
		if !slices.ContainsFunc(before, func(e access.Entitlement) bool { return e.Ref.Key() == ref.Key() }) {
			refs = append(refs, ref)
		}
	}
	was := g.Person
	added, err := tx.hold(g.ID, before, refs)
	if err != nil {
		return err
	}
	g.Person, g.NextAt = account, tx.now
	if g.State == access.GrantActive {
		g.LinkState, g.LinkNote = access.LinkHeld, access.Restoring
	}
	if g, err = tx.updateGrant(g); err != nil {
		return err
	}
	if err := tx.wantHolds(g.ID, added); err != nil {
		return err
	}
	tx.wakeGrant(g)
	for _, e := range before {
		if e.Ref.Person == was {
			if err := tx.letGo(g, e); err != nil {
				return err
			}
		}
	}
	held, err := tx.heldKeys(g.ID)
	if err != nil {
		return err
	}
	tx.log(g.Subject.OktaID, access.Event{Kind: "grant.moved", Request: g.RequestID, Grant: g.ID,
		Facts: map[string]string{"subject": g.Subject.OktaID, "target": g.Target.ID, "person": account, "person_before": was, "holds": held}})
	return tx.TouchMessages(g.RequestID)
}

// letGo ends the hold of a grant on what was of an account that nobody has any more. Once no
// grant holds it, nobody can have it: it counts as absent, which those that wait for its removal
// see, and drift tells what is left of it there. It appends entitlement.let_go. Drift does not look at what opens nothing: that
// is taken away as ever.
func (tx *Tx) letGo(g access.Grant, e access.Entitlement) error {
	if err := tx.q.DeleteHold(tx.ctx, db.DeleteHoldParams{GrantID: g.ID, EntitlementID: e.ID}); err != nil {
		return fmt.Errorf("hold of %s: %w", e.Ref.Key(), err)
	}
	if e.Ref.Kind.Optional() {
		return tx.released(e.ID)
	}
	others, err := tx.LiveHolds(e.ID)
	if err != nil || len(others) > 0 {
		return err
	}
	open, err := tx.Intents(e.ID)
	if err != nil {
		return err
	}
	for _, i := range open {
		i.State, i.Answer, i.ResolvedAt = access.IntentExpired, "nobody has the account any more", tx.now
		if err := tx.SaveIntent(i); err != nil {
			return err
		}
	}
	old, err := tx.q.LockRow(tx.ctx, e.ID)
	if err != nil {
		return found(err, "entitlement", e.ID)
	}
	now, err := tx.q.LetGoEntitlement(tx.ctx, e.ID)
	if err != nil {
		return saved(err, "entitlement", e.ID)
	}
	tx.recordSeen("entitlement.let_go", old, now) // nobody has seen that it is absent
	return tx.touchHolders(now.ID)
}
