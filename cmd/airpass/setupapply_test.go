package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
	"airpass/setup"
)

// bare opens an office in a world without permission sets and groups of targets, with
// these targets.
func bare(t *testing.T, targets ...string) *office {
	t.Helper()
	o := openAs(t, sandbox.Options{PushDelay: -1, AssignmentDelay: -1, Unlimited: true, Bare: true})
	o.IdentityCenter.SetProvisionDelay(0)
	file := o.Config("sqlite:"+filepath.Join(filepath.Dir(o.file), "airpass.db"), targets...)
	o.write(o.file, append(file, "quotas: {identity_center_per_second: 20, identity_store_per_second: 20, okta_per_minute: 60000}\n"...))
	return o
}

// edit replaces a text of the configuration.
func (o *office) edit(old, is string) {
	o.t.Helper()
	text, err := os.ReadFile(o.file)
	o.check(err)
	if !strings.Contains(string(text), old) {
		o.t.Fatalf("the configuration has no %q:\n%s", old, text)
	}
	o.write(o.file, []byte(strings.Replace(string(text), old, is, 1)))
}

// written counts what was changed at the vendors, whether they took it or not.
func (o *office) written() int { return len(o.IdentityCenter.Changes()) + len(o.Okta.Log()) }

// plan is airpass setup plan --json, which ends with code.
func (o *office) plan(code int) map[string]setup.Plan {
	o.t.Helper()
	var told struct{ Plans []setup.Plan }
	o.check(json.Unmarshal([]byte(o.cli("setup", "plan", "--json").want(o.t, code).out), &told))
	all := map[string]setup.Plan{}
	for _, p := range told.Plans {
		all[p.Target] = p
	}
	return all
}

// paste writes what the plan says into the configuration, as the operator would.
func (o *office) paste(plans map[string]setup.Plan) {
	o.t.Helper()
	text, err := os.ReadFile(o.file)
	o.check(err)
	for target, p := range plans {
		for _, f := range p.File {
			text = sandbox.Fill(text, target, f.Name, f.Wanted)
		}
	}
	o.write(o.file, text)
}

// set is the permission set of a name.
func (o *office) set(name string) identitycenter.PermissionSet {
	o.t.Helper()
	for _, s := range o.IdentityCenter.PermissionSets() {
		if s.Name == name {
			return s
		}
	}
	o.t.Fatalf("there is no permission set %s", name)
	return identitycenter.PermissionSet{}
}

// From an organization in which nothing is, to somebody at work.
func TestFromNothingToARequestThatWorks(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/User", "dev/User")
	before := o.written()
	o.cli("setup", "plan").want(t, exitDiffers, "+ permission set airpass-prod-User", "session_duration: 1h0m0s", "relay_state: https://eu-west-1.console.aws.amazon.com/mwaa/home",
		"+ Okta group airpass-dev-User", `role/data-platform-prod/User"`, "tag: airpass=dev/User", "by hand: push the Okta group airpass-dev-User")
	o.cli("config", "check").want(t, exitConfig, "is still to be made", "airpass setup apply")
	o.cli("config", "check", "--setup").want(t, 0, "is valid")
	if n := o.written(); n != before {
		t.Fatalf("%d changes by planning", n-before)
	}

	o.cli("setup", "apply", "--yes").want(t, 0, "permission set airpass-prod-User made", "for the file: permission_set: arn:aws:sso:::permissionSet/", "for the file: okta_group: 00g", "by hand: push")
	o.cli("setup", "plan").want(t, 0, "Nothing is to be done for 2 targets; 1 left to people")
	made := o.set("airpass-dev-User")
	if made.Tags[setup.Tag] != "dev/User" || made.RelayState != "https://eu-west-1.console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/data-platform-dev/sso" {
		t.Errorf("%+v", made)
	}

	// An administrator pushes the group; then the set is assigned to it.
	group := value(o.plan(0)["dev/User"].File, "okta_group")
	_, err := o.Okta.PushGroup(group)
	o.check(err)
	o.cli("setup", "plan").want(t, exitDiffers, "+ assign airpass-dev-User to a group")
	o.cli("setup", "apply", "--yes").want(t, 0, "AWS assigns", "for the file: identity_center_group: ", "; 0 left to people")
	quiet := o.written()
	o.cli("setup", "apply", "--yes").want(t, 0, "Nothing is to be done")
	o.paste(o.plan(0))
	o.cli("config", "check").want(t, 0, "is valid")
	o.cli("setup", "apply", "--yes").want(t, 0, "Nothing is to be done")
	if n := o.written(); n != quiet {
		t.Errorf("%d changes where nothing was to be done", n-quiet)
	}
	o.cli("doctor").want(t, 0, "0 wrong, 0 unknown")

	o.serve()
	target := sandbox.Target{Environment: "dev", Role: "User"}
	o.click(o.ask("ada", target, "to try what was set up"), "Approve")
	o.sees("ada", "to try what was set up", "Access is active")
}

