package okta

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// limiter counts requests in windows of one minute of wall time, one window for
// each endpoint family, beginning with the family's first request.
// See https://developer.okta.com/docs/reference/rl-best-practices/.
type limiter struct {
	mu      sync.Mutex
	limits  map[string]int
	windows map[string]*window
}

type window struct {
	until time.Time
	used  int
}

func newLimiter(limits map[string]int) *limiter {
	return &limiter{limits: maps.Clone(limits), windows: map[string]*window{}}
}

// set changes a family's limit; negative is none.
func (l *limiter) set(family string, perMinute int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limits[family] = perMinute
}

// standing is what the X-Rate-Limit headers say.
type standing struct {
	limit, remaining int
	reset            time.Time
}

func (s standing) writeTo(h http.Header) {
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(s.limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(s.remaining))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(s.reset.Unix(), 10))
}

// unlimited is the limit told in the headers where there is none.
const unlimited = 100_000

// take counts one request of a family. It returns false when the window is used up.
func (l *limiter) take(family string, now time.Time) (standing, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[family]
	if w == nil || !now.Before(w.until) {
		// Reset is told in whole seconds: the window ends on one.
		w = &window{until: now.Add(time.Minute).Truncate(time.Second)}
		l.windows[family] = w
	}
	limit := l.limits[family]
	if limit < 0 {
		return standing{limit: unlimited, remaining: unlimited, reset: w.until}, true
	}
	if w.used >= limit {
		return standing{limit: limit, reset: w.until}, false
	}
	w.used++
	return standing{limit: limit, remaining: limit - w.used, reset: w.until}, true
}

// concurrent lets at most n requests through at a time. Over that, Okta answers 429
// with a limit of 0 and a reset that is due soon.
type concurrent struct {
	mu       sync.Mutex
	max      int
	underWay int
}

func (c *concurrent) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.max >= 0 && c.underWay >= c.max {
		return false
	}
	c.underWay++
	return true
}

func (c *concurrent) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay--
}

// budgets lists what is used of each family's limit in its window. Families without a
// limit are left out.
func (l *limiter) budgets(now time.Time) []control.Budget {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []control.Budget{}
	for _, family := range slices.Sorted(maps.Keys(l.limits)) {
		b := control.Budget{Name: family, Limit: l.limits[family], Window: control.Duration(time.Minute)}
		if b.Limit < 0 {
			continue
		}
		if w := l.windows[family]; w != nil && now.Before(w.until) {
			b.Used = w.used
		}
		out = append(out, b)
	}
	return out
}

// Budgets are the limits of the endpoint families, a minute each, with what is used.
func (s *Server) Budgets() []control.Budget { return s.limits.budgets(time.Now()) }
