package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// NextPersonal is who comes after somebody of those about whom the trail keeps personal
// values: an Okta user id, or slack:team/user of one who was never known to be one; empty is
// nobody.
func (r reads) NextPersonal(ctx context.Context, after string) (string, error) {
	person, err := r.q.NextPersonal(ctx, after)
	if err != nil {
		return "", fmt.Errorf("read whom the trail knows: %w", err)
	}
	return person, nil
}

// tie is one way in which somebody is not done with.
type tie struct {
	why string
	is  func() (bool, error)
}

// InUse says in words why what is known of somebody has to stay: they have had, asked for,
// decided or done something since a moment, or something of theirs is not over, however old
// it is. Empty is that nothing does.
func (r reads) InUse(ctx context.Context, person string, since time.Time) (string, error) {
	at, nullable := moment(since), maybe(since)
	ties := []tie{
		{"a grant that is live or has ended since", func() (bool, error) {
			return r.q.RecentGrant(ctx, db.RecentGrantParams{Person: person, Before: at})
		}},
		{"a request since, or one that waits", func() (bool, error) {
			return r.q.RecentRequest(ctx, db.RecentRequestParams{Person: person, Before: at})
		}},
		{"a decision since, or about what is live", func() (bool, error) {
			return r.q.RecentDecision(ctx, db.RecentDecisionParams{Person: person, Before: at})
		}},
		{"a question since, or about what waits", func() (bool, error) {
			return r.q.RecentQuestion(ctx, db.RecentQuestionParams{Person: person, Before: at})
		}},
		{"a review of their access is owed", func() (bool, error) { return r.q.OwedReview(ctx, person) }},
		{"a campaign asks about their access", func() (bool, error) { return r.q.LiveItem(ctx, person) }},
		{"a campaign asks them", func() (bool, error) { return r.q.LiveReviewer(ctx, person) }},
		{"what they have decided in a campaign is not carried out", func() (bool, error) { return r.q.UnsettledBy(ctx, person) }},
		{"their sessions are cut", func() (bool, error) { return r.q.LiveCut(ctx, person) }},
		{"an entitlement that is there", func() (bool, error) { // an account is for good, and its row has ids alone
			return r.q.HeldEntitlement(ctx, db.HeldEntitlementParams{PersonKey: "%|" + person + "|%", StickyKey: string(access.AssignmentGroup) + "|%"})
		}},
		{"they have looked at their Home tab since", func() (bool, error) {
			return r.q.RecentHome(ctx, db.RecentHomeParams{Person: person, Before: at})
		}},
		{"an event about them since", func() (bool, error) {
			newest, err := r.q.NewestAbout(ctx, person)
			if errors.Is(err, sql.ErrNoRows) {
				return false, nil
			}
			return err == nil && !newest.Before(*nullable), err
		}},
	}
	for _, t := range ties {
		is, err := t.is()
		if err != nil {
			return "", fmt.Errorf("look whether %s is done with: %w", person, err)
		}
		if is {
			return t.why, nil
		}
	}
	return "", nil
}

// EraseIdle is ErasePersonal for somebody who is done with since a moment and is known by
// none of the spared logins (in lower case); else it does nothing and says why. Both are
// found out in the transaction that erases.
func (s *Store) EraseIdle(ctx context.Context, actor access.Actor, person string, since time.Time, spared []string) (done Erased, why string, err error) {
	err = s.Update(ctx, actor, func(tx *Tx) (err error) {
		if why, err = tx.idle(person, since, spared); err != nil || why != "" {
			return err
		}
		done, err = tx.erase(person)
		if errors.Is(err, access.ErrNotAllowed) {
			why = err.Error()
		}
		return err
	})
	if errors.Is(err, access.ErrNotAllowed) { // nothing was changed
		return Erased{}, why, nil
	}
	return done, why, err
}

