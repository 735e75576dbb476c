package socket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"airpass/handlers"
)

// Options is what a Listener needs.
type Options struct {
	AppToken string // xapp-…, with connections:write
	APIURL   string // ends in "/"; empty is Slack's own
	Router   *handlers.Router
	// Connections is how many are kept open at first, 1 to 10; 0 is 2, so that one can
	// be replaced while the other listens. See Resize.
	Connections int
	// Hello is told, each time that Slack greets a connection, how many connections
	// the app has now in all, ours or not; nil is nobody.
	Hello func(total int)
	// Concurrent bounds the deliveries handled at once (0: 256), and what is done
	// afterwards at once (0: 32).
	Concurrent, Afterwards int
	// Patience is the wait before a connection that Slack refused for good is tried
	// again (0: 30 s). An operator may have mended the token meanwhile.
	Patience time.Duration
	Client   *http.Client     // nil is a client with a time limit
	Now      func() time.Time // domain time, for when deliveries were received; nil is time.Now
	Log      *slog.Logger
}

// longestWait is the longest pause between two tries to connect. The SDK would wait
// up to five minutes, long after Slack is back.
const longestWait = 15 * time.Second

// maxMessage bounds what is read from a connection in one piece.
const maxMessage = 4 << 20

// Listener keeps Socket Mode connections open. Use New.
type Listener struct {
	o       Options
	up      atomic.Int64
	want    atomic.Int64
	renew   atomic.Bool
	changed chan struct{} // want or renew
	refused atomic.Pointer[string]

	arrived  atomic.Int64   // deliveries so far
	handling sync.WaitGroup // deliveries not acknowledged yet
	slots    chan struct{}  // of handling
	after    *handlers.Afterwards
}

// New returns a Listener; nothing happens before Run.
func New(o Options) *Listener {
	if o.Connections <= 0 {
		o.Connections = 2
	}
	if o.Concurrent <= 0 {
		o.Concurrent = 256
	}
	if o.Patience <= 0 {
		o.Patience = 30 * time.Second
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Hello == nil {
		o.Hello = func(int) {}
	}
	l := &Listener{o: o, changed: make(chan struct{}, 1), slots: make(chan struct{}, o.Concurrent), after: handlers.NewAfterwards(o.Afterwards, o.Log)}
	l.Resize(o.Connections)
	return l
}

// What Ready says. The first is followed by Slack's reason ("invalid_auth").
var (
	ErrRefused      = errors.New("Slack refuses the connection")
	ErrNotConnected = errors.New("not connected to Slack")
)

// Ready says why no delivery can arrive; nil while at least one connection is open, or
// while none is wanted.
func (l *Listener) Ready() error {
	switch why := l.refused.Load(); {
	case l.up.Load() > 0, l.Wanted() == 0:
		return nil
	case why != nil:
		return fmt.Errorf("%w: %s", ErrRefused, *why)
	}
	return ErrNotConnected
}

// Run listens until ctx is done. Then what has arrived is still acknowledged, and
// what follows it finished, before Run returns nil. A refused connection is no
// reason to return: it is tried again slowly, and Ready says why.
func (l *Listener) Run(ctx context.Context) error {
	lines, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var connections sync.WaitGroup
	l.hold(ctx, lines, &connections)
	l.settle(context.WithoutCancel(ctx), written, handlers.AckTime)
	cut()
	connections.Wait()
	l.handling.Wait()
	l.after.Wait()
	return nil
}

// Close does nothing: what Run opens it closes.
func (l *Listener) Close() error { return nil }

// drain waits until no delivery is being handled, but not for longer than limit.
func (l *Listener) drain(limit time.Duration) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(limit)
	for len(l.slots) > 0 {
		select {
		case <-tick.C:
		case <-late:
			return
		}
	}
}

// errStartAnew: the SDK's waits have become too long.
var errStartAnew = errors.New("no connection for a while")

// keep holds one connection open until ctx is done. The SDK reconnects by itself
// and gives up only when Slack says that the token is no good.
func (l *Listener) keep(ctx context.Context, n int) {
	for ctx.Err() == nil {
		err := l.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errStartAnew) {
			l.pause(ctx, longestWait)
			continue
		}
		why := "unknown"
		if err != nil {
			why = err.Error()
		}
		l.refused.Store(&why)
		l.o.Log.Error("Slack refuses the Socket Mode connection; trying again", "connection", n, "error", why, "in", l.o.Patience)
		l.pause(ctx, l.o.Patience)
	}
}

