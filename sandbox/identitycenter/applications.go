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
	URL string `json:"url,omitempty"`
	// SAML is what the console's form asks for besides; no API shows it.
	SAML     SAML `json:"saml,omitzero"`
	Disabled bool `json:"disabled"`
	// ForEverybody: no assignment is required for the tile.
	ForEverybody bool      `json:"for_everybody"`
	Created      time.Time `json:"created"`
	// Assigned are the principals that have the tile, in the order of assignment.
	Assigned []Principal       `json:"assigned"`
	Tags     map[string]string `json:"tags,omitempty"`
}

// SAML are an application's metadata and its mapping of the assertion's subject.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/customermanagedapps-saml2-setup.html.
type SAML struct {
	ACS      string `json:"acs_url,omitempty"`
	Audience string `json:"audience,omitempty"`
	Subject  string `json:"subject,omitempty"`
	Format   string `json:"format,omitempty"`
}

// The providers of customer managed applications.
const (
	samlProvider  = "arn:aws:sso::aws:applicationProvider/custom-saml"
	oauthProvider = "arn:aws:sso::aws:applicationProvider/custom"
)

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
		a.ProviderARN = samlProvider
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
		has := a.ForEverybody || slices.ContainsFunc(a.Assigned, func(p Principal) bool {
			return s.concerns(&Assignment{PrincipalType: p.Type, PrincipalID: p.ID}, u)
		})
		if has && !a.Disabled {
			out = append(out, a.copy())
		}
	}
	slices.SortStableFunc(out, func(a, b Application) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// MakeSAML makes a customer managed SAML application as the console's form does: a
// display name, the ACS URL and the audience have to be filled in. It returns ErrInvalid.
func (s *Server) MakeSAML(a Application) (Application, error) {
	if a.SAML.ACS == "" || a.SAML.Audience == "" {
		return Application{}, fmt.Errorf("%w: the form wants an Application ACS URL and an Application SAML audience", ErrInvalid)
	}
	a.ProviderARN = samlProvider
	return s.AddApplication(a)
}

// FollowSAML makes a SAML application as somebody does who follows a page in the console:
// each field of the form, by the console's name, gets what a line of the page says after
// that name. It returns ErrInvalid.
func (s *Server) FollowSAML(page string) (Application, error) {
	var a Application
	for _, field := range []struct {
		name string
		to   *string
	}{
		{"Display name", &a.Name}, {"Description", &a.Description}, {"Application start URL", &a.URL}, {"Application ACS URL", &a.SAML.ACS},
		{"Application SAML audience", &a.SAML.Audience}, {"Maps to", &a.SAML.Subject}, {"Format", &a.SAML.Format},
	} {
		for line := range strings.Lines(page) {
			if value, is := strings.CutPrefix(strings.TrimSpace(line), field.name+" "); is {
				*field.to = strings.TrimSpace(value)
				break
			}
		}
		if *field.to == "" {
			return Application{}, fmt.Errorf("%w: the page does not say what goes into %s", ErrInvalid, field.name)
		}
	}
	return s.MakeSAML(a)
}

// EditApplication changes an application as the console does. It returns ErrNotFound.
func (s *Server) EditApplication(arn string, change func(*Application)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.app(arn)
	if a == nil {
		return fmt.Errorf("%w: application %s", ErrNotFound, arn)
	}
	change(a)
	return nil
}

// DeleteApplication deletes an application as the console does. It returns ErrNotFound.
func (s *Server) DeleteApplication(arn string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.apps)
	s.apps = slices.DeleteFunc(s.apps, func(a *Application) bool { return a.ARN == arn })
	if len(s.apps) == before {
		return fmt.Errorf("%w: application %s", ErrNotFound, arn)
	}
	return nil
}

// RefuseSAMLAssignments makes everything about the assignments of SAML applications
// answer ValidationException: no page says that the API takes them.
func (s *Server) RefuseSAMLAssignments(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuseSAML = refuse
}

func (s *Server) app(arn string) *Application {
	for _, a := range s.apps {
		if a.ARN == arn {
			return a
		}
	}
	return nil
}
