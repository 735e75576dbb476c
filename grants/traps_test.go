package grants_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/okta"
)

// Sequences that went wrong once.

func TestWhatWasReadBeforeOurOwnRemovalMakesNothingActive(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{AssignmentDelay: 30 * time.Second})
	first := b.approve("ada", "prod/User", time.Hour)
	b.active(first)
	var once sync.Once
	second := ""
	b.world.IdentityCenter.Faults().Watch(func(op, phase string) {
		if op == "DeleteAccountAssignment" && phase == "done" {
			once.Do(func() { second = b.approve("ada", "prod/User", time.Hour) })
		}
	})
	b.revoke(first)
	b.until("approved again while the delete was on its way", time.Minute, func() bool { return second != "" })
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Answer: "denied"})
	b.ended(second)
	if g := b.grant(second); !g.ActiveAt.IsZero() || g.EndReason != access.EndFailed {
		t.Fatalf("active at %s, ended because %q: it never had the assignment", g.ActiveAt, g.EndReason)
	}
}

func TestAnActiveGrantWhoseAccessIsGoneForGoodDoesNotStayActive(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	first := b.approve("ada", "prod/User", time.Hour)
	b.active(first)
	if err := b.world.Okta.SetMember(b.world.Target("prod/User").OktaGroup, b.world.Person("ada").OktaID, false); err != nil {
		t.Fatal(err)
	}
	b.world.Okta.Faults().Add(control.Fault{Op: "AddUserToGroup", Answer: "denied"})
	second := b.approve("ada", "prod/User", time.Hour)
	b.until("both have been told", 5*time.Minute, func() bool {
		return b.grant(first).EndReason == access.EndFailed && b.grant(second).EndReason == access.EndFailed
	})
	if !b.grant(second).ActiveAt.IsZero() {
		t.Fatal("the second was active without a look")
	}
}

func TestAnOutageWhileAssigningBlocksNobodyAfterIt(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.svc.Outstanding = 2
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Answer: "unavailable"})
	id := b.approve("ada", "prod/User", time.Hour)
	for range 60 {
		b.step()
		b.advance(10 * time.Second)
	}
	b.world.IdentityCenter.Faults().Clear()
	other := b.approve("ben", "prod/User", time.Hour)
	b.until("both are active", 5*time.Minute, func() bool {
		return b.grant(id).State == access.GrantActive && b.grant(other).State == access.GrantActive
	})
}

// stale is Okta whose reads are behind its writes for a while.
type stale struct {
	grants.System
	now   func() time.Time
	since time.Time
	adds  int
}

func (s *stale) Observe(ctx context.Context, r access.Ref, since time.Time) (access.Observation, error) {
	seen, err := s.System.Observe(ctx, r, since)
	if s.adds > 0 && s.now().Sub(s.since) < 20*time.Second {
		return access.Observation{}, err
	}
	return seen, err
}

func (s *stale) Add(ctx context.Context, r access.Ref) (access.Receipt, error) {
	if s.adds++; s.adds == 1 {
		s.since = s.now()
	}
	return s.System.Add(ctx, r)
}

func TestAChangeThatCannotBeReadBackIsNotRepeatedInALoop(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	o := b.options()
	behind := &stale{System: o.Systems[access.OktaMembership], now: b.world.Clock.Now}
	o.Systems[access.OktaMembership] = behind
	b.svc = grants.New(o)
	b.active(b.approve("ada", "prod/User", time.Hour))
	if behind.adds > 6 {
		t.Fatalf("added %d times in 20 seconds", behind.adds)
	}
}

func TestWhatIsAdoptedDuringALookStays(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	if err := b.svc.Retry(t.Context(), access.System("test"), id); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	adopted := false
	b.world.IdentityCenter.Faults().Watch(func(op, phase string) {
		if op == "ListAccountAssignmentsForPrincipal" && phase == "arrived" {
			once.Do(func() {
				if _, err := b.svc.Adopt(context.WithoutCancel(t.Context()), access.System("operator"), id, "stays"); err != nil {
					t.Error(err)
				}
				adopted = true
			})
		}
	})
	b.until("adopted", time.Minute, func() bool { return adopted })
	b.advance(2 * time.Hour)
	b.ended(id)
	if !b.assigned("ada", "prod/User") || !b.member("ada", "prod/User") {
		t.Fatal("what an operator let stay was taken away")
	}
}

func TestAGrantThatIsEndingKeepsItsReason(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "denied"})
	b.advance(61 * time.Minute)
	b.until("its time is over", time.Minute, b.state(id, access.GrantRevoking))
	before := b.grant(id)
	if err := b.svc.Revoke(t.Context(), access.System("test"), id, access.EndRevoked, "again"); !errors.Is(err, access.ErrBadMove) {
		t.Fatal("revoked while ending:", err)
	}
	if after := b.grant(id); after.EndReason != before.EndReason || !after.RevokingSince.Equal(before.RevokingSince) {
		t.Fatalf("%s since %s became %s since %s", before.EndReason, before.RevokingSince, after.EndReason, after.RevokingSince)
	}
}

func TestAConfirmationIsForOneBatchOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.svc.InferredMax, b.svc.InferredShare = 1, 0
	everybody := func(s okta.Status) {
		for _, who := range []string{"ada", "ben"} {
			if err := b.world.Okta.SetStatus(b.world.Person(who).Login, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	sweep := func() {
		if err := b.svc.SweepDeactivated(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	grant := func() (ids []string) {
		for _, who := range []string{"ada", "ben"} {
			id := b.approve(who, "prod/User", time.Hour)
			b.active(id)
			ids = append(ids, id)
		}
		return ids
	}
	first := grant()
	everybody(okta.Suspended)
	sweep()
	name, err := b.store.Setting(t.Context(), "removals.pending")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.svc.ConfirmRemovals(t.Context(), access.System("test"), name); err != nil {
		t.Fatal(err)
	}
	sweep()
	for _, id := range first {
		b.ended(id)
	}
	everybody(okta.Active)
	second := grant()
	everybody(okta.Suspended)
	sweep()
	for _, id := range second {
		if b.grant(id).State != access.GrantActive {
			t.Fatal("the confirmation of the first batch was taken for the second")
		}
	}
}

func TestStepsThatRunOutOfTimeAreWrittenDown(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	id := b.approve("ada", "prod/User", time.Hour)
	b.world.Okta.Faults().Add(control.Fault{Op: "*", Hang: true})
	due, err := b.store.Due(t.Context(), b.world.Clock.Now(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range due {
		if w.Kind != "entitlement" {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if err := b.svc.StepEntitlement(ctx, w.ID, w.Version); err != nil {
			t.Error("step:", err)
		}
		cancel()
	}
	b.world.Okta.Faults().Clear()
	for _, e := range b.entitlements(id) {
		if e.Ref.Kind == access.OktaMembership && (e.LastError == "" || e.Claim != "" || e.NextAt.IsZero()) {
			t.Fatalf("nothing was learned: error %q, claim %q, next look %s", e.LastError, e.Claim, e.NextAt)
		}
	}
}
