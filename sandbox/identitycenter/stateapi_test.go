package identitycenter

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func (i *instance) state(method, path, body string) (int, string) {
	i.t.Helper()
	rec := httptest.NewRecorder()
	i.StateAPI().ServeHTTP(rec, httptest.NewRequestWithContext(i.ctx(), method, path, strings.NewReader(body)))
	return rec.Code, rec.Body.String()
}

func TestStateIsShownAndChangedOverHTTP(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	_, err := i.AddApplication(Application{Name: "airflow"})
	must(t, err)
	for _, step := range []struct {
		path, body string
		status     int
		check      func() bool
	}{
		{"/assign", `{"account":"222233334444","permission_set":"mwaa-data-op","user":"anna@example.com"}`, 204, func() bool { return len(i.Assignments()) == 1 }},
		{"/assign", `{"account":"222233334444","permission_set":"mwaa-data-op","group":"airflow-data"}`, 204, func() bool { return len(i.Assignments()) == 2 }},
		{"/assign", `{"account":"222233334444","permission_set":"nothing","group":"airflow-data"}`, 404, nil},
		{"/assign", `{"account":"222233334444","permission_set":"mwaa-data-op","user":"nobody"}`, 404, nil},
		{"/unassign", `{"account":"222233334444","permission_set":"mwaa-data-op","user":"anna@example.com"}`, 204, func() bool { return len(i.Assignments()) == 1 }},
		{"/member", `{"group":"airflow-data","user":"anna@example.com","member":true}`, 204, func() bool { _, l, _ := i.AccessOf(anna); return len(l) == 1 }},
		{"/user-enabled", `{"user":"anna@example.com","enabled":false}`, 204, func() bool { return i.Users()[0].Disabled }},
		{"/inline-policy", `{"permission_set":"mwaa-data-op","policy":"{}"}`, 204, func() bool { return i.PermissionSets()[0].InlinePolicy == "{}" }},
		{"/assignment-delay", `{"delay":"3s"}`, 204, func() bool { d, _, _ := i.Knobs(); return d == 3*time.Second }},
		{"/provision-delay", `{"delay":"4s"}`, 204, func() bool { _, d, _ := i.Knobs(); return d == 4*time.Second }},
		{"/never-completes", `{"never":true}`, 204, func() bool { _, _, n := i.Knobs(); return n }},
		{"/fail", `{"kind":"create","reason":"no","times":1}`, 204, nil},
		{"/clear-failures", `{}`, 204, nil},
		{"/refuse-principal-lookup", `{"refuse":true}`, 204, func() bool { _, err := i.forPrincipal(PrincipalUser, i.id(anna), ""); return err != nil }},
		{"/saml-application", `{"name":"tile","url":"https://example.com/start"}`, 400, nil},
		{"/saml-application", `{"name":"tile","url":"https://example.com/start","saml":{"acs_url":"https://example.com/acs","audience":"https://example.com/"}}`, 204, func() bool { return len(i.Applications()) == 2 }},
		{"/assign-application", `{"application":"tile","user":"anna@example.com"}`, 204, func() bool { return len(i.Applications()[1].Assigned) == 1 }},
		{"/assign-application", `{"application":"tile","group":"airflow-data"}`, 204, func() bool { return len(i.Applications()[1].Assigned) == 2 }},
		{"/assign-application", `{"application":"tile","user":"nobody"}`, 404, nil},
		{"/assign-application", `{"application":"another","user":"anna@example.com"}`, 404, nil},
		{"/unassign-application", `{"application":"tile","user":"anna@example.com"}`, 204, func() bool { return len(i.Applications()[1].Assigned) == 1 }},
		{"/delete-application", `{"application":"tile"}`, 204, func() bool { return len(i.Applications()) == 1 }},
		{"/refuse-saml-assignments", `{"refuse":true}`, 204, func() bool { return i.knobState().RefuseSAMLAssignments }},
		{"/limits", `{"admin":-1,"store":-1}`, 204, nil},
		{"/delete-user", `{"user":"boris@example.com"}`, 204, func() bool { return len(i.Users()) == 3 }},
		{"/delete-user", `{"user":"boris@example.com"}`, 404, nil},
		{"/complete", `{"request_id":"nothing"}`, 404, nil},
		{"/complete", `{"colour":"red"}`, 400, nil},
	} {
		if status, text := i.state(http.MethodPost, step.path, step.body); status != step.status || step.check != nil && !step.check() {
			t.Errorf("%s %s: %d %s", step.path, step.body, status, text)
		}
	}
	op, err := i.create(i.user(anna))
	must(t, err)
	if status, _ := i.state(http.MethodPost, "/complete", `{}`); status != 204 || string(i.creation(op.RequestId).Status) != Succeeded {
		t.Errorf("%d %+v", status, i.creation(op.RequestId))
	}
	for _, name := range []string{"users", "groups", "accounts", "permission-sets", "assignments", "operations", "roles", "applications", "changes"} {
		var list []any
		if status, text := i.state(http.MethodGet, "/"+name, ""); status != 200 || json.Unmarshal([]byte(text), &list) != nil || len(list) == 0 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, text := i.state(http.MethodGet, "/knobs", ""); status != 200 || !strings.Contains(text, `"assignment_delay":"3s"`) {
		t.Errorf("%d %s", status, text)
	}
}
