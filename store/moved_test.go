package store_test

import (
	"errors"
	"testing"

	"airpass/access"
	"airpass/store"
)

// Whose account in Identity Center was made anew holds there what their grants say: all of
// these at once, and nothing under the id of before, of which nothing is known from then on.
func TestGrantsMoveToAnotherAccount(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		first := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		second := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		over := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantRevoking)
		var old access.Entitlement
		for _, e := range w.entitlements(first) {
			if e.Ref.Kind == access.AccountAssignment {
				old = e
			}
		}
		move := func(account string) error {
			return w.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.MoveGrants(old.Ref, account) })
		}
		for _, account := range []string{"", old.Ref.Person} {
			if err := move(account); !errors.Is(err, access.ErrNotAllowed) {
				t.Errorf("to %q: %v", account, err)
			}
		}
		if err := move("f81d4fae-0000-11d0-a765-00a0c91e6bf6"); err != nil {
			t.Fatal(err)
		}
		for _, g := range []access.Grant{first, second} {
			now, err := w.Grant(t.Context(), g.ID)
			if err != nil || now.Person != "f81d4fae-0000-11d0-a765-00a0c91e6bf6" || now.State != g.State {
				t.Errorf("%+v %v", now, err)
			}
			held := w.entitlements(g)
			if len(held) != len(w.entitlements(over)) {
				t.Errorf("it holds %d things", len(held))
			}
			for _, e := range held {
				if e.Ref.Person != "" && e.Ref.Person != now.Person || e.NextAt.IsZero() {
					t.Errorf("%+v", e)
				}
			}
		}
		left, err := w.Entitlement(t.Context(), old.ID)
		if err != nil || left.Origin != access.OriginUnknown || !left.UnwantedSince.IsZero() || !left.NextAt.IsZero() {
			t.Errorf("%+v %v", left, err)
		}
		if err := move("00000000-0000-11d0-a765-00a0c91e6bf6"); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("what no grant holds moves: %v", err)
		}
	})
}

// What belongs to the set-up is added without a grant, and nothing else is.
func TestWhatBelongsToTheSetUpNeedsNoGrant(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ref := access.Ref{Kind: access.GroupAssignment, Instance: prod.Instance, Account: prod.Environment.Account, PermissionSet: prod.PermissionSet, IdentityCenterGroup: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}
		w.update(func(tx *store.Tx) error { return tx.SetUp(ref) })
		e, there, err := w.EntitlementByKey(t.Context(), ref.Key())
		if err != nil || !there || e.NextAt.IsZero() || access.WantOf(e.Ref.Kind, nil) != access.Needed {
			t.Fatalf("%+v %v", e, err)
		}
		w.update(func(tx *store.Tx) error {
			return tx.CreateIntent(access.Intent{EntitlementID: e.ID, Ref: e.Ref, Operation: access.Add, State: access.IntentOpen})
		})
		n := 0
		w.update(func(tx *store.Tx) (err error) {
			n, err = tx.CountOutstanding()
			return err
		})
		if n != 1 {
			t.Errorf("%d are under way", n)
		}
		theirs := access.Ref{Kind: access.AccountAssignment, OktaUser: ada.OktaID, Person: "p", Instance: prod.Instance, Account: prod.Environment.Account, PermissionSet: prod.PermissionSet}
		if err := w.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.SetUp(theirs) }); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("somebody's assignment is set up: %v", err)
		}
	})
}
