package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"
)

// socketState is the Socket Mode side of the workspace.
// See https://docs.slack.dev/apis/events-api/using-socket-mode.
type socketState struct {
	tickets map[string]time.Time // one connection each
	open    []*socket
	opened  int // connections ever opened
	next    int // round robin
	refused bool
	waiting map[string]chan ack // by envelope id
}

func (s *socketState) init() {
	s.tickets, s.waiting = map[string]time.Time{}, map[string]chan ack{}
}

// socket is one connection.
type socket struct {
	number int
	conn   *websocket.Conn
	since  time.Time
	// leaving is set once Slack has asked for another connection; nothing more is
	// sent over this one.
	leaving bool
	// cut is set once Slack has closed the connection or is about to.
	cut  bool
	gone chan struct{}
}

type ack struct {
	payload json.RawMessage
	at      time.Time
}

// Connection describes an open Socket Mode connection.
type Connection struct {
	Number  int       `json:"number"` // 1 is the first connection ever
	Since   time.Time `json:"since"`  // wall clock
	Leaving bool      `json:"leaving,omitempty"`
}

const ticketTTL = 30 * time.Second

func (c *call) openConnection() (map[string]any, *apiError) {
	w := c.w
	if w.urls.set() {
		return nil, &apiError{code: "socket_mode_not_enabled"}
	}
	now := time.Now()
	for t, made := range w.sockets.tickets {
		if now.Sub(made) > ticketTTL {
			delete(w.sockets.tickets, t)
		}
	}
	ticket := newEnvelopeID()
	w.sockets.tickets[ticket] = now
	base := w.baseURL
	if len(base) > 4 && base[:4] == "http" {
		base = "ws" + base[4:]
	}
	return map[string]any{"url": base + "/link/?ticket=" + ticket + "&app_id=" + w.opts.App.ID}, nil
}

// serveSocket is the WebSocket endpoint.
func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	made, ok := w.sockets.tickets[ticket]
	delete(w.sockets.tickets, ticket)
	refused := w.sockets.refused
	w.mu.Unlock()
	switch {
	case refused:
		http.Error(rw, "no connections now", http.StatusServiceUnavailable)
		return
	case !ok || time.Since(made) > ticketTTL:
		http.Error(rw, "the ticket is used or expired", http.StatusForbidden)
		return
	}
	// The SDK sends Slack's own origin.
	conn, err := websocket.Accept(rw, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	conn.SetReadLimit(1 << 20)
	lifetime := w.opts.ConnectionTime
	if r.URL.Query().Get("debug_reconnects") == "true" {
		lifetime = min(lifetime, 360*time.Second)
	}
	w.connection(r.Context(), conn, lifetime)
}

func (w *Workspace) connection(ctx context.Context, conn *websocket.Conn, lifetime time.Duration) {
	defer func() { _ = conn.CloseNow() }()
	s := &socket{conn: conn, since: time.Now(), leaving: true, gone: make(chan struct{})}
	defer close(s.gone)
	count := w.admit(s)
	if count == 0 {
		_ = w.write(ctx, conn, w.disconnectMessage("too_many_websockets"))
		_ = conn.Close(websocket.StatusNormalClosure, "")
		return
	}
	defer w.forget(s)
	hello := map[string]any{
		"type": "hello", "num_connections": count, "connection_info": map[string]any{"app_id": w.opts.App.ID},
		"debug_info": map[string]any{
			"host": fmt.Sprintf("applink-sandbox-%d", s.number), "build_number": 1, "approximate_connection_time": int(lifetime.Seconds()),
		},
	}
	if w.write(ctx, conn, hello) != nil {
		return
	}
	w.mu.Lock()
	s.leaving = s.cut // unless it was cut meanwhile, it takes payloads from now on
	w.announce(Change{Kind: "connection", ID: fmt.Sprint(s.number)})
	w.mu.Unlock()
	go w.keepAlive(ctx, s, lifetime)
	w.readAcks(ctx, s)
}

