package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/reviews"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
)

// adds gives the command line quotas that keep nobody waiting, and the configuration more.
func (o *office) adds(more string) {
	o.t.Helper()
	text, err := os.ReadFile(o.file)
	o.check(err)
	o.write(o.file, append(text, "quotas: {okta_per_minute: 6000, identity_center_per_second: 20, identity_store_per_second: 20}\n"+more...))
}

// byHand is somebody's assignment of a target as an administrator makes it.
func (o *office) byHand(who, target string) identitycenter.Assignment {
	o.t.Helper()
	at, login := o.Target(target), o.Person(who).Login
	users := o.IdentityCenter.Users()
	i := slices.IndexFunc(users, func(u identitycenter.User) bool { return u.UserName == login })
	if i < 0 {
		o.t.Fatalf("%s has no account in Identity Center", who)
	}
	return identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: users[i].ID}
}

func TestDriftTellsWhatItFindsAndWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.adds("")
	o.serve()
	o.check(o.IdentityCenter.Assign(o.byHand("ben", "prod/Viewer")))
	o.cli("drift").want(t, exitFinding, "prod/Viewer\n  extra", o.Person("ben").Login, "standing access", "wrong: aws; will be done: nothing, it is only reported; suggested: adopt", "1 finding, 0 unknown")

	o.IdentityCenter.Faults().Add(control.Fault{Op: "ListAccountAssignments", Answer: "denied"})
	r := o.cli("drift", "--json").want(t, exitFailed, `"findings": []`)
	var told struct {
		Unknown []struct{ What, System, Error string }
		Targets int
	}
	if err := json.NewDecoder(strings.NewReader(r.out)).Decode(&told); err != nil || told.Targets != 7 || len(told.Unknown) < 7 || told.Unknown[0].System != "aws" || told.Unknown[0].Error == "" {
		t.Errorf("%v: %+v", err, told)
	}
}

// What is told to be done is what drift.actions says, not what is suggested.
func TestDriftTellsWhatTheConfigurationHasDone(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.write(o.file, o.Config("sqlite:"+filepath.Join(filepath.Dir(o.file), "airpass.db"), "prod/Viewer"))
	o.adds("drift: {actions: {extra: remove}}\n")
	o.serve()
	o.check(o.IdentityCenter.Assign(o.byHand("ben", "prod/Viewer")))
	const will = "wrong: aws; will be done: remove, once two kept looks in a row have found it"
	o.cli("drift").want(t, exitFinding, will, "to be removed: 1; more than caps allow")
	o.cli("drift", "--json").want(t, exitFinding, `"proposed": "adopt"`, `"action": "remove"`)
	o.cli("drift", "--fix").want(t, exitFinding, will, "1 finding for the first time")
}

// The first look reports, the second has done what is configured, by the process that serves.
func TestDriftIsKeptAndThenMended(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.write(o.file, o.Config("sqlite:"+filepath.Join(filepath.Dir(o.file), "airpass.db"), "prod/Viewer")) // few lists: a look waits for a fifth of the budgets
	o.adds("drift: {actions: {extra: adopt, inactive_holder: remove}}\n")
	o.serve()
	ben, pavel := o.byHand("ben", "prod/Viewer"), o.byHand("pavel", "prod/Viewer")
	o.check(o.IdentityCenter.Assign(ben))
	o.check(o.IdentityCenter.Assign(pavel))
	o.check(o.Okta.SetStatus(o.Person("pavel").OktaID, okta.Suspended))
	has := func(a identitycenter.Assignment) bool {
		o.IdentityCenter.Sync()
		return slices.ContainsFunc(o.IdentityCenter.Assignments(), func(is identitycenter.Assignment) bool {
			return is.PrincipalID == a.PrincipalID && is.PermissionSetARN == a.PermissionSetARN && is.Account == a.Account
		})
	}

	o.cli("drift", "--fix").want(t, exitFinding, o.Person("pavel").Login, "2 findings, 0 unknown",
		"kept: 2 new, 0 resolved; adopted 0, to be repaired 0, to be removed 0", "2 findings for the first time: something is done about it when the next look finds it too")
	if o.cli("audit", "export", "--kind", "drift.done").want(t, 0).out != "" || !has(ben) || !has(pavel) {
		t.Error("something was done about what one look has found")
	}
	r := o.cli("drift", "--fix", "--json").want(t, exitFinding)
	var told struct {
		Findings []struct{ Kind, Says string }
		Kept     *reviews.Kept
	}
	if err := json.Unmarshal([]byte(r.out), &told); err != nil || len(told.Findings) != 2 || told.Kept == nil || *told.Kept != (reviews.Kept{Open: 2, Adopted: 1, Removed: 1}) {
		t.Fatalf("%v: %s", err, r.out)
	}
	calls := func() string { return o.cli("audit", "export", "--target", "prod/Viewer", "--kind", "call.made").out }
	for deadline := time.Now().Add(time.Minute); has(pavel) || !strings.Contains(calls(), "DeleteAccountAssignment"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("whoever is not ACTIVE keeps it, or the trail of the target does not say that it was taken away: " + calls())
		}
	}
	if !has(ben) {
		t.Error("what was adopted is taken away")
	}
	o.cli("audit", "export", "--target", "prod/Viewer", "--kind", "drift.done").want(t, 0, o.Person("pavel").OktaID, `"refs":"account_assignment|`)
}
