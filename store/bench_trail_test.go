package store_test

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"testing"

	"airpass/access"
	"airpass/store"
)

// trailOf makes a trail of as many events as AIRPASS_BENCH_EVENTS says, of people with names.
func trailOf(b *testing.B, s *store.Store) (events int) {
	b.Helper()
	events = 5_000
	if text := os.Getenv("AIRPASS_BENCH_EVENTS"); text != "" {
		var err error
		if events, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
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
	return events
}

// watched writes to nobody, and sees how large the heap gets.
type watched struct{ writes, most uint64 }

// Write counts.
func (w *watched) Write(p []byte) (int, error) {
	if w.writes++; w.writes%20_000 == 1 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapInuse)
	}
	return len(p), nil
}

// BenchmarkVerifyTrail reads the whole trail and checks every event of it.
func BenchmarkVerifyTrail(b *testing.B) {
	onEachBench(b, func(b *testing.B, s *store.Store) {
		events := trailOf(b, s)
		for b.Loop() {
			if r, err := s.VerifyAudit(b.Context()); err != nil || r.Why != "" || r.Events != int64(events) {
				b.Fatalf("%+v %v", r, err)
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(float64(m.HeapSys)/(1<<20), "MiB")
	})
}

// BenchmarkExportTrail writes the whole trail, as JSON and as CSV, and that of one person.
func BenchmarkExportTrail(b *testing.B) {
	onEachBench(b, func(b *testing.B, s *store.Store) {
		events := trailOf(b, s)
		for name, export := range map[string]func(w io.Writer) error{
			"jsonl":  func(w io.Writer) error { return s.ExportAudit(b.Context(), w, store.AuditFilter{}) },
			"csv":    func(w io.Writer) error { return s.ExportAuditCSV(b.Context(), w, store.AuditFilter{}) },
			"person": func(w io.Writer) error { return s.ExportAudit(b.Context(), w, store.AuditFilter{Person: "00u7"}) },
		} {
			b.Run(name, func(b *testing.B) {
				w := &watched{}
				for b.Loop() {
					if err := export(w); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
				b.ReportMetric(float64(w.most)/(1<<20), "MiB")
			})
		}
	})
}
