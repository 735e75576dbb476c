package control

import (
	"errors"
	"sync"
	"time"
)

// ErrBackwards is returned when somebody tries to move a clock into its past.
var ErrBackwards = errors.New("the clock only moves forward")

// Clock is the sandbox's domain clock: the wall clock plus an offset that only
// grows. Vendors keep what is due as rows with a time and apply them lazily, on
// the next read; so a move of the clock completes what was under way.
// The zero value is ready to use and safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
	wakes  []func(time.Time)
}

// Now returns the current sandbox time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.offset)
}

// Advance moves the clock forward by d and calls every function given to OnMove.
// It returns ErrBackwards for a negative d and the new time otherwise.
func (c *Clock) Advance(d time.Duration) (time.Time, error) {
	if d < 0 {
		return time.Time{}, ErrBackwards
	}
	c.mu.Lock()
	c.offset += d
	now := time.Now().UTC().Add(c.offset)
	wakes := append([]func(time.Time){}, c.wakes...)
	c.mu.Unlock()
	for _, wake := range wakes {
		wake(now)
	}
	return now, nil
}

// Offset returns how far the sandbox clock is ahead of the wall clock.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// OnMove registers a function that is called after each move, with the new time.
func (c *Clock) OnMove(wake func(now time.Time)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakes = append(c.wakes, wake)
}
