package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
)

func TestDriftTellsWhatItFindsAndWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	o := open(t)
	text, err := os.ReadFile(o.file)
	o.check(err)
	o.write(o.file, append(text, "quotas: {okta_per_minute: 6000, identity_center_per_second: 20, identity_store_per_second: 20}\n"...))
	o.serve()
	target := o.Target("prod/Viewer")
	for _, u := range o.IdentityCenter.Users() {
		if u.UserName == o.Person("ben").Login {
			o.check(o.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: u.ID}))
		}
	}
	o.cli("drift").want(t, exitFinding, "prod/Viewer\n  extra", o.Person("ben").Login, "standing access", "wrong: aws; would be done: adopt", "1 finding, 0 unknown")

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
