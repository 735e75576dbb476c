package socket

import (
	"context"
	"sync"
	"time"

	"airpass/handlers"
)

// maxConnections is how many connections an app may have in all.
// See https://docs.slack.dev/apis/events-api/using-socket-mode.
const maxConnections = 10

// Resize sets how many connections are kept open, 0 to 10. It returns at once; one
// that is too many is closed at a quiet moment. What Slack sends over it in that very
// moment is lost, as with any connection that breaks: Slack has no way to be told
// beforehand.
func (l *Listener) Resize(n int) {
	l.want.Store(int64(min(max(n, 0), maxConnections)))
	l.look()
}

// Renew has one connection replaced, which makes Slack say how many there are.
func (l *Listener) Renew() {
	l.renew.Store(true)
	l.look()
}

// Wanted is how many connections are to be kept open.
func (l *Listener) Wanted() int { return int(l.want.Load()) }

// Open is how many take deliveries now.
func (l *Listener) Open() int { return int(l.up.Load()) }

func (l *Listener) look() {
	select {
	case l.changed <- struct{}{}:
	default: // it will look anyway
	}
}

// kept is one connection that is kept open until it is cut.
type kept struct {
	cut  context.CancelFunc
	done chan struct{}
}

// hold keeps as many connections as are wanted until ctx is done. They live until
// lines is, and are counted by all.
func (l *Listener) hold(ctx, lines context.Context, all *sync.WaitGroup) {
	var open []kept
	shut := func() {
		last := open[len(open)-1]
		open = open[:len(open)-1]
		l.settle(ctx, lull, lullTime)
		if ctx.Err() == nil { // else it is closed with all the others
			last.cut()
			<-last.done
		}
	}
	for n := 0; ctx.Err() == nil; {
		if l.renew.Swap(false) && len(open) > 0 && len(open) == l.Wanted() {
			shut()
		}
		for len(open) > l.Wanted() {
			shut()
		}
		for len(open) < l.Wanted() {
			line, cut := context.WithCancel(lines)
			k, number := kept{cut: cut, done: make(chan struct{})}, n
			all.Go(func() { defer close(k.done); defer cut(); l.keep(line, number) })
			open = append(open, k)
			n++
		}
		select {
		case <-ctx.Done():
			return
		case <-l.changed:
		}
	}
}

// How long nothing has to arrive before a connection is closed that need not be closed
// now, so that nobody is in the middle of something; and how long that is waited for.
const (
	lull     = time.Second
	lullTime = 15 * time.Second
)

// written is how long an acknowledgement takes from being handed over to being written:
// another goroutine does it, which says nothing when it has.
const written = 100 * time.Millisecond

// settle waits until what has arrived is acknowledged and nothing has arrived for a
// while, but not for longer than limit, nor once ctx is done.
func (l *Listener) settle(ctx context.Context, quiet, limit time.Duration) {
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		before := l.arrived.Load()
		l.drain(handlers.AckTime)
		pause := time.NewTimer(quiet)
		select {
		case <-pause.C:
			if l.arrived.Load() == before {
				return
			}
		case <-ctx.Done():
			pause.Stop()
			return
		case <-late.C:
			pause.Stop()
			return
		}
	}
}
