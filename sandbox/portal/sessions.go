package portal

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"

	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/mwaa/iam"
)

const consoleCookie = "aws-console-session"

// session is a role session in the console.
type session struct {
	cookie      string
	login       string
	userName    string
	userID      string
	access      identitycenter.Access // as it was when the session was opened
	region      string
	since, ends time.Time // sandbox clock
	out         bool
}

// Session is a role session in the console.
type Session struct {
	Login         string    `json:"login"`     // at Okta
	UserName      string    `json:"user_name"` // in Identity Center
	Account       string    `json:"account"`
	PermissionSet string    `json:"permission_set"`
	Role          string    `json:"role"` // AWSReservedSSO_<permission set>_<suffix>
	Since         time.Time `json:"since"`
	Until         time.Time `json:"until"` // sandbox clock
	Live          bool      `json:"live"`
	// Ended says why a session is not live.
	Ended string `json:"ended,omitempty"`
}

func (s *Server) newSession(p person, a identitycenter.Access, region string) *session {
	lasts := a.SessionDuration
	if lasts == 0 {
		lasts = time.Hour
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the program instead
	ses := &session{
		cookie: base64.RawURLEncoding.EncodeToString(raw), login: p.login, userName: p.userName, userID: p.userID,
		access: a, region: region, since: s.now(), ends: s.now().Add(lasts),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, ses)
	return ses
}

// Sessions returns every console session there has been, oldest first.
func (s *Server) Sessions() []Session {
	s.opts.Sync()
	s.mu.Lock()
	all := append([]*session{}, s.sessions...)
	s.mu.Unlock()
	out := []Session{}
	for _, ses := range all {
		ended := s.ended(ses)
		out = append(out, Session{
			ses.login, ses.userName, ses.access.Account, ses.access.PermissionSetName, ses.access.RoleName, ses.since, ses.ends, ended == "", ended,
		})
	}
	return out
}

// ended says why a session has ended, or nothing.
func (s *Server) ended(ses *session) string {
	s.mu.Lock()
	out := ses.out
	s.mu.Unlock()
	account, role := ses.access.Account, ses.access.RoleName
	switch {
	case out:
		return "Signed out of the console."
	case !s.now().Before(ses.ends):
		return "The session's duration is over."
	case !s.opts.Center.RoleExists(account, role):
		return "The role " + role + " is gone."
	}
	document, _ := s.opts.Center.RolePolicy(account, role)
	// A policy that cannot be read denies nothing in so many words; it allows nothing
	// either, which the console's pages find out.
	policy, _ := iam.Parse(document)
	if policy.Decide(iam.Request{Action: "console:View", Resource: "*", Context: ses.context()}) == iam.ExplicitDeny {
		return "The policy of the role denies everything to " + ses.userName + "."
	}
	return ""
}

func (ses *session) context() map[string]string {
	return map[string]string{"identitystore:userId": ses.userID, "aws:TokenIssueTime": ses.since.UTC().Format(time.RFC3339)}
}

// caller is the session as MWAA's API sees it.
func (ses *session) caller() mwaa.Caller {
	return mwaa.Caller{
		ARN:     "arn:aws:sts::" + ses.access.Account + ":assumed-role/" + ses.access.RoleName + "/" + SessionName(ses.userName),
		Account: ses.access.Account, UserID: ses.userID, Issued: ses.since,
	}
}

// inConsole lets only live sessions through.
func (s *Server) inConsole(page func(http.ResponseWriter, *http.Request, *session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ses := s.bySession(r)
		if ses == nil {
			s.refuse(w, refusal{http.StatusUnauthorized, "no-session", "Sign in", "You are not signed in to the console. Open it from the AWS access portal."})
			return
		}
		s.opts.Sync()
		if why := s.ended(ses); why != "" {
			s.refuse(w, refusal{http.StatusUnauthorized, "session-ended", "Your session has ended", why})
			return
		}
		page(w, r, ses)
	}
}

func (s *Server) bySession(r *http.Request) *session {
	c, err := r.Cookie(consoleCookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ses := range s.sessions {
		if ses.cookie == c.Value {
			return ses
		}
	}
	return nil
}

func (s *Server) leaveConsole(w http.ResponseWriter, r *http.Request) {
	if ses := s.bySession(r); ses != nil {
		s.mu.Lock()
		ses.out = true
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: consoleCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/start/", http.StatusFound)
}
