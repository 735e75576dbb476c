package portal

import (
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"airpass/sandbox/browser"
	"airpass/sandbox/mwaa"
)

//go:embed portal.html
var portalHTML string

// view is what a page shows.
type view struct {
	Page, Title   string // Page is handover, accounts, console, environments, environment or refused
	Person        string
	Choices       []choice
	Session       *session
	Region        string
	Environment   *mwaa.Environment
	Environments  []listed
	SSO           string
	Action, Field string // of a handover's form
	Code, Words   string
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

func parsePages() *template.Template {
	script := template.HTML("<script>" + browser.Script + "</script>") //nolint:gosec // a constant of ours
	return template.Must(template.New("portal").Funcs(template.FuncMap{
		"script": func() template.HTML { return script },
	}).Parse(portalHTML))
}

func (s *Server) refuse(w http.ResponseWriter, no refusal) {
	s.show(w, no.status, view{Page: "refused", Title: no.title, Code: no.code, Words: no.words})
}

func (s *Server) show(w http.ResponseWriter, status int, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Security-Policy", browser.ContentSecurityPolicy())
	w.WriteHeader(status)
	_ = s.pages.Execute(w, v)
}
