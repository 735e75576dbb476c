package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// cut begins a cut.
func (w *world) cut(who access.Person, person string) (access.Cut, error) {
	w.t.Helper()
	var c access.Cut
	err := w.Update(w.t.Context(), tester, func(tx *store.Tx) (err error) {
		c, err = tx.CreateCut(access.Cut{Subject: who, Person: person, Target: prod, Reason: "laptop stolen", Longest: time.Hour, LiftAt: tx.Now().Add(2 * time.Hour)})
		return err
	})
	return c, err
}

// becomes moves a cut.
func (w *world) becomes(c access.Cut, state access.CutState) (access.Cut, error) {
	w.t.Helper()
	err := w.Update(w.t.Context(), tester, func(tx *store.Tx) (err error) {
		c.State = state
		c, err = tx.SaveCut(c)
		return err
	})
	return c, err
}

func TestACutGoesItsWayAndNoOther(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		c, err := w.cut(ada, "u-ada")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.cut(ada, "u-ada"); !errors.Is(err, access.ErrDecided) {
			t.Errorf("cut twice: %v", err)
		}
		if _, err := w.cut(grace, "u-grace"); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		if _, err := w.becomes(c, access.CutLifted); !errors.Is(err, access.ErrBadMove) {
			t.Errorf("lifted at once: %v", err)
		}
		old := c
		for _, state := range []access.CutState{access.CutDenied, access.CutDone, access.CutLifting} {
			if c, err = w.becomes(c, state); err != nil || !slices.ContainsFunc(w.cuts(), func(o access.Cut) bool { return o.ID == c.ID && o.State == state }) {
				t.Fatalf("%s: %+v %v", state, c, err)
			}
			refused := w.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.NotCut(ada.OktaID, prod.PermissionSet) })
			if !errors.Is(refused, access.ErrNotAllowed) {
				t.Errorf("let in while %s: %v", state, refused)
			}
		}
		if _, err := w.becomes(old, access.CutLifting); !errors.Is(err, access.ErrStale) && !errors.Is(err, access.ErrBadMove) {
			t.Errorf("an old version: %v", err)
		}
		if c, err = w.becomes(c, access.CutLifted); err != nil || len(w.cuts()) != 1 {
			t.Fatalf("%+v %v", c, err)
		}
		w.update(func(tx *store.Tx) error { return tx.NotCut(ada.OktaID, prod.PermissionSet) })
		if _, err := w.cut(ada, "u-ada"); err != nil {
			t.Errorf("cut again: %v", err)
		}
		want := []string{"cut.asked", "cut.asked", "cut.denied", "cut.cut", "cut.lifting", "cut.lifted", "cut.asked"}
		if kinds := w.kinds(); !slices.Equal(kinds, want) {
			t.Errorf("got %v", kinds)
		}
		w.verified()
	})
}

// cuts are those of the permission set that are not lifted.
func (w *world) cuts() []access.Cut {
	w.t.Helper()
	all, err := w.CutsOfSet(w.t.Context(), prod.PermissionSet)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// Of several who want to write one policy one has the claim, also when somebody more is cut
// meanwhile; and what that one writes down counts.
func TestOneWritesThePolicyOfAPermissionSet(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if _, err := w.cut(ada, "u-ada"); err != nil {
			t.Fatal(err)
		}
		wall := time.Now()
		claim := func(token string, at time.Time) (p access.SetPolicy, mine bool) {
			t.Helper()
			now, err := w.SetPolicy(t.Context(), prod.PermissionSet)
			if err != nil {
				t.Fatal(err)
			}
			w.update(func(tx *store.Tx) (err error) {
				p, mine, err = tx.ClaimSetPolicy(prod.PermissionSet, now.Version, token, at, at.Add(time.Minute))
				return err
			})
			return p, mine
		}
		p, mine := claim("one", wall)
		if !mine {
			t.Fatal("nobody has it")
		}
		if _, err := w.cut(grace, "u-grace"); err != nil {
			t.Fatal(err)
		}
		if _, also := claim("two", wall); also {
			t.Error("two have it")
		}
		w.update(func(tx *store.Tx) error {
			locked, err := tx.LockSetPolicy(prod.PermissionSet, "one")
			if err != nil {
				return err
			}
			p.Version, p.Digest, p.Users, p.Provisioned, p.NextAt = locked.Version, "d", []string{"u-ada"}, true, locked.NextAt
			return tx.SaveSetPolicy(p)
		})
		if due, err := w.Due(t.Context(), noon, 10); err != nil || !slices.ContainsFunc(due, func(d store.Wake) bool { return d.Kind == store.WakeSetPolicy }) {
			t.Errorf("who was cut meanwhile is forgotten: %+v %v", due, err)
		}
		if _, mine := claim("three", wall); !mine {
			t.Error("it was not given up")
		}
		if _, mine := claim("four", wall.Add(2*time.Minute)); !mine {
			t.Error("a claim that is over keeps everybody out")
		}
		err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
			_, err := tx.LockSetPolicy(prod.PermissionSet, "three")
			return err
		})
		if !errors.Is(err, access.ErrStale) {
			t.Errorf("the claim that was lost: %v", err)
		}
	})
}
