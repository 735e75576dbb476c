package okta_test

import (
	"strings"
	"testing"

	"airpass/access"
	"airpass/okta"
	"airpass/sandbox/control"
)

func TestTheManagersOfManyAreAskedForInLists(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	for _, tt := range []struct {
		kind        okta.ManagerKind
		value, want string
	}{
		{okta.ManagerOktaID, o.id(boris), boris}, {okta.ManagerOktaID, "Boris Berg", ""}, {okta.ManagerOktaID, "", ""},
		{okta.ManagerLogin, strings.ToUpper(plus), plus}, {okta.ManagerLogin, "boris", ""}, {okta.ManagerLogin, `x" or profile.login pr or profile.login eq "`, ""},
		{okta.ManagerEmail, jose, jose}, {okta.ManagerEmail, "twin@example.com", ""},
		{okta.ManagerEmployeeNumber, "4711", boris}, {okta.ManagerEmployeeNumber, "471", ""},
	} {
		o.Faults().ResetCalls()
		people := []access.Person{{OktaID: "00uanna", Login: anna, Manager: tt.value}, {OktaID: "00uother", Manager: tt.value}}
		found, err := o.with(func(o *okta.Options) { o.ManagerKind = tt.kind }).ManagersOf(ctxOf(t), people)
		must(t, err)
		if found["00uanna"].Login != tt.want || found["00uother"].Login != tt.want || (tt.want == "") != (len(found) == 0) {
			t.Errorf("%s %s: %+v", tt.kind, tt.value, found)
		}
		if n := o.Faults().Count("ListUsers"); n > 1 || o.Faults().Count("GetUser") > 0 {
			t.Errorf("%s: %d lists and %d single questions", tt.kind, n, o.Faults().Count("GetUser"))
		}
	}
}

func TestPeopleByManyLoginsAreFoundWhateverTheirCase(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	logins := []string{strings.ToUpper(anna), anna, gone, "nobody@example.com", ""}
	for i := range 110 {
		o.person(numbered(i), nil)
		logins = append(logins, numbered(i))
	}
	o.Faults().ResetCalls()
	found, err := o.client.ByLogins(ctxOf(t), logins)
	must(t, err)
	if len(found) != 112 || found[anna].Login != anna || found[gone].Status != "DEPROVISIONED" || o.Faults().Count("ListUsers") != 3 {
		t.Errorf("%d people in %d calls", len(found), o.Faults().Count("ListUsers"))
	}
	// One list that fails fails it all.
	o.Faults().Add(control.Fault{Op: "ListUsers", Skip: 1, Answer: "unavailable"})
	_, err = o.client.ByLogins(ctxOf(t), logins)
	failure(t, "half of it", err, access.Unavailable)
}
