package okta

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Status is a person's state in Okta.
// See https://developer.okta.com/docs/concepts/user-lifecycle/ (the states).
type Status string

// The states of a person.
const (
	Staged          Status = "STAGED"
	Provisioned     Status = "PROVISIONED"
	Active          Status = "ACTIVE"
	Recovery        Status = "RECOVERY"
	PasswordExpired Status = "PASSWORD_EXPIRED"
	LockedOut       Status = "LOCKED_OUT"
	Suspended       Status = "SUSPENDED"
	Deprovisioned   Status = "DEPROVISIONED"
)

func (s Status) valid() bool {
	return slices.Contains([]Status{Staged, Provisioned, Active, Recovery, PasswordExpired, LockedOut, Suspended, Deprovisioned}, s)
}

// User is a person of the org.
type User struct {
	// ID is 00u and 17 letters and digits; empty: one is made.
	ID string `json:"id"`
	// Status is ACTIVE where empty.
	Status Status `json:"status"`
	// Profile has at least login and email; manager, managerId and attributes of the
	// org's own are as free as in Okta. Values are text, booleans, numbers and lists
	// of text.
	Profile       map[string]any `json:"profile"`
	Created       time.Time      `json:"created"`
	LastUpdated   time.Time      `json:"last_updated"`
	StatusChanged time.Time      `json:"status_changed"`
	LastLogin     time.Time      `json:"last_login"`
}

// Login is the person's login.
func (u User) Login() string { return text(u.Profile, "login") }

type user struct {
	User
	seq       int
	activated time.Time
}

func text(profile map[string]any, name string) string {
	v, _ := profile[name].(string)
	return v
}

func (u *user) copy() User {
	out := u.User
	out.Profile = maps.Clone(u.Profile)
	return out
}

func (u *user) asActor() actor {
	name := text(u.Profile, "displayName")
	if name == "" {
		name = strings.TrimSpace(text(u.Profile, "firstName") + " " + text(u.Profile, "lastName"))
	}
	return actor{ID: u.ID, Type: "User", AlternateID: u.Login(), DisplayName: name}
}

// baseAttributes are the attributes of Okta's default user profile.
// See https://developer.okta.com/docs/reference/api/users/ (default profile).
func baseAttributes() map[string]bool {
	out := map[string]bool{}
	for _, name := range strings.Fields(`login email secondEmail firstName lastName middleName honorificPrefix honorificSuffix
		title displayName nickName profileUrl primaryPhone mobilePhone streetAddress city state zipCode countryCode postalAddress
		preferredLanguage locale timezone userType employeeNumber costCenter organization division department managerId manager`) {
		out[name] = true
	}
	return out
}

// AddUser adds a person and returns them as they are kept. It returns ErrTaken for
// an id or login in use, ErrInvalid for what Okta would not keep.
func (s *Server) AddUser(u User) (User, error) {
	s.mu.Lock()
	out, err := s.addUser(u)
	s.mu.Unlock()
	s.Sync()
	return out, err
}

func (s *Server) addUser(u User) (User, error) {
	if u.Status == "" {
		u.Status = Active
	}
	u.Profile = maps.Clone(u.Profile)
	if err := checkProfile(u.Profile); err != nil {
		return User{}, err
	}
	if !u.Status.valid() {
		return User{}, fmt.Errorf("%w: status %q", ErrInvalid, u.Status)
	}
	if s.byLogin(u.Login()) != nil {
		return User{}, fmt.Errorf("%w: login %q", ErrTaken, u.Login())
	}
	if err := s.checkID("00u", &u.ID); err != nil {
		return User{}, err
	}
	now := s.now()
	u.Created, u.LastUpdated, u.StatusChanged = now, now, now
	made := &user{User: u, seq: s.next()}
	if u.Status != Staged {
		made.activated = now
	}
	s.users = append(s.users, made)
	s.learnAttributes(u.Profile)
	s.everyone.members[u.ID] = membership{}
	s.record("user.lifecycle.create", "Create Okta user", somebody(), made.asActor())
	s.applyRules(made)
	s.refreshApps(made)
	return made.copy(), nil
}

// checkProfile holds a profile to what the API could answer: Okta's limits on login,
// email and names.
func checkProfile(p map[string]any) error {
	login, email := text(p, "login"), text(p, "email")
	switch {
	case login == "" || len([]rune(login)) > 100:
		return fmt.Errorf("%w: a login has 1 to 100 characters: %q", ErrInvalid, login)
	case len([]rune(email)) < 5 || len([]rune(email)) > 100 || !strings.Contains(email, "@"):
		return fmt.Errorf("%w: email %q", ErrInvalid, email)
	}
	for _, name := range []string{"firstName", "lastName"} {
		if len([]rune(text(p, name))) > 50 {
			return fmt.Errorf("%w: %s has more than 50 characters", ErrInvalid, name)
		}
	}
	return nil
}

