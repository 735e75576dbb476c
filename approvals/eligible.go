package approvals

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"airpass/access"
)

// MayDecide says whether somebody may decide a request under a policy, asked live.
// It returns nil if so; access.ErrOwnRequest for the requester, by whichever Okta
// user of theirs; access.ErrNotAllowed for everybody whom no rule names; and an
// error that wraps access.ErrUnavailable if a rule could not be looked up and no
// other rule names them.
func (s *Service) MayDecide(ctx context.Context, p access.Person, subject access.Person, policy access.Policy) error {
	if p.Same(subject) {
		return fmt.Errorf("%w: somebody else has to decide it", access.ErrOwnRequest)
	}
	if !p.Active() {
		return refuse("you are not active in Okta")
	}
	var unsure error
	lookup := &lookups{Directory: s.Directory}
	for _, rule := range policy.Approvers() {
		names, err := lookup.names(ctx, rule, p, subject)
		if names {
			return nil
		}
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			unsure = err
		}
	}
	if unsure != nil {
		return unsure
	}
	return refuse("you are not one of the people who may decide this request (now)")
}

// lookups remembers what one judgement has already asked Okta, and no longer.
type lookups struct {
	Directory
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
		if l.manager == nil {
			m, err := l.ManagerOf(ctx, subject)
			if err != nil {
				return false, err
			}
			l.manager = &m
		}
		return l.manager.OktaID == p.OktaID, nil
	case access.ApproverGroup:
		if l.groups == nil {
			groups, err := l.GroupsOf(ctx, p.OktaID)
			if err != nil {
				return false, err
			}
			l.groups = groups
		}
		return l.groups[rule.Value], nil
	}
	return false, fmt.Errorf("%w: a rule of kind %q", access.ErrInvalid, rule.Kind)
}

// Deciders lists ACTIVE people other than the subject whom a policy names, each once
// and at most limit, in the order of the rules. It returns access.ErrNobody if there
// is nobody, and the failed lookup if that may be the reason.
func (s *Service) Deciders(ctx context.Context, subject access.Person, policy access.Policy, limit int) ([]access.Person, error) {
	var found []access.Person
	var unsure error
	add := func(people ...access.Person) {
		for _, p := range people {
			if len(found) < limit && p.Active() && !p.Same(subject) && !contains(found, p) {
				found = append(found, p)
			}
		}
	}
	for _, rule := range policy.Approvers() {
		people, err := s.named(ctx, rule, subject)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			unsure = err
		}
		add(people...)
	}
	switch {
	case len(found) > 0:
		return found, nil
	case unsure != nil:
		return nil, unsure
	}
	return nil, access.ErrNobody
}

func contains(people []access.Person, p access.Person) bool {
	for _, q := range people {
		if q.Same(p) {
			return true
		}
	}
	return false
}

// groupPage is how many members of a group are looked at for somebody who may decide:
// some may be the requester, or not ACTIVE.
const groupPage = 200

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
	case access.ApproverGroup:
		return s.Directory.GroupMembers(ctx, rule.Value, groupPage)
	}
	return nil, fmt.Errorf("%w: a rule of kind %q", access.ErrInvalid, rule.Kind)
}
