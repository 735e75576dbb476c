package bot_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"airpass/sandbox"
)

// BenchmarkDrift runs airpass drift over 10,000 people and 200 targets, of whom 5,000 hold
// something that no grant explains, and counts its calls beside the fewest that the APIs allow. What
// it takes is mostly the wait for its own budgets, a fifth of what the file says.
func BenchmarkDrift(b *testing.B) {
	for b.Loop() {
		r := newRig(b, sandbox.Scale{People: 10_000, PermissionSets: 200}, sqliteIn(b))
		r.run() // makes the store
		r.quiet()
		holders := everybodyHolds(b, r.World, 5_000)
		before := listed(r.World)
		cmd := exec.CommandContext(b.Context(), r.binary, "drift", "--json", "--config", r.path)
		cmd.Env = append(os.Environ(), r.Environ()...)
		begin := time.Now()
		out, err := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); code != 4 { // something was found
			b.Fatalf("exit code %d, %v, %d bytes", code, err, len(out))
		}
		b.ReportMetric(time.Since(begin).Seconds(), "drift-s")
		if u, is := cmd.ProcessState.SysUsage().(*syscall.Rusage); is {
			b.ReportMetric(float64(u.Maxrss)/1024, "rss-MiB")
		}
		calls, least := 0, 0
		fewest := leastCalls(r.World, holders)
		for op, n := range listed(r.World) {
			if n -= before[op]; n == 0 {
				continue
			}
			b.Logf("%s: %d calls, at least %d", op, n, fewest[op])
			calls, least = calls+n, least+fewest[op]
			if n > fewest[op] {
				b.Errorf("%s was asked %d times, %d would do", op, n, fewest[op])
			}
		}
		b.ReportMetric(float64(calls), "calls")
		b.ReportMetric(float64(least), "least")
	}
}
