package okta_test

import (
	"strings"
	"testing"

	"airpass/access"
	"airpass/okta"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/okta"
)

func TestAPersonIsWhoTheLoginSays(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	for _, login := range []string{anna, boris, plus, jose, slash, gone} {
		p, err := o.client.ByLogin(ctxOf(t), login)
		if err != nil || p.OktaID != o.id(login) || p.Login != login {
			t.Errorf("%s: %+v %v", login, p, err)
		}
		same, err := o.client.ByID(ctxOf(t), p.OktaID)
		if err != nil || same != p {
			t.Errorf("%s by id: %+v %v", login, same, err)
		}
	}
	p, err := o.client.ByLogin(ctxOf(t), strings.ToUpper(anna))
	must(t, err)
	want := access.Person{OktaID: o.id(anna), Login: anna, Email: anna, Name: "First Last", Title: "Data engineer", Department: "Data",
		ManagerName: "Boris Berg", Manager: o.id(boris), Status: "ACTIVE"}
	if p != want {
		t.Errorf("got %+v\nwant %+v", p, want)
	}
	if p, _ := o.client.ByLogin(ctxOf(t), gone); p.Active() || p.Status != "DEPROVISIONED" {
		t.Errorf("%+v", p)
	}
	if p, _ := o.client.ByLogin(ctxOf(t), jose); p.Name != "José Muñoz" {
		t.Errorf("%+v", p)
	}
}

// Okta takes an id, a login and the beginning of a login in the same place.
func TestNobodyIsTakenForSomebodyElse(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	_, err := o.client.ByLogin(ctxOf(t), "boris")
	wants(t, "the beginning of a login", err, access.ErrNotFound)
	_, err = o.client.ByLogin(ctxOf(t), o.id(boris))
	wants(t, "an id in place of a login", err, access.ErrNotFound)
	_, err = o.client.ByID(ctxOf(t), "boris")
	wants(t, "a login in place of an id", err, access.ErrNotFound)
	_, err = o.client.ByLogin(ctxOf(t), "nobody@example.com")
	wants(t, "nobody", err, access.ErrNotFound)
	failure(t, "nobody", err, access.Missing)
	o.Faults().ResetCalls()
	for _, bad := range []string{"", "me", "..", "00u/../groups", "00u?x=1", "00u%2F"} {
		_, err = o.client.ByID(ctxOf(t), bad)
		wants(t, "the id "+bad, err, access.ErrInvalid)
	}
	for _, bad := range []string{"", ".", ".."} {
		_, err = o.client.ByLogin(ctxOf(t), bad)
		wants(t, "the login "+bad, err, access.ErrInvalid)
	}
	if n := len(o.Faults().Calls()); n != 0 {
		t.Errorf("%d calls with what is no id", n)
	}
}

func TestAnAddressFindsEverybodyWhoHasIt(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	find := func(email string) []access.Person {
		people, err := o.client.ByEmail(ctxOf(t), email)
		must(t, err)
		return people
	}
	if p := find("ANNA@example.com"); len(p) != 1 || p[0].Login != anna {
		t.Errorf("%+v", p)
	}
	if p := find(gone); len(p) != 1 || p[0].Status != "DEPROVISIONED" {
		t.Errorf("a deactivated person: %+v", p)
	}
	for _, odd := range []string{plus, jose, `o"brien@example.com`, `back\slash@example.com`, `x" or status eq "ACTIVE@example.com`} {
		if odd != plus && odd != jose {
			o.person("login-"+odd, map[string]any{"email": odd})
		}
		if p := find(odd); len(p) != 1 || p[0].Email != odd {
			t.Errorf("%s: %+v", odd, p)
		}
	}
	if p := find("nobody@example.com"); p == nil || len(p) != 0 {
		t.Errorf("%+v", p)
	}
	// A shared mailbox, over more than one page.
	for i := range 203 {
		o.person(numbered(i), map[string]any{"email": "shared@example.com"})
	}
	o.Faults().ResetCalls()
	if p := find("shared@example.com"); len(p) != 203 || o.Faults().Count("ListUsers") != 2 {
		t.Errorf("%d people in %d calls", len(p), o.Faults().Count("ListUsers"))
	}
	_, err := o.client.ByEmail(ctxOf(t), " ")
	wants(t, "no address", err, access.ErrInvalid)
}

