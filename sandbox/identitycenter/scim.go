package identitycenter

import (
	"fmt"
	"strings"
)

// UpsertUser makes or changes, as SCIM does, the person whom the identity provider
// knows by externalID, and returns their id here. Somebody with the same user name and
// no external id is taken over. It returns ErrTaken when another person has the user
// name or the e-mail address.
func (s *Server) UpsertUser(externalID, userName, email, displayName, first, last string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.userExternally(externalID)
	if u == nil {
		if u = s.userNamed(userName); u != nil && u.ExternalID != "" {
			return "", fmt.Errorf("%w: user %s", ErrTaken, userName)
		}
	}
	given := User{UserName: userName, Email: email, DisplayName: displayName, GivenName: first, FamilyName: last, ExternalID: externalID}
	if u == nil {
		made, err := s.addUser(given)
		if err != nil {
			return "", err
		}
		return made.ID, nil
	}
	for _, o := range s.users {
		if o != u && (o.UserName == userName || email != "" && strings.EqualFold(o.Email, email)) {
			return "", fmt.Errorf("%w: user %s", ErrTaken, userName)
		}
	}
	given.ID, given.Created, given.Disabled, given.Updated = u.ID, u.Created, u.Disabled, s.now()
	*u = given
	return u.ID, nil
}

func (s *Server) userExternally(externalID string) *User {
	for _, u := range s.users {
		if externalID != "" && u.ExternalID == externalID {
			return u
		}
	}
	return nil
}

// SetUserEnabled lets somebody in or shuts them out. Their assignments and
// memberships remain. It returns ErrUnknownUser.
func (s *Server) SetUserEnabled(userName string, enabled bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.userNamed(userName)
	if u == nil {
		return fmt.Errorf("%w: %s", ErrUnknownUser, userName)
	}
	u.Disabled, u.Updated = !enabled, s.now()
	return nil
}

// UpsertGroup makes the group with this name, if there is none, and returns its id.
func (s *Server) UpsertGroup(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.groupNamed(name); g != nil {
		return g.ID
	}
	return s.addGroup(Group{Name: name}).ID
}

// SetMembership changes who is in a group; doing it twice is no error. It returns
// ErrUnknownUser and ErrNotFound for the group.
func (s *Server) SetMembership(groupID, userName string, member bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, u := s.group(groupID), s.userNamed(userName)
	if g == nil {
		return fmt.Errorf("%w: group %s", ErrNotFound, groupID)
	}
	if u == nil {
		return fmt.Errorf("%w: %s", ErrUnknownUser, userName)
	}
	m := s.membershipOf(g, u)
	switch {
	case member && m == nil:
		s.join(g, u)
	case !member && m != nil:
		s.leave(m)
	}
	return nil
}
