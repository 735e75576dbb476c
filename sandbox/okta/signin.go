package okta

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"airpass/sandbox/browser"
)

//go:embed signin.html
var signInHTML string

// signInView is what the page for people shows: the form with a refusal, or who is
// signed in.
type signInView struct {
	Username, FromURI, Problem string
	SignedIn, Login            string
	Apps                       []string
	// Other is who the browser is signed in as while somebody else is to sign in.
	Other string
	// People are those who can sign in, to choose from: there are no passwords.
	People []choice
}

// choice is somebody who can sign in.
type choice struct {
	Login, Name, Title string
	// Meant is whom the page before this one named.
	Meant bool
}

// maxChoices is how many people the page lists; the others type their name.
const maxChoices = 40

// sessionCookie is the name that Okta's session cookie has.
const sessionCookie = "sid"

type session struct {
	userID string
	ends   time.Time // sandbox clock
}

// TrustOrigin lets sign-in send browsers to an origin ("http://127.0.0.1:8080").
func (s *Server) TrustOrigin(origin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.origins[origin] = true
}

// UserForSession says who is signed in with a session cookie. Nobody is whose
// session has ended, who signed out, or who is not ACTIVE any more.
func (s *Server) UserForSession(cookie string) (login string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.signedIn(cookie)
	if u == nil {
		return "", false
	}
	return u.Login(), true
}

func (s *Server) signedIn(cookie string) *user {
	ses, ok := s.sessions[cookie]
	if !ok || !s.now().Before(ses.ends) {
		return nil
	}
	if u := s.byID(ses.userID); u != nil && u.Status == Active {
		return u
	}
	return nil
}

// endSessions ends every browser session of a person. The caller holds the lock.
func (s *Server) endSessions(userID string) {
	for cookie, ses := range s.sessions {
		if ses.userID == userID {
			delete(s.sessions, cookie)
		}
	}
}

func (s *Server) signInRoutes(mux *http.ServeMux) {
	page := template.Must(template.New("signin").Parse(signInHTML))
	show := func(w http.ResponseWriter, status int, v signInView) {
		if v.SignedIn == "" {
			v.People = s.choices(v.Username)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache, no-store")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		w.WriteHeader(status)
		_ = page.Execute(w, v)
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.dashboard(w, r, show) })
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) { s.showSignIn(w, r, show) })
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) { s.signIn(w, r, show) })
	mux.HandleFunc("GET /login/signout", s.signOut)
}

type shower func(http.ResponseWriter, int, signInView)

func cookieOf(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// destination checks where a browser is to be sent: a path of the org itself or a
// trusted origin.
func (s *Server) destination(from string) (string, bool) {
	if from == "" {
		return "/", true
	}
	u, err := url.Parse(from)
	if err != nil || u.User != nil || strings.ContainsAny(from, "\\\r\n\t") {
		return "", false
	}
	if u.Scheme == "" && u.Host == "" {
		return from, strings.HasPrefix(from, "/") && !strings.HasPrefix(from, "//")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return from, s.origins[u.Scheme+"://"+u.Host]
}

const badDestination = "The page that sent you here is not one that this organization trusts. (400)"

// showSignIn shows the form, or sends a browser on that is signed in already.
func (s *Server) showSignIn(w http.ResponseWriter, r *http.Request, show shower) {
	to, ok := s.destination(r.URL.Query().Get("fromURI"))
	if !ok {
		show(w, http.StatusBadRequest, signInView{Problem: badDestination})
		return
	}
	v := signInView{Username: r.URL.Query().Get("username"), FromURI: r.URL.Query().Get("fromURI")}
	if login, in := s.UserForSession(cookieOf(r)); in {
		if v.Username == "" || strings.EqualFold(v.Username, login) {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		v.Other = login
	}
	show(w, http.StatusOK, v)
}

// choices lists who can sign in, the one that is meant first.
func (s *Server) choices(meant string) []choice {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []choice
	for _, u := range s.users {
		if u.Status == Active {
			out = append(out, choice{Login: u.Login(), Name: u.asActor().DisplayName, Title: text(u.Profile, "title"), Meant: strings.EqualFold(u.Login(), meant)})
		}
	}
	slices.SortStableFunc(out, func(a, b choice) int {
		switch {
		case a.Meant == b.Meant:
			return 0
		case a.Meant:
			return -1
		}
		return 1
	})
	return out[:min(len(out), maxChoices)]
}

// signIn makes a session for somebody who is ACTIVE. There are no passwords in the
// sandbox. Okta gives one answer to everybody it refuses, and so does this.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, show shower) {
	name, from := strings.TrimSpace(r.PostFormValue("username")), r.PostFormValue("fromURI")
	to, ok := s.destination(from)
	if origin := r.Header.Get("Origin"); !ok || origin != "" && origin != "null" && origin != baseURL(r) {
		show(w, http.StatusBadRequest, signInView{Problem: badDestination})
		return
	}
	cookie, ok := s.newSession(name)
	if !ok {
		show(w, http.StatusUnauthorized, signInView{Username: name, FromURI: from, Problem: "Unable to sign in"})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	if browser.ActsAs(r) != "" { // who it was meant to be is out of date: somebody has chosen
		login, _ := s.UserForSession(cookie)
		browser.ActAs(w, login)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *Server) newSession(name string) (cookie string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.find(name)
	if name == "" || u == nil || u.Status != Active {
		s.recordFailure("user.session.start", "User login to Okta", "VERIFICATION_ERROR", actor{ID: "unknown", Type: "User", AlternateID: name, DisplayName: "unknown"})
		return "", false
	}
	cookie = "102" + randomID(40)
	s.sessions[cookie] = session{userID: u.ID, ends: s.now().Add(s.opts.SessionTTL)}
	u.LastLogin = s.now()
	s.record("user.session.start", "User login to Okta", u.asActor())
	return cookie, true
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	to, ok := s.destination(r.URL.Query().Get("fromURI"))
	if !ok || to == "/" {
		to = "/login"
	}
	s.mu.Lock()
	delete(s.sessions, cookieOf(r))
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, to, http.StatusFound)
}

// dashboard shows who is signed in and their applications.
func (s *Server) dashboard(w http.ResponseWriter, r *http.Request, show shower) {
	s.mu.Lock()
	u := s.signedIn(cookieOf(r))
	if u == nil {
		s.mu.Unlock()
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	v := signInView{SignedIn: u.asActor().DisplayName, Login: u.Login()}
	for _, a := range s.apps {
		if a.users[u.ID] != nil && !a.Inactive {
			v.Apps = append(v.Apps, a.Label)
		}
	}
	s.mu.Unlock()
	show(w, http.StatusOK, v)
}
