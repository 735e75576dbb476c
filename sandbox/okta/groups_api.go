package okta

import (
	"errors"
	"slices"
	"strings"
	"time"
)

type groupBody struct {
	ID                    string          `json:"id"`
	Created               stamp           `json:"created"`
	LastUpdated           stamp           `json:"lastUpdated"`
	LastMembershipUpdated stamp           `json:"lastMembershipUpdated"`
	ObjectClass           []string        `json:"objectClass"`
	Type                  GroupType       `json:"type"`
	Profile               groupProfile    `json:"profile"`
	Links                 map[string]link `json:"_links"`
}

type groupProfile struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

func (c *call) group(g *group) groupBody {
	class := "okta:user_group"
	if g.Type == AppGroup {
		class = "okta:windows_security_principal"
	}
	self := c.base + "/api/v1/groups/" + g.ID
	return groupBody{
		ID: g.ID, Created: stamp(g.Created), LastUpdated: stamp(g.LastUpdated), LastMembershipUpdated: stamp(g.LastMembershipUpdated),
		ObjectClass: []string{class}, Type: g.Type, Profile: groupProfile{g.Name, g.Description},
		Links: map[string]link{"users": {Href: self + "/users"}, "apps": {Href: self + "/apps"}},
	}
}

func (g *group) attributes(name string) []any {
	switch name {
	case "id":
		return one(g.ID)
	case "type":
		return one(string(g.Type))
	case "profile.name":
		return one(g.Name)
	case "profile.description":
		return one(g.Description)
	}
	return []any{map[string]time.Time{"created": g.Created, "lastUpdated": g.LastUpdated, "lastMembershipUpdated": g.LastMembershipUpdated}[name]}
}

func groupSearchable(name, _ string) bool {
	return slices.Contains([]string{"id", "type", "profile.name", "profile.description", "created", "lastUpdated", "lastMembershipUpdated"}, name)
}

// groupFilterable is what the filter parameter of groups understands; names need
// search or q.
func groupFilterable(name, op string) bool {
	switch name {
	case "id", "type":
		return op == "eq"
	case "lastUpdated", "lastMembershipUpdated":
		return slices.Contains([]string{"eq", "gt", "ge", "lt", "le"}, op)
	}
	return false
}

func (s *Server) listGroups(c *call) (any, error) {
	filter, err := parseFilter(c.query.Get("filter"), groupFilterable)
	if err != nil {
		return nil, err
	}
	search, err := parseFilter(c.query.Get("search"), groupSearchable)
	if err != nil {
		return nil, err
	}
	q := strings.ToLower(c.query.Get("q"))
	items := []listed{}
	for _, g := range s.groups {
		if filter(g.attributes) && search(g.attributes) && strings.HasPrefix(strings.ToLower(g.Name), q) {
			items = append(items, listed{g.seq, c.group(g)})
		}
	}
	return cut(c, items, bounds{10_000, 10_000})
}

// createGroup makes a plain group of nobody. A name that another one has is refused.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/addGroup.
func (s *Server) createGroup(c *call) (any, error) {
	var body struct {
		Profile struct {
			Name        string `json:"name"`
			Description string `json:"description"`
		} `json:"profile"`
	}
	if err := decodeBody(c.r, &body); err != nil {
		return nil, err
	}
	if body.Profile.Name == "" {
		return nil, errValidation("name", "name: The field cannot be left blank")
	}
	made, err := s.addGroup(c.by, Group{Name: body.Profile.Name, Description: body.Profile.Description}, nil)
	switch {
	case errors.Is(err, ErrTaken):
		return nil, errValidation("name", "name: An object with this field already exists in the current organization")
	case err != nil:
		return nil, errValidation("name", "name: The field is too long")
	}
	return c.group(s.group(made.ID)), nil
}

func (s *Server) groupOf(c *call) (*group, error) {
	id := c.path("group")
	if g := s.group(id); g != nil {
		return g, nil
	}
	return nil, errMissing(id, "UserGroup")
}

func (s *Server) getGroup(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	return c.group(g), nil
}

func (s *Server) listGroupUsers(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	items := []listed{}
	for _, u := range s.users {
		if _, in := g.members[u.ID]; in {
			items = append(items, listed{u.seq, c.user(u)})
		}
	}
	return cut(c, items, bounds{1000, 1000})
}

// edited is the group and the person, by id only, of a membership edit. Groups that
// are not of type OKTA_GROUP refuse it as if it were a matter of permission.
// See https://github.com/okta/terraform-provider-okta/pull/118.
func (s *Server) edited(c *call) (*group, *user, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, nil, err
	}
	u := s.byID(c.path("user"))
	if u == nil {
		return nil, nil, errMissing(c.path("user"), "User")
	}
	if g.Type != OktaGroup {
		return nil, nil, errDenied()
	}
	return g, u, nil
}

func (s *Server) addUserToGroup(c *call) (any, error) {
	g, u, err := s.edited(c)
	if err != nil {
		return nil, err
	}
	s.join(c.by, g, u, membership{})
	return nil, nil
}

// removeUserFromGroup answers 204 for somebody who is not a member, too. Okta's
// pages name no other answer and clients rely on it; not seen on a real org.
func (s *Server) removeUserFromGroup(c *call) (any, error) {
	g, u, err := s.edited(c)
	if err != nil {
		return nil, err
	}
	if r := s.ruleOf(g, u); r != nil {
		return nil, s.removeRuled(c.by, r, g, u)
	}
	s.leave(c.by, g, u)
	return nil, nil
}