func TestTheAddressMayBeAnotherAttribute(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	must(t, o.SetProfile(anna, map[string]any{"slackEmail": "anna@chat.example", "humanId": "H1"}))
	must(t, o.SetProfile(boris, map[string]any{"humanId": 12.0}))
	c := o.with(func(o *okta.Options) { o.EmailAttribute, o.PersonAttribute = "slackEmail", "humanId" })
	people, err := c.ByEmail(ctxOf(t), "anna@chat.example")
	if err != nil || len(people) != 1 || people[0].OktaID != o.id(anna) || people[0].SameAs != "H1" || people[0].Email != "anna@chat.example" {
		t.Errorf("%+v %v", people, err)
	}
	if p, err := c.ByLogin(ctxOf(t), boris); err != nil || p.SameAs != "12" || p.Email != "" {
		t.Errorf("%+v %v", p, err)
	}
}

func TestTheManagerIsExactlyOnePerson(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	o.person("twin1@example.com", map[string]any{"email": "twin@example.com", "employeeNumber": "12"})
	o.person("twin2@example.com", map[string]any{"email": "twin@example.com", "employeeNumber": "12"})
	for _, c := range []struct {
		kind  okta.ManagerKind
		value string
		want  string // login; empty is nobody
	}{
		{okta.ManagerOktaID, o.id(boris), boris},
		{okta.ManagerOktaID, "00unobody00000000000", ""},
		{okta.ManagerOktaID, "Boris Berg", ""},
		{okta.ManagerOktaID, "", ""},
		{okta.ManagerLogin, plus, plus},
		{okta.ManagerLogin, "boris", ""},
		{okta.ManagerEmail, strings.ToUpper(jose), jose},
		{okta.ManagerEmail, "nobody@example.com", ""},
		{okta.ManagerEmail, "twin@example.com", ""},
		{okta.ManagerEmployeeNumber, "4711", boris},
		{okta.ManagerEmployeeNumber, "12", ""},
		{okta.ManagerEmployeeNumber, "471", ""},
	} {
		client := o.with(func(o *okta.Options) { o.ManagerKind = c.kind })
		m, err := client.ManagerOf(ctxOf(t), access.Person{Login: anna, Manager: c.value})
		if c.want == "" {
			wants(t, string(c.kind)+" "+c.value, err, access.ErrNotFound)
			if err != nil && !strings.Contains(err.Error(), anna) {
				t.Errorf("the words do not say whose manager: %v", err)
			}
			continue
		}
		if err != nil || m.Login != c.want {
			t.Errorf("%s %s: %+v %v", c.kind, c.value, m, err)
		}
	}
	o.Faults().Add(control.Fault{Op: "GetUser", Answer: "unavailable"})
	_, err := o.client.ManagerOf(ctxOf(t), access.Person{Login: anna, Manager: o.id(boris)})
	failure(t, "Okta is down", err, access.Unavailable)
}

