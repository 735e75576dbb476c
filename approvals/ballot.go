package approvals

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"airpass/access"
	"airpass/policy"
)

// ballot is what a decision is judged by: what the request has needed since it was made,
// and what it would need if it were made now. A decision has to satisfy both.
type ballot struct {
	course access.Course // of the request, as stored
	now    policy.Needs  // of the policy in force
	policy access.Policy // in force
	same   bool          // nothing has changed since
}

// ballotOf judges what a request needs now. subject is the requester as Okta knows them
// now; a target that is gone is refused.
func (s *Service) ballotOf(ctx context.Context, r access.Request, subject access.Person) (ballot, error) {
	b := ballot{course: r.Needed()}
	current, exists := s.target(r.Target.ID)
	if !exists {
		return b, refuse("%s is no longer offered, so the request cannot be decided", r.Target.ID)
	}
	b.policy = current.Policy
	var err error
	if b.now, err = s.needsOf(ctx, subject, current, asking{r.Asked(), r.StartAt, r.Extends != ""}); err != nil {
		return b, err
	}
	b.same = b.now.Auto == "" && reflect.DeepEqual(b.now.Stages, b.course.Stages) &&
		reflect.DeepEqual(b.policy.Fallback, b.course.Fallback) && b.policy.CountTwice == b.course.CountTwice
	return b, nil
}

// rules are all that may make a decision count, under either policy. Those who stand in
// for somebody, and those to whom the open stage was widened, are among them when it is
// their turn.
func (b ballot) rules(widened, fallback bool) []access.Approver {
	var all []access.Approver
	for _, stages := range [][]access.Stage{b.course.Stages, b.now.Stages} {
		for _, s := range stages {
			all = append(all, s.Approvers...)
		}
	}
	if widened {
		all = append(all, b.course.Open().WidenTo...)
	}
	if fallback {
		all = append(all, slices.Concat(b.course.Fallback, b.policy.Fallback)...)
	}
	return all
}

// mayDecideNow returns the rules that make somebody's decision count, in the open stage of
// the request and under the policy in force. Somebody of another stage is told whose turn
// it is.
func (s *Service) mayDecideNow(ctx context.Context, p, subject access.Person, r access.Request, b ballot) ([]access.Approver, error) {
	if p.Same(r.Subject) {
		subject = r.Subject // still one human, whatever the attribute says now
	}
	open := b.course.Open()
	naming, err := s.Naming(ctx, p, subject, b.rules(b.course.Widened, false))
	if !b.counts(naming) && (len(b.course.Fallback) > 0 || len(b.policy.Fallback) > 0) && !errors.Is(err, access.ErrOwnRequest) {
		var standsIn bool
		if standsIn, err = s.somebodyIsAbsent(ctx, subject, open); err == nil && standsIn {
			naming, err = s.Naming(ctx, p, subject, b.rules(b.course.Widened, true))
		} else if err == nil && len(naming) == 0 {
			err = refuse("you are not one of the people who may decide this request (now)")
		}
	}
	if err != nil {
		return nil, err
	}
	if !b.counts(naming) {
		return nil, refuse("it is not your turn: the request is at %s", stageName(open))
	}
	return naming, nil
}

// counts says whether a decision of somebody whom these rules name counts now.
func (b ballot) counts(naming []access.Approver) bool {
	in := func(stages []access.Stage, fallback []access.Approver) bool {
		return slices.ContainsFunc(naming, func(r access.Approver) bool {
			return slices.Contains(fallback, r) || slices.ContainsFunc(stages, func(s access.Stage) bool {
				return slices.Contains(s.Approvers, r) || slices.Contains(s.WidenTo, r)
			})
		})
	}
	open := []access.Stage{b.course.Open()}
	if b.course.AnyOrder {
		open = b.course.Stages
	}
	return in(open, b.course.Fallback) && (b.now.Auto != "" || in(b.now.Stages, b.policy.Fallback))
}

// somebodyIsAbsent says whether the open stage names somebody who is not there to decide.
func (s *Service) somebodyIsAbsent(ctx context.Context, subject access.Person, stage access.Stage) (bool, error) {
	people, absent, err := s.Deciders(ctx, subject, stage.Approvers, max(stage.Required, 1))
	if isNobody(err) {
		return true, nil
	}
	if err != nil || absent || len(people) < max(stage.Required, 1) {
		return err == nil, err
	}
	return s.someAway(ctx, people, stage)
}

func isNobody(err error) bool { return errors.Is(err, access.ErrNobody) }

// after is the course once some decisions have been made, and whether they suffice. If
// they do for what the request needed and not for what the policy in force asks, the
// request needs that from now on.
func (b ballot) after(decisions []access.Decision) (c access.Course, suffices bool) {
	c = b.course
	c.Tally = c.Count(decisions)
	if !c.Tally.Done {
		return c, false
	}
	if b.same || b.now.Auto != "" || access.Suffice(b.now.Stages, b.policy.Fallback, b.policy.CountTwice, decisions) {
		return c, true
	}
	c.Stages, c.Fallback, c.CountTwice, c.AnyOrder = b.now.Stages, b.policy.Fallback, b.policy.CountTwice, true
	c.Tally = c.Count(decisions)
	return c, false
}
