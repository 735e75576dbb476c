package identitycenter

import (
	"maps"
	"slices"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// limiter lets a number of requests a second through, and as many at once. All
// sso-admin operations share one bucket, each identity store operation has its own.
// It follows the wall clock, as the caller's pace does.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html.
type limiter struct {
	mu           sync.Mutex
	admin, store int
	buckets      map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(admin, store int) *limiter {
	return &limiter{admin: admin, store: store, buckets: map[string]*bucket{}}
}

func (l *limiter) set(admin, store int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.admin, l.store, l.buckets = admin, store, map[string]*bucket{}
}

// take counts one request. It returns false when there are too many.
func (l *limiter) take(op operation, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, rate := "", l.admin
	if op.service == identityStore {
		name, rate = op.name, l.store
	}
	if rate < 0 {
		return true
	}
	b := l.buckets[name]
	if b == nil {
		b = &bucket{tokens: float64(rate), at: now}
		l.buckets[name] = b
	}
	b.refill(rate, now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func (b *bucket) refill(rate int, now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(float64(rate), b.tokens+passed.Seconds()*float64(rate))
		b.at = now
	}
}

// budgets lists what is used of each limit: that of sso-admin first, which all its
// operations share, then those of identity store operations that were ever called.
func (l *limiter) budgets(now time.Time) []control.Budget {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []control.Budget{}
	tell := func(bucketName, name string, rate int) {
		if rate < 0 {
			return
		}
		b := control.Budget{Name: name, Limit: rate, Window: control.Duration(time.Second)}
		if used := l.buckets[bucketName]; used != nil {
			used.refill(rate, now)
			b.Used = rate - int(used.tokens)
		}
		out = append(out, b)
	}
	tell("", "sso-admin, all operations", l.admin)
	for _, name := range slices.Sorted(maps.Keys(l.buckets)) {
		if name != "" {
			tell(name, name, l.store)
		}
	}
	return out
}

// Budgets are the limits of requests a second with what is used of them.
func (s *Server) Budgets() []control.Budget { return s.limits.budgets(time.Now()) }

// OutstandingCreates is how many creations of account assignments are under way, and
// how many may be; a negative limit is none.
func (s *Server) OutstandingCreates() (underWay, limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.underWay(Creation), s.opts.OutstandingCreates
}
