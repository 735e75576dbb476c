package grants_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/store"
)

// inAssignmentGroup says whether somebody is in the group that gives people accounts.
func (b *bench) inAssignmentGroup(who string) bool {
	return b.world.Okta.IsMember(b.world.AssignmentGroup(), b.world.Person(who).OktaID)
}

// hasAccount says whether somebody can sign in to Identity Center.
func (b *bench) hasAccount(who string) bool {
	b.world.Okta.Sync()
	for _, u := range b.world.IdentityCenter.Users() {
		if u.UserName == b.world.Person(who).Login {
			return !u.Disabled
		}
	}
	return false
}

// account is the entitlement of a grant that gives the account.
func (b *bench) account(id string) access.Entitlement {
	b.Helper()
	for _, e := range b.entitlements(id) {
		if e.Ref.Kind == access.AssignmentGroup {
			return e
		}
	}
	b.Fatalf("the grant holds no account: %s", b.dump())
	return access.Entitlement{}
}

// neverTaken says that the account is there and that nobody thinks it should go.
func (b *bench) neverTaken(who, id string) {
	b.Helper()
	b.until("nothing is left to do", 2*time.Hour, func() bool {
		due, err := b.store.Due(b.Context(), b.world.Clock.Now().Add(time.Hour), 100)
		return err == nil && len(due) == 0
	})
	if !b.inAssignmentGroup(who) {
		b.Errorf("%s was taken out of the assignment group: %s", who, b.dump())
	}
	if e := b.account(id); !e.UnwantedSince.IsZero() || e.LastError != "" {
		b.Errorf("the account counts as to be removed: %+v", e)
	}
	if n, err := b.store.CountOverdue(b.Context(), b.world.Clock.Now(), 0); n != 0 || err != nil {
		b.Errorf("%d removals are overdue, %v", n, err)
	}
}

// adminNotices counts what the admins were told with these words.
func (b *bench) adminNotices(words string) int {
	b.Helper()
	due, err := b.store.Due(b.Context(), b.world.Clock.Now(), 1000)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, w := range due {
		if w.Kind != store.WakeMessage {
			continue
		}
		m, err := b.store.Message(b.Context(), w.ID)
		if err != nil {
			b.Fatal(err)
		}
		if m.Kind == access.AdminNotice && strings.Contains(m.Text, words) {
			n++
		}
	}
	return n
}

func TestSomebodyWithoutAnAccountGetsOneFirst(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"prod/User", "dev/User"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sandbox.Options{ProvisionDelay: 2 * time.Minute})
			id := b.approveNew("nina", target, time.Hour)
			b.until("added to the assignment group", time.Minute, func() bool { return b.inAssignmentGroup("nina") })
			b.until("verified", time.Minute, func() bool { return b.account(id).Ready })
			if n := len(b.entitlements(id)); n != 1 || b.member("nina", target) || b.grant(id).State != access.GrantProvisioning {
				t.Fatalf("%d entitlements before there is an account: %s", n, b.dump())
			}
			b.active(id)
			g := b.grant(id)
			if g.Person != b.center("nina") || len(b.entitlements(id)) != 3 || !b.member("nina", target) || !b.pushed("nina", target) {
				t.Fatal("active, and not in place:", b.dump())
			}
			if b.account(id).Origin != access.OriginOurs {
				t.Error("the account is not ours:", b.dump())
			}
			b.advance(time.Hour)
			b.ended(id)
			if b.member("nina", target) || b.pushed("nina", target) {
				t.Error("ended, and still in place")
			}
			b.neverTaken("nina", id)
			second := b.approve("nina", target, time.Hour) // who has an account now
			b.active(second)
			if n := len(b.entitlements(second)); n != 2 {
				t.Errorf("%d entitlements of somebody who has an account", n)
			}
		})
	}
}

