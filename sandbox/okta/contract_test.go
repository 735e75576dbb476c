package okta

import (
	"strings"
	"testing"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// TestEveryOperationIsHeldToTheDocument carries out every operation once through
// the SDK and counts which of them the document has approved: one that the org
// offers and nobody checks fails here.
func TestEveryOperationIsHeldToTheDocument(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	ctx, user, app := o.ctx(), o.id(anna), o.app.ID
	_, err := o.AddRule(Rule{Name: "all of data", Attribute: "department", Value: "Data", Groups: []string{o.newGroup("by rule")}, Excluded: []string{o.id(boris)}})
	must(t, err)
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	_, _, err = o.sdk.User.ListUsers(ctx, nil)
	step(err)
	_, _, err = o.sdk.User.GetUser(ctx, user)
	step(err)
	_, _, err = o.sdk.User.ListUserGroups(ctx, user)
	step(err)
	_, err = o.sdk.User.SuspendUser(ctx, user)
	step(err)
	_, err = o.sdk.User.UnsuspendUser(ctx, user)
	step(err)
	_, err = o.sdk.User.DeactivateUser(ctx, user, nil)
	step(err)
	_, _, err = o.sdk.User.ActivateUser(ctx, user, query.NewQueryParams(query.WithSendEmail(false)))
	step(err)
	_, _, err = o.sdk.Group.ListGroups(ctx, nil)
	step(err)
	_, _, err = o.sdk.Group.CreateGroup(ctx, sdk.Group{Profile: &sdk.GroupProfile{Name: "made over HTTP", Description: "of nobody"}})
	step(err)
	_, _, err = o.sdk.Group.ListGroupRules(ctx, nil)
	step(err)
	_, _, err = o.sdk.Group.GetGroup(ctx, o.pushed)
	step(err)
	_, err = o.sdk.Group.AddUserToGroup(ctx, o.pushed, user)
	step(err)
	_, _, err = o.sdk.Group.ListGroupUsers(ctx, o.pushed, nil)
	step(err)
	_, _, err = o.sdk.Group.ListAssignedApplicationsForGroup(ctx, o.assigns, nil)
	step(err)
	_, err = o.sdk.Group.RemoveUserFromGroup(ctx, o.pushed, user)
	step(err)
	_, _, err = o.sdk.Application.ListApplications(ctx, nil)
	step(err)
	_, _, err = o.sdk.Application.GetApplication(ctx, app, new(sdk.SamlApplication), nil)
	step(err)
	_, _, err = o.sdk.Application.AssignUserToApplication(ctx, app, sdk.AppUser{Id: user, Scope: "USER"})
	step(err)
	_, _, err = o.sdk.Application.ListApplicationUsers(ctx, app, nil)
	step(err)
	_, _, err = o.sdk.Application.GetApplicationUser(ctx, app, user, nil)
	step(err)
	_, err = o.sdk.Application.DeleteApplicationUser(ctx, app, user, nil)
	step(err)
	_, _, err = o.sdk.Application.ListApplicationGroupAssignments(ctx, app, nil)
	step(err)
	_, _, err = o.sdk.Application.GetApplicationGroupAssignment(ctx, app, o.assigns, nil)
	step(err)
	_, _, err = o.sdk.Application.CreateApplicationGroupAssignment(ctx, app, o.unrelated, sdk.ApplicationGroupAssignment{})
	step(err)
	_, err = o.sdk.Application.DeleteApplicationGroupAssignment(ctx, app, o.unrelated)
	step(err)
	_, _, err = o.sdk.LogEvent.GetLogs(ctx, nil)
	step(err)

	approved := map[string]bool{}
	for what := range o.wire.Checked() {
		id, status, _ := strings.Cut(what, " ")
		if strings.HasPrefix(status, "2") {
			approved[id] = true
		}
	}
	if len(approved) != len(operations()) {
		t.Errorf("%d operations were approved, %d are offered: %v", len(approved), len(operations()), approved)
	}
	called := map[string]bool{}
	for _, c := range o.Faults().Calls() {
		called[c.Op] = true
	}
	for _, op := range operations() {
		if !called[op.name] {
			t.Errorf("%s was not called", op.name)
		}
	}
}
