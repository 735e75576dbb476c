package grants_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
)

func TestAGrantGivesWhatItHoldsAndTakesItAwayWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	if !b.assigned("ada", "prod/User") || !b.member("ada", "prod/User") {
		t.Fatal("active, and not in place:", b.dump())
	}
	if g := b.grant(id); g.LinkState != access.LinkReady || !g.EndAt.Equal(g.ActiveAt.Add(time.Hour)) {
		t.Fatalf("link %q, ends %s, active %s", g.LinkState, g.EndAt, g.ActiveAt)
	}
	b.advance(time.Hour)
	b.ended(id)
	if b.assigned("ada", "prod/User") || b.member("ada", "prod/User") {
		t.Fatal("ended, and still in place")
	}
	if g := b.grant(id); g.EndReason != access.EndExpired {
		t.Fatalf("ended because %q", g.EndReason)
	}
}

func TestAGroupTargetIsActiveWhenThePushHasArrived(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{PushDelay: 2 * time.Minute})
	id := b.approve("ada", "dev/User", time.Hour)
	b.until("member in Okta", time.Minute, func() bool { return b.member("ada", "dev/User") })
	if b.state(id, access.GrantActive)() {
		t.Fatal("active before the push has arrived")
	}
	b.active(id)
	if !b.pushed("ada", "dev/User") {
		t.Fatal("active without access")
	}
	b.revoke(id)
	b.ended(id)
	if b.pushed("ada", "dev/User") || b.member("ada", "dev/User") {
		t.Fatal("ended with access")
	}
}

func TestAPushThatNeverComesFailsTheGrantAndIsLookedForAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.world.Okta.SetPushNever(true)
	id := b.approve("ada", "dev/User", time.Hour)
	b.until("the grant is given up", 70*time.Minute, b.state(id, access.GrantRevoking))
	if g := b.grant(id); g.EndReason != access.EndFailed {
		t.Fatalf("ended because %q", g.EndReason)
	}
	b.ended(id)
	if b.member("ada", "dev/User") {
		t.Fatal("rolled back, and still in the group")
	}
	pushed := false
	for _, e := range b.entitlements(id) {
		if e.Ref.Kind == access.PushedMembership {
			pushed = !e.SettleAt.IsZero()
		}
	}
	if !pushed {
		t.Fatal("a late push would not be noticed:", b.dump())
	}
}

func TestOverlappingGrantsDoNotCutEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	first := b.approve("ada", "prod/User", time.Hour)
	b.active(first)
	b.advance(30 * time.Minute)
	second := b.approve("ada", "prod/User", time.Hour)
	b.active(second)
	b.advance(31 * time.Minute)
	b.ended(first)
	if !b.assigned("ada", "prod/User") || !b.member("ada", "prod/User") {
		t.Fatal("the first grant's end took what the second needs")
	}
	b.advance(30 * time.Minute)
	b.ended(second)
	if b.assigned("ada", "prod/User") || b.member("ada", "prod/User") {
		t.Fatal("still there after the last")
	}
}

func TestStandingAccessIsLeftInPlace(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	target := b.world.Target("prod/User")
	if err := b.world.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: "USER", PrincipalID: b.center("ada")}); err != nil {
		t.Fatal(err)
	}
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	b.revoke(id)
	b.ended(id)
	if !b.assigned("ada", "prod/User") {
		t.Fatal("standing access was taken away")
	}
	if b.member("ada", "prod/User") {
		t.Fatal("what was ours is still there")
	}
}

func TestAnAssignmentThatFailsRollsTheGrantBack(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.world.IdentityCenter.FailAssignments(identitycenter.Match{Kind: identitycenter.Creation}, "Received a 404 status error: no such account")
	id := b.approve("ada", "prod/User", time.Hour)
	b.ended(id)
	if g := b.grant(id); g.EndReason != access.EndFailed || g.EndNote == "" {
		t.Fatalf("ended because %q: %q", g.EndReason, g.EndNote)
	}
	if b.member("ada", "prod/User") || b.assigned("ada", "prod/User") {
		t.Fatal("not rolled back")
	}
}

func TestACreateWhoseReplyWasLostIsFoundAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{AssignmentDelay: 20 * time.Second})
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Times: 1, LoseReply: true})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	if n := b.assignments("ada", "prod/User"); n != 1 {
		t.Fatalf("%d assignments", n)
	}
	if n := b.world.IdentityCenter.Faults().Count("CreateAccountAssignment"); n != 1 {
		t.Fatalf("created %d times", n)
	}
	b.revoke(id)
	b.ended(id)
	if b.assigned("ada", "prod/User") {
		t.Fatal("still there")
	}
}

