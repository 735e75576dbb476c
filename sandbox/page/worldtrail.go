package page

import (
	"context"
	"slices"
	"sync"
	"time"

	"airpass/sandbox/portal"
)

// trail is the end of the audit trail as it has been read so far, for every browser.
type trail struct {
	mu     sync.Mutex
	after  int64
	events []AuditEvent
	first  map[string]time.Time // when each kind of event first occurred
}

type trailState struct {
	// Known: there is a trail to read.
	Known  bool         `json:"known"`
	Events []AuditEvent `json:"events"` // the newest first
	Error  string       `json:"error,omitempty"`
}

// The trail is read in pages, of which the last events are kept.
const (
	trailPage = 200
	trailKept = 60
)

// look reads what has been appended and returns the end of the trail.
func (t *trail) look(ctx context.Context, read func(context.Context, int64, int) ([]AuditEvent, error)) trailState {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := trailState{Known: read != nil}
	for read != nil {
		page, err := read(ctx, t.after, trailPage)
		if err != nil {
			s.Error = err.Error()
			break
		}
		t.take(page)
		if len(page) < trailPage {
			break
		}
	}
	s.Events = slices.Clone(t.events)
	slices.Reverse(s.Events)
	if s.Events == nil {
		s.Events = []AuditEvent{}
	}
	return s
}

func (t *trail) take(page []AuditEvent) {
	if t.first == nil {
		t.first = map[string]time.Time{}
	}
	for _, e := range page {
		t.after = e.Seq
		if t.first[e.Kind].IsZero() {
			t.first[e.Kind] = e.At
		}
	}
	t.events = lastOf(append(t.events, page...), trailKept)
}

// The steps of the guide.
const (
	stepAsk     = "ask"
	stepApprove = "approve"
	stepWatch   = "watch"
	stepFollow  = "follow"
	stepEnd     = "end"
	stepRefused = "refused"
)

// done says which steps of the guide somebody has done: what the trail and the
// vendors tell, and not what was clicked.
func (t *trail) done(s worldState) map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	happened := func(kind string) bool { return !t.first[kind].IsZero() }
	refused := func(r portal.Refusal) bool {
		return r.Code == "no-assignment" && r.At.After(t.first["grant.ended"].Add(-time.Second)) // the portal tells whole seconds
	}
	return map[string]bool{
		stepAsk:     happened("request.created"),
		stepApprove: happened("request.approved"),
		stepWatch:   happened("grant.active"),
		stepFollow:  len(s.Airflow.Sessions) > 0,
		stepEnd:     happened("grant.ended"),
		stepRefused: happened("grant.ended") && slices.ContainsFunc(s.Refusals, refused),
	}
}
