package socket_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"airpass/handlers/socket"
)

func TestConnectionsAreOpenedAndClosedAsWanted(t *testing.T) {
	t.Parallel()
	var told atomic.Int64 // by several connections, in any order
	l := connect(t, func(_ *line, o *socket.Options) { o.Hello = func(n int) { told.Store(max(told.Load(), int64(n))) } })
	for _, n := range []int{2, 4, 1, 3, 0, 2} {
		l.Resize(n)
		l.until("as many as wanted", func() bool { return l.Open() == n && len(l.Connections()) == n })
		if l.Wanted() != n {
			t.Errorf("wanted %d", l.Wanted())
		}
	}
	if n := told.Load(); n != 4 {
		t.Errorf("Slack has said that there are at most %d", n)
	}
	if d, err := l.click(); err != nil || !d.Acked {
		t.Errorf("%+v %v", d, err)
	}
}

func TestARenewedConnectionIsAnotherOne(t *testing.T) {
	t.Parallel()
	l := connect(t, func(_ *line, o *socket.Options) { o.Connections = 1 })
	l.until("connected", func() bool { return len(l.Connections()) == 1 })
	first := l.Connections()[0].Number
	l.Renew()
	l.until("connected anew", func() bool { c := l.Connections(); return len(c) == 1 && c[0].Number > first })
}

func TestShrinkingWaitsForWhatHasArrived(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	release := make(chan struct{})
	l := connect(t, func(l *line, o *socket.Options) {
		o.Connections = 5
		l.record = func(context.Context) { arrived.Add(1); <-release }
	})
	l.until("connected", func() bool { return len(l.Connections()) == 5 && l.Open() == 5 })
	lost := make(chan bool, 20) // over all five in turn
	for range cap(lost) {
		go func() { d, err := l.click(); lost <- err != nil || !d.Acked }()
	}
	l.until("all have arrived", func() bool { return arrived.Load() == int64(cap(lost)) })
	l.Resize(1)
	close(release)
	for range cap(lost) {
		if <-lost {
			t.Error("a click was not acknowledged")
		}
	}
	l.until("one is left", func() bool { return len(l.Connections()) == 1 })
}

// Somebody is in the middle of something when a connection is to be replaced: that
// waits until they pause.
func TestRenewingWaitsForALull(t *testing.T) {
	t.Parallel()
	l := connect(t, func(l *line, _ *socket.Options) {
		l.record = func(ctx context.Context) {
			select {
			case <-time.After(50 * time.Millisecond): // as long as a busy database takes
			case <-ctx.Done():
			}
		}
	})
	l.until("connected", func() bool { return len(l.Connections()) == 2 && l.Open() == 2 })
	newest := l.Connections()[1].Number
	tick := time.NewTicker(60 * time.Millisecond)
	defer tick.Stop()
	const clicks = 30
	lost := make(chan error, clicks)
	for i := range clicks {
		if i%4 == 0 {
			l.Renew()
		}
		<-tick.C
		go func() {
			d, err := l.click()
			if err == nil && !d.Acked {
				err = errors.New(d.Error)
			}
			lost <- err
		}()
	}
	for range clicks {
		if err := <-lost; err != nil {
			t.Errorf("a click was not acknowledged: %v", err)
		}
	}
	l.until("one is new", func() bool { c := l.Connections(); return len(c) == 2 && c[1].Number > newest })
}
