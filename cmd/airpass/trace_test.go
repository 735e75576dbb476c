package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"airpass/messages"
	"airpass/sandbox/workspace"
)

// The trace of a grant is one life: what was asked, decided and given, what drift has found and
// mended of it, and what a campaign has asked about it.
func TestTheTraceOfAGrantTellsDriftAndCampaignsToo(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.write(o.file, o.Config("sqlite:"+o.file+".db", "prod/Viewer")) // few lists: a look waits for a fifth of the budgets
	o.adds("drift: {actions: {missing: repair}}\ncampaigns: [{name: quarterly, schedule: \"0 9 1 1,4,7,10 *\", scope: {access: grants}, reviewers: [manager]}]\n")
	o.serve()
	o.click(o.ask("ada", o.Target("prod/Viewer"), "the one reason"), "Approve")
	o.sees("ada", "the one reason", "Access is active")
	o.click(o.ask("ben", o.Target("prod/Viewer"), "another reason"), "Approve") // an empty list counts as unread
	o.sees("ben", "another reason", "Access is active")
	id, theirs := o.grantsOf("ada")[0].ID, o.byHand("ada", "prod/Viewer")

	o.check(o.IdentityCenter.Unassign(theirs))
	o.cli("drift", "--fix").want(t, exitFinding, "missing", o.Person("ada").Login)
	o.cli("drift", "--fix").want(t, exitFinding, "to be repaired 1")
	o.comesTo("it was given again", func() bool {
		return strings.Count(o.cli("audit", "trace", id).out, "identitycenter CreateAccountAssignment: ok") > 1
	})
	o.cli("drift", "--fix").want(t, 0, "0 findings")
	o.keeps("grace", "quarterly")
	o.check(o.IdentityCenter.AttachPolicies(o.Target("prod/Viewer").PermissionSet, "", "arn:aws:iam::aws:policy/AdministratorAccess"))
	o.cli("drift", "--fix").want(t, exitFinding, "policy_attached") // which is of everybody who has it

	r := o.cli("audit", "trace", id).want(t, 0)
	said := r.out
	for _, next := range []string{"request.created", "the one reason", "decision.recorded", "CreateAccountAssignment: ok", "grant.active",
		"drift.found", "kind=missing", "drift.done", "done=repair", "CreateAccountAssignment: ok", "drift.resolved", "campaign.begun", "campaign.opened", "reviewer.asked", "reviewer.told", "item.decided", "verdict=keep", "drift.found", "kind=policy_attached"} {
		_, after, is := strings.Cut(said, next)
		if !is {
			t.Fatalf("%s is not told, or not in its turn:\n%s", next, r.out)
		}
		said = after
	}
	if other := o.cli("audit", "trace", o.grantsOf("ben")[0].ID).want(t, 0, "grant.active", "reviewer.told", "kind=policy_attached"); strings.Contains(other.out, "kind=missing") {
		t.Errorf("what was found of one grant is told of another:\n%s", other.out)
	}
}

// keeps starts a campaign, and has somebody say of all that it asks them about that it stays.
func (o *office) keeps(who, campaign string) {
	o.t.Helper()
	o.cli("reviews", "start", campaign).want(o.t, 0, "has begun")
	m := o.sees(who, "Is this access still needed?")
	_, err := m.Button(messages.ActionCertify).Click(o.ctx())
	o.check(err)
	form, err := o.As(who).WaitView(o.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackCertify })
	o.check(err)
	var told struct{ Items []struct{ ID string } }
	o.check(json.NewDecoder(strings.NewReader(o.cli("reviews", "show", campaign, "--json").want(o.t, 0).out)).Decode(&told))
	for _, i := range told.Items {
		o.check(form.Select(o.ctx(), i.ID, messages.FieldChoice, "keep"))
	}
	sent, err := form.Submit(o.ctx())
	o.check(err)
	if !sent.Closed {
		o.t.Fatalf("%v", sent.Errors)
	}
	o.sees(who, "Is this access still needed?", "2 of 2 are decided")
}

// comesTo waits for something.
func (o *office) comesTo(what string, is func() bool) {
	o.t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			o.t.Fatal("not so: " + what)
		}
	}
}
