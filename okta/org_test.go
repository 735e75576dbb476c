package okta_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/okta"
	"airpass/outbound"
	sandbox "airpass/sandbox/okta"
)

const (
	anna  = "anna@example.com"
	boris = "boris@example.com"
	plus  = "anna+test#1@example.com"
	jose  = "josé.muñoz@exämple.com"
	slash = "team/ops@example.com"
	gone  = "greta@example.com"
	token = "00sandboxtoken"
)

// org is a sandbox org with people in it, served over HTTP, and our client of it.
type org struct {
	*sandbox.Server
	t      *testing.T
	url    string
	client *okta.Client
	seen   *seen

	app      string // provisions Identity Center
	plain    string // a group that may be changed
	assigns  string // a group that assigns app
	imported string // a group of another system's
}

// seen is what the Caller reported.
type seen struct {
	mu    sync.Mutex
	calls []outbound.Call
}

func (s *seen) add(c outbound.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
}

func (s *seen) last() outbound.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[len(s.calls)-1]
}

// names are the sites reported, in order.
func (s *seen) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.calls {
		out = append(out, c.Site.Name)
	}
	return out
}

func newOrg(t *testing.T, clients ...sandbox.Client) *org {
	t.Helper()
	limits := sandbox.DefaultLimits()
	for family := range limits {
		limits[family] = -1
	}
	o := &org{t: t, seen: &seen{}, Server: sandbox.New(sandbox.Options{APIToken: token, Limits: limits, Clients: clients})}
	server := httptest.NewServer(o.Handler())
	t.Cleanup(server.Close)
	o.url = server.URL
	o.populate()
	o.client = o.with(nil)
	return o
}

func (o *org) populate() {
	o.person(anna, map[string]any{"title": "Data engineer", "department": "Data", "manager": "Boris Berg", "managerId": o.person(boris, map[string]any{"employeeNumber": "4711"})})
	o.person(plus, nil)
	o.person(jose, map[string]any{"displayName": "José Muñoz"})
	o.person(slash, nil)
	o.person(gone, nil)
	must(o.t, o.SetStatus(gone, sandbox.Deprovisioned))
	app, err := o.AddApp(sandbox.App{Name: sandbox.IdentityCenterApp, Label: "AWS IAM Identity Center"})
	must(o.t, err)
	o.app = app.ID
	o.plain, o.assigns = o.group(sandbox.Group{Name: "airflow-prod-viewer"}), o.group(sandbox.Group{Name: "aws-people"}, anna)
	o.imported = o.group(sandbox.Group{Name: "from-ad", Type: sandbox.AppGroup})
	must(o.t, o.SetAppGroup(o.app, o.assigns, true))
}

// person adds somebody and returns their id.
func (o *org) person(login string, more map[string]any) string {
	o.t.Helper()
	profile := map[string]any{"login": login, "email": login, "firstName": "First", "lastName": "Last"}
	for k, v := range more {
		profile[k] = v
	}
	u, err := o.AddUser(sandbox.User{Profile: profile})
	must(o.t, err)
	return u.ID
}

func (o *org) group(g sandbox.Group, members ...string) string {
	o.t.Helper()
	made, err := o.AddGroup(g, members...)
	must(o.t, err)
	return made.ID
}

func (o *org) id(login string) string {
	o.t.Helper()
	u, err := o.User(login)
	must(o.t, err)
	return u.ID
}

// with is a client with other options.
func (o *org) with(change func(*okta.Options)) *okta.Client {
	o.t.Helper()
	opts := okta.Options{
		URL: o.url + "/", Token: token, IdentityCenterApp: o.app,
		Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second, After: o.seen.add}),
	}
	if change != nil {
		change(&opts)
	}
	c, err := okta.New(opts)
	must(o.t, err)
	return c
}

func (o *org) ref(login, group string) access.Ref {
	return access.Ref{Kind: access.OktaMembership, OktaUser: o.id(login), OktaGroup: group}
}

// odd is a client of a server that answers as this handler does: not Okta, but what
// can be between Okta and us.
func odd(t *testing.T, answer http.HandlerFunc) *okta.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := okta.New(okta.Options{URL: server.URL, Token: token, IdentityCenterApp: "0oaapp", Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second})})
	must(t, err)
	return c
}

func ctxOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// failure is the vendor error of this class.
func failure(t *testing.T, what string, err error, class access.Class) access.VendorError {
	t.Helper()
	var v *access.VendorError
	if !errors.As(err, &v) {
		t.Fatalf("%s: %v is no failure of a vendor's", what, err)
	}
	if v.Class != class || v.Vendor != "okta" || v.Op == "" {
		t.Errorf("%s: got %s of %s %s, want %s: %v", what, v.Class, v.Vendor, v.Op, class, err)
	}
	return *v
}

func numbered(i int) string { return fmt.Sprintf("person%04d@example.com", i) }
