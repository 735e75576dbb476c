package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
)

func TestAPreviewOfACampaignTellsWhoWouldBeAskedAndWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	o := open(t)
	text, err := os.ReadFile(o.file)
	o.check(err)
	const more = "quotas: {okta_per_minute: 6000, identity_center_per_second: 20, identity_store_per_second: 20}\n" +
		"campaigns: [{name: quarterly, schedule: \"0 9 1 1,4,7,10 *\", reviewers: [manager], fallback: [environment_owners]}]\n"
	o.write(o.file, append(text, more...))
	o.serve()
	target := o.Target("prod/Viewer")
	for _, u := range o.IdentityCenter.Users() {
		if u.UserName == o.Person("vera").Login { // her own manager
			o.check(o.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: u.ID}))
		}
	}
	o.cli("reviews", "preview", "quarterly").want(t, 0, "prod/Viewer\n  vera@example.com\n", "standing     since when is not known", "last use     unknown",
		"asked        olivia@example.com (fallback environment_owners); not manager: vera@example.com has it themself", "recommended  revoke: standing access", "silence      keep",
		"1        asked of olivia@example.com", "1 item, 0 too young, 0 filtered out, 0 unknown", "quarterly begins next at ")
	o.cli("reviews", "preview", "yearly").want(t, exitUsage)

	o.IdentityCenter.Faults().Add(control.Fault{Op: "ListAccountAssignments", Answer: "denied"})
	r := o.cli("reviews", "preview", "quarterly", "--json").want(t, exitFailed, `"items": []`)
	var told struct {
		Campaign string
		Unknown  []struct{ What, System, Error string }
		Targets  int
	}
	if err := json.NewDecoder(strings.NewReader(r.out)).Decode(&told); err != nil || told.Campaign != "quarterly" || told.Targets != 7 || len(told.Unknown) < 7 || told.Unknown[0].System != "aws" {
		t.Errorf("%v: %+v", err, told)
	}
}