func value(fields []setup.Field, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return f.Wanted
		}
	}
	return ""
}

// Every call that setup makes is one that the printed policy allows, and what serves
// makes none of them.
func TestSetupCallsNothingThatItsPolicyDoesNotAllow(t *testing.T) {
	t.Parallel()
	o := bare(t, "dev/User")
	o.edit("aws:\n", "aws:\n  anchor_group: 44444444-5555-4666-8777-888888888888\n")
	o.cli("setup", "apply", "--yes").want(t, 0)
	_, err := o.Okta.PushGroup(value(o.plan(0)["dev/User"].File, "okta_group"))
	o.check(err)
	o.cli("setup", "apply", "--yes").want(t, 0)
	o.check(o.IdentityCenter.SetInlinePolicy("airpass-dev-User", "{}"))
	o.edit("session_duration: 4h", "session_duration: 2h")
	o.cli("setup", "apply", "--yes").want(t, 0, "provisioning is done")
	var roles []setup.IAMRole
	o.check(json.Unmarshal([]byte(o.cli("setup", "iam", "--setup", "--json").want(t, 0).out), &roles))
	called := map[string]bool{}
	for _, c := range o.IdentityCenter.Faults().Calls() {
		called[c.Op] = true
	}
	allowed := map[string]bool{}
	for _, s := range roles[0].Policy.Statement {
		for _, a := range s.Action {
			_, name, _ := strings.Cut(a, ":")
			allowed[name] = true
		}
	}
	for op := range called {
		if !allowed[op] {
			t.Errorf("%s is called, and not allowed", op)
		}
	}
	for op := range allowed {
		if !called[op] {
			t.Errorf("%s is allowed, and never called", op)
		}
	}
	for _, site := range outbound.SetupOnly() {
		if site.Vendor == outbound.Okta && o.Okta.Faults().Count(site.Name) == 0 {
			t.Errorf("%s is never called", site.Name)
		}
	}
}