// admit counts a connection in and returns how many there are now, or 0 when there
// are too many.
func (w *Workspace) admit(s *socket) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.sockets.open) >= maxConnections {
		return 0
	}
	w.sockets.opened++
	s.number = w.sockets.opened
	w.sockets.open = append(slices.Clone(w.sockets.open), s)
	return len(w.sockets.open)
}

func (w *Workspace) forget(s *socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sockets.open = slices.DeleteFunc(slices.Clone(w.sockets.open), func(o *socket) bool { return o == s })
	w.announce(Change{Kind: "connection", ID: fmt.Sprint(s.number)})
}

// keepAlive pings, and asks for a new connection when this one is old.
func (w *Workspace) keepAlive(ctx context.Context, s *socket, lifetime time.Duration) {
	ping := time.NewTicker(w.opts.PingEvery)
	defer ping.Stop()
	old := time.NewTimer(lifetime)
	defer old.Stop()
	for {
		select {
		case <-ping.C:
			pong, cancel := context.WithTimeout(ctx, 2*w.opts.PingEvery)
			err := s.conn.Ping(pong)
			cancel()
			if err != nil {
				_ = s.conn.CloseNow()
				return
			}
		case <-old.C:
			w.leave(s, "refresh_requested")
			return
		case <-s.gone:
			return
		case <-w.done:
			_ = s.conn.CloseNow()
			return
		}
	}
}

func (w *Workspace) readAcks(ctx context.Context, s *socket) {
	for {
		_, raw, err := s.conn.Read(ctx)
		if err != nil {
			return
		}
		var response struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(raw, &response) != nil {
			continue
		}
		w.acknowledged(response.EnvelopeID, response.Payload, len(raw))
	}
}

// acknowledged takes a response. One of 20 KB or more is dropped without a word,
// as Slack does.
func (w *Workspace) acknowledged(id string, payload json.RawMessage, size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.byEnvelope[id]
	defer func() { w.announce(Change{Kind: "delivery", ID: id}) }()
	if size >= maxAck {
		w.stats.DroppedAcks++
		if d != nil {
			d.Dropped = size
		}
		return
	}
	if d == nil {
		return
	}
	d.Acks++
	if d.Settled && d.Latency == 0 && !d.Acked {
		d.Late, d.Latency = true, time.Since(d.begin)
		w.stats.LateAcks++
	}
	if waiting, ok := w.sockets.waiting[id]; ok {
		select {
		case waiting <- ack{payload: payload, at: time.Now()}:
		default: // a second acknowledgement of the same envelope
		}
	}
}

// sendSocket sends an envelope over one of the connections in turn and waits.
func (w *Workspace) sendSocket(ctx context.Context, d *Delivery, o outgoing, mis Misdelivery) {
	envelope := map[string]any{
		"envelope_id": d.ID, "type": o.kind, "accepts_response_payload": o.response, "payload": d.Payload,
	}
	if o.kind == "events_api" {
		envelope["retry_attempt"], envelope["retry_reason"] = o.retry, o.reason
	}
	answered := make(chan ack, 1)
	w.mu.Lock()
	w.sockets.waiting[d.ID] = answered
	targets := w.pick(1 + mis.Copies)
	for _, s := range targets {
		d.Connections = append(d.Connections, s.number)
	}
	d.Sent, d.begin = w.clock.Now(), time.Now()
	begin := d.begin
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		if w.sockets.waiting[d.ID] == answered {
			delete(w.sockets.waiting, d.ID)
		}
		w.mu.Unlock()
	}()
	if len(targets) == 0 {
		w.settle(d, false, dispatchFailed)
		return
	}
	for _, s := range targets {
		_ = w.write(ctx, s.conn, envelope) // a dead connection: nobody acknowledges
	}
	w.awaitAck(ctx, d, answered, begin, mis.LoseAck)
}

