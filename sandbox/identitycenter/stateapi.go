package identitycenter

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"airpass/sandbox/control"
)

type knobState struct {
	AssignmentDelay       control.Duration `json:"assignment_delay"`
	ProvisionDelay        control.Duration `json:"provision_delay"`
	Never                 bool             `json:"never"`
	RefusePrincipalLookup bool             `json:"refuse_principal_lookup"`
	RefuseSAMLAssignments bool             `json:"refuse_saml_assignments"`
	Failures              []Match          `json:"failures"`
}

// StateAPI shows the instance as JSON and lets somebody else change it, to be mounted
// under a prefix that AWS does not use:
//
//	GET  users, groups, accounts, permission-sets, assignments, operations, roles,
//	     applications, changes, knobs
//	POST assignment-delay  {"delay":"3s"}
//	POST provision-delay   {"delay":"3s"}
//	POST never-completes   {"never":true}
//	POST complete          {"request_id":…}: this one now; without an id, all
//	POST fail              {"kind":"create","reason":…,"times":1}; see Match
//	POST clear-failures
//	POST refuse-principal-lookup {"refuse":true}
//	POST refuse-saml-assignments {"refuse":true}
//	POST limits            {"admin":20,"store":20}
//	POST assign            {"account":…,"permission_set":name or ARN,"user":…} or "group"
//	POST unassign          the same
//	POST user-enabled      {"user":…,"enabled":false}
//	POST delete-user       {"user":…}
//	POST member            {"group":name or id,"user":…,"member":true}
//	POST inline-policy     {"permission_set":…,"policy":…}: edited, not provisioned
//	POST saml-application  {"name":…,"description":…,"url":start URL,"saml":{"acs_url":…,
//	                        "audience":…,"subject":…,"format":…}}: as the console's form
//	POST assign-application {"application":name or ARN,"user":…} or "group"
//	POST unassign-application the same
//	POST delete-application {"application":name or ARN}
func (s *Server) StateAPI() http.Handler {
	mux := http.NewServeMux()
	show := func(name string, get func() any) {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			if s.opts.Before != nil {
				s.opts.Before()
			}
			s.Sync()
			control.WriteJSON(w, http.StatusOK, get())
		})
	}
	show("users", func() any { return s.Users() })
	show("groups", func() any { return s.Groups() })
	show("accounts", func() any { return s.Accounts() })
	show("permission-sets", func() any { return s.PermissionSets() })
	show("assignments", func() any { return s.Assignments() })
	show("operations", func() any { return s.Operations() })
	show("roles", func() any { return s.Roles() })
	show("applications", func() any { return s.Applications() })
	show("changes", func() any { return s.Changes() })
	show("knobs", func() any { return s.knobState() })
	s.knobAPI(mux)
	s.somebodyElseAPI(mux)
	s.consoleAPI(mux)
	return mux
}

func (s *Server) knobState() knobState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := knobState{
		AssignmentDelay: control.Duration(s.assignmentDelay), ProvisionDelay: control.Duration(s.provisionDelay),
		Never: s.never, RefusePrincipalLookup: s.refusePrincipal, RefuseSAMLAssignments: s.refuseSAML, Failures: []Match{},
	}
	for _, f := range s.failures {
		if f.left == 0 {
			continue
		}
		left := f.Match
		left.Times = max(f.left, 0)
		out.Failures = append(out.Failures, left)
	}
	return out
}

// post registers a change whose body is a T.
func post[T any](mux *http.ServeMux, name string, do func(T) error) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var body T
		if !control.ReadJSON(w, r, &body) {
			return
		}
		err := do(body)
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrUnknownUser):
			http.Error(w, err.Error(), http.StatusNotFound)
		default:
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
}

type delayBody struct {
	Delay control.Duration `json:"delay"`
}

func (s *Server) knobAPI(mux *http.ServeMux) {
	post(mux, "assignment-delay", func(b delayBody) error { s.SetAssignmentDelay(time.Duration(b.Delay)); return nil })
	post(mux, "provision-delay", func(b delayBody) error { s.SetProvisionDelay(time.Duration(b.Delay)); return nil })
	post(mux, "never-completes", func(b struct {
		Never bool `json:"never"`
	}) error {
		s.SetNeverCompletes(b.Never)
		return nil
	})
	post(mux, "complete", func(b struct {
		RequestID string `json:"request_id"`
	}) error {
		if b.RequestID == "" {
			s.CompleteOperations()
			return nil
		}
		return s.CompleteOperation(b.RequestID)
	})
	post(mux, "fail", func(b struct {
		Match
		Reason string `json:"reason"`
	}) error {
		s.FailAssignments(b.Match, b.Reason)
		return nil
	})
	post(mux, "clear-failures", func(struct{}) error { s.ClearFailures(); return nil })
	post(mux, "refuse-principal-lookup", func(b struct {
		Refuse bool `json:"refuse"`
	}) error {
		s.RefusePrincipalLookup(b.Refuse)
		return nil
	})
	post(mux, "refuse-saml-assignments", func(b struct {
		Refuse bool `json:"refuse"`
	}) error {
		s.RefuseSAMLAssignments(b.Refuse)
		return nil
	})
	post(mux, "limits", func(b struct{ Admin, Store int }) error { s.SetLimits(b.Admin, b.Store); return nil })
}

