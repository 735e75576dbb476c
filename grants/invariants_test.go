package grants_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/store"
)

// The invariants of the design, by number; what decides is in package approvals, and
// what is about Slack in package bot.

func TestInvariant01NothingIsGrantedWithoutAnApprovedRequest(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	target, _ := b.config.Target("prod/User")
	subject := access.Person{OktaID: b.world.Person("ada").OktaID, Login: "ada@example.com", Status: "ACTIVE"}
	for _, state := range []access.RequestState{access.RequestPending, access.RequestDenied, access.RequestLapsed, access.RequestCancelled} {
		err := b.store.Update(t.Context(), access.System("test"), func(tx *store.Tx) error {
			r, err := tx.CreateRequest(access.Request{ID: tx.NewID(), Subject: subject, Target: target, Duration: time.Hour, Reason: "x",
				State: access.RequestPending, CreatedAt: tx.Now(), LapseAt: tx.Now().Add(time.Hour)})
			if err != nil {
				return err
			}
			if state != access.RequestPending {
				r.State = state
				if r, err = tx.SaveRequest(r); err != nil {
					return err
				}
			}
			_, err = grants.Start(tx, r, b.center("ada"))
			return err
		})
		if !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("a grant of a request that is %s: %v", state, err)
		}
	}
	b.step()
	if n := b.world.Okta.Faults().Count("AddUserToGroup") + b.world.IdentityCenter.Faults().Count("CreateAccountAssignment"); n != 0 {
		t.Fatalf("%d changes outside", n)
	}
}

func TestInvariant04NothingOutlivesItsLastHold(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Times: 1, LoseRequest: true, CarryOutAfter: control.Duration(3 * time.Minute)})
	late := b.approve("ben", "prod/User", time.Hour)
	b.until("the create was tried", time.Minute, func() bool { return b.world.IdentityCenter.Faults().Count("CreateAccountAssignment") == 1 })
	b.revoke(late)
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	for _, f := range []*control.Faults{b.world.IdentityCenter.Faults(), b.world.Okta.Faults()} {
		f.Add(control.Fault{Op: "*", Answer: "unavailable"})
	}
	b.advance(time.Hour + time.Minute)
	for range 20 { // nobody answers for hours
		b.step()
		b.advance(10 * time.Minute)
	}
	if b.grant(id).State == access.GrantEnded {
		t.Fatal("ended without the vendor's word")
	}
	if n, _ := b.store.CountOverdue(t.Context(), b.world.Clock.Now(), 5*time.Minute); n == 0 {
		t.Fatal("not overdue")
	}
	for _, f := range []*control.Faults{b.world.IdentityCenter.Faults(), b.world.Okta.Faults()} {
		f.Clear()
	}
	b.ended(id)
	b.until("the other has ended", time.Hour, b.state(late, access.GrantEnded))
	for _, who := range []string{"ada", "ben"} {
		if b.assigned(who, "prod/User") || b.member(who, "prod/User") {
			t.Fatalf("%s still has access", who)
		}
	}
	// Somebody's late call brings it back within the settle window: it goes again.
	target := b.world.Target("prod/User")
	if err := b.world.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: "USER", PrincipalID: b.center("ada")}); err != nil {
		t.Fatal(err)
	}
	b.until("it was looked for after the settle window", 20*time.Minute, func() bool { return !b.assigned("ada", "prod/User") })
}

func TestInvariant05TheEndOfOneGrantTakesNothingThatAnotherNeeds(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	target := b.world.Target("prod/User")
	if err := b.world.Okta.SetMember(target.OktaGroup, b.world.Person("ben").OktaID, true); err != nil {
		t.Fatal(err)
	}
	short, long, standing := b.approve("ada", "prod/User", time.Hour), b.approve("ada", "prod/User", 3*time.Hour), b.approve("ben", "prod/User", time.Hour)
	b.active(short)
	b.active(long)
	b.active(standing)
	b.advance(61 * time.Minute)
	b.ended(short)
	b.ended(standing)
	if !b.assigned("ada", "prod/User") || !b.member("ada", "prod/User") {
		t.Fatal("the short grant's end took what the long one needs")
	}
	if !b.member("ben", "prod/User") {
		t.Fatal("a standing membership was taken away")
	}
	if b.assigned("ben", "prod/User") {
		t.Fatal("what was not standing was left")
	}
	if n := b.world.IdentityCenter.Faults().Count("CreateAccountAssignment"); n != 2 {
		t.Fatalf("%d assignments were made, want one for each person", n)
	}
}

