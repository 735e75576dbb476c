package store_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// oldest is since when the oldest row of each sort has been due, at a time.
func (w *world) oldest(at time.Time) map[store.WakeKind]time.Time {
	w.t.Helper()
	got, err := w.OldestDue(w.t.Context(), at)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func TestOfEachSortTheRowThatIsDueTheLongestIsFound(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		nothing := map[store.WakeKind]time.Time{store.WakeAttempt: {}, store.WakeRequest: {}, store.WakeGrant: {}, store.WakeEntitlement: {}, store.WakeMessage: {}, store.WakeReview: {}, store.WakeSetPolicy: {}, store.WakeCampaign: {}, store.WakeOccurrence: {}, store.WakeCampaignReviewer: {}, store.WakeAnchor: {}}
		if got := w.oldest(noon); !maps.Equal(got, nothing) {
			t.Errorf("of an empty store: %v", got)
		}
		put := func(delivery string, next time.Time) (a access.Attempt) {
			w.update(func(tx *store.Tx) (err error) {
				a, _, err = tx.PutAttempt(access.Attempt{Delivery: delivery, Slack: access.SlackUser{Team: "T1", ID: "U1"}, Kind: access.AttemptCancel,
					ReceivedAt: tx.Now(), State: access.AttemptOpen, NextAt: next, Request: "r1"})
				return err
			})
			return a
		}
		first := put("first", noon)
		put("second", noon.Add(time.Minute))
		w.clock.Add(2 * time.Minute)
		w.ask(grace, prod) // lapses an hour later
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		w.clock.Add(4 * time.Minute)
		for range 2 {
			w.update(func(tx *store.Tx) error {
				_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.Notice, To: "U1", Text: "hello", State: access.MessageNew, NextAt: tx.Now()})
				return err
			})
			w.clock.Add(time.Minute)
		}
		want := maps.Clone(nothing)
		want[store.WakeAttempt] = noon
		if got := w.oldest(noon.Add(time.Minute)); !maps.Equal(got, want) {
			t.Errorf("before anything else is due: %v, want %v", got, want)
		}
		want[store.WakeGrant], want[store.WakeEntitlement] = noon.Add(2*time.Minute), noon.Add(2*time.Minute)
		if got := w.oldest(noon.Add(5 * time.Minute)); !maps.Equal(got, want) {
			t.Errorf("with a grant: %v, want %v", got, want)
		}
		want[store.WakeMessage], want[store.WakeRequest] = noon.Add(6*time.Minute), noon.Add(62*time.Minute)
		if got := w.oldest(noon.Add(2 * time.Hour)); !maps.Equal(got, want) {
			t.Errorf("two hours later: %v, want %v", got, want)
		}
		w.update(func(tx *store.Tx) error {
			first.State, first.NextAt = access.AttemptDone, time.Time{}
			_, err := tx.SaveAttempt(first)
			return err
		})
		g.NextAt = noon.Add(3 * time.Hour)
		w.move(g, access.GrantActive)
		want[store.WakeAttempt], want[store.WakeGrant] = noon.Add(time.Minute), time.Time{}
		if got := w.oldest(noon.Add(2 * time.Hour)); !maps.Equal(got, want) {
			t.Errorf("after a step of the attempt and of the grant: %v, want %v", got, want)
		}
	})
}

// This pins River's tables, which Queues reads without a call of River's.
func TestJobsAreCountedByQueueAndByWhatTheyDo(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if got, err := w.Queues(t.Context()); err != nil || len(got) != 0 {
			t.Fatalf("of an empty store: %v, %v", got, err)
		}
		for _, job := range []struct{ queue, state, finalized string }{
			{"removals", "available", "NULL"}, {"removals", "pending", "NULL"}, {"removals", "running", "NULL"}, {"removals", "scheduled", "NULL"},
			{"messages", "retryable", "NULL"}, {"messages", "scheduled", "NULL"}, {"messages", "running", "NULL"},
			{"messages", "completed", "CURRENT_TIMESTAMP"}, {"removals", "cancelled", "CURRENT_TIMESTAMP"}, {"removals", "discarded", "CURRENT_TIMESTAMP"},
		} {
			if _, err := w.DB().ExecContext(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, priority, queue, state, attempt, created_at, scheduled_at, finalized_at)
				VALUES ('{}', 'wake', 3, 1, '`+job.queue+`', '`+job.state+`', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, `+job.finalized+`)`); err != nil {
				t.Fatal(err)
			}
		}
		want := map[store.QueueState]int64{
			{Queue: "removals", State: "waiting"}: 2, {Queue: "removals", State: "running"}: 1, {Queue: "removals", State: "later"}: 1,
			{Queue: "messages", State: "later"}: 2, {Queue: "messages", State: "running"}: 1,
		}
		if got, err := w.Queues(t.Context()); err != nil || !maps.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	})
}

func TestASchemaThatFallsBehindIsNoticed(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		says := func(statement string, words ...string) {
			t.Helper()
			if _, err := w.DB().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(statement, err)
			}
			err := w.CheckSchema(t.Context())
			if (err == nil) != (len(words) == 0) {
				t.Errorf("after %s: got %v, want %q", statement, err, words)
			}
			for _, part := range words {
				if err != nil && !strings.Contains(err.Error(), part) {
					t.Errorf("after %s: got %v, want %q", statement, err, part)
				}
			}
		}
		says("SELECT 1")
		applied := map[string]string{"sqlite": "1", "postgres": "true"}[w.Dialect()]
		says("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, " + applied + ")") // a newer airpass was here
		says("INSERT INTO river_migration (line, version) VALUES ('main', 999)")
		says("DELETE FROM goose_db_version WHERE version_id > 1", "is behind this version of airpass", "its tables are at version 1 and need", "restart airpass")
		says("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, " + applied + ")")
		says("DELETE FROM river_migration WHERE version > 2", "is behind this version of airpass", "its job tables are at version 2 and need")
		says("DROP TABLE goose_db_version", "the schema's version cannot be read (tables)")
	})
}
