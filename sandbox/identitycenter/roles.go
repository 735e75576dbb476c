package identitycenter

import (
	"fmt"
	"slices"
	"time"
)

type roleKey struct{ account, set string }

// role is the IAM role that a permission set has in an account while somebody is
// assigned, as it was last provisioned.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html.
type role struct {
	name       string
	version    int // of the permission set
	policy     string
	relayState string
	session    time.Duration
	created    time.Time
}

// Role is an IAM role that Identity Center has made in an account.
type Role struct {
	Account          string    `json:"account"`
	Name             string    `json:"name"`
	PermissionSetARN string    `json:"permission_set_arn"`
	InlinePolicy     string    `json:"inline_policy,omitempty"`
	Created          time.Time `json:"created"`
	// Latest is whether it is as the permission set is now.
	Latest bool `json:"latest"`
}

// provision makes or updates the role of a permission set in an account. A role that
// is made anew has a suffix that no role had before.
func (s *Server) provision(account string, p *PermissionSet) {
	key := roleKey{account, p.ARN}
	r := s.roles[key]
	if r == nil {
		r = &role{name: fmt.Sprintf("AWSReservedSSO_%s_%s", p.Name, digest("role", s.next())[:16]), created: s.now()}
		s.roles[key] = r
	}
	r.version, r.policy, r.relayState, r.session = p.version, p.InlinePolicy, p.RelayState, p.SessionDuration
}

// prune deletes the role when nobody is assigned any more.
func (s *Server) prune(account, set string) {
	used := slices.ContainsFunc(s.assignments, func(a *Assignment) bool { return a.Account == account && a.PermissionSetARN == set })
	if !used {
		delete(s.roles, roleKey{account, set})
	}
}

func (s *Server) roleNamed(account, name string) *role {
	for key, r := range s.roles {
		if key.account == account && r.name == name {
			return r
		}
	}
	return nil
}

// RoleExists says whether an account has this role now: sessions of a role that is
// gone can do nothing more.
func (s *Server) RoleExists(account, roleName string) bool {
	_, ok := s.RolePolicy(account, roleName)
	return ok
}

// RolePolicy returns the inline policy of a role as provisioned now, which running
// sessions are subject to as well; ok is false when there is no such role.
func (s *Server) RolePolicy(account, roleName string) (inlinePolicy string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	r := s.roleNamed(account, roleName)
	if r == nil {
		return "", false
	}
	return r.policy, true
}

// Roles lists the roles of all accounts, by account and name.
func (s *Server) Roles() []Role {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	out := []Role{}
	for key, r := range s.roles {
		p := s.set(key.set)
		out = append(out, Role{
			Account: key.account, Name: r.name, PermissionSetARN: key.set, InlinePolicy: r.policy, Created: r.created,
			Latest: p != nil && p.version == r.version,
		})
	}
	slices.SortFunc(out, func(a, b Role) int { return compare(a.Account, b.Account, a.Name, b.Name) })
	return out
}
