package campaigns

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"airpass/access"
	"airpass/reviews"
)

// Directory is Okta, asked about many at once.
type Directory interface {
	// GroupMembers returns the members of a group, of any status, at most limit.
	GroupMembers(ctx context.Context, groupID string, limit int) ([]access.Person, error)
	// ManagersOf returns the managers of people, by those people's Okta user ids.
	ManagersOf(ctx context.Context, people []access.Person) (map[string]access.Person, error)
	// ByLogins returns people by their logins in lower case.
	ByLogins(ctx context.Context, logins []string) (map[string]access.Person, error)
	// People returns people by their Okta user ids; who is missing is unknown.
	People(ctx context.Context, oktaIDs []string) (map[string]access.Person, error)
}

// Reviewer is somebody who is asked.
type Reviewer struct {
	OktaID string `json:"okta_id"`
	Login  string `json:"login"`
	Name   string `json:"name,omitempty"`
	Email  string `json:"-"`
}

// Asked is who is asked about an item, and why they.
type Asked struct {
	// Reviewers are asked, and the answer of any of them counts; empty is nobody.
	Reviewers []Reviewer `json:"reviewers"`
	Rule      string     `json:"rule,omitempty"` // that names them
	Fallback  bool       `json:"fallback,omitempty"`
	// Passed says of the rules before why nobody whom they name can be asked.
	Passed []string `json:"passed,omitempty"`
	// Unknown says what could not be looked up: then nobody is chosen, because a rule
	// that could not be looked up may name somebody.
	Unknown string `json:"unknown,omitempty"`
}

// naming is whom the rules of a campaign name, looked up for everybody at once.
type naming struct {
	owners            func(environment string) []string
	managers, seconds map[string]access.Person // by Okta user id of whose they are
	logins            map[string]access.Person // by login in lower case
	groups            map[string][]access.Person
	failed            map[string]error // by rule
	// gone says why people cannot be asked whom the rules may name, by Okta user id.
	gone map[string]string
}

// everybody is more than any group has.
const everybody = 1 << 30

// lookUp asks Okta for all whom some rules may name, in lists: as many calls as there are
// groups, and pages of managers and logins.
func lookUp(ctx context.Context, okta Directory, rules []access.Approver, holdings []reviews.Holding, owners func(string) []string) *naming {
	n := &naming{owners: owners, groups: map[string][]access.Person{}, failed: map[string]error{}}
	var logins []string
	subjects := subjectsOf(holdings)
	environments := map[string]bool{}
	for _, rule := range rules {
		var err error
		switch rule.Kind {
		case access.ApproverManager, access.ApproverManagers2:
			err = n.lookUpManagers(ctx, okta, subjects, rule.Kind == access.ApproverManagers2)
		case access.ApproverGroup:
			n.groups[rule.Value], err = okta.GroupMembers(ctx, rule.Value, everybody)
		case access.ApproverPerson:
			logins = append(logins, rule.Value)
		case access.ApproverOwner:
			for _, h := range holdings {
				if key := h.Target.Environment.Key; !environments[key] {
					environments[key], logins = true, append(logins, owners(key)...)
				}
			}
		default:
			err = fmt.Errorf("%w: a rule of kind %q", access.ErrInvalid, rule.Kind)
		}
		n.fail(rule, err)
	}
	if len(logins) == 0 {
		return n
	}
	var err error
	n.logins, err = okta.ByLogins(ctx, logins)
	for _, rule := range rules {
		if rule.Kind == access.ApproverPerson || rule.Kind == access.ApproverOwner {
			n.fail(rule, err)
		}
	}
	return n
}

// subjectsOf are the people of some holdings, of which one may have many, each once.
func subjectsOf(holdings []reviews.Holding) []access.Person {
	var all []access.Person
	seen := map[string]bool{}
	for _, h := range holdings {
		if id := h.Person.OktaID; id != "" && !seen[id] {
			seen[id], all = true, append(all, *h.Person)
		}
	}
	return all
}

