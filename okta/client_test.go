package okta_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/okta"
	"airpass/outbound"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/okta"
)

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*okta.Options){
		"no caller":               func(o *okta.Options) { o.Caller = nil },
		"no URL":                  func(o *okta.Options) { o.URL = "" },
		"http":                    func(o *okta.Options) { o.URL = "http://example.okta.com" },
		"a path":                  func(o *okta.Options) { o.URL = "https://example.okta.com/api" },
		"a password":              func(o *okta.Options) { o.URL = "https://a:verysecret@example.okta.com" },
		"the admin's URL":         func(o *okta.Options) { o.URL = "https://example-admin.okta.com" },
		"no credentials":          func(o *okta.Options) { o.Token = "" },
		"two credentials":         func(o *okta.Options) { o.ClientID = "0oa" },
		"a key that is none":      func(o *okta.Options) { o.Token, o.ClientID, o.PrivateKey = "", "0oa", "verysecret" },
		"a kind of manager":       func(o *okta.Options) { o.ManagerKind = "name" },
		"an attribute":            func(o *okta.Options) { o.EmailAttribute = `email eq "x" or login` },
		"an application's id":     func(o *okta.Options) { o.IdentityCenterApp = "0oa/../x" },
		"the manager's attribute": func(o *okta.Options) { o.ManagerAttribute = "manager.id" },
	} {
		opts := okta.Options{URL: "https://example.okta.com", Token: "verysecret", Caller: outbound.New(outbound.Options{})}
		change(&opts)
		_, err := okta.New(opts)
		wants(t, what, err, access.ErrInvalid)
		if err != nil && strings.Contains(err.Error(), "verysecret") {
			t.Errorf("%s: the error holds a secret: %v", what, err)
		}
	}
}

var serviceKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newService(t *testing.T, change func(*sandbox.Client)) (*org, *rsa.PrivateKey) {
	t.Helper()
	key, err := serviceKey()
	must(t, err)
	c := sandbox.Client{ID: "0oaserviceapp0000000", Keys: map[string]*rsa.PublicKey{"k1": &key.PublicKey}, Scopes: okta.DefaultScopes()}
	if change != nil {
		change(&c)
	}
	return newOrg(t, c), key
}

func (o *org) service(pemKey string) *okta.Client {
	return o.with(func(o *okta.Options) {
		o.Token, o.ClientID, o.PrivateKey, o.KeyID = "", "0oaserviceapp0000000", pemKey, "k1"
	})
}

