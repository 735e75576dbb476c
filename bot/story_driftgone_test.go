package bot_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/reviews"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/store"
)

// holds says whether somebody has an assignment, whoever that is.
func (tw *town) holds(a identitycenter.Assignment) bool {
	tw.IdentityCenter.Sync()
	return slices.ContainsFunc(tw.IdentityCenter.Assignments(), func(is identitycenter.Assignment) bool {
		return is.PrincipalID == a.PrincipalID && is.PermissionSetARN == a.PermissionSetARN && is.Account == a.Account
	})
}

// asked are the operations on an assignment that AWS has taken, by how they stand.
func (tw *town) asked(kind string, a identitycenter.Assignment) (all []identitycenter.Operation) {
	for _, op := range tw.IdentityCenter.Operations() {
		if op.Kind == kind && op.PrincipalID == a.PrincipalID && op.PermissionSetARN == a.PermissionSetARN {
			all = append(all, op)
		}
	}
	return all
}

// accepted says whether the trail has the id that AWS has given an operation.
func (tw *town) accepted(op identitycenter.Operation) bool {
	return slices.ContainsFunc(tw.events("intent.accepted"), func(e store.Recorded) bool { return e.Facts["vendor_request"] == op.RequestID })
}

// anew gives somebody another account in Identity Center, as when they are provisioned anew.
func (tw *town) anew(who string) {
	tw.Helper()
	at := slices.IndexFunc(tw.IdentityCenter.Users(), func(u identitycenter.User) bool { return u.UserName == tw.Person(who).Login })
	was := tw.IdentityCenter.Users()[at]
	tw.must(tw.IdentityCenter.DeleteUser(was.UserName))
	_, err := tw.IdentityCenter.AddUser(identitycenter.User{UserName: was.UserName, Email: was.Email, DisplayName: was.DisplayName, GivenName: was.GivenName, FamilyName: was.FamilyName, ExternalID: was.ExternalID})
	tw.must(err)
}

func TestWhatIsAssignedToAnIDThatNobodyHasGoes(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(map[string]access.DriftAction{string(reviews.StalePrincipal): reviews.Remove}))
	tw.looked()
	tw.given("ben", "prod/Viewer", "8 hours", "to stay", "grace")
	erik := tw.byHand("erik", "prod/Viewer")
	tw.must(tw.IdentityCenter.Assign(erik), tw.IdentityCenter.DeleteUser(tw.Person("erik").Login))
	tw.look()
	tw.seesIn("sam", sandbox.AdminChannel, driftHeadline, erik.PrincipalID, "1 `stale_principal`", "wrong: AWS; will be done when the next look finds it too: `remove`")
	if n := len(tw.asked(identitycenter.Deletion, erik)); n > 0 || !tw.holds(erik) {
		t.Fatal("something was done about what one look has found")
	}

	// AWS takes the removal and fails to carry it out: that is told, and not tried without end.
	tw.look()
	tw.eventually("AWS has failed", func() bool {
		ops := tw.asked(identitycenter.Deletion, erik)
		return len(ops) == 1 && ops[0].Status == identitycenter.Failed && tw.accepted(ops[0])
	})
	tw.advance(time.Hour)
	tw.idle()
	if n := len(tw.asked(identitycenter.Deletion, erik)); n != 1 || tw.overdue() > 0 || !tw.holds(erik) {
		t.Errorf("it was asked %d times; %d overdue", n, tw.overdue())
	}
	if f := told(tw.drift())["stale_principal prod/Viewer Identity Center user "+erik.PrincipalID]; !strings.Contains(f.Words(), "it was tried, and failed") || !strings.Contains(f.Words(), "was not found in directory") {
		t.Errorf("what AWS has said is not told: %s", f.Words())
	}

	// The next look asks once more, and now it is carried out.
	tw.IdentityCenter.SetTakesFromGone(true)
	tw.look()
	tw.eventually("it is gone", func() bool { return !tw.holds(erik) })
	tw.advance(20 * time.Minute)
	tw.idle()
	tw.look()
	if left := tw.findings(); len(left) > 0 || !tw.has("ben", "prod/Viewer") {
		t.Errorf("left: %v", left)
	}
	ops := tw.asked(identitycenter.Deletion, erik)
	if len(ops) != 2 || !tw.accepted(ops[1]) {
		t.Errorf("the trail does not say what became of %+v", ops)
	}
}

