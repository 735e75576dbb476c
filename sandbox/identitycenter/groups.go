package identitycenter

import (
	"fmt"
	"slices"
	"time"
)

// Group is a group of the identity store.
type Group struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created"`
	// Members are the user names of who is in it, when listed.
	Members []string `json:"members"`
}

// membership is one person's place in one group.
type membership struct {
	id    string
	group *Group
	user  *User
}

// AddGroup makes a group; an empty ID is made. It returns ErrTaken for a name or id
// that is in use, and ErrInvalid for one without a name.
func (s *Server) AddGroup(g Group) (Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.Name == "" {
		return Group{}, fmt.Errorf("%w: a group has a name", ErrInvalid)
	}
	for _, o := range s.groups {
		if o.ID == g.ID || o.Name == g.Name {
			return Group{}, fmt.Errorf("%w: group %s", ErrTaken, g.Name)
		}
	}
	return *s.addGroup(g), nil
}

func (s *Server) addGroup(g Group) *Group {
	if g.ID == "" {
		g.ID = asUUID(digest("group", s.next()))
	}
	g.Members, g.Created = nil, s.now()
	s.groups = append(s.groups, &g)
	return &g
}

// Groups lists every group with the people in it, in the order of creation.
func (s *Server) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Group, 0, len(s.groups))
	for _, g := range s.groups {
		shown := *g
		shown.Members = []string{}
		for _, m := range s.memberships {
			if m.group == g {
				shown.Members = append(shown.Members, m.user.UserName)
			}
		}
		out = append(out, shown)
	}
	return out
}

func (s *Server) group(id string) *Group {
	for _, g := range s.groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

func (s *Server) groupNamed(name string) *Group {
	for _, g := range s.groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

func (s *Server) membershipOf(g *Group, u *User) *membership {
	for _, m := range s.memberships {
		if m.group == g && m.user == u {
			return m
		}
	}
	return nil
}

func (s *Server) join(g *Group, u *User) *membership {
	m := &membership{id: asUUID(digest("membership", s.next())), group: g, user: u}
	s.memberships = append(s.memberships, m)
	return m
}

func (s *Server) leave(m *membership) {
	s.memberships = slices.DeleteFunc(s.memberships, func(o *membership) bool { return o == m })
}
