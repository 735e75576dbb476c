package okta

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

func TestMembershipIsAddedAndTakenAway(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for range 2 { // twice is no error
		resp, err := o.sdk.Group.AddUserToGroup(o.ctx(), o.unrelated, o.id(anna))
		must(t, err)
		if resp.StatusCode != http.StatusNoContent {
			t.Fatal(resp.Status)
		}
	}
	members, _, err := o.sdk.Group.ListGroupUsers(o.ctx(), o.unrelated, nil)
	must(t, err)
	if len(members) != 1 || members[0].Id != o.id(anna) || !o.IsMember(o.unrelated, anna) {
		t.Fatalf("members: %v", o.Members(o.unrelated))
	}
	groups, _, err := o.sdk.User.ListUserGroups(o.ctx(), o.id(anna))
	must(t, err)
	var names []string
	for _, g := range groups {
		names = append(names, g.Profile.Name)
	}
	if !slices.Equal(names, []string{"Everyone", "unrelated"}) {
		t.Error(names)
	}
	for range 2 {
		_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.unrelated, o.id(anna))
		must(t, err)
	}
	if o.IsMember(o.unrelated, anna) {
		t.Error("still a member")
	}
	// Somebody who is DEPROVISIONED stays in groups and can be taken out.
	must(t, o.SetMember(o.unrelated, boris, true))
	must(t, o.SetStatus(boris, Deprovisioned))
	if !o.IsMember(o.unrelated, boris) {
		t.Error("deactivation took the group away")
	}
	_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.unrelated, o.id(boris))
	must(t, err)
}

func TestMembershipNeedsAPersonAndAGroup(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	_, err := o.sdk.Group.AddUserToGroup(o.ctx(), "00gdoesnotexist00000", o.id(anna))
	if e := wantCode(t, err, "E0000007"); e.ErrorSummary != "Not found: Resource not found: 00gdoesnotexist00000 (UserGroup)" {
		t.Error(e.ErrorSummary)
	}
	_, err = o.sdk.Group.AddUserToGroup(o.ctx(), o.unrelated, "00udoesnotexist00000")
	wantCode(t, err, "E0000007")
	_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.unrelated, "00udoesnotexist00000")
	wantCode(t, err, "E0000007")
	_, err = o.sdk.Group.AddUserToGroup(o.ctx(), o.unrelated, anna) // a login is not an id
	wantCode(t, err, "E0000007")
}

func TestGroupsThatTheAPIDoesNotManageRefuse(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for name, id := range map[string]string{"APP_GROUP": o.imported, "BUILT_IN": o.everyone} {
		g, _, err := o.sdk.Group.GetGroup(o.ctx(), id)
		must(t, err)
		if g.Type != name {
			t.Errorf("%s is %s", name, g.Type)
		}
		_, err = o.sdk.Group.AddUserToGroup(o.ctx(), id, o.id(anna))
		wantCode(t, err, "E0000006")
		_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), id, o.id(boris))
		wantCode(t, err, "E0000006")
	}
	if o.IsMember(o.imported, anna) || !o.IsMember(o.imported, boris) {
		t.Error("a refused edit changed something")
	}
}

func TestGroupsAreSearched(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for _, c := range []struct {
		params query.ParamOptions
		want   []string
	}{
		{query.WithFilter(`type eq "APP_GROUP"`), []string{"from-ad"}},
		{query.WithQ("airflow"), []string{"airflow-prod-viewer"}},
		{query.WithSearch(`profile.name eq "aws-people"`), []string{"aws-people"}},
		{query.WithSearch(`profile.name sw "a" and type eq "OKTA_GROUP"`), []string{"aws-people", "airflow-prod-viewer"}},
		{query.WithQ("no such"), nil},
	} {
		groups, _, err := o.sdk.Group.ListGroups(o.ctx(), query.NewQueryParams(c.params))
		must(t, err)
		var got []string
		for _, g := range groups {
			got = append(got, g.Profile.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
	_, _, err := o.sdk.Group.ListGroups(o.ctx(), query.NewQueryParams(query.WithFilter(`profile.name eq "aws-people"`)))
	wantCode(t, err, "E0000031")
}

func TestARulePutsPeopleIntoGroups(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	made, err := o.AddRule(Rule{Name: "data people", Attribute: "department", Value: "Data", Groups: []string{o.unrelated}})
	must(t, err)
	if got := o.Members(o.unrelated); !slices.Equal(got, []string{anna, boris}) {
		t.Fatal(got)
	}
	rules, _, err := o.sdk.Group.ListGroupRules(o.ctx(), nil)
	must(t, err)
	if len(rules) != 1 || rules[0].Id != made.ID || rules[0].Status != "ACTIVE" ||
		rules[0].Conditions.Expression.Value != `user.department=="Data"` || rules[0].Actions.AssignUserToGroups.GroupIds[0] != o.unrelated {
		t.Fatalf("%+v", rules)
	}
	_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.unrelated, o.id(anna))
	wantCode(t, err, "E0000006")
	must(t, o.SetProfile(anna, map[string]any{"department": "Sales"}))
	if o.IsMember(o.unrelated, anna) {
		t.Error("the rule kept somebody it does not match")
	}
	// Whoever was put in by hand is not the rule's to take out.
	_, err = o.sdk.Group.AddUserToGroup(o.ctx(), o.unrelated, o.id(boris))
	must(t, err)
	must(t, o.SetProfile(boris, map[string]any{"department": "Sales"}))
	if !o.IsMember(o.unrelated, boris) {
		t.Error("the rule took out somebody who was put in by hand")
	}
}

func TestARuleUndoesARemoval(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	back := o.newGroup("rule returns")
	out := o.newGroup("rule excludes")
	_, err := o.AddRule(Rule{Name: "returns", Attribute: "department", Value: "Data", Groups: []string{back}, OnRemoval: ReturnRemoved, ReturnAfter: time.Minute})
	must(t, err)
	_, err = o.AddRule(Rule{Name: "excludes", Attribute: "department", Value: "Data", Groups: []string{out}, OnRemoval: ExcludeRemoved})
	must(t, err)
	for _, g := range []string{back, out} {
		_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), g, o.id(anna))
		must(t, err)
		if o.IsMember(g, anna) {
			t.Fatal("not removed")
		}
	}
	o.advance(2 * time.Minute)
	if !o.IsMember(back, anna) || o.IsMember(out, anna) {
		t.Errorf("returned %v, excluded %v", o.IsMember(back, anna), !o.IsMember(out, anna))
	}
}
