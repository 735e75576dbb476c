package store_test

import (
	"reflect"
	"testing"
	"time"

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
