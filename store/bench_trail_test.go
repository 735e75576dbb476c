package store_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"airpass/access"
	"airpass/internal/footprint"
	"airpass/internal/pgtest"
	"airpass/store"
)

// What a trail of ten times as many events may take more of memory: that and a constant,
// because when garbage is collected is chance.
const (
	flat  = 1.5
	slack = 8 // MiB
)

// trail is a store with a trail of some length.
type trail struct {
	*store.Store
	events int
}

// trailReadings are what is done with a whole trail.
var trailReadings = []struct {
	name string
	read func(b *testing.B, t trail) error
}{
	{"verify", func(b *testing.B, t trail) error {
		r, err := t.VerifyAudit(b.Context())
		if err == nil && (r.Why != "" || r.Events != int64(t.events)) {
			err = fmt.Errorf("%+v", r)
		}
		return err
	}},
	{"jsonl", func(b *testing.B, t trail) error { return t.ExportAudit(b.Context(), io.Discard, store.AuditFilter{}) }},
	{"csv", func(b *testing.B, t trail) error {
		return t.ExportAuditCSV(b.Context(), io.Discard, store.AuditFilter{})
	}},
	{"person", func(b *testing.B, t trail) error {
		return t.ExportAudit(b.Context(), io.Discard, store.AuditFilter{Person: "00u7"})
	}},
}

// BenchmarkTrail verifies a whole trail, and exports it as JSON, as CSV, and that of one
// person: one of as many events as AIRPASS_BENCH_EVENTS says, else 50,000, and one of a tenth
// of them. It fails if the long one takes more memory than the short one does.
func BenchmarkTrail(b *testing.B) {
	events := 50_000
	if text := os.Getenv("AIRPASS_BENCH_EVENTS"); text != "" {
		var err error
		if events, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for _, dialect := range []string{"sqlite", "postgres"} {
		b.Run(dialect, func(b *testing.B) {
			short, long := trailOf(b, dialect, events/10), trailOf(b, dialect, events)
			for _, r := range trailReadings {
				b.Run(r.name, func(b *testing.B) {
					for b.Loop() {
						before, _, _ := watched(b, short, r.read)
						heap, resident, took := watched(b, long, r.read)
						b.ReportMetric(float64(events)/took.Seconds(), "events/s")
						b.ReportMetric(before, "short-MiB")
						b.ReportMetric(heap, "MiB")
						b.ReportMetric(resident, "rss-MiB")
						if heap > flat*before+slack {
							b.Errorf("%.0f MiB for %d events, and %.0f for %d", heap, long.events, before, short.events)
						}
					}
				})
			}
		})
	}
}

// watched reads a trail, and says how much of the heap was in use at most, how much memory the
// process had, and how long it took.
func watched(b *testing.B, t trail, read func(*testing.B, trail) error) (heap, resident float64, took time.Duration) {
	b.Helper()
	all, most := footprint.Resident(b), footprint.Heap()
	begin := time.Now()
	if err := read(b, t); err != nil {
		b.Fatal(err)
	}
	took = time.Since(begin)
	return most(), all(), took
}

// trailOf makes a trail of events of a thousand people with names.
func trailOf(b *testing.B, dialect string, events int) trail {
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
	for done := 0; done < events; {
		err := s.Update(b.Context(), tester, func(tx *store.Tx) error {
			for range min(1_000, events-done) {
				tx.Record(access.Event{Kind: "test.happened", Facts: map[string]string{"n": strconv.Itoa(done), "subject": "00u" + strconv.Itoa(done%1000)},
					Personal: map[string]string{"subject.name": "Ada Lovelace"}})
				done++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return trail{s, events}
}
