package workspace

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"airpass/sandbox/control"

	"golang.org/x/time/rate"
)

// Tiers of the Web API: calls a minute. Slack says "20+" and tolerates bursts;
// the sandbox takes the number itself, with a burst of that many.
// See https://docs.slack.dev/apis/web-api/rate-limits.
const (
	tier1   = 1
	tier2   = 20
	tier3   = 50
	tier4   = 100
	special = 600 // auth.test and its like: hundreds a minute
)

// Messages: one a second and channel with short bursts, several hundred a minute
// for the whole workspace. Slack publishes neither the burst nor the exact cap.
const (
	postBurst        = 5
	postsAMinute     = 300
	postsASecond     = 1
	windowForMessage = "chat.postMessage in "
)

// limiter holds one bucket for each method and one for each channel, on the wall clock.
type limiter struct {
	scale   float64
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(scale float64) *limiter {
	return &limiter{scale: scale, buckets: map[string]*rate.Limiter{}}
}

func (l *limiter) bucket(name string, perSecond float64, burst int) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[name]
	if !ok {
		b = rate.NewLimiter(rate.Limit(perSecond*l.scale), max(1, int(math.Ceil(float64(burst)*l.scale))))
		l.buckets[name] = b
	}
	return b
}

// method takes one call of a method from its minute. It returns how long to wait
// when there is none left, else 0.
func (l *limiter) method(name string, perMinute int) time.Duration {
	if l.scale < 0 {
		return 0
	}
	return take(l.bucket(name, float64(perMinute)/60, perMinute))
}

// message takes one post from a channel's second and the workspace's minute.
func (l *limiter) message(channel string) time.Duration {
	if l.scale < 0 {
		return 0
	}
	if wait := take(l.bucket(windowForMessage+channel, postsASecond, postBurst)); wait > 0 {
		return wait
	}
	return take(l.bucket(windowForMessage+"all", float64(postsAMinute)/60, postsAMinute))
}

func take(b *rate.Limiter) time.Duration {
	r := b.Reserve()
	wait := r.Delay()
	if wait > 0 {
		r.Cancel()
	}
	return wait
}

// budgets lists what is used of each method's minute and each channel's burst, of
// those that were ever called.
func (l *limiter) budgets(now time.Time) []control.Budget {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []control.Budget{}
	for _, name := range slices.Sorted(maps.Keys(l.buckets)) {
		b, window := l.buckets[name], time.Minute
		if strings.HasPrefix(name, windowForMessage) && name != windowForMessage+"all" {
			window = time.Second // a message comes back each second; the burst is the limit
		}
		used := b.Burst() - int(math.Floor(b.TokensAt(now)))
		out = append(out, control.Budget{Name: name, Used: max(used, 0), Limit: b.Burst(), Window: control.Duration(window)})
	}
	return out
}

// Budgets are the limits of the methods that were called and of the channels that
// were posted to, with what is used of them. There are none where limits are off.
func (w *Workspace) Budgets() []control.Budget { return w.limits.budgets(time.Now()) }
