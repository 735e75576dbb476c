package outbound

import (
	"context"
	"slices"
)

// Priority orders those who wait for a vendor's budget. It is what a step is about,
// set once at its top, and travels with the step's context to the calls it makes.
type Priority int

// The priorities, lowest first.
const (
	// Drift is looking around with nobody waiting; also whatever says nothing.
	Drift Priority = iota
	// Judge is finding out whether a click may be applied, and answering a click.
	// It comes after Grant: what was approved is finished before more is let in.
	Judge
	// Grant is adding what was approved.
	Grant
	// Verify is reading whether what was changed is so.
	Verify
	// Revoke is taking access away, the reads for that included.
	Revoke
)

// Priorities lists all, highest first.
func Priorities() []Priority { return []Priority{Revoke, Verify, Grant, Judge, Drift} }

// String is the name in metrics: "revoke".
func (p Priority) String() string {
	names := []string{Drift: "drift", Judge: "judge", Grant: "grant", Verify: "verify", Revoke: "revoke"}
	if p < 0 || int(p) >= len(names) {
		return "unknown"
	}
	return names[p]
}

type priorityKey struct{}

// WithPriority gives the calls made under a context their priority.
func WithPriority(ctx context.Context, p Priority) context.Context {
	if !slices.Contains(Priorities(), p) {
		p = Drift
	}
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf is the priority of calls made under a context: Drift if nobody gave one.
func PriorityOf(ctx context.Context) Priority {
	p, _ := ctx.Value(priorityKey{}).(Priority)
	return p
}
