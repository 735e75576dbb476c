package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func messageOf(row db.Message) (access.Message, error) {
	return access.Message{ID: row.ID, Kind: access.MessageKind(row.Kind), To: row.Recipient, Request: row.RequestID, Text: row.Text, Channel: row.Channel, TS: row.Ts,
		State: access.MessageState(row.State), Wanted: row.Wanted, Shown: row.Shown, Shows: row.Shows, Attempts: int(row.Attempts), LastError: row.LastError,
		NextAt: timeOf(row.NextAt), Claim: row.Claim, ClaimedUntil: timeOf(row.ClaimedUntil), Version: row.Version, CreatedAt: row.CreatedAt.UTC()}, nil
}

// CreateMessage stores a message that is to be sent, and wakes it. Messages are a
// view of what is stored: they are no audit events.
func (tx *Tx) CreateMessage(m access.Message) (access.Message, error) {
	if m.ID == "" {
		m.ID = tx.NewID()
	}
	if m.State == "" {
		m.State = access.MessageNew
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = tx.now
	}
	if m.NextAt.IsZero() {
		m.NextAt = tx.now
	}
	err := tx.q.InsertMessage(tx.ctx, db.InsertMessageParams{ID: m.ID, Kind: string(m.Kind), Recipient: m.To, RequestID: m.Request, Text: words(m.Text), Channel: m.Channel, Ts: m.TS,
		State: string(m.State), Wanted: 1, Shown: 0, Attempts: int64(m.Attempts), LastError: words(m.LastError), NextAt: maybe(m.NextAt), CreatedAt: moment(m.CreatedAt)})
	if err != nil {
		return m, saved(err, "message", m.ID)
	}
	row, err := tx.q.Message(tx.ctx, m.ID)
	if err != nil {
		return m, found(err, "message", m.ID)
	}
	tx.wakeAt(WakeMessage, row.ID, row.Version, timeOf(row.NextAt))
	switch m.Kind {
	case access.RequesterCard, access.ApproverCard, access.ReviewCard:
		tx.touchHome(m.To)
	case access.AdminNotice:
		if err := tx.TouchAdminHomes(); err != nil {
			return m, err
		}
	}
	return messageOf(row)
}

// TouchMessages says that there is something new to show about a request: every
// message about it that can be updated is woken.
func (tx *Tx) TouchMessages(requestID string) error {
	if requestID == "" {
		return nil
	}
	touched, err := tx.q.TouchMessages(tx.ctx, db.TouchMessagesParams{RequestID: requestID, Now: &tx.now})
	if err != nil {
		return fmt.Errorf("wake the messages of request %s: %w", requestID, err)
	}
	for _, m := range touched {
		tx.Wake(Wake{Kind: WakeMessage, ID: m.ID, Version: m.Version})
		if access.MessageKind(m.Kind) == access.RequesterCard {
			tx.touchHome(m.Recipient)
		}
	}
	return nil
}

// ClaimMessage takes a message for one worker; see ClaimEntitlement.
func (tx *Tx) ClaimMessage(id string, version int64, token string, wallNow, until time.Time) (access.Message, bool, error) {
	row, err := tx.q.ClaimMessage(tx.ctx, db.ClaimMessageParams{ID: id, Version: version, Token: token, Wall: maybe(wallNow), ClaimedUntil: maybe(until)})
	if errors.Is(err, sql.ErrNoRows) {
		return access.Message{}, false, nil
	}
	if err != nil {
		return access.Message{}, false, saved(err, "message", id)
	}
	m, err := messageOf(row)
	return m, err == nil, err
}

// SaveMessage stores what the holder of its claim did; if the claim was lost the
// error wraps access.ErrStale. Wanted is never taken from m: if it grew since m was
// read, the message is woken at once. That Slack has taken what asks somebody in a campaign is
// an event.
func (tx *Tx) SaveMessage(m access.Message, release bool) (access.Message, error) {
	now, err := tx.q.LockMessage(tx.ctx, db.LockMessageParams{ID: m.ID, Token: m.Claim})
	if err != nil {
		return m, saved(err, "the claim on message", m.ID)
	}
	if now.Wanted > m.Wanted && m.State != access.MessageFailed {
		m.NextAt = tx.now
	}
	claim, until := m.Claim, m.ClaimedUntil
	if release {
		claim, until = "", time.Time{}
	}
	row, err := tx.q.UpdateMessage(tx.ctx, db.UpdateMessageParams{ID: m.ID, Token: m.Claim, Text: words(m.Text), Channel: m.Channel, Ts: m.TS, State: string(m.State), Shown: m.Shown, Shows: m.Shows,
		Attempts: int64(m.Attempts), LastError: words(m.LastError), NextAt: maybe(m.NextAt), NewClaim: claim, ClaimedUntil: maybe(until)})
	if err != nil {
		return m, saved(err, "message", m.ID)
	}
	if release {
		tx.wakeAt(WakeMessage, row.ID, row.Version, timeOf(row.NextAt))
	}
	if now.Ts == "" && row.Ts != "" && m.Kind == access.CampaignCard {
		if err := tx.logTold(m); err != nil {
			return m, err
		}
	}
	return messageOf(row)
}

// logTold appends reviewer.told: Slack has taken the message to somebody whom a campaign asks, and
// from when on they know decides whether their silence is one.
func (tx *Tx) logTold(m access.Message) error {
	r, err := tx.r.CampaignReviewer(tx.ctx, m.Request)
	if err != nil {
		return err
	}
	o, err := tx.r.Occurrence(tx.ctx, r.Occurrence)
	if err != nil {
		return err
	}
	tx.Record(access.Event{Kind: "reviewer.told", Facts: map[string]string{"occurrence": o.ID, "campaign": o.Campaign, "reviewer": r.Person.OktaID, "channel": m.Channel, "ts": m.TS}})
	return nil
}

// Message reads a message.
func (tx *Tx) Message(id string) (access.Message, error) { return tx.r.Message(tx.ctx, id) }

// MessagesOf are the messages about a request, oldest first.
func (tx *Tx) MessagesOf(requestID string) ([]access.Message, error) {
	return tx.r.MessagesOf(tx.ctx, requestID)
}
