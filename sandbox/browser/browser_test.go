package browser_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"airpass/sandbox/browser"
)

func site(t *testing.T, routes map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, h := range routes {
		mux.HandleFunc(pattern, h)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func open(t *testing.T, b *browser.Browser, address string) browser.Result {
	t.Helper()
	res, err := b.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestAFragmentIsInheritedThroughRedirectsAndSentByTheForm(t *testing.T) {
	t.Parallel()
	var body string
	at := site(t, map[string]http.HandlerFunc{
		"GET /old": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new?a=1", http.StatusFound) },
		"GET /new": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, `<title>New</title><form method=post action="send" data-fragment-field="token" data-fragment-secret><input name=token><input name=kept value="x&amp;y"></form>`)
		},
		"POST /send": func(w http.ResponseWriter, r *http.Request) {
			body = r.PostFormValue("token") + " " + r.PostFormValue("kept") + " " + r.Header.Get("Origin")
			_, _ = fmt.Fprint(w, `<title>Sent</title>`)
		},
	})
	res := open(t, browser.New(""), at+"/old#se%20cret")
	if want := "se%20cret x&y " + at; body != want {
		t.Errorf("%q, want %q", body, want)
	}
	if res.Title != "Sent" || len(res.Steps) != 3 || res.Steps[1].Status != http.StatusOK || res.Steps[1].Title != "New" || res.Refused != "" {
		t.Errorf("%+v", res)
	}
	for _, s := range res.Steps {
		if strings.Contains(s.URL, "cret%") || strings.Contains(s.URL, "20cret") {
			t.Errorf("the secret is shown: %s", s.URL)
		}
	}
}

func TestWordsOfAPageThatRefuses(t *testing.T) {
	t.Parallel()
	page := func(status int, html string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = fmt.Fprint(w, html) }
	}
	at := site(t, map[string]http.HandlerFunc{
		"/marked": page(http.StatusForbidden, `<p role=alert data-refused="no-assignment">You <b>may not</b>.</p>`),
		"/alert":  page(http.StatusBadRequest, `<p role=alert>No &amp; no</p>`),
		"/bare":   page(http.StatusBadGateway, ``),
		"/notice": page(http.StatusOK, `<p role=alert>Just so you know</p>`),
	})
	for path, want := range map[string][2]string{
		"/marked": {"no-assignment", "You may not ."}, "/alert": {"", "No & no"}, "/bare": {"", "Bad Gateway"}, "/notice": {"", ""},
	} {
		if res := open(t, browser.New(""), at+path); res.RefusedCode != want[0] || res.Refused != want[1] {
			t.Errorf("%s: %q %q", path, res.RefusedCode, res.Refused)
		}
	}
}

func TestTheSignInFormIsSentOnce(t *testing.T) {
	t.Parallel()
	tries := 0
	form := `<form method=post action="/login"><input name=username><input name=fromURI value="/in"></form><p role=alert>Unable to sign in</p>`
	at := site(t, map[string]http.HandlerFunc{
		"GET /login": func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, form) },
		"POST /login": func(w http.ResponseWriter, r *http.Request) {
			tries++
			if r.PostFormValue("username") == "ann" {
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", Path: "/"})
				http.Redirect(w, r, r.PostFormValue("fromURI"), http.StatusSeeOther)
				return
			}
			_, _ = fmt.Fprint(w, form)
		},
		"GET /in": func(w http.ResponseWriter, r *http.Request) {
			_, err := r.Cookie("sid")
			_, _ = fmt.Fprintf(w, `<p data-signed-in-as="%v">`, err == nil)
		},
	})
	if res := open(t, browser.New("bob"), at+"/login"); tries != 1 || res.Refused != "Asked to sign in. Unable to sign in" {
		t.Errorf("%d tries: %+v", tries, res)
	}
	if res := open(t, browser.New(""), at+"/login"); tries != 1 || res.Refused == "" {
		t.Errorf("%d tries: %+v", tries, res)
	}
	b := browser.New("ann")
	if res := open(t, b, at+"/login"); res.SignedInAs != "true" {
		t.Errorf("%+v", res)
	}
	// The cookie stays in this browser, and only in this one.
	if res, err := b.Reload(t.Context()); err != nil || res.SignedInAs != "true" {
		t.Errorf("%+v %v", res, err)
	}
	if res := open(t, browser.New("ann"), at+"/in"); res.SignedInAs != "false" {
		t.Errorf("%+v", res)
	}
}

func TestTheWayThatEndsNowhere(t *testing.T) {
	t.Parallel()
	at := site(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }})
	if _, err := browser.New("").Open(t.Context(), at); !errors.Is(err, browser.ErrTooManySteps) {
		t.Error(err)
	}
	if _, err := browser.New("").Reload(t.Context()); !errors.Is(err, browser.ErrNoPage) {
		t.Error(err)
	}
	for _, bad := range []string{"http://127.0.0.1:1/", "%zz", ""} {
		if _, err := browser.New("").Open(t.Context(), bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
