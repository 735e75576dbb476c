package okta

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"airpass/sandbox/control"
)

// operation is one operation of the Management API.
type operation struct {
	name    string // as the SDK's method is called; faults use it
	pattern string // for http.ServeMux
	family  string // whose rate limit it counts against
	scope   string // what an access token needs
	status  int
	list    bool
	do      func(*Server, *call) (any, error)
}

// operations are all that the org can do over HTTP. Scopes are those of the OpenAPI
// document.
func operations() []operation {
	const ok, gone = http.StatusOK, http.StatusNoContent
	read := func(name, path, family, scope string, do func(*Server, *call) (any, error)) operation {
		return operation{name, "GET " + path, family, scope, ok, false, do}
	}
	list := func(name, path, family, scope string, do func(*Server, *call) (any, error)) operation {
		return operation{name, "GET " + path, family, scope, ok, true, do}
	}
	return []operation{
		list("ListUsers", "/api/v1/users", familyUsers, "okta.users.read", (*Server).listUsers),
		read("GetUser", "/api/v1/users/{user}", familyUser, "okta.users.read", (*Server).getUser),
		list("ListUserGroups", "/api/v1/users/{user}/groups", familyUser, "okta.users.read", (*Server).listUserGroups),
		{"ActivateUser", "POST /api/v1/users/{user}/lifecycle/activate", familyUser, "okta.users.manage", ok, false, (*Server).activateUser},
		{"DeactivateUser", "POST /api/v1/users/{user}/lifecycle/deactivate", familyUser, "okta.users.manage", ok, false, (*Server).deactivateUser},
		{"SuspendUser", "POST /api/v1/users/{user}/lifecycle/suspend", familyUser, "okta.users.manage", ok, false, (*Server).suspendUser},
		{"UnsuspendUser", "POST /api/v1/users/{user}/lifecycle/unsuspend", familyUser, "okta.users.manage", ok, false, (*Server).unsuspendUser},
		list("ListGroups", "/api/v1/groups", familyGroups, "okta.groups.read", (*Server).listGroups),
		{"CreateGroup", "POST /api/v1/groups", familyGroups, "okta.groups.manage", ok, false, (*Server).createGroup},
		list("ListGroupRules", "/api/v1/groups/rules", familyGroups, "okta.groups.read", (*Server).listGroupRules),
		read("GetGroup", "/api/v1/groups/{group}", familyGroup, "okta.groups.read", (*Server).getGroup),
		list("ListGroupUsers", "/api/v1/groups/{group}/users", familyGroup, "okta.groups.read", (*Server).listGroupUsers),
		list("ListAssignedApplicationsForGroup", "/api/v1/groups/{group}/apps", familyGroup, "okta.groups.read", (*Server).listGroupApps),
		{"AddUserToGroup", "PUT /api/v1/groups/{group}/users/{user}", familyGroup, "okta.groups.manage", gone, false, (*Server).addUserToGroup},
		{"RemoveUserFromGroup", "DELETE /api/v1/groups/{group}/users/{user}", familyGroup, "okta.groups.manage", gone, false, (*Server).removeUserFromGroup},
		list("ListApplications", "/api/v1/apps", familyApps, "okta.apps.read", (*Server).listApps),
		read("GetApplication", "/api/v1/apps/{app}", familyApp, "okta.apps.read", (*Server).getApp),
		list("ListApplicationUsers", "/api/v1/apps/{app}/users", familyApp, "okta.apps.read", (*Server).listAppUsers),
		{"AssignUserToApplication", "POST /api/v1/apps/{app}/users", familyApp, "okta.apps.manage", ok, false, (*Server).assignAppUser},
		read("GetApplicationUser", "/api/v1/apps/{app}/users/{user}", familyApp, "okta.apps.read", (*Server).getAppUser),
		{"DeleteApplicationUser", "DELETE /api/v1/apps/{app}/users/{user}", familyApp, "okta.apps.manage", gone, false, (*Server).deleteAppUser},
		list("ListApplicationGroupAssignments", "/api/v1/apps/{app}/groups", familyApp, "okta.apps.read", (*Server).listAppGroups),
		read("GetApplicationGroupAssignment", "/api/v1/apps/{app}/groups/{group}", familyApp, "okta.apps.read", (*Server).getAppGroup),
		{"CreateApplicationGroupAssignment", "PUT /api/v1/apps/{app}/groups/{group}", familyApp, "okta.apps.manage", ok, false, (*Server).assignAppGroup},
		{"DeleteApplicationGroupAssignment", "DELETE /api/v1/apps/{app}/groups/{group}", familyApp, "okta.apps.manage", gone, false, (*Server).deleteAppGroup},
		list("GetLogs", "/api/v1/logs", familyLogs, "okta.logs.read", (*Server).getLogs),
	}
}

