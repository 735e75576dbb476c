package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

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
		w.exec(`UPDATE entitlements SET presence = 'present', origin = 'ours', ready = TRUE, next_at = NULL`, `UPDATE grants SET next_at = NULL, link_state = 'ready'`)
		w.clock.Add(time.Minute)
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
			if g.State == access.GrantActive && (now.LinkState != access.LinkHeld || now.LinkNote != access.Restoring) || !now.NextAt.Equal(w.clock.Now()) {
				t.Errorf("its link leads to what is not there: %s %q", now.LinkState, now.LinkNote)
			}
			held := w.entitlements(g)
			if len(held) != len(w.entitlements(over)) {
				t.Errorf("it holds %d things", len(held))
			}
			for _, e := range held {
				if e.Ref.Person != "" && (e.Ref.Person != now.Person || e.NextAt.IsZero()) {
					t.Errorf("%+v", e)
				}
			}
		}
		left, err := w.Entitlement(t.Context(), old.ID)
		if err != nil || left.Origin != access.OriginUnknown || left.Presence != access.Absent || !left.UnwantedSince.IsZero() || !left.NextAt.IsZero() {
			t.Errorf("%+v %v", left, err)
		}
		if told := w.of("entitlement.let_go"); len(told) != 1 || told[0].Ref != old.Ref.Key() || told[0].Facts["origin_before"] != "ours" || told[0].Facts["origin"] != "unknown" {
			t.Errorf("what became of it is not in the trail: %+v", told)
		}
		if now, err := w.Grant(t.Context(), over.ID); err != nil || !now.NextAt.Equal(w.clock.Now()) {
			t.Errorf("a grant that waits for what nobody has any more is not woken: %+v %v", now, err)
		}
		if err := move("00000000-0000-11d0-a765-00a0c91e6bf6"); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("what no grant holds moves: %v", err)
		}
	})
}

// What a live grant gives somebody by name is not nobody's, whatever a look has concluded.
func TestWhatAGrantHoldsIsNotTakenForNobodys(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		held := w.entitlements(g)
		ref := held[slices.IndexFunc(held, func(e access.Entitlement) bool { return e.Ref.Kind == access.AccountAssignment })].Ref
		ref.OktaUser = ""
		take := func() error {
			return w.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.TakeOver(ref, w.clock.Now()) })
		}
		if err := take(); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("what a grant holds is taken away: %v", err)
		}
		w.move(g, access.GrantRevoking)
		if err := take(); err != nil {
			t.Error(err)
		}
	})
}

// What was let go keeps nobody known for ever.
func TestWhoseGrantWasMovedIsForgottenLikeAnybody(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		held := w.entitlements(g)
		w.update(func(tx *store.Tx) error { return tx.MoveGrants(held[len(held)-1].Ref, "p-2") })
		now, err := w.Grant(t.Context(), g.ID)
		if err != nil {
			t.Fatal(err)
		}
		now = w.move(now, access.GrantRevoking)
		now.EndedAt = w.clock.Now()
		now = w.move(now, access.GrantEnded)
		for _, e := range w.entitlements(now) { // as the reconciler sees them go
			w.exec(`UPDATE entitlements SET presence = 'absent', unwanted_since = NULL, next_at = NULL WHERE id = '` + e.ID + `'`)
		}
		w.exec(`UPDATE messages SET next_at = NULL`)
		w.clock.Add(91 * 24 * time.Hour)
		if done, why := w.erasesIdle(ada); why != "" || done.Requests != 1 {
			t.Errorf("%+v %q", done, why)
		}
	})
}

// Drift does not look at tiles: one of an account that nobody has any more is taken away.
func TestTheTileOfAnAccountOfBeforeIsTakenAway(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		tiled := prod
		tiled.Application = "arn:application"
		g := w.move(w.grant(w.ask(ada, tiled), access.GrantProvisioning), access.GrantActive)
		w.exec(`UPDATE entitlements SET presence = 'present', origin = 'ours', ready = TRUE, next_at = NULL`)
		at := slices.IndexFunc(w.entitlements(g), func(e access.Entitlement) bool { return e.Ref.Kind == access.ApplicationAssignment })
		tile := w.entitlements(g)[at]
		w.update(func(tx *store.Tx) error { return tx.MoveGrants(tile.Ref, "p-2") })
		left, err := w.Entitlement(t.Context(), tile.ID)
		if err != nil || left.Origin != access.OriginOurs || left.UnwantedSince.IsZero() || left.NextAt.IsZero() {
			t.Errorf("%+v %v", left, err)
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
