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
	lines, err := s.AuditLines(ctx, after, limit)
	out := make([]Recorded, 0, len(lines))
	for _, l := range lines {
		e, err := l.Recorded()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, err
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

// Recorded is the event of a line, with the personal values that were not erased.
func (l AuditLine) Recorded() (Recorded, error) {
	e, err := recorded(l.row)
	for field, v := range l.values {
		if field == actorName {
			e.Actor.Name = v.Value
		} else {
			e.Personal[field] = v.Value
		}
	}
	return e, err
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