// tokenPattern is the one faultable operation outside the Management API.
const tokenPattern = "POST /oauth2/v1/token"

// call is one request to the Management API.
type call struct {
	r     *http.Request
	query url.Values
	base  string // the org's URL as the caller knows it
	by    actor
	id    string // X-Okta-Request-Id
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Server) newHandler() http.Handler {
	mux := http.NewServeMux()
	byPattern := map[string]operation{tokenPattern: {name: "Token", family: familyToken}}
	for _, op := range operations() {
		byPattern[op.pattern] = op
		mux.Handle(op.pattern, s.serve(op))
	}
	mux.HandleFunc(tokenPattern, s.serveToken)
	mux.HandleFunc("/api/v1/", func(w http.ResponseWriter, r *http.Request) { s.refuseUnknown(mux, w, r) })
	s.signInRoutes(mux)
	operationOf := func(r *http.Request) operation {
		_, pattern := mux.Handler(r)
		return byPattern[pattern]
	}
	opOf := func(r *http.Request) string { return operationOf(r).name }
	answer := func(w http.ResponseWriter, r *http.Request, _ string, fault control.Fault) bool {
		return s.answerFault(w, operationOf(r), fault)
	}
	return s.front(s.faults.Middleware(opOf, answer, mux))
}

// front is what every request passes first: it is given an id, and refused when
// too many are under way. Requests that hang are under way.
func (s *Server) front(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := randomID(27)
		w.Header().Set("X-Okta-Request-Id", id)
		r = r.WithContext(context.WithValue(r.Context(), idKey{}, id))
		if !s.busy.enter() {
			standing{reset: time.Now().Add(time.Second)}.writeTo(w.Header())
			errTooMany().write(w)
			return
		}
		defer s.busy.leave()
		s.Sync()
		next.ServeHTTP(w, r)
	})
}

type idKey struct{}

// idOf is the id that a request was given.
func idOf(r *http.Request) string {
	id, _ := r.Context().Value(idKey{}).(string)
	return id
}

// serve carries out one operation: rate limit, authentication, the deed, and the
// provisioning that the deed made due.
func (s *Server) serve(op operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		standing, ok := s.limits.take(op.family, time.Now())
		standing.writeTo(w.Header())
		if !ok {
			errTooMany().write(w)
			return
		}
		c := &call{r: r, query: r.URL.Query(), base: baseURL(r), id: idOf(r)}
		body, err := s.carryOut(op, c)
		s.Sync()
		if err != nil {
			asAPI(err).write(w)
			return
		}
		if p, isPage := body.(page); isPage {
			p.writeLinks(c, w.Header())
			body = p.items
		}
		if op.status == http.StatusNoContent {
			w.WriteHeader(op.status)
			return
		}
		if body == nil {
			body = struct{}{} // Okta answers lifecycle operations with an empty object
		}
		writeJSON(w, op.status, body)
	})
}

func (s *Server) carryOut(op operation, c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by, err := s.authenticate(c.r, op.scope)
	if err != nil {
		return nil, err
	}
	c.by, s.asked = by, c.id
	defer func() { s.asked = "" }()
	return op.do(s, c)
}

// refuseUnknown tells a wrong method from a wrong path.
func (s *Server) refuseUnknown(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if method == r.Method {
			continue
		}
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
			errMethod().write(w)
			return
		}
	}
	errPath().write(w)
}

// answerFault writes the named error in place of the operation.
func (s *Server) answerFault(w http.ResponseWriter, op operation, fault control.Fault) bool {
	left := standing{limit: max(s.opts.Limits[op.family], 1), reset: time.Now().Add(time.Minute)}
	if fault.RetryAfter > 0 {
		left.reset = time.Now().Add(time.Duration(fault.RetryAfter))
	}
	if fault.Answer != "throttled_bare" && fault.Answer != "unavailable_html" {
		left.writeTo(w.Header())
	}
	switch fault.Answer {
	case "throttled", "throttled_bare":
		errTooMany().write(w)
	case "unavailable":
		errReadOnly().write(w)
	case "unavailable_html":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("<html><head><title>503 Service Temporarily Unavailable</title></head><body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>"))
	case "internal":
		errInternal().write(w)
	case "denied":
		errDenied().write(w)
	case "invalid_token":
		errToken().write(w)
	case "not_found":
		errMissing("unknown", "Resource").write(w)
	case "empty":
		if !op.list {
			return false
		}
		writeJSON(w, http.StatusOK, []any{})
	default:
		return false
	}
	return true
}
