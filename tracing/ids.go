package tracing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"go.opentelemetry.io/otel/trace"
)

// TraceID is the id of a request's trace: the same in every process.
func TraceID(request string) (id trace.TraceID) {
	sum := sha256.Sum256([]byte("airpass trace of request " + request))
	copy(id[:], sum[:])
	return id
}

// deliveryID is the id of the span of the delivery that was stored as an attempt. A
// request has the id of the attempt that asked for it, so that this is also how its
// first span is found.
func deliveryID(attempt string) (id trace.SpanID) {
	sum := sha256.Sum256([]byte("airpass span of delivery " + attempt))
	copy(id[:], sum[:])
	return id
}

// below is a context in which spans are children of a delivery's, in a request's trace.
func below(ctx context.Context, request, attempt string) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: TraceID(request), SpanID: deliveryID(attempt), TraceFlags: trace.FlagsSampled, Remote: true}))
}

// inTrace is a context in which a span is in a request's trace, below nothing.
func inTrace(ctx context.Context, request string) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: TraceID(request), Remote: true}))
}

type spanIDKey struct{}

// ids makes span ids: the one that the context asks for, else one at random.
type ids struct{}

// NewIDs is asked for spans that belong to no request.
func (i ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	return id, i.NewSpanID(ctx, id)
}

// NewSpanID is the id of a span in a trace.
func (ids) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	if id, wanted := ctx.Value(spanIDKey{}).(trace.SpanID); wanted {
		return id
	}
	var id trace.SpanID
	_, _ = rand.Read(id[:])
	return id
}
