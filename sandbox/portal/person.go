package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"airpass/sandbox/browser"
	"airpass/sandbox/identitycenter"
)

// oktaCookie is the name of Okta's session cookie.
const oktaCookie = "sid"

// person is whoever a browser is signed in as.
type person struct {
	login    string // at Okta
	userName string // in Identity Center
	userID   string // in Identity Center
	access   []identitycenter.Access
}

// accessTo is the person's access with a permission set in an account.
func (p person) accessTo(account, permissionSet string) (identitycenter.Access, bool) {
	i := slices.IndexFunc(p.access, func(a identitycenter.Access) bool {
		return a.Account == account && a.PermissionSetName == permissionSet
	})
	if i < 0 {
		return identitycenter.Access{}, false
	}
	return p.access[i], true
}

// who says who is at the browser and what they have now. Where it returns false, the
// browser has been answered: sent to sign in, or refused.
func (s *Server) who(w http.ResponseWriter, r *http.Request) (person, bool) {
	login, ok := "", false
	if c, err := r.Cookie(oktaCookie); err == nil {
		login, ok = s.opts.Okta.UserForSession(c.Value)
	}
	if hint := browser.ActsAs(r); !ok || hint != "" && !strings.EqualFold(hint, login) {
		to := s.opts.OktaURL + "/login?fromURI=" + url.QueryEscape(s.opts.BaseURL+r.URL.RequestURI())
		if hint != "" {
			to += "&username=" + url.QueryEscape(hint)
		}
		http.Redirect(w, r, to, http.StatusFound)
		return person{}, false
	}
	p := person{login: login}
	if p.userName, ok = s.opts.UserName(login); !ok {
		s.turnAway(w, r, p, refusal{http.StatusForbidden, "not-assigned", "You don't have access",
			"In Okta the AWS IAM Identity Center application is not assigned to " + login + "."})
		return person{}, false
	}
	s.opts.Sync()
	var err error
	p.userID, p.access, err = s.opts.Center.AccessOf(p.userName)
	if err != nil {
		s.turnAway(w, r, p, unknownPerson(p, err))
		return person{}, false
	}
	return p, true
}

func unknownPerson(p person, err error) refusal {
	switch {
	case errors.Is(err, identitycenter.ErrDisabledUser):
		return refusal{http.StatusForbidden, "disabled-user", "You don't have access", "The user " + p.userName + " is disabled in IAM Identity Center."}
	case errors.Is(err, identitycenter.ErrUnknownUser):
		return refusal{http.StatusForbidden, "unknown-user", "You don't have access", "There is no user " + p.userName + " in IAM Identity Center."}
	}
	return refusal{http.StatusInternalServerError, "error", "Something went wrong", "IAM Identity Center did not answer."}
}

// SessionName is a user name as a role session's name.
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
func SessionName(userName string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_+=,.@-", r):
			return r
		}
		return '_'
	}, userName)
	return name[:min(len(name), 64)]
}
