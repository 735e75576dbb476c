package identitycenter

import (
	"context"
	"sync"
	"time"
)

// How many may be asked about one by one within a minute before a list of all who hold
// the same thing is cheaper, and for how long a list is kept for those who may use an
// older one. Wall time; the second one domain time.
const (
	oneByOne = 5
	keepFor  = 3 * time.Minute
)

// register is the list of those who hold one thing, and how much it is in demand.
type register struct {
	list *shared[holders]

	mu            sync.Mutex
	asked, asked1 int // in this minute and in the one before
	minute        time.Time
	pages         int // of the last list
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

// crowded says whether to read a list rather than one person, for somebody who may
// be told what was read after since: there is such a list, or so many are asked about
// that reading one costs less. A zero since is somebody alone.
func (r *register) crowded(since time.Time) bool {
	if since.IsZero() {
		return false
	}
	r.mu.Lock()
	now := time.Now()
	switch gone := now.Sub(r.minute); {
	case gone >= 2*time.Minute:
		r.asked, r.asked1, r.minute = 0, 0, now
	case gone >= time.Minute:
		r.asked, r.asked1, r.minute = 0, r.asked, now
	}
	r.asked++
	many := max(r.asked, r.asked1) > max(oneByOne, r.pages)
	r.mu.Unlock()
	return many || r.list.recent(since)
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
