package bot_test

import (
	"syscall"
	"testing"
	"time"

	"airpass/outbound"
)

// A replica stands still for longer than its claim lasts (a machine that is moved, a
// process that is stopped) and comes back: others have gone on, and it does not.
func standsStill(t *testing.T, site outbound.Site) {
	t.Helper()
	socketOnly(t)
	p, grant := plots()[0], stories()[0]
	s := threeAbreast(t, hit{site: site, signal: syscall.SIGSTOP})
	s.stand(p)
	t.Cleanup(func() {
		for _, p := range s.all {
			_ = p.cmd.Process.Signal(syscall.SIGCONT) // or it would not end either
		}
	})
	s.arm()
	s.asks(p, firstReason)
	s.approves(p, firstReason)
	s.until("access", s.given(p, firstReason))
	s.disarm()
	if s.hit == nil || s.recovered > takeover {
		t.Errorf("hit: %t; the others have finished after %s\n%s", s.hit != nil, s.recovered, s.log)
	}
	t.Logf("finished %s after it stood still", s.recovered.Round(time.Millisecond))
	made := s.creations(p.who, p.target)
	s.eventually("two are left", func() bool { return s.known() == 2 })
	if err := s.hit.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.eventually("it is back", func() bool { return s.known() == 3 })
	s.idle()
	if n := s.creations(p.who, p.target); made != 1 || n != made {
		t.Errorf("%d assignments were asked for, and %d when it was back", made, n)
	}
	s.advance(time.Hour + time.Minute)
	s.until("the end", s.over(p, firstReason))
	s.judge(grant, p)
}

func TestAReplicaThatStoodStillWhileItReadDoesNothingTwice(t *testing.T) {
	t.Parallel()
	standsStill(t, outbound.ListAssignmentsPrincipal)
}

func TestAReplicaThatStoodStillWhileItChangedSomethingDoesNothingTwice(t *testing.T) {
	t.Parallel()
	standsStill(t, outbound.CreateAssignment)
}
