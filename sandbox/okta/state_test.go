package okta

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

func TestSomebodyElseChangesTheOrg(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	api := o.StateAPI()
	send := func(method, path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
		return w
	}
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"/member", `{"group":"` + o.assigns + `","user":"` + anna + `","member":true}`, http.StatusNoContent},
		{"/member", `{"group":"` + o.imported + `","user":"` + anna + `","member":true}`, http.StatusNoContent},
		{"/member", `{"group":"` + o.everyone + `","user":"` + anna + `","member":false}`, http.StatusBadRequest},
		{"/member", `{"group":"nope","user":"` + anna + `","member":true}`, http.StatusNotFound},
		{"/status", `{"user":"` + boris + `","status":"LOCKED_OUT"}`, http.StatusNoContent},
		{"/status", `{"user":"` + boris + `","status":"ILL"}`, http.StatusBadRequest},
		{"/profile", `{"user":"` + boris + `","profile":{"department":"Ops"}}`, http.StatusNoContent},
		{"/app-user", `{"app":"` + o.app.ID + `","user":"` + jens + `","assigned":true}`, http.StatusNoContent},
		{"/app-group", `{"app":"` + o.app.ID + `","group":"` + o.unrelated + `","assigned":true}`, http.StatusNoContent},
		{"/push-delay", `{"delay":"1h"}`, http.StatusNoContent},
		{"/push-never", `{"never":true}`, http.StatusNoContent},
		{"/push-never", `{"nver":true}`, http.StatusBadRequest},
		{"/member", `{"group":"` + o.pushed + `","user":"` + anna + `","member":true}`, http.StatusNoContent},
	} {
		if w := send(http.MethodPost, c.path, c.body); w.Code != c.want {
			t.Errorf("%s %s: %d %s", c.path, c.body, w.Code, w.Body)
		}
	}
	if !o.IsMember(o.imported, anna) || !o.center.isEnabled(anna) || !o.center.isEnabled(jens) {
		t.Error("a change did not happen")
	}
	var pushes pushState
	must(t, json.Unmarshal(send(http.MethodGet, "/pushes", "").Body.Bytes(), &pushes))
	if !pushes.Never || time.Duration(pushes.Delay) != time.Hour || len(pushes.Pushes) != 1 {
		t.Fatalf("%+v", pushes)
	}
	if w := send(http.MethodPost, "/deliver-pushes", ""); w.Code != http.StatusNoContent || !o.center.isMember("airflow-prod-viewer", anna) {
		t.Errorf("%d", w.Code)
	}
	for path, want := range map[string]string{
		"/users": `"LOCKED_OUT"`, "/groups": `"airflow-prod-viewer"`, "/apps": IdentityCenterApp, "/log": "group.user_membership.add",
	} {
		if w := send(http.MethodGet, path, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestTheSystemLogTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	_, err := o.sdk.Group.AddUserToGroup(o.ctx(), o.unrelated, o.id(anna))
	must(t, err)
	must(t, o.SetMember(o.unrelated, anna, false))
	filter := `eventType sw "group.user_membership" and target.id eq "` + o.unrelated + `"`
	events, _, err := o.sdk.LogEvent.GetLogs(o.ctx(), query.NewQueryParams(query.WithFilter(filter), query.WithSince(time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))))
	must(t, err)
	if len(events) != 2 || events[0].EventType != "group.user_membership.add" || events[1].EventType != "group.user_membership.remove" {
		t.Fatalf("%+v", events)
	}
	if events[0].Actor.AlternateId == events[1].Actor.AlternateId || events[0].Target[0].AlternateId != anna || events[0].Outcome.Result != "SUCCESS" {
		t.Errorf("%+v %+v", events[0].Actor, events[1].Actor)
	}
	newest, resp, err := o.sdk.LogEvent.GetLogs(o.ctx(), query.NewQueryParams(query.WithSortOrder("DESCENDING"), query.WithLimit(1), query.WithQ("membership")))
	must(t, err)
	if len(newest) != 1 || newest[0].EventType != "group.user_membership.remove" || !resp.HasNextPage() {
		t.Errorf("%+v", newest)
	}
	for _, bad := range []string{"since=yesterday", "sortOrder=up", `filter=eventType+is+"x"`} {
		if resp := o.get("/api/v1/logs?" + bad); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", bad, resp.Status)
		}
	}
}
