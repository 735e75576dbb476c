package outbound

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// oldestEvery: of this many turns one goes to whoever has waited longest, whatever
// their priority, and the others to the highest priority that waits. So nobody
// starves: who finds k waiting has their turn within oldestEvery × (k + 1) turns.
const oldestEvery = 5

// turnstile lets calls to one vendor through: so many a second, so many at once, in
// the order of their priority and, within one, of their arrival.
type turnstile struct {
	mu      sync.Mutex
	budget  Budget
	nth     float64       // this process's part of it
	rate    *rate.Limiter // nil: no limit
	slots   int           // 0: no limit
	taken   int
	turns   int
	waiting []*waiter // in order of arrival
	timer   *time.Timer
}

// waiter is one call that waits for its turn.
type waiter struct {
	priority Priority
	turn     chan struct{} // closed when it has come
}

func newTurnstile(b Budget) *turnstile {
	t := &turnstile{nth: 1}
	t.set(b)
	return t
}

// set gives the turnstile another budget.
func (t *turnstile) set(b Budget) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.budget = b
	if b.PerSecond <= 0 {
		t.rate = nil
	} else if t.rate == nil {
		t.rate = rate.NewLimiter(rate.Limit(b.PerSecond/t.nth), b.depth(t.nth))
	}
	t.divide()
}

// share makes the budget the nth part of what it is.
func (t *turnstile) share(n float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nth = n
	t.divide()
}

// divide applies the budget's part. The lock is held.
func (t *turnstile) divide() {
	if t.rate != nil {
		t.rate.SetLimit(rate.Limit(t.budget.PerSecond / t.nth))
		t.rate.SetBurst(t.budget.depth(t.nth))
	}
	t.slots = t.budget.slots(t.nth)
	t.admit()
}

// wait returns when it is the turn of a call with this priority; release ends it. If
// ctx ends before, it is an error and no turn is used up.
func (t *turnstile) wait(ctx context.Context, p Priority) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	me := &waiter{priority: p, turn: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, me)
	t.admit()
	t.mu.Unlock()
	select {
	case <-me.turn:
		return t.release, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.waiting, me); i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
		return nil, ctx.Err()
	}
	return t.release, nil // its turn came at the same moment
}

func (t *turnstile) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken--
	t.admit()
}

// admit gives turns for as long as there are waiters, slots and calls left, and comes
// back when the next call is due. The caller holds the lock.
func (t *turnstile) admit() {
	for len(t.waiting) > 0 && (t.slots == 0 || t.taken < t.slots) {
		if now := time.Now(); t.rate != nil && !t.rate.AllowN(now, 1) {
			t.comeBack(now)
			return
		}
		i := t.next()
		t.taken++
		t.turns++
		close(t.waiting[i].turn)
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
}

// next chooses among the waiters.
func (t *turnstile) next() int {
	if t.turns%oldestEvery == oldestEvery-1 {
		return 0
	}
	best := 0
	for i, w := range t.waiting {
		if w.priority > t.waiting[best].priority {
			best = i
		}
	}
	return best
}

// comeBack admits again when the next call is due.
func (t *turnstile) comeBack(now time.Time) {
	r := t.rate.ReserveN(now, 1) // only to learn when
	after := r.DelayFrom(now)
	r.CancelAt(now)
	if t.timer != nil {
		t.timer.Stop()
	}
	t.timer = time.AfterFunc(max(after, time.Millisecond), func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.admit()
	})
}
