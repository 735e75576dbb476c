package okta

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// GroupType says who manages a group's members.
type GroupType string

// The types of groups.
const (
	OktaGroup GroupType = "OKTA_GROUP" // made in Okta; the API may edit it
	AppGroup  GroupType = "APP_GROUP"  // imported from an application, which alone edits it
	BuiltIn   GroupType = "BUILT_IN"   // Everyone
)

// Group is a group of the org.
type Group struct {
	// ID is 00g and 17 letters and digits; empty: one is made.
	ID string `json:"id"`
	// Type is OKTA_GROUP where empty.
	Type                  GroupType `json:"type"`
	Name                  string    `json:"name"`
	Description           string    `json:"description,omitempty"`
	Created               time.Time `json:"created"`
	LastUpdated           time.Time `json:"last_updated"`
	LastMembershipUpdated time.Time `json:"last_membership_updated"`
}

// membership says how somebody is in a group: by a rule's id, or by hand.
type membership struct{ rule string }

type group struct {
	Group
	seq     int
	members map[string]membership // by user id
}

func (g *group) asActor() actor {
	return actor{ID: g.ID, Type: "UserGroup", AlternateID: "unknown", DisplayName: g.Name}
}

func (s *Server) newGroup(g Group) *group {
	if g.Type == "" {
		g.Type = OktaGroup
	}
	if g.ID == "" {
		g.ID = madeID("00g", s.next())
	}
	now := s.now()
	g.Created, g.LastUpdated, g.LastMembershipUpdated = now, now, now
	made := &group{Group: g, seq: s.next(), members: map[string]membership{}}
	s.groups = append(s.groups, made)
	return made
}

// AddGroup adds a group with members, given by id or login. It returns ErrInvalid,
// ErrTaken for an id or a name in use, and ErrNotFound for members.
func (s *Server) AddGroup(g Group, members ...string) (Group, error) {
	s.mu.Lock()
	out, err := s.addGroup(somebody(), g, members)
	s.mu.Unlock()
	s.Sync()
	return out, err
}

func (s *Server) addGroup(by actor, g Group, members []string) (Group, error) {
	if g.Name == "" || len([]rune(g.Name)) > 255 || g.Type != "" && g.Type != OktaGroup && g.Type != AppGroup {
		return Group{}, fmt.Errorf("%w: group %q of type %q", ErrInvalid, g.Name, g.Type)
	}
	if g.Type != AppGroup && slices.ContainsFunc(s.groups, func(o *group) bool { return o.Type != AppGroup && strings.EqualFold(o.Name, g.Name) }) {
		return Group{}, fmt.Errorf("%w: group name %q", ErrTaken, g.Name)
	}
	var people []*user
	for _, m := range members {
		u := s.find(m)
		if u == nil {
			return Group{}, fmt.Errorf("%w: user %q", ErrNotFound, m)
		}
		people = append(people, u)
	}
	if err := s.checkID("00g", &g.ID); err != nil {
		return Group{}, err
	}
	made := s.newGroup(g)
	s.record("group.lifecycle.create", "Create Okta group", by, made.asActor())
	for _, u := range people {
		s.join(by, made, u, membership{})
	}
	return made.Group, nil
}

func (s *Server) group(id string) *group {
	for _, g := range s.groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// join puts somebody into a group; the caller has checked that they may be.
func (s *Server) join(by actor, g *group, u *user, how membership) {
	if was, in := g.members[u.ID]; in {
		if was.rule != "" && how.rule == "" {
			g.members[u.ID] = how // from now on by hand too
		}
		return
	}
	g.members[u.ID] = how
	g.LastMembershipUpdated = s.now()
	s.record("group.user_membership.add", "Add user to group membership", by, u.asActor(), g.asActor())
	s.refreshApps(u)
	s.pushMembership(g, u, true)
}

func (s *Server) leave(by actor, g *group, u *user) {
	if _, in := g.members[u.ID]; !in {
		return
	}
	delete(g.members, u.ID)
	g.LastMembershipUpdated = s.now()
	s.record("group.user_membership.remove", "Remove user from group membership", by, u.asActor(), g.asActor())
	s.refreshApps(u)
	s.pushMembership(g, u, false)
}

// SetMember changes who is in a group as somebody else would: an administrator, an
// import for an APP_GROUP. It returns ErrNotFound, and ErrInvalid for Everyone.
func (s *Server) SetMember(groupID, idOrLogin string, member bool) error {
	s.mu.Lock()
	err := s.setMember(groupID, idOrLogin, member)
	s.mu.Unlock()
	s.Sync()
	return err
}

func (s *Server) setMember(groupID, idOrLogin string, member bool) error {
	g, u := s.group(groupID), s.find(idOrLogin)
	switch {
	case g == nil:
		return fmt.Errorf("%w: group %q", ErrNotFound, groupID)
	case u == nil:
		return fmt.Errorf("%w: user %q", ErrNotFound, idOrLogin)
	case g.Type == BuiltIn:
		return fmt.Errorf("%w: who is in %s cannot be changed", ErrInvalid, g.Name)
	case member:
		s.join(somebody(), g, u, membership{})
	default:
		s.leave(somebody(), g, u)
	}
	return nil
}

// Groups returns every group, in the order in which they were added.
func (s *Server) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Group, 0, len(s.groups))
	for _, g := range s.groups {
		out = append(out, g.Group)
	}
	return out
}

// Members returns the logins of a group's members, sorted; none for an unknown group.
func (s *Server) Members(groupID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []string{}
	if g := s.group(groupID); g != nil {
		for id := range g.members {
			out = append(out, s.byID(id).Login())
		}
	}
	slices.Sort(out)
	return out
}

// IsMember says whether somebody, given by id or login, is in a group.
func (s *Server) IsMember(groupID, idOrLogin string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, u := s.group(groupID), s.find(idOrLogin)
	if g == nil || u == nil {
		return false
	}
	_, in := g.members[u.ID]
	return in
}