func TestInvariant05NothingTakesAnAccountAway(t *testing.T) {
	t.Parallel()
	ends := map[string]func(b *bench, id string){
		"its time is over": func(b *bench, id string) { b.active(id); b.advance(time.Hour) },
		"revoked":          func(b *bench, id string) { b.active(id); b.revoke(id) },
		"rolled back": func(b *bench, _ string) {
			b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Answer: "denied"})
		},
		"deactivated": func(b *bench, id string) {
			b.active(id)
			if err := b.world.Okta.SetStatus(b.world.Person("nina").Login, "SUSPENDED"); err != nil {
				b.Fatal(err)
			}
			if err := b.svc.SweepDeactivated(b.Context()); err != nil {
				b.Fatal(err)
			}
		},
		"given back before the account is there": func(b *bench, id string) {
			b.world.Okta.SetProvisionNever(true)
			b.until("in the group", time.Minute, func() bool { return b.inAssignmentGroup("nina") })
			b.revoke(id)
		},
		"given back while it is being added": func(b *bench, id string) {
			b.world.Okta.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 1, LoseReply: true})
			b.until("called", time.Minute, func() bool { return b.inAssignmentGroup("nina") })
			b.revoke(id)
		},
	}
	for how, end := range ends {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sandbox.Options{})
			id := b.approveNew("nina", "prod/User", time.Hour)
			end(b, id)
			b.ended(id)
			if b.member("nina", "prod/User") {
				t.Error("what was granted is still there")
			}
			b.neverTaken("nina", id)
			if n := b.world.Okta.Faults().Count("RemoveUserFromGroup"); n > 1 {
				t.Errorf("%d times somebody was taken out of a group", n)
			}
		})
	}
}

func TestAnAccountThatNeverComesFailsTheGrantAndALateOneGivesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.world.Okta.SetProvisionNever(true)
	id := b.approveNew("nina", "prod/User", time.Hour)
	b.until("given up", 70*time.Minute, b.state(id, access.GrantEnded))
	if g := b.grant(id); g.EndReason != access.EndFailed || !strings.Contains(g.EndNote, "account in AWS IAM Identity Center") || g.Person != "" {
		t.Fatalf("ended because %q: %q", g.EndReason, g.EndNote)
	}
	if at, started := b.world.Clock.Now(), b.grant(id).StartAt; at.Before(started.Add(time.Hour)) {
		t.Errorf("given up %s after the start", at.Sub(started))
	}
	b.world.Okta.SetProvisionNever(false)
	if !b.hasAccount("nina") {
		t.Fatal("the late account has not come")
	}
	b.neverTaken("nina", id)
	if b.member("nina", "prod/User") || b.assigned("nina", "prod/User") {
		t.Error("a grant that had ended gave something")
	}
}

func TestTwoGrantsThatWaitForTheSameAccount(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{ProvisionDelay: 3 * time.Minute})
	short, long := b.approveNew("nina", "prod/User", time.Hour), b.approveNew("nina", "prod/User", 3*time.Hour)
	other := b.approveNew("nina", "dev/User", time.Hour)
	for _, id := range []string{short, long, other} {
		b.active(id)
	}
	if n := b.world.Okta.Faults().Count("AddUserToGroup"); n != 3 {
		t.Errorf("%d times added to a group, want one for each", n)
	}
	if n := b.assignments("nina", "prod/User"); n != 1 {
		t.Errorf("%d assignments", n)
	}
	b.advance(61 * time.Minute)
	b.ended(short)
	b.ended(other)
	if !b.member("nina", "prod/User") || !b.assigned("nina", "prod/User") || b.member("nina", "dev/User") {
		t.Error("the end of one grant took what another needs, or left its own")
	}
	b.advance(2 * time.Hour)
	b.ended(long)
	b.neverTaken("nina", long)
}

func TestSomebodyInTheAssignmentGroupAlreadyIsOnlyWaitedFor(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{ProvisionDelay: 10 * time.Minute})
	if err := b.world.Okta.SetMember(b.world.AssignmentGroup(), b.world.Person("nina").OktaID, true); err != nil {
		t.Fatal(err)
	}
	id := b.approveNew("nina", "dev/User", time.Hour)
	b.until("active", 20*time.Minute, b.state(id, access.GrantActive))
	if e := b.account(id); e.Origin != access.OriginStanding {
		t.Errorf("the account is %s", e.Origin)
	}
	if n := b.world.Okta.Faults().Count("AddUserToGroup"); n != 1 {
		t.Errorf("%d times added to a group, want only the target's", n)
	}
	b.revoke(id)
	b.ended(id)
	if b.pushed("nina", "dev/User") || b.member("nina", "dev/User") {
		t.Error("ended, and still in place")
	}
	b.neverTaken("nina", id)
}

