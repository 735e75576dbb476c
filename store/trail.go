package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// Recorded is an event as it stands in the audit trail.
type Recorded struct {
	Seq int64
	access.Event
}

// AuditEvents returns at most limit events with a number above after, oldest first,
// with the personal values that were not erased. It checks nothing; see VerifyAudit.
func (s *Store) AuditEvents(ctx context.Context, after int64, limit int) ([]Recorded, error) {
	rows, err := s.q.AuditEvents(ctx, db.AuditEventsParams{After: after, Max: int64(limit)})
	if err != nil || len(rows) == 0 {
		return nil, wrapped("read the audit trail", err)
	}
	out := make([]Recorded, 0, len(rows))
	at := map[int64]int{}
	for i, row := range rows {
		e, err := recorded(row)
		if err != nil {
			return nil, err
		}
		at[row.Seq], out = i, append(out, e)
	}
	values, err := s.q.AuditPersonalBetween(ctx, db.AuditPersonalBetweenParams{After: after, Last: rows[len(rows)-1].Seq})
	if err != nil {
		return nil, wrapped("read personal values", err)
	}
	for _, v := range values {
		e := &out[at[v.Seq]]
		if v.Field == actorName {
			e.Actor.Name = v.Value
			continue
		}
		e.Personal[v.Field] = v.Value
	}
	return out, nil
}

func recorded(row db.AuditEvent) (Recorded, error) {
	var body struct {
		At                  time.Time
		Actor               sealedActor
		Request, Grant, Ref string
		Facts               map[string]string
	}
	if err := json.Unmarshal([]byte(row.Body), &body); err != nil {
		return Recorded{}, fmt.Errorf("event %d of the audit trail: %w", row.Seq, err)
	}
	return Recorded{Seq: row.Seq, Event: access.Event{Kind: access.EventKind(row.Kind), At: body.At,
		Actor: access.Actor{Kind: body.Actor.Kind, ID: body.Actor.ID}, Request: body.Request, Grant: body.Grant, Ref: body.Ref,
		Facts: body.Facts, Personal: map[string]string{}}}, nil
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
