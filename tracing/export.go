package tracing

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// ExportOptions says where spans go.
type ExportOptions struct {
	// Endpoint is the base URL of an OTLP collector over HTTP; spans go to
	// /v1/traces below it. See https://opentelemetry.io/docs/specs/otlp/#otlphttp.
	Endpoint string
	Headers  map[string]string // secrets
	// Ratio is the share of requests that are traced, each as a whole: 0 to 1.
	Ratio   float64
	Version string
	Log     *slog.Logger
}

// How long one batch is tried, wall time. Meanwhile spans wait in a bounded queue;
// those that do not fit are dropped, and nobody waits.
const exportTime = 10 * time.Second

// Export returns a provider for New that sends spans to a collector in the
// background. A collector that does not answer slows nothing down: its spans are
// lost, which the log says once. Shutdown sends what waits. It makes no call itself.
func Export(ctx context.Context, o ExportOptions) (*sdktrace.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(strings.TrimRight(o.Endpoint, "/")+"/v1/traces"), otlptracehttp.WithHeaders(o.Headers),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression), otlptracehttp.WithTimeout(exportTime),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: exportTime}))
	if err != nil {
		return nil, fmt.Errorf("tracing.otlp_endpoint: %w", err)
	}
	return sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(&patient{SpanExporter: exporter, log: o.Log}, sdktrace.WithExportTimeout(exportTime), sdktrace.WithBatchTimeout(2*time.Second)),
		sdktrace.WithIDGenerator(ids{}),
		// By the trace's id alone: every process samples the same requests.
		sdktrace.WithSampler(sdktrace.TraceIDRatioBased(o.Ratio)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "airpass"),
			attribute.String("service.version", o.Version), attribute.String("service.instance.id", rand.Text()))),
	), nil
}

// patient is an exporter whose failures are told once, until it works again. The SDK
// would give them to a handler that the whole program shares.
type patient struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
}

// ExportSpans sends spans; that it fails is no error.
func (p *patient) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := p.SpanExporter.ExportSpans(ctx, spans)
	switch was := p.failing.Swap(err != nil); {
	case err != nil && !was:
		p.log.WarnContext(ctx, "traces do not reach the collector and are lost until they do", "error", err)
	case err == nil && was:
		p.log.InfoContext(ctx, "traces reach the collector again")
	}
	return nil
}
