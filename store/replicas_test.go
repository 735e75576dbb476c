package store_test

import (
	"context"
	"database/sql"
	"reflect"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

func replica(id string, started time.Time, beats int64) store.Replica {
	return store.Replica{ID: id, Version: "v1", Team: "T1", Connections: 2, StartedAt: started, BeatAt: started.Add(time.Duration(beats) * time.Second), Beats: beats}
}

func TestReplicasAreKnownWhileTheyBeat(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		old, young := replica("b", noon, 1), replica("a", noon.Add(time.Second), 1)
		if _, err := w.Beat(t.Context(), young); err != nil {
			t.Fatal(err)
		}
		all, err := w.Beat(t.Context(), old)
		if err != nil || !reflect.DeepEqual(all, []store.Replica{old, young}) {
			t.Fatalf("%+v %v", all, err)
		}
		again := replica("b", noon, 2)
		again.Connections = 1
		if all, err = w.Beat(t.Context(), again); err != nil || !reflect.DeepEqual(all, []store.Replica{again, young}) {
			t.Errorf("%+v %v", all, err)
		}
		// Whoever has read the first beat only must not take it for dead.
		if gone, err := w.Forget(t.Context(), old); gone || err != nil {
			t.Error("a replica that beats is forgotten", err)
		}
		if gone, err := w.Forget(t.Context(), young); !gone || err != nil {
			t.Error("not forgotten", err)
		}
		if gone, err := w.Forget(t.Context(), young); gone || err != nil {
			t.Error("forgotten twice", err)
		}
		back := replica("a", noon.Add(time.Second), 2) // it was alive after all
		if all, err = w.Beat(t.Context(), back); err != nil || !reflect.DeepEqual(all, []store.Replica{again, back}) {
			t.Errorf("%+v %v", all, err)
		}
		if err := w.Depart(t.Context(), "b"); err != nil {
			t.Error(err)
		}
		if all, err = w.Beat(t.Context(), back); err != nil || !reflect.DeepEqual(all, []store.Replica{back}) {
			t.Errorf("after one has left: %+v %v", all, err)
		}
		if kinds := w.kinds(); len(kinds) != 0 {
			t.Errorf("beats leave events: %v", kinds)
		}
	})
}

func TestAProcessThatComesAloneFindsNoReplicas(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if _, err := w.Beat(t.Context(), replica("dead", noon, 9)); err != nil {
			t.Fatal(err)
		}
		unlock, err := w.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		if err := w.Reclaim(t.Context()); err != nil {
			t.Fatal(err)
		}
		me := replica("me", noon, 1)
		if all, err := w.Beat(t.Context(), me); err != nil || !reflect.DeepEqual(all, []store.Replica{me}) {
			t.Errorf("%+v %v", all, err)
		}
	})
}

// What a wake says beside its row decides which workers move it.
func TestWakesSayWhoseVendorIsAskedAndWhetherSomethingEnds(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		say := func(when string, wakes []store.Wake, want map[access.Kind]bool, grant bool) {
			t.Helper()
			got := map[access.Kind]bool{}
			for _, k := range wakes {
				switch k.Kind {
				case store.WakeEntitlement:
					got[k.Of] = k.Ending
				case store.WakeGrant:
					if k.Ending != grant {
						t.Errorf("%s: the grant's wake says ending %v", when, k.Ending)
					}
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		due := func() []store.Wake {
			all, err := w.Due(t.Context(), w.clock.Now(), 100)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		var woken []store.Wake
		w.OnWake(func(_ context.Context, _ *sql.Tx, wakes []store.Wake) error {
			woken = append(woken, wakes...)
			return nil
		})
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		held, err := w.GrantEntitlements(t.Context(), g.ID)
		if err != nil || len(held) == 0 {
			t.Fatal(held, err)
		}
		adding, ending := map[access.Kind]bool{}, map[access.Kind]bool{}
		for _, e := range held {
			adding[e.Ref.Kind], ending[e.Ref.Kind] = false, true
		}
		say("woken to be added", woken, adding, false)
		say("due to be added", due(), adding, false)
		g = w.move(g, access.GrantActive)
		woken = nil
		w.move(g, access.GrantRevoking)
		say("woken to be taken away", woken, ending, true)
		say("due to be taken away", due(), ending, true)
	})
}
