package workspace

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/slack-go/slack"
)

func TestAnOldConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.ConnectionTime = 200 * time.Millisecond })
	ctx := tw.ctx()
	e, err := dialSocket(t, tw).envelope(ctx)
	if err != nil || e.Type != "disconnect" || e.Reason != "refresh_requested" {
		t.Fatalf("the client is asked before it is cut: %+v %v", e, err)
	}
	tw.start(agree) // the SDK's client comes again each time
	err = tw.WaitFor(ctx, func() bool {
		c := tw.Connections()
		return len(c) > 0 && c[len(c)-1].Number >= 4
	})
	if err != nil {
		t.Fatalf("the client was not asked to come again: %v", err)
	}
}

func TestAWarningComesBeforeTheEnd(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	s := dialSocket(t, tw)
	ctx := tw.ctx()
	leaving := make(chan error, 1)
	go func() {
		leaving <- tw.WaitFor(ctx, func() bool { c := tw.Connections(); return len(c) == 1 && c[0].Leaving })
	}()
	tw.Disconnect("warning")
	e, err := s.envelope(ctx)
	if err != nil || e.Type != "disconnect" || e.Reason != "warning" {
		t.Fatalf("%+v %v", e, err)
	}
	if err := <-leaving; err != nil {
		t.Errorf("whoever waits for the connection to be left is not woken: %v", err)
	}
	if len(tw.Connections()) != 1 {
		t.Error("the connection did not stay open after the warning")
	}
	tw.run(agree) // a second connection takes over
	r, err := tw.As(anna).Slash(ctx, "/airflow", "", "")
	if err != nil || len(r.Delivery.Connections) != 1 || r.Delivery.Connections[0] != 2 {
		t.Errorf("a payload went over a connection that is being left: %+v %v", r, err)
	}
}

func TestSlackPings(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.PingEvery = 20 * time.Millisecond })
	api := slack.New(tw.BotToken(), slack.OptionAPIURL(tw.APIURL()), slack.OptionAppLevelToken(tw.AppToken()))
	ctx := tw.ctx()
	_, url, err := api.StartSocketModeContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var pings atomic.Int32
	enough := make(chan struct{})
	answers := atomic.Bool{}
	answers.Store(true)
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{OnPingReceived: func(context.Context, []byte) bool {
		if pings.Add(1) == 3 {
			answers.Store(false)
			close(enough)
		}
		return answers.Load()
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	go func() {
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	}()
	select {
	case <-enough:
	case <-ctx.Done():
		t.Fatalf("%d pings", pings.Load())
	}
	// From the third ping on there is no pong: Slack takes the client for dead.
	if err := tw.WaitFor(ctx, func() bool { return len(tw.Connections()) == 0 }); err != nil {
		t.Errorf("a connection without pongs stays: %v", err)
	}
}
