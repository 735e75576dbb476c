package pagerduty

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"airpass/sandbox/control"
)

// apiError is an error of the REST API.
type apiError struct {
	status  int
	code    int
	message string
	errors  []string
}

// The errors, with PagerDuty's codes.
func notFound() *apiError { return &apiError{http.StatusNotFound, 2100, "Not Found", nil} }
func throttled() *apiError {
	return &apiError{http.StatusTooManyRequests, 2020, "Rate Limit Exceeded", nil}
}
func noAccess() *apiError { return &apiError{http.StatusForbidden, 2010, "Access Denied", nil} }
func noKey() *apiError    { return &apiError{http.StatusUnauthorized, 2006, "Authentication failed", nil} }
func invalid(why ...string) *apiError {
	return &apiError{http.StatusBadRequest, 2001, "Invalid Input Provided", why}
}

const listScheduleUsers = "listScheduleUsers"

func (s *Server) newHandler() http.Handler {
	opOf := func(r *http.Request) string {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		if r.Method == http.MethodGet && len(parts) == 3 && parts[0] == "schedules" && parts[2] == "users" {
			return listScheduleUsers
		}
		return ""
	}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.overdrawn():
			answer(w, nil, throttled())
		case r.Header.Get("Authorization") != "Token token="+s.opts.Token:
			answer(w, nil, noKey())
		case opOf(r) == "":
			answer(w, nil, notFound())
		default:
			out, refusal := s.listUsers(r)
			answer(w, out, refusal)
		}
	})
	return s.faults.Middleware(opOf, answerFault, serve)
}

// overdrawn counts a request and says whether it is one too many.
func (s *Server) overdrawn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.window) >= time.Minute {
		s.window, s.asked = now, 0
	}
	s.asked++
	return s.opts.PerMinute > 0 && s.asked > s.opts.PerMinute
}

func (s *Server) listUsers(r *http.Request) (any, *apiError) {
	since, sinceErr := time.Parse(time.RFC3339, r.URL.Query().Get("since"))
	until, untilErr := time.Parse(time.RFC3339, r.URL.Query().Get("until"))
	switch {
	case sinceErr != nil || untilErr != nil:
		return nil, invalid("since and until must be dates in ISO 8601 format.")
	case !until.After(since):
		return nil, invalid("The end of the range must be after its start.")
	}
	id := strings.Split(strings.Trim(r.URL.Path, "/"), "/")[1]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.schedules[id]; !there {
		return nil, notFound()
	}
	users := []wireUser{}
	for _, u := range s.onCall(id, since, until) {
		users = append(users, wire(u))
	}
	return map[string]any{"users": users}, nil
}

// wireUser is a user as the API shows one.
type wireUser struct {
	ID             string      `json:"id"`
	Type           string      `json:"type"`
	Summary        string      `json:"summary"`
	Self           string      `json:"self"`
	HTMLURL        string      `json:"html_url"`
	Name           string      `json:"name"`
	Email          string      `json:"email"`
	TimeZone       string      `json:"time_zone"`
	Color          string      `json:"color"`
	Role           string      `json:"role"`
	AvatarURL      string      `json:"avatar_url"`
	Description    *string     `json:"description"`
	InvitationSent bool        `json:"invitation_sent"`
	JobTitle       *string     `json:"job_title"`
	Teams          []reference `json:"teams"`
	ContactMethods []reference `json:"contact_methods"`
	Rules          []reference `json:"notification_rules"`
}

type reference struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func wire(u User) wireUser {
	out := wireUser{ID: u.ID, Type: "user", Summary: u.Name, Self: "https://api.pagerduty.com/users/" + u.ID, HTMLURL: "https://example.pagerduty.com/users/" + u.ID,
		Name: u.Name, Email: u.Email, TimeZone: "Europe/Berlin", Color: "green", Role: "user", AvatarURL: "https://secure.gravatar.com/avatar/" + u.ID + ".png",
		Teams: []reference{}, ContactMethods: []reference{}, Rules: []reference{}}
	if u.Title != "" {
		out.JobTitle = &u.Title
	}
	return out
}

func answer(w http.ResponseWriter, out any, refusal *apiError) {
	w.Header().Set("Content-Type", "application/json")
	if refusal == nil {
		_ = json.NewEncoder(w).Encode(out)
		return
	}
	w.WriteHeader(refusal.status)
	body := map[string]any{"code": refusal.code, "message": refusal.message}
	if len(refusal.errors) > 0 {
		body["errors"] = refusal.errors
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"error": body})
}

func answerFault(w http.ResponseWriter, _ *http.Request, _ string, fault control.Fault) bool {
	e := map[string]*apiError{
		"throttled":    throttled(),
		"unavailable":  {http.StatusServiceUnavailable, 2000, "Service Unavailable", nil},
		"internal":     {http.StatusInternalServerError, 2000, "Internal Error", nil},
		"denied":       noAccess(),
		"unauthorized": noKey(),
	}[fault.Answer]
	if e == nil {
		return false
	}
	answer(w, nil, e)
	return true
}