func TestACreateThatLandsAfterTheGrantEndedIsTakenAway(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Times: 1, LoseRequest: true, CarryOutAfter: control.Duration(4 * time.Minute)})
	id := b.approve("ada", "prod/User", time.Hour)
	b.until("the create was tried", time.Minute, func() bool { return b.world.IdentityCenter.Faults().Count("CreateAccountAssignment") == 1 })
	b.revoke(id)
	b.until("the grant has ended", time.Hour, b.state(id, access.GrantEnded))
	if b.assigned("ada", "prod/User") {
		t.Fatal("ended with the assignment in place: the late create was not waited for")
	}
	if n := b.world.IdentityCenter.Faults().Count("DeleteAccountAssignment"); n != 1 {
		t.Fatalf("deleted %d times, want the late one once", n)
	}
}

func TestARequestDuringTheRevokeOfThePreviousOneGetsThere(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{AssignmentDelay: 30 * time.Second})
	first := b.approve("ada", "prod/User", time.Hour)
	b.active(first)
	b.revoke(first)
	b.until("the delete is under way", time.Minute, func() bool { return b.world.IdentityCenter.Faults().Count("DeleteAccountAssignment") == 1 })
	second := b.approve("ada", "prod/User", time.Hour)
	b.active(second)
	b.ended(first)
	if !b.assigned("ada", "prod/User") || !b.member("ada", "prod/User") {
		t.Fatal("active without access:", b.dump())
	}
	b.revoke(second)
	b.ended(second)
	if b.assigned("ada", "prod/User") || b.member("ada", "prod/User") {
		t.Fatal("still there")
	}
}

func TestGivingBackWhileTheAssignmentIsBeingMadeLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{AssignmentDelay: 30 * time.Second})
	id := b.approve("ada", "prod/User", time.Hour)
	b.until("the create is under way", time.Minute, func() bool { return b.world.IdentityCenter.Faults().Count("CreateAccountAssignment") == 1 })
	b.revoke(id)
	b.ended(id)
	if b.assigned("ada", "prod/User") || b.member("ada", "prod/User") {
		t.Fatal("still there")
	}
}

func TestRevocationGoesOnUntilAWSAnswersAndIsToldWhenOverdue(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "denied"})
	b.revoke(id)
	b.until("overdue is noticed", 10*time.Minute, func() bool { return b.grant(id).LastError != "" })
	if n, err := b.store.CountOverdue(t.Context(), b.world.Clock.Now(), 5*time.Minute); err != nil || n != 2 { // the membership in Okta waits for the assignment
		t.Fatalf("%d overdue, %v", n, err)
	}
	b.advance(3 * time.Hour)
	b.step()
	b.world.IdentityCenter.Faults().Clear()
	b.ended(id)
	if b.assigned("ada", "prod/User") || b.member("ada", "prod/User") {
		t.Fatal("still there")
	}
}

func TestEverythingThrottledIsOnlySlow(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	for _, f := range []*control.Faults{b.world.IdentityCenter.Faults(), b.world.Okta.Faults()} {
		f.Add(control.Fault{Op: "*", Times: 6, Answer: "throttled"})
	}
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	if !b.assigned("ada", "prod/User") {
		t.Fatal("active without access")
	}
}

func TestAGroupThatAssignsTheIdentityCenterApplicationIsNeverTouched(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	if err := b.world.Okta.SetAppGroup(b.config.Okta.IdentityCenterApp, b.world.Target("prod/User").OktaGroup, true); err != nil {
		t.Fatal(err)
	}
	id := b.approve("ada", "prod/User", time.Hour)
	b.ended(id)
	if g := b.grant(id); g.EndReason != access.EndFailed {
		t.Fatalf("ended because %q", g.EndReason)
	}
	if n := b.world.Okta.Faults().Count("AddUserToGroup"); n != 0 {
		t.Fatal("the group was changed")
	}
}

func TestDeactivatedPeopleLoseTheirGrantsButAnUnknownAnswerTakesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	b.world.Okta.Faults().Add(control.Fault{Op: "ListUsers", Times: 1, Answer: "empty"})
	if err := b.svc.SweepDeactivated(t.Context()); err != nil {
		t.Logf("the empty answer is an error: %v", err)
	}
	if b.grant(id).State != access.GrantActive {
		t.Fatal("an empty answer was taken for a deactivation")
	}
	if err := b.world.Okta.SetStatus(b.world.Person("ada").Login, "SUSPENDED"); err != nil {
		t.Fatal(err)
	}
	if err := b.svc.SweepDeactivated(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.ended(id)
	if g := b.grant(id); g.EndReason != access.EndDeactivated || b.assigned("ada", "prod/User") {
		t.Fatalf("ended because %q", g.EndReason)
	}
}
