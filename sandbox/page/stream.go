package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// stream sends snapshots as server-sent events: one at once, and one after each signal
// on changed, where signals that come within wait of each other make one event. A
// snapshot equal to the one before is not sent. It returns when the browser has gone,
// changed is closed, or snapshot fails.
//
// A comment every 20 s keeps the line open, and shows a dead browser for what it is.
func stream(w http.ResponseWriter, r *http.Request, changed <-chan struct{}, wait time.Duration, snapshot func(context.Context) (any, error)) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	var last []byte
	for {
		v, err := snapshot(r.Context())
		if err != nil {
			_, _ = fmt.Fprintf(w, "event: failed\ndata: %q\n\n", err.Error())
			_ = out.Flush()
			return
		}
		body, err := json.Marshal(v)
		if err != nil {
			return
		}
		if !bytes.Equal(body, last) {
			last = body
			if _, err := fmt.Fprintf(w, "data: %s\n\n", body); err != nil || out.Flush() != nil {
				return
			}
		}
		if !await(r.Context(), w, out, changed, beat.C) || !pause(r.Context(), wait) {
			return
		}
		drain(changed)
	}
}

// await waits for a signal, beating meanwhile; false when there will be none.
func await(ctx context.Context, w http.ResponseWriter, out *http.ResponseController, changed <-chan struct{}, beat <-chan time.Time) bool {
	for {
		select {
		case _, open := <-changed:
			return open
		case <-ctx.Done():
			return false
		case <-beat:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil || out.Flush() != nil {
				return false
			}
		}
	}
}

// pause waits for d; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// drain takes signals that the coming snapshot answers anyway.
func drain(changed <-chan struct{}) {
	for {
		select {
		case _, open := <-changed:
			if !open {
				return
			}
		default:
			return
		}
	}
}

// signals turns a channel of anything into one of at most one waiting signal, for
// stream. keep says which values count; nil is all.
func signals[T any](in <-chan T, keep func(T) bool) <-chan struct{} {
	out := make(chan struct{}, 1)
	go func() {
		defer close(out)
		for v := range in {
			if keep != nil && !keep(v) {
				continue
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	return out
}
