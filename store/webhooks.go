package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// Webhook is how far the audit trail was told to a receiver. Its times are wall times.
type Webhook struct {
	Name string
	// Seq is the number of the last event that the receiver has taken, or that is not for it.
	Seq         int64
	Failures    int // in a row
	LastError   string
	NextAt      time.Time // nothing is told before
	DeliveredAt time.Time // when it took one last; zero is never
}

func webhookOf(row db.Webhook) Webhook {
	return Webhook{Name: row.Name, Seq: row.Seq, Failures: int(row.Failures), LastError: row.LastError, NextAt: row.NextAt.UTC(), DeliveredAt: timeOf(row.DeliveredAt)}
}

// Webhooks are all that were ever begun, by name.
func (s *Store) Webhooks(ctx context.Context) ([]Webhook, error) {
	rows, err := s.q.Webhooks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the webhooks: %w", err)
	}
	all := make([]Webhook, 0, len(rows))
	for _, row := range rows {
		all = append(all, webhookOf(row))
	}
	return all, nil
}

// Backlog is what a receiver was not told of yet.
type Backlog struct {
	// Events are all that the trail has after the last one that the receiver has taken or
	// that is not for it.
	Events int64
	Since  time.Time // of the first of them; zero if there is none
}

// WebhookBacklogs are those of all webhooks that were ever begun, by name. The trail is
// read by the numbers of its events, at one place for each webhook.
func (s *Store) WebhookBacklogs(ctx context.Context) (map[string]Backlog, error) {
	hooks, err := s.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	head, err := s.Head(ctx) // after the webhooks, of which none is beyond it
	if err != nil {
		return nil, err
	}
	all := make(map[string]Backlog, len(hooks))
	for _, w := range hooks {
		b := Backlog{Events: max(head.Seq-w.Seq, 0)}
		if b.Events > 0 {
			at, err := s.q.FirstAuditAfter(ctx, w.Seq)
			if err != nil {
				return nil, fmt.Errorf("read what the webhook %s waits for: %w", w.Name, err)
			}
			b.Since = at.UTC()
		}
		all[w.Name] = b
	}
	return all, nil
}

// BeginWebhook begins to tell a receiver of what comes after an event. One that has begun
// goes on where it is. That and all else of how far a receiver is changes nobody's
// access: it has no actor and leaves no event.
func (s *Store) BeginWebhook(ctx context.Context, name string, after int64, wall time.Time) error {
	return wrapped("begin the webhook "+name, db.New(s.front).BeginWebhook(ctx, db.BeginWebhookParams{Name: name, Seq: after, Wall: moment(wall)}))
}

// Webhook reads how far a receiver is; false if it was not begun.
func (s *Store) Webhook(ctx context.Context, name string) (Webhook, bool, error) {
	row, err := s.q.Webhook(ctx, name)
	if errors.Is(err, sql.ErrNoRows) {
		return Webhook{}, false, nil
	}
	return webhookOf(row), err == nil, wrapped("read the webhook "+name, err)
}

// ClaimWebhook takes a receiver for one that tells it, until a time; false if somebody
// else has it, or if it is not to be told anything yet.
func (s *Store) ClaimWebhook(ctx context.Context, name, token string, wall, until time.Time) (Webhook, bool, error) {
	row, err := db.New(s.front).ClaimWebhook(ctx, db.ClaimWebhookParams{Name: name, Token: token, Wall: moment(wall), ClaimedUntil: moment(until)})
	if errors.Is(err, sql.ErrNoRows) {
		return Webhook{}, false, nil
	}
	return webhookOf(row), err == nil, wrapped("claim the webhook "+name, err)
}

// SaveWebhook stores how far a receiver is, and lets go of it; access.ErrStale if the claim
// was lost.
func (s *Store) SaveWebhook(ctx context.Context, token string, w Webhook) error {
	n, err := db.New(s.front).SaveWebhook(ctx, db.SaveWebhookParams{Name: w.Name, Token: token, Seq: w.Seq, Failures: int64(w.Failures),
		LastError: words(w.LastError), NextAt: moment(w.NextAt), DeliveredAt: maybe(w.DeliveredAt)})
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: somebody else tells it", access.ErrStale)
	}
	return wrapped("save the webhook "+w.Name, err)
}

// PassWebhookEvent has a receiver never told of the event after seq, and appends
// webhook.passed. A receiver that is somewhere else is an error that wraps access.ErrStale.
func (s *Store) PassWebhookEvent(ctx context.Context, actor access.Actor, name string, seq int64, wall time.Time) error {
	return s.Update(ctx, actor, func(tx *Tx) error {
		n, err := tx.q.PassWebhookEvent(tx.ctx, db.PassWebhookEventParams{Name: name, Seq: seq, Next: seq + 1, Wall: moment(wall)})
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: the webhook %s is not at event %d", access.ErrStale, name, seq)
		}
		if err != nil {
			return err
		}
		tx.Record(access.Event{Kind: "webhook.passed", Facts: map[string]string{"webhook": name, "event": strconv.FormatInt(seq+1, 10)}})
		return nil
	})
}
