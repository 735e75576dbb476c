package bot_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/sandbox/control"
)

// modes are targets of each way in which access is granted.
var modes = []struct{ name, target string }{
	{"user", "prod/Viewer"},          // an account assignment
	{"user+group", "prod/User"},      // an account assignment, and an Okta group beside it
	{"group", "dev/User"},            // membership of an Okta group that is pushed
	{"user-at-its-owner", "prod/Op"}, // decided by a named person
}

const approver = "henry" // of the crowd, whose manager he is

func approverOf(target string) string {
	if target == "prod/Op" {
		return "olivia"
	}
	return approver
}

// BenchmarkApproveToLink measures the time from the click on Approve until the requester's
// card in Slack has the login link, with vendors that answer at once and carry out at
// once: what is left is airpass's own. One run is 20 approvals, one after another.
func BenchmarkApproveToLink(b *testing.B) {
	for _, m := range modes[:3] {
		b.Run(m.name, func(b *testing.B) {
			r := newRig(b, small, sqliteIn(b))
			r.run()
			r.approve("p100", m.target)
			var took []time.Duration
			for b.Loop() {
				for range 20 {
					took = append(took, r.approve(fmt.Sprintf("p%d", 101+len(took)%90), m.target))
				}
			}
			r.spread("link", took, 0, 50, 100)
		})
	}
}

// approve makes a request and measures from the click on Approve to the link.
func (r *rig) approve(who, target string) time.Duration {
	r.Helper()
	reason := fmt.Sprintf("%s wants %s for %d", who, target, time.Now().UnixNano())
	card := r.ask(who, target, approverOf(target), reason)
	r.wait("quiet", func() bool { return r.settled() })
	r.forget()
	begin := time.Now()
	if _, err := card.Button("Approve").Click(r.Context()); err != nil {
		r.Fatal(err)
	}
	r.wait("the link", func() bool { return r.linked(who, reason) })
	return time.Since(begin)
}

// settled says whether no vendor was called for longer than lists are shared, so that
// what is measured next begins anew.
func (r *rig) settled() bool {
	count := func() (n int) {
		for _, f := range r.vendors() {
			n += len(f.Calls())
		}
		return n
	}
	before := count()
	time.Sleep(1200 * time.Millisecond)
	return count() == before
}

func (r *rig) vendors() map[string]*control.Faults {
	return map[string]*control.Faults{"okta": r.Okta.Faults(), "aws": r.IdentityCenter.Faults(), "aws sts": r.STS.Faults(), "aws mwaa": r.MWAA.Faults(), "slack": r.Slack.Faults()}
}

func (r *rig) forget() {
	for _, f := range r.vendors() {
		f.ResetCalls()
	}
}

// polls are the calls that ask again whether something asynchronous has come: their
// number depends on how long the vendor takes.
var polls = []string{"ListAccountAssignmentCreationStatus", "DescribeAccountAssignmentCreationStatus"}

// BenchmarkApprovalCalls counts the calls from the click on Approve until the link, by
// operation, in a small and a large directory. It fails if they differ, or if there are
// more than 6 to AWS beside polls.
func BenchmarkApprovalCalls(b *testing.B) {
	for _, m := range modes {
		b.Run(m.name, func(b *testing.B) {
			var tables []string
			for b.Loop() {
				tables = tables[:0]
				for _, scale := range []struct {
					name string
					of   func(*testing.B) *rig
				}{
					{"200-10", func(b *testing.B) *rig { return newRig(b, small, sqliteIn(b)) }},
					{"2000-100", func(b *testing.B) *rig { return newRig(b, large, sqliteIn(b)) }},
				} {
					r := scale.of(b)
					r.run()
					r.approve("p100", m.target) // credentials are taken, and what does not change is known
					tables = append(tables, r.table(scale.name, m.target))
					r.quiet()
				}
			}
			b.Logf("%s\n%s", m.target, tables[0])
			if tables[0] != tables[1] {
				b.Errorf("in the large directory the calls are others:\n%s", tables[1])
			}
		})
	}
}

// table lists the calls of an approval by vendor and operation, and reports their sums
// as metrics. Of three approvals it takes the one with fewest of each: what a sweep asks
// in the background is not part of an approval. Slack's are not compared: several
// changes that follow each other quickly are shown by one update.
func (r *rig) table(scale, target string) string {
	r.Helper()
	var fewest map[string]int
	for n := range 3 {
		r.approve(fmt.Sprintf("p%d", 101+n), target)
		counts := r.counted()
		if fewest == nil {
			fewest = counts
		}
		for call, n := range fewest {
			fewest[call] = min(n, counts[call])
		}
	}
	sums := map[string]int{}
	var out strings.Builder
	for _, call := range slices.Sorted(maps.Keys(fewest)) {
		n := fewest[call]
		vendor, op, _ := strings.Cut(call, " ")
		switch {
		case slices.Contains(polls, op):
			vendor = "polls"
		case vendor != "slack" && n > 0:
			fmt.Fprintf(&out, "%4d  %s\n", n, call)
		}
		sums[vendor] += n
	}
	for vendor, n := range sums {
		r.ReportMetric(float64(n), vendor+"-calls-"+scale)
	}
	if sums["aws"] > 6 {
		r.Errorf("%d calls to AWS", sums["aws"])
	}
	return out.String()
}

// counted are the calls since forget, by vendor and operation.
func (r *rig) counted() map[string]int {
	counts := map[string]int{}
	for vendor, f := range r.vendors() {
		family, _, _ := strings.Cut(vendor, " ")
		for _, c := range f.Calls() {
			counts[family+" "+c.Op]++
		}
	}
	return counts
}