// checkID takes an id of the right form that nobody has, or makes one.
func (s *Server) checkID(prefix string, id *string) error {
	if *id == "" {
		*id = madeID(prefix, s.next())
		return nil
	}
	if len(*id) != 20 || !strings.HasPrefix(*id, prefix) {
		return fmt.Errorf("%w: id %q; it has 20 characters and begins with %s", ErrInvalid, *id, prefix)
	}
	if s.byID(*id) != nil || s.group(*id) != nil || s.app(*id) != nil {
		return fmt.Errorf("%w: id %q", ErrTaken, *id)
	}
	return nil
}

func (s *Server) learnAttributes(profile map[string]any) {
	for name := range profile {
		s.attributes[name] = true
	}
}

func (s *Server) byID(id string) *user {
	for _, u := range s.users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

func (s *Server) byLogin(login string) *user {
	for _, u := range s.users {
		if strings.EqualFold(u.Login(), login) {
			return u
		}
	}
	return nil
}

// find looks a person up as the API does: by id, by login, or by the part of the
// login before the @ where that names only one person.
// See https://developer.okta.com/docs/reference/api/users/#get-user-with-login-shortname.
func (s *Server) find(idOrLogin string) *user {
	if u := s.byID(idOrLogin); u != nil {
		return u
	}
	if u := s.byLogin(idOrLogin); u != nil {
		return u
	}
	if strings.Contains(idOrLogin, "@") {
		return nil
	}
	var found *user
	for _, u := range s.users {
		short, _, _ := strings.Cut(u.Login(), "@")
		if strings.EqualFold(short, idOrLogin) {
			if found != nil {
				return nil
			}
			found = u
		}
	}
	return found
}

// Users returns everybody, in the order in which they were added.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]User, 0, len(s.users))
	for _, u := range s.users {
		out = append(out, u.copy())
	}
	return out
}

// User returns a person by id or login. It returns ErrNotFound.
func (s *Server) User(idOrLogin string) (User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.find(idOrLogin)
	if u == nil {
		return User{}, fmt.Errorf("%w: user %q", ErrNotFound, idOrLogin)
	}
	return u.copy(), nil
}

// SetStatus moves a person to a state as an administrator would: somebody
// DEPROVISIONED loses every application and stays in their groups, and is given the
// applications back when ACTIVE again. It returns ErrNotFound and ErrInvalid.
func (s *Server) SetStatus(idOrLogin string, to Status) error {
	s.mu.Lock()
	u := s.find(idOrLogin)
	var err error
	switch {
	case u == nil:
		err = fmt.Errorf("%w: user %q", ErrNotFound, idOrLogin)
	case !to.valid():
		err = fmt.Errorf("%w: status %q", ErrInvalid, to)
	default:
		s.setStatus(somebody(), u, to)
	}
	s.mu.Unlock()
	s.Sync()
	return err
}

func (s *Server) setStatus(by actor, u *user, to Status) {
	if u.Status == to {
		return
	}
	u.Status, u.StatusChanged, u.LastUpdated = to, s.now(), s.now()
	if to == Active && u.activated.IsZero() {
		u.activated = s.now()
	}
	event := map[Status][2]string{
		Active: {"user.lifecycle.activate", "Activate Okta user"}, Deprovisioned: {"user.lifecycle.deactivate", "Deactivate Okta user"},
		Suspended: {"user.lifecycle.suspend", "Suspend Okta user"}, LockedOut: {"user.account.lock", "Max sign in attempts exceeded"},
	}[to]
	if event[0] == "" {
		event = [2]string{"user.account.update_profile", "Update user state"}
	}
	s.record(event[0], event[1], by, u.asActor())
	// See https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-deactivate-user-account.htm:
	// the applications go, the groups stay.
	s.refreshApps(u)
	if to == Deprovisioned || to == Suspended {
		s.endSessions(u.ID)
	}
}

// SetProfile changes attributes of a person's profile; nil removes one. It returns
// ErrNotFound, ErrTaken for a login in use, and ErrInvalid.
func (s *Server) SetProfile(idOrLogin string, changes map[string]any) error {
	s.mu.Lock()
	err := s.setProfile(idOrLogin, changes)
	s.mu.Unlock()
	s.Sync()
	return err
}

func (s *Server) setProfile(idOrLogin string, changes map[string]any) error {
	u := s.find(idOrLogin)
	if u == nil {
		return fmt.Errorf("%w: user %q", ErrNotFound, idOrLogin)
	}
	profile := maps.Clone(u.Profile)
	for name, v := range changes {
		if v == nil {
			delete(profile, name)
			continue
		}
		profile[name] = v
	}
	if err := checkProfile(profile); err != nil {
		return err
	}
	if other := s.byLogin(text(profile, "login")); other != nil && other != u {
		return fmt.Errorf("%w: login %q", ErrTaken, text(profile, "login"))
	}
	u.Profile, u.LastUpdated = profile, s.now()
	s.learnAttributes(profile)
	s.record("user.account.update_profile", "Update user profile for Okta", somebody(), u.asActor())
	s.applyRules(u)
	s.refreshApps(u)
	s.pushProfile(u)
	return nil
}
