package portal_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"airpass/sandbox/browser"
)

// TestTheHintAsksWhoFollowsALink: in a browser that is signed in as one person, a link
// that another one opens leads to the sign-in, prefilled, and then on.
func TestTheHintAsksWhoFollowsALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	jar, err := cookiejar.New(nil)
	must(t, err)
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	at, err := url.Parse(w.base)
	must(t, err)
	hint := func(login string) {
		jar.SetCookies(at, []*http.Cookie{{Name: browser.ActsAsCookie, Value: url.PathEscape(login), Path: "/"}})
	}
	to := func(method, address string, form url.Values) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
		must(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := c.Do(req)
		must(t, err)
		defer resp.Body.Close()
		return resp.Header.Get("Location")
	}
	entry := w.base + "/start/console?account_id=" + account + "&role_name=" + set
	hint(odd)
	signIn := to(http.MethodGet, entry, nil)
	if !strings.Contains(signIn, "/login?") || !strings.HasSuffix(signIn, "&username="+url.QueryEscape(odd)) {
		t.Fatal(signIn)
	}
	if back := to(http.MethodPost, signIn, url.Values{"username": {bob}, "fromURI": {entry}}); back != entry {
		t.Fatal(back)
	}
	// Bob was chosen, which the hint follows: he is not asked again, and is turned away.
	if again := to(http.MethodGet, entry, nil); again != "" {
		t.Fatal(again)
	}
	hint(ann)
	if signIn = to(http.MethodGet, entry, nil); !strings.Contains(signIn, "username="+url.QueryEscape(ann)) {
		t.Fatal(signIn)
	}
	to(http.MethodPost, signIn, url.Values{"username": {ann}, "fromURI": {entry}})
	if in := to(http.MethodGet, entry, nil); in != "/mwaa/home?region="+region+"#environments/dev/sso" { // the relay state
		t.Errorf("ann is sent to %q", in)
	}
	if no := w.portal.Refusals(); len(no) != 1 || no[0].Login != bob || no[0].Code != "no-assignment" || no[0].PermissionSet != set || no[0].At.IsZero() {
		t.Errorf("%+v", no)
	}
}

// TestSigningInAsSomebodyElse leads from a refusal to the same page as another person.
func TestSigningInAsSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	b := browser.New(bob)
	res := w.open(b, w.link(set, console("dev")))
	w.wantRefused(res, "no-assignment", http.StatusForbidden)
	_, rest, ok := strings.Cut(res.HTML, `<a href="/start/signout?back=`)
	if !ok {
		t.Fatal(res.HTML)
	}
	back, _, _ := strings.Cut(rest, `"`)
	b.Login = ann
	w.wantAirflow(w.open(b, w.base+"/start/signout?back="+back), ann, "Viewer")
	// Only the portal's own pages are come back to.
	if res = w.open(browser.New(""), w.base+"/start/signout?back=https://evil.example/"); strings.Contains(res.URL, "evil") {
		t.Error(res.URL)
	}
}