// Whom Okta provisions anew has another id: what a live grant gives is given to that, and what
// is left under the one before goes.
func TestAGrantFollowsWhoIsProvisionedAnew(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(map[string]access.DriftAction{string(reviews.StalePrincipal): reviews.Remove, string(reviews.Missing): reviews.Repair}))
	tw.looked()
	tw.IdentityCenter.SetTakesFromGone(true)
	tw.given("ada", "prod/Viewer", "8 hours", "to be provisioned anew", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "to leave", "grace")
	tw.given("chen", "prod/Viewer", "8 hours", "to stay", "grace")
	tw.idle()
	ada, ben := tw.byHand("ada", "prod/Viewer"), tw.byHand("ben", "prod/Viewer")
	tw.anew("ada")
	tw.must(tw.IdentityCenter.DeleteUser(tw.Person("ben").Login))
	all := told(tw.drift())
	if f := all["stale_principal prod/Viewer "+tw.Person("ada").Login]; f.Proposed != reviews.Repair || !strings.Contains(f.Words(), "their account is "+tw.center("ada")+" now") {
		t.Errorf("%+v: %s", all, f.Words())
	}
	if f := all["stale_principal prod/Viewer "+tw.Person("ben").Login]; f.Proposed != reviews.Report || !strings.Contains(f.Words(), "no account now") {
		t.Errorf("%+v: %s", all, f.Words())
	}
	tw.look()
	if !tw.holds(ada) || tw.has("ada", "prod/Viewer") {
		t.Fatal("something was done about what one look has found")
	}
	tw.look()
	tw.eventually("the grant gives what it says to the account of now", func() bool { return tw.has("ada", "prod/Viewer") })
	if !tw.holds(ben) {
		t.Error("what a live grant holds was taken away")
	}
	moved := tw.events("grant.moved")
	if len(moved) != 1 || moved[0].Facts["person_before"] != ada.PrincipalID || moved[0].Facts["person"] != tw.center("ada") {
		t.Errorf("%+v", moved)
	}
	tw.look() // it is another finding than that of what a grant holds, and the first look only tells it
	if !tw.holds(ada) || tw.findings()["stale_principal"] != 2 {
		t.Errorf("what one look has found was taken away: %v", tw.findings())
	}
	tw.look()
	tw.eventually("nothing is left under the id of before", func() bool { return !tw.holds(ada) })
	now := tw.byHand("ada", "prod/Viewer")
	if !tw.holds(now) {
		t.Error("with what was left, what the grant gives went")
	}
	tw.advance(8*time.Hour + time.Minute)
	tw.eventually("the grant's end takes it away", func() bool { return !tw.holds(now) })
}