// idle says why somebody is not done with.
func (tx *Tx) idle(person string, since time.Time, spared []string) (string, error) {
	if strings.HasPrefix(person, "slack:") || strings.HasPrefix(person, campaignPerson) {
		return "nobody in Okta", nil
	}
	why, err := tx.r.InUse(tx.ctx, person, since)
	if err != nil || why != "" || len(spared) == 0 {
		return why, err
	}
	rows, err := tx.q.RequestsAbout(tx.ctx, person)
	requests, err := all(rows, err, requestOf)
	if err != nil {
		return "", err
	}
	known, err := tx.knownAs(person, requests)
	if slices.ContainsFunc(known.logins, func(l string) bool { return slices.Contains(spared, l) }) {
		return "the configuration names them", err
	}
	return "", err
}

// Idle is what EraseIdle would say, and changes nothing.
func (s *Store) Idle(ctx context.Context, actor access.Actor, person string, since time.Time, spared []string) (why string, err error) {
	err = s.Update(ctx, actor, func(tx *Tx) (err error) {
		why, err = tx.idle(person, since, spared)
		return err
	})
	return why, err
}

// Deleted counts rows that were over and are gone.
type Deleted struct{ Requests, Attempts, Notices int64 }

// Any says whether there are any.
func (d Deleted) Any() bool { return d != Deleted{} }

// OverRequests are requests that were over before a moment, the oldest first, and to which
// nothing that is kept refers: no grant that is live or was extended, no review that is owed,
// no item of a campaign, also not through what it extends, no message that is still to be shown.
func (r reads) OverRequests(ctx context.Context, before time.Time, limit int) ([]string, error) {
	ids, err := r.q.OverRequests(ctx, db.OverRequestsParams{Before: moment(before), Max: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("read requests that are over: %w", err)
	}
	return ids, nil
}

// CountOverAttempts counts attempts that were judged and came before a moment.
func (r reads) CountOverAttempts(ctx context.Context, before time.Time) (int64, error) {
	return r.q.CountOverAttempts(ctx, moment(before))
}

// DeleteOver deletes rows that were over before a moment, at most limit of each sort:
// requests with their grants, decisions, questions, reviews and messages; attempts that were
// judged; notices. The trail keeps what they were, and has one retention.deleted for all of them.
func (s *Store) DeleteOver(ctx context.Context, actor access.Actor, before time.Time, limit int) (Deleted, error) {
	var done Deleted
	err := s.Update(ctx, actor, func(tx *Tx) (err error) {
		done, err = tx.deleteOver(before, limit)
		return err
	})
	return done, err
}

func (tx *Tx) deleteOver(before time.Time, limit int) (done Deleted, err error) {
	over, err := tx.r.OverRequests(tx.ctx, before, limit)
	if err != nil {
		return done, err
	}
	for _, id := range over {
		if err := tx.deleteRequest(id); err != nil {
			return done, err
		}
	}
	done.Requests = int64(len(over))
	if done.Attempts, err = tx.q.DeleteOverAttempts(tx.ctx, db.DeleteOverAttemptsParams{Before: moment(before), Max: int64(limit)}); err != nil {
		return done, fmt.Errorf("delete attempts: %w", err)
	}
	if done.Notices, err = tx.q.DeleteLoneMessages(tx.ctx, db.DeleteLoneMessagesParams{Before: moment(before), Max: int64(limit)}); err != nil {
		return done, fmt.Errorf("delete notices: %w", err)
	}
	if done.Any() {
		tx.Record(access.Event{Kind: "retention.deleted", Facts: map[string]string{"before": before.UTC().Format(timeLayout), "requests": strconv.FormatInt(done.Requests, 10),
			"attempts": strconv.FormatInt(done.Attempts, 10), "notices": strconv.FormatInt(done.Notices, 10)}})
	}
	return done, nil
}

// deleteRequest deletes a request that is over with all that belongs to it.
func (tx *Tx) deleteRequest(id string) error {
	for _, remove := range []func(context.Context, string) error{tx.q.DeleteHoldsOf, tx.q.DeleteGrantOf, tx.q.DeleteDecisionsOf, tx.q.DeleteQuestionsOf,
		tx.q.DeleteReviewOf, tx.q.DeleteMessagesOf, tx.q.DeleteRequest} {
		if err := remove(tx.ctx, id); err != nil {
			return fmt.Errorf("delete request %s: %w", id, err)
		}
	}
	return nil
}
