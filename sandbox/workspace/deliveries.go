package workspace

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"airpass/sandbox/control"
)

// What became of a delivery when no acknowledgement came in time, in the words
// that Slack shows or records.
const (
	timedOut       = "operation_timeout"
	dispatchFailed = "dispatch_failed"
)

// Delivery is one payload sent to the app and what came back. A redelivery of an
// event is a Delivery of its own.
type Delivery struct {
	ID   string `json:"id"`   // envelope id in Socket Mode
	Kind string `json:"kind"` // slash_commands, interactive or events_api
	// Type is the payload's own type: block_actions, view_submission, the command,
	// or the event's type.
	Type string    `json:"type"`
	User string    `json:"user,omitempty"`
	Via  string    `json:"via"` // "socket" or "http"
	Sent time.Time `json:"sent"`
	// Connections are the numbers of the connections it was sent over, one for each
	// copy.
	Connections []int `json:"connections,omitempty"`
	// Retry is 0 for the first delivery of an event.
	Retry   int  `json:"retry,omitempty"`
	Settled bool `json:"settled"` // the outcome is known
	// Ended is when the outcome became known (sandbox clock); a redelivery is due
	// so much later.
	Ended time.Time `json:"ended,omitzero"`
	Acked bool      `json:"acked"` // in time
	// Latency is the wall time from sending to acknowledgement, also when it came
	// too late.
	Latency time.Duration `json:"latency_ns,omitempty"`
	// Late is true when the acknowledgement came after Slack had given up.
	Late bool `json:"late,omitempty"`
	// Dropped is the size of a response that Socket Mode dropped for its size.
	Dropped int `json:"dropped_bytes,omitempty"`
	// Acks counts the acknowledgements received; two for one envelope is harmless.
	Acks int `json:"acks"`
	// Error is why it failed: operation_timeout, dispatch_failed, http_status_500, …
	Error   string          `json:"error,omitempty"`
	Payload json.RawMessage `json:"payload"`
	Answer  json.RawMessage `json:"answer,omitempty"`

	begin time.Time // wall clock
	stamp string    // under which it was signed; HTTP mode
}

// outgoing is a payload about to be sent.
type outgoing struct {
	id       string // a new one when empty
	kind     string
	typ      string
	user     string
	payload  any
	response bool // the acknowledgement may carry a payload
	retry    int
	reason   string
	stamp    string // signed under this timestamp; empty is now
}

// Misdelivery makes Slack's delivery misbehave.
type Misdelivery struct {
	// Types are the payload types it applies to (block_actions, view_submission, a
	// command, an event type); none is all.
	Types []string `json:"types,omitempty"`
	// Times is how many deliveries it applies to; 0 is until ClearMisdeliveries.
	Times int `json:"times,omitempty"`
	// Copies sends the same envelope this many times more, over other connections
	// where there are any.
	Copies int `json:"copies,omitempty"`
	// Delay is waited before sending (wall time); the trigger id is already ticking.
	Delay control.Duration `json:"delay,omitempty"`
	// LoseAck makes Slack not hear the acknowledgement: the person sees a failure
	// although the app has it.
	LoseAck bool `json:"lose_ack,omitempty"`
}

type misdelivering struct {
	Misdelivery
	left int
}

// Misdeliver switches a misbehaviour of delivery on.
func (w *Workspace) Misdeliver(m Misdelivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := m.Times
	if left == 0 {
		left = -1
	}
	w.misdeliver = append(w.misdeliver, &misdelivering{Misdelivery: m, left: left})
}

// ClearMisdeliveries makes delivery behave again.
func (w *Workspace) ClearMisdeliveries() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.misdeliver = nil
}

func (w *Workspace) takeMisdelivery(typ string) Misdelivery {
	for i, m := range w.misdeliver {
		if len(m.Types) > 0 && !slices.Contains(m.Types, typ) {
			continue
		}
		if m.left > 0 {
			m.left--
			if m.left == 0 {
				w.misdeliver = slices.Delete(slices.Clone(w.misdeliver), i, i+1)
			}
		}
		return m.Misdelivery
	}
	return Misdelivery{}
}