// A grant that was moved and opens nothing yet says so, and drift tells what does not come.
func TestAMovedGrantIsVerifiedAnew(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(map[string]access.DriftAction{string(reviews.StalePrincipal): reviews.Remove, string(reviews.Missing): reviews.Repair}))
	tw.looked()
	tw.given("ada", "dev/User", "8 hours", "to be provisioned anew", "grace")
	tw.given("ben", "dev/User", "8 hours", "so that the group is not empty", "grace")
	tw.idle()
	tw.Okta.SetPushNever(true)
	tw.anew("ada")
	link := func() (state access.LinkState) {
		tw.operate(func(o *bot.Operator) error {
			all, err := o.Store.LiveGrants(tw.ctx())
			for _, g := range all {
				if g.Subject.OktaID == tw.Person("ada").OktaID {
					now, err := o.Store.Grant(tw.ctx(), g.ID)
					if err != nil {
						return err
					}
					state = now.LinkState
				}
			}
			return err
		})
		return state
	}
	if state := link(); state != access.LinkReady {
		t.Fatalf("the link is %q", state)
	}
	tw.look()
	tw.look()
	if n := len(tw.events("grant.moved")); n != 1 {
		t.Fatalf("%d grants were moved", n)
	}
	tw.advance(10 * time.Minute)
	tw.idle()
	if state := link(); state != access.LinkHeld {
		t.Errorf("nothing opens, and the link is %q", state)
	}
	tw.look()
	if f := told(tw.drift())["half_okta dev/User "+tw.Person("ada").Login]; tw.findings()["half_okta"] != 1 || !strings.Contains(f.Words(), "a grant says both") {
		t.Errorf("%v: %s", tw.findings(), f.Words())
	}
	tw.Okta.SetPushNever(false)
	for _, in := range []bool{false, true} { // Okta pushes her anew
		tw.must(tw.Okta.SetMember(tw.Target("dev/User").OktaGroup, tw.Person("ada").OktaID, in))
	}
	tw.eventually("the push arrives", func() bool { return tw.pushed("ada", "dev/User") })
	tw.advance(time.Minute)
	tw.eventually("it opens, and the link says so", func() bool { return link() == access.LinkReady })
	tw.idle()
	tw.look()
	if left := tw.findings(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A group that is pushed to Identity Center holds its permission set again.
func TestAGroupIsAssignedAgain(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(map[string]access.DriftAction{string(reviews.Unassigned): reviews.Repair, string(reviews.NoAccount): reviews.Remove}))
	tw.looked()
	tw.given("ben", "dev/User", "8 hours", "by group", "grace")
	tw.given("ben", "prod/User", "8 hours", "so that the list is not empty", "grace")
	tw.idle()
	other, err := tw.IdentityCenter.AddGroup(identitycenter.Group{Name: "somebody's group"})
	tw.must(err)
	group := tw.ofGroup(tw.Target("dev/User").IdentityCenterGroup, "dev/User")
	tw.must(tw.IdentityCenter.Assign(tw.ofGroup(other.ID, "dev/User")), tw.IdentityCenter.Unassign(group))
	tw.must(tw.Okta.SetMember(tw.Target("prod/User").OktaGroup, tw.Person("nina").OktaID, true))
	tw.IdentityCenter.FailAssignments(identitycenter.Match{Kind: identitycenter.Creation}, "")
	tw.look()
	if found := tw.findings(); found["group_unassigned"] != 1 || found["no_account"] != 1 || len(tw.asked(identitycenter.Creation, group)) > 0 || !tw.member("nina", "prod/User") {
		t.Fatalf("found %v", found)
	}
	tw.look()
	tw.eventually("AWS has failed", func() bool {
		ops := tw.asked(identitycenter.Creation, group)
		return len(ops) == 1 && ops[0].Status == identitycenter.Failed
	})
	tw.eventually("who has no account in Identity Center is not in the group", func() bool { return !tw.member("nina", "prod/User") })
	tw.advance(time.Hour)
	tw.idle()
	if n := len(tw.asked(identitycenter.Creation, group)); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	tw.IdentityCenter.ClearFailures()
	tw.look()
	tw.eventually("the group holds it", func() bool { return tw.holds(group) })
	tw.idle()
	tw.look()
	if left := tw.findings(); len(left) != 1 || left["other_group"] != 1 {
		t.Errorf("left: %v", left)
	}
	if ops := tw.asked(identitycenter.Creation, group); len(ops) != 2 || !tw.accepted(ops[1]) {
		t.Errorf("the trail does not say what became of %+v", ops)
	}
	tw.operate(func(o *bot.Operator) error { // it is not added again by itself
		e, _, err := o.Store.EntitlementByKey(tw.ctx(), access.Ref{Kind: access.GroupAssignment, Instance: tw.IdentityCenter.InstanceARN(), Account: group.Account,
			PermissionSet: group.PermissionSetARN, IdentityCenterGroup: group.PrincipalID}.Key())
		if e.Presence != access.Present || !e.NextAt.IsZero() {
			t.Errorf("%+v", e)
		}
		return err
	})
}

// A removal of what is nobody's counts like every other that is inferred.
func TestRemovalsFromIDsThatNobodyHasAreCapped(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(map[string]access.DriftAction{string(reviews.StalePrincipal): reviews.Remove}), func(c *config.Config) { c.Caps.InferredMax = 2 })
	tw.looked()
	tw.IdentityCenter.SetTakesFromGone(true)
	var gone []identitycenter.Assignment
	for _, who := range []string{"erik", "vera", "zoe", "pavel"} {
		gone = append(gone, tw.byHand(who, "prod/Viewer"), tw.byHand(who, "prod/Op"))
	}
	for _, a := range gone {
		tw.must(tw.IdentityCenter.Assign(a))
	}
	for _, who := range []string{"erik", "vera", "zoe", "pavel"} {
		tw.must(tw.IdentityCenter.DeleteUser(tw.Person(who).Login))
	}
	tw.look()
	tw.look()
	for _, a := range gone {
		if len(tw.asked(identitycenter.Deletion, a)) > 0 {
			t.Fatal("more was taken away than the cap allows")
		}
	}
	batch := regexp.MustCompile(`removals confirm ([0-9a-f]+)`).FindStringSubmatch(tw.seesIn("sam", sandbox.AdminChannel, "airpass removals confirm").Visible())
	tw.operate(func(o *bot.Operator) error { return o.Grants.ConfirmRemovals(tw.ctx(), o.Actor(), batch[1]) })
	tw.eventually("what was confirmed is gone, and nobody has looked", func() bool {
		return !slices.ContainsFunc(gone, func(a identitycenter.Assignment) bool { return tw.holds(a) })
	})
}
