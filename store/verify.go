package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"airpass/store/db"
)

// VerifyResult is what reading the whole audit trail has shown.
type VerifyResult struct {
	Events int64 // that are right, from the first on
	Erased int64 // personal values that were deleted
	// Recorded is how many of them personal.erased events tell of: less than Erased if
	// values were deleted past airpass, more if they were put back.
	Recorded int64
	Head     Head // the end that the database claims
	// Unmet is the anchor with which the trail does not agree; nil if that is not what is wrong.
	Unmet *Head
	// FirstBad is the number of the first event that is wrong or missing; zero if
	// all is well or what is wrong has no number. What comes after it was not looked at.
	FirstBad int64
	Why      string // in words; empty if all is well
}

// verifyPage is how many events are in memory at once.
const verifyPage = 500

// VerifyAudit reads the audit trail from its first event and stops at the first that
// was edited, removed, inserted or moved. With anchors, heads that were signed
// earlier and kept elsewhere, it also finds out that the end was cut off; without
// one nobody can. The error is of reading only.
func (s *Store) VerifyAudit(ctx context.Context, anchors ...Head) (VerifyResult, error) {
	why, err := s.lostTable(ctx)
	if err != nil || why != "" {
		return VerifyResult{Why: why}, err
	}
	result := VerifyResult{}
	result.Head, err = s.Head(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		result.Why = "the row of audit_head is missing"
		return result, nil
	}
	if err == nil {
		err = s.beforeFirst(ctx)
	}
	if err != nil {
		return result.odd(err)
	}
	w := &walk{key: s.o.Key, anchors: map[int64][]Head{}, prev: hex.EncodeToString(make([]byte, sha256.Size)), result: &result}
	for _, a := range anchors {
		if why := s.checkAnchor(a); why != "" {
			result.Unmet, result.Why = &a, why
			return result, nil
		}
		w.anchors[a.Seq] = append(w.anchors[a.Seq], a)
		if w.newest == nil || a.Seq > w.newest.Seq {
			w.newest = &a
		}
	}
	if err := s.walkAudit(ctx, w); err != nil || result.Why != "" {
		return result, err
	}
	return s.checkEnd(ctx, w)
}

func (r VerifyResult) bad(seq int64, why string) VerifyResult {
	r.FirstBad, r.Why = seq, why
	return r
}

// odd is the result if a row that cannot be what airpass has written is all that was wrong with
// reading.
func (r VerifyResult) odd(err error) (VerifyResult, error) {
	var o *oddRow
	if errors.As(err, &o) {
		return r.bad(o.seq, o.why), nil
	}
	return r, err
}

func (s *Store) checkAnchor(anchor Head) string {
	key, known := s.o.Key.find(anchor.KeyID)
	if !known {
		return fmt.Sprintf("the anchor was signed with the key %q, which is not known", anchor.KeyID)
	}
	if !hmac.Equal([]byte(anchor.sign(key)), []byte(anchor.MAC)) {
		return "the anchor is not one that airpass has signed"
	}
	return ""
}

// walk is where a verification stands.
type walk struct {
	key     AuditKey
	anchors map[int64][]Head // by the event over which they were signed
	newest  *Head            // of the anchors; nil without any
	prev    string           // the hash of the event before
	result  *VerifyResult
}

// walkAudit checks the events up to the head, page by page.
func (s *Store) walkAudit(ctx context.Context, w *walk) error {
	for {
		events, odd := s.auditRows(ctx, w.result.Events, verifyPage)
		if odd != nil && !errors.Is(odd, ErrTrail) {
			return odd
		}
		if len(events) > 0 {
			values, err := s.personalRows(ctx, w.result.Events, events[len(events)-1].Seq)
			if err != nil && !errors.Is(err, ErrTrail) {
				return err
			}
			if w.page(events, values, err) {
				return nil
			}
		}
		if odd != nil {
			*w.result, odd = w.result.odd(odd)
		}
		if odd != nil || w.result.Why != "" || len(events) == 0 {
			return odd
		}
	}
}

