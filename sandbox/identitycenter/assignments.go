package identitycenter

import (
	"fmt"
	"slices"
	"time"
)

// The kinds of principals.
const (
	PrincipalUser  = "USER"
	PrincipalGroup = "GROUP"
)

// Assignment is an account assignment: a principal may enter an account with a
// permission set.
type Assignment struct {
	Account          string    `json:"account"`
	PermissionSetARN string    `json:"permission_set_arn"`
	PrincipalType    string    `json:"principal_type"`
	PrincipalID      string    `json:"principal_id"`
	Created          time.Time `json:"created"`
	// PrincipalName is the user or group name when listed; empty when the principal
	// has been deleted.
	PrincipalName string `json:"principal_name,omitempty"`
	// PermissionSetName is the permission set's name when listed.
	PermissionSetName string `json:"permission_set_name,omitempty"`
}

func (a Assignment) same(b Assignment) bool {
	return a.Account == b.Account && a.PermissionSetARN == b.PermissionSetARN && a.PrincipalType == b.PrincipalType && a.PrincipalID == b.PrincipalID
}

// Assign makes an assignment at once, as standing access that somebody else gave; one
// that exists stays. It returns ErrNotFound when the account, the permission set or
// the principal is unknown.
func (s *Server) Assign(a Assignment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if err := s.known(a); err != nil {
		return err
	}
	s.assign(a)
	return nil
}

// Unassign takes an assignment away at once, as somebody else would in the console.
// It returns ErrNotFound when there is none.
func (s *Server) Unassign(a Assignment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if s.assigned(a) == nil {
		return fmt.Errorf("%w: assignment of %s to %s", ErrNotFound, a.PermissionSetARN, a.PrincipalID)
	}
	s.unassign(a)
	return nil
}

func (s *Server) known(a Assignment) error {
	if _, ok := s.accounts[a.Account]; !ok {
		return fmt.Errorf("%w: account %s", ErrNotFound, a.Account)
	}
	if s.set(a.PermissionSetARN) == nil {
		return fmt.Errorf("%w: permission set %s", ErrNotFound, a.PermissionSetARN)
	}
	if !s.principalExists(a.PrincipalType, a.PrincipalID) {
		return fmt.Errorf("%w: %s %s", ErrNotFound, a.PrincipalType, a.PrincipalID)
	}
	return nil
}

func (s *Server) principalExists(kind, id string) bool {
	return kind == PrincipalUser && s.user(id) != nil || kind == PrincipalGroup && s.group(id) != nil
}

// Assignments lists every account assignment in the order of creation.
func (s *Server) Assignments() []Assignment {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	out := make([]Assignment, 0, len(s.assignments))
	for _, a := range s.assignments {
		shown := *a
		shown.PrincipalName = s.principalName(a.PrincipalType, a.PrincipalID)
		if p := s.set(a.PermissionSetARN); p != nil {
			shown.PermissionSetName = p.Name
		}
		out = append(out, shown)
	}
	return out
}

func (s *Server) principalName(kind, id string) string {
	if u := s.user(id); kind == PrincipalUser && u != nil {
		return u.UserName
	}
	if g := s.group(id); kind == PrincipalGroup && g != nil {
		return g.Name
	}
	return ""
}

func (s *Server) assigned(a Assignment) *Assignment {
	for _, o := range s.assignments {
		if o.same(a) {
			return o
		}
	}
	return nil
}

// assign makes the assignment, if there is none, and provisions the permission set as
// it is now.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html.
func (s *Server) assign(a Assignment) {
	if s.assigned(a) == nil {
		a.Created, a.PrincipalName, a.PermissionSetName = s.now(), "", ""
		s.assignments = append(s.assignments, &a)
	}
	s.provision(a.Account, s.set(a.PermissionSetARN))
}

func (s *Server) unassign(a Assignment) {
	s.assignments = slices.DeleteFunc(s.assignments, func(o *Assignment) bool { return o.same(a) })
	s.prune(a.Account, a.PermissionSetARN)
}