func TestInvariant06AnAddThatWasNotRecordedIsStillOurs(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	// The reply to the add is lost: as far as the row knows, it may have happened.
	b.world.Okta.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 1, LoseReply: true})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	b.revoke(id)
	b.ended(id)
	if b.member("ada", "prod/User") {
		t.Fatal("our own membership was taken for standing access and left")
	}
}

func TestInvariant10AnEmptyAnswerIsUnknownAndDeactivationEndsGrants(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	ada, ben := b.approve("ada", "prod/User", time.Hour), b.approve("ben", "prod/User", time.Hour)
	b.active(ada)
	b.active(ben)
	for _, answer := range []string{"empty", "unavailable", "internal", "throttled_bare"} {
		b.world.Okta.Faults().Add(control.Fault{Op: "ListUsers", Times: 1, Answer: answer})
		_ = b.svc.SweepDeactivated(t.Context())
		for _, id := range []string{ada, ben} {
			if b.grant(id).State != access.GrantActive {
				t.Fatalf("an answer that was %s took access away", answer)
			}
		}
	}
	if err := b.world.Okta.SetStatus(b.world.Person("ada").Login, "DEPROVISIONED"); err != nil {
		t.Fatal(err)
	}
	if err := b.svc.SweepDeactivated(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.ended(ada)
	if b.grant(ben).State != access.GrantActive {
		t.Fatal("somebody else lost access")
	}
}

func TestInvariant11InferredRemovalsStopAboveTheCapUntilConfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.svc.InferredMax, b.svc.InferredShare = 1, 0
	var ids []string
	for _, who := range []string{"ada", "ben", "chen"} {
		id := b.approve(who, "prod/User", time.Hour)
		b.active(id)
		ids = append(ids, id)
	}
	for _, who := range []string{"ada", "ben"} {
		if err := b.world.Okta.SetStatus(b.world.Person(who).Login, "SUSPENDED"); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := b.svc.SweepDeactivated(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range ids {
		if b.grant(id).State != access.GrantActive {
			t.Fatal("more than the cap was taken away unasked")
		}
	}
	// A removal that somebody asked for by name is never capped.
	b.revoke(ids[2])
	b.ended(ids[2])
	name, err := b.store.Setting(t.Context(), "removals.pending")
	if err != nil || name == "" {
		t.Fatalf("no batch waits: %q, %v", name, err)
	}
	if err := b.svc.ConfirmRemovals(t.Context(), access.System("test"), "another"); !errors.Is(err, access.ErrNotFound) {
		t.Fatal("another batch was confirmed:", err)
	}
	if err := b.svc.ConfirmRemovals(t.Context(), access.System("test"), name); err != nil {
		t.Fatal(err)
	}
	if err := b.svc.SweepDeactivated(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.ended(ids[0])
	b.ended(ids[1])
}

func TestCallsPerGrantDoNotGrowWithTheDirectory(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, scale := range []sandbox.Scale{{People: 40, PermissionSets: 10}, {People: 400, PermissionSets: 60}} {
		b := setup(t, sandbox.Options{Scale: scale, AssignmentDelay: -1})
		id := b.approve("ada", "prod/User", time.Hour)
		b.active(id)
		polls := b.calls["ListAccountAssignmentCreationStatus"] + b.calls["DescribeAccountAssignmentCreationStatus"]
		aws := b.calls["GetUserId"] + b.calls["ListAccountAssignmentsForPrincipal"] + b.calls["CreateAccountAssignment"] + b.calls["GetEnvironment"]
		okta := b.calls["ListUserGroups"] + b.calls["AddUserToGroup"] + b.calls["GetGroup"] + b.calls["GetApplicationGroupAssignment"]
		seen = append(seen, fmt.Sprintf("aws %d okta %d", aws, okta))
		if aws > 6 {
			t.Errorf("%d AWS calls (and %d polls)", aws, polls)
		}
	}
	if seen[0] != seen[1] {
		t.Errorf("small directory: %s; large: %s", seen[0], seen[1])
	}
}
