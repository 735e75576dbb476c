package okta

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

type appBody struct {
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Label         string          `json:"label"`
	Status        string          `json:"status"`
	LastUpdated   stamp           `json:"lastUpdated"`
	Created       stamp           `json:"created"`
	Accessibility map[string]any  `json:"accessibility"`
	Visibility    map[string]any  `json:"visibility"`
	Features      []string        `json:"features"`
	SignOnMode    string          `json:"signOnMode"`
	Credentials   map[string]any  `json:"credentials"`
	Settings      map[string]any  `json:"settings"`
	Links         map[string]link `json:"_links"`
}

func (c *call) app(a *app) appBody {
	self := c.base + "/api/v1/apps/" + a.ID
	b := appBody{
		ID: a.ID, Name: a.Name, Label: a.Label, Status: a.status(), LastUpdated: stamp(a.created), Created: stamp(a.created),
		Accessibility: map[string]any{"selfService": false},
		Visibility:    map[string]any{"autoSubmitToolbar": false, "hide": map[string]bool{"iOS": false, "web": false}},
		Features:      []string{}, SignOnMode: a.SignOnMode,
		Credentials: map[string]any{"userNameTemplate": map[string]any{"template": a.UserName, "type": "BUILT_IN"}},
		Settings:    map[string]any{"notifications": map[string]any{"vpn": map[string]any{"network": map[string]any{"connection": "DISABLED"}}}},
		Links:       map[string]link{"self": {Href: self}, "users": {Href: self + "/users"}, "groups": {Href: self + "/groups"}},
	}
	if a.provisions() {
		b.Features = []string{"GROUP_PUSH", "PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION", "REACTIVATE_USERS", "PUSH_PROFILE_UPDATES"}
	}
	return b
}

func (a *app) status() string {
	if a.Inactive {
		return "INACTIVE"
	}
	return "ACTIVE"
}

func (a *app) attributes(name string) []any {
	var out []any
	switch name {
	case "id":
		return one(a.ID)
	case "name":
		return one(a.Name)
	case "status":
		return one(a.status())
	case "user.id":
		for id := range a.users {
			out = append(out, id)
		}
	case "group.id":
		for _, g := range a.groups {
			out = append(out, g.group.ID)
		}
	}
	return out
}

func appFilterable(name, op string) bool {
	return op == "eq" && slices.Contains([]string{"id", "name", "status", "user.id", "group.id"}, name)
}

func (s *Server) listApps(c *call) (any, error) {
	filter, err := parseFilter(c.query.Get("filter"), appFilterable)
	if err != nil {
		return nil, err
	}
	q := strings.ToLower(c.query.Get("q"))
	items := []listed{}
	for _, a := range s.apps {
		named := strings.HasPrefix(strings.ToLower(a.Label), q) || strings.HasPrefix(strings.ToLower(a.Name), q)
		if named && filter(a.attributes) {
			items = append(items, listed{a.seq, c.app(a)})
		}
	}
	return cut(c, items, bounds{20, 200})
}

func (s *Server) appOf(c *call) (*app, error) {
	id := c.path("app")
	if a := s.app(id); a != nil {
		return a, nil
	}
	return nil, errMissing(id, "AppInstance")
}

func (s *Server) getApp(c *call) (any, error) {
	a, err := s.appOf(c)
	if err != nil {
		return nil, err
	}
	return c.app(a), nil
}

func (s *Server) listGroupApps(c *call) (any, error) {
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	items := []listed{}
	for _, a := range s.apps {
		if a.assignment(g) != nil {
			items = append(items, listed{a.seq, c.app(a)})
		}
	}
	return cut(c, items, bounds{20, 200})
}

type appUserBody struct {
	ID              string          `json:"id"`
	ExternalID      string          `json:"externalId,omitempty"`
	Created         stamp           `json:"created"`
	LastUpdated     stamp           `json:"lastUpdated"`
	Scope           string          `json:"scope"`
	Status          string          `json:"status"`
	StatusChanged   stamp           `json:"statusChanged"`
	PasswordChanged *stamp          `json:"passwordChanged,omitempty"`
	SyncState       string          `json:"syncState"`
	LastSync        *stamp          `json:"lastSync,omitempty"`
	Credentials     map[string]any  `json:"credentials"`
	Profile         map[string]any  `json:"profile"`
	Links           map[string]link `json:"_links"`
}

func (c *call) appUser(a *app, au *appUser) appUserBody {
	return appUserBody{
		ID: au.user.ID, ExternalID: au.externalID, Created: stamp(au.created), LastUpdated: stamp(au.updated), Scope: a.scope(au.user),
		Status: au.status, StatusChanged: stamp(au.since), SyncState: au.sync, LastSync: stampOrNull(au.lastSync),
		Credentials: map[string]any{"userName": au.userName}, Profile: map[string]any{}, // see the package comment
		Links: map[string]link{"app": {Href: c.base + "/api/v1/apps/" + a.ID}, "user": {Href: c.base + "/api/v1/users/" + au.user.ID}},
	}
}

func (s *Server) listAppUsers(c *call) (any, error) {
	a, err := s.appOf(c)
	if err != nil {
		return nil, err
	}
	filter, err := parseFilter(c.query.Get("filter"), func(name, op string) bool {
		return op == "eq" && slices.Contains([]string{"id", "status", "scope", "syncState", "externalId", "credentials.userName"}, name)
	})
	if err != nil {
		return nil, err
	}
	q := c.query.Get("q")
	items := []listed{}
	for _, au := range a.sorted() {
		named := au.user.begins(q) || strings.HasPrefix(strings.ToLower(au.userName), strings.ToLower(q))
		if named && filter(func(name string) []any { return a.userAttributes(au, name) }) {
			items = append(items, listed{au.seq, c.appUser(a, au)})
		}
	}
	return cut(c, items, bounds{50, 500})
}

