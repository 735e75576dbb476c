package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"airpass/access"
	"airpass/store/db"
)

// Erased is what ErasePersonal left of a person.
type Erased struct {
	Values   int64 // deleted beside the audit trail
	Requests int   // whose personal values were emptied
}

// ErasePersonal deletes what is known of an Okta user but for ids: the values beside
// the audit trail, whose digests stay so that it still verifies, and names,
// addresses, reasons and notes of requests, grants, decisions, attempts and
// notices. It appends personal.erased. A person with a pending request or a grant
// that has not ended is still served: then the error wraps access.ErrNotAllowed.
func (s *Store) ErasePersonal(ctx context.Context, actor access.Actor, oktaID string) (Erased, error) {
	var done Erased
	err := s.Update(ctx, actor, func(tx *Tx) (err error) {
		done, err = tx.erase(oktaID)
		return err
	})
	return done, err
}

func (tx *Tx) erase(oktaID string) (Erased, error) {
	var done Erased
	rows, err := tx.q.RequestsAbout(tx.ctx, oktaID)
	requests, err := all(rows, err, requestOf)
	if err != nil {
		return done, err
	}
	known, err := tx.knownAs(oktaID, requests)
	if err != nil {
		return done, err
	}
	if err := tx.notNeeded(oktaID); err != nil {
		return done, err
	}
	if known, err = tx.theirs(known); err != nil {
		return done, err
	}
	for _, r := range requests {
		if err := tx.eraseRequest(r); err != nil {
			return done, err
		}
	}
	if err := errors.Join(tx.q.EraseReasonsAbout(tx.ctx, oktaID), tx.eraseDecider(oktaID), tx.eraseAsker(oktaID), tx.eraseReviews(oktaID)); err != nil {
		return done, err
	}
	if done.Values, err = tx.eraseCampaigns(known); err != nil {
		return done, err
	}
	// What is still found is found again, by the next look.
	if err := errors.Join(tx.eraseCuts(oktaID), tx.q.DeleteFindingsOf(tx.ctx, oktaID), tx.q.DropUseReadings(tx.ctx)); err != nil {
		return done, err
	}
	if err := tx.eraseSlack(oktaID); err != nil {
		return done, err
	}
	for _, person := range append(known.slack, oktaID) {
		n, err := tx.q.DeleteAuditPersonal(tx.ctx, person)
		if err != nil {
			return done, err
		}
		done.Values += n
	}
	n, err := tx.eraseMentions(known)
	if err != nil {
		return done, err
	}
	done.Values += n
	if err := tx.q.ErasePerson(tx.ctx, oktaID); err != nil {
		return done, err
	}
	done.Requests = len(requests)
	tx.Record(access.Event{Kind: "personal.erased", Facts: map[string]string{"okta_user": oktaID,
		"values": strconv.FormatInt(done.Values, 10), "requests": strconv.Itoa(done.Requests)}})
	return done, nil
}

// notNeeded says that who somebody is is needed no more for what is still to be judged: two
// Okta users of one human count once, and nobody says what they keep themselves. Both are
// known by more than an id.
func (tx *Tx) notNeeded(oktaID string) error {
	open, err := tx.q.UndecidedWithout(tx.ctx, oktaID)
	if err != nil {
		return fmt.Errorf("read what %s has decided: %w", oktaID, err)
	}
	if len(open) > 0 {
		return fmt.Errorf("%w: they have decided about request %s, which waits or begins later", access.ErrNotAllowed, open[0])
	}
	for _, one := range []struct {
		is  func(context.Context, string) (bool, error)
		why string
	}{
		{tx.q.UnsettledBy, "what they have decided in a campaign is not carried out yet"},
		{tx.q.LiveReviewer, "a campaign that is open asks them"},
	} {
		is, err := one.is(tx.ctx, oktaID)
		if err != nil {
			return fmt.Errorf("read what %s has decided: %w", oktaID, err)
		}
		if is {
			return fmt.Errorf("%w: %s; airpass reviews list", access.ErrNotAllowed, one.why)
		}
	}
	return nil
}

