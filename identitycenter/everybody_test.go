package identitycenter

import (
	"errors"
	"fmt"
	"testing"

	"airpass/access"
	"airpass/outbound"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/identitycenter"
)

func TestEverybodyAndAGroupAreListedInPages(t *testing.T) {
	t.Parallel()
	w := setup(t, ByList)
	group, err := w.center.AddGroup(sandbox.Group{Name: "crowd"})
	must(t, err)
	for i := range 150 {
		id, err := w.center.UpsertUser(fmt.Sprintf("00u%017d", i), fmt.Sprintf("p%d@example.com", i), "", "", "", "")
		must(t, err)
		must(t, w.center.SetMembership(group.ID, fmt.Sprintf("p%d@example.com", i), true))
		if i == 0 && id == "" {
			t.Fatal("nobody was made")
		}
	}
	accounts, err := w.client.Accounts(t.Context())
	must(t, err)
	found := map[string]Account{}
	for _, a := range accounts {
		found[a.UserName] = a
	}
	if p := found["p149@example.com"]; len(found) != 152 || found["mia@example.com"].ID != w.mia || len(p.ExternalIDs) != 1 || p.ExternalIDs[0] != fmt.Sprintf("00u%017d", 149) {
		t.Errorf("%d accounts, %+v", len(found), p)
	}
	members, err := w.client.MembersOf(t.Context(), w.center.IdentityStoreID(), group.ID)
	if err != nil || len(members) != 150 {
		t.Errorf("%d members: %v", len(members), err)
	}
	for _, site := range []outbound.Site{outbound.ListUsers, outbound.ListGroupMemberships} {
		if n := w.center.Faults().Count(site.Name); n != 2 {
			t.Errorf("%s was asked %d times", site.Name, n)
		}
	}
	if _, err := w.client.MembersOf(t.Context(), w.center.IdentityStoreID(), "01234567-89ab-cdef-0123-456789abcdef"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a group that is not there: %v", err)
	}
	w.center.Faults().Add(control.Fault{Op: "ListUsers", Skip: 1, Answer: "throttled"})
	if all, err := w.client.Accounts(t.Context()); access.ClassOf(err) != access.Throttled {
		t.Errorf("half a list: %d accounts, %v", len(all), err)
	}
}