// Deliveries returns what was sent to the app, oldest first (the last 20,000).
func (w *Workspace) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Delivery, 0, len(w.deliveries))
	for _, d := range w.deliveries {
		out = append(out, *d)
	}
	return out
}

const keptDeliveries = 20_000

func (w *Workspace) recordDelivery(d *Delivery) {
	if len(w.deliveries) >= keptDeliveries {
		for _, old := range w.deliveries[:keptDeliveries/2] {
			if w.byEnvelope[old.ID] == old {
				delete(w.byEnvelope, old.ID)
			}
		}
		w.deliveries = slices.Clone(w.deliveries[keptDeliveries/2:])
	}
	w.deliveries = append(w.deliveries, d)
	w.byEnvelope[d.ID] = d
	w.stats.Deliveries++
	w.announce(Change{Kind: "delivery", ID: d.ID, User: d.User})
}

// deliver sends a payload to the app and waits until it is acknowledged or Slack
// gives up. The caller does not hold the lock.
func (w *Workspace) deliver(ctx context.Context, o outgoing) Delivery {
	raw, err := json.Marshal(o.payload)
	if err != nil {
		return Delivery{Kind: o.kind, Type: o.typ, Settled: true, Error: "unencodable: " + err.Error()}
	}
	if o.id == "" {
		o.id = newEnvelopeID()
	}
	w.mu.Lock()
	mis := w.takeMisdelivery(o.typ)
	via := "socket"
	if w.urls.set() {
		via = "http"
	}
	d := &Delivery{ID: o.id, Kind: o.kind, Type: o.typ, User: o.user, Via: via, Retry: o.retry, Payload: raw, Sent: w.clock.Now()}
	w.recordDelivery(d)
	w.mu.Unlock()

	if mis.Delay > 0 {
		select {
		case <-time.After(time.Duration(mis.Delay)):
		case <-ctx.Done():
		case <-w.done:
		}
	}
	if via == "http" {
		w.sendHTTP(ctx, d, o, mis)
	} else {
		w.sendSocket(ctx, d, o, mis)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return *d
}

// settle records how a delivery ended; the first outcome stands.
func (w *Workspace) settle(d *Delivery, acked bool, failure string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d.Settled {
		return
	}
	d.Settled, d.Acked, d.Error, d.Ended = true, acked, failure, w.clock.Now()
	switch failure {
	case "":
	case timedOut:
		w.stats.TimedOut++
	default:
		w.stats.Failed++
	}
	w.announce(Change{Kind: "delivery", ID: d.ID, User: d.User})
}

// DeliverRaw sends any payload as an envelope of the kind given (slash_commands,
// interactive, events_api), and waits for the acknowledgement: forged and replayed
// deliveries. An empty id is a new envelope. In HTTP mode it is signed and posted.
func (w *Workspace) DeliverRaw(ctx context.Context, kind, id string, payload json.RawMessage) (Delivery, error) {
	return w.deliverRaw(ctx, outgoing{id: id, kind: kind, payload: payload}, payload)
}

func (w *Workspace) deliverRaw(ctx context.Context, o outgoing, payload json.RawMessage) (Delivery, error) {
	var head struct {
		Type    string `json:"type"`
		Command string `json:"command"`
		Event   struct {
			Type string `json:"type"`
		} `json:"event"`
	}
	_ = json.Unmarshal(payload, &head) // a forged payload may be anything
	typ := head.Type
	if head.Command != "" {
		typ = head.Command
	}
	if head.Event.Type != "" {
		typ = head.Event.Type
	}
	o.typ, o.response = typ, o.kind != "events_api"
	d := w.deliver(ctx, o)
	return d, d.err()
}

// Replay sends an earlier delivery again exactly as it was, under the same id; in HTTP
// mode to the address of now, with the timestamp and the signature of then.
func (w *Workspace) Replay(ctx context.Context, earlier Delivery) (Delivery, error) {
	return w.deliverRaw(ctx, outgoing{id: earlier.ID, kind: earlier.Kind, payload: earlier.Payload, stamp: earlier.stamp}, earlier.Payload)
}
