package mwaa

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"airpass/sandbox/mwaa/iam"
)

// airflowRoles are Airflow's default roles, the highest first.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html.
var airflowRoles = [...]string{"Admin", "Op", "User", "Viewer", "Public"}

// WebLogin is what CreateWebLoginToken answers.
// See https://docs.aws.amazon.com/mwaa/latest/API/API_CreateWebLoginToken.html.
type WebLogin struct {
	WebToken          string
	WebServerHostname string
	IamIdentity       string
	AirflowIdentity   string

	airflow3 bool
}

// Path is where a browser signs in with the token, on this server: the page of the
// web server with the token in the fragment, which no server is sent.
func (l WebLogin) Path() string {
	return mount(l.WebServerHostname) + family(l.airflow3) + "/aws-console-sso?login=true#" + l.WebToken
}

// Tokens counts what was made and used.
type Tokens struct {
	WebLogin int `json:"web_login"` // made
	Used     int `json:"used"`      // web login tokens somebody signed in with
	Live     int `json:"live"`      // web login tokens that would work now
	CLI      int `json:"cli"`       // made
}

type token struct {
	environment Environment
	identity    string
	user        string
	role        string
	ends        time.Time // wall clock
	used        bool
}

// CreateWebLoginToken makes a token that signs in the caller, as the API operation of
// that name does. It returns an *APIError.
func (s *Server) CreateWebLoginToken(c Caller, region, name string) (WebLogin, error) {
	out, err := s.createWebLoginToken(c, region, name)
	s.called(c, "CreateWebLoginToken", region, name, err)
	return out, err
}

// called tells of a call.
func (s *Server) called(c Caller, operation, region, name string, err error) {
	if s.opts.Called == nil {
		return
	}
	call := Call{Caller: c, Operation: operation, Region: region, Environment: name, At: s.now()}
	if err != nil {
		call.Code = asAPI(err).Code
	}
	s.opts.Called(call)
}

func (s *Server) createWebLoginToken(c Caller, region, name string) (WebLogin, error) {
	asked := Environment{Account: c.Account, Region: region, Name: name}
	if !nameForm.MatchString(name) {
		return WebLogin{}, errValidation("The environment name " + strconv.Quote(name) + " is not valid")
	}
	role, err := s.airflowRole(c, asked)
	if err != nil {
		return WebLogin{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.environment(c.Account, region, name)
	if e == nil {
		return WebLogin{}, errMissing(asked)
	}
	if !e.Status.serves() {
		return WebLogin{}, errValidation("The environment " + name + " is " + string(e.Status) + ": its web server is not available")
	}
	value, user := secret(), airflowUser(c.Identity())
	s.tokens[value] = &token{environment: e.copy(), identity: c.Identity(), user: user, role: role, ends: s.opts.Wall().Add(tokenTTL)}
	s.made.WebLogin++
	return WebLogin{value, e.Hostname, c.Identity(), user, e.airflow3()}, nil
}

// airflowRole is the highest Airflow role that the caller's policies allow.
func (s *Server) airflowRole(c Caller, e Environment) (string, error) {
	const action = "airflow:CreateWebLoginToken"
	why := "because no identity-based policy allows the " + action + " action"
	for _, role := range airflowRoles {
		switch says, err := s.decide(c, iam.Request{Action: action, Resource: e.RoleARN(role)}); {
		case err != nil:
			return "", err
		case says == iam.Allow:
			return role, nil
		case says == iam.ExplicitDeny:
			why = "with an explicit deny in an identity-based policy"
		}
	}
	return "", errDenied(c, action, e.RoleARN("Public"), why)
}

// airflowUser is the user's name in Airflow, of at most 64 characters. Which hash AWS
// takes is not documented.
func airflowUser(identity string) string {
	if len(identity) <= 64 {
		return identity
	}
	sum := sha256.Sum256([]byte(identity))
	return hex.EncodeToString(sum[:])
}

// redeem ends a token's life and returns it. Where it is not good, words say why.
func (s *Server) redeem(e Environment, value string) (*token, string) {
	t, ok := s.tokens[value]
	switch {
	case !ok || t.environment.Hostname != e.Hostname:
		return nil, "The login token is not valid for this environment."
	case t.used:
		return nil, "The login token has been used already."
	case !s.opts.Wall().Before(t.ends):
		return nil, "The login token has expired: it lives 60 seconds."
	}
	t.used = true
	s.made.Used++
	return t, ""
}

// Tokens returns how many tokens there have been.
func (s *Server) Tokens() Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.made
	for _, t := range s.tokens {
		if !t.used && s.opts.Wall().Before(t.ends) {
			out.Live++
		}
	}
	return out
}

type cliToken struct{ CliToken, WebServerHostname string }

// createCLIToken makes a token for Airflow's command line, which the sandbox does not
// have. The permission is the environment's, not an Airflow role's.
func (s *Server) createCLIToken(c Caller, region, name string) (any, error) {
	out, err := s.makeCLIToken(c, region, name)
	s.called(c, "CreateCliToken", region, name, err)
	return out, err
}

func (s *Server) makeCLIToken(c Caller, region, name string) (any, error) {
	asked := Environment{Account: c.Account, Region: region, Name: name}
	if err := s.authorize(c, "airflow:CreateCliToken", asked.ARN()); err != nil {
		return nil, err
	}
	e, err := s.find(asked)
	if err != nil {
		return nil, err
	}
	if !e.Status.serves() {
		return nil, &APIError{http.StatusNotFound, CodeResourceNotFound, "The environment " + name + " is " + string(e.Status)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made.CLI++
	return cliToken{secret(), e.Hostname}, nil
}

func secret() string {
	raw := make([]byte, 48)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(raw)
}

func uuid() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	h := hex.EncodeToString(raw)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
