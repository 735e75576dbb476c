package approvals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
)

// Naming returns those of some approver rules that name somebody now, asked live. It
// returns access.ErrOwnRequest for the requester, by whichever Okta user of theirs;
// access.ErrNotAllowed for everybody whom no rule names; and an error that wraps
// access.ErrUnavailable if a rule could not be looked up and no other rule names them.
func (s *Service) Naming(ctx context.Context, p, subject access.Person, rules []access.Approver) ([]access.Approver, error) {
	if p.Same(subject) {
		return nil, because(access.ErrOwnRequest, "somebody else has to decide it")
	}
	if !p.Active() {
		return nil, refuse("you are not active in Okta")
	}
	var naming []access.Approver
	var unsure error
	lookup := &lookups{Directory: s.Directory, others: s.Others}
	for _, rule := range rules {
		names, err := lookup.names(ctx, rule, p, subject)
		if names && !slices.Contains(naming, rule) {
			naming = append(naming, rule)
		}
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			unsure = err
		}
	}
	switch {
	case len(naming) > 0:
		return naming, nil
	case unsure != nil:
		return nil, unsure
	}
	return nil, refuse("you are not one of the people who may decide this request (now)")
}

// MayDecide says whether some rule of a policy's stages names somebody now; see Naming.
func (s *Service) MayDecide(ctx context.Context, p, subject access.Person, policy access.Policy) error {
	_, err := s.Naming(ctx, p, subject, policy.Approvers())
	return err
}

// Others finds people whom neither Okta nor the configuration names: members of a Slack
// user group, who is on call. An answer that did not come wraps access.ErrUnavailable.
type Others interface {
	// Names says whether a rule names the person with this e-mail address now, at the
	// cost of a number of calls that does not grow with how many it names.
	Names(ctx context.Context, rule access.Approver, email string) (bool, error)
	// Emails returns the e-mail addresses of at most limit of those whom a rule names now.
	Emails(ctx context.Context, rule access.Approver, limit int) ([]string, error)
}

// lookups remembers what one judgement has already asked, and no longer.
type lookups struct {
	Directory
	others  Others
	groups  map[string]bool
	manager *access.Person
}

// names says whether a rule names somebody, at the cost of at most one lookup that
// does not grow with the directory.
func (l *lookups) names(ctx context.Context, rule access.Approver, p, subject access.Person) (bool, error) {
	switch rule.Kind {
	case access.ApproverPerson, access.ApproverOwner:
		return strings.EqualFold(p.Login, rule.Value), nil
	case access.ApproverManager:
		m, err := l.managerOf(ctx, subject)
		return err == nil && m.OktaID == p.OktaID, err
	case access.ApproverManagers2:
		m, err := l.managerOf(ctx, subject)
		if err == nil {
			m, err = l.ManagerOf(ctx, m)
		}
		return err == nil && m.OktaID == p.OktaID, err
	case access.ApproverGroup:
		if l.groups == nil {
			groups, err := l.GroupsOf(ctx, p.OktaID)
			if err != nil {
				return false, err
			}
			l.groups = groups
		}
		return l.groups[rule.Value], nil
	case access.ApproverSlack, access.ApproverOnCall:
		return l.namesByEmail(ctx, rule, p)
	}
	return false, fmt.Errorf("%w: a rule of kind %q", access.ErrInvalid, rule.Kind)
}

// namesByEmail says whether a rule names the address of a person, and the address is
// theirs alone: one that several share would let each of them decide for the others.
func (l *lookups) namesByEmail(ctx context.Context, rule access.Approver, p access.Person) (bool, error) {
	if l.others == nil {
		return false, nobodyLooksUp(rule)
	}
	if p.Email == "" {
		return false, nil
	}
	named, err := l.others.Names(ctx, rule, p.Email)
	if err != nil || !named {
		return false, err
	}
	found, err := l.ByEmail(ctx, p.Email)
	owner, one := ownerOf(found)
	return err == nil && one && owner.OktaID == p.OktaID, err
}