func TestSomebodyWhoLostTheirAccountIsWaitedForUntilTheyCanSignIn(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	ada := b.world.Person("ada")
	if err := b.world.Okta.SetMember(b.world.AssignmentGroup(), ada.OktaID, false); err != nil {
		t.Fatal(err)
	}
	if b.hasAccount("ada") {
		t.Fatal("still enabled")
	}
	b.world.Okta.SetProvisionDelay(5 * time.Minute)
	id := b.approveNew("ada", "prod/User", time.Hour)
	b.until("in the group", time.Minute, func() bool { return b.account(id).Ready })
	b.advance(4 * time.Minute)
	b.until("looked for", time.Minute, func() bool { return b.calls["DescribeUser"] > 1 })
	if b.grant(id).Person != "" {
		t.Error("a disabled account was taken")
	}
	b.active(id)
	if !b.hasAccount("ada") || !b.assigned("ada", "prod/User") {
		t.Error("active without access")
	}
}

func TestAnAccountThatOktaDoesNotGiveFailsWithWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(b *bench)
		words string
	}{
		"refused": {func(b *bench) {
			b.world.Okta.Faults().Add(control.Fault{Op: "AddUserToGroup", Answer: "denied"})
		}, "okta AddUserToGroup: denied"},
		"the group does not assign the application": {func(b *bench) {
			if err := b.world.Okta.SetAppGroup(b.config.Okta.IdentityCenterApp, b.world.AssignmentGroup(), false); err != nil {
				b.Fatal(err)
			}
		}, "does not assign the Identity Center application"},
		"the group is gone": {func(b *bench) {
			b.world.Okta.Faults().Add(control.Fault{Op: "GetGroup", Answer: "not_found"})
		}, "okta GetGroup: missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sandbox.Options{})
			c.spoil(b)
			id := b.approveNew("nina", "prod/User", time.Hour)
			b.ended(id)
			if g := b.grant(id); g.EndReason != access.EndFailed || !strings.Contains(g.EndNote, c.words) {
				t.Errorf("ended because %q: %q", g.EndReason, g.EndNote)
			}
			if told := b.adminNotices("does not assign the Identity Center application"); (told == 1) != strings.Contains(name, "does not assign") {
				t.Errorf("the admins were told %d times", told)
			}
			if b.inAssignmentGroup("nina") || b.hasAccount("nina") || b.member("nina", "prod/User") {
				t.Error("something was given")
			}
		})
	}
}

func TestAnAssignmentGroupThatIsNotKnownToAssignIsNotTouched(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.world.Okta.Faults().Add(control.Fault{Op: "GetApplicationGroupAssignment", Answer: "unavailable"})
	id := b.approveNew("nina", "prod/User", time.Hour)
	b.until("tried", time.Minute, func() bool { return b.world.Okta.Faults().Count("GetApplicationGroupAssignment") > 2 })
	if b.inAssignmentGroup("nina") || b.world.Okta.Faults().Count("AddUserToGroup") > 0 {
		t.Error("added to a group of which nothing is known")
	}
	b.world.Okta.Faults().Clear()
	b.active(id)
}

func TestADirectoryThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "GetUserId", Answer: "unavailable"})
	id := b.approveNew("nina", "prod/User", time.Hour)
	b.until("it is told", 5*time.Minute, func() bool { return strings.Contains(b.grant(id).LastError, "GetUserId") })
	b.world.IdentityCenter.Faults().Clear()
	b.active(id)
	if g := b.grant(id); g.LastError != "" {
		t.Errorf("still told: %s", g.LastError)
	}
}

func TestWithoutAnAssignmentGroupNobodyIsGivenAnAccount(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	target, _ := b.config.Target("prod/User")
	target.AssignmentGroup = ""
	err := b.store.Update(t.Context(), access.System("test"), func(tx *store.Tx) error {
		_, err := grants.Start(tx, access.Request{ID: "r", Subject: access.Person{OktaID: "00uNINA"}, Target: target}, "")
		return err
	})
	if !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
}
