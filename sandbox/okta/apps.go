package okta

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// IdentityCenterApp is the name that AWS IAM Identity Center has in Okta's catalogue.
const IdentityCenterApp = "amazon_aws_sso"

// App is an application of the org.
type App struct {
	// ID is 0oa and 17 letters and digits; empty: one is made.
	ID string `json:"id"`
	// Name is the catalogue's; IdentityCenterApp makes the application provision to
	// the downstream.
	Name  string `json:"name"`
	Label string `json:"label"`
	// SignOnMode is SAML_2_0 where empty.
	SignOnMode string `json:"sign_on_mode"`
	Inactive   bool   `json:"inactive,omitempty"`
	// UserName makes a person's user name in the application: ${source.login} (where
	// empty), ${source.email}, or any other attribute of the profile.
	UserName string `json:"user_name"`
}

// AppState is an application with who has it.
type AppState struct {
	App
	Users  []AppUserState `json:"users"`
	Groups []string       `json:"groups"` // ids of the assignment groups
	// Pushed are the groups pushed to it: Okta's id to the application's.
	Pushed map[string]string `json:"pushed"`
}

// AppUserState is one person's assignment.
type AppUserState struct {
	User       string `json:"user"` // login
	UserName   string `json:"user_name"`
	Scope      string `json:"scope"` // USER or GROUP
	Status     string `json:"status"`
	SyncState  string `json:"sync_state"`
	ExternalID string `json:"external_id,omitempty"`
}

type app struct {
	App
	seq     int
	created time.Time
	// direct are the people assigned by themselves, with the user name asked for.
	direct map[string]string
	groups []*groupAssignment
	users  map[string]*appUser
	// provisioned are the user names that the downstream knows, by user id. They
	// outlive the assignment: SCIM disables, it does not delete.
	provisioned map[string]string
	pushed      map[string]string
}

type groupAssignment struct {
	seq, priority int
	group         *group
	updated       time.Time
}

// appUser is a person's assignment, by themselves or through groups.
type appUser struct {
	seq                     int
	user                    *user
	userName                string
	created, updated, since time.Time
	status, sync            string
	lastSync                time.Time
	externalID              string
}

func (a *app) asActor() actor {
	return actor{ID: a.ID, Type: "AppInstance", AlternateID: a.Label, DisplayName: a.Label}
}

func (a *app) provisions() bool { return a.Name == IdentityCenterApp }

// AddApp adds an application. It returns ErrInvalid and ErrTaken.
func (s *Server) AddApp(a App) (App, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Name == "" {
		return App{}, fmt.Errorf("%w: an application without a name", ErrInvalid)
	}
	if a.Label == "" {
		a.Label = a.Name
	}
	if a.SignOnMode == "" {
		a.SignOnMode = "SAML_2_0"
	}
	if a.UserName == "" {
		a.UserName = "${source.login}"
	}
	if a.Name == IdentityCenterApp && s.identityCenter() != nil {
		return App{}, fmt.Errorf("%w: the sandbox has one Identity Center", ErrTaken)
	}
	if err := s.checkID("0oa", &a.ID); err != nil {
		return App{}, err
	}
	s.apps = append(s.apps, &app{
		App: a, seq: s.next(), created: s.now(), direct: map[string]string{}, users: map[string]*appUser{},
		provisioned: map[string]string{}, pushed: map[string]string{},
	})
	return a, nil
}

