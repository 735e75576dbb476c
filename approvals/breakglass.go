package approvals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// breakGlass gives access at once, without a decision, to somebody whom the policy's
// break_glass names. Grant, the review that is owed for it and the words to those who look
// after security are one transaction.
func (s *Service) breakGlass(ctx context.Context, a access.Attempt, who Identity) error {
	t, exists := s.target(a.Target)
	if !exists {
		return noTarget(a.Target)
	}
	glass := t.Policy.BreakGlass
	if glass == nil {
		return refuse("%s cannot be taken without a decision; ask for it", t.ID)
	}
	if err := checkGlass(t, a); err != nil {
		return err
	}
	if err := s.mayBreak(ctx, who.Person, t); err != nil {
		return err
	}
	account, err := s.inIdentityCenter(ctx, who.Person, t)
	if err != nil {
		return err
	}
	seen, err := s.askEnvironment(ctx, t)
	if err != nil {
		return err
	}
	// That nobody can be found who reviews it is no reason to keep somebody out now: the
	// admins are told until somebody has.
	reviewers, err := s.reviewersIn(ctx, who.Person, glass.Reviewers)
	if err != nil && !isNobody(err) {
		return err
	}
	r := access.Request{Subject: who.Person, Slack: who.Slack, Target: t, Duration: a.Duration, Reason: strings.TrimSpace(a.Reason), NewAccount: account == "",
		State: access.RequestApproved, Course: access.Course{BreakGlass: true, StageAt: s.Now()}, Seen: seen}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := notPaused(tx); err != nil {
			return err
		}
		if err := bind(tx, who); err != nil {
			return err
		}
		if err := done(tx, a, a.ID); err != nil {
			return err
		}
		r := r
		r.ID, r.CreatedAt, r.DecidedAt, r.LapseAt = a.ID, tx.Now(), tx.Now(), tx.Now()
		return s.takenAtOnce(tx, r, account, reviewers)
	})
}

// takenAtOnce makes request, review, grant and cards of access that was taken at once.
func (s *Service) takenAtOnce(tx *store.Tx, r access.Request, account string, reviewers []string) error {
	r, err := tx.CreateRequest(r)
	if err != nil {
		return err
	}
	glass := r.Target.Policy.BreakGlass
	review, err := tx.OweReview(access.Review{Kind: access.ReviewBreakGlass, Request: r.ID, Subject: r.Subject, Target: r.Target.ID, Reviewers: glass.Reviewers,
		DueAt: tx.Now().Add(glass.ReviewWithin), RemindEvery: glass.RemindEvery})
	if err != nil {
		return err
	}
	g, err := grants.Start(tx, r, account)
	if err != nil {
		return err
	}
	review.Grant = g.ID
	if _, err := tx.SaveReview(review); err != nil {
		return err
	}
	if err := show(tx, r, access.RequesterCard, r.Slack.ID); err != nil {
		return err
	}
	for _, to := range append([]string{glass.Channel}, reviewers...) {
		if err := show(tx, r, access.ReviewCard, to); err != nil {
			return err
		}
	}
	return nil
}

// checkGlass judges duration and reason. A ticket is not asked for: there may be no time
// for one.
func checkGlass(t access.Target, a access.Attempt) error {
	longest := t.MaxDuration
	if limit := t.Policy.BreakGlass.MaxDuration; limit > 0 {
		longest = min(longest, limit)
	}
	if a.Duration < access.Shortest || a.Duration > longest {
		return fmt.Errorf("%w: without a decision %s can be had for 15 minutes to %s", access.ErrInvalid, t.ID, longest)
	}
	reason := strings.TrimSpace(a.Reason)
	if reason == "" || utf8.RuneCountInString(reason) > MaxReason {
		return fmt.Errorf("%w: a reason of 1 to %d characters is needed", access.ErrInvalid, MaxReason)
	}
	return access.ReasonRule{MinLength: t.Policy.Reason.MinLength}.Check(reason)
}

