package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/internal/pgtest"
	"airpass/store"
)

// The past that is compared: grants that have ended.
const (
	shortPast = 1_000
	longPast  = 1_000_000
)

// questions are what is asked again and again, however long the past is.
var questions = []struct {
	name string
	ask  func(ctx context.Context, s *store.Store) error
}{
	{"sweep", func(ctx context.Context, s *store.Store) error {
		due, err := s.Due(ctx, noon, 2000)
		if err == nil && len(due) != 20 {
			err = fmt.Errorf("%d rows are due", len(due))
		}
		if err == nil {
			_, err = s.Waiting(ctx, "wake")
		}
		return err
	}},
	{"scrape", func(ctx context.Context, s *store.Store) error {
		_, err := s.Stats(ctx)
		if err == nil {
			_, err = s.CountOverdue(ctx, noon, time.Minute)
		}
		if err == nil {
			_, err = s.OldestDue(ctx, noon)
		}
		if err == nil {
			_, err = s.OldestOverdue(ctx, noon, time.Minute)
		}
		return err
	}},
	{"deactivation", func(ctx context.Context, s *store.Store) error {
		ids, err := s.LiveSubjects(ctx)
		if err == nil && len(ids) != 1000 {
			err = fmt.Errorf("%d people", len(ids))
		}
		return err
	}},
	{"removals", func(ctx context.Context, s *store.Store) error {
		_, _, err := s.CountRemovals(ctx)
		if err == nil {
			_, err = s.CountDueGrants(ctx, noon)
		}
		return err
	}},
	{"outstanding", func(ctx context.Context, s *store.Store) error {
		return s.Update(ctx, tester, func(tx *store.Tx) error { _, err := tx.CountOutstanding(); return err })
	}},
}

// BenchmarkPast asks what sweeps, scrapes and steps ask, of a store with 1,000 grants
// that have ended and of one with 1,000,000, by turns: both have 1,000 that are live and
// ten that are due, and 20 questions of each are asked before the other's turn. It fails
// if the long past makes a question take more than half as long again.
func BenchmarkPast(b *testing.B) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		b.Run(dialect, func(b *testing.B) {
			short, long := past(b, dialect, shortPast), past(b, dialect, longPast)
			b.ResetTimer()
			for b.Loop() {
				for _, q := range questions {
					compare(b, q.name, func(s *store.Store) error { return q.ask(b.Context(), s) }, short, long)
				}
			}
		})
	}
}

func compare(b *testing.B, name string, ask func(*store.Store) error, short, long *store.Store) {
	b.Helper()
	took := map[*store.Store][]time.Duration{}
	for range 15 {
		for _, s := range []*store.Store{short, long} {
			for range 20 {
				begin := time.Now()
				if err := ask(s); err != nil {
					b.Fatal(name, err)
				}
				took[s] = append(took[s], time.Since(begin))
			}
		}
	}
	median := func(s *store.Store) float64 {
		slices.Sort(took[s])
		return float64(took[s][len(took[s])/2].Microseconds())
	}
	ratio := median(long) / median(short)
	b.ReportMetric(median(short), name+"-short-µs")
	b.ReportMetric(median(long), name+"-long-µs")
	b.ReportMetric(ratio, name+"-ratio")
	if ratio > 1.5 {
		b.Errorf("%s: %.2f times as long", name, ratio)
	}
}

// past is a store with grants that have ended. Nothing tells SQLite how much there is of
// what, as nothing does at work; PostgreSQL finds out by itself.
func past(b *testing.B, dialect string, n int) *store.Store {
	b.Helper()
	url := "sqlite:" + filepath.Join(b.TempDir(), "a.db")
	if dialect == "postgres" {
		url = pgtest.URL(b)
	}
	s, err := store.Open(b.Context(), url, store.Options{Now: func() time.Time { return noon }, Key: key()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	const live = 1000
	for _, q := range rowsOf(dialect, 1, n, "ended", "absent", "posted", "NULL") {
		run(b, s, q)
	}
	for _, q := range rowsOf(dialect, n+1, n+live-10, "active", "present", "posted", "$1 + later") {
		run(b, s, q)
	}
	for _, q := range rowsOf(dialect, n+live-9, n+live, "active", "present", "posted", "$1") {
		run(b, s, q)
	}
	if dialect == "postgres" {
		run(b, s, "VACUUM ANALYZE")
	}
	return s
}

func run(b *testing.B, s *store.Store, query string) {
	b.Helper()
	var args []any
	if strings.Contains(query, "$1") {
		args = append(args, noon)
	}
	if _, err := s.DB().ExecContext(b.Context(), query, args...); err != nil {
		b.Fatalf("%v\n%s", err, query)
	}
}

// rowsOf are statements that store grants with the numbers from first to last, and what
// belongs to one: its request, an entitlement with its hold, intents that are resolved,
// and a message. Next is when the grant is due: none, noon, or an hour later.
func rowsOf(dialect string, first, last int, state, presence, message, next string) []string {
	numbers := fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", first, last)
	id, from, at, later := "printf('%010d', i)", "n", "$1", "'2099-01-01 00:00:00+00:00'"
	if dialect == "postgres" {
		numbers = fmt.Sprintf("WITH n AS (SELECT generate_series(%d, %d) AS i) ", first, last)
		id, at, later = "lpad(i::text, 10, '0')", "$1::timestamptz", "'2099-01-01 00:00:00+00'::timestamptz"
	}
	switch next {
	case "$1":
		next = at
	case "$1 + later":
		next = later
	case "NULL":
		next = "NULL"
		if dialect == "postgres" {
			next = "NULL::timestamptz"
		}
	}
	insert := func(table, columns, values string) string {
		return numbers + "INSERT INTO " + table + " (" + columns + ") SELECT " + strings.NewReplacer("@id", id, "@at", at, "@next", next).Replace(values) + " FROM " + from
	}
	return []string{
		insert("requests", "id, subject_id, subject, slack, target_id, target, duration, reason, state, created_at, decider, decider_note, version",
			"@id, @id, '{}', '{}', 't', '{}', 1, '', 'approved', @at, '{}', '', 1"),
		insert("grants", "id, request_id, subject_id, subject_login, subject_email, subject, slack, target_id, target, person, state, start_at, end_at, duration, end_reason, end_note, last_error, attempts, link_state, link_note, link_private, next_at, version",
			"@id, @id, @id, '', '', '{}', '{}', 't', '{}', '', '"+state+"', @at, @at, 1, '', '', '', 0, '', '', FALSE, @next, 1"),
		insert("entitlements", "id, key, ref, origin, presence, ready, through, attempts, last_error, fatal, next_at, claim, touched, version",
			"@id, @id, '{}', 'unknown', '"+presence+"', FALSE, '', 0, '', FALSE, @next, '', FALSE, 1"),
		insert("holds", "grant_id, entitlement_id, rank, live", "@id, @id, 1, FALSE"),
		insert("intents", "id, entitlement_id, kind, ref, operation, state, vendor_request, answer, created_at, resolved_at",
			"@id, @id, 'account_assignment', '{}', 'add', 'done', '', '', @at, @at"),
		insert("messages", "id, kind, recipient, request_id, text, channel, ts, state, wanted, shown, attempts, last_error, claim, created_at, version",
			"@id, 'card', 'U', @id, '', 'D', '1', '"+message+"', 1, 1, 0, '', '', @at, 1"),
	}
}
