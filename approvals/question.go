package approvals

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"airpass/access"
	"airpass/store"
)

// question asks the requester something about a request that waits, for one of those who may
// decide it now: who may is asked live, as of a decision.
func (s *Service) question(ctx context.Context, a access.Attempt, who Identity) error {
	r, err := s.Store.Request(ctx, a.Request)
	if err != nil {
		return err
	}
	text, err := sayable(a.Reason)
	if err != nil {
		return err
	}
	if err := stillOpen(r, a.ReceivedAt); err != nil {
		return err
	}
	subject, err := s.subjectNow(ctx, r)
	if err != nil {
		return err
	}
	b, err := s.ballotOf(ctx, r, subject)
	if err != nil {
		return err
	}
	if _, err := s.mayDecideNow(ctx, who.Person, subject, r, b); err != nil {
		return err
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		now, err := tx.Request(r.ID)
		if err != nil {
			return err
		}
		if err := stillOpen(now, a.ReceivedAt); err != nil {
			return err // decided in between
		}
		q, err := tx.CreateQuestion(access.Query{Request: r.ID, Asker: who.Person, Slack: who.Slack, Text: text})
		if err != nil {
			return err
		}
		// The words are for a replica of an earlier version, which shows nothing else of it.
		_, err = tx.CreateMessage(access.Message{ID: access.QueryMessage(q.ID), Kind: access.Asked, To: r.Slack.ID, Request: r.ID,
			Text: "Somebody who decides has a question about your request of " + r.Target.ID + ".", State: access.MessageNew, NextAt: tx.Now()})
		if err != nil {
			return err
		}
		if err := done(tx, a, "asked"); err != nil {
			return err
		}
		return tx.TouchMessages(r.ID)
	})
}

// reply records the requester's answer to a question, once, while the request waits.
func (s *Service) reply(ctx context.Context, a access.Attempt, who Identity) error {
	text, err := sayable(a.Reason)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		q, err := tx.Question(a.Target)
		if err != nil {
			return err
		}
		r, err := tx.Request(q.Request)
		if err != nil {
			return err
		}
		if r.Subject.OktaID != who.Person.OktaID {
			return refuse("only the requester can answer a question about a request")
		}
		if q.Answered() && q.Answer == text {
			return done(tx, a, "answered") // a double click
		}
		if err := stillOpen(r, a.ReceivedAt); err != nil {
			return err
		}
		q, err = tx.AnswerQuestion(q.ID, text)
		if errors.Is(err, access.ErrDecided) {
			return refuse("you have answered this question already")
		}
		if err != nil {
			return err
		}
		if err := s.notify(tx, q.Slack.ID, says("%s has answered what you asked about %s in %s: see the card above. “%s”", r.Subject.Name, r.Target.Role, r.Target.Environment.Key, q.Answer)); err != nil {
			return err
		}
		if err := done(tx, a, "answered"); err != nil {
			return err
		}
		return tx.TouchMessages(r.ID)
	})
}

// sayable is a question or an answer without the blanks around it.
func sayable(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > access.MaxSaid {
		return text, fmt.Errorf("%w: a text of 1 to %d characters is needed", access.ErrInvalid, access.MaxSaid)
	}
	return text, nil
}
