package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// probes serves what those who run airpass look at:
//
//	/healthz   the process is alive
//	/readyz    it can do its work: database, migrations and Slack connection, each by name
//	/metrics   Prometheus
type probes struct {
	server *http.Server
	addr   string
}

// check says what is wrong with one thing that airpass needs; nil is nothing.
type check struct {
	name string
	ok   func(ctx context.Context) error
	note func() string // said beside "ok"; nil is nothing
}

func newProbes(ctx context.Context, listen string, metrics *prometheus.Registry, checks []check) (*probes, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, checks) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("http.listen: %w", err)
	}
	p := &probes{server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, addr: ln.Addr().String()}
	go func() { _ = p.server.Serve(ln) }()
	return p, nil
}

func ready(w http.ResponseWriter, r *http.Request, checks []check) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	status, answer := http.StatusOK, map[string]string{}
	for _, c := range checks {
		answer[c.name] = "ok"
		if c.note != nil && c.note() != "" {
			answer[c.name] += ": " + c.note()
		}
		if err := c.ok(ctx); err != nil {
			status, answer[c.name] = http.StatusServiceUnavailable, err.Error()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (p *probes) close(ctx context.Context) error { return p.server.Shutdown(ctx) }
