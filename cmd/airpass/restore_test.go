package main

import (
	"regexp"
	"strings"
	"testing"

	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
)

func TestARestoreIsMarkedComparedAndAcknowledged(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	run := func(args ...string) result {
		t.Helper()
		return cli(t, append(args, "--config", o.file)...)
	}
	run("restore", "status").want(t, 0, "grants are made as usual")
	run("restore", "acknowledge", "0123456789ab", "--reason", "x").want(t, exitFailed, "does not wait")
	run("restore", "mark", "--reason", " ").want(t, exitFailed, "--reason is empty")
	run("restore", "mark", "--reason", "the snapshot of Monday").want(t, 0, "paused")
	run("restore", "status").want(t, exitFinding, "the snapshot of Monday", "not compared yet")
	run("resume").want(t, 0, "not yet, though")
	run("restore", "acknowledge", "0123456789ab", "--reason", "x").want(t, exitFailed, "not compared")

	target := o.Target("prod/User")
	var ben string
	for _, u := range o.IdentityCenter.Users() {
		if u.UserName == o.Person("ben").Login {
			ben = u.ID
		}
	}
	left := identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: ben}
	if err := o.IdentityCenter.Assign(left); err != nil {
		t.Fatal(err)
	}
	first := run("restore", "compare").want(t, exitFinding, "extra", ben, "1 difference")
	run("restore", "compare", "--json").want(t, exitFinding, `"kind":"extra"`)
	if err := o.IdentityCenter.Unassign(left); err != nil {
		t.Fatal(err)
	}
	second := run("restore", "compare").want(t, 0, "0 differences")
	run("restore", "acknowledge", comparison(t, first), "--reason", "x").want(t, exitFailed, "found something else")
	run("restore", "acknowledge", comparison(t, second), "--reason", "removed by hand").want(t, 0, "grants are made again")
	run("restore", "status").want(t, 0)
	run("audit", "export", "--kind", "restoration.acknowledged").want(t, 0, "removed by hand")
	run("audit", "verify").want(t, 0)
}

// A comparison that could not be made is not half of one.
func TestAComparisonIsWholeOrNone(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	o.IdentityCenter.Faults().Add(control.Fault{Op: "ListAccountAssignments", Answer: "denied"})
	cli(t, "restore", "compare", "--config", o.file).want(t, exitFailed, "nothing was compared")
}

func comparison(t *testing.T, r result) string {
	t.Helper()
	found := regexp.MustCompile(`comparison ([0-9a-f]{12})`).FindStringSubmatch(strings.TrimSpace(r.out))
	if found == nil {
		t.Fatal(r.out)
	}
	return found[1]
}
