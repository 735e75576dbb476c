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

// This pins how River marks who runs a job, by which those of a replica that is gone, and
// those whose end was not heard of, are found.
func TestJobsOfWhoIsGoneAreRunByOthers(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if w.Dialect() == "sqlite" {
			if n, err := w.FreeLostJobs(t.Context(), "me", nil, 0); n != 0 || err != nil {
				t.Errorf("%d %v", n, err)
			}
			return // one process serves it
		}
		run := func(by string, ago time.Duration) (id int64) {
			if err := w.DB().QueryRowContext(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, priority, queue, state, attempt, attempted_by, attempted_at, created_at, scheduled_at)
				VALUES ('{}', 'wake', 3, 1, 'default', 'running', 2, ARRAY['who had it before', $1], now() - make_interval(secs => $2), now(), now()) RETURNING id`, by, ago.Seconds()).Scan(&id); err != nil {
				t.Fatal(err)
			}
			return id
		}
		state := func(id int64) (is string) {
			if err := w.DB().QueryRowContext(t.Context(), `SELECT state FROM river_job WHERE id = $1 AND scheduled_at <= now()`, id).Scan(&is); err != nil {
				t.Fatal(err)
			}
			return is
		}
		want := func(when string, states map[int64]string) {
			t.Helper()
			for id, is := range states {
				if got := state(id); got != is {
					t.Errorf("%s: job %d is %s, want %s", when, id, got, is)
				}
			}
		}
		gone, mine, before, begun, lost := run("gone", time.Minute), run("me", time.Minute), run("who had it before", 0), run("me", 0), run("me", time.Minute)
		if _, err := w.Beat(t.Context(), replica("gone", noon, 2)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Forget(t.Context(), replica("gone", noon, 1)); err != nil {
			t.Fatal(err)
		}
		want("it has beaten meanwhile", map[int64]string{gone: "running"})
		if _, err := w.Forget(t.Context(), replica("gone", noon, 2)); err != nil {
			t.Fatal(err)
		}
		want("it is gone", map[int64]string{gone: "available", mine: "running", before: "running", begun: "running", lost: "running"})
		if n, err := w.FreeLostJobs(t.Context(), "me", []int64{mine}, 30*time.Second); n != 1 || err != nil {
			t.Errorf("%d are lost, %v", n, err)
		}
		want("after an outage", map[int64]string{mine: "running", before: "running", begun: "running", lost: "available"})
		if n, err := w.FreeLostJobs(t.Context(), "me", []int64{}, 30*time.Second); n != 1 || err != nil || state(mine) != "available" {
			t.Errorf("%d are lost when none is run, %v", n, err)
		}
	})
}
