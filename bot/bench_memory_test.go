package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkManyGrants measures the memory of a process with 100,000 live grants of as
// many people, which end over a day: after it has started, asked Okta about everybody and
// been left alone for 20 seconds, and the highest until then. It fails above 200 MB.
func BenchmarkManyGrants(b *testing.B) {
	const grants = 100_000
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			for b.Loop() {
				r := newRig(b, small, d.url(b))
				m := r.crowd()
				m.grant(100, 1, func(int) string { return "prod/Viewer" }, time.Now().Add(time.Hour))
				m.multiply(grants)
				begin := time.Now()
				r.launch()
				peak := 0.0
				look := func() float64 {
					rss := r.metric("process_resident_memory_bytes") / 1e6
					peak = max(peak, rss)
					return rss
				}
				r.wait("ready", r.ready)
				b.ReportMetric(milliseconds(time.Since(begin)), "ready-ms")
				for !m.swept("deactivation") {
					look()
					time.Sleep(100 * time.Millisecond)
				}
				b.ReportMetric(time.Since(begin).Seconds(), "deactivation-s")
				for range 40 {
					look()
					time.Sleep(500 * time.Millisecond)
				}
				b.ReportMetric(look(), "rss-MB")
				b.ReportMetric(peak, "peak-MB")
				before, since := r.cpu(), time.Now()
				time.Sleep(10 * time.Second)
				b.ReportMetric(100*(r.cpu()-before).Seconds()/time.Since(since).Seconds(), "cpu-%")
				if peak > 200 {
					b.Errorf("%.0f MB", peak)
				}
				r.quiet()
			}
		})
	}
}

// multiply copies the only grant that there is, with its request and its entitlements,
// until there are n, each of somebody else whom Okta does not know. They end one after the
// other within a day.
func (m *multitude) multiply(n int) {
	m.Helper()
	numbers, id, end := fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", n), "printf('00u%017d', n.i)",
		"datetime('now', '+1 hour', (n.i % 86400) || ' seconds') || '+00:00'"
	if m.store.Dialect() == "postgres" {
		numbers, id, end = fmt.Sprintf("WITH n AS (SELECT generate_series(2, %d) AS i) ", n), "'00u' || lpad(n.i::text, 17, '0')",
			"now() + interval '1 hour' + (n.i % 86400) * interval '1 second'"
	}
	for _, t := range []struct {
		table string
		other map[string]string
	}{
		{"requests", map[string]string{"id": id, "subject_id": id}},
		{"grants", map[string]string{"id": id, "request_id": id, "subject_id": id, "end_at": end, "next_at": end}},
		{"entitlements", map[string]string{"id": id, "key": id}},
		{"holds", map[string]string{"grant_id": id, "entitlement_id": id}},
	} {
		columns := m.columns(t.table)
		values := slices.Clone(columns)
		for i, c := range columns {
			values[i] = "o." + c
			if other, is := t.other[c]; is {
				values[i] = other
			}
		}
		_, err := m.store.DB().ExecContext(m.Context(), numbers+"INSERT INTO "+t.table+" ("+strings.Join(columns, ", ")+") SELECT "+
			strings.Join(values, ", ")+" FROM n CROSS JOIN (SELECT * FROM "+t.table+" ORDER BY 1 LIMIT 1) o")
		if err != nil {
			m.Fatal(t.table, err)
		}
	}
}

func (m *multitude) columns(table string) []string {
	m.Helper()
	rows, err := m.store.DB().QueryContext(m.Context(), "SELECT * FROM "+table+" LIMIT 0")
	if err != nil {
		m.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil || rows.Err() != nil {
		m.Fatal(err, rows.Err())
	}
	return columns
}

// swept says whether a schedule has run.
func (m *multitude) swept(name string) bool {
	m.Helper()
	at, err := m.store.CronRun(m.Context(), name)
	if err != nil {
		m.Fatal(err)
	}
	return !at.IsZero()
}
