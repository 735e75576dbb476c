package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func reviewOf(row db.Review) (access.Review, error) {
	r := access.Review{ID: row.ID, Kind: access.ReviewKind(row.Kind), Campaign: row.CampaignID, Request: row.RequestID, Grant: row.GrantID, Target: row.TargetID,
		State: access.ReviewState(row.State), Verdict: access.ReviewVerdict(row.Verdict), Comment: row.Comment, CreatedAt: row.CreatedAt.UTC(), DueAt: row.DueAt.UTC(),
		GivenAt: timeOf(row.GivenAt), RemindEvery: time.Duration(row.RemindEvery), Reminders: int(row.Reminders), NextAt: timeOf(row.NextAt), Version: row.Version}
	var d decoder
	d.decode("reviews.subject", row.Subject, &r.Subject)
	d.decode("reviews.reviewers", row.Reviewers, &r.Reviewers)
	d.decode("reviews.reviewer", row.Reviewer, &r.Reviewer)
	return r, d.err
}

// OweReview stores a review that somebody owes from now on, wakes it for its first
// reminder, and appends review.owed.
func (tx *Tx) OweReview(r access.Review) (access.Review, error) {
	r.ID, r.State, r.CreatedAt, r.Version = tx.NewID(), access.ReviewOwed, tx.now, 1
	r.NextAt = r.NextReminder(tx.now)
	err := tx.q.InsertReview(tx.ctx, db.InsertReviewParams{ID: r.ID, Kind: string(r.Kind), CampaignID: r.Campaign, RequestID: r.Request, GrantID: r.Grant,
		SubjectID: r.Subject.OktaID, Subject: encode(r.Subject), TargetID: r.Target, Reviewers: encode(r.Reviewers), State: string(r.State),
		CreatedAt: r.CreatedAt, DueAt: moment(r.DueAt), RemindEvery: int64(r.RemindEvery), NextAt: maybe(r.NextAt)})
	if err != nil {
		return r, saved(err, "review", r.ID)
	}
	tx.wakeAt(WakeReview, r.ID, r.Version, r.NextAt)
	tx.log(r.Subject.OktaID, access.Event{Kind: "review.owed", Request: r.Request, Grant: r.Grant, Facts: map[string]string{"review": r.ID, "kind": string(r.Kind),
		"subject": r.Subject.OktaID, "target": r.Target, "due": moment(r.DueAt).Format(timeLayout), "reviewers": ruleNames(r.Reviewers, "")}, Personal: map[string]string{"reviewers": ruleTexts(r.Reviewers)}})
	return r, tx.TouchAdminHomes()
}

// ruleTexts are rules with the logins that are in them.
func ruleTexts(rules []access.Approver) string {
	texts := make([]string, 0, len(rules))
	for _, r := range rules {
		texts = append(texts, r.String())
	}
	return strings.Join(texts, " ")
}

// SaveReview stores what can change of a review, if the version is still the stored one;
// else the error wraps access.ErrStale. One that is given appends review.given.
func (tx *Tx) SaveReview(r access.Review) (access.Review, error) {
	old, err := tx.r.Review(tx.ctx, r.ID)
	if err != nil {
		return r, err
	}
	if old.State == access.ReviewGiven {
		return r, fmt.Errorf("%w: review %s was given", access.ErrDecided, r.ID)
	}
	row, err := tx.q.UpdateReview(tx.ctx, db.UpdateReviewParams{ID: r.ID, Version: r.Version, GrantID: r.Grant, State: string(r.State), Verdict: string(r.Verdict),
		ReviewerID: r.Reviewer.OktaID, Reviewer: encode(r.Reviewer), Comment: words(r.Comment), GivenAt: maybe(r.GivenAt), Reminders: int64(r.Reminders), NextAt: maybe(r.NextAt)})
	if err != nil {
		return r, saved(err, "review", r.ID)
	}
	if r, err = reviewOf(row); err != nil {
		return r, err
	}
	if r.State == access.ReviewOwed {
		tx.wakeAt(WakeReview, r.ID, r.Version, r.NextAt)
		return r, nil
	}
	if err := tx.logReview(r); err != nil {
		return r, err
	}
	return r, tx.touchHomesOwing(r)
}

// logReview appends review.given, with what the reviewer was shown of what was taken.
func (tx *Tx) logReview(r access.Review) error {
	e := access.Event{Kind: "review.given", Request: r.Request, Grant: r.Grant, Facts: map[string]string{"review": r.ID, "kind": string(r.Kind),
		"verdict": string(r.Verdict), "reviewer": r.Reviewer.OktaID, "subject": r.Subject.OktaID, "target": r.Target}}
	var own, others string
	if r.Request != "" {
		of, err := tx.Request(r.Request)
		if err != nil {
			return err
		}
		shownOf(of, e.Facts)
		if err := tx.shownGrant(of, e.Facts); err != nil {
			return err
		}
		of.Subject.Email, of.Subject.Manager, of.Subject.ManagerName = "", "", "" // which its card does not have
		if own, others, err = tx.shownPerson(of); err != nil {
			return err
		}
	}
	e.Personal = texts(map[string]string{"facts": own, "others": others, "comment": r.Comment})
	tx.log(r.Subject.OktaID, e)
	return nil
}

// touchHomesOwing touches the Home tabs on which a review stands that is not owed any more.
func (tx *Tx) touchHomesOwing(r access.Review) error {
	if r.Request == "" {
		return nil
	}
	return errors.Join(tx.touchHomesAbout(r.Request), tx.TouchAdminHomes())
}

// ReviewOf reads the review that is owed, or was given, of access taken by break-glass.
func (tx *Tx) ReviewOf(requestID string) (access.Review, bool, error) {
	return tx.r.ReviewOf(tx.ctx, requestID)
}

// ReviewOf reads the review that is owed, or was given, of access taken by break-glass.
func (r reads) ReviewOf(ctx context.Context, requestID string) (access.Review, bool, error) {
	row, err := r.q.ReviewOf(ctx, requestID)
	return optional(row, err, reviewOf, "the review of request", requestID)
}

// Review reads a review.
func (r reads) Review(ctx context.Context, id string) (access.Review, error) {
	row, err := r.q.Review(ctx, id)
	if err != nil {
		return access.Review{}, found(err, "review", id)
	}
	return reviewOf(row)
}

// OwedReviews are the reviews that somebody owes, the first due first.
func (r reads) OwedReviews(ctx context.Context, limit int) ([]access.Review, error) {
	rows, err := r.q.OwedReviews(ctx, int64(limit))
	return all(rows, err, reviewOf)
}

// ReviewsFor are the reviews that are owed and about which somebody was told, but for those of
// what they took themselves; the first due first.
func (r reads) ReviewsFor(ctx context.Context, slackID, oktaID string, limit int) ([]access.Review, error) {
	rows, err := r.q.ReviewsFor(ctx, db.ReviewsForParams{Person: oktaID, Recipient: slackID, Max: int64(limit)})
	return all(rows, err, reviewOf)
}

// CountReviews counts the reviews that are owed, and those of them that are overdue.
func (r reads) CountReviews(ctx context.Context, now time.Time) (owed, overdue int, err error) {
	n, err := r.q.CountReviews(ctx)
	if err != nil {
		return 0, 0, err
	}
	late, err := r.q.CountOverdueReviews(ctx, moment(now))
	return int(n), int(late), err
}
