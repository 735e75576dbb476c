package portal

import (
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"airpass/sandbox/browser"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
)

//go:embed portal.html
var portalHTML string

// view is what a page shows.
type view struct {
	Page, Title   string // Page is handover, accounts, console, environments, environment or refused
	Person        string
	Choices       []choice
	Tiles         []identitycenter.Application
	Session       *session
	Region        string
	Environment   *mwaa.Environment
	Environments  []listed
	SSO           string
	Action, Field string // of a handover's form
	Code, Words   string
	// Back is the page that somebody who was turned away may ask for as another person.
	Back string
}

type listed struct{ Name, SSO string }

// Who, Role, Account and Until are what the console's header says.
func (s *session) Who() string { return s.userName }

// Role is the role's name.
func (s *session) Role() string { return s.access.RoleName }

// Account is the account's number.
func (s *session) Account() string { return s.access.Account }

// Until is when the session's duration is over.
func (s *session) Until() time.Time { return s.ends }

// refusal is why a browser gets no further.
type refusal struct {
	status       int
	code         string
	title, words string
}

// Refusal is somebody whom the portal has turned away.
type Refusal struct {
	Login         string    `json:"login"` // at Okta
	Code          string    `json:"code"`  // "no-assignment", "disabled-user", …
	Account       string    `json:"account,omitempty"`
	PermissionSet string    `json:"permission_set,omitempty"`
	At            time.Time `json:"at"` // sandbox clock
}

// maxRefusals is how many refusals are remembered.
const maxRefusals = 100

// Refusals returns who has been turned away, oldest first: the last hundred.
func (s *Server) Refusals() []Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Refusal{}, s.refusals...)
}

func parsePages() *template.Template {
	script := template.HTML("<script>" + browser.Script + "</script>") //nolint:gosec // a constant of ours
	return template.Must(template.New("portal").Funcs(template.FuncMap{
		"script": func() template.HTML { return script },
	}).Parse(portalHTML))
}

func (s *Server) refuse(w http.ResponseWriter, no refusal) {
	s.show(w, no.status, view{Page: "refused", Title: no.title, Code: no.code, Words: no.words})
}

// turnAway refuses somebody who is signed in, and remembers it.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, p person, no refusal) {
	s.mu.Lock()
	if len(s.refusals) == maxRefusals {
		s.refusals = s.refusals[1:]
	}
	s.refusals = append(s.refusals, Refusal{p.login, no.code, r.URL.Query().Get("account_id"), r.URL.Query().Get("role_name"), s.now()})
	s.mu.Unlock()
	s.show(w, no.status, view{Page: "refused", Title: no.title, Code: no.code, Words: no.words, Person: p.login, Back: r.URL.RequestURI()})
}

func (s *Server) show(w http.ResponseWriter, status int, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Security-Policy", browser.ContentSecurityPolicy())
	w.WriteHeader(status)
	_ = s.pages.Execute(w, v)
}
