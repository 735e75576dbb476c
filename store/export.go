package store

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// AuditFilter chooses audit events; what is empty does not choose.
type AuditFilter struct {
	From, To time.Time // at or after, and before; domain time
	Kind     access.EventKind
	Actor    string // the actor's id
	Request  string
	Grant    string
	After    int64 // only events with a greater number
}

func (f AuditFilter) takes(e db.AuditEvent) bool {
	return (f.From.IsZero() || !e.At.Before(f.From)) && (f.To.IsZero() || e.At.Before(f.To)) &&
		(f.Kind == "" || e.Kind == string(f.Kind)) && (f.Actor == "" || e.ActorID == f.Actor) &&
		(f.Request == "" || e.RequestID == f.Request) && (f.Grant == "" || e.GrantID == f.Grant)
}

// exported is one line of an export: the sealed body as it is, what proves it, and the
// personal values that were not erased.
type exported struct {
	Body   json.RawMessage          `json:"body"`
	Prev   string                   `json:"prev"`
	Hash   string                   `json:"hash"`
	Values map[string]exportedValue `json:"values"`
}

type exportedValue struct {
	Salt  string `json:"salt"`
	Value string `json:"value"`
}

// ExportAudit writes the events that a filter chooses, one JSON object a line, oldest
// first. The format is described in docs/audit-format.md. Memory does not grow
// with the trail.
func (s *Store) ExportAudit(ctx context.Context, w io.Writer, f AuditFilter) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for after := f.After; ; {
		events, err := s.q.AuditEvents(ctx, db.AuditEventsParams{After: after, Max: verifyPage})
		if err != nil {
			return fmt.Errorf("read the audit trail: %w", err)
		}
		if len(events) == 0 {
			return nil
		}
		last := events[len(events)-1].Seq
		rows, err := s.q.AuditPersonalBetween(ctx, db.AuditPersonalBetweenParams{After: after, Last: last})
		if err != nil {
			return fmt.Errorf("read personal values: %w", err)
		}
		values := map[int64]map[string]exportedValue{}
		for _, v := range rows {
			if values[v.Seq] == nil {
				values[v.Seq] = map[string]exportedValue{}
			}
			values[v.Seq][v.Field] = exportedValue{Salt: v.Salt, Value: v.Value}
		}
		for _, e := range events {
			if !f.takes(e) {
				continue
			}
			line := exported{Body: json.RawMessage(e.Body), Prev: e.Prev, Hash: e.Hash, Values: values[e.Seq]}
			if err := enc.Encode(line); err != nil {
				return fmt.Errorf("write event %d: %w", e.Seq, err)
			}
		}
		after = last
	}
}
