package identitycenter

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Application is a customer managed application, a tile of the access portal. It is
// made in the console only (SAML), which is AddApplication here.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateApplication.html.
type Application struct {
	ARN         string `json:"arn"`
	Account     string `json:"account"`
	ProviderARN string `json:"provider_arn"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// URL is where the tile leads; empty is Identity Center's own sign-in.
	URL      string    `json:"url,omitempty"`
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`
	// Assigned are the principals that have the tile, in the order of assignment.
	Assigned []Principal       `json:"assigned"`
	Tags     map[string]string `json:"tags,omitempty"`
}

// Principal is a user or a group.
type Principal struct {
	Type string `json:"type"` // PrincipalUser or PrincipalGroup
	ID   string `json:"id"`
}

// AddApplication makes an application; an empty ARN is made. It returns ErrTaken for
// an ARN that is in use and ErrInvalid for one without a name.
func (s *Server) AddApplication(a Application) (Application, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Name == "" {
		return Application{}, fmt.Errorf("%w: an application has a name", ErrInvalid)
	}
	if a.Account == "" {
		a.Account = s.opts.ManagementAccount
	}
	if a.ARN == "" {
		a.ARN = fmt.Sprintf("arn:aws:sso::%s:application/%s/apl-%s", a.Account, s.opts.instanceID(), digest("application", s.next())[:16])
	}
	if a.ProviderARN == "" {
		a.ProviderARN = "arn:aws:sso::aws:applicationProvider/custom-saml"
	}
	if s.app(a.ARN) != nil {
		return Application{}, fmt.Errorf("%w: application %s", ErrTaken, a.ARN)
	}
	a.Created = s.now()
	a = a.copy()
	s.apps = append(s.apps, &a)
	return a.copy(), nil
}

func (a Application) copy() Application {
	a.Assigned = append([]Principal{}, a.Assigned...)
	a.Tags = PermissionSet{Tags: a.Tags}.copy().Tags
	return a
}

// Applications lists every application in the order of creation.
func (s *Server) Applications() []Application {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Application, 0, len(s.apps))
	for _, a := range s.apps {
		out = append(out, a.copy())
	}
	return out
}

// ApplicationsOf lists the applications that the access portal shows a person. It
// returns ErrUnknownUser and ErrDisabledUser.
func (s *Server) ApplicationsOf(userName string) ([]Application, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.userNamed(userName)
	switch {
	case u == nil:
		return nil, fmt.Errorf("%w: %s", ErrUnknownUser, userName)
	case u.Disabled:
		return nil, fmt.Errorf("%w: %s", ErrDisabledUser, userName)
	}
	out := []Application{}
	for _, a := range s.apps {
		has := slices.ContainsFunc(a.Assigned, func(p Principal) bool {
			return s.concerns(&Assignment{PrincipalType: p.Type, PrincipalID: p.ID}, u)
		})
		if has && !a.Disabled {
			out = append(out, a.copy())
		}
	}
	slices.SortStableFunc(out, func(a, b Application) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func (s *Server) app(arn string) *Application {
	for _, a := range s.apps {
		if a.ARN == arn {
			return a
		}
	}
	return nil
}
