package identitycenter

import (
	"context"
	"sync"
	"time"
)

// How many may be asked about one by one within a minute before a list of all who hold
// the same thing is cheaper: of those who hold it, and of all. And for how long a list is
// kept for those who may use an older one. Wall time; the last one domain time.
const (
	oneByOne   = 5
	allByThem  = 20
	keepFor    = 3 * time.Minute
	demandSpan = time.Minute
)

// register is the list of those who hold one thing, and how much it is in demand.
type register struct {
	list *shared[holders]

	mu     sync.Mutex
	demand demand
	pages  int // of the last list
}

// demand counts how many were asked about who may be told what others read.
type demand struct {
	now, before int // in this span and in the one before
	began       time.Time
}

// one counts one more and returns how many are asked about in a span.
func (d *demand) one() int {
	now := time.Now()
	switch gone := now.Sub(d.began); {
	case gone >= 2*demandSpan:
		*d = demand{began: now}
	case gone >= demandSpan:
		*d = demand{before: d.now, began: now}
	}
	d.now++
	return max(d.now, d.before)
}

// register returns the one of a thing.
func (c *Client) register(what assignable) *register {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.registers[what]
	if r == nil {
		r = &register{}
		r.list = newShared(c.opts.Tick, c.opts.Now, func(ctx context.Context) (holders, error) {
			all, err := c.listHolders(ctx, what)
			if err == nil {
				r.mu.Lock()
				r.pages = all.pages
				r.mu.Unlock()
			}
			return all, err
		})
		c.registers[what] = r
	}
	return r
}

// crowded says whether to read a list of a thing rather than one person, for somebody who
// may be told what was read after since: there is such a list, or so many are asked about
// that reading one costs less. A zero since is somebody alone.
//
// Many who hold few each of many things are a crowd too: of them a list is read as soon
// as it is no dearer than those who were asked about, as far as its length is known.
func (c *Client) crowded(what assignable, since time.Time) bool {
	if since.IsZero() {
		return false
	}
	c.mu.Lock()
	all := c.demand.one()
	c.mu.Unlock()
	r := c.register(what)
	r.mu.Lock()
	asked, pages := r.demand.one(), r.pages
	r.mu.Unlock()
	return asked > max(oneByOne, pages) || all > allByThem && asked >= pages || r.list.recent(since)
}

// holdersOf reads everybody to whom a permission set is assigned in an account, or
// recalls what was read after since; began is when, and zero for what was read anew.
func (c *Client) holdersOf(ctx context.Context, what assignable, since time.Time) (all holders, began time.Time, err error) {
	all, began, err = c.register(what).list.get(ctx, since)
	if began.IsZero() {
		c.forget()
	}
	return all, began, err
}

// forget lets go of lists that nobody will use any more: each names all who hold
// something.
func (c *Client) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.opts.Now().Add(-keepFor)
	for _, r := range c.registers {
		r.list.forget(old)
	}
}