func TestAHandEditIsMendedAndProvisioned(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/User")
	o.cli("setup", "apply", "--yes").want(t, 0)
	set, ben := o.set("airpass-prod-User"), ""
	for _, u := range o.IdentityCenter.Users() {
		if u.UserName == o.Person("ben").Login {
			ben = u.ID
		}
	}
	o.check(o.IdentityCenter.Assign(identitycenter.Assignment{Account: o.Target("prod/User").Account, PermissionSetARN: set.ARN, PrincipalType: identitycenter.PrincipalUser, PrincipalID: ben}))
	wide := strings.Replace(set.InlinePolicy, "role/data-platform-prod/User", "role/data-platform-prod/*", 1)
	o.check(o.IdentityCenter.SetInlinePolicy(set.ARN, wide))
	o.cli("setup", "plan").want(t, exitDiffers, `-         "arn:aws:airflow:eu-west-1:444455556666:role/data-platform-prod/*"`, `+         "arn:aws:airflow:eu-west-1:444455556666:role/data-platform-prod/User"`, "> provision airpass-prod-User", "accounts: 444455556666")
	o.IdentityCenter.FailAssignments(identitycenter.Match{Kind: identitycenter.Provisioning, Times: 1}, "the account is closed")
	o.cli("setup", "apply", "--yes").want(t, exitFailed, "the account is closed")
	// The policy is written; what is left is to provision it.
	if plan := o.plan(exitDiffers)["prod/User"]; len(plan.Changes) != 1 || plan.Changes[0].Do != setup.Provision {
		t.Errorf("%+v", plan.Changes)
	}
	o.cli("setup", "apply", "--yes").want(t, 0, "provisioning is done")
	_, access, err := o.IdentityCenter.AccessOf(o.Person("ben").Login)
	o.check(err)
	if len(access) != 1 || !setup.SamePolicy(access[0].InlinePolicy, set.InlinePolicy) {
		t.Errorf("the account has %+v", access)
	}
	o.plan(0)
}

// What does not carry the tag is never changed, and the plan says so and why.
func TestWhatIsNotAirpassIsLeftAlone(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/User", "prod/Viewer", "dev/User")
	_, err := o.IdentityCenter.AddPermissionSet(identitycenter.PermissionSet{Name: "airpass-prod-User", InlinePolicy: "{}"})
	o.check(err)
	_, err = o.IdentityCenter.AddPermissionSet(identitycenter.PermissionSet{Name: "airpass-prod-Viewer", Tags: map[string]string{setup.Tag: "elsewhere/Viewer"}})
	o.check(err)
	_, err = o.Okta.AddGroup(okta.Group{Name: "airpass-dev-User", Description: "of the platform team"})
	o.check(err)
	before := o.written()
	o.cli("setup", "plan").want(t, exitFailed, "REFUSED: a permission set is called airpass-prod-User", "does not carry airpass's tag", "carries the tag airpass=elsewhere/Viewer",
		"REFUSED: an Okta group is called airpass-dev-User", "[airpass=dev/User]", "3 refused")
	o.cli("setup", "apply", "--yes").want(t, exitFailed, "3 refused")
	if n := o.written(); n != before {
		t.Errorf("%d changes", n-before)
	}
	// Named by its ARN it is used as it is, and still not changed.
	o.edit("permission_set: create", "permission_set: "+o.set("airpass-prod-Viewer").ARN+"\n    permission_set_name: airpass-prod-Viewer")
	if plan := o.plan(exitFailed)["prod/Viewer"]; len(plan.Kept) != 1 || len(plan.Changes)+len(plan.Refused) != 0 || !strings.Contains(plan.Kept[0], "never changed") {
		t.Errorf("%+v", plan)
	}
}

func TestTheAssigningGroupIsNotTheOneThatIsPushed(t *testing.T) {
	t.Parallel()
	o := bare(t, "dev/User")
	o.edit("okta_group: create", "okta_group: "+o.AssignmentGroup())
	before := o.written()
	o.cli("setup", "plan").want(t, exitFailed, "REFUSED", "assigns the Identity Center application", "have to be two")
	o.cli("setup", "apply", "--yes").want(t, exitFailed)
	if n := o.written(); n != before {
		t.Errorf("%d changes", n-before)
	}
}

