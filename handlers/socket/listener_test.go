package socket_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/handlers"
	"airpass/handlers/socket"
	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
)

const bob = "U0BOB"

// line is a workspace and a listener connected to it.
type line struct {
	t *testing.T
	*workspace.Workspace
	*socket.Listener
	stop     func()
	recorded atomic.Int64
	record   func(ctx context.Context) // runs inside Record; nil is nothing
	afters   atomic.Int64
	view     func(ctx context.Context)
}

func connect(t *testing.T, change func(*line, *socket.Options)) *line {
	t.Helper()
	w := workspace.New(workspace.Options{Rate: -1, PingEvery: time.Second})
	server := httptest.NewServer(w.Handler())
	w.SetBaseURL(server.URL)
	w.AddUser(workspace.User{ID: bob, Name: "bob"})
	l := &line{t: t, Workspace: w}
	o := socket.Options{AppToken: w.AppToken(), APIURL: w.APIURL(), Patience: 20 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if change != nil {
		change(l, &o)
	}
	o.Router = handlers.NewRouter(handlers.Options{Team: w.TeamID(), Command: func() string { return "/airflow" }, Record: l.store, Views: l,
		Targets: func() []access.Target {
			return []access.Target{{ID: "prod/Viewer", Role: access.Viewer, MaxDuration: time.Hour, Environment: access.Environment{Key: "prod"}}}
		},
		Tell: func(context.Context, string, string, string) error { return nil }})
	l.Listener = socket.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx) }()
	l.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(func() { l.stop(); w.Close(); server.Close() })
	return l
}

func (l *line) store(ctx context.Context, _ access.Attempt) (bool, error) {
	if l.record != nil {
		l.record(ctx)
	}
	l.recorded.Add(1)
	return true, nil
}

func (l *line) OpenView(ctx context.Context, _ string, _ slack.ModalViewRequest) (id, hash string, err error) {
	if l.view != nil {
		l.view(ctx)
	}
	l.afters.Add(1)
	return "V0", "1.a", nil
}

func (l *line) UpdateView(context.Context, string, string, slack.ModalViewRequest) (string, error) {
	return "1.b", nil
}

func (l *line) ctx() context.Context {
	ctx, cancel := context.WithTimeout(l.t.Context(), 15*time.Second)
	l.t.Cleanup(cancel)
	return ctx
}

func (l *line) click() (workspace.Delivery, error) {
	payload, _ := json.Marshal(map[string]any{"type": "block_actions", "team": map[string]any{"id": l.TeamID()}, "user": map[string]any{"id": bob},
		"actions": []any{map[string]any{"action_id": "request.approve", "value": "01R"}}})
	return l.DeliverRaw(l.ctx(), "interactive", "", payload)
}

func (l *line) connected() bool { return l.Ready() == nil }

func refused(l *line) bool { return errors.Is(l.Ready(), socket.ErrRefused) }

// until waits for what is not announced.
func (l *line) until(what string, done func() bool) {
	l.t.Helper()
	ctx := l.ctx()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			l.t.Fatalf("never: %s", what)
		}
	}
}

func TestConnectionsComeBackAfterEveryKindOfLoss(t *testing.T) {
	t.Parallel()
	l := connect(t, func(_ *line, o *socket.Options) { o.Connections = 3 })
	for _, lose := range []func(){
		func() { l.DropConnections() },
		func() { l.Disconnect("refresh_requested") },
	} {
		if err := l.WaitConnected(l.ctx(), 3); err != nil {
			t.Fatal(err)
		}
		l.until("connected", l.connected)
		if d, err := l.click(); err != nil || !d.Acked {
			t.Fatalf("%+v %v", d, err)
		}
		lose()
	}
}

func TestReadinessFollowsTheConnections(t *testing.T) {
	t.Parallel()
	l := connect(t, func(_ *line, o *socket.Options) { o.Connections = 1 })
	l.until("connected", l.connected)
	l.RefuseConnections(true)
	l.DropConnections()
	l.until("not connected", func() bool { return !l.connected() })
	l.RefuseConnections(false)
	l.until("connected again", l.connected)
}

func TestARefusedTokenIsAStateAndNotTheEnd(t *testing.T) {
	t.Parallel()
	l := connect(t, func(l *line, o *socket.Options) { o.AppToken = "xapp-1-wrong" })
	l.until("refused", func() bool { return refused(l) && strings.Contains(l.Ready().Error(), "invalid_auth") })
	if l.connected() {
		t.Error("connected with a wrong token")
	}
	l.stop()

	again := connect(t, nil)
	again.until("connected", again.connected)
}

func TestATokenMendedMeanwhileConnects(t *testing.T) {
	t.Parallel()
	l := connect(t, func(l *line, _ *socket.Options) {
		l.Faults().Add(control.Fault{Op: "apps.connections.open", Answer: "slack:invalid_auth"})
	})
	l.until("refused", func() bool { return refused(l) })
	l.Faults().Clear()
	l.until("connected", l.connected)
}

func TestShutdownFinishesWhatHasArrived(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	l := connect(t, func(l *line, _ *socket.Options) {
		l.record = func(context.Context) { close(arrived); <-release }
	})
	if err := l.WaitConnected(l.ctx(), 2); err != nil {
		t.Fatal(err)
	}
	answered := make(chan workspace.Delivery, 1)
	go func() { d, _ := l.click(); answered <- d }()
	<-arrived
	stopped := make(chan struct{})
	go func() { l.stop(); close(stopped) }()
	close(release)
	if d := <-answered; !d.Acked {
		t.Errorf("not acknowledged: %+v", d)
	}
	<-stopped
	if l.recorded.Load() != 1 {
		t.Error("not stored")
	}
}

func TestShutdownWaitsForWhatFollows(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	l := connect(t, func(l *line, _ *socket.Options) {
		l.view = func(context.Context) { close(begun); <-release }
	})
	if err := l.WaitConnected(l.ctx(), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := l.As(bob).Slash(l.ctx(), "/airflow", "", ""); err != nil {
		t.Fatal(err)
	}
	<-begun
	stopped := make(chan struct{})
	go func() { l.stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Error("stopped while a form was being opened")
	case <-time.After(300 * time.Millisecond):
	}
	close(release)
	<-stopped
	if l.afters.Load() != 1 {
		t.Error("the form was not opened")
	}
}

func TestAWorkspaceThatHangsAfterwardsDoesNotDelayAcknowledgements(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	l := connect(t, func(l *line, o *socket.Options) {
		o.Afterwards = 2
		l.view = func(context.Context) { <-release }
	})
	defer close(release)
	if err := l.WaitConnected(l.ctx(), 2); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		r, err := l.As(bob).Slash(l.ctx(), "/airflow", "", "")
		if err != nil || r.Delivery.Latency > time.Second {
			t.Fatalf("%+v %v", r, err)
		}
	}
}
