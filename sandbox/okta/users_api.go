package okta

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

type link struct {
	Href   string `json:"href"`
	Method string `json:"method,omitempty"`
}

type userBody struct {
	ID              string          `json:"id"`
	Status          Status          `json:"status"`
	Created         stamp           `json:"created"`
	Activated       *stamp          `json:"activated"`
	StatusChanged   *stamp          `json:"statusChanged"`
	LastLogin       *stamp          `json:"lastLogin"`
	LastUpdated     stamp           `json:"lastUpdated"`
	PasswordChanged *stamp          `json:"passwordChanged"`
	Type            map[string]any  `json:"type"`
	Profile         map[string]any  `json:"profile"`
	Credentials     map[string]any  `json:"credentials"`
	Links           map[string]link `json:"_links"`
}

// userTypeID is the id of the org's one user type, the default.
func userTypeID() string { return madeID("oty", 0) }

func (c *call) user(u *user) userBody {
	self := c.base + "/api/v1/users/" + u.ID
	profile := map[string]any{"firstName": nil, "lastName": nil, "mobilePhone": nil, "secondEmail": nil}
	for name, v := range u.Profile {
		profile[name] = v
	}
	return userBody{
		ID: u.ID, Status: u.Status, Created: stamp(u.Created), Activated: stampOrNull(u.activated),
		StatusChanged: stampOrNull(u.StatusChanged), LastLogin: stampOrNull(u.LastLogin), LastUpdated: stamp(u.LastUpdated),
		Type: map[string]any{"id": userTypeID()}, Profile: profile,
		Credentials: map[string]any{"provider": map[string]any{"type": "OKTA", "name": "OKTA"}},
		Links:       map[string]link{"self": {Href: self}},
	}
}

// userLinks adds what the API says can be done with a person; lists leave it out.
func (c *call) userLinks(b userBody) userBody {
	life := c.base + "/api/v1/users/" + b.ID + "/lifecycle/"
	verbs := map[Status][]string{
		Active: {"suspend", "deactivate"}, Suspended: {"unsuspend", "deactivate"}, Staged: {"activate", "deactivate"}, Deprovisioned: {"activate"},
	}[b.Status]
	if verbs == nil {
		verbs = []string{"deactivate"}
	}
	for _, verb := range verbs {
		b.Links[verb] = link{Href: life + verb, Method: "POST"}
	}
	return b
}

func (u *user) attributes(name string) []any {
	switch name {
	case "id":
		return one(u.ID)
	case "status":
		return one(string(u.Status))
	case "type.id":
		return one(userTypeID())
	case "created", "lastUpdated", "activated", "statusChanged", "lastLogin":
		at := map[string]time.Time{
			"created": u.Created, "lastUpdated": u.LastUpdated, "activated": u.activated, "statusChanged": u.StatusChanged, "lastLogin": u.LastLogin,
		}[name]
		if at.IsZero() {
			return nil
		}
		return []any{at}
	}
	return values(u.Profile[strings.TrimPrefix(name, "profile.")])
}

// values are the single values of a profile attribute, numbers as float64.
func values(v any) []any {
	switch v := v.(type) {
	case []string:
		var out []any
		for _, s := range v {
			out = append(out, s)
		}
		return out
	case []any:
		return v
	case int:
		return []any{float64(v)}
	}
	return one(v)
}

// searchable is what the search parameter of users understands: every attribute of
// the org's schema, with every operator.
func (s *Server) searchable(name, _ string) bool {
	if attribute, ok := strings.CutPrefix(name, "profile."); ok {
		return s.attributes[attribute]
	}
	return slices.Contains([]string{"id", "status", "type.id", "created", "lastUpdated", "activated", "statusChanged", "lastLogin"}, name)
}

// filterable is what the filter parameter of users understands: a few attributes
// with eq, and lastUpdated with the comparisons.
// See https://developer.okta.com/docs/reference/api/users/#list-users-with-a-filter.
func filterable(name, op string) bool {
	if name == "lastUpdated" {
		return slices.Contains([]string{"eq", "gt", "ge", "lt", "le"}, op)
	}
	return op == "eq" && slices.Contains([]string{
		"id", "status", "profile.login", "profile.email", "profile.firstName", "profile.lastName",
	}, name)
}