// page checks events with their personal values, up to the row that is odd, and says whether
// something is wrong.
func (w *walk) page(events []db.AuditEvent, values []db.AuditPersonal, err error) (wrong bool) {
	var odd *oddRow
	_ = errors.As(err, &odd)
	for _, e := range events {
		n := 0
		for n < len(values) && values[n].Seq <= e.Seq {
			n++
		}
		if odd != nil && odd.seq <= e.Seq {
			break
		}
		if why := w.check(e, values[:n]); why != "" {
			*w.result = w.result.bad(w.result.Events+1, why)
			return true
		}
		values = values[n:]
	}
	if odd != nil {
		*w.result = w.result.bad(odd.seq, odd.why)
	}
	return odd != nil
}

// check looks at the next event and says what is wrong with it.
func (w *walk) check(e db.AuditEvent, values []db.AuditPersonal) string {
	seq := w.result.Events + 1
	if e.Seq < seq {
		return fmt.Sprintf("event %d is there twice", e.Seq)
	}
	if e.Seq != seq {
		return fmt.Sprintf("event %d is missing: the next one is %d", seq, e.Seq)
	}
	if why := follows(e, w.prev); why != "" {
		return why
	}
	if why := w.key.broken(e); why != "" {
		return why
	}
	if why := checkBody(e, values, w.result); why != "" {
		return fmt.Sprintf("event %d: %s", seq, why)
	}
	for _, a := range w.anchors[seq] {
		if a.Hash != e.Hash {
			w.result.Unmet = &a
			return fmt.Sprintf("event %d is not the one that the anchor was signed over", seq)
		}
	}
	if w.result.Head.Seq == seq && w.result.Head.Hash != e.Hash {
		return fmt.Sprintf("event %d is not the one that the head names", seq)
	}
	w.prev, w.result.Events = e.Hash, seq
	return ""
}

// follows says whether an event is the next one after that with a hash; empty is that it is.
func follows(e db.AuditEvent, prev string) string {
	if e.Prev != prev {
		return fmt.Sprintf("event %d does not follow event %d: one of them was moved, removed or inserted", e.Seq, e.Seq-1)
	}
	return ""
}

// broken says whether an event by itself is what was sealed after the one that it names; empty
// is that it is.
func (k AuditKey) broken(e db.AuditEvent) string {
	key, known := k.find(e.KeyID)
	if !known {
		return fmt.Sprintf("event %d was sealed with the key %q, which is not known", e.Seq, e.KeyID)
	}
	prev, err := hex.DecodeString(e.Prev)
	if err != nil || len(prev) != sha256.Size {
		return fmt.Sprintf("event %d does not say which one it follows", e.Seq)
	}
	hash := link(key, [sha256.Size]byte(prev), e.Body)
	if !hmac.Equal([]byte(hex.EncodeToString(hash[:])), []byte(e.Hash)) {
		return fmt.Sprintf("event %d is not what was sealed: it was edited, moved or inserted", e.Seq)
	}
	return ""
}

// Chain follows the audit trail from one of its events on, and checks each as VerifyAudit does.
// Personal values are not looked at; see AuditLine.Values.
type Chain struct {
	key  AuditKey
	seq  int64
	prev string // the hash of event seq; empty before the first that is looked at
}

// Chain begins after an event, which is not looked at.
func (s *Store) Chain(after int64) *Chain { return &Chain{key: s.o.Key, seq: after} }

// Next looks at the next event. What is wrong with it is an error that wraps ErrTrail.
func (c *Chain) Next(l AuditLine) error {
	why := ""
	switch {
	case l.Seq != c.seq+1:
		why = fmt.Sprintf("event %d is missing: the next one is %d", c.seq+1, l.Seq)
	case c.prev != "":
		why = follows(l.row, c.prev)
	}
	if why != "" {
		return fmt.Errorf("%w: %s", ErrTrail, why)
	}
	c.seq, c.prev = l.Seq, l.row.Hash
	return c.key.checkAlone(l.row)
}

// Ends compares the last event that was looked at with the head up to which it was to be.
func (c *Chain) Ends(h Head) error {
	switch {
	case c.seq < h.Seq:
		return fmt.Errorf("%w: event %d is missing: the end was cut off", ErrTrail, c.seq+1)
	case c.prev != "" && c.prev != h.Hash:
		return fmt.Errorf("%w: event %d is not the one that the head names", ErrTrail, c.seq)
	}
	return nil
}

// ErrTrail says that the audit trail is not what airpass has written.
var ErrTrail = errors.New("the audit trail was changed past airpass: run airpass audit verify")

