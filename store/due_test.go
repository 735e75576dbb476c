package store_test

import (
	"slices"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// What is due of one target is looked at together, wherever it stands in time: it is read
// from one list.
func TestWhatIsDueOfOneTargetStandsTogether(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		dev := prod
		dev.ID, dev.OktaGroup, dev.PermissionSet = "dev/Viewer", "00gOther", "arn:other"
		targets := map[string]string{}
		for _, of := range []access.Target{prod, dev, prod, dev, prod} {
			who := ada
			who.OktaID += string(rune('a' + len(targets)))
			targets[w.grant(w.ask(who, of), access.GrantProvisioning).ID] = of.ID
			w.clock.Add(time.Second)
		}
		due, err := w.Due(t.Context(), w.clock.Now(), 100)
		if err != nil {
			t.Fatal(err)
		}
		var grants, sets []string
		for _, d := range due {
			switch d.Kind {
			case store.WakeGrant:
				grants = append(grants, targets[d.ID])
			case store.WakeEntitlement:
				e, err := w.Entitlement(t.Context(), d.ID)
				if err != nil {
					t.Fatal(err)
				}
				sets = append(sets, access.SharedOf(e.Ref.Key()))
			}
		}
		if want := []string{prod.ID, prod.ID, prod.ID, dev.ID, dev.ID}; !slices.Equal(grants, want) {
			t.Errorf("grants of %v, want %v", grants, want)
		}
		blocks := slices.Compact(slices.Clone(sets))
		slices.Sort(blocks)
		if len(sets) != 10 || len(blocks) != 4 || len(slices.Compact(blocks)) != 4 { // a group and a permission set of each target
			t.Errorf("entitlements of %v", sets)
		}
	})
}

// What was shown is forgotten in small parts, the oldest first, and nothing else with it.
func TestWhatWasShownIsForgottenInParts(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		put := func(delivery string, kind access.AttemptKind) (fresh bool) {
			w.update(func(tx *store.Tx) (err error) {
				_, fresh, err = tx.PutAttempt(access.Attempt{Delivery: delivery, Kind: kind, ReceivedAt: tx.Now(), State: access.AttemptDone})
				return err
			})
			return fresh
		}
		forget := func(before time.Time, most int) (n int64) {
			w.update(func(tx *store.Tx) (err error) {
				n, err = tx.ForgetShown(before, most)
				return err
			})
			return n
		}
		begin := w.clock.Now()
		put("a click", access.AttemptApprove)
		for _, shown := range []string{"1", "2", "3", "4"} {
			put(shown, access.AttemptShow)
			w.clock.Add(time.Minute)
		}
		if n := forget(begin, 10); n != 0 {
			t.Errorf("%d were forgotten that are not older", n)
		}
		if n := forget(begin.Add(150*time.Second), 2); n != 2 {
			t.Errorf("%d of at most 2 were forgotten", n)
		}
		for shown, gone := range map[string]bool{"1": true, "2": true, "3": false, "4": false, "a click": false} {
			if fresh := put(shown, access.AttemptShow); fresh != gone {
				t.Errorf("%s: forgotten %t, want %t", shown, fresh, gone)
			}
		}
	})
}
