package store

import (
	"cmp"
	"context"
	"encoding/hex"
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

// Value is a personal value of an event, as it is kept beside the trail.
type Value struct {
	Text string
	// Kept is false of one that was erased. Forged is one that is not what was sealed.
	Kept, Forged bool
}

// Values are the personal values of the event of a line that were sealed, by field.
func (l AuditLine) Values() (map[string]Value, error) {
	var body struct{ Personal map[string]string }
	if err := json.Unmarshal([]byte(l.row.Body), &body); err != nil {
		return nil, fmt.Errorf("event %d of the audit trail: %w", l.Seq, err)
	}
	all := make(map[string]Value, len(body.Personal))
	for field, sealed := range body.Personal {
		v, kept := l.values[field]
		salt, err := hex.DecodeString(v.Salt)
		all[field] = Value{Text: v.Value, Kept: kept, Forged: kept && (err != nil || digest(salt, field, v.Value) != sealed)}
	}
	return all, nil
}

// GrantEnded is what the trail says of the end of a grant: when it was seen, which earlier
// versions did not say and is zero then, and when that was written; zero is not. An event that
// is not what was sealed is an error that wraps ErrTrail.
func (s *Store) GrantEnded(ctx context.Context, grant string) (seen, written time.Time, err error) {
	var row db.AuditEvent
	seq, err := s.q.GrantEndedEvent(ctx, grant)
	if err == nil {
		if row, err = s.sealedRow(ctx, seq); err != nil {
			return seen, written, err
		}
	}
	e, _, err := optional(row, err, recorded, "the end of grant", grant)
	if at, is := e.Facts["ended"]; is && err == nil {
		seen, err = time.Parse(timeLayout, at)
	}
	return seen, e.At, err
}

// AboutWhom is the Okta user id of whose access an event is about, as the trail says it: by
// the event, the entitlement, or where the request or the grant began, which retention leaves
// there. It is the same for everything about one grant, also for what is done to an
// entitlement that several grants of theirs need. Where the trail does not say it, it is
// the id of the request or grant; it is empty for what is nobody's.
func (s *Store) AboutWhom(ctx context.Context, l AuditLine) (string, error) {
	e, err := recorded(l.row)
	if err != nil {
		return "", err
	}
	whose := cmp.Or(e.Facts["subject"], e.Facts["okta_user"], access.OwnerOf(e.Ref))
	if whose == "" && l.Request != "" {
		row, err := s.q.RequestCreatedEvent(ctx, l.Request)
		began, _, err := optional(row, err, recorded, "the first event of request", l.Request)
		if err != nil {
			return "", err
		}
		whose = cmp.Or(began.Facts["subject"], l.Request)
	}
	if whose == "" && l.Grant != "" {
		row, err := s.q.GrantFirstEvent(ctx, l.Grant)
		began, _, err := optional(row, err, recorded, "the first event of grant", l.Grant)
		if err != nil {
			return "", err
		}
		whose = cmp.Or(began.Facts["subject"], l.Grant)
	}
	return whose, nil
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
