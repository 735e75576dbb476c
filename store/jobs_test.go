package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
)

// This pins River's tables, which Waiting reads without a call of River's.
func TestJobsThatWaitAreKnownByTheirArguments(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		args := `'{"id": "1"}'`
		if w.Dialect() == "sqlite" {
			args = `jsonb('{"id": "1"}')` // as River writes them
		}
		for _, state := range []string{"available", "running", "scheduled"} {
			if _, err := w.DB().ExecContext(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, priority, queue, state, attempt, created_at, scheduled_at)
				VALUES (`+args+`, 'wake', 3, 1, 'default', '`+state+`', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`); err != nil {
				t.Fatal(err)
			}
		}
		all, err := w.Waiting(t.Context(), "wake")
		if err != nil || len(all) != 2 {
			t.Fatalf("%s, %v: want the one to be run and the one that is run", all, err)
		}
		for _, raw := range all {
			var got struct{ ID string }
			if err := json.Unmarshal(raw, &got); err != nil || got.ID != "1" {
				t.Errorf("%s: %v", raw, err)
			}
		}
		if other, err := w.Waiting(t.Context(), "tick"); err != nil || len(other) != 0 {
			t.Errorf("of another kind: %s, %v", other, err)
		}
	})
}

// This pins the part of River's driver that tells it of new jobs.
func TestANudgeIsHeardOnceForEachQueue(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if w.Dialect() != "sqlite" {
			return // PostgreSQL tells River itself
		}
		heard := w.Driver().GetListener(&riverdriver.GetListenenerParams{})
		for _, queue := range []string{"one", "two", "one"} {
			w.Nudge(queue)
		}
		for _, queue := range []string{"one", "two"} {
			n, err := heard.WaitForNotification(t.Context())
			if err != nil || n.Topic != "river_insert" || n.Payload != `{"queue":"`+queue+`"}` {
				t.Fatalf("%+v, %v", n, err)
			}
		}
		soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if n, err := heard.WaitForNotification(soon); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a third time: %+v, %v", n, err)
		}
	})
}
