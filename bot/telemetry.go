package bot

import (
	"context"
	"log/slog"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/outbound"
	"airpass/tracing"
)

// flushTime bounds how long an end waits for traces that have not been sent, wall time.
const flushTime = 3 * time.Second

// newTracer makes the tracer as configured. flush sends what waits, when everything
// that makes spans has ended; that it cannot is no error.
func newTracer(ctx context.Context, c config.Tracing, version string, log *slog.Logger) (trace *tracing.Tracer, flush func(context.Context) error, err error) {
	if c.OTLPEndpoint == "" {
		return tracing.New(nil), func(context.Context) error { return nil }, nil
	}
	headers := map[string]string{}
	for name, secret := range c.Headers {
		headers[name] = secret.Reveal()
	}
	provider, err := tracing.Export(ctx, tracing.ExportOptions{Endpoint: c.OTLPEndpoint, Headers: headers, Ratio: c.SampleRatio, Version: version, Log: log})
	if err != nil {
		return nil, nil, err
	}
	return tracing.New(provider), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, flushTime)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.WarnContext(ctx, "the last traces were not sent", "error", err)
		}
		return nil
	}, nil
}

// begin is told of each call to the outside before it is made.
func begin(m *metrics, trace *tracing.Tracer) func(context.Context, outbound.Site) (context.Context, func(outbound.Call)) {
	return func(ctx context.Context, site outbound.Site) (context.Context, func(outbound.Call)) {
		m.inFlight.WithLabelValues(string(site.Vendor)).Inc()
		ctx, span := trace.Call(ctx, string(site.Vendor), site.Name)
		return ctx, func(made outbound.Call) {
			m.inFlight.WithLabelValues(string(site.Vendor)).Dec()
			m.called(made)
			span.End(made.Err)
		}
	}
}

// both tells two of what has happened.
func both(first, second func(context.Context, []access.Event)) func(context.Context, []access.Event) {
	return func(ctx context.Context, events []access.Event) {
		first(ctx, events)
		second(ctx, events)
	}
}
