package identitycenter

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"airpass/sandbox/control"
	"airpass/sandbox/okta"
)

func TestThePortalShowsWhatAPersonAndTheirGroupsHave(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	must(t, i.SetMembership(i.team.ID, anna, true))
	must(t, i.Assign(i.group()))
	must(t, i.Assign(i.user(anna))) // the same set in the same account: one tile
	viewer := i.user(anna)
	viewer.Account, viewer.PermissionSetARN = prod, i.other.ARN
	must(t, i.Assign(viewer))
	must(t, i.Assign(i.user(boris)))

	id, list, err := i.AccessOf(anna)
	must(t, err)
	if id != i.id(anna) || len(list) != 2 {
		t.Fatalf("%s %+v", id, list)
	}
	first, second := list[0], list[1]
	if first.Account != data || first.PermissionSetName != i.set.Name || first.InlinePolicy != `{"v":1}` || first.RelayState != i.set.RelayState || first.SessionDuration != time.Hour {
		t.Errorf("%+v", first)
	}
	if second.Account != prod || second.SessionDuration != 90*time.Minute || !i.RoleExists(prod, second.RoleName) || i.RoleExists(data, second.RoleName) {
		t.Errorf("%+v", second)
	}
	must(t, i.SetInlinePolicy(i.set.Name, `{"v":2}`))
	if _, list, _ = i.AccessOf(anna); list[0].InlinePolicy != `{"v":1}` {
		t.Error("an edit shows before it is provisioned")
	}
	if _, _, err := i.AccessOf("nobody@example.com"); !errors.Is(err, ErrUnknownUser) {
		t.Error(err)
	}
	must(t, i.SetUserEnabled(anna, false))
	if _, _, err := i.AccessOf(anna); !errors.Is(err, ErrDisabledUser) {
		t.Error(err)
	}
	// The assignments remain, for when she is let in again.
	if len(i.list(data, i.set.ARN)) != 3 {
		t.Errorf("%+v", i.list(data, i.set.ARN))
	}
	u, err := i.store.DescribeUser(i.ctx(), &identitystore.DescribeUserInput{IdentityStoreId: aws.String(i.IdentityStoreID()), UserId: &id})
	must(t, err)
	if u.UserStatus != types.UserStatusDisabled {
		t.Error(u.UserStatus)
	}
	must(t, i.SetUserEnabled(anna, true))
	if _, list, err = i.AccessOf(anna); err != nil || len(list) != 2 {
		t.Errorf("%v %v", list, err)
	}
}

func TestAccessEndsInThePortalWhenTheDeletionCompletes(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	_, err := i.create(i.user(anna))
	must(t, err)
	if _, list, _ := i.AccessOf(anna); len(list) != 0 {
		t.Error("it shows before its time")
	}
	i.advance(time.Minute)
	if _, list, _ := i.AccessOf(anna); len(list) != 1 {
		t.Error("it does not show")
	}
	_, err = i.delete(i.user(anna))
	must(t, err)
	if _, list, _ := i.AccessOf(anna); len(list) != 1 {
		t.Error("it is gone before its time")
	}
	i.advance(time.Minute)
	if _, list, _ := i.AccessOf(anna); len(list) != 0 {
		t.Error("it is still there")
	}
}

func TestSCIM(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	id := i.id(anna)
	again, err := i.UpsertUser("00u"+anna, "anna.new@example.com", "anna.new@example.com", "Anna New", "Anna", "New")
	if err != nil || again != id {
		t.Errorf("renamed: %s %v", again, err)
	}
	if found, err := i.find("userName", "anna.new@example.com"); err != nil || found != id {
		t.Errorf("%s %v", found, err)
	}
	if _, err = i.UpsertUser("00uother", boris, boris, "Boris", "B", "B"); !errors.Is(err, ErrTaken) {
		t.Errorf("somebody else's name: %v", err)
	}
	if _, err = i.UpsertUser("00u"+plus, plus, boris, "P", "P", "P"); !errors.Is(err, ErrTaken) {
		t.Errorf("somebody else's e-mail: %v", err)
	}
	if i.UpsertGroup(i.team.Name) != i.team.ID || i.UpsertGroup("new") == i.team.ID {
		t.Error("groups are known by their names")
	}
	for range 2 {
		must(t, i.SetMembership(i.team.ID, boris, true))
	}
	if !i.isMember(boris, i.team.ID)[0] || len(i.Groups()[0].Members) != 1 {
		t.Errorf("%+v", i.Groups())
	}
	for range 2 {
		must(t, i.SetMembership(i.team.ID, boris, false))
	}
	if i.isMember(boris, i.team.ID)[0] {
		t.Error("still in")
	}
	if err := i.SetMembership(i.team.ID, "nobody", true); !errors.Is(err, ErrUnknownUser) {
		t.Error(err)
	}
	if err := i.SetMembership("nothing", boris, true); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := i.SetUserEnabled("nobody", true); !errors.Is(err, ErrUnknownUser) {
		t.Error(err)
	}
}

// TestOktaProvisions shows that a group membership in Okta becomes access here.
func TestOktaProvisions(t *testing.T) {
	t.Parallel()
	clock := new(control.Clock)
	var org *okta.Server
	i := newInstance(t, func(o *Options) { o.Clock, o.Before = clock, func() { org.Sync() } })
	org = okta.New(okta.Options{Clock: clock, Downstream: i.Server, PushDelay: time.Minute})
	i.clock = clock
	app, err := org.AddApp(okta.App{Name: okta.IdentityCenterApp, Label: "AWS IAM Identity Center"})
	must(t, err)
	people, err := org.AddGroup(okta.Group{Name: "aws-people"})
	must(t, err)
	_, err = org.AddUser(okta.User{Profile: map[string]any{"login": "greta@example.com", "email": "greta@example.com", "firstName": "Greta", "lastName": "G", "displayName": "Greta G"}})
	must(t, err)
	pushed, err := org.AddGroup(okta.Group{Name: "airflow-op"})
	must(t, err)
	must(t, org.SetAppGroup(app.ID, people.ID, true))
	must(t, org.SetMember(people.ID, "greta@example.com", true))
	group, err := org.PushGroup(pushed.ID)
	must(t, err)
	must(t, i.Assign(Assignment{Account: data, PermissionSetARN: i.set.ARN, PrincipalType: PrincipalGroup, PrincipalID: group}))

	must(t, org.SetMember(pushed.ID, "greta@example.com", true))
	if i.isMember("greta@example.com", group)[0] {
		t.Error("the push has no delay")
	}
	i.advance(time.Minute)
	if _, list, err := i.AccessOf("greta@example.com"); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
	must(t, org.SetAppGroup(app.ID, people.ID, false))
	if _, _, err := i.AccessOf("greta@example.com"); !errors.Is(err, ErrDisabledUser) {
		t.Errorf("unassigned in Okta: %v", err)
	}
}
