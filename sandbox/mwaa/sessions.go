package mwaa

import (
	"net/http"
	"time"
)

// session is a browser that is signed in to an environment's Airflow. It is Airflow's
// own: neither IAM nor Identity Center can end it.
type session struct {
	cookie      string
	environment Environment
	identity    string
	user        string
	role        string
	since, ends time.Time // sandbox clock
	out         bool
}

// Session is a browser session with Airflow.
type Session struct {
	Account     string    `json:"account"`
	Region      string    `json:"region"`
	Environment string    `json:"environment"`
	Identity    string    `json:"identity"` // assumed-role/<role>/<session>
	AirflowUser string    `json:"airflow_user"`
	AirflowRole string    `json:"airflow_role"`
	Since       time.Time `json:"since"`
	Until       time.Time `json:"until"` // sandbox clock
	Live        bool      `json:"live"`
}

// Sessions returns every session there has been, oldest first.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Session{}
	for _, ses := range s.sessions {
		e := ses.environment
		out = append(out, Session{
			e.Account, e.Region, e.Name, ses.identity, ses.user, ses.role, ses.since, ses.ends, ses.live(s.now()),
		})
	}
	return out
}

func (ses *session) live(now time.Time) bool { return !ses.out && now.Before(ses.ends) }

// cookieName is that of the session cookie of the environment's Airflow.
func (e Environment) cookieName() string {
	if e.airflow3() {
		return "_token"
	}
	return "session"
}

// signedIn is the session of a browser with an environment, or nil. Had tells a
// browser whose session has ended from one that never signed in.
func (s *Server) signedIn(e Environment, r *http.Request) (live *session, had bool) {
	c, err := r.Cookie(e.cookieName())
	if err != nil {
		return nil, false
	}
	for _, ses := range s.sessions {
		if ses.cookie == c.Value && ses.environment.Hostname == e.Hostname {
			if ses.live(s.now()) {
				return ses, true
			}
			return nil, true
		}
	}
	return nil, false
}

// signIn opens a session with a token. Where the token is not good, words say why.
func (s *Server) signIn(e Environment, value string) (ses *session, refused string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, refused := s.redeem(e, value)
	if t == nil {
		return nil, refused
	}
	ses = &session{
		cookie: secret(), environment: e, identity: t.identity, user: t.user, role: t.role,
		since: s.now(), ends: s.now().Add(s.opts.SessionTTL),
	}
	s.sessions = append(s.sessions, ses)
	return ses, ""
}
