package outbound

import (
	"context"
	"sync"

	"airpass/access"
)

// Cause is who has a call made and what it is about, as the audit trail names them. It
// travels with the context of the work; a call that nobody gave one is recorded without.
type Cause struct {
	Actor   access.Actor
	Request string // ids; empty where they do not apply
	Grant   string
	Ref     string            // access.Ref.Key of the entitlement
	Facts   map[string]string // what else there is to say, in clear
}

type causeKey struct{}

// For gives the calls made under a context their cause.
func For(ctx context.Context, c Cause) context.Context { return context.WithValue(ctx, causeKey{}, c) }

// CauseOf is the cause of calls made under a context.
func CauseOf(ctx context.Context) Cause {
	c, _ := ctx.Value(causeKey{}).(Cause)
	return c
}

// Evidence says that calls at this site change who may do what, so that the audit trail
// has to have each. Messages in Slack are views of what the trail has.
func (s Site) Evidence() bool { return s.Changes && s.Vendor != Slack }

// heard is the id by which a vendor knows the call that is being made.
type heard struct {
	mu sync.Mutex
	id string
}

type heardKey struct{}

func listening(ctx context.Context) (context.Context, *heard) {
	h := &heard{}
	return context.WithValue(ctx, heardKey{}, h), h
}

func (h *heard) last() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.id
}

// Heard notes the id that a vendor has given to the call that is made under ctx; it is
// for the transports of the vendors' clients, which see it whatever the SDK keeps of the
// answer.
func Heard(ctx context.Context, id string) {
	h, calling := ctx.Value(heardKey{}).(*heard)
	if !calling || id == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.id = id
}
