package approvals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// revoke ends the access of somebody else before its time. Who may, is asked live: those
// who may decide about the target under the policy of the request or the one in force,
// whichever stage is theirs, the owners of the environment, and admins.
func (s *Service) revoke(ctx context.Context, a access.Attempt, who Identity) error {
	r, err := s.Store.Request(ctx, a.Request)
	if err != nil {
		return err
	}
	if strings.TrimSpace(a.Reason) == "" {
		return fmt.Errorf("%w: say why the access is taken away", access.ErrInvalid)
	}
	if err := s.mayRevoke(ctx, who.Person, r); err != nil {
		return err
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		taken, err := takeAway(tx, r, strings.TrimSpace(a.Reason)+" – "+who.Person.Name)
		if err != nil {
			return err
		}
		if taken {
			if err := s.notify(tx, r.Slack.ID, says("Your access to %s is taken away by %s: %s", r.Target.ID, who.Person.Name, strings.TrimSpace(a.Reason))); err != nil {
				return err
			}
		}
		return done(tx, a, string(access.EndRevoked))
	})
}

func (s *Service) mayRevoke(ctx context.Context, p access.Person, r access.Request) error {
	if p.Same(r.Subject) {
		return refuse("it is your own access; give it back on the card that you have of it")
	}
	if slices.ContainsFunc(s.guardians(r.Target.Environment.Key), func(login string) bool { return strings.EqualFold(login, p.Login) }) {
		return nil
	}
	subject, err := s.subjectNow(ctx, r)
	if err != nil {
		return err
	}
	policies := []access.Policy{r.Target.Policy, {Stages: r.Course.Stages, Fallback: r.Course.Fallback}}
	if current, exists := s.target(r.Target.ID); exists {
		policies = append(policies, current.Policy)
	}
	_, err = s.Naming(ctx, p, subject, everybody(policies))
	if errors.Is(err, access.ErrNotAllowed) {
		err = refuse("only those who may decide about it, the owners of the environment and airpass admins can take access away")
	}
	return err
}

func (s *Service) guardians(environment string) []string {
	if s.Guardians == nil {
		return nil
	}
	return s.Guardians(environment)
}

// everybody are all rules of some policies by which anybody may ever decide.
func everybody(policies []access.Policy) []access.Approver {
	var all []access.Approver
	for _, p := range policies {
		stages := slices.Clone(p.Stages)
		for _, r := range p.Rules {
			stages = append(stages, r.Stages...)
		}
		for _, st := range stages {
			all = slices.Concat(all, st.Approvers, st.WidenTo)
		}
		all = append(all, p.Fallback...)
	}
	return all
}

// takeAway ends the grant of a request, with what it extends and what extends it: who takes
// access away means all of it. taken is false for what was taken away already: a double
// click is one wish.
func takeAway(tx *store.Tx, r access.Request, note string) (taken bool, err error) {
	g, found, err := tx.GrantOf(r.ID)
	if err != nil {
		return false, err
	}
	switch {
	case !found:
		return false, refuse("there is no access to take away")
	case g.EndReason == access.EndRevoked:
		return false, nil
	case g.State == access.GrantRevoking:
		return false, refuse("the access is being taken away already")
	case g.State == access.GrantEnded:
		return false, refuse("the access has ended already")
	}
	return true, grants.ReleaseAll(tx, g, access.EndRevoked, note)
}
