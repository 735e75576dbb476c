package bot_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"airpass/internal/pgtest"
)

// databases are the databases, each new and empty. PostgreSQL is skipped where there is none.
var databases = []struct {
	name string
	url  func(*testing.B) string
}{
	{"sqlite", sqliteIn},
	{"postgres", func(b *testing.B) string { return pgtest.URL(b) }},
}

// BenchmarkStart measures from the start of the process until /readyz says 200: once
// with an empty database, whose tables are made, and then with one that is there.
func BenchmarkStart(b *testing.B) {
	for _, s := range databases {
		b.Run(s.name, func(b *testing.B) {
			r := newRig(b, small, s.url(b))
			info, err := os.Stat(r.binary)
			if err != nil {
				b.Fatal(err)
			}
			r.launch()
			first := r.wait("ready", r.ready)
			r.quiet()
			var again []time.Duration
			for b.Loop() {
				for range 5 {
					r.launch()
					again = append(again, r.wait("ready", r.ready))
					r.quiet()
				}
			}
			b.ReportMetric(milliseconds(first), "first-ms")
			r.spread("ready", again, 0, 50, 100)
			b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
		})
	}
}

// BenchmarkIdle measures a process to which nothing happens: resident memory 10 s after
// it was ready, and then processor time over 20 s, as a share of one core.
func BenchmarkIdle(b *testing.B) {
	for _, s := range databases {
		b.Run(s.name, func(b *testing.B) {
			r := newRig(b, large, s.url(b))
			for b.Loop() {
				r.run()
				time.Sleep(10 * time.Second)
				b.ReportMetric(r.metric("process_resident_memory_bytes")/1e6, "rss-MB")
				before, begin := r.cpu(), time.Now()
				time.Sleep(20 * time.Second)
				b.ReportMetric(100*(r.cpu()-before).Seconds()/time.Since(begin).Seconds(), "cpu-%")
				r.quiet()
			}
		})
	}
}

// BenchmarkRecovery measures from the restart after a SIGKILL until a grant that was in
// flight when it came is there and its link is posted. The process dies when AWS has
// carried out the assignment and airpass has not heard of it.
func BenchmarkRecovery(b *testing.B) {
	for _, s := range databases {
		b.Run(s.name, func(b *testing.B) {
			r := newRig(b, small, s.url(b))
			r.run()
			var took []time.Duration
			for b.Loop() {
				for range 5 {
					took = append(took, r.recover(fmt.Sprintf("p%d", 100+len(took)%90)))
				}
			}
			r.spread("recovered", took, 0, 50, 100)
		})
	}
}

func (r *rig) recover(who string) time.Duration {
	r.Helper()
	const target = "prod/Viewer"
	reason := fmt.Sprintf("%s before the power cut %d", who, time.Now().UnixNano())
	card := r.ask(who, target, approver, reason)
	done := make(chan struct{})
	process := r.cmd.Process
	r.IdentityCenter.Faults().Watch(func(op, phase string) {
		if op == "CreateAccountAssignment" && phase == "done" {
			_ = process.Kill()
			close(done)
		}
	})
	if _, err := card.Button("Approve").Click(r.Context()); err != nil {
		r.Fatal(err)
	}
	<-done
	r.IdentityCenter.Faults().Watch(nil)
	<-r.dead
	r.launch()
	return r.wait("the link", func() bool { return r.linked(who, reason) })
}