// ownerOf is whose an e-mail address is, of all who have it: the one who is ACTIVE. If
// only one has it, it is theirs even if they are not.
func ownerOf(found []access.Person) (owner access.Person, one bool) {
	if len(found) == 1 {
		return found[0], true
	}
	active := 0
	for _, p := range found {
		if p.Active() {
			owner = p
			active++
		}
	}
	return owner, active == 1
}

func nobodyLooksUp(rule access.Approver) error {
	return fmt.Errorf("%w: a rule of kind %q, which nobody can look up", access.ErrInvalid, rule.Kind)
}

func (l *lookups) managerOf(ctx context.Context, subject access.Person) (access.Person, error) {
	if l.manager == nil {
		m, err := l.ManagerOf(ctx, subject)
		if err != nil {
			return access.Person{}, err
		}
		l.manager = &m
	}
	return *l.manager, nil
}

// Deciders lists ACTIVE people other than the subject whom rules name, each once and at
// most limit, in the order of the rules. absent says that a rule names somebody who is not
// among them because they are not ACTIVE. It returns access.ErrNobody if there is nobody,
// and the failed lookup if that may be the reason.
func (s *Service) Deciders(ctx context.Context, subject access.Person, rules []access.Approver, limit int) (found []access.Person, absent bool, err error) {
	var unsure error
	for _, rule := range rules {
		people, err := s.named(ctx, rule, subject)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			unsure = err
		}
		absent = absent || errors.Is(err, access.ErrNotFound)
		for _, p := range people {
			switch {
			case !p.Active():
				absent = true
			case len(found) < limit && !p.Same(subject) && !contains(found, p):
				found = append(found, p)
			}
		}
	}
	switch {
	case len(found) > 0:
		return found, absent, nil
	case unsure != nil:
		return nil, absent, unsure
	}
	return nil, absent, access.ErrNobody
}

func contains(people []access.Person, p access.Person) bool {
	return slices.ContainsFunc(people, p.Same)
}

// groupPage is how many members of a group are looked at for somebody who may decide:
// some may be the requester, or not ACTIVE.
const groupPage = 200

// emailPage is the same where every member costs calls of their own.
const emailPage = 20

func (s *Service) named(ctx context.Context, rule access.Approver, subject access.Person) ([]access.Person, error) {
	one := func(p access.Person, err error) ([]access.Person, error) {
		if err != nil {
			return nil, err
		}
		return []access.Person{p}, nil
	}
	switch rule.Kind {
	case access.ApproverPerson, access.ApproverOwner:
		return one(s.Directory.ByLogin(ctx, rule.Value))
	case access.ApproverManager:
		return one(s.Directory.ManagerOf(ctx, subject))
	case access.ApproverManagers2:
		m, err := s.Directory.ManagerOf(ctx, subject)
		if err != nil {
			return nil, err
		}
		return one(s.Directory.ManagerOf(ctx, m))
	case access.ApproverGroup:
		return s.Directory.GroupMembers(ctx, rule.Value, groupPage)
	case access.ApproverSlack, access.ApproverOnCall:
		return s.byEmail(ctx, rule)
	}
	return nil, fmt.Errorf("%w: a rule of kind %q", access.ErrInvalid, rule.Kind)
}

// byEmail finds the Okta users of those whom a rule names by e-mail address. An address
// that is not exactly one person's is nobody's; see ownerOf.
func (s *Service) byEmail(ctx context.Context, rule access.Approver) ([]access.Person, error) {
	if s.Others == nil {
		return nil, nobodyLooksUp(rule)
	}
	emails, err := s.Others.Emails(ctx, rule, emailPage)
	if err != nil {
		return nil, err
	}
	var people []access.Person
	for _, e := range emails {
		found, err := s.Directory.ByEmail(ctx, e)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return people, err
		}
		if p, one := ownerOf(found); one {
			people = append(people, p)
		}
	}
	return people, nil
}
