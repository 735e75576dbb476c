package store_test

import (
	"errors"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// A head that waits to be put somewhere is not given up for a newer one, is put there under
// the same signature however often it is tried, and what is there is not put there again.
func TestAHeadWaitsUntilItIsPutSomewhere(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		wants := func(h store.Head) (a store.Anchor, fresh bool) {
			w.update(func(tx *store.Tx) (err error) {
				a, fresh, err = tx.WantAnchor("s3:audit/", h)
				return err
			})
			return a, fresh
		}
		w.trail()
		first, err := w.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a, fresh := wants(first)
		if !fresh || a.Head != first || !a.NextAt.Equal(w.clock.Now()) {
			t.Errorf("%+v %v", a, fresh)
		}
		due, err := w.Due(t.Context(), w.clock.Now(), 10)
		if err != nil || len(due) != 1 || due[0].Kind != store.WakeAnchor || due[0].ID != a.Place || due[0].Version != a.Version {
			t.Errorf("due: %+v %v", due, err)
		}
		w.trail()
		w.clock.Add(time.Hour)
		second, err := w.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if now, fresh := wants(second); fresh || now.Head != first {
			t.Errorf("what waits was given up: %+v", now)
		}
		stale := a
		a.Attempts, a.LastError, a.NextAt = 1, "away", w.clock.Now().Add(time.Minute)
		save := func(a store.Anchor) error {
			return w.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.SaveAnchor(a) })
		}
		if err := save(a); err != nil {
			t.Error(err)
		}
		if err := save(stale); !errors.Is(err, access.ErrStale) {
			t.Errorf("two have stored it: %v", err)
		}
		if a, err = w.Anchor(t.Context(), a.Place); err != nil || a.Attempts != 1 || a.LastError != "away" || a.Head != first {
			t.Errorf("%+v %v", a, err)
		}
		a.Attempts, a.LastError, a.NextAt, a.PlacedAt = 0, "", time.Time{}, w.clock.Now()
		if err := save(a); err != nil {
			t.Error(err)
		}
		if _, fresh := wants(first); fresh {
			t.Error("it is put there again")
		}
		if now, fresh := wants(second); !fresh || now.Head != second {
			t.Errorf("the next one: %+v %v", now, fresh)
		}
		if all, err := w.Anchors(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("%+v %v", all, err)
		}
	})
}

// Of several anchors the one that the trail does not agree with is named.
func TestATrailIsHeldToEachOfManyAnchors(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var kept []store.Head
		for range 3 {
			w.trail()
			h, err := w.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, h)
		}
		if r, err := w.VerifyAudit(t.Context(), kept...); err != nil || r.Why != "" {
			t.Errorf("%+v %v", r, err)
		}
		w.exec(`DELETE FROM audit_personal WHERE seq > 21`, `DELETE FROM audit_events WHERE seq > 21`, `UPDATE audit_head SET seq = 21, hash = (SELECT hash FROM audit_events WHERE seq = 21)`)
		r, err := w.VerifyAudit(t.Context(), kept...)
		if err != nil || r.FirstBad != 22 || r.Unmet == nil || *r.Unmet != kept[2] {
			t.Errorf("%+v %v", r, err)
		}
		forged := kept[0]
		forged.Hash = kept[1].Hash
		if r, err := w.VerifyAudit(t.Context(), kept[0], forged); err != nil || r.Unmet == nil || *r.Unmet != forged {
			t.Errorf("a forged one among them: %+v %v", r, err)
		}
	})
}