func (n *naming) fail(rule access.Approver, err error) {
	if err != nil {
		n.failed[rule.String()] = err
	}
}

func (n *naming) lookUpManagers(ctx context.Context, okta Directory, subjects []access.Person, second bool) (err error) {
	if n.managers == nil {
		if n.managers, err = okta.ManagersOf(ctx, subjects); err != nil {
			return err
		}
	}
	if !second || n.seconds != nil {
		return nil
	}
	var managers []access.Person
	for _, m := range n.managers {
		managers = append(managers, m)
	}
	of, err := okta.ManagersOf(ctx, managers)
	if err != nil {
		return err
	}
	n.seconds = map[string]access.Person{}
	for subject, m := range n.managers {
		if second, is := of[m.OktaID]; is {
			n.seconds[subject] = second
		}
	}
	return nil
}

// named are those whom a rule names, and why it names nobody.
func (n *naming) named(rule access.Approver, h reviews.Holding) (people []access.Person, nobody []string) {
	one := func(p access.Person, is bool) {
		if is {
			people = append(people, p)
		}
	}
	switch rule.Kind {
	case access.ApproverManager, access.ApproverManagers2:
		by := n.managers
		if rule.Kind == access.ApproverManagers2 {
			by = n.seconds
		}
		m, is := by[h.Person.OktaID]
		if one(m, is); !is {
			nobody = append(nobody, "nobody whom Okta knows")
		}
	case access.ApproverGroup:
		if people = n.groups[rule.Value]; len(people) == 0 {
			nobody = append(nobody, "nobody is in it")
		}
	case access.ApproverPerson, access.ApproverOwner:
		logins := []string{rule.Value}
		if rule.Kind == access.ApproverOwner {
			logins = n.owners(h.Target.Environment.Key)
		}
		for _, login := range logins {
			p, is := n.logins[strings.ToLower(login)]
			if one(p, is); !is {
				nobody = append(nobody, "Okta does not know "+login)
			}
		}
		if len(logins) == 0 {
			nobody = append(nobody, "the environment has none")
		}
	}
	return people, nobody
}

// ask finds who is asked about some access: those of the first rule that names somebody
// who can be. Nobody is asked about their own access, and nobody who is not ACTIVE.
func (n *naming) ask(c access.Campaign, h reviews.Holding) Asked {
	a := Asked{Reviewers: []Reviewer{}}
	for i, rules := range [][]access.Approver{c.Reviewers, c.Fallback} {
		for _, rule := range rules {
			if err := n.failed[rule.String()]; err != nil {
				a.Unknown = fmt.Sprintf("%s could not be looked up: %v", rule, err)
				return a
			}
			people, why := n.named(rule, h)
			for _, p := range people {
				if not := cmp.Or(cannot(p, h), n.gone[p.OktaID]); not != "" {
					why = append(why, p.Login+" "+not)
				} else {
					a.Reviewers = append(a.Reviewers, Reviewer{p.OktaID, p.Login, p.Name, p.Email})
				}
			}
			if len(a.Reviewers) > 0 {
				a.Rule, a.Fallback = rule.String(), i == 1
				return a
			}
			a.Passed = append(a.Passed, rule.String()+": "+some(why))
		}
	}
	return a
}

// cannot says why somebody cannot be asked about some access; empty if they can.
func cannot(p access.Person, h reviews.Holding) string {
	switch {
	case h.Person.OktaID != "" && p.Same(*h.Person), h.Person.OktaID == "" && h.UserName != "" && (strings.EqualFold(p.Login, h.UserName) || strings.EqualFold(p.Email, h.UserName)):
		return "has it themself"
	case !p.Active():
		return "is " + p.Status + " in Okta"
	}
	return ""
}

// some are a few of many reasons.
func some(why []string) string {
	const few = 3
	if len(why) > few {
		return strings.Join(why[:few], ", ") + fmt.Sprintf(" and %d more", len(why)-few)
	}
	return strings.Join(why, ", ")
}
