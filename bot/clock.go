package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// followEvery is how often a sandbox clock is asked for its time.
const followEvery = 100 * time.Millisecond

// followedClock is the wall clock plus the offset of a sandbox's clock.
type followedClock struct {
	url    string
	offset atomic.Int64 // nanoseconds
}

// Now is the sandbox's time in UTC, as of the last time it was asked.
func (c *followedClock) Now() time.Time {
	return time.Now().UTC().Add(time.Duration(c.offset.Load()))
}

// read asks for the offset once and says whether it has grown.
func (c *followedClock) read(ctx context.Context) (moved bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return false, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	var state struct{ Offset string }
	if err := json.NewDecoder(res.Body).Decode(&state); err != nil {
		return false, fmt.Errorf("sandbox clock: %w", err)
	}
	offset, err := time.ParseDuration(state.Offset)
	if err != nil {
		return false, fmt.Errorf("sandbox clock: %w", err)
	}
	if int64(offset) <= c.offset.Load() {
		return false, nil // the clock only moves forward
	}
	c.offset.Store(int64(offset))
	return true, nil
}

// follow keeps up with the clock until ctx ends, and calls moved after each move.
func (c *followedClock) follow(ctx context.Context, moved func(), log *slog.Logger) {
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		switch jumped, err := c.read(ctx); {
		case err != nil && ctx.Err() == nil:
			log.Warn("sandbox clock does not answer", "err", err)
		case jumped:
			moved()
		}
	}
}
