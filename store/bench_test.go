package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"airpass/access"
	"airpass/internal/pgtest"
	"airpass/store"
)

func onEachBench(b *testing.B, run func(b *testing.B, s *store.Store)) {
	urls := map[string]func(b *testing.B) string{
		"sqlite":   func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "a.db") },
		"postgres": func(b *testing.B) string { return pgtest.URL(b) },
	}
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			s, err := store.Open(b.Context(), urls[name](b), store.Options{Now: func() time.Time { return noon }, Key: key()})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			run(b, s)
		})
	}
}

// BenchmarkAudit is one small transaction with one event: what every change costs at least.
func BenchmarkAudit(b *testing.B) {
	onEachBench(b, func(b *testing.B, s *store.Store) {
		for b.Loop() {
			err := s.Update(b.Context(), tester, func(tx *store.Tx) error {
				tx.Record(access.Event{Kind: "test.happened", Facts: map[string]string{"fact": "a"}, Personal: map[string]string{"name": "Ada"}})
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkAuditTogether is the same from eight at once, who wait for each other's head.
func BenchmarkAuditTogether(b *testing.B) {
	onEachBench(b, func(b *testing.B, s *store.Store) {
		b.SetParallelism(4)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				err := s.Update(b.Context(), tester, func(tx *store.Tx) error {
					tx.Record(access.Event{Kind: "test.happened"})
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkDue is the sweep's question with ten rows due and many grants that ended:
// the past must not make it slower.
func BenchmarkDue(b *testing.B) {
	for _, past := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(past), func(b *testing.B) {
			onEachBench(b, func(b *testing.B, s *store.Store) {
				fill(b, s, past)
				for b.Loop() {
					due, err := s.Due(b.Context(), noon, 100)
					if err != nil || len(due) != 10 {
						b.Fatalf("%d due, %v", len(due), err)
					}
				}
			})
		})
	}
}

// fill stores ended grants, and ten that are due.
func fill(b *testing.B, s *store.Store, past int) {
	b.Helper()
	tx, err := s.DB().BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range past + 10 {
		state := "ended"
		if i >= past {
			state = "active"
		}
		id := fmt.Sprintf("%09d", i)
		_, err := tx.ExecContext(b.Context(), `INSERT INTO requests (id, subject_id, subject, slack, target_id, target, duration, reason, state, created_at, decider, decider_note, version)
			VALUES ($1, '00u', '{}', '{}', 't', '{}', 1, '', 'approved', $2, '{}', '', 1)`, id, noon)
		if err != nil {
			b.Fatal(err)
		}
		_, err = tx.ExecContext(b.Context(), `INSERT INTO grants (id, request_id, subject_id, subject_login, subject_email, subject, slack, target_id, target, person, state, start_at, end_at,
			duration, end_reason, end_note, last_error, attempts, link_state, link_note, link_private, next_at, version)
			VALUES ($1, $1, '00u', '', '', '{}', '{}', 't', '{}', '', $3, $2, $2, 1, '', '', '', 0, '', '', FALSE, $2, 1)`, id, noon, state)
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}
