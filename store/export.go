package store

import (
	"bytes"
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
	// Person is an Okta user id: what they did, and what is about them or their requests.
	Person string
	// Target: what is about requests for it, and about what they gave.
	Target string
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

// AuditLine is an event as it is exported.
type AuditLine struct {
	Seq            int64
	Kind           access.EventKind
	At             time.Time // domain time
	Request, Grant string
	row            db.AuditEvent
	values         map[string]exportedValue
}

// JSON is the line of an export, without a line feed; values says whether with the
// personal values. The format is described in docs/audit-format.md.
func (l AuditLine) JSON(values bool) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	line := exported{Body: json.RawMessage(l.row.Body), Prev: l.row.Prev, Hash: l.row.Hash}
	if values {
		line.Values = l.values
	}
	if err := enc.Encode(line); err != nil {
		return nil, fmt.Errorf("write event %d: %w", l.Seq, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// AuditLines returns at most limit events with a number above after, oldest first. It
// checks nothing but that they can be read, else the error wraps ErrTrail; see VerifyAudit.
func (s *Store) AuditLines(ctx context.Context, after int64, limit int) ([]AuditLine, error) {
	events, err := s.auditRows(ctx, after, limit)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	rows, err := s.personalRows(ctx, after, events[len(events)-1].Seq)
	if err != nil {
		return nil, err
	}
	values := map[int64]map[string]exportedValue{}
	for _, v := range rows {
		if values[v.Seq] == nil {
			values[v.Seq] = map[string]exportedValue{}
		}
		values[v.Seq][v.Field] = exportedValue{Salt: v.Salt, Value: v.Value}
	}
	lines := make([]AuditLine, 0, len(events))
	for _, e := range events {
		lines = append(lines, AuditLine{Seq: e.Seq, Kind: access.EventKind(e.Kind), At: e.At.UTC(), Request: e.RequestID, Grant: e.GrantID, row: e, values: values[e.Seq]})
	}
	return lines, nil
}

// EachAuditLine calls do with each event that a filter chooses, oldest first, until it
// fails. Memory does not grow with the trail, but for the ids of the requests that Person
// and Target choose.
func (s *Store) EachAuditLine(ctx context.Context, f AuditFilter, do func(AuditLine) error) error {
	if err := s.beforeFirst(ctx); err != nil { // nothing that is there is left out without a word
		return err
	}
	chosen := newChoice(f)
	after := f.After
	if chosen.follows() { // which requests are chosen is said where they begin
		after = 0
	}
	for {
		lines, err := s.AuditLines(ctx, after, verifyPage)
		if err != nil || len(lines) == 0 {
			return err
		}
		for _, l := range lines {
			after = l.Seq
			mine, err := chosen.takes(l)
			if err != nil {
				return err
			}
			if !mine || l.Seq <= f.After || !f.takes(l.row) {
				continue
			}
			if err := do(l); err != nil {
				return fmt.Errorf("write event %d: %w", l.Seq, err)
			}
		}
	}
}

// ExportAudit writes the events that a filter chooses, one JSON object a line, oldest
// first. The format is described in docs/audit-format.md.
func (s *Store) ExportAudit(ctx context.Context, w io.Writer, f AuditFilter) error {
	return s.EachAuditLine(ctx, f, func(l AuditLine) error {
		text, err := l.JSON(true)
		if err == nil {
			_, err = w.Write(append(text, '\n'))
		}
		return err
	})
}
