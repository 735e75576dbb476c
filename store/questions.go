package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"airpass/access"
	"airpass/store/db"
)

func queryOf(row db.Question) (access.Query, error) {
	q := access.Query{ID: row.ID, Request: row.RequestID, Text: row.Text, AskedAt: row.AskedAt.UTC(), Answer: row.Answer, AnsweredAt: timeOf(row.AnsweredAt)}
	var d decoder
	d.decode("questions.asker", row.Asker, &q.Asker)
	d.decode("questions.slack", row.Slack, &q.Slack)
	return q, d.err
}

// CreateQuestion stores what somebody asks about a request, and appends question.asked. More
// than access.MaxQuestions about one request are refused: the error wraps access.ErrNotAllowed.
func (tx *Tx) CreateQuestion(q access.Query) (access.Query, error) {
	r, err := tx.Request(q.Request)
	if err != nil {
		return q, err
	}
	there, err := tx.QuestionsOf(q.Request)
	if err != nil {
		return q, err
	}
	if len(there) >= access.MaxQuestions {
		return q, fmt.Errorf("%w: %d questions were asked about this request, and there can be no more", access.ErrNotAllowed, len(there))
	}
	q.ID, q.AskedAt, q.Text = tx.NewID(), tx.now, words(q.Text)
	err = tx.q.InsertQuestion(tx.ctx, db.InsertQuestionParams{ID: q.ID, RequestID: q.Request, AskerID: q.Asker.OktaID, Asker: encode(q.Asker),
		Slack: encode(q.Slack), Text: q.Text, AskedAt: moment(q.AskedAt)})
	if err != nil {
		return q, saved(err, "question", q.ID)
	}
	tx.log(r.Subject.OktaID, access.Event{Kind: "question.asked", Request: r.ID, Facts: map[string]string{"question": q.ID, "asker": q.Asker.OktaID,
		"slack": slackName(q.Slack.Team, q.Slack.ID), "subject": r.Subject.OktaID, "target": r.Target.ID}, Personal: map[string]string{"text": q.Text}})
	return q, tx.touchHomesAbout(r.ID)
}

// AnswerQuestion stores the requester's answer, and appends question.answered. One that is
// answered stays as it is: the error wraps access.ErrDecided.
func (tx *Tx) AnswerQuestion(id, answer string) (access.Query, error) {
	row, err := tx.q.AnswerQuestion(tx.ctx, db.AnswerQuestionParams{ID: id, Answer: words(answer), AnsweredAt: maybe(tx.now)})
	if errors.Is(err, sql.ErrNoRows) {
		return access.Query{}, fmt.Errorf("%w: question %s is answered", access.ErrDecided, id)
	}
	if err != nil {
		return access.Query{}, saved(err, "question", id)
	}
	q, err := queryOf(row)
	if err != nil {
		return q, err
	}
	r, err := tx.Request(q.Request)
	if err != nil {
		return q, err
	}
	tx.log(r.Subject.OktaID, access.Event{Kind: "question.answered", Request: r.ID, Facts: map[string]string{"question": q.ID, "asker": q.Asker.OktaID,
		"subject": r.Subject.OktaID, "target": r.Target.ID}, Personal: map[string]string{"answer": q.Answer}})
	return q, tx.touchHomesAbout(r.ID)
}

// Question reads a question.
func (r reads) Question(ctx context.Context, id string) (access.Query, error) {
	row, err := r.q.Question(ctx, id)
	if err != nil {
		return access.Query{}, found(err, "question", id)
	}
	return queryOf(row)
}

// QuestionsOf are the questions about a request, the oldest first.
func (r reads) QuestionsOf(ctx context.Context, requestID string) ([]access.Query, error) {
	rows, err := r.q.QuestionsOf(ctx, requestID)
	return all(rows, err, queryOf)
}

// Question reads a question.
func (tx *Tx) Question(id string) (access.Query, error) { return tx.r.Question(tx.ctx, id) }

// QuestionsOf are the questions about a request, the oldest first.
func (tx *Tx) QuestionsOf(requestID string) ([]access.Query, error) {
	return tx.r.QuestionsOf(tx.ctx, requestID)
}

// eraseAsker leaves of somebody who has asked questions their ids.
func (tx *Tx) eraseAsker(oktaID string) error {
	rows, err := tx.q.AskedBy(tx.ctx, oktaID)
	asked, err := all(rows, err, queryOf)
	if err != nil {
		return err
	}
	for _, q := range asked {
		err := tx.q.EraseAsker(tx.ctx, db.EraseAskerParams{ID: q.ID, Asker: onlyIDs(q.Asker), Slack: encode(access.SlackUser{Team: q.Slack.Team, ID: q.Slack.ID})})
		if err != nil {
			return err
		}
	}
	return nil
}