func (l *Listener) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// connect runs one SDK client until it gives up or ctx is done.
func (l *Listener) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	options := []slack.Option{slack.OptionAppLevelToken(l.o.AppToken), slack.OptionHTTPClient(l.o.Client)}
	if l.o.APIURL != "" {
		options = append(options, slack.OptionAPIURL(l.o.APIURL))
	}
	client := socketmode.New(slack.New("", options...), socketmode.OptionReadLimit(maxMessage),
		socketmode.OptionLog(quiet{}), socketmode.OptionDialer(dialer()))
	var reading sync.WaitGroup
	reading.Go(func() { l.read(ctx, client, cancel) })
	err := client.RunContext(ctx)
	if cause := context.Cause(ctx); errors.Is(cause, errStartAnew) {
		err = cause
	}
	cancel(nil)
	reading.Wait()
	return err
}

// dialer has a write buffer above the largest acknowledgement: Slack does not put
// one together that comes in several frames.
func dialer() *websocket.Dialer {
	return &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 15 * time.Second, WriteBufferSize: 32 << 10}
}

// quiet throws the SDK's own log away: what matters is in its events.
type quiet struct{}

func (quiet) Output(int, string) error { return nil }

// read takes a client's events until ctx is done, which it brings about itself when
// the client waits too long before it connects again.
func (l *Listener) read(ctx context.Context, client *socketmode.Client, stop context.CancelCauseFunc) {
	up := false
	set := func(now bool) {
		if now != up {
			up = now
			l.up.Add(map[bool]int64{true: 1, false: -1}[now])
		}
	}
	defer set(false)
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-client.Events:
			if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok && failed.Backoff > longestWait {
				stop(errStartAnew)
			}
			l.event(ctx, client, e, set)
		}
	}
}

func (l *Listener) event(ctx context.Context, client *socketmode.Client, e socketmode.Event, set func(up bool)) {
	switch e.Type {
	case socketmode.EventTypeHello:
		set(true)
		l.refused.Store(nil)
		l.o.Log.Info("connected to Slack")
		if e.Request != nil {
			l.o.Hello(e.Request.NumConnections)
		}
	case socketmode.EventTypeConnecting, socketmode.EventTypeInvalidAuth:
		set(false)
	case socketmode.EventTypeConnectionError:
		set(false)
		if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			l.o.Log.Warn("cannot connect to Slack", "attempt", failed.Attempt, "again_in", failed.Backoff, "error", failed.ErrorObj)
		}
	case socketmode.EventTypeErrorBadMessage:
		l.unreadable(ctx, client, e)
	case socketmode.EventTypeErrorWriteFailed:
		l.o.Log.Warn("an acknowledgement could not be written; Slack shows a failure to the person")
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
		l.take(ctx, client, e.Request)
	}
}

// unreadable handles a delivery that the SDK could not decode: the router reads
// less of it and may well understand it.
func (l *Listener) unreadable(ctx context.Context, client *socketmode.Client, e socketmode.Event) {
	bad, ok := e.Data.(*socketmode.ErrorBadMessage)
	if !ok {
		return
	}
	request, err := envelope(bad.Message)
	if err != nil {
		l.o.Log.Warn("Slack sent a message that cannot be decoded", "bytes", len(bad.Message), "error", errors.Join(err, bad.Cause))
		return
	}
	l.take(ctx, client, request)
}

// take handles one delivery beside the others. When too many are under way, the
// reading itself waits.
func (l *Listener) take(ctx context.Context, client *socketmode.Client, request *socketmode.Request) {
	if request == nil || request.EnvelopeID == "" {
		return
	}
	received := l.o.Now()
	l.arrived.Add(1)
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	l.handling.Go(func() {
		ack := l.answer(ctx, client, request, received)
		<-l.slots
		l.after.Go(ctx, ack)
	})
}

// answer has a delivery handled and acknowledges it.
func (l *Listener) answer(ctx context.Context, client *socketmode.Client, request *socketmode.Request, received time.Time) handlers.Ack {
	// A connection that goes away must not undo what is being stored.
	ctx = context.WithoutCancel(ctx)
	ack, err := l.o.Router.Handle(ctx, handlers.Delivery{ID: request.EnvelopeID, Kind: request.Type, Payload: request.Payload, ReceivedAt: received})
	if err != nil {
		l.o.Log.Error("a delivery from Slack came to nothing", "kind", request.Type, "delivery", request.EnvelopeID, "error", err)
	}
	ctx, cancel := context.WithTimeout(ctx, handlers.AckTime)
	defer cancel()
	err = client.AckCtx(ctx, request.EnvelopeID, ack.Body)
	if err != nil && ack.Body != nil && ctx.Err() == nil {
		// Too large or not JSON: an empty one is better than none.
		l.o.Log.Error("an acknowledgement cannot be sent as it is", "kind", request.Type, "delivery", request.EnvelopeID, "error", err)
		err = client.AckCtx(ctx, request.EnvelopeID, nil)
	}
	if err != nil {
		l.o.Log.Warn("a delivery could not be acknowledged in time", "kind", request.Type, "delivery", request.EnvelopeID, "error", err)
	}
	return ack
}
