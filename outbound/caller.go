// Package outbound is the one door through which airpass calls the outside: the
// registry of call sites, a budget of calls per vendor, a bound on each call's time,
// and what is measured about it. It knows no vendor's API.
package outbound

import (
	"context"
	"fmt"
	"time"

	"airpass/access"
)

// Budget is how much a vendor may be called. All but Here is of an account, and
// divided by those who share it: see Caller.Share.
type Budget struct {
	PerSecond  float64 // calls a second; 0 is no limit
	Burst      int     // calls at once after a pause; 0 is a quarter of a second's worth, at least 1
	Concurrent int     // calls under way at once; 0 is no limit
	Here       int     // calls under way at once in this process, undivided; 0 is no limit
}

// depth is how many calls may be made at once after a pause with the nth part.
func (b Budget) depth(n float64) int {
	whole := float64(b.Burst)
	if b.Burst <= 0 {
		whole = b.PerSecond / 4
	}
	return max(int(whole/n), 1)
}

// slots is how many calls may be under way at once with the nth part; 0 is any number.
func (b Budget) slots(n float64) int {
	slots := b.Here
	if b.Concurrent > 0 {
		shared := max(int(float64(b.Concurrent)/n), 1)
		if slots <= 0 || shared < slots {
			slots = shared
		}
	}
	return max(slots, 0)
}

// Call is what is known of one call after it ended.
type Call struct {
	Site   Site
	Took   time.Duration // waiting for the budget not included
	Waited time.Duration // for the budget
	// Priority with which it waited.
	Priority Priority
	// RequestID is the vendor's, by which it is found in the vendor's own log; empty where
	// no answer came, or where the vendor gives none.
	RequestID string
	Err       error
}

// Options configures a Caller. The zero value limits nothing and bounds each call
// at 10 s.
type Options struct {
	Budgets map[Vendor]Budget
	Timeout time.Duration // of one call, wall time
	// After is called after each call, before its result is used; nil is nothing.
	// It must be quick: it runs on the caller's path.
	After func(Call)
	// Record is called after each call at a site that is evidence, whatever came of it,
	// before After is and with the cause of the call in ctx; nil is nothing. The call's
	// turn is over by then, so that it may take its time.
	Record func(context.Context, Call)
	// Begin is called when a call's turn has come, right before it is made; nil is
	// nothing. The call is made with the context that it returns, and ended is told of
	// it before After is.
	Begin func(ctx context.Context, site Site) (called context.Context, ended func(Call))
	// Now is the clock by which what a vendor asks to wait is kept; nil is the
	// machine's.
	Now func() time.Time
	// Held is called when a lane begins to be held; nil is nothing. It must be quick.
	Held func(ctx context.Context, site Site, lane string, wait time.Duration)
}

// Caller makes calls to the outside. It is safe for concurrent use.
type Caller struct {
	timeout time.Duration
	begin   func(context.Context, Site) (context.Context, func(Call))
	after   func(Call)
	record  func(context.Context, Call)
	turns   map[Vendor]*turnstile
	gate    *gate
}

// New returns a Caller with the given budgets.
func New(o Options) *Caller {
	c := &Caller{timeout: o.Timeout, begin: o.Begin, after: o.After, record: o.Record, turns: map[Vendor]*turnstile{}, gate: newGate(o.Now, o.Held)}
	if c.timeout <= 0 {
		c.timeout = 10 * time.Second
	}
	if c.begin == nil {
		c.begin = func(ctx context.Context, _ Site) (context.Context, func(Call)) { return ctx, func(Call) {} }
	}
	if c.after == nil {
		c.after = func(Call) {}
	}
	if c.record == nil {
		c.record = func(context.Context, Call) {}
	}
	for v, b := range o.Budgets {
		c.turns[v] = newTurnstile(b)
	}
	return c
}

// Share makes each budget the nth part of what it was made with: n processes use the
// same accounts. It may be called at any time; calls under way are left to end. A
// budget never falls below one call at a time.
func (c *Caller) Share(n float64) {
	for _, t := range c.turns {
		t.share(max(n, 1))
	}
}

// SetBudgets gives vendors other budgets than those that the Caller was made with; a
// vendor that is not named keeps its own, and one that had none stays without. It may
// be called at any time; calls under way are left to end.
func (c *Caller) SetBudgets(budgets map[Vendor]Budget) {
	for v, t := range c.turns {
		if b, named := budgets[v]; named {
			t.set(b)
		}
	}
}

// Do makes one call at a site: it waits for the vendor's budget with the context's
// priority (see WithPriority), bounds the call's time and reports it. A call whose turn does not come before ctx ends is not made:
// the error is then an access.VendorError of class Throttled. Nor is one for which ctx
// would have ended long ago, had this process not been stopped.
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
		c.gate.learn(ctx, site, lane, err)
		return err
	}, held)
}

// do makes a call, unless something stands against it when its turn has come, and tells
// those who want to know of it.
func (c *Caller) do(ctx context.Context, site Site, call func(context.Context) error, against func() error) error {
	made, err := c.make(ctx, site, call, against)
	if err != nil {
		return err
	}
	if site.Evidence() {
		c.record(ctx, made)
	}
	c.after(made)
	return made.Err
}

// make makes a call; the error is why it was not made.
func (c *Caller) make(ctx context.Context, site Site, call func(context.Context) error, against func() error) (made Call, err error) {
	begin := time.Now()
	release, err := c.turn(ctx, site)
	if err != nil {
		return made, &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: access.Throttled,
			Err: fmt.Errorf("our own budget of calls is used up: %w", err)}
	}
	defer release()
	if err := against(); err != nil {
		return made, err
	}
	if tooLate(ctx, time.Now()) {
		return made, &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: access.Throttled,
			Err: fmt.Errorf("this process stood still until its time was over: %w", context.DeadlineExceeded)}
	}
	sent := time.Now()
	ctx, ended := c.begin(ctx, site)
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ctx, heard := listening(ctx)
	err = call(ctx)
	made = Call{Site: site, Took: time.Since(sent), Waited: sent.Sub(begin), Priority: PriorityOf(ctx), RequestID: heard.last(), Err: err}
	ended(made)
	return made, nil
}

// tooLate says whether the deadline of ctx has passed. ctx itself does not know at once
// when the process was stopped meanwhile, or the machine was asleep: its timer is only
// about to fire, or counts what the machine was awake. Who set the deadline counts on
// it all the same, and so does whoever has taken over the work since.
func tooLate(ctx context.Context, now time.Time) bool {
	deadline, bounded := ctx.Deadline()
	return bounded && (!now.Before(deadline) || !now.Round(0).Before(deadline.Round(0)))
}

func (c *Caller) turn(ctx context.Context, site Site) (release func(), err error) {
	t, limited := c.turns[site.Vendor]
	if !limited {
		return func() {}, nil
	}
	return t.wait(ctx, PriorityOf(ctx))
}

// Holds counts the lanes that are held now, by vendor.
func (c *Caller) Holds() map[Vendor]int { return c.gate.count() }
