package identitycenter

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Access is one tile of the access portal: an account and a permission set that a
// person can enter it with, with the role as it was last provisioned there.
type Access struct {
	Account, PermissionSetARN, PermissionSetName string
	// RoleName is AWSReservedSSO_<permission set>_<16 hex digits>.
	RoleName string
	// InlinePolicy, RelayState and SessionDuration are those last provisioned to the
	// account, not those of the permission set as it is now.
	InlinePolicy, RelayState string
	SessionDuration          time.Duration
}

// AccessOf returns a person's id and what the access portal shows them: what is
// assigned to them and to their groups, each account and permission set once, sorted.
// It returns ErrUnknownUser and ErrDisabledUser.
func (s *Server) AccessOf(userName string) (userID string, list []Access, err error) {
	if s.opts.Before != nil {
		s.opts.Before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	u := s.userNamed(userName)
	if u == nil {
		return "", nil, fmt.Errorf("%w: %s", ErrUnknownUser, userName)
	}
	if u.Disabled {
		return u.ID, nil, fmt.Errorf("%w: %s", ErrDisabledUser, userName)
	}
	for _, a := range s.assignments {
		r, p := s.roles[roleKey{a.Account, a.PermissionSetARN}], s.set(a.PermissionSetARN)
		if r == nil || p == nil || !s.concerns(a, u) {
			continue
		}
		shown := Access{
			Account: a.Account, PermissionSetARN: p.ARN, PermissionSetName: p.Name, RoleName: r.name,
			InlinePolicy: r.policy, RelayState: r.relayState, SessionDuration: r.session,
		}
		if !slices.Contains(list, shown) {
			list = append(list, shown)
		}
	}
	slices.SortFunc(list, func(a, b Access) int {
		return compare(a.Account, b.Account, a.PermissionSetName, b.PermissionSetName)
	})
	return u.ID, list, nil
}

// concerns says whether an assignment is the person's, directly or through a group.
func (s *Server) concerns(a *Assignment, u *User) bool {
	if a.PrincipalType == PrincipalUser {
		return a.PrincipalID == u.ID
	}
	g := s.group(a.PrincipalID)
	return g != nil && s.membershipOf(g, u) != nil
}

func compare(a1, b1, a2, b2 string) int {
	return cmp.Or(cmp.Compare(a1, b1), cmp.Compare(a2, b2))
}
