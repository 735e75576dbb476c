package okta

import (
	"fmt"
	"slices"
	"time"
)

// OnRemoval is what becomes of the removal, over the API, of somebody whom a group
// rule put into a group. What Okta does has changed and differs between reports, so
// each rule says.
type OnRemoval string

// What becomes of a removal.
const (
	// RefuseRemoval answers E0000006 and changes nothing.
	RefuseRemoval OnRemoval = "refuse"
	// ExcludeRemoved removes the person and puts them on the rule's list of
	// exclusions. See https://github.com/okta/terraform-provider-okta/issues/452.
	ExcludeRemoved OnRemoval = "exclude"
	// ReturnRemoved removes the person; the rule puts them back at its next run.
	ReturnRemoved OnRemoval = "return"
)

// Rule is a group rule: whoever's profile attribute has the value is in the groups.
// See https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-about-group-rules.htm.
type Rule struct {
	ID               string // 0pr…; empty: one is made
	Name             string
	Inactive         bool
	Attribute, Value string   // user.department, "Data"
	Groups           []string // ids
	// OnRemoval is RefuseRemoval where empty.
	OnRemoval OnRemoval
	// ReturnAfter is when the rule runs again after a removal, on the sandbox clock.
	ReturnAfter time.Duration
	Excluded    []string // user ids
}

type rule struct {
	Rule
	seq     int
	created time.Time
	returns map[string]time.Time // user id: when the rule runs for them again
}

// AddRule adds a rule and runs it for everybody. It returns ErrNotFound for groups.
func (s *Server) AddRule(r Rule) (Rule, error) {
	s.mu.Lock()
	out, err := s.addRule(r)
	s.mu.Unlock()
	s.Sync()
	return out, err
}

func (s *Server) addRule(r Rule) (Rule, error) {
	for _, id := range r.Groups {
		g := s.group(id)
		if g == nil {
			return Rule{}, fmt.Errorf("%w: group %q", ErrNotFound, id)
		}
		if g.Type != OktaGroup {
			return Rule{}, fmt.Errorf("%w: a rule for the %s %s", ErrInvalid, g.Type, g.Name)
		}
	}
	if r.OnRemoval == "" {
		r.OnRemoval = RefuseRemoval
	}
	if err := s.checkID("0pr", &r.ID); err != nil {
		return Rule{}, err
	}
	s.rules = append(s.rules, &rule{Rule: r, seq: s.next(), created: s.now(), returns: map[string]time.Time{}})
	for _, u := range s.users {
		s.applyRules(u)
	}
	return r, nil
}

// applyRules puts somebody into the groups that the rules want them in, and takes
// them out of those that only a rule had put them in.
func (s *Server) applyRules(u *user) {
	for _, r := range s.rules {
		if due, waits := r.returns[u.ID]; waits && due.After(s.now()) {
			continue
		}
		delete(r.returns, u.ID)
		wants := !r.Inactive && r.Value == text(u.Profile, r.Attribute) && !slices.Contains(r.Excluded, u.ID)
		for _, id := range r.Groups {
			g := s.group(id)
			if wants {
				s.join(system(), g, u, membership{rule: r.ID})
			} else if g.members[u.ID].rule == r.ID {
				s.leave(system(), g, u)
			}
		}
	}
}

// runRules runs the rules that are due again for somebody who was removed.
func (s *Server) runRules() {
	for _, r := range s.rules {
		for id, due := range r.returns {
			if u := s.byID(id); u != nil && !due.After(s.now()) {
				s.applyRules(u)
			}
		}
	}
}

// ruleOf is the rule that put somebody into a group, nil where it was done by hand.
func (s *Server) ruleOf(g *group, u *user) *rule {
	id := g.members[u.ID].rule
	if id == "" {
		return nil
	}
	for _, r := range s.rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (s *Server) removeRuled(by actor, r *rule, g *group, u *user) error {
	switch r.OnRemoval {
	case ExcludeRemoved:
		r.Excluded = append(r.Excluded, u.ID)
	case ReturnRemoved:
		r.returns[u.ID] = s.now().Add(r.ReturnAfter)
	default:
		return errDenied()
	}
	s.leave(by, g, u)
	return nil
}

type ruleBody struct {
	Type        string         `json:"type"`
	ID          string         `json:"id"`
	Status      string         `json:"status"`
	Name        string         `json:"name"`
	Created     stamp          `json:"created"`
	LastUpdated stamp          `json:"lastUpdated"`
	Conditions  ruleConditions `json:"conditions"`
	Actions     ruleActions    `json:"actions"`
}

type ruleConditions struct {
	People struct {
		Users  ruleExclusion `json:"users"`
		Groups ruleExclusion `json:"groups"`
	} `json:"people"`
	Expression struct {
		Value string `json:"value"`
		Type  string `json:"type"`
	} `json:"expression"`
}

type ruleExclusion struct {
	Exclude []string `json:"exclude"`
}

type ruleActions struct {
	Assign struct {
		Groups []string `json:"groupIds"`
	} `json:"assignUserToGroups"`
}

func (r *rule) body() ruleBody {
	b := ruleBody{Type: "group_rule", ID: r.ID, Status: "ACTIVE", Name: r.Name, Created: stamp(r.created), LastUpdated: stamp(r.created)}
	if r.Inactive {
		b.Status = "INACTIVE"
	}
	b.Conditions.People.Users.Exclude = append([]string{}, r.Excluded...)
	b.Conditions.People.Groups.Exclude = []string{}
	b.Conditions.Expression.Type = "urn:okta:expression:1.0"
	b.Conditions.Expression.Value = fmt.Sprintf("user.%s==%q", r.Attribute, r.Value)
	b.Actions.Assign.Groups = append([]string{}, r.Groups...)
	return b
}

func (s *Server) listGroupRules(c *call) (any, error) {
	items := []listed{}
	for _, r := range s.rules {
		items = append(items, listed{r.seq, r.body()})
	}
	return cut(c, items, bounds{50, 200})
}