func encoded(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestAServiceAppSignsInWithEitherFormOfKey(t *testing.T) {
	t.Parallel()
	o, key := newService(t, nil)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	for form, text := range map[string]string{
		"PKCS#1":             encoded("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		"PKCS#8":             encoded("PRIVATE KEY", pkcs8),
		"PKCS#8 in one line": strings.ReplaceAll(encoded("PRIVATE KEY", pkcs8), "\n", `\n`),
	} {
		c := o.service(text)
		_, err := c.Add(ctxOf(t), o.ref(anna, o.plain))
		if err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
	// One token serves many calls.
	if n := o.Faults().Count("Token"); n != 3 {
		t.Errorf("%d tokens for three clients", n)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	ecDER, err := x509.MarshalPKCS8PrivateKey(ec)
	must(t, err)
	_, err = okta.New(okta.Options{URL: o.url, ClientID: "0oa", PrivateKey: encoded("PRIVATE KEY", ecDER), Caller: outbound.New(outbound.Options{})})
	wants(t, "an EC key", err, access.ErrInvalid)
}

func TestATokenThatIsNotGivenTellsNoSecret(t *testing.T) {
	t.Parallel()
	check := func(what string, o *org, c *okta.Client, class access.Class) {
		t.Helper()
		_, err := c.ByID(ctxOf(t), o.id(anna))
		failure(t, what, err, class)
		for _, secret := range []string{"client_assertion=", "eyJ", o.url} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error holds the request: %v", what, err)
			}
		}
	}
	o, key := newService(t, nil)
	good := encoded("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	for fault, class := range map[control.Fault]access.Class{
		{Op: "Token", Times: 1, LoseReply: true}:            access.Unavailable,
		{Op: "Token", Times: 1, Answer: "unavailable_html"}: access.Unavailable,
		{Op: "Token", Times: 1, Answer: "throttled"}:        access.Throttled,
	} {
		o.Faults().Add(fault)
		check(fmt.Sprintf("%+v", fault), o, o.service(good), class)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	check("another key", o, o.service(encoded("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(other))), access.Denied)
	proof, _ := newService(t, func(c *sandbox.Client) { c.RequireDPoP = true })
	check("an app that wants DPoP", proof, proof.service(good), access.Denied)
	narrow, _ := newService(t, func(c *sandbox.Client) { c.Scopes = c.Scopes[:1] })
	check("scopes that are not granted", narrow, narrow.service(good), access.Denied)
}

// The SDK reads a file in the home directory and the environment; neither may change
// whom is called, as whom, or whether lists are kept.
func TestNothingLeaksInFromTheMachine(t *testing.T) {
	home := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(home, ".okta"), 0o700))
	file := "okta:\n  client:\n    orgUrl: https://elsewhere.invalid\n    token: wrong\n    cache:\n      enabled: true\n    requestTimeout: 1\n    rateLimit:\n      maxRetries: 9\n"
	must(t, os.WriteFile(filepath.Join(home, ".okta", "okta.yaml"), []byte(file), 0o600))
	t.Setenv("HOME", home)
	for name, value := range map[string]string{
		"OKTA_CLIENT_ORGURL": "https://elsewhere.invalid", "OKTA_CLIENT_TOKEN": "wrong", "OKTA_CLIENT_CACHE_ENABLED": "true",
		"OKTA_CLIENT_AUTHORIZATIONMODE": "JWT", "OKTA_CLIENT_CLIENTASSERTION": "x", "OKTA_CLIENT_RATE_LIMIT_MAX_RETRIES": "9",
		"OKTA_CLIENT_PROXY_HOST": "elsewhere.invalid", "OKTA_CLIENT_PRIVATEKEY": "x", "OKTA_CLIENT_SCOPES": "x",
	} {
		t.Setenv(name, value)
	}
	o := newOrg(t)
	ref := o.ref(anna, o.plain)
	for _, want := range []bool{false, true} {
		seen, err := o.client.Observe(ctxOf(t), ref, time.Time{})
		if err != nil || seen.Present != want {
			t.Errorf("%+v %v", seen, err)
		}
		_, err = o.client.Add(ctxOf(t), ref)
		must(t, err)
	}
	o.Faults().ResetCalls()
	o.Faults().Add(control.Fault{Op: "GetUser", Answer: "throttled"})
	_, err := o.client.ByID(ctxOf(t), o.id(anna))
	failure(t, "throttled", err, access.Throttled)
	if n := o.Faults().Count("GetUser"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// Every call that Okta receives was reported, once and under its own name.
func TestEveryCallIsReportedUnderItsName(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	ctx, ref := ctxOf(t), o.ref(anna, o.plain)
	p, err := o.client.ByLogin(ctx, anna)
	must(t, err)
	_, err = o.client.ByEmail(ctx, anna)
	must(t, err)
	_, err = o.client.ManagerOf(ctx, p)
	must(t, err)
	_, err = o.client.GroupMembers(ctx, o.assigns, 10)
	must(t, err)
	_, err = o.client.IdentityCenterUserName(ctx, p.OktaID)
	must(t, err)
	_, err = o.client.IdentityCenterUserNames(ctx)
	must(t, err)
	_, err = o.client.Add(ctx, ref)
	must(t, err)
	_, err = o.client.Observe(ctx, ref, time.Time{})
	must(t, err)
	_, err = o.client.Remove(ctx, ref)
	must(t, err)
	_, err = o.client.Rules(ctx)
	must(t, err)
	made, err := o.client.CreateGroup(ctx, "airpass prod/Viewer", "made by a test")
	must(t, err)
	found, err := o.client.GroupNamed(ctx, "airpass prod/Viewer")
	must(t, err)
	if found != made || !found.Plain || found.Description != "made by a test" {
		t.Errorf("made %+v, found %+v", made, found)
	}
	_, err = o.client.CreateGroup(ctx, "airpass prod/Viewer", "again")
	failure(t, "a name that is taken", err, access.Rejected)
	_, err = o.client.GroupNamed(ctx, "airpass prod/View") // the beginning of a name is another
	if !errors.Is(err, access.ErrNotFound) {
		t.Error(err)
	}
	var received []string
	for _, c := range o.Faults().Calls() {
		received = append(received, c.Op)
	}
	if !slices.Equal(received, o.seen.names()) {
		t.Errorf("received %v\nreported %v", received, o.seen.names())
	}
	for _, site := range outbound.Sites() {
		if site.Vendor == outbound.Okta && !slices.Contains(received, site.Name) {
			t.Errorf("%s was not called", site.Name)
		}
	}
}

// What stands between Okta and us answers too, and must not be taken for Okta.
func TestAnswersThatOktaDidNotGive(t *testing.T) {
	t.Parallel()
	page := func(status int, kind, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	ref := access.Ref{Kind: access.OktaMembership, OktaUser: "00uperson", OktaGroup: "00ggroup"}
	for what, c := range map[string]struct {
		answer http.HandlerFunc
		class  access.Class
	}{
		"a proxy's 404":              {page(404, "text/html", "<html>not here</html>"), access.Unavailable},
		"a path that is not Okta's":  {page(404, "application/json", `{"errorCode":"E0000008"}`), access.Unavailable},
		"a redirect to a login page": {page(302, "text/html", "", "Location", "/login"), access.Unavailable},
		"a login page":               {page(200, "text/html", "<html>sign in</html>"), access.Unavailable},
		"nothing":                    {page(200, "application/json", ""), access.Unavailable},
		"null":                       {page(200, "application/json", "null"), access.Unavailable},
		"half an object":             {page(200, "application/json", `{"id":"00u`), access.Unavailable},
		"somebody without an id":     {page(200, "application/json", `{"profile":{}}`), access.Unavailable},
		"a conflict":                 {page(409, "application/json", `{"errorCode":"E0000157"}`), access.Conflict},
		"a wrong request":            {page(400, "application/json", `{"errorCode":"E0000001","errorSummary":"Api validation failed"}`), access.Rejected},
		"too slow for the gateway":   {page(504, "text/html", ""), access.Unavailable},
	} {
		client := odd(t, c.answer)
		_, err := client.ByID(ctxOf(t), ref.OktaUser)
		failure(t, what, err, c.class)
		err = client.GroupIsSafe(ctxOf(t), ref.OktaGroup)
		failure(t, "the safety of a group by "+what, err, c.class)
		if _, err = client.Observe(ctxOf(t), ref, time.Time{}); err == nil {
			t.Errorf("%s: taken for an observation", what)
		}
	}
}

func TestPagesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	linked := func(links ...string) *okta.Client {
		return odd(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if after := r.URL.Query().Get("after"); after == "end" {
				_, _ = w.Write([]byte(`[{"id":"00gtwo"}]`))
				return
			}
			for _, link := range links {
				w.Header().Add("Link", strings.ReplaceAll(link, "HERE", "http://"+r.Host+r.URL.Path))
			}
			_, _ = w.Write([]byte(`[{"id":"00gone"}]`))
		})
	}
	_, err := linked(`<HERE?after=same>; rel="next"`).GroupsOf(ctxOf(t), "00uperson")
	failure(t, "pages in a circle", err, access.Unavailable)
	_, err = linked(`<http://%zz>; rel="next"`).GroupsOf(ctxOf(t), "00uperson")
	failure(t, "a link that is none", err, access.Unavailable)
	for _, links := range [][]string{
		{`<HERE>; rel="self"`, `<HERE?after=end>; rel="next"`},
		{`<HERE>; rel="self", <HERE?after=end>; rel="next"`},
		{`<https://elsewhere.invalid/api/v1/users/00uperson/groups?after=end>; rel="next"`}, // the token stays here
	} {
		groups, err := linked(links...).GroupsOf(ctxOf(t), "00uperson")
		if err != nil || len(groups) != 2 || !groups["00gtwo"] {
			t.Errorf("%v: %v %v", links, groups, err)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	c, err := okta.New(okta.Options{URL: "http://127.0.0.1:1", Token: "verysecret", Caller: outbound.New(outbound.Options{})})
	must(t, err)
	_, err = c.ByID(ctxOf(t), "00uperson")
	failure(t, "nobody listens", err, access.Unavailable)
	if strings.Contains(err.Error(), "verysecret") || strings.Contains(err.Error(), "/api/v1") || errors.Is(err, access.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