// checkAlone looks at one event by itself: its seal, and its columns.
func (k AuditKey) checkAlone(e db.AuditEvent) error {
	why := k.broken(e)
	if why == "" {
		if _, why = sealedIn(e); why != "" {
			why = fmt.Sprintf("event %d: %s", e.Seq, why)
		}
	}
	if why != "" {
		return fmt.Errorf("%w: %s", ErrTrail, why)
	}
	return nil
}

// sealedIn reads the body of an event and compares it with the columns beside it; the words are
// empty if they agree.
func sealedIn(e db.AuditEvent) (body sealed, why string) {
	dec := json.NewDecoder(bytes.NewReader([]byte(e.Body)))
	if err := dec.Decode(&body); err != nil {
		return body, "its body cannot be read"
	}
	if body.Format != auditFormat || body.Seq != e.Seq || body.At != e.At.UTC().Format(timeLayout) || !e.At.Equal(moment(e.At)) || string(body.Kind) != e.Kind || body.Actor.ID != e.ActorID ||
		body.Request != e.RequestID || body.Grant != e.GrantID || body.Key != e.KeyID {
		return body, "a column differs from what was sealed"
	}
	return body, ""
}

// checkBody compares an event that is sealed rightly with what is stored beside it.
func checkBody(e db.AuditEvent, values []db.AuditPersonal, result *VerifyResult) string {
	body, why := sealedIn(e)
	if why != "" {
		return why
	}
	for _, v := range values {
		salt, err := hex.DecodeString(v.Salt)
		if err != nil || hex.EncodeToString(salt) != v.Salt || v.Seq != e.Seq || body.Personal[v.Field] != digest(salt, v.Field, v.Value) {
			return fmt.Sprintf("the personal value %q is not what was sealed", v.Field)
		}
		if !body.keptFor(v.Field, v.Person) {
			return fmt.Sprintf("the personal value %q is not of whom it was sealed: person differs", v.Field)
		}
	}
	result.Erased += int64(len(body.Personal) - len(values))
	if body.Kind == "personal.erased" {
		n, err := strconv.ParseInt(body.Facts["values"], 10, 64)
		if err != nil {
			return "it says not how many values were erased"
		}
		result.Recorded += n
	}
	return ""
}

// checkEnd compares the last event with the stored head and with the anchor.
func (s *Store) checkEnd(ctx context.Context, w *walk) (VerifyResult, error) {
	r := *w.result
	if w.newest != nil && r.Events < w.newest.Seq {
		r.Unmet = w.newest
		return r.bad(r.Events+1, fmt.Sprintf("the trail ends with event %d, but the anchor was signed over event %d: the end was cut off", r.Events, w.newest.Seq)), nil
	}
	if r.Events < r.Head.Seq {
		return r.bad(r.Events+1, fmt.Sprintf("the trail ends with event %d, but its head says %d: the end was cut off", r.Events, r.Head.Seq)), nil
	}
	if err := s.countAgain(ctx, r.Events); err != nil {
		return r.odd(err)
	}
	now, err := s.Head(ctx) // events may have been added meanwhile
	if err != nil {
		return r.odd(err)
	}
	if r.Events == now.Seq {
		r.Head = now
		if now.Hash != w.prev {
			return r.bad(r.Events, "the head is not the hash of the last event"), nil
		}
	} else if now.Seq < r.Events {
		return r.bad(now.Seq+1, "the trail goes on after its head: an event was inserted"), nil
	}
	return r, nil
}

// countAgain finds what reading in the order of the numbers cannot: an event that is there twice
// around the end of a page, and personal values beyond the head. The head is read with them, as
// events may be added meanwhile.
func (s *Store) countAgain(ctx context.Context, events int64) error {
	var n, left int64
	err := s.look.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM audit_events WHERE seq <= $1), (SELECT COUNT(*) FROM audit_personal WHERE seq > (SELECT seq FROM audit_head))`, events).Scan(&n, &left)
	switch {
	case err != nil:
		return fmt.Errorf("count the audit trail: %w", err)
	case n != events:
		return &oddRow{0, fmt.Sprintf("up to event %d there are %d rows: one is there twice", events, n)}
	case left > 0:
		return &oddRow{events + 1, "personal values without an event were inserted"}
	}
	return nil
}
