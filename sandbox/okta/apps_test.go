package okta

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

func TestWhoHasAnApplicationAndHow(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	_, _, err := o.sdk.Application.GetApplicationUser(o.ctx(), o.app.ID, o.id(anna), nil)
	wantCode(t, err, "E0000007")

	must(t, o.SetMember(o.assigns, anna, true))
	au, _, err := o.sdk.Application.GetApplicationUser(o.ctx(), o.app.ID, o.id(anna), nil)
	must(t, err)
	if au.Scope != "GROUP" || au.Credentials.UserName != anna || au.Status != "PROVISIONED" || au.SyncState != "SYNCHRONIZED" || au.ExternalId != "ic-"+o.id(anna) {
		t.Errorf("through a group: %+v %+v", au, au.Credentials)
	}
	_, err = o.sdk.Application.DeleteApplicationUser(o.ctx(), o.app.ID, o.id(anna), nil)
	if e := wantCode(t, err, "E0000046"); len(e.ErrorCauses) != 1 {
		t.Errorf("%+v", e)
	}

	made, _, err := o.sdk.Application.AssignUserToApplication(o.ctx(), o.app.ID, sdk.AppUser{Id: o.id(boris), Scope: "USER", Credentials: &sdk.AppUserCredentials{UserName: "b.berg"}})
	must(t, err)
	if made.Scope != "USER" || made.Credentials.UserName != "b.berg" {
		t.Errorf("assigned: %+v", made)
	}
	users, _, err := o.sdk.Application.ListApplicationUsers(o.ctx(), o.app.ID, nil)
	must(t, err)
	if len(users) != 2 {
		t.Errorf("%d application users", len(users))
	}
	_, err = o.sdk.Application.DeleteApplicationUser(o.ctx(), o.app.ID, o.id(boris), nil)
	must(t, err)
	_, err = o.sdk.Application.DeleteApplicationUser(o.ctx(), o.app.ID, o.id(boris), nil)
	wantCode(t, err, "E0000007")
	_, _, err = o.sdk.Application.AssignUserToApplication(o.ctx(), o.app.ID, sdk.AppUser{Id: o.id(gone), Scope: "USER"})
	wantCode(t, err, "E0000038")
	_, _, err = o.sdk.Application.AssignUserToApplication(o.ctx(), o.app.ID, sdk.AppUser{Id: "00udoesnotexist00000"})
	wantCode(t, err, "E0000007")
	_, _, err = o.sdk.Application.AssignUserToApplication(o.ctx(), o.app.ID, sdk.AppUser{})
	wantCode(t, err, "E0000001")
}

func TestApplicationUsersAreFoundByQAndFilter(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	must(t, o.SetMember(o.assigns, anna, true))
	must(t, o.SetAppUser(o.app.ID, boris, true))
	for text, want := range map[string]int{"q=boris": 1, "q=zzz": 0, `filter=scope+eq+"GROUP"`: 1, `filter=status+eq+"PROVISIONED"`: 2, "limit=1": 1} {
		users := []any{}
		must(t, json.NewDecoder(o.get("/api/v1/apps/"+o.app.ID+"/users?"+text).Body).Decode(&users))
		if len(users) != want {
			t.Errorf("%s: %d, want %d", text, len(users), want)
		}
	}
	if resp := o.get("/api/v1/apps/" + o.app.ID + `/users?filter=scope+sw+"G"`); resp.StatusCode != http.StatusBadRequest {
		t.Error(resp.Status)
	}
}

func TestBodiesAreRead(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for body, want := range map[string]string{`{`: "E0000003", `{"id":7}`: "E0000001", `{"id":"` + o.id(anna) + `","scope":"GROUP"}`: "E0000001", ``: "E0000001"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+"/api/v1/apps/"+o.app.ID+"/users", strings.NewReader(body))
		must(t, err)
		r.Header.Set("Authorization", "SSWS "+o.APIToken())
		resp, err := o.http.Do(r)
		must(t, err)
		var got errorBody
		must(t, json.NewDecoder(resp.Body).Decode(&got))
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || got.Code != want {
			t.Errorf("%s: %s %+v", body, resp.Status, got)
		}
	}
	low := int64(-1)
	_, _, err := o.sdk.Application.CreateApplicationGroupAssignment(o.ctx(), o.app.ID, o.unrelated, sdk.ApplicationGroupAssignment{PriorityPtr: &low})
	wantCode(t, err, "E0000001")
}

