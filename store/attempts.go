package store

import (
	"time"

	"airpass/access"
	"airpass/store/db"
)

func attemptOf(row db.Attempt) (access.Attempt, error) {
	a := access.Attempt{
		ID: row.ID, Delivery: row.Delivery, Slack: access.SlackUser{Team: row.Team, ID: row.SlackID},
		Kind: access.AttemptKind(row.Kind), Request: row.RequestID, Target: row.Target, Duration: time.Duration(row.Duration),
		Reason: row.Reason, Begins: row.Begins, Channel: row.Channel, ReceivedAt: row.ReceivedAt.UTC(), State: access.AttemptState(row.State),
		Answer: row.Answer, Tries: int(row.Tries), NextAt: timeOf(row.NextAt), Version: row.Version,
	}
	var d decoder
	d.decode("attempts.comments", row.Comments, &a.Comments)
	return a, d.err
}

// commentsOf writes comments on items; none is nothing.
func commentsOf(all map[string]string) string {
	if len(all) == 0 {
		return ""
	}
	clean := map[string]string{}
	for item, comment := range all {
		clean[words(item)] = words(comment)
	}
	return encode(clean)
}

// PutAttempt stores an attempt, and wakes it if it is open. If its delivery is already there, the
// stored attempt is returned and nothing changes. It is not an audit event: what
// comes of the attempt is.
func (tx *Tx) PutAttempt(a access.Attempt) (stored access.Attempt, fresh bool, err error) {
	if a.ID == "" {
		a.ID = tx.NewID()
	}
	n, err := tx.q.InsertAttempt(tx.ctx, db.InsertAttemptParams{
		ID: a.ID, Delivery: a.Delivery, Team: a.Slack.Team, SlackID: a.Slack.ID, Kind: string(a.Kind), RequestID: words(a.Request),
		Target: words(a.Target), Duration: int64(a.Duration), Reason: words(a.Reason), Begins: words(a.Begins), Channel: words(a.Channel),
		ReceivedAt: moment(a.ReceivedAt), State: string(a.State), Answer: words(a.Answer), Tries: int64(a.Tries), NextAt: maybe(a.NextAt), Version: 1, Comments: commentsOf(a.Comments),
	})
	if err != nil {
		return a, false, saved(err, "attempt", a.ID)
	}
	row, err := tx.q.AttemptByDelivery(tx.ctx, a.Delivery)
	if err != nil {
		return a, false, found(err, "attempt", a.Delivery)
	}
	stored, err = attemptOf(row)
	if n == 1 && stored.State == access.AttemptOpen {
		tx.wakeAt(WakeAttempt, stored.ID, stored.Version, stored.NextAt)
	}
	return stored, n == 1, err
}

// SaveAttempt stores state, answer, tries and the next look, if the version is still
// the stored one; else the error wraps access.ErrStale. An open attempt is woken
// for its next look; one that is done or refused is an audit event.
func (tx *Tx) SaveAttempt(a access.Attempt) (access.Attempt, error) {
	old, err := tx.Attempt(a.ID)
	if err != nil {
		return a, err
	}
	row, err := tx.q.UpdateAttempt(tx.ctx, db.UpdateAttemptParams{ID: a.ID, Version: a.Version, State: string(a.State),
		Answer: words(a.Answer), Tries: int64(a.Tries), NextAt: maybe(a.NextAt)})
	if err != nil {
		return a, saved(err, "attempt", a.ID)
	}
	if a, err = attemptOf(row); err != nil {
		return a, err
	}
	if a.State == access.AttemptOpen {
		tx.wakeAt(WakeAttempt, a.ID, a.Version, a.NextAt)
	}
	if a.State != old.State {
		e := access.Event{Kind: access.EventKind("attempt." + string(a.State)), Request: a.Request,
			Facts: map[string]string{"attempt": a.ID, "what": string(a.Kind), "slack": slackName(a.Slack.Team, a.Slack.ID)}}
		if a.Answer != "" {
			e.Personal = map[string]string{"answer": a.Answer}
		}
		tx.log(slackPerson(a.Slack.Team, a.Slack.ID), e)
	}
	return a, nil
}

// ForgetShown deletes what was shown before a moment, at most so much, and returns how
// much that was. It is no audit event, as storing it was none.
func (tx *Tx) ForgetShown(before time.Time, most int) (int64, error) {
	return tx.q.DeleteShown(tx.ctx, db.DeleteShownParams{Before: moment(before), Max: int64(most)})
}

// slackName is a Slack user in the facts of an event.
func slackName(team, id string) string { return team + "/" + id }

// slackPerson names whom a personal value is about while only Slack's ids are known.
func slackPerson(team, id string) string { return "slack:" + slackName(team, id) }

// Attempt reads an attempt.
func (tx *Tx) Attempt(id string) (access.Attempt, error) { return tx.r.Attempt(tx.ctx, id) }

// OpenAttempts are the attempts on a request that are still to be judged, oldest first.
func (tx *Tx) OpenAttempts(requestID string) ([]access.Attempt, error) {
	rows, err := tx.q.OpenAttempts(tx.ctx, requestID)
	return all(rows, err, attemptOf)
}
