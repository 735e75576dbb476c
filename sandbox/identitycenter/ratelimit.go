package identitycenter

import (
	"sync"
	"time"
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
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(float64(rate), b.tokens+passed.Seconds()*float64(rate))
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
