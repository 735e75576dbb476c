package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"airpass/access"
)

// The attributes of spans.
const (
	keyRequest   = attribute.Key("airpass.request")
	keyGrant     = attribute.Key("airpass.grant")
	keyResult    = attribute.Key("airpass.result") // ok, a class of vendors' errors, or error
	keyAction    = attribute.Key("airpass.action") // of attempts: ask, approve, …
	keyVendor    = attribute.Key("airpass.vendor")
	keyOperation = attribute.Key("airpass.operation") // the vendor's name of it
)

// Tracer makes spans. It is safe for concurrent use.
type Tracer struct{ tracer trace.Tracer }

// New returns a Tracer whose spans go to a provider made by Export; nil is nobody.
func New(provider trace.TracerProvider) *Tracer {
	if provider == nil {
		provider = noop.NewTracerProvider()
	}
	return &Tracer{provider.Tracer("airpass")}
}

// requestOf is the request that an attempt is about; one that asks becomes the
// request of its own id.
func requestOf(a access.Attempt) string {
	if a.Kind == access.AttemptAsk || a.Request == "" {
		return a.ID
	}
	return a.Request
}

// Received makes the span of a delivery that has been stored as an attempt, from
// begin (wall time) until now. Of a delivery that asks it is the first of its trace.
func (t *Tracer) Received(ctx context.Context, a access.Attempt, begin time.Time) {
	request := requestOf(a)
	parent := inTrace(ctx, request)
	if a.ID != request {
		parent = below(ctx, request, request)
	}
	_, span := t.tracer.Start(context.WithValue(parent, spanIDKey{}, deliveryID(a.ID)), "receive "+string(a.Kind),
		trace.WithTimestamp(begin), trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(keyRequest.String(request), keyAction.String(string(a.Kind))))
	span.End()
}

// Judge begins the judging of an attempt, below its delivery.
func (t *Tracer) Judge(ctx context.Context, a access.Attempt) (context.Context, *Span) {
	request := requestOf(a)
	return t.start(With(below(ctx, request, a.ID), Request(request)), "judge "+string(a.Kind), keyAction.String(string(a.Kind)))
}

// Step begins a step of a row, in the trace of the request that it is done for;
// other requests that it is about are linked. Without any it is not traced.
func (t *Tracer) Step(ctx context.Context, name string, about About, facts ...attribute.KeyValue) (context.Context, *Span) {
	ctx = With(ctx, about)
	if len(about.Requests) == 0 {
		return ctx, &Span{noop.Span{}}
	}
	request := about.Requests[0]
	if len(about.Grants) > 0 {
		facts = append(facts, keyGrant.String(about.Grants[0]))
	}
	ctx, span := t.start(below(ctx, request, request), name, facts...)
	for _, other := range about.Requests[1:] {
		span.span.AddLink(trace.Link{SpanContext: trace.SpanContextFromContext(below(ctx, other, other))})
	}
	return ctx, span
}

// Within begins a part of the work that ctx belongs to; work that is not traced has
// no traced parts.
func (t *Tracer) Within(ctx context.Context, name string, facts ...attribute.KeyValue) (context.Context, *Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, &Span{noop.Span{}}
	}
	return t.start(ctx, name, facts...)
}

// Call begins a call of an operation of a vendor's, in the work that ctx belongs to.
func (t *Tracer) Call(ctx context.Context, vendor, operation string) (context.Context, *Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, &Span{noop.Span{}}
	}
	ctx, span := t.tracer.Start(ctx, vendor+" "+operation, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(keyVendor.String(vendor), keyOperation.String(operation)))
	return ctx, &Span{span}
}

func (t *Tracer) start(ctx context.Context, name string, facts ...attribute.KeyValue) (context.Context, *Span) {
	about, _ := ctx.Value(aboutKey{}).(About)
	if len(about.Requests) > 0 {
		facts = append(facts, keyRequest.String(about.Requests[0]))
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithAttributes(facts...))
	return ctx, &Span{span}
}

// Span is a piece of work under way.
type Span struct{ span trace.Span }

// Note adds what was found out.
func (s *Span) Note(facts ...attribute.KeyValue) { s.span.SetAttributes(facts...) }

// End ends it with its result, of which only the class is told: errors quote what
// vendors say.
func (s *Span) End(err error) {
	result := access.Result(err)
	s.span.SetAttributes(keyResult.String(result))
	if err != nil {
		s.span.SetStatus(codes.Error, result)
	}
	s.span.End()
}
