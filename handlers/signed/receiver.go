package signed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"airpass/handlers"
)

// Options is what a Receiver needs.
type Options struct {
	// Secret is the app's signing secret as it is now: it may change between requests.
	Secret func() string
	Listen string // "127.0.0.1:3000"; port 0 is any that is free
	Path   string // of every request URL of the app: "/slack"
	Router *handlers.Router
	// Concurrent bounds the deliveries handled at once (0: 256), and Afterwards what is
	// done afterwards at once (0: 32).
	Concurrent, Afterwards int
	// Count is told what came and what became of it before the router had it; nil is
	// nobody.
	Count func(what, outcome string)
	Now   func() time.Time // domain time, for when deliveries were received; nil is time.Now
	Log   *slog.Logger
}

// What the server waits for, wall time. Slack has the answer within 3 seconds or has
// given up; who is slower than that is not Slack. An idle connection is kept for longer
// than proxies keep theirs, so that none sends a request into one that is being closed.
const (
	headTime  = 3 * time.Second
	readTime  = 5 * time.Second // head and body
	writeTime = 15 * time.Second
	idleTime  = 2 * time.Minute
	drainTime = 6 * time.Second // for requests under way when the server stops
	maxHead   = 32 << 10
)

// Receiver is the server to which Slack posts. Use Listen.
type Receiver struct {
	o        Options
	listener net.Listener
	server   *http.Server
	serving  atomic.Bool
	broken   atomic.Pointer[error]
	slots    chan struct{}
	after    *handlers.Afterwards
	unsigned rate.Sometimes // what is logged of requests that are refused
}

// Listen returns a Receiver that holds its address; it answers from Run on. The error
// says why the address cannot be had.
func Listen(ctx context.Context, o Options) (*Receiver, error) {
	if o.Concurrent <= 0 {
		o.Concurrent = 256
	}
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	r := &Receiver{o: o, listener: l, slots: make(chan struct{}, o.Concurrent), after: handlers.NewAfterwards(o.Afterwards, o.Log),
		unsigned: rate.Sometimes{First: 3, Interval: 10 * time.Second}}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: headTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHead, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)}
	return r, nil
}

// Addr is where it listens: "127.0.0.1:3000".
func (r *Receiver) Addr() string { return r.listener.Addr().String() }

// URL is where it takes requests, seen from this machine.
func (r *Receiver) URL() string { return "http://" + r.Addr() + r.o.Path }

// ErrNotListening is what Ready says when no request can be taken.
var ErrNotListening = errors.New("not listening for Slack's requests")

// Ready says why no delivery can arrive; nil while requests are taken. Whether Slack
// finds the way here nobody can say from here.
func (r *Receiver) Ready() error {
	switch why := r.broken.Load(); {
	case why != nil:
		return fmt.Errorf("%w: %w", ErrNotListening, *why)
	case !r.serving.Load():
		return ErrNotListening
	}
	return nil
}

// Run answers until ctx is done. Then requests under way are still answered, and what
// follows them finished, before Run returns nil. Otherwise it returns why the address
// was lost.
func (r *Receiver) Run(ctx context.Context) error {
	lost := make(chan error, 1)
	r.serving.Store(true)
	go func() { lost <- r.server.Serve(r.listener) }()
	r.o.Log.Info("listening for Slack's requests", "at", r.Addr(), "path", r.o.Path)
	var err error
	select {
	case <-ctx.Done():
	case err = <-lost:
		r.broken.Store(&err)
		r.o.Log.Error("Slack's requests are not taken any more", "error", err)
	}
	r.serving.Store(false)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if r.server.Shutdown(end) != nil {
		_ = r.server.Close() // who still sends its body is not Slack
	}
	for range cap(r.slots) { // until nothing is handled, and nothing begins
		r.slots <- struct{}{}
	}
	r.after.Wait()
	return err
}

// Close gives the address back, of a Receiver that does not run.
func (r *Receiver) Close() error {
	if err := r.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// ServeHTTP takes one request. A replay is answered as the first was and does nothing:
// the router knows it by its id.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	received := r.o.Now()
	q, refused := r.verified(w, in)
	if refused != nil {
		r.refuse(w, in, refused)
		return
	}
	c, err := q.decode()
	switch {
	case err != nil:
		r.refuse(w, in, &refusal{http.StatusBadRequest, err})
		return
	case c.kind == "":
		r.o.Count(whatRequest, outcomeAnswered)
		r.write(w, q.id(), question(c))
		return
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-time.After(handlers.AckTime):
		r.refuse(w, in, &refusal{http.StatusServiceUnavailable, errBusy})
		return
	}
	r.deliver(w, in, handlers.Delivery{ID: q.id(), Kind: c.kind, Payload: c.payload, ReceivedAt: received})
}

var errBusy = errors.New("too many deliveries at once")

// As told to Count.
const (
	whatRequest     = "request"
	outcomeAnswered = "answered"
	outcomeRefused  = "refused"
)

// question is the answer to somebody who asks whether this is the right address.
func question(c content) any {
	if c.challenge == "" {
		return nil
	}
	return map[string]string{"challenge": c.challenge}
}

// deliver has a delivery handled and answers it. What follows begins when the answer is
// on its way.
func (r *Receiver) deliver(w http.ResponseWriter, in *http.Request, d handlers.Delivery) {
	// Slack hanging up must not undo what is being stored.
	ctx := context.WithoutCancel(in.Context())
	ack, err := r.o.Router.Handle(ctx, d)
	if err != nil {
		r.o.Log.Error("a delivery from Slack came to nothing", "kind", d.Kind, "delivery", d.ID, "error", err)
	}
	r.write(w, d.ID, ack.Body)
	r.after.Go(ctx, ack)
}

// write answers with 200 and a body, if there is one, and sends it off.
func (r *Receiver) write(w http.ResponseWriter, delivery string, body any) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			r.o.Log.Error("an answer cannot be sent as it is", "delivery", delivery, "error", err)
			text = nil // an empty one is better than none
		}
	}
	if len(text) > 0 {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(text)
	if err = errors.Join(err, http.NewResponseController(w).Flush()); err != nil {
		r.o.Log.Warn("a delivery could not be answered in time", "delivery", delivery, "error", err)
	}
}

// refuse answers what is not taken. The log says why, but not each time: anybody can
// make as many such requests as they like.
func (r *Receiver) refuse(w http.ResponseWriter, in *http.Request, refused *refusal) {
	r.o.Count(whatRequest, outcomeRefused)
	r.unsigned.Do(func() {
		r.o.Log.Warn("a request was refused; the next ones like it are not all told", "status", refused.status, "why", refused.why, "from", in.RemoteAddr)
	})
	if refused.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.Header().Set("Connection", "close") // its body may still be coming
	http.Error(w, http.StatusText(refused.status), refused.status)
}
