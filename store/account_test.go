package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// waiting makes a grant of somebody who has no account yet.
func (w *world) waiting(who access.Person, target access.Target) access.Grant {
	w.t.Helper()
	r := w.ask(who, target)
	var g access.Grant
	w.update(func(tx *store.Tx) (err error) {
		r.State, r.Decider, r.DecidedAt = access.RequestApproved, grace, tx.Now()
		if r, err = tx.SaveRequest(r); err != nil {
			return err
		}
		g, err = tx.CreateGrant(access.Grant{RequestID: r.ID, Subject: who, Slack: r.Slack, Target: target, State: access.GrantProvisioning,
			StartAt: tx.Now(), EndAt: tx.Now().Add(r.Duration), Duration: r.Duration, NextAt: tx.Now()},
			[]access.Ref{{Kind: access.AssignmentGroup, OktaUser: who.OktaID, OktaGroup: "00gAssigns"}})
		return err
	})
	return g
}

func resolve(tx *store.Tx, g access.Grant, person string) (access.Grant, error) {
	g.Person = person
	return tx.ResolveGrant(g, g.Target.Entitlements(g.Subject.OktaID, person))
}

func TestAGrantHoldsWhatNeedsAnAccountOnceItIsKnown(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.waiting(ada, prod)
		if n := len(w.entitlements(g)); n != 1 {
			t.Fatalf("%d entitlements", n)
		}
		w.update(func(tx *store.Tx) (err error) {
			if _, err := tx.SaveGrant(access.Grant{ID: g.ID, Version: g.Version, Person: "p-9", State: g.State}); !errors.Is(err, access.ErrBadMove) {
				t.Errorf("an account by the way: %v", err)
			}
			g, err = resolve(tx, g, "p-9")
			return err
		})
		var kinds []access.Kind
		for _, e := range w.entitlements(g) {
			kinds = append(kinds, e.Ref.Kind)
			if holds, err := w.Holders(t.Context(), e.ID); err != nil || len(holds) != 1 || !holds[0].Live {
				t.Errorf("%s: %+v %v", e.Ref.Key(), holds, err)
			}
		}
		if want := []access.Kind{access.AssignmentGroup, access.OktaMembership, access.AccountAssignment}; !slices.Equal(kinds, want) {
			t.Errorf("holds %v, want %v", kinds, want)
		}
		if now, err := w.Grant(t.Context(), g.ID); err != nil || now.Person != "p-9" || now.Version != g.Version {
			t.Errorf("%+v %v", now, err)
		}
		w.update(func(tx *store.Tx) error {
			if _, err := resolve(tx, g, "p-10"); !errors.Is(err, access.ErrBadMove) {
				t.Errorf("resolved twice: %v", err)
			}
			return nil
		})
		w.move(g, access.GrantRevoking)
		for _, e := range w.entitlements(g) {
			if sticky := e.Ref.Kind.Sticky(); e.UnwantedSince.IsZero() != sticky {
				t.Errorf("%s is unwanted since %v", e.Ref.Key(), e.UnwantedSince)
			}
		}
		if !slices.Contains(w.kinds(), "grant.resolved") {
			t.Error("no event")
		}
		w.verified()
	})
}

func TestAGrantThatHasEndedOrMovedOnIsNotResolved(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.waiting(ada, prod)
		ended := w.move(g, access.GrantRevoking)
		w.update(func(tx *store.Tx) error {
			if _, err := resolve(tx, g, "p-9"); !errors.Is(err, access.ErrStale) {
				t.Errorf("an old version: %v", err)
			}
			if _, err := resolve(tx, ended, "p-9"); !errors.Is(err, access.ErrBadMove) {
				t.Errorf("one that ends: %v", err)
			}
			return nil
		})
		if n := len(w.entitlements(g)); n != 1 {
			t.Errorf("%d entitlements", n)
		}
	})
}

// Grants of one person that are resolved, ended and made at the same time lock the same
// rows.
func TestGrantsOfOnePersonThatMoveAtOnceDoNotBlockEachOther(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		for range 5 {
			a, b, c := w.waiting(ada, prod), w.waiting(ada, prod), w.waiting(ada, prod)
			w.update(func(tx *store.Tx) (err error) { c, err = resolve(tx, c, "p-9"); return err })
			var all sync.WaitGroup
			for _, change := range []func(tx *store.Tx) error{
				func(tx *store.Tx) error { _, err := resolve(tx, a, "p-9"); return err },
				func(tx *store.Tx) error { _, err := resolve(tx, b, "p-9"); return err },
				func(tx *store.Tx) error {
					c := c
					c.State, c.RevokingSince = access.GrantRevoking, tx.Now()
					_, err := tx.SaveGrant(c)
					return err
				},
			} {
				all.Go(func() {
					begin := time.Now()
					if err := w.Update(t.Context(), tester, change); err != nil {
						t.Errorf("after %s: %v", time.Since(begin), err)
					}
				})
			}
			all.Wait()
			for _, g := range []access.Grant{a, b} {
				if n := len(w.entitlements(g)); n != 3 {
					t.Errorf("%d entitlements", n)
				}
			}
		}
	})
}

func TestARequestRemembersThatItMakesAnAccount(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		for _, want := range []bool{true, false} {
			var id string
			w.update(func(tx *store.Tx) error {
				r, err := tx.CreateRequest(access.Request{Subject: ada, Target: prod, Duration: time.Hour, Reason: "new here", NewAccount: want,
					State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
				id = r.ID
				return err
			})
			if r, err := w.Request(t.Context(), id); err != nil || r.NewAccount != want {
				t.Errorf("%v, want %v: %v", r.NewAccount, want, err)
			}
		}
	})
}