func (s *Server) app(id string) *app {
	for _, a := range s.apps {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// identityCenter is the application that provisions, or nil.
func (s *Server) identityCenter() *app {
	for _, a := range s.apps {
		if a.provisions() {
			return a
		}
	}
	return nil
}

// Apps returns every application with who has it.
func (s *Server) Apps() []AppState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []AppState{}
	for _, a := range s.apps {
		state := AppState{App: a.App, Users: []AppUserState{}, Groups: []string{}, Pushed: map[string]string{}}
		for _, au := range a.sorted() {
			state.Users = append(state.Users, AppUserState{
				User: au.user.Login(), UserName: au.userName, Scope: a.scope(au.user), Status: au.status, SyncState: au.sync, ExternalID: au.externalID,
			})
		}
		for _, g := range a.groups {
			state.Groups = append(state.Groups, g.group.ID)
		}
		for from, to := range a.pushed {
			state.Pushed[from] = to
		}
		out = append(out, state)
	}
	return out
}

func (a *app) sorted() []*appUser {
	var out []*appUser
	for _, au := range a.users {
		out = append(out, au)
	}
	slices.SortFunc(out, func(x, y *appUser) int { return x.seq - y.seq })
	return out
}

func (a *app) scope(u *user) string {
	if _, direct := a.direct[u.ID]; direct {
		return "USER"
	}
	return "GROUP"
}

func (a *app) throughGroup(u *user) bool {
	return slices.ContainsFunc(a.groups, func(g *groupAssignment) bool {
		_, in := g.group.members[u.ID]
		return in
	})
}

// userNameFor is a person's name in the application.
func (a *app) userNameFor(u *user) string {
	if own := a.direct[u.ID]; own != "" {
		return own
	}
	name := a.UserName
	for _, attribute := range []string{"login", "email"} {
		name = strings.ReplaceAll(name, "${source."+attribute+"}", text(u.Profile, attribute))
	}
	if attribute, ok := strings.CutPrefix(name, "${source."); ok {
		return text(u.Profile, strings.TrimSuffix(attribute, "}"))
	}
	return name
}

// SetAppUser assigns an application to a person, or takes a person's own assignment
// away, as somebody else would. It returns ErrNotFound; ErrInvalid for somebody who
// is DEPROVISIONED, and for taking away what a group gives.
func (s *Server) SetAppUser(appID, idOrLogin string, assigned bool) error {
	s.mu.Lock()
	err := s.setAppUser(appID, idOrLogin, assigned)
	s.mu.Unlock()
	s.Sync()
	return err
}

func (s *Server) setAppUser(appID, idOrLogin string, assigned bool) error {
	a, u := s.app(appID), s.find(idOrLogin)
	if a == nil || u == nil {
		return fmt.Errorf("%w: application %q or user %q", ErrNotFound, appID, idOrLogin)
	}
	var err error
	if assigned {
		_, err = s.assign(somebody(), a, u, "")
	} else {
		err = s.unassign(somebody(), a, u)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

func (s *Server) assign(by actor, a *app, u *user, userName string) (*appUser, error) {
	if u.Status == Deprovisioned {
		return nil, errStatus()
	}
	a.direct[u.ID] = userName
	s.refresh(by, a, u)
	return a.users[u.ID], nil
}

func (s *Server) unassign(by actor, a *app, u *user) error {
	if a.throughGroup(u) {
		return errGroupAssigned()
	}
	delete(a.direct, u.ID)
	s.refresh(by, a, u)
	return nil
}

// SetAppGroup assigns an application to a group, or takes it away, as somebody else
// would. It returns ErrNotFound.
func (s *Server) SetAppGroup(appID, groupID string, assigned bool) error {
	s.mu.Lock()
	a, g := s.app(appID), s.group(groupID)
	var err error
	switch {
	case a == nil || g == nil:
		err = fmt.Errorf("%w: application %q or group %q", ErrNotFound, appID, groupID)
	case assigned:
		s.assignGroup(somebody(), a, g, -1)
	default:
		s.unassignGroup(somebody(), a, g)
	}
	s.mu.Unlock()
	s.Sync()
	return err
}

func (a *app) assignment(g *group) *groupAssignment {
	for _, ga := range a.groups {
		if ga.group == g {
			return ga
		}
	}
	return nil
}

// assignGroup gives the application to a group; a negative priority is the next.
func (s *Server) assignGroup(by actor, a *app, g *group, priority int) *groupAssignment {
	ga := a.assignment(g)
	if ga == nil {
		ga = &groupAssignment{seq: s.next(), priority: len(a.groups), group: g}
		a.groups = append(a.groups, ga)
		s.record("group.application_assignment.add", "Add assigned application to group", by, g.asActor(), a.asActor())
	}
	if priority >= 0 {
		ga.priority = priority
	}
	ga.updated = s.now()
	s.refreshMembers(by, a, g)
	return ga
}

func (s *Server) unassignGroup(by actor, a *app, g *group) {
	a.groups = slices.DeleteFunc(a.groups, func(ga *groupAssignment) bool { return ga.group == g })
	s.record("group.application_assignment.remove", "Remove assigned application from group", by, g.asActor(), a.asActor())
	s.refreshMembers(by, a, g)
}

func (s *Server) refreshMembers(by actor, a *app, g *group) {
	for _, u := range s.users {
		if _, in := g.members[u.ID]; in {
			s.refresh(by, a, u)
		}
	}
}

// refreshApps brings a person's applications in line with their state and groups.
func (s *Server) refreshApps(u *user) {
	for _, a := range s.apps {
		s.refresh(system(), a, u)
	}
}

// refresh brings one assignment in line: who has the application by themselves or
// through a group, and is not DEPROVISIONED, is an application user.
func (s *Server) refresh(by actor, a *app, u *user) {
	_, direct := a.direct[u.ID]
	wanted := (direct || a.throughGroup(u)) && u.Status != Deprovisioned
	have := a.users[u.ID]
	switch {
	case wanted && have == nil:
		have = &appUser{seq: s.next(), user: u, created: s.now(), since: s.now(), status: "ACTIVE", sync: "DISABLED"}
		a.users[u.ID] = have
		s.record("application.user_membership.add", "Add user to application membership", by, u.asActor(), a.asActor())
	case !wanted && have != nil:
		delete(a.users, u.ID)
		s.record("application.user_membership.remove", "Remove user's application membership", by, u.asActor(), a.asActor())
		if a.provisions() {
			s.queue(&task{kind: disableUser, app: a, user: u})
		}
		return
	case !wanted:
		return
	}
	if name := a.userNameFor(u); name != have.userName {
		have.userName, have.updated = name, s.now()
	}
	// People who are STAGED are provisioned when they become active.
	if a.provisions() && s.opts.Downstream != nil && have.sync == "DISABLED" && u.Status != Staged {
		have.sync = "SYNCHRONIZING"
		s.queue(&task{kind: upsertUser, app: a, user: u, fresh: true})
	}
}
