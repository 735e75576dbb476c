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
// that is too many is closed at a moment at which nothing is being handled. What Slack
// sends over it in that very moment is lost, as with any connection that breaks.
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
		l.settle()
		last.cut()
		<-last.done
	}
	for n := 0; ; {
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

// settle waits until what has arrived is acknowledged.
func (l *Listener) settle() {
	l.drain(handlers.AckTime)
	// An acknowledgement that was handed over is written by another goroutine,
	// which says nothing when it has.
	time.Sleep(100 * time.Millisecond) //nolint:forbidigo // there is no signal to wait for
}
