// Package outbound is the one door through which airpass calls the outside: the
// registry of call sites, a budget of calls per vendor, a bound on each call's time,
// and what is measured about it. It knows no vendor's API.
package outbound

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"airpass/access"
)

// Budget is how much a vendor may be called.
type Budget struct {
	PerSecond  float64 // calls a second; 0 is no limit
	Burst      int     // calls at once after a pause; 0 is one second's worth
	Concurrent int     // calls under way at once; 0 is no limit
}

// Call is what is known of one call after it ended.
type Call struct {
	Site   Site
	Took   time.Duration // waiting for the budget not included
	Waited time.Duration // for the budget
	Err    error
}

// Options configures a Caller. The zero value limits nothing and bounds each call
// at 10 s.
type Options struct {
	Budgets map[Vendor]Budget
	Timeout time.Duration // of one call, wall time
	// After is called after each call, before its result is used; nil is nothing.
	// It must be quick: it runs on the caller's path.
	After func(Call)
	// Now is the clock by which what a vendor asks to wait is kept; nil is the
	// machine's.
	Now func() time.Time
	// Held is called when a lane begins to be held; nil is nothing. It must be quick.
	Held func(site Site, lane string, wait time.Duration)
}

// Caller makes calls to the outside. It is safe for concurrent use.
type Caller struct {
	timeout time.Duration
	after   func(Call)
	rates   map[Vendor]*rate.Limiter
	slots   map[Vendor]chan struct{}
	gate    *gate
}

// New returns a Caller with the given budgets.
func New(o Options) *Caller {
	c := &Caller{timeout: o.Timeout, after: o.After, rates: map[Vendor]*rate.Limiter{}, slots: map[Vendor]chan struct{}{}, gate: newGate(o.Now, o.Held)}
	if c.timeout <= 0 {
		c.timeout = 10 * time.Second
	}
	if c.after == nil {
		c.after = func(Call) {}
	}
	for v, b := range o.Budgets {
		if b.PerSecond > 0 {
			c.rates[v] = rate.NewLimiter(rate.Limit(b.PerSecond), max(b.Burst, int(b.PerSecond), 1))
		}
		if b.Concurrent > 0 {
			c.slots[v] = make(chan struct{}, b.Concurrent)
		}
	}
	return c
}

// Do makes one call at a site: it waits for the vendor's budget, bounds the call's
// time and reports it. A call whose turn does not come before ctx ends is not made:
// the error is then an access.VendorError of class Throttled.
func (c *Caller) Do(ctx context.Context, site Site, call func(context.Context) error) error {
	return c.do(ctx, site, call, func() error { return nil })
}

// DoIn is Do in a lane: what a vendor throttles on its own, like one method, or one
// method in one channel. Once a call in it was throttled with a time to wait, no call
// of this process is made there before that time: the error is then an
// access.VendorError of class Throttled with what is left to wait.
func (c *Caller) DoIn(ctx context.Context, site Site, lane string, call func(context.Context) error) error {
	held := func() error { return c.gate.held(site, lane) }
	if err := held(); err != nil {
		return err
	}
	return c.do(ctx, site, func(ctx context.Context) error {
		err := call(ctx)
		c.gate.learn(site, lane, err)
		return err
	}, held)
}

// do makes a call, unless something stands against it when its turn has come.
func (c *Caller) do(ctx context.Context, site Site, call func(context.Context) error, against func() error) error {
	begin := time.Now()
	release, err := c.turn(ctx, site)
	if err != nil {
		return &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: access.Throttled,
			Err: fmt.Errorf("our own budget of calls is used up: %w", err)}
	}
	defer release()
	if err := against(); err != nil {
		return err
	}
	sent := time.Now()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err = call(ctx)
	c.after(Call{Site: site, Took: time.Since(sent), Waited: sent.Sub(begin), Err: err})
	return err
}

func (c *Caller) turn(ctx context.Context, site Site) (release func(), err error) {
	release = func() {}
	if slots, limited := c.slots[site.Vendor]; limited {
		select {
		case slots <- struct{}{}:
			release = func() { <-slots }
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if r, limited := c.rates[site.Vendor]; limited {
		if err := r.Wait(ctx); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}
