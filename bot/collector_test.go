package bot_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes traces by OTLP over HTTP, as a collector does.
// See https://opentelemetry.io/docs/specs/otlp/#otlphttp.
type collector struct {
	t   *testing.T
	url string

	refuse atomic.Int32  // the status that it answers with, instead of taking spans
	hold   chan struct{} // not nil: it answers nobody until this is closed

	mu       sync.Mutex
	requests int
	raw      [][]byte // what came, unpacked
	spans    []seenSpan
}

// seenSpan is a span and the process that it came from.
type seenSpan struct {
	*tracepb.Span
	process string
}

// collectorSecret is what a collector wants to see in the header Authorization.
const collectorSecret = "Bearer of-the-collector-1f0c"

// collect starts a collector; a hanging one answers nobody until the test is over.
func collect(t *testing.T, hanging bool) *collector {
	t.Helper()
	c := &collector{t: t}
	if hanging {
		c.hold = make(chan struct{})
	}
	server := httptest.NewServer(c)
	c.url = server.URL
	t.Cleanup(func() {
		if hanging {
			close(c.hold)
		}
		server.Close()
	})
	return c
}

// ServeHTTP takes one export.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.requests++
	c.mu.Unlock()
	if c.hold != nil {
		<-c.hold
		return
	}
	if status := c.refuse.Load(); status != 0 {
		w.WriteHeader(int(status))
		return
	}
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Authorization") != collectorSecret || r.Header.Get("Content-Encoding") != "gzip" {
		c.t.Errorf("not what a collector takes: %s %s, encoded as %q", r.Method, r.URL.Path, r.Header.Get("Content-Encoding"))
	}
	unpacked, err := gzip.NewReader(r.Body)
	if err != nil {
		c.t.Error(err)
		return
	}
	raw, err := io.ReadAll(unpacked)
	if err != nil {
		c.t.Error(err)
		return
	}
	var got collectorpb.ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &got); err != nil {
		c.t.Error(err)
		return
	}
	c.take(raw, &got)
	answer, err := proto.Marshal(&collectorpb.ExportTraceServiceResponse{})
	if err != nil {
		c.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(answer)
}

func (c *collector) take(raw []byte, got *collectorpb.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, raw)
	for _, of := range got.ResourceSpans {
		process := ""
		for _, a := range of.Resource.Attributes {
			if a.Key == "service.instance.id" {
				process = a.Value.GetStringValue()
			}
		}
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, seenSpan{s, process})
			}
		}
	}
}

// count is how many exports have come.
func (c *collector) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// has says whether these words have come in any span.
func (c *collector) has(words string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.raw, func(raw []byte) bool { return bytes.Contains(bytes.ToLower(raw), []byte(strings.ToLower(words))) })
}

// traces are all spans that have come, by the ids of their traces, and by their own.
func (c *collector) traces() map[string]traceOf {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]traceOf{}
	for _, s := range c.spans {
		of := string(s.TraceId)
		if all[of] == nil {
			all[of] = traceOf{}
		}
		if _, twice := all[of][string(s.SpanId)]; twice {
			c.t.Errorf("two spans have one id: %s", s.Name)
		}
		all[of][string(s.SpanId)] = s
	}
	return all
}

// traceOf is one trace: its spans by their ids.
type traceOf map[string]seenSpan

// fact is an attribute of a span as text; empty if it has none.
func (s seenSpan) fact(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			if a.Value.GetBoolValue() {
				return "true"
			}
			return a.Value.GetStringValue()
		}
	}
	return ""
}
