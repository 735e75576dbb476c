package identitycenter

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// PermissionSet is what a person may do in an account where it is assigned to them.
type PermissionSet struct {
	ARN         string `json:"arn"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// RelayState is the console page that the portal opens when no other is asked for.
	RelayState string `json:"relay_state,omitempty"`
	// SessionDuration is how long its sessions live: 1 h (the default) to 12 h.
	SessionDuration time.Duration `json:"session_duration"`
	InlinePolicy    string        `json:"inline_policy,omitempty"`
	// ManagedPolicies are the ARNs of AWS's policies that are attached, CustomerPolicies the
	// paths and names of those that the accounts have of their own; Boundary is one of either.
	ManagedPolicies  []string          `json:"managed_policies,omitempty"`
	CustomerPolicies []string          `json:"customer_policies,omitempty"`
	Boundary         string            `json:"boundary,omitempty"`
	Tags             map[string]string `json:"tags,omitempty"`
	Created          time.Time         `json:"created"`
	// version is raised by each edit, so that what was provisioned can be told from
	// what is latest.
	version int
}

var (
	setName     = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)
	accountID   = regexp.MustCompile(`^\d{12}$`)
	principalID = regexp.MustCompile(`^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$`)
)

// AddAccount makes a member account of the organization. It returns ErrInvalid for an
// id that is not 12 digits; a known id is renamed.
func (s *Server) AddAccount(id, name string) error {
	if !accountID.MatchString(id) {
		return fmt.Errorf("%w: account %q: an account id has 12 digits", ErrInvalid, id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[id] = name
	return nil
}

// AddPermissionSet makes a permission set; an empty ARN is made. It is provisioned
// nowhere. It returns ErrTaken for a name or ARN that is in use and ErrInvalid for
// what the service refuses.
func (s *Server) AddPermissionSet(p PermissionSet) (PermissionSet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.addPermissionSet(p)
	if err != nil {
		return PermissionSet{}, err
	}
	return made.copy(), nil
}

func (s *Server) addPermissionSet(p PermissionSet) (*PermissionSet, error) {
	if !setName.MatchString(p.Name) {
		return nil, fmt.Errorf("%w: permission set name %q: 1 to 32 letters, digits or +=,.@_-", ErrInvalid, p.Name)
	}
	if p.SessionDuration == 0 {
		p.SessionDuration = time.Hour
	}
	if p.SessionDuration < time.Hour || p.SessionDuration > 12*time.Hour {
		return nil, fmt.Errorf("%w: a session lasts 1 to 12 hours", ErrInvalid)
	}
	if p.ARN == "" {
		p.ARN = fmt.Sprintf("arn:aws:sso:::permissionSet/%s/ps-%s", s.opts.instanceID(), digest("permissionSet", s.next())[:16])
	}
	for _, o := range s.sets {
		if o.ARN == p.ARN || o.Name == p.Name {
			return nil, fmt.Errorf("%w: permission set %s", ErrTaken, p.Name)
		}
	}
	p.Created, p.version = s.now(), 1
	p = p.copy()
	s.sets = append(s.sets, &p)
	return &p, nil
}

func (p PermissionSet) copy() PermissionSet {
	tags := make(map[string]string, len(p.Tags))
	for k, v := range p.Tags {
		tags[k] = v
	}
	p.Tags = tags
	p.ManagedPolicies, p.CustomerPolicies = slices.Clone(p.ManagedPolicies), slices.Clone(p.CustomerPolicies)
	return p
}

// PermissionSets lists every permission set in the order of creation.
func (s *Server) PermissionSets() []PermissionSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]PermissionSet, 0, len(s.sets))
	for _, p := range s.sets {
		out = append(out, p.copy())
	}
	return out
}

// Accounts lists the ids of the organization's accounts, sorted.
func (s *Server) Accounts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, 0, len(s.accounts))
	for id := range s.accounts {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// AccountNames returns the name of each account by its number.
func (s *Server) AccountNames() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.accounts)
}

func (s *Server) set(arn string) *PermissionSet {
	for _, p := range s.sets {
		if p.ARN == arn {
			return p
		}
	}
	return nil
}

// SetInlinePolicy edits the policy of a permission set, by name or ARN, as somebody
// would in the console; roles have it once they are provisioned. It returns
// ErrNotFound.
func (s *Server) SetInlinePolicy(nameOrARN, policy string) error {
	return s.editSet(nameOrARN, func(p *PermissionSet) { p.InlinePolicy = policy })
}

// SetSessionDuration edits how long sessions of a permission set last, like SetInlinePolicy.
func (s *Server) SetSessionDuration(nameOrARN string, lasts time.Duration) error {
	return s.editSet(nameOrARN, func(p *PermissionSet) { p.SessionDuration = lasts })
}

// AttachPolicies attaches policies to a permission set, instead of those that were: those
// with an ARN are AWS's. A boundary is one of either, or empty.
func (s *Server) AttachPolicies(nameOrARN, boundary string, policies ...string) error {
	return s.editSet(nameOrARN, func(p *PermissionSet) {
		p.ManagedPolicies, p.CustomerPolicies, p.Boundary = nil, nil, boundary
		for _, policy := range policies {
			if strings.HasPrefix(policy, "arn:") {
				p.ManagedPolicies = append(p.ManagedPolicies, policy)
			} else {
				p.CustomerPolicies = append(p.CustomerPolicies, policy)
			}
		}
	})
}

// Untag takes all tags off a permission set.
func (s *Server) Untag(nameOrARN string) error {
	return s.editSet(nameOrARN, func(p *PermissionSet) { p.Tags = nil })
}

func (s *Server) editSet(nameOrARN string, edit func(*PermissionSet)) error {
	arn, err := s.setARN(nameOrARN)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.set(arn)
	if p == nil {
		return fmt.Errorf("%w: permission set %s", ErrNotFound, nameOrARN)
	}
	edit(p)
	p.version++
	return nil
}
