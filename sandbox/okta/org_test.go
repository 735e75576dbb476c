package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"airpass/sandbox/contract"
	"airpass/sandbox/control"
)

// document is read once for the whole test binary.
var document = sync.OnceValues(contract.LoadOkta)

// org is a sandbox org with people in it, served over HTTP, and the real SDK's
// client, every response of which is held to Okta's document.
type org struct {
	*Server
	t      *testing.T
	clock  *control.Clock
	center *center
	server *httptest.Server
	wire   *contract.OktaTransport
	http   *http.Client
	sdk    *sdk.Client

	app                 App
	everyone            string // Everyone
	assigns, pushed     string // gives the application; is pushed to it
	imported, unrelated string
}

const (
	anna  = "anna@example.com"
	boris = "boris@example.com"
	plus  = "anna+test#1@example.com"
	jens  = "josé.muñoz@exämple.com"
	slash = "team/ops@example.com"
	gone  = "greta@example.com"
)

func newOrg(t *testing.T, change func(*Options)) *org {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	o := &org{t: t, clock: new(control.Clock), center: newCenter()}
	opts := Options{Clock: o.clock, Downstream: o.center, APIToken: "00sandboxtoken"}
	if change != nil {
		change(&opts)
	}
	o.Server = New(opts)
	o.server = httptest.NewServer(o.Handler())
	t.Cleanup(o.server.Close)
	o.wire = doc.Transport(t, nil)
	o.http = &http.Client{Transport: o.wire, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	o.sdk = o.client(sdk.WithToken("00sandboxtoken"))
	o.populate()
	return o
}

// client is the real SDK's client, made as an application makes it.
func (o *org) client(more ...sdk.ConfigSetter) *sdk.Client {
	o.t.Helper()
	set := append([]sdk.ConfigSetter{
		sdk.WithOrgUrl(o.server.URL), sdk.WithTestingDisableHttpsCheck(true), sdk.WithCache(false), sdk.WithHttpClientPtr(o.http),
		sdk.WithRateLimitMaxRetries(0),
	}, more...)
	_, client, err := sdk.NewClient(o.t.Context(), set...)
	if err != nil {
		o.t.Fatal(err)
	}
	return client
}

func (o *org) populate() {
	o.person(anna, map[string]any{"department": "Data", "manager": "Boris Berg", "managerId": boris, "title": "Data engineer"})
	o.person(boris, map[string]any{"department": "Data", "title": "Head of data"})
	o.person(plus, nil)
	o.person(jens, map[string]any{"department": "Sales", "slackIds": []string{"U1", "U2"}})
	o.person(slash, nil)
	o.person(gone, nil)
	must(o.t, o.SetStatus(gone, Deprovisioned))
	app, err := o.AddApp(App{Name: IdentityCenterApp, Label: "AWS IAM Identity Center"})
	must(o.t, err)
	o.app = app
	o.assigns, o.pushed, o.unrelated = o.newGroup("aws-people"), o.newGroup("airflow-prod-viewer"), o.newGroup("unrelated")
	imported, err := o.AddGroup(Group{Name: "from-ad", Type: AppGroup}, boris)
	must(o.t, err)
	o.imported = imported.ID
	o.everyone = o.Groups()[0].ID
	must(o.t, o.SetAppGroup(o.app.ID, o.assigns, true))
	_, err = o.PushGroup(o.pushed)
	must(o.t, err)
}

func (o *org) newGroup(name string) string {
	o.t.Helper()
	g, err := o.AddGroup(Group{Name: name})
	must(o.t, err)
	return g.ID
}

func (o *org) person(login string, more map[string]any) User {
	o.t.Helper()
	first := login[:4]
	profile := map[string]any{"login": login, "email": login, "firstName": first, "lastName": "Example", "displayName": first + " Example"}
	for k, v := range more {
		profile[k] = v
	}
	u, err := o.AddUser(User{Profile: profile})
	must(o.t, err)
	return u
}

// id is a person's id.
func (o *org) id(login string) string {
	o.t.Helper()
	u, err := o.User(login)
	must(o.t, err)
	return u.ID
}

func (o *org) ctx() context.Context {
	ctx, cancel := context.WithTimeout(o.t.Context(), 20*time.Second)
	o.t.Cleanup(cancel)
	return ctx
}

// advance moves the sandbox clock.
func (o *org) advance(d time.Duration) {
	o.t.Helper()
	_, err := o.clock.Advance(d)
	must(o.t, err)
}

// get asks without the SDK, with the API token.
func (o *org) get(path string) *http.Response {
	o.t.Helper()
	return o.do(http.MethodGet, path, "SSWS 00sandboxtoken")
}

func (o *org) do(method, path, authorization string) *http.Response {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, o.server.URL+path, nil)
	must(o.t, err)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := o.http.Do(r)
	must(o.t, err)
	o.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode checks that err is Okta's error with this code.
func wantCode(t *testing.T, err error, code string) *sdk.Error {
	t.Helper()
	var e *sdk.Error
	if !errors.As(err, &e) || e.ErrorCode != code {
		t.Fatalf("got %v, want Okta's %s", err, code)
	}
	return e
}

// center is IAM Identity Center as SCIM sees it. It holds state and refuses what
// SCIM refuses: changes of people it does not know.
type center struct {
	mu      sync.Mutex
	ids     map[string]string // external id: user name
	enabled map[string]bool
	groups  map[string]string // name: id
	members map[string]bool   // "group user name"
	broken  error
}

func newCenter() *center {
	return &center{ids: map[string]string{}, enabled: map[string]bool{}, groups: map[string]string{}, members: map[string]bool{}}
}

func (c *center) UpsertUser(externalID, userName, _, _, _, _ string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return "", c.broken
	}
	if old, ok := c.ids[externalID]; ok && old != userName {
		c.enabled[userName] = c.enabled[old]
		delete(c.enabled, old)
	}
	c.ids[externalID] = userName
	return "ic-" + externalID, nil
}

func (c *center) SetUserEnabled(userName string, enabled bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return c.broken
	}
	c.enabled[userName] = enabled
	return nil
}

func (c *center) UpsertGroup(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.groups[name] == "" {
		c.groups[name] = fmt.Sprintf("ic-group-%d", len(c.groups))
	}
	return c.groups[name]
}

func (c *center) SetMembership(groupID, userName string, member bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return c.broken
	}
	if _, known := c.enabled[userName]; !known {
		return fmt.Errorf("no such user %q", userName)
	}
	if member {
		c.members[groupID+" "+userName] = true
	} else {
		delete(c.members, groupID+" "+userName)
	}
	return nil
}

func (c *center) isMember(group, userName string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.members[c.groups[group]+" "+userName]
}

func (c *center) isEnabled(userName string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.enabled[userName]
}

func (c *center) breakWith(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = err
}
