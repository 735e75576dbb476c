package identitycenter

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// User is a person of the identity store.
type User struct {
	ID          string `json:"id"`
	UserName    string `json:"user_name"`
	Email       string `json:"email,omitempty"`
	DisplayName string `json:"display_name,omitempty"`
	GivenName   string `json:"given_name,omitempty"`
	FamilyName  string `json:"family_name,omitempty"`
	// ExternalID is the person's id at the identity provider that provisions them.
	ExternalID string `json:"external_id,omitempty"`
	// Disabled people cannot sign in; their assignments remain.
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
}

// AddUser makes a person; an empty ID is made. It returns ErrTaken for a user name,
// e-mail address or id that is in use, and ErrInvalid for one without a user name.
func (s *Server) AddUser(u User) (User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.addUser(u)
	if err != nil {
		return User{}, err
	}
	return *made, nil
}

func (s *Server) addUser(u User) (*User, error) {
	if u.UserName == "" || len(u.UserName) > 128 {
		return nil, fmt.Errorf("%w: a user name has 1 to 128 characters", ErrInvalid)
	}
	if u.ID == "" {
		u.ID = asUUID(digest("user", s.next()))
	}
	for _, o := range s.users {
		if o.ID == u.ID || o.UserName == u.UserName || u.Email != "" && strings.EqualFold(o.Email, u.Email) {
			return nil, fmt.Errorf("%w: user %s", ErrTaken, u.UserName)
		}
	}
	u.Created = s.now()
	u.Updated = u.Created
	s.users = append(s.users, &u)
	return &u, nil
}

// DeleteUser takes a person out of the identity store, with their memberships. Their
// account assignments remain, naming an id that nobody has any more.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html#issue6.
func (s *Server) DeleteUser(userName string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.userNamed(userName)
	if u == nil {
		return fmt.Errorf("%w: %s", ErrUnknownUser, userName)
	}
	s.users = slices.DeleteFunc(s.users, func(o *User) bool { return o == u })
	s.memberships = slices.DeleteFunc(s.memberships, func(m *membership) bool { return m.user == u })
	return nil
}

// Users lists everybody in the order of creation.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]User, 0, len(s.users))
	for _, u := range s.users {
		out = append(out, *u)
	}
	return out
}

func (s *Server) user(id string) *User {
	for _, u := range s.users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

func (s *Server) userNamed(name string) *User {
	for _, u := range s.users {
		if u.UserName == name {
			return u
		}
	}
	return nil
}
