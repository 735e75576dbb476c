package mwaa

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"airpass/sandbox/browser"
)

// InsideVPCHeader is set by requests that come from inside the VPC.
const InsideVPCHeader = "X-Sandbox-Inside-Vpc"

// mount is where a web server is served.
func mount(hostname string) string { return "/webserver/" + hostname }

// Mounted is where the web server of a hostname is served, for browsers that are to find
// it; ok is false where no environment has it.
func (s *Server) Mounted(hostname string) (path string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return mount(hostname), s.byHostname(hostname) != nil
}

// family is the path below which MWAA's own pages are.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html.
func family(airflow3 bool) string {
	if airflow3 {
		return "/pluginsv2/aws_mwaa"
	}
	return "/aws_mwaa"
}

// refusal is why a browser gets no further.
type refusal struct {
	status       int
	code         string
	title, words string
}

func (s *Server) webServerRoutes(mux *http.ServeMux) {
	route := func(pattern string, page func(*Server, http.ResponseWriter, *http.Request, Environment)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /webserver/{host}"+path, func(w http.ResponseWriter, r *http.Request) {
			e, no := s.reach(r)
			if no != nil {
				s.refuse(w, e, *no)
				return
			}
			page(s, w, r, e)
		})
	}
	route("GET /{$}", (*Server).home)
	route("POST /logout", (*Server).signOut)
	for _, three := range []bool{false, true} {
		only := func(page func(*Server, http.ResponseWriter, *http.Request, Environment)) func(*Server, http.ResponseWriter, *http.Request, Environment) {
			return func(s *Server, w http.ResponseWriter, r *http.Request, e Environment) {
				if e.airflow3() != three {
					s.refuse(w, e, refusal{http.StatusNotFound, "no-page", "Airflow 404", "Page cannot be found: this web server has Airflow " + e.AirflowVersion + "."})
					return
				}
				page(s, w, r, e)
			}
		}
		route("GET "+family(three)+"/aws-console-sso", only((*Server).consoleSSO))
		route("POST "+family(three)+"/login", only((*Server).login))
	}
}

// reach is the environment that a request is for, unless the network or the state of
// the environment is in the way.
func (s *Server) reach(r *http.Request) (Environment, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byHostname(r.PathValue("host"))
	if found == nil {
		return Environment{}, &refusal{http.StatusNotFound, "no-server", "This site can’t be reached", "There is no web server with this name."}
	}
	e := found.copy()
	switch {
	case e.AccessMode == PrivateOnly && !s.insideVPC && r.Header.Get(InsideVPCHeader) == "":
		return e, &refusal{http.StatusGatewayTimeout, "private", "This site can’t be reached",
			"This web server is private: it is reachable only inside the VPC. Connect to the company network (VPN or bastion) and open the page again."}
	case !e.Status.serves():
		return e, &refusal{http.StatusServiceUnavailable, "environment-not-available", "Environment not available",
			"The environment " + e.Name + " is " + string(e.Status) + ". Its web server does not answer."}
	}
	return e, nil
}

// consoleSSO is the page that a login link leads to: its script reads the token from
// the fragment and sends it on. Without login=true it offers to sign in.
func (s *Server) consoleSSO(w http.ResponseWriter, r *http.Request, e Environment) {
	if r.URL.Query().Get("login") != "true" {
		s.mu.Lock()
		_, had := s.signedIn(e, r)
		s.mu.Unlock()
		words := "You are not signed in to this Airflow environment."
		if had {
			words = "Your session has ended. Sign in again to go on."
		}
		s.show(w, http.StatusUnauthorized, view{Page: "sign-in", Title: "Sign in", Environment: e, Console: s.consoleLink(e), Code: "signed-out", Words: words})
		return
	}
	s.show(w, http.StatusOK, view{Page: "handover", Title: "Signing in", Environment: e, Action: mount(e.Hostname) + family(e.airflow3()) + "/login"})
}

func (s *Server) login(w http.ResponseWriter, r *http.Request, e Environment) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	ses, no := s.signIn(e, r.PostFormValue("token"))
	if ses == nil {
		s.refuse(w, e, refusal{http.StatusUnauthorized, "token", "Not signed in", no})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: e.cookieName(), Value: ses.cookie, Path: mount(e.Hostname) + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, mount(e.Hostname)+"/", http.StatusFound)
}

// home is Airflow's first page, which says who is signed in and in which role.
func (s *Server) home(w http.ResponseWriter, r *http.Request, e Environment) {
	s.mu.Lock()
	ses, _ := s.signedIn(e, r)
	s.mu.Unlock()
	if ses == nil {
		http.Redirect(w, r, mount(e.Hostname)+family(e.airflow3())+"/aws-console-sso", http.StatusFound)
		return
	}
	s.show(w, http.StatusOK, view{
		Page: "home", Title: "DAGs", Environment: e, Identity: ses.identity, User: ses.user, Role: ses.role,
		Since: ses.since, Until: ses.ends, Can: can(ses.role), DAGs: dags(), Action: mount(e.Hostname) + "/logout",
	})
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request, e Environment) {
	s.mu.Lock()
	if ses, _ := s.signedIn(e, r); ses != nil {
		ses.out = true
	}
	s.mu.Unlock()
	http.Redirect(w, r, mount(e.Hostname)+"/", http.StatusSeeOther)
}

// consoleLink is the console's page that makes a token with the person's console
// session.
func (s *Server) consoleLink(e Environment) string {
	base := s.opts.ConsoleURL
	if base == "" {
		base = "https://" + e.Region + ".console.aws.amazon.com"
	}
	return base + "/mwaa/home?region=" + url.QueryEscape(e.Region) + "#environments/" + e.Name + "/sso"
}

func (s *Server) refuse(w http.ResponseWriter, e Environment, no refusal) {
	s.show(w, no.status, view{Page: "refused", Title: no.title, Environment: e, Code: no.code, Words: no.words})
}

func (s *Server) show(w http.ResponseWriter, status int, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Security-Policy", browser.ContentSecurityPolicy())
	w.WriteHeader(status)
	_ = s.pages.Execute(w, v)
}

// view is what the page shows.
type view struct {
	Page, Title          string // Page is home, handover, sign-in or refused
	Environment          Environment
	Identity, User, Role string
	Since, Until         time.Time
	Can                  string
	DAGs                 []dag
	Action, Console      string
	Code, Words          string
}

type dag struct{ Name, Schedule, State string }

func dags() []dag {
	return []dag{
		{"daily_orders", "0 4 * * *", "success"},
		{"hourly_events", "@hourly", "running"},
		{"monthly_close", "0 6 1 * *", "success"},
	}
}

// can says what an Airflow role is for.
// See https://airflow.apache.org/docs/apache-airflow-providers-fab/stable/auth-manager/access-control.html.
func can(role string) string {
	return map[string]string{
		"Admin":  "Do everything, and say who else may.",
		"Op":     "Run DAGs and change connections, variables and pools.",
		"User":   "Read and run DAGs.",
		"Viewer": "Read DAGs, runs and logs.",
		"Public": "Nothing, until an Admin gives a role of their own.",
	}[role]
}