func TestAnAnchorIsOfNobody(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/Viewer")
	group, err := o.Okta.AddGroup(okta.Group{Name: "anchor"}, o.Person("ben").Login)
	o.check(err)
	anchor, err := o.Okta.PushGroup(group.ID)
	o.check(err)
	o.edit("aws:\n", "aws:\n  anchor_group: "+anchor+"\n")
	o.cli("setup", "plan").want(t, exitFailed, "REFUSED: 1 people are in the anchor group")
	o.check(o.Okta.SetMember(group.ID, o.Person("ben").Login, false))
	o.cli("setup", "apply", "--yes").want(t, 0, "AWS assigns")
	o.paste(o.plan(0))
	o.cli("doctor").want(t, 0, "0 wrong, 0 unknown, ")
	if out := o.cli("doctor", "--all").out; strings.Contains(out, "groups hold the permission set") {
		t.Error("doctor complains of the anchor\n" + out)
	}
	// The role outlives the last person's access, and with it who they are in Airflow.
	o.serve()
	role := o.roleOf("prod/Viewer")
	o.click(o.ask("ada", sandbox.Target{Environment: "prod", Role: "Viewer"}, "for the anchor"), "Approve")
	o.sees("ada", "for the anchor", "Access is active")
	o.cli("grants", "revoke", o.grantsOf("ada")[0].ID, "--reason", "done").want(t, 0)
	o.sees("ada", "for the anchor", "Access has ended")
	if is := o.roleOf("prod/Viewer"); is != role {
		t.Errorf("the role was %s and is %s", role, is)
	}
}

// roleOf is the role that a target's permission set has in its account.
func (o *office) roleOf(target string) string {
	o.t.Helper()
	environment, role, _ := strings.Cut(target, "/")
	set := o.set("airpass-" + environment + "-" + role)
	for _, r := range o.IdentityCenter.Roles() {
		if r.PermissionSetARN == set.ARN {
			return r.Name
		}
	}
	o.t.Fatalf("%s has no role", target)
	return ""
}

func TestApplyAsksFirst(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/Viewer")
	before := o.written()
	for _, answer := range []string{"", "no\n", "y\n"} {
		var out strings.Builder
		c := setupApply{planning: planning{configured: configured{Config: o.file}, Timeout: time.Minute}}
		if err := c.Run(o.ctx(), streams{&out, &out, strings.NewReader(answer)}); err == nil || !strings.Contains(out.String(), "Only yes is taken for a yes") {
			t.Errorf("%q: %v\n%s", answer, err, out.String())
		}
	}
	if n := o.written(); n != before {
		t.Errorf("%d changes", n-before)
	}
	var out strings.Builder
	c := setupApply{planning: planning{configured: configured{Config: o.file}, Timeout: time.Minute}}
	o.check(c.Run(o.ctx(), streams{&out, &out, strings.NewReader("yes\n")}))
	o.set("airpass-prod-Viewer")
}

func TestTheCommandLineIsWarnedOf(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/Viewer")
	o.edit("    session_duration:", "    cli: true\n    session_duration:")
	o.cli("setup", "plan").want(t, exitDiffers, "warning: cli: true allows airflow:CreateCliToken", "the whole environment data-platform-prod", `"airflow:CreateCliToken"`)
}

// Throttled, cut off and told of conflicts, it goes on, and makes everything once.
func TestSetupGoesOnAfterFailuresThatPass(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/User")
	for _, op := range []string{"ListPermissionSets", "CreatePermissionSet", "PutInlinePolicyToPermissionSet"} {
		o.IdentityCenter.Faults().Add(control.Fault{Op: op, Times: 1, Answer: "throttled"})
	}
	o.IdentityCenter.Faults().Add(control.Fault{Op: "CreatePermissionSet", Times: 1, LoseReply: true})
	o.Okta.Faults().Add(control.Fault{Op: "CreateGroup", Times: 1, LoseReply: true})
	o.cli("setup", "apply", "--yes").want(t, 0, "again in a while", "as it is to be")
	groups := 0
	for _, g := range o.Okta.Groups() {
		if g.Name == "airpass-prod-User" {
			groups++
		}
	}
	if n := len(o.IdentityCenter.PermissionSets()); n != 1 || groups != 1 {
		t.Errorf("%d permission sets, %d groups", n, groups)
	}
	o.plan(0)
	o.IdentityCenter.Faults().Add(control.Fault{Op: "*", Answer: "denied"})
	o.cli("setup", "plan").want(t, exitFailed, "denied")
}
