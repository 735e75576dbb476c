package bot_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/config"
	"airpass/sandbox"
)

// drained is how many removals are due at once.
const drained = 2000 // from p100 on: who has a lower number may be somebody of the town

// BenchmarkDrain measures how fast access is taken away that 2,000 people lose at the
// same time, until each grant has ended: removed, and read back as gone. Identity Center
// takes 20 calls a second, all told, and 15 assignments under way, and needs two
// seconds for each; airpass's own budget is the same. It fails below 16 removals a
// second, or when Identity Center throttles.
func BenchmarkDrain(b *testing.B) {
	for _, d := range databases {
		for _, l := range []struct {
			name  string
			aside int // targets among which people are spread
		}{{"one-set", 1}, {"twenty-sets", 20}, {"hundred-sets", 100}} {
			b.Run(d.name+"/"+l.name, func(b *testing.B) {
				for b.Loop() {
					r := newRig(b, sandbox.Scale{People: 100 + drained, PermissionSets: large.PermissionSets}, d.url(b))
					drain(b, r, assigned(r.World, l.aside), 20, 16)
					r.quiet()
				}
			})
		}
	}
}

// BenchmarkDrainGroup is the same for memberships of one Okta group that is pushed, with
// Okta's budget as configured when nobody says otherwise and without.
func BenchmarkDrainGroup(b *testing.B) {
	for b.Loop() {
		r := newRig(b, sandbox.Scale{People: 100 + drained, PermissionSets: large.PermissionSets}, sqliteIn(b))
		drain(b, r, func(int) string { return "dev/User" }, 20, 0)
		r.quiet()
	}
}

// assigned spreads people among some targets that are nothing but an assignment.
func assigned(w *sandbox.World, among int) func(int) string {
	var ids []string
	for _, t := range w.Targets() {
		if t.Mode == "user" && t.OktaGroup == "" {
			ids = append(ids, t.ID)
		}
	}
	ids = ids[:min(among, len(ids))]
	return func(i int) string { return ids[i*7919%len(ids)] }
}

func drain(b *testing.B, r *rig, target func(int) string, perSecond int, floor float64) {
	b.Helper()
	const people = drained
	crowd := r.crowd()
	crowd.grant(100, people, target, time.Now().Add(-time.Second))
	r.IdentityCenter.SetAssignmentDelay(2 * time.Second)
	r.IdentityCenter.SetLimits(perSecond, 20)
	r.forget()
	begin := time.Now()
	r.launch()
	for crowd.ended() < people {
		if time.Since(begin) > 8*time.Minute {
			b.Fatalf("%d of %d have ended\n%s", crowd.ended(), people, r.log)
		}
		time.Sleep(200 * time.Millisecond)
	}
	took := time.Since(begin)
	for _, t := range r.Targets() {
		if n := crowd.left(t.ID); n != 0 {
			b.Errorf("%d still have %s", n, t.ID)
		}
	}
	rate := float64(people) / took.Seconds()
	calls := r.counted()
	sso, all := 0, 0
	for _, call := range slices.Sorted(maps.Keys(calls)) {
		n := calls[call]
		b.Logf("%6d  %s", n, call)
		if strings.HasPrefix(call, "aws ") {
			all += n
		}
		if strings.Contains(call, "AccountAssignment") {
			sso += n
		}
	}
	b.ReportMetric(rate, "removals/s")
	b.ReportMetric(float64(sso)/float64(people), "sso-calls/removal")
	b.ReportMetric(r.cpu().Seconds()/took.Seconds()*100, "cpu-%")
	b.ReportMetric(r.metric("process_resident_memory_bytes")/1e6, "rss-MB")
	if n := r.labelled("airpass_outbound_calls_total", `result="throttled"`); n > 0 {
		b.Errorf("%.0f calls were throttled", n)
	}
	if rate < floor {
		b.Errorf("%.1f removals/s", rate)
	}
}

// crowd is a crowd for the rig's configuration.
func (r *rig) crowd() *multitude {
	r.Helper()
	raw, err := os.ReadFile(r.path)
	if err != nil {
		r.Fatal(err)
	}
	c, err := config.Parse(r.path, raw, os.LookupEnv)
	if err != nil {
		r.Fatal(err)
	}
	return newMultitude(r.B, r.World, c, time.Now)
}
