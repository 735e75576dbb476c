package tracing

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// About is what a piece of work is about, by the ids of requests and grants; the
// first of each is the one that it is done for now. What one person holds through
// several grants is about them all.
type About struct{ Requests, Grants []string }

// Request is work about one request.
func Request(id string) About { return About{Requests: some(id)} }

// Grant is work about one grant and the request that it came from.
func Grant(request, grant string) About { return About{Requests: some(request), Grants: some(grant)} }

func some(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

type aboutKey struct{}

// With returns a context whose log lines say what they are about.
func With(ctx context.Context, about About) context.Context {
	return context.WithValue(ctx, aboutKey{}, about)
}

// LogHandler passes records on to next; to those that are logged with the context of
// a piece of work it adds the attributes request and grant, if the record has none of
// that name itself, and trace_id, if the work is traced.
func LogHandler(next slog.Handler) slog.Handler { return naming{next} }

// naming is the handler; see LogHandler.
type naming struct{ slog.Handler }

// Handle adds what the context knows.
func (n naming) Handle(ctx context.Context, r slog.Record) error {
	about, _ := ctx.Value(aboutKey{}).(About)
	span := trace.SpanFromContext(ctx)
	var more []slog.Attr
	for _, known := range []struct {
		name string
		ids  []string
	}{{"request", about.Requests}, {"grant", about.Grants}} {
		if len(known.ids) > 0 && !has(r, known.name) {
			more = append(more, slog.String(known.name, strings.Join(known.ids, ",")))
		}
	}
	if span.IsRecording() {
		more = append(more, slog.String("trace_id", span.SpanContext().TraceID().String()))
	}
	if len(more) > 0 {
		r = r.Clone()
		r.AddAttrs(more...)
	}
	return n.Handler.Handle(ctx, r)
}

// has says whether a record has an attribute of this name, with a value.
func has(r slog.Record, name string) bool {
	found := false
	r.Attrs(func(a slog.Attr) bool {
		found = a.Key == name && a.Value.String() != ""
		return !found
	})
	return found
}

// WithAttrs and WithGroup keep naming.
func (n naming) WithAttrs(attrs []slog.Attr) slog.Handler {
	return naming{n.Handler.WithAttrs(slices.Clip(attrs))}
}

// WithGroup keeps naming.
func (n naming) WithGroup(name string) slog.Handler { return naming{n.Handler.WithGroup(name)} }