func TestTheSweepAsksForManyAtOnceAndMistakesNobody(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	ids := []string{o.id(anna), o.id(gone), "00unobody00000000000", o.id(anna)}
	for i := range 120 {
		ids = append(ids, o.person(numbered(i), nil))
	}
	must(t, o.SetStatus(numbered(7), sandbox.Suspended))
	o.Faults().ResetCalls()
	people, err := o.client.People(ctxOf(t), ids)
	must(t, err)
	if len(people) != 122 || o.Faults().Count("ListUsers") != 3 {
		t.Errorf("%d people in %d calls", len(people), o.Faults().Count("ListUsers"))
	}
	if people[o.id(gone)].Status != "DEPROVISIONED" || people[o.id(numbered(7))].Status != "SUSPENDED" || !people[o.id(anna)].Active() {
		t.Error("wrong status")
	}
	if _, known := people["00unobody00000000000"]; known {
		t.Error("nobody is known")
	}
	// An empty list by mistake makes people unknown, not deactivated.
	o.Faults().Add(control.Fault{Op: "ListUsers", Answer: "empty"})
	if people, err := o.client.People(ctxOf(t), ids); err != nil || len(people) != 0 {
		t.Errorf("%+v %v", people, err)
	}
	o.Faults().Clear()
	// One page that fails fails it all.
	o.Faults().Add(control.Fault{Op: "ListUsers", Skip: 1, Times: 1, Answer: "internal"})
	people, err = o.client.People(ctxOf(t), ids)
	failure(t, "a page that fails", err, access.Unavailable)
	if people != nil {
		t.Errorf("%d people beside an error", len(people))
	}
	_, err = o.client.People(ctxOf(t), []string{`x" or status eq "ACTIVE`})
	wants(t, "an expression in place of an id", err, access.ErrInvalid)
	if people, err := o.client.People(ctxOf(t), nil); err != nil || len(people) != 0 {
		t.Errorf("nobody asked for: %v %v", people, err)
	}
}

func TestTheIdentityCenterUserName(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	name, err := o.client.IdentityCenterUserName(ctxOf(t), o.id(anna))
	if err != nil || name != anna {
		t.Errorf("through a group: %q %v", name, err)
	}
	must(t, o.SetAppUser(o.app, jose, true))
	if name, err := o.client.IdentityCenterUserName(ctxOf(t), o.id(jose)); err != nil || name != jose {
		t.Errorf("by themselves: %q %v", name, err)
	}
	_, err = o.client.IdentityCenterUserName(ctxOf(t), o.id(boris))
	wants(t, "somebody without the application", err, access.ErrNotFound)
	o.Faults().Add(control.Fault{Op: "GetApplicationUser", Times: 1, Answer: "unavailable_html"})
	_, err = o.client.IdentityCenterUserName(ctxOf(t), o.id(anna))
	failure(t, "no answer", err, access.Unavailable)
	must(t, o.SetProfile(boris, map[string]any{"awsName": "bberg"}))
	c := o.with(func(o *okta.Options) { o.UserNameAttribute = "awsName" })
	if name, err := c.IdentityCenterUserName(ctxOf(t), o.id(boris)); err != nil || name != "bberg" {
		t.Errorf("from the profile: %q %v", name, err)
	}
	_, err = c.IdentityCenterUserName(ctxOf(t), o.id(anna))
	wants(t, "a profile without it", err, access.ErrNotFound)
}

func TestTheIdentityCenterUserNamesOfEverybody(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	must(t, o.SetAppUser(o.app, jose, true))
	names, err := o.client.IdentityCenterUserNames(ctxOf(t))
	must(t, err)
	if _, has := names[o.id(boris)]; has || names[o.id(anna)] != anna || names[o.id(jose)] != jose {
		t.Errorf("of the application: %v", names)
	}
	must(t, o.SetProfile(boris, map[string]any{"awsName": "bberg"}))
	must(t, o.SetProfile(jose, map[string]any{"awsName": "jgarcia"}))
	c := o.with(func(o *okta.Options) { o.UserNameAttribute = "awsName" })
	if names, err = c.IdentityCenterUserNames(ctxOf(t)); err != nil || len(names) != 2 || names[o.id(boris)] != "bberg" {
		t.Errorf("from the profile: %v %v", names, err)
	}
	c = o.with(func(opts *okta.Options) { opts.UserNameAttribute, opts.AssignmentGroup = "awsName", o.assigns })
	if names, err = c.IdentityCenterUserNames(ctxOf(t)); err != nil || len(names) != 1 || names[o.id(jose)] != "jgarcia" {
		t.Errorf("from the profile, of those who have the application: %v %v", names, err)
	}
	o.Faults().Add(control.Fault{Op: "ListApplicationUsers", Times: 1, Answer: "unavailable_html"})
	_, err = o.client.IdentityCenterUserNames(ctxOf(t))
	failure(t, "no answer", err, access.Unavailable)
}
