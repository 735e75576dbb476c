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
// condition: a result counts only for those for whom its work began late enough. That
// is after they had asked, and who asks while work is under way waits for the next
// one; or it is after a moment that they name, and then work under way or the newest
// result will do. From one beginning to the next at least tick passes, which is when
// askers gather. Failures are shared too, but only with those who wait. The work waits
// for our budget with the highest priority among those who asked before it began.
type shared[T any] struct {
	tick time.Duration
	now  func() time.Time // the domain clock, by which moments are named
	work func(context.Context) (T, error)

	mu      sync.Mutex
	busy    bool       // a goroutine works through the flights
	next    *flight[T] // begins after the one under way; nil while nobody has asked
	current *flight[T] // under way
	newest  *flight[T] // the last that succeeded; see forget
	began   time.Time  // when the newest work began, wall time
}

// flight is one piece of work and those who wait for it.
type flight[T any] struct {
	began   time.Time       // when its work began, by the domain clock
	ctx     context.Context //nolint:containedctx // of work that several wait for: ends when nobody waits any more
	cancel  context.CancelFunc
	waiting int // guarded by shared.mu
	done    chan struct{}
	value   T
	err     error
}

func newShared[T any](tick time.Duration, now func() time.Time, work func(context.Context) (T, error)) *shared[T] {
	return &shared[T]{tick: tick, now: now, work: work}
}

// get returns a result whose work began after get was called or, unless since is
// zero, after since; and when it began if that was before the call, else zero. If ctx
// ends before, the error wraps access.ErrUnavailable and ctx's error.
func (s *shared[T]) get(ctx context.Context, since time.Time) (value T, began time.Time, err error) {
	f, early := s.join(ctx, since)
	select {
	case <-f.done:
		if early {
			began = f.began
		}
		return f.value, began, f.err
	case <-ctx.Done():
		s.leave(f)
		return value, began, fmt.Errorf("%w: the list was not awaited: %w", access.ErrUnavailable, ctx.Err())
	}
}

// precision is that of stored moments: one that is named may lie this much later.
const precision = time.Millisecond

// serves says whether a flight began after a moment that somebody names.
func (f *flight[T]) serves(since time.Time) bool {
	return f != nil && !since.IsZero() && f.began.After(since.Add(precision))
}

// recent says whether there is a result that began after a moment.
func (s *shared[T]) recent(since time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest.serves(since)
}

// forget lets go of a result that began before a moment.
func (s *shared[T]) forget(before time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest != nil && s.newest.began.Before(before) {
		s.newest = nil
	}
}

// join finds the flight whose result counts; early says that it began before now.
func (s *shared[T]) join(ctx context.Context, since time.Time) (f *flight[T], early bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.newest.serves(since):
		s.newest.waiting++
		return s.newest, true
	case s.current.serves(since):
		s.current.waiting++
		return s.current, true
	}
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
	return s.next, false
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
			s.next, s.current, s.began = nil, f, time.Now()
			f.began = s.now()
			work := f.ctx
			s.mu.Unlock()
			f.value, f.err = s.work(work)
			f.cancel()
			close(f.done)
			s.landed(f)
			continue
		}
		s.mu.Unlock()
		time.Sleep(pause) //nolint:forbidigo // the pause between two calls, in a goroutine of its own
	}
}

func (s *shared[T]) landed(f *flight[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
	if f.err == nil {
		s.newest = f
	}
}