// mayBreak says whether somebody is in one of the groups that may take a target at once,
// asked live. Groups that are not listed name nobody.
func (s *Service) mayBreak(ctx context.Context, p access.Person, t access.Target) error {
	groups, err := s.Directory.GroupsOf(ctx, p.OktaID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(t.Policy.BreakGlass.Requesters, func(g string) bool { return groups[g] }) {
		return refuse("you are not in one of the Okta groups that may take %s without a decision; ask for it", t.ID)
	}
	return nil
}

// reviewersIn are the Slack users of those whom rules name, but for the person reviewed.
func (s *Service) reviewersIn(ctx context.Context, subject access.Person, rules []access.Approver) ([]string, error) {
	people, _, err := s.Deciders(ctx, subject, rules, s.NotifyMax)
	if err != nil {
		return nil, err
	}
	return s.slackIDs(ctx, people)
}

// review records what a reviewer says of access that was taken at once.
func (s *Service) review(ctx context.Context, a access.Attempt, who Identity) error {
	r, err := s.Store.Request(ctx, a.Request)
	if err != nil {
		return err
	}
	owed, found, err := s.Store.ReviewOf(ctx, r.ID)
	if err != nil || !found {
		return errors.Join(err, refuse("nobody owes a review of this request"))
	}
	comment := strings.TrimSpace(a.Reason)
	if comment == "" || utf8.RuneCountInString(comment) > MaxReason {
		return fmt.Errorf("%w: a comment of 1 to %d characters is needed", access.ErrInvalid, MaxReason)
	}
	if err := s.mayReview(ctx, who.Person, r, owed); err != nil {
		return err
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		owed, _, err := tx.ReviewOf(r.ID)
		if err != nil {
			return err
		}
		verdict := verdictOf(a.Kind)
		if owed.State == access.ReviewGiven {
			if owed.Reviewer.OktaID == who.Person.OktaID && owed.Verdict == verdict && owed.Comment == comment {
				return done(tx, a, string(owed.Verdict)) // a double click
			}
			return because(access.ErrDecided, "%s has reviewed it", owed.Reviewer.Name)
		}
		owed.State, owed.Verdict, owed.Reviewer, owed.Comment = access.ReviewGiven, verdict, who.Person, comment
		owed.GivenAt, owed.NextAt = tx.Now(), time.Time{}
		if _, err := tx.SaveReview(owed); err != nil {
			return err
		}
		if a.Kind == access.AttemptTakeBack {
			if _, err := takeAway(tx, r, "not justified: "+comment+" – "+who.Person.Name); err != nil && !errors.Is(err, access.ErrNotAllowed) {
				return err // that it is gone already is no reason not to record the review
			}
		}
		if err := done(tx, a, string(owed.Verdict)); err != nil {
			return err
		}
		return tx.TouchMessages(r.ID)
	})
}

func verdictOf(kind access.AttemptKind) access.ReviewVerdict {
	if kind == access.AttemptJustified {
		return access.Justified
	}
	return access.NotJustified
}

// mayReview says whether somebody may give a review: whom its rules name now, the owners of
// the environment, and admins; never who took the access.
func (s *Service) mayReview(ctx context.Context, p access.Person, r access.Request, owed access.Review) error {
	if p.Same(r.Subject) {
		return because(access.ErrOwnRequest, "somebody else has to review what you took")
	}
	if slices.ContainsFunc(s.guardians(r.Target.Environment.Key), func(login string) bool { return strings.EqualFold(login, p.Login) }) {
		return nil
	}
	subject, err := s.subjectNow(ctx, r)
	if err != nil {
		return err
	}
	if _, err = s.Naming(ctx, p, subject, owed.Reviewers); errors.Is(err, access.ErrNotAllowed) {
		err = refuse("you are not one of the people who may review this")
	}
	return err
}

// Chase reminds those who owe a review, and once it is overdue the admins too, until it was
// given. A version that is not the current one is no error.
func (s *Service) Chase(ctx context.Context, reviewID string, version int64) error {
	v, err := s.Store.Review(ctx, reviewID)
	if err != nil || v.Version != version || v.State != access.ReviewOwed || s.Now().Before(v.NextAt) {
		return err
	}
	reviewers, err := s.reviewersIn(ctx, v.Subject, v.Reviewers)
	if err != nil && !isNobody(err) {
		// Nobody is forgotten because a directory is down.
		s.Log.WarnContext(ctx, "a review is reminded of later", "review", v.ID, "err", err)
		return ignoreStale(s.Store.Update(ctx, chase, func(tx *store.Tx) error {
			v := v
			v.NextAt = tx.Now().Add(time.Minute)
			_, err := tx.SaveReview(v)
			return err
		}))
	}
	return ignoreStale(s.Store.Update(ctx, chase, func(tx *store.Tx) error {
		v := v
		v.Reminders++
		v.NextAt = v.NextReminder(tx.Now())
		late := v.Overdue(tx.Now())
		saved, err := tx.SaveReview(v)
		if err != nil {
			return err
		}
		text := says("You owe a review: %s took %s at once, without a decision. See the card above; it is due %s.", v.Subject.Name, v.Target, v.DueAt.UTC().Format("2006-01-02 15:04 UTC"))
		for _, to := range reviewers {
			if err := s.notify(tx, to, text); err != nil {
				return err
			}
		}
		tx.Record(access.Event{Kind: "review.reminded", Request: v.Request, Grant: v.Grant, Facts: map[string]string{"review": v.ID, "overdue": yes(late), "nobody": yes(len(reviewers) == 0)}})
		if (!late && len(reviewers) > 0) || s.AdminChannel == "" {
			return nil
		}
		_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
			Text: fmt.Sprintf("The review of what %s took at once (%s, request %s) was due %s and nobody has given it. Owners of the environment and admins may.",
				saved.Subject.Login, saved.Target, saved.Request, saved.DueAt.UTC().Format("2006-01-02 15:04 UTC"))})
		return err
	}))
}
