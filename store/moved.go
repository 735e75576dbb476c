package store

import (
	"fmt"
	"slices"

	"airpass/access"
	"airpass/store/db"
)

// MoveGrants has every live grant that holds an entitlement hold the same of another account
// of the same person in Identity Center, who was given it anew there: what was theirs under the
// id that nobody has any more is let go, and what takes its place is wanted from now on and
// woken. It appends grant.moved for each. Without such a grant, or if the account is the same,
// the error wraps access.ErrNotAllowed.
func (tx *Tx) MoveGrants(ref access.Ref, account string) error {
	if account == "" || account == ref.Person {
		return fmt.Errorf("%w: %s has no other account", access.ErrNotAllowed, ref.OktaUser)
	}
	row, wanted, err := tx.lockRef(ref)
	if err != nil {
		return err
	}
	if !wanted {
		return fmt.Errorf("%w: no live grant holds %s", access.ErrNotAllowed, row.Key)
	}
	holds, err := tx.LiveHolds(row.ID)
	if err != nil {
		return err
	}
	for _, h := range holds {
		g, err := tx.Grant(h.GrantID)
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
	added, err := tx.hold(g.ID, before, refs) // locks those before, too
	if err != nil {
		return err
	}
	for _, e := range before {
		if e.Ref.Person == was {
			if err := tx.letGo(g, e); err != nil {
				return err
			}
		}
	}
	g.Person, g.NextAt = account, tx.now
	if g, err = tx.updateGrant(g); err != nil {
		return err
	}
	if err := tx.wantHolds(g.ID, added); err != nil {
		return err
	}
	tx.wakeGrant(g)
	held, err := tx.heldKeys(g.ID)
	if err != nil {
		return err
	}
	tx.log(g.Subject.OktaID, access.Event{Kind: "grant.moved", Request: g.RequestID, Grant: g.ID,
		Facts: map[string]string{"subject": g.Subject.OktaID, "target": g.Target.ID, "person": account, "person_before": was, "holds": held}})
	return tx.TouchMessages(g.RequestID)
}

// letGo ends the hold of a grant on what was of an account that nobody has any more. Once no
// grant holds it, nothing is known of it: drift tells what is left of it there.
func (tx *Tx) letGo(g access.Grant, e access.Entitlement) error {
	if err := tx.q.DeleteHold(tx.ctx, db.DeleteHoldParams{GrantID: g.ID, EntitlementID: e.ID}); err != nil {
		return fmt.Errorf("hold of %s: %w", e.Ref.Key(), err)
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
	return saved(tx.q.LetGoEntitlement(tx.ctx, e.ID), "entitlement", e.ID)
}