func TestApplicationsAndTheirGroups(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	_, err := o.AddApp(App{Name: "bookmark", Label: "Wiki", SignOnMode: "BOOKMARK", Inactive: true})
	must(t, err)
	list := func(p ...query.ParamOptions) (labels []string) {
		t.Helper()
		apps, _, err := o.sdk.Application.ListApplications(o.ctx(), query.NewQueryParams(p...))
		must(t, err)
		for _, a := range apps {
			labels = append(labels, a.(*sdk.Application).Label)
		}
		return labels
	}
	if got := list(query.WithFilter(`name eq "amazon_aws_sso"`)); !slices.Equal(got, []string{o.app.Label}) {
		t.Error(got)
	}
	if got := list(query.WithFilter(`status eq "INACTIVE"`)); !slices.Equal(got, []string{"Wiki"}) {
		t.Error(got)
	}
	if got := list(query.WithQ("aws iam")); !slices.Equal(got, []string{o.app.Label}) {
		t.Error(got)
	}
	if got := list(query.WithFilter(`group.id eq "` + o.assigns + `"`)); !slices.Equal(got, []string{o.app.Label}) {
		t.Error(got)
	}
	if got := list(query.WithFilter(`user.id eq "` + o.id(anna) + `"`)); got != nil {
		t.Error(got)
	}
	saml := new(sdk.SamlApplication)
	_, _, err = o.sdk.Application.GetApplication(o.ctx(), o.app.ID, saml, nil)
	must(t, err)
	if saml.Name != IdentityCenterApp || saml.SignOnMode != "SAML_2_0" || saml.Status != "ACTIVE" {
		t.Errorf("%+v", saml)
	}
	_, _, err = o.sdk.Application.GetApplication(o.ctx(), "0oadoesnotexist00000", saml, nil)
	if e := wantCode(t, err, "E0000007"); e.ErrorSummary != "Not found: Resource not found: 0oadoesnotexist00000 (AppInstance)" {
		t.Error(e.ErrorSummary)
	}
	// Which applications does a group give? The question before every removal.
	for group, want := range map[string]int{o.assigns: 1, o.pushed: 0} {
		apps, _, err := o.sdk.Group.ListAssignedApplicationsForGroup(o.ctx(), group, nil)
		must(t, err)
		if len(apps) != want {
			t.Errorf("%d applications", len(apps))
		}
	}
}

func TestGroupAssignments(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	must(t, o.SetMember(o.unrelated, anna, true))
	_, _, err := o.sdk.Application.GetApplicationGroupAssignment(o.ctx(), o.app.ID, o.unrelated, nil)
	wantCode(t, err, "E0000007")
	made, _, err := o.sdk.Application.CreateApplicationGroupAssignment(o.ctx(), o.app.ID, o.unrelated, sdk.ApplicationGroupAssignment{})
	must(t, err)
	if made.Id != o.unrelated {
		t.Errorf("%+v", made)
	}
	got, _, err := o.sdk.Application.GetApplicationGroupAssignment(o.ctx(), o.app.ID, o.unrelated, nil)
	must(t, err)
	if got.Id != o.unrelated || *got.PriorityPtr != 1 {
		t.Errorf("%+v", got)
	}
	all, _, err := o.sdk.Application.ListApplicationGroupAssignments(o.ctx(), o.app.ID, nil)
	must(t, err)
	if len(all) != 2 {
		t.Errorf("%d assignments", len(all))
	}
	if !o.center.isEnabled(anna) {
		t.Error("a member of an assigned group is not provisioned")
	}
	_, err = o.sdk.Application.DeleteApplicationGroupAssignment(o.ctx(), o.app.ID, o.unrelated)
	must(t, err)
	if o.center.isEnabled(anna) {
		t.Error("the last assignment went and the person is still enabled")
	}
	_, err = o.sdk.Application.DeleteApplicationGroupAssignment(o.ctx(), o.app.ID, o.unrelated)
	wantCode(t, err, "E0000007")
}

func TestWhatTheOrgDoesNotOffer(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	plain := o.http
	o.http = http.DefaultClient // the document has no such paths and methods
	for path, want := range map[string]int{"/api/v1/nothing": http.StatusNotFound, "/api/v1/groups/" + o.pushed + "/users/" + o.id(anna): http.StatusMethodNotAllowed} {
		if resp := o.get(path); resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	o.http = plain
}
