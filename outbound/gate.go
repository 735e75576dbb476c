package outbound

import (
	"context"
	"errors"
	"sync"
	"time"

	"airpass/access"
)

// gate keeps calls back where a vendor has asked to wait. Without it each of a crowd
// of rows would learn of it by a call of its own, which makes the vendor wait longer.
type gate struct {
	now  func() time.Time
	told func(ctx context.Context, site Site, lane string, wait time.Duration)

	mu    sync.Mutex
	until map[place]time.Time
}

type place struct {
	site Site
	lane string
}

func newGate(now func() time.Time, told func(context.Context, Site, string, time.Duration)) *gate {
	if now == nil {
		now = time.Now
	}
	if told == nil {
		told = func(context.Context, Site, string, time.Duration) {}
	}
	return &gate{now: now, told: told, until: map[place]time.Time{}}
}

// errHeld is the reason of a call that was not made.
var errHeld = errors.New("not called: the vendor has asked to wait")

// held is the error of a call in a lane that is held, or nil.
func (g *gate) held(site Site, lane string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := place{site, lane}
	until, is := g.until[at]
	left := until.Sub(g.now())
	switch {
	case !is:
		return nil
	case left <= 0:
		delete(g.until, at)
		return nil
	}
	return &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: access.Throttled, RetryAfter: left, Err: errHeld}
}

// learn holds a lane for as long as an answer asks for. Calls that were under way
// together are throttled together: that is one hold.
func (g *gate) learn(ctx context.Context, site Site, lane string, err error) {
	var v *access.VendorError
	if !errors.As(err, &v) || v.Class != access.Throttled || v.RetryAfter <= 0 {
		return
	}
	g.mu.Lock()
	at, now := place{site, lane}, g.now()
	old := g.until[at]
	if until := now.Add(v.RetryAfter); until.After(old) {
		g.until[at] = until
	}
	g.mu.Unlock()
	if !old.After(now) {
		g.told(ctx, site, lane, v.RetryAfter)
	}
}

// count is how many lanes of each vendor are held now.
func (g *gate) count() map[Vendor]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	held, now := map[Vendor]int{}, g.now()
	for at, until := range g.until {
		if until.After(now) {
			held[at.site.Vendor]++
		}
	}
	return held
}