func (w *Workspace) awaitAck(ctx context.Context, d *Delivery, answered chan ack, begin time.Time, lose bool) {
	giveUp := time.NewTimer(w.opts.AckTimeout - time.Since(begin))
	defer giveUp.Stop()
	for {
		select {
		case a := <-answered:
			if lose {
				continue
			}
			w.mu.Lock()
			d.Latency, d.Answer = a.at.Sub(begin), a.payload
			w.mu.Unlock()
			w.settle(d, true, "")
			return
		case <-giveUp.C:
			w.settle(d, false, timedOut)
			return
		case <-ctx.Done():
			w.settle(d, false, "abandoned")
			return
		case <-w.done:
			w.settle(d, false, "abandoned")
			return
		}
	}
}

// pick chooses n connections in turn; the same one again when there are fewer.
// The caller holds the lock.
func (w *Workspace) pick(n int) []*socket {
	var ready []*socket
	for _, s := range w.sockets.open {
		if !s.leaving {
			ready = append(ready, s)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	out := make([]*socket, n)
	for i := range out {
		w.sockets.next++
		out[i] = ready[w.sockets.next%len(ready)]
	}
	return out
}

func (w *Workspace) write(ctx context.Context, conn *websocket.Conn, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, raw)
}

func (w *Workspace) disconnectMessage(reason string) map[string]any {
	return map[string]any{
		"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-sandbox"},
		"connection_info": map[string]any{"app_id": w.opts.App.ID},
	}
}

// leave asks the client of one connection to open another, and closes this one.
func (w *Workspace) leave(s *socket, reason string) {
	w.mu.Lock()
	s.leaving, s.cut = true, true
	w.announce(Change{Kind: "connection", ID: fmt.Sprint(s.number)})
	w.mu.Unlock()
	_ = w.write(context.Background(), s.conn, w.disconnectMessage(reason))
	if reason == "warning" { // about ten seconds ahead of the end
		go func() {
			select {
			case <-time.After(10 * time.Second):
				_ = s.conn.CloseNow()
			case <-s.gone:
			case <-w.done:
			}
		}()
		return
	}
	go func() { _ = s.conn.Close(websocket.StatusNormalClosure, "") }()
}

// Connections returns the open Socket Mode connections.
func (w *Workspace) Connections() []Connection {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Connection{}
	for _, s := range w.sockets.open {
		out = append(out, Connection{Number: s.number, Since: s.since, Leaving: s.leaving})
	}
	return out
}

// WaitConnected waits until n Socket Mode connections are ready to take payloads.
func (w *Workspace) WaitConnected(ctx context.Context, n int) error {
	return w.WaitFor(ctx, func() bool {
		ready := 0
		for _, c := range w.Connections() {
			if !c.Leaving {
				ready++
			}
		}
		return ready >= n
	})
}

// Disconnect sends a disconnect message over every connection, with Slack's reason
// "warning", "refresh_requested" or "link_disabled", and closes them: at once, or
// about ten seconds after a warning.
func (w *Workspace) Disconnect(reason string) {
	w.mu.Lock()
	all := slices.Clone(w.sockets.open)
	w.mu.Unlock()
	for _, s := range all {
		w.leave(s, reason)
	}
}

// DropConnections cuts every connection without a word.
func (w *Workspace) DropConnections() {
	w.mu.Lock()
	all := slices.Clone(w.sockets.open)
	for _, s := range all {
		s.leaving, s.cut = true, true
		w.announce(Change{Kind: "connection", ID: fmt.Sprint(s.number)})
	}
	w.mu.Unlock()
	for _, s := range all {
		_ = s.conn.CloseNow()
	}
}

// RefuseConnections makes the WebSocket endpoint answer 503, or take connections
// again. Those already open stay.
func (w *Workspace) RefuseConnections(refuse bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sockets.refused = refuse
	w.announce(Change{Kind: "connection"})
}
