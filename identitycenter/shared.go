package identitycenter

import (
	"context"
	"fmt"
	"sync"
	"time"

	"airpass/access"
	"airpass/outbound"
)

// shared lets everybody who asks at about the same time use one result, on one
// condition: a result counts only for those who had asked before its work began.
// Who asks while work is under way waits for the next one. From one beginning to the
// next at least tick passes, which is when askers gather. Failures are shared too.
// The work waits for our budget with the highest priority among those who asked
// before it began.
type shared[T any] struct {
	tick time.Duration
	work func(context.Context) (T, error)

	mu    sync.Mutex
	busy  bool       // a goroutine works through the flights
	next  *flight[T] // begins after the one under way; nil while nobody has asked
	began time.Time  // when the newest work began
}

// flight is one piece of work and those who wait for it.
type flight[T any] struct {
	ctx     context.Context //nolint:containedctx // of work that several wait for: ends when nobody waits any more
	cancel  context.CancelFunc
	waiting int // guarded by shared.mu
	done    chan struct{}
	value   T
	err     error
}

func newShared[T any](tick time.Duration, work func(context.Context) (T, error)) *shared[T] {
	return &shared[T]{tick: tick, work: work}
}

// get returns a result whose work began after get was called. If ctx ends before,
// the error wraps access.ErrUnavailable and ctx's error.
func (s *shared[T]) get(ctx context.Context) (T, error) {
	f := s.join(ctx)
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		s.leave(f)
		var none T
		return none, fmt.Errorf("%w: the list was not awaited: %w", access.ErrUnavailable, ctx.Err())
	}
}

func (s *shared[T]) join(ctx context.Context) *flight[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		// The flight is of all who wait for it, so it must not end with its first.
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		s.next = &flight[T]{ctx: own, cancel: cancel, done: make(chan struct{})}
	}
	s.next.waiting++
	if p := outbound.PriorityOf(ctx); p > outbound.PriorityOf(s.next.ctx) { //nolint:contextcheck // the flight's own
		s.next.ctx = outbound.WithPriority(s.next.ctx, p)
	}
	if !s.busy {
		s.busy = true
		go s.fly()
	}
	return s.next
}

func (s *shared[T]) leave(f *flight[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	f.cancel()
	if s.next == f {
		s.next = nil
	}
}

// fly works through the flights until nobody asks.
func (s *shared[T]) fly() {
	for {
		s.mu.Lock()
		pause := s.tick - time.Since(s.began)
		if s.next == nil {
			s.busy = false
			s.mu.Unlock()
			return
		}
		if pause <= 0 {
			f := s.next
			s.next, s.began = nil, time.Now()
			work := f.ctx
			s.mu.Unlock()
			f.value, f.err = s.work(work)
			f.cancel()
			close(f.done)
			continue
		}
		s.mu.Unlock()
		time.Sleep(pause) //nolint:forbidigo // the pause between two calls, in a goroutine of its own
	}
}