func (tx *Tx) eraseRequest(r access.Request) error {
	if r.State == access.RequestPending {
		return fmt.Errorf("%w: request %s waits for a decision", access.ErrNotAllowed, r.ID)
	}
	g, granted, err := tx.GrantOf(r.ID)
	if err != nil {
		return err
	}
	if granted && g.State != access.GrantEnded {
		return fmt.Errorf("%w: grant %s is %s", access.ErrNotAllowed, g.ID, g.State)
	}
	subject, slack := onlyIDs(r.Subject), encode(access.SlackUser{Team: r.Slack.Team, ID: r.Slack.ID})
	if err := tx.q.EraseRequest(tx.ctx, db.EraseRequestParams{ID: r.ID, Subject: subject, Slack: slack}); err != nil {
		return err
	}
	if err := errors.Join(tx.q.EraseDecisions(tx.ctx, r.ID), tx.q.EraseQuestions(tx.ctx, r.ID)); err != nil {
		return err
	}
	return tx.q.EraseGrant(tx.ctx, db.EraseGrantParams{RequestID: r.ID, Subject: subject, Slack: slack})
}

func onlyIDs(p access.Person) string { return encode(access.Person{OktaID: p.OktaID}) }

func (tx *Tx) eraseDecider(oktaID string) error {
	rows, err := tx.q.DecidedBy(tx.ctx, oktaID)
	decisions, err := all(rows, err, decisionOf)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		err := tx.q.EraseDecider(tx.ctx, db.EraseDeciderParams{ID: d.ID, Decider: onlyIDs(d.Decider),
			Slack: encode(access.SlackUser{Team: d.Slack.Team, ID: d.Slack.ID})})
		if err != nil {
			return err
		}
		r, err := tx.Request(d.RequestID)
		if err != nil {
			return err
		}
		if r.Decider.OktaID != oktaID {
			continue
		}
		if err := tx.q.EraseRequestDecider(tx.ctx, db.EraseRequestDeciderParams{ID: r.ID, Decider: onlyIDs(r.Decider)}); err != nil {
			return err
		}
	}
	return nil
}

// eraseReviews empties reviews of what the person took, and who they are in those that they
// gave.
func (tx *Tx) eraseReviews(oktaID string) error {
	owed, err := tx.q.OwedReview(tx.ctx, oktaID)
	if err != nil {
		return err
	}
	if owed {
		return fmt.Errorf("%w: a review of what they took is owed", access.ErrNotAllowed)
	}
	only := onlyIDs(access.Person{OktaID: oktaID})
	if err := tx.q.EraseReviewsAbout(tx.ctx, db.EraseReviewsAboutParams{SubjectID: oktaID, Subject: only}); err != nil {
		return err
	}
	return tx.q.EraseReviewer(tx.ctx, db.EraseReviewerParams{ReviewerID: oktaID, Reviewer: only})
}

// eraseSlack empties what was said to and by the person in Slack. Who is bound to whom
// stays, or somebody else could take their place; without its e-mail address only an
// operator makes it useful again.
func (tx *Tx) eraseSlack(oktaID string) error {
	bindings, err := tx.r.BindingOf(tx.ctx, oktaID)
	if err != nil {
		return err
	}
	for _, b := range bindings {
		if err := tx.q.EraseAttempts(tx.ctx, db.EraseAttemptsParams{Team: b.Team, SlackID: b.SlackID}); err != nil {
			return err
		}
		if err := tx.q.EraseNotices(tx.ctx, b.SlackID); err != nil {
			return err
		}
	}
	return errors.Join(tx.q.EraseHome(tx.ctx, oktaID), tx.q.EraseReader(tx.ctx, oktaID), tx.q.EraseBindings(tx.ctx, oktaID))
}
