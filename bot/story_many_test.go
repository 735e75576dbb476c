package bot_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/store/storetest"
)

// The access of eighty people ends at the same time. Identity Center takes 20 calls a
// second, and airpass, which may use them all, is never told that it asks too much: for
// each removal there is the removal itself, and what is read before and after is shared.
func TestManyRemovalsShareWhatTheyRead(t *testing.T) {
	t.Parallel()
	shareWhatTheyRead(t, 1, 80+80/2)
}

// The same of ten people each of eight permission sets: what is read is a list of each.
func TestManyRemovalsOfSeveralSetsShareWhatTheyRead(t *testing.T) {
	t.Parallel()
	shareWhatTheyRead(t, 8, 80+80)
}

// shareWhatTheyRead ends the access of eighty people to some targets with at most so many
// calls. Each removal alone would read at least twice, which makes 240; a slow machine,
// which takes longer, reads the same lists a few times more than a quick one.
func shareWhatTheyRead(t *testing.T, targets, most int) {
	t.Helper()
	const people = 80
	w := world(t, sandbox.Options{Scale: sandbox.Scale{People: 200, PermissionSets: 10}})
	tw := &town{T: t, World: w, log: &logLines{}, config: configure(t, w, storetest.SQLite(t), func(c *config.Config) {
		c.Quotas.IdentityCenterPerSecond, c.Quotas.OutstandingAssignments = 20, 15
	})}
	m := newMultitude(t, w, tw.config, w.Clock.Now)
	m.grant(100, people, assigned(w, targets), w.Clock.Now())
	w.IdentityCenter.Faults().ResetCalls()
	var throttled atomic.Int64
	tw.start(func(call outbound.Call) {
		if access.ClassOf(call.Err) == access.Throttled {
			throttled.Add(1)
		}
	})
	t.Cleanup(func() { _ = tw.bot.Close(context.WithoutCancel(t.Context())) })
	tw.eventually("all have ended", func() bool { return m.ended() == people })
	calls := tw.admin()
	for _, target := range w.Targets() {
		if n := m.left(target.ID); n != 0 {
			t.Errorf("%d still have %s", n, target.ID)
		}
	}
	if calls["DeleteAccountAssignment"] != people {
		t.Errorf("%d people lost their access by %d calls", people, calls["DeleteAccountAssignment"])
	}
	if n := sum(calls); n > most {
		t.Errorf("%d calls, more than %d: %v", n, most, calls)
	}
	if n := throttled.Load(); n > 0 {
		t.Errorf("%d calls were throttled", n)
	}
	// After the settle window everybody is looked for once more, together.
	w.Clock.OnMove(func(time.Time) { tw.bot.Wake(context.WithoutCancel(t.Context())) })
	w.IdentityCenter.Faults().ResetCalls()
	tw.advance(tw.config.Times.SettleWindow + time.Minute)
	tw.eventually("all are settled", func() bool { return m.settling() == 0 })
	if n := sum(tw.admin()); n == 0 || n > people/4+targets {
		t.Errorf("%d calls to look again: %v", n, tw.admin())
	}
}

// Of many removals that AWS takes and does not carry out, each is found among those that
// failed, and asked for again: none is given up because it is one of many.
func TestAmongManyThoseThatFailAreRemovedAgain(t *testing.T) {
	t.Parallel()
	const people, failing = 40, 5
	w := world(t, sandbox.Options{Scale: sandbox.Scale{People: 200, PermissionSets: 10}})
	tw := &town{T: t, World: w, log: &logLines{}, config: configure(t, w, storetest.SQLite(t))}
	m := newMultitude(t, w, tw.config, w.Clock.Now)
	m.grant(100, people, assigned(w, 1), w.Clock.Now())
	w.IdentityCenter.FailAssignments(identitycenter.Match{Kind: identitycenter.Deletion, Times: failing}, "")
	tw.start(nil)
	t.Cleanup(func() { _ = tw.bot.Close(context.WithoutCancel(t.Context())) })
	w.Clock.OnMove(func(time.Time) { tw.bot.Wake(context.WithoutCancel(t.Context())) })
	tw.eventually("those that did not fail have ended", func() bool { return m.ended() == people-failing })
	if n := tw.admin()["DescribeAccountAssignmentDeletionStatus"]; n > failing {
		t.Errorf("%d were asked about by themselves", n)
	}
	for range 3 { // past the patience, and past the pause after a failure
		tw.advance(time.Minute)
	}
	tw.eventually("all have ended", func() bool { return m.ended() == people })
	calls := tw.admin()
	if calls["DeleteAccountAssignment"] != people+failing || calls["DescribeAccountAssignmentDeletionStatus"] > 2*failing {
		t.Errorf("%v", calls)
	}
}

// admin counts the calls of sso-admin.
func (tw *town) admin() map[string]int {
	calls := map[string]int{}
	for _, c := range tw.IdentityCenter.Faults().Calls() {
		if strings.Contains(c.Op, "AccountAssignment") {
			calls[c.Op]++
		}
	}
	return calls
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
