package contract

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

var oktaOnce = sync.OnceValues(LoadOkta)

// mute counts the failures reported to it instead of failing.
type mute struct {
	testing.TB
	failures int
}

func (m *mute) Helper()               {}
func (m *mute) Errorf(string, ...any) { m.failures++ }

type canned struct {
	status int
	header http.Header
	body   string
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Header: c.header, Body: io.NopCloser(strings.NewReader(c.body))}, nil
}

const goodUser = `{"id":"00u1","status":"ACTIVE","profile":{"login":"a@b.example","email":"a@b.example"},"created":"2026-11-24T10:00:00.000Z"}`

// TestOktaTransportRejects shows that the check can fail, in each way it knows.
func TestOktaTransportRejects(t *testing.T) {
	t.Parallel()
	okta, err := oktaOnce()
	if err != nil {
		t.Fatal(err)
	}
	const oktaError = `{"errorCode":"E0000007","errorSummary":"Not found","errorLink":"E0000007","errorId":"oae1","errorCauses":[]}`
	for name, c := range map[string]struct {
		method, path string
		reply        canned
		bare         bool // without X-Okta-Request-Id
		wrong        bool
	}{
		"a good user":            {path: "/api/v1/users/a%2Fb", reply: canned{status: 200, body: goodUser}},
		"an unknown state":       {path: "/api/v1/users/x", reply: canned{status: 200, body: strings.Replace(goodUser, "ACTIVE", "AWAKE", 1)}, wrong: true},
		"a wrong type":           {path: "/api/v1/users/x", reply: canned{status: 200, body: strings.Replace(goodUser, `"00u1"`, "7", 1)}, wrong: true},
		"a bad date":             {path: "/api/v1/users/x", reply: canned{status: 200, body: strings.Replace(goodUser, "2026-11-24T10", "24.11.2026 10", 1)}, wrong: true},
		"a misspelt field":       {path: "/api/v1/users/x", reply: canned{status: 200, body: strings.Replace(goodUser, `"created"`, `"creatd"`, 1)}, wrong: true},
		"one for a list":         {path: "/api/v1/users", reply: canned{status: 200, body: goodUser}, wrong: true},
		"a good list":            {path: "/api/v1/users", reply: canned{status: 200, body: "[" + goodUser + "]"}},
		"not JSON":               {path: "/api/v1/users", reply: canned{status: 200, body: "hello"}, wrong: true},
		"an undocumented status": {path: "/api/v1/users", reply: canned{status: 202, body: "[]"}, wrong: true},
		"no request id":          {path: "/api/v1/users", reply: canned{status: 200, body: "[]"}, bare: true, wrong: true},
		"no such operation":      {path: "/api/v1/people", reply: canned{status: 200, body: "[]"}, wrong: true},
		"no such method":         {method: http.MethodPatch, path: "/api/v1/users", reply: canned{status: 200, body: "[]"}, wrong: true},
		"204 with a body":        {method: http.MethodPut, path: "/api/v1/groups/g/users/u", reply: canned{status: 204, body: "{}"}, wrong: true},
		"204":                    {method: http.MethodPut, path: "/api/v1/groups/g/users/u", reply: canned{status: 204}},
		"rules are not a group":  {path: "/api/v1/groups/rules", reply: canned{status: 200, body: "[]"}},
		"a good error":           {path: "/api/v1/users/x", reply: canned{status: 404, body: oktaError}},
		"an undocumented error":  {path: "/api/v1/users/x", reply: canned{status: 500, body: oktaError}},
		"an error without an id": {path: "/api/v1/users/x", reply: canned{status: 500, body: strings.Replace(oktaError, `"errorId":"oae1",`, "", 1)}, wrong: true},
		"somebody else's error":  {path: "/api/v1/users/x", reply: canned{status: 400, body: `{"message":"no"}`}, wrong: true},
		"a page as an error":     {path: "/api/v1/users/x", reply: canned{status: 400, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>"}, wrong: true},
		"a gateway's page":       {path: "/api/v1/users/x", reply: canned{status: 503, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>"}},
		"exempt":                 {path: "/login", reply: canned{status: 200, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>"}, bare: true},
	} {
		if c.reply.header == nil {
			c.reply.header = http.Header{"Content-Type": {"application/json"}}
		}
		if !c.bare {
			c.reply.header.Set("X-Okta-Request-Id", "r1")
		}
		if c.method == "" {
			c.method = http.MethodGet
		}
		m := &mute{TB: t}
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://127.0.0.1"+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := okta.Transport(m, c.reply).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if (m.failures > 0) != c.wrong || string(body) != c.reply.body {
			t.Errorf("%s: %d failures, body %q", name, m.failures, body)
		}
	}
}