type assignBody struct {
	Account       string `json:"account"`
	PermissionSet string `json:"permission_set"`
	User          string `json:"user"`
	Group         string `json:"group"`
}

// named turns names into the ids of an assignment.
func (s *Server) named(b assignBody) (Assignment, error) {
	a := Assignment{Account: b.Account}
	arn, err := s.setARN(b.PermissionSet)
	if err != nil {
		return a, err
	}
	a.PermissionSetARN = arn
	if b.User != "" {
		a.PrincipalType = PrincipalUser
		for _, u := range s.Users() {
			if u.UserName == b.User || u.ID == b.User {
				a.PrincipalID = u.ID
			}
		}
		return a, nil
	}
	a.PrincipalType = PrincipalGroup
	a.PrincipalID, err = s.groupID(b.Group)
	return a, err
}

func (s *Server) setARN(name string) (string, error) {
	for _, p := range s.PermissionSets() {
		if p.Name == name || p.ARN == name {
			return p.ARN, nil
		}
	}
	return "", fmt.Errorf("%w: permission set %q", ErrNotFound, name)
}

func (s *Server) groupID(name string) (string, error) {
	for _, g := range s.Groups() {
		if g.Name == name || g.ID == name {
			return g.ID, nil
		}
	}
	return "", fmt.Errorf("%w: group %q", ErrNotFound, name)
}

func (s *Server) somebodyElseAPI(mux *http.ServeMux) {
	assignment := func(do func(Assignment) error) func(assignBody) error {
		return func(b assignBody) error {
			a, err := s.named(b)
			if err != nil {
				return err
			}
			return do(a)
		}
	}
	post(mux, "assign", assignment(s.Assign))
	post(mux, "unassign", assignment(s.Unassign))
	post(mux, "user-enabled", func(b struct {
		User    string `json:"user"`
		Enabled bool   `json:"enabled"`
	}) error {
		return s.SetUserEnabled(b.User, b.Enabled)
	})
	post(mux, "delete-user", func(b struct {
		User string `json:"user"`
	}) error {
		return s.DeleteUser(b.User)
	})
	post(mux, "member", func(b struct {
		Group  string `json:"group"`
		User   string `json:"user"`
		Member bool   `json:"member"`
	}) error {
		id, err := s.groupID(b.Group)
		if err != nil {
			return err
		}
		return s.SetMembership(id, b.User, b.Member)
	})
	post(mux, "inline-policy", func(b struct {
		PermissionSet string `json:"permission_set"`
		Policy        string `json:"policy"`
	}) error {
		return s.SetInlinePolicy(b.PermissionSet, b.Policy)
	})
}

// consoleAPI is what only the console does with applications.
func (s *Server) consoleAPI(mux *http.ServeMux) {
	post(mux, "saml-application", func(a Application) error {
		_, err := s.MakeSAML(Application{Name: a.Name, Description: a.Description, URL: a.URL, SAML: a.SAML})
		return err
	})
	post(mux, "assign-application", func(b appAssignBody) error { return s.assignApplication(b, true) })
	post(mux, "unassign-application", func(b appAssignBody) error { return s.assignApplication(b, false) })
	post(mux, "delete-application", func(b struct {
		Application string `json:"application"`
	}) error {
		arn, err := s.appARN(b.Application)
		if err != nil {
			return err
		}
		return s.DeleteApplication(arn)
	})
}

type appAssignBody struct {
	Application string `json:"application"`
	User        string `json:"user"`
	Group       string `json:"group"`
}

// assignApplication assigns or unassigns by names.
func (s *Server) assignApplication(b appAssignBody, assigned bool) error {
	arn, err := s.appARN(b.Application)
	if err != nil {
		return err
	}
	who := Principal{Type: PrincipalUser}
	if b.User == "" {
		who.Type = PrincipalGroup
		if who.ID, err = s.groupID(b.Group); err != nil {
			return err
		}
	}
	for _, u := range s.Users() {
		if b.User != "" && (u.UserName == b.User || u.ID == b.User) {
			who.ID = u.ID
		}
	}
	if who.ID == "" {
		return fmt.Errorf("%w: %s", ErrUnknownUser, b.User)
	}
	return s.EditApplication(arn, func(a *Application) {
		a.Assigned = slices.DeleteFunc(a.Assigned, func(p Principal) bool { return p == who })
		if assigned {
			a.Assigned = append(a.Assigned, who)
		}
	})
}

func (s *Server) appARN(name string) (string, error) {
	for _, a := range s.Applications() {
		if a.Name == name || a.ARN == name {
			return a.ARN, nil
		}
	}
	return "", fmt.Errorf("%w: application %q", ErrNotFound, name)
}