func (a *app) userAttributes(au *appUser, name string) []any {
	return one(map[string]string{
		"id": au.user.ID, "status": au.status, "scope": a.scope(au.user), "syncState": au.sync,
		"externalId": au.externalID, "credentials.userName": au.userName,
	}[name])
}

// appUserOf is an assignment by the person's id; unlike users, it is not found by a
// login.
func (s *Server) appUserOf(c *call) (*app, *appUser, error) {
	a, err := s.appOf(c)
	if err != nil {
		return nil, nil, err
	}
	if au := a.users[c.path("user")]; au != nil {
		return a, au, nil
	}
	return nil, nil, errMissing(c.path("user"), "AppUser")
}

func (s *Server) getAppUser(c *call) (any, error) {
	a, au, err := s.appUserOf(c)
	if err != nil {
		return nil, err
	}
	return c.appUser(a, au), nil
}

// assignAppUser assigns a person by themselves; somebody who has the application
// through a group has it both ways then, which is told as scope USER.
func (s *Server) assignAppUser(c *call) (any, error) {
	a, err := s.appOf(c)
	if err != nil {
		return nil, err
	}
	var body struct {
		ID          string `json:"id"`
		Scope       string `json:"scope"`
		Credentials struct {
			UserName string `json:"userName"`
		} `json:"credentials"`
	}
	if err := decodeBody(c.r, &body); err != nil {
		return nil, err
	}
	if body.ID == "" {
		return nil, errValidation("id", "id: The field cannot be left blank")
	}
	if body.Scope != "" && body.Scope != "USER" {
		return nil, errValidation("scope", "scope: Only USER can be assigned")
	}
	u := s.byID(body.ID)
	if u == nil {
		return nil, errMissing(body.ID, "User")
	}
	au, err := s.assign(c.by, a, u, body.Credentials.UserName)
	if err != nil {
		return nil, err
	}
	return c.appUser(a, au), nil
}

func (s *Server) deleteAppUser(c *call) (any, error) {
	a, au, err := s.appUserOf(c)
	if err != nil {
		return nil, err
	}
	return nil, s.unassign(c.by, a, au.user)
}

type appGroupBody struct {
	ID          string          `json:"id"`
	LastUpdated stamp           `json:"lastUpdated"`
	Priority    int             `json:"priority"`
	Profile     map[string]any  `json:"profile"`
	Links       map[string]link `json:"_links"`
}

func (c *call) appGroup(a *app, ga *groupAssignment) appGroupBody {
	app, group := c.base+"/api/v1/apps/"+a.ID, c.base+"/api/v1/groups/"+ga.group.ID
	return appGroupBody{
		ID: ga.group.ID, LastUpdated: stamp(ga.updated), Priority: ga.priority, Profile: map[string]any{},
		Links: map[string]link{"app": {Href: app}, "self": {Href: app + "/groups/" + ga.group.ID}, "group": {Href: group}},
	}
}

func (s *Server) listAppGroups(c *call) (any, error) {
	a, err := s.appOf(c)
	if err != nil {
		return nil, err
	}
	q := strings.ToLower(c.query.Get("q"))
	items := []listed{}
	for _, ga := range a.groups {
		if strings.HasPrefix(strings.ToLower(ga.group.Name), q) {
			items = append(items, listed{ga.seq, c.appGroup(a, ga)})
		}
	}
	return cut(c, items, bounds{20, 200})
}

func (s *Server) getAppGroup(c *call) (any, error) {
	a, ga, err := s.appGroupOf(c)
	if err != nil {
		return nil, err
	}
	return c.appGroup(a, ga), nil
}

func (s *Server) appGroupOf(c *call) (*app, *groupAssignment, error) {
	a, err := s.appOf(c)
	if err != nil {
		return nil, nil, err
	}
	id := c.path("group")
	if g := s.group(id); g != nil {
		if ga := a.assignment(g); ga != nil {
			return a, ga, nil
		}
	}
	return nil, nil, errMissing(id, "GroupAppAssignment")
}

func (s *Server) assignAppGroup(c *call) (any, error) {
	a, err := s.appOf(c)
	if err != nil {
		return nil, err
	}
	g, err := s.groupOf(c)
	if err != nil {
		return nil, err
	}
	body := struct {
		Priority *int `json:"priority"`
	}{}
	if err := decodeBody(c.r, &body); err != nil {
		return nil, err
	}
	priority := -1
	if body.Priority != nil {
		if priority = *body.Priority; priority < 0 || priority > 100 {
			return nil, errValidation("priority", "priority: must be between 0 and 100")
		}
	}
	return c.appGroup(a, s.assignGroup(c.by, a, g, priority)), nil
}

func (s *Server) deleteAppGroup(c *call) (any, error) {
	a, ga, err := s.appGroupOf(c)
	if err != nil {
		return nil, err
	}
	s.unassignGroup(c.by, a, ga.group)
	return nil, nil
}

// decodeBody reads a JSON body of at most 1 MiB; no body leaves v as it is. Fields
// that Okta ignores are ignored.
func decodeBody(r *http.Request, v any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
	if err != nil {
		return errBody()
	}
	if len(raw) == 0 {
		return nil
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(raw, v); errors.As(err, &syntax) {
		return errBody()
	} else if err != nil {
		return errValidation("body", "body: A field has the wrong type")
	}
	return nil
}