// listUsers answers people: by q (the beginning of first name, last name or email,
// 10 unless told, without further pages), filter or search. Without any of them,
// and with q, people who are DEPROVISIONED are left out.
func (s *Server) listUsers(c *call) (any, error) {
	q, filterText, searchText := c.query.Get("q"), c.query.Get("filter"), c.query.Get("search")
	filter, err := parseFilter(filterText, filterable)
	if err != nil {
		return nil, err
	}
	search, err := parseFilter(searchText, s.searchable)
	if err != nil {
		return nil, err
	}
	hideGone := filterText == "" && searchText == ""
	var found []*user
	for _, u := range s.users {
		if hideGone && u.Status == Deprovisioned || !filter(u.attributes) || !search(u.attributes) || !u.begins(q) {
			continue
		}
		found = append(found, u)
	}
	if err := s.sortUsers(c, found); err != nil {
		return nil, err
	}
	items := make([]listed, 0, len(found))
	for _, u := range found {
		items = append(items, listed{u.seq, c.user(u)})
	}
	if q == "" {
		return cut(c, items, bounds{200, 200})
	}
	p, err := cut(c, items, bounds{10, 200})
	p.after = ""
	return p, err
}

func (u *user) begins(q string) bool {
	if q == "" {
		return true
	}
	return slices.ContainsFunc([]string{"firstName", "lastName", "email"}, func(name string) bool {
		return strings.HasPrefix(strings.ToLower(text(u.Profile, name)), strings.ToLower(q))
	})
}

// sortUsers follows sortBy and sortOrder, which only go with search.
func (s *Server) sortUsers(c *call, users []*user) error {
	by := c.query.Get("sortBy")
	if by == "" || c.query.Get("search") == "" {
		return nil
	}
	if !s.searchable(by, "") {
		return errSearch()
	}
	slices.SortStableFunc(users, func(a, b *user) int {
		x, y := a.attributes(by), b.attributes(by)
		if len(x) == 0 || len(y) == 0 {
			return len(x) - len(y)
		}
		want := y[0]
		if at, ok := want.(time.Time); ok {
			want = at.Format(time.RFC3339Nano)
		}
		order, _ := compare(by, x[0], want)
		return order
	})
	if strings.EqualFold(c.query.Get("sortOrder"), "desc") {
		slices.Reverse(users)
	}
	return nil
}

func (s *Server) userOf(c *call) (*user, error) {
	id := c.path("user")
	if u := s.find(id); u != nil {
		return u, nil
	}
	return nil, errMissing(id, "User")
}

func (s *Server) getUser(c *call) (any, error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	return c.userLinks(c.user(u)), nil
}

func (s *Server) listUserGroups(c *call) (any, error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	items := []listed{}
	for _, g := range s.groups {
		if _, in := g.members[u.ID]; in {
			items = append(items, listed{g.seq, c.group(g)})
		}
	}
	return cut(c, items, bounds{10_000, 10_000})
}

func (s *Server) activateUser(c *call) (any, error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	if u.Status != Staged && u.Status != Deprovisioned {
		return nil, errAlreadyActive()
	}
	s.setStatus(c.by, u, Active)
	if c.query.Get("sendEmail") != "false" {
		return nil, nil
	}
	token := randomID(20)
	return map[string]string{"activationUrl": c.base + "/welcome/" + token, "activationToken": token}, nil
}

// deactivateUser refuses somebody who is DEPROVISIONED already.
func (s *Server) deactivateUser(c *call) (any, error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	if u.Status == Deprovisioned {
		return nil, errStatus()
	}
	s.setStatus(c.by, u, Deprovisioned)
	return nil, nil
}

func (s *Server) suspendUser(c *call) (any, error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	if u.Status != Active {
		return nil, badState("Cannot suspend a user that is not active")
	}
	s.setStatus(c.by, u, Suspended)
	return nil, nil
}

func (s *Server) unsuspendUser(c *call) (any, error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	if u.Status != Suspended {
		return nil, badState("Cannot unsuspend a user that is not suspended")
	}
	s.setStatus(c.by, u, Active)
	return nil, nil
}

func badState(words string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "E0000001", summary: "Api validation failed: " + words, causes: []string{words}}
}
