package workspace

import (
	"context"
	"time"
)

// Change says that something in the workspace is different now. It names what
// changed, not how: look it up.
type Change struct {
	Seq uint64 `json:"seq"` // 1, 2, 3, …
	// Kind is message, message_deleted, reaction, view, view_closed, home, input,
	// user, channel, group, read, delivery, connection, mode or clock.
	Kind string    `json:"kind"`
	At   time.Time `json:"at"` // sandbox clock
	// ID is the changed thing's id: a message's timestamp, a view id, a user id, …
	ID      string `json:"id,omitempty"`
	Channel string `json:"channel,omitempty"`
	// User is the person concerned, where only one is: the owner of a view, the
	// only viewer of an ephemeral message, the one who clicked.
	User string `json:"user,omitempty"`
}

type subscription struct {
	queue []Change
	ready chan struct{}
}

// Subscribe returns every change from now on, in order and without gaps, until
// ctx is done; then the channel is closed. A slow reader is queued for.
func (w *Workspace) Subscribe(ctx context.Context) <-chan Change {
	sub := &subscription{ready: make(chan struct{}, 1)}
	w.mu.Lock()
	w.subs[sub] = struct{}{}
	w.mu.Unlock()
	out := make(chan Change)
	go func() {
		defer close(out)
		defer func() {
			w.mu.Lock()
			delete(w.subs, sub)
			w.mu.Unlock()
		}()
		for {
			w.mu.Lock()
			batch := sub.queue
			sub.queue = nil
			w.mu.Unlock()
			for _, c := range batch {
				select {
				case out <- c:
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-sub.ready:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// Seq returns the number of the newest change, 0 before the first.
func (w *Workspace) Seq() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seq
}

// WaitFor calls done after every change, and once at the beginning, until it
// returns true. It returns the context's error when ctx ends first.
// done runs without any lock and may use every method of the workspace.
func (w *Workspace) WaitFor(ctx context.Context, done func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announce tells everybody who waits. The caller holds the lock.
func (w *Workspace) announce(c Change) {
	w.seq++
	c.Seq, c.At = w.seq, w.clock.Now()
	close(w.changed)
	w.changed = make(chan struct{})
	for sub := range w.subs {
		sub.queue = append(sub.queue, c)
		select {
		case sub.ready <- struct{}{}:
		default:
		}
	}
}
