package okta

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	hint "airpass/sandbox/browser"
)

const portal = "http://127.0.0.1:9999"

// freshBrowser keeps cookies and does not follow redirects.
func freshBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (o *org) signInAs(b *http.Client, login, from string) (*http.Response, string) {
	o.t.Helper()
	resp, err := b.PostForm(o.server.URL+"/login", url.Values{"username": {login}, "fromURI": {from}})
	must(o.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(o.t, err)
	cookie := ""
	for _, c := range resp.Cookies() {
		if c.Name == sessionCookie {
			cookie = c.Value
		}
	}
	return resp, cookie + "\n" + string(body)
}

func visit(t *testing.T, b *http.Client, address string) (*http.Response, string) {
	t.Helper()
	resp, err := b.Get(address)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(body)
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.TrustedOrigins = []string{portal} })
	b := freshBrowser(t)
	back := portal + "/start?state=a%26b"
	_, page := visit(t, b, o.server.URL+"/login?username="+url.QueryEscape(plus)+"&fromURI="+url.QueryEscape(back))
	if !strings.Contains(page, `value="anna&#43;test#1@example.com"`) || !strings.Contains(page, "no passwords") {
		t.Error(page)
	}
	resp, out := o.signInAs(b, anna, back)
	cookie, _, _ := strings.Cut(out, "\n")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != back || cookie == "" {
		t.Fatalf("%s %s", resp.Status, resp.Header.Get("Location"))
	}
	if login, ok := o.UserForSession(cookie); !ok || login != anna {
		t.Errorf("%q %v", login, ok)
	}
	// Signed in already: sent on without a form.
	if resp, _ := visit(t, b, o.server.URL+"/login?fromURI="+url.QueryEscape(back)); resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != back {
		t.Error(resp.Status)
	}
	if _, page := visit(t, b, o.server.URL+"/"); !strings.Contains(page, anna) {
		t.Error(page)
	}
	visit(t, b, o.server.URL+"/login/signout")
	if _, ok := o.UserForSession(cookie); ok {
		t.Error("signed out and still signed in")
	}
}

func TestWhoMayNotSignIn(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	must(t, o.SetStatus(boris, Suspended))
	for _, login := range []string{"nobody@example.com", gone, boris, "", `<script>alert(1)</script>`} {
		resp, page := o.signInAs(freshBrowser(t), login, "")
		if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(page, "Unable to sign in") || strings.Contains(page, "<script>") {
			t.Errorf("%q: %s", login, resp.Status)
		}
	}
	if _, ok := o.UserForSession(""); ok {
		t.Error("nobody is signed in without a cookie")
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	_, out := o.signInAs(freshBrowser(t), anna, "")
	cookie, _, _ := strings.Cut(out, "\n")
	must(t, o.SetStatus(anna, Suspended))
	must(t, o.SetStatus(anna, Active))
	if _, ok := o.UserForSession(cookie); ok {
		t.Error("suspending did not end the session")
	}
	_, out = o.signInAs(freshBrowser(t), anna, "")
	cookie, _, _ = strings.Cut(out, "\n")
	o.advance(119 * time.Minute)
	if _, ok := o.UserForSession(cookie); !ok {
		t.Error("ended early")
	}
	o.advance(2 * time.Minute)
	if _, ok := o.UserForSession(cookie); ok {
		t.Error("outlived its two hours")
	}
}

func TestSignInSendsBrowsersNowhereElse(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.TrustedOrigins = []string{portal} })
	for _, from := range []string{
		"https://evil.example/", "//evil.example/", `/\evil.example`, "http://127.0.0.1:9999@evil.example/", "javascript:alert(1)", "http://127.0.0.1:99990/", "evil",
	} {
		if resp, _ := o.signInAs(freshBrowser(t), anna, from); resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" {
			t.Errorf("%s: %s", from, resp.Status)
		}
		if resp, _ := visit(t, freshBrowser(t), o.server.URL+"/login?fromURI="+url.QueryEscape(from)); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", from, resp.Status)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+"/login", strings.NewReader("username="+url.QueryEscape(anna)))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.example")
	resp, err := freshBrowser(t).Do(r)
	must(t, err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a form on another site: %s", resp.Status)
	}
}

// TestSomebodyElseFollowsTheLink is one browser that is many people, as in the sandbox.
func TestSomebodyElseFollowsTheLink(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.TrustedOrigins = []string{portal} })
	b := freshBrowser(t)
	back := portal + "/start/"
	if resp, _ := o.signInAs(b, anna, back); resp.StatusCode != http.StatusSeeOther {
		t.Fatal(resp.Status)
	}
	login := o.server.URL + "/login?fromURI=" + url.QueryEscape(back) + "&username="
	if resp, _ := visit(t, b, login+url.QueryEscape(anna)); resp.Header.Get("Location") != back {
		t.Errorf("the same person is asked again: %s", resp.Status)
	}
	resp, page := visit(t, b, login+url.QueryEscape(plus))
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "signed in as <strong>"+anna) || !strings.Contains(page, `value="anna&#43;test#1@example.com" class="meant"`) {
		t.Errorf("%s\n%s", resp.Status, page)
	}
	if strings.Contains(page, "DEPROVISIONED") {
		t.Error(page)
	}
	at, err := url.Parse(o.server.URL)
	must(t, err)
	b.Jar.SetCookies(at, []*http.Cookie{{Name: hint.ActsAsCookie, Value: url.PathEscape(plus), Path: "/"}})
	if resp, _ := o.signInAs(b, anna, back); resp.StatusCode != http.StatusSeeOther {
		t.Fatal(resp.Status)
	}
	for _, c := range b.Jar.Cookies(at) {
		if c.Name == hint.ActsAsCookie && c.Value != url.PathEscape(anna) {
			t.Errorf("somebody has chosen, and the hint is still %q", c.Value)
		}
	}
}
