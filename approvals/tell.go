package approvals

import (
	"context"
	"errors"
	"slices"
	"strings"

	"airpass/access"
	"airpass/store"
)

// tell has a question answered to whoever may know it. What the answer shows is looked up
// when it is sent.
func (s *Service) tell(ctx context.Context, a access.Attempt, who Identity) error {
	q := access.Question{About: access.Topic(a.Target), Person: who.Person.OktaID}
	if q.About == access.AboutWho {
		q.Environment = a.Reason
		if err := s.mayKnow(ctx, who.Person, q.Environment); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		if err := done(tx, a, strings.TrimSpace(a.Target+" "+q.Environment)); err != nil {
			return err
		}
		return answer(tx, a, q)
	})
}

// answer has a question answered where it was asked.
func answer(tx *store.Tx, a access.Attempt, q access.Question) error {
	_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.Answer, To: a.Slack.ID, Channel: a.Channel, Text: q.String(),
		State: access.MessageNew, NextAt: tx.Now()})
	return err
}

// inform says words about an attempt to whoever made it: where they typed it, on the Home tab
// that they opened, or else in a direct message.
func (s *Service) inform(tx *store.Tx, a access.Attempt, p phrase) error {
	words, err := s.say(tx, a.Slack.ID, p)
	if err != nil {
		return err
	}
	if a.Kind == access.AttemptHome {
		return turnedAway(tx, a, words)
	}
	if a.Typed() {
		return answer(tx, a, access.Question{Words: words})
	}
	return notice(tx, a.Slack.ID, words)
}

// showInstead shows what there is instead of what was asked for, and why: where it was typed,
// or else in a direct message.
func (s *Service) showInstead(tx *store.Tx, a access.Attempt, p phrase, shows access.Question) error {
	words, err := s.say(tx, a.Slack.ID, p)
	if err != nil {
		return err
	}
	if shows.Words = words; !a.Typed() {
		a.Channel = ""
	}
	return answer(tx, a, shows)
}

// mayKnow says whether somebody may know who has access to an environment: its owners,
// admins, and those whom a policy of a target there names by themselves. Somebody who
// decides as the manager of one requester may not: they are nobody's approver in general.
func (s *Service) mayKnow(ctx context.Context, p access.Person, environment string) error {
	var rules []access.Approver
	if s.Guardians != nil {
		for _, login := range s.Guardians(environment) {
			rules = append(rules, access.Approver{Kind: access.ApproverOwner, Value: login})
		}
	}
	for _, t := range s.Targets() {
		if t.Environment.Key == environment {
			rules = append(rules, approversOf(t.Policy)...)
		}
	}
	rules = slices.DeleteFunc(rules, func(r access.Approver) bool {
		return r.Kind == access.ApproverManager || r.Kind == access.ApproverManagers2
	})
	_, err := s.Naming(ctx, p, access.Person{}, rules)
	if errors.Is(err, access.ErrNotAllowed) {
		return refuse("who has access to %s is shown to the owners of the environment, to those who may approve access to it, and to airpass admins", environment)
	}
	return err
}

// approversOf are all rules about approvers that a policy has, whenever they come in.
func approversOf(p access.Policy) []access.Approver {
	all := slices.Clone(p.Fallback)
	stages := slices.Clone(p.Stages)
	for _, r := range p.Rules {
		stages = append(stages, r.Stages...)
	}
	for _, stage := range stages {
		all = append(all, stage.Approvers...)
		all = append(all, stage.WidenTo...)
	}
	return all
}

// meant finds the request of the access that somebody names instead of it. What cannot be
// told apart is refused with words.
func (s *Service) meant(ctx context.Context, a *access.Attempt, p access.Person) error {
	if a.Request != "" || a.Target == "" {
		return nil
	}
	held, err := s.Store.GrantsOf(ctx, p.OktaID, true)
	if err != nil {
		return err
	}
	held = slices.DeleteFunc(held, func(g access.Grant) bool { return g.Target.ID != a.Target && g.Target.Environment.Key != a.Target })
	switch len(held) {
	case 0:
		return refuse("you have no access to %s", a.Target)
	case 1:
		a.Request = held[0].RequestID
		return nil
	}
	var names []string
	for _, g := range held {
		names = append(names, g.Target.ID)
	}
	if slices.Sort(names); len(slices.Compact(slices.Clone(names))) == 1 {
		return refuse("you have %s more than once; use the buttons of its messages", names[0])
	}
	return refuse("you have several there, say which one: %s", strings.Join(slices.Compact(names), ", "))
}

// extend asks for more time for what somebody names.
func (s *Service) extend(ctx context.Context, a access.Attempt, who Identity) error {
	if err := s.meant(ctx, &a, who.Person); err != nil {
		return err
	}
	return s.request(ctx, a, who)
}
