package approvals

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"airpass/access"
	"airpass/policy"
)

// asking is what a request asks for beside its target.
type asking struct {
	duration  time.Duration
	start     time.Time // zero is at once
	extension bool
}

// needsOf judges what a request of a target needs now. Okta is asked only for what the
// conditions of its policy may look at.
func (s *Service) needsOf(ctx context.Context, p access.Person, t access.Target, a asking) (policy.Needs, error) {
	var in []string
	if len(t.Policy.Rules) > 0 {
		groups, err := s.Directory.GroupsOf(ctx, p.OktaID)
		if err != nil {
			return policy.Needs{}, err
		}
		in = slices.Sorted(maps.Keys(groups))
	}
	facts := factsOf(requesterOf(p, in), t, a.duration, s.Now())
	facts.Requester.OnCall, facts.Unsure = s.onCall(ctx, p, t.Policy)
	facts.Extension = a.extension
	if a.start.After(facts.Start) {
		facts.Start = a.start
	}
	needs := s.Conditions.Needs(t.Policy, facts)
	for _, b := range needs.Broken() {
		s.Log.ErrorContext(ctx, "a rule of a policy cannot be evaluated, so the request needs more", "target", t.ID, "rule", b.Rule, "error", b.Err)
	}
	return needs, nil
}

// onCall says whether somebody is on call now, where a condition of a policy may look at
// it. An error is why that is not known, so that the condition asks for more.
func (s *Service) onCall(ctx context.Context, p access.Person, of access.Policy) (bool, error) {
	if !slices.ContainsFunc(of.Rules, func(r access.Rule) bool { return policy.AsksOnCall(r.When) }) {
		return false, nil
	}
	lookup := &lookups{Directory: s.Directory, others: s.Others}
	for _, rule := range s.OnCall {
		if is, err := lookup.namesByEmail(ctx, rule, p); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// courseOf is the course of a request that needs this, from its beginning.
func courseOf(n policy.Needs, p access.Policy, now time.Time) access.Course {
	c := access.Course{Stages: n.Stages, Fallback: p.Fallback, CountTwice: p.CountTwice, Auto: n.Auto, StageAt: now}
	for _, b := range n.Broken() {
		c.Broken = append(c.Broken, b.Rule)
	}
	c.Tally = c.Count(nil)
	return c
}

// shortEnough refuses what a rule does not allow to be so long.
func shortEnough(n policy.Needs, d time.Duration) error {
	if n.MaxDuration > 0 && d > n.MaxDuration {
		return fmt.Errorf("%w: %s is longer than a rule of the policy allows now, %s", access.ErrInvalid, d, n.MaxDuration)
	}
	return nil
}

// asked are the people who are to be told of a stage.
type asked struct {
	people []access.Person
	slack  []string // their Slack users
}

// askedIn finds who may decide in a stage, with those who stand in for the absent. It
// returns access.ErrNobody if they are fewer than the stage requires.
func (s *Service) askedIn(ctx context.Context, subject access.Person, c access.Course, stage access.Stage, widened bool) (asked, error) {
	people, err := s.decidersIn(ctx, subject, c, stage, widened)
	if err != nil {
		return asked{}, err
	}
	ids, err := s.slackIDs(ctx, people)
	return asked{people, ids}, err
}

// decidersIn are the people of askedIn.
func (s *Service) decidersIn(ctx context.Context, subject access.Person, c access.Course, stage access.Stage, widened bool) ([]access.Person, error) {
	rules := stage.Approvers
	if widened {
		rules = slices.Concat(rules, stage.WidenTo)
	}
	most := max(s.NotifyMax, stage.Required)
	people, absent, err := s.Deciders(ctx, subject, rules, most)
	if err != nil && !isNobody(err) {
		return nil, err
	}
	if len(c.Fallback) > 0 && !absent && err == nil {
		if absent, err = s.someAway(ctx, people, stage); err != nil {
			return nil, err
		}
	}
	if (absent || isNobody(err) || len(people) < stage.Required) && len(c.Fallback) > 0 {
		more, _, err := s.Deciders(ctx, subject, c.Fallback, most)
		if err != nil && !isNobody(err) {
			return nil, err
		}
		for _, p := range more {
			if !contains(people, p) && len(people) < most {
				people = append(people, p)
			}
		}
	}
	if len(people) < max(stage.Required, 1) {
		return nil, fmt.Errorf("%w: %s needs %d, and there are %d", access.ErrNobody, stageName(stage), max(stage.Required, 1), len(people))
	}
	return people, nil
}

func stageName(s access.Stage) phrase {
	if s.Name == "" {
		return says("a stage of its policy")
	}
	return says("the stage “%s”", s.Name)
}
