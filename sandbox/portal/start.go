package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"airpass/sandbox/identitycenter"
)

// start is the page that a shortcut link opens. The link's parameters are behind #,
// so it knows none of them.
func (s *Server) start(w http.ResponseWriter, _ *http.Request) {
	s.show(w, http.StatusOK, view{Page: "handover", Title: "AWS access portal", Action: "/start/open", Field: "fragment"})
}

// open reads what was behind #, as the portal's script does.
func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	path, query, _ := strings.Cut(strings.TrimPrefix(r.URL.Query().Get("fragment"), "/"), "?")
	if path != "console" {
		http.Redirect(w, r, "/start/accounts", http.StatusSeeOther)
		return
	}
	// A # in a destination that was not encoded is part of what follows the first.
	http.Redirect(w, r, "/start/console?"+strings.ReplaceAll(query, "#", "%23"), http.StatusSeeOther)
}

// choice is one line of the portal: a permission set in an account.
type choice struct{ Account, PermissionSet, Link string }

func choices(list []identitycenter.Access, account, destination string) []choice {
	var out []choice
	for _, a := range list {
		if account != "" && a.Account != account {
			continue
		}
		q := url.Values{"account_id": {a.Account}, "role_name": {a.PermissionSetName}}
		if destination != "" {
			q.Set("destination", destination)
		}
		out = append(out, choice{a.Account, a.PermissionSetName, "/start/console?" + q.Encode()})
	}
	return out
}

func (s *Server) accounts(w http.ResponseWriter, r *http.Request) {
	p, ok := s.who(w, r)
	if !ok {
		return
	}
	tiles, err := s.opts.Center.ApplicationsOf(p.userName)
	if err != nil { // who had just been there
		tiles = nil
	}
	s.show(w, http.StatusOK, view{Page: "accounts", Title: "AWS access portal", Person: p.userName, Choices: choices(p.access, "", ""), Tiles: tiles})
}

// federate opens a console session for somebody with the assignment that the link
// names, and sends the browser on to the link's destination.
func (s *Server) federate(w http.ResponseWriter, r *http.Request) {
	p, ok := s.who(w, r)
	if !ok {
		return
	}
	q := r.URL.Query()
	account, set, destination := q.Get("account_id"), q.Get("role_name"), q.Get("destination")
	if set == "" && len(choices(p.access, account, "")) > 0 {
		s.show(w, http.StatusOK, view{Page: "accounts", Title: "Choose a role", Person: p.userName, Choices: choices(p.access, account, destination)})
		return
	}
	access, ok := p.accessTo(account, set)
	if !ok {
		s.turnAway(w, r, p, refusal{http.StatusForbidden, "no-assignment", "You don't have access",
			p.userName + " has no assignment of the permission set " + quote(set) + " in the account " + quote(account) + "."})
		return
	}
	if destination == "" {
		destination = access.RelayState
	}
	to, region, ok := s.destination(destination)
	if !ok {
		s.turnAway(w, r, p, refusal{http.StatusBadRequest, "destination", "This link does not work",
			"The destination " + quote(destination) + " is not a page of the AWS Management Console."})
		return
	}
	ses := s.newSession(p, access, region)
	http.SetCookie(w, &http.Cookie{Name: consoleCookie, Value: ses.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func quote(text string) string { return "“" + text + "”" }

// signOut ends the sign-in at Okta, and comes back to the page of the portal that is
// named, to be asked who one is. Console sessions go on, as at AWS.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	back := r.URL.Query().Get("back")
	if !strings.HasPrefix(back, "/start/") {
		back = "/start/"
	}
	http.Redirect(w, r, s.opts.OktaURL+"/login/signout?fromURI="+url.QueryEscape(s.opts.BaseURL+back), http.StatusFound)
}

var (
	consoleHost = regexp.MustCompile(`^(?:([a-z]{2}(?:-[a-z]+)+-\d)\.)?console\.aws\.amazon\.com$`)
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
)

// destination is where a page of the AWS console is in the sandbox, with the region
// that its address is pinned to. Pages that the sandbox does not have are the
// console's home.
func (s *Server) destination(text string) (to, region string, ok bool) {
	const home, usual = "/console/home", "us-east-1"
	if text == "" {
		return home, usual, true
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil {
		return "", "", false
	}
	m := consoleHost.FindStringSubmatch(u.Host)
	ours := u.Scheme+"://"+u.Host == s.opts.BaseURL
	if !ours && (m == nil || u.Scheme != "https") {
		return "", "", false
	}
	region = usual
	if asked := u.Query().Get("region"); regionForm.MatchString(asked) {
		region = asked
	} else if m != nil && m[1] != "" {
		region = m[1]
	}
	if u.Path != "/mwaa/home" {
		return home, region, true
	}
	to = u.Path + "?" + u.RawQuery
	if u.Fragment != "" {
		to += "#" + u.EscapedFragment()
	}
	return to, region, true
}
