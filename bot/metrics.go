package bot

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"airpass/access"
	"airpass/approvals"
	"airpass/outbound"
	"airpass/store"
)

// metrics is what Prometheus reads.
type metrics struct {
	registry   *prometheus.Registry
	calls      *prometheus.CounterVec
	callTime   *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	waits      *prometheus.HistogramVec
}

func newMetrics(st *store.Store, now func() time.Time, overdueAfter time.Duration) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "airpass_outbound_calls_total",
			Help: "Calls to outside systems, by vendor, operation and result."}, []string{"vendor", "operation", "result"}),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "airpass_outbound_call_seconds",
			Help: "Time of calls to outside systems, without the wait for our own budget.", Buckets: prometheus.DefBuckets}, []string{"vendor", "operation"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "airpass_slack_deliveries_total",
			Help: "What Slack delivered, by type and outcome."}, []string{"type", "outcome"}),
	}
	m.waits = budgetWaits(m.registry)
	m.registry.MustRegister(m.calls, m.callTime, m.deliveries, &rows{store: st, now: now, overdueAfter: overdueAfter},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// called counts one call to the outside.
func (m *metrics) called(c outbound.Call) {
	result := "ok"
	var v *access.VendorError
	switch {
	case errors.As(c.Err, &v):
		result = string(v.Class)
	case c.Err != nil:
		result = "error"
	}
	m.calls.WithLabelValues(string(c.Site.Vendor), c.Site.Name, result).Inc()
	m.callTime.WithLabelValues(string(c.Site.Vendor), c.Site.Name).Observe(c.Took.Seconds())
	m.waits.WithLabelValues(string(c.Site.Vendor), c.Priority.String()).Observe(c.Waited.Seconds())
}

// budgetWaits is how long calls have waited for our own budget.
func budgetWaits(r *prometheus.Registry) *prometheus.HistogramVec {
	waits := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "airpass_budget_wait_seconds",
		Help:    "Time that calls to outside systems have waited for our own budget, by vendor and priority.",
		Buckets: []float64{0.005, 0.05, 0.25, 1, 2.5, 5, 10, 20}}, []string{"vendor", "priority"})
	r.MustRegister(waits)
	return waits
}

// peers shows the replicas and who else uses our Slack app.
func (m *metrics) peers(p *peers) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "airpass_replicas",
			Help: "Replicas alive as this one sees it, itself included: budgets are divided by it."}, func() float64 { return float64(p.live()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "airpass_foreign_slack_connections",
			Help: "Connections of our Slack app that are another deployment's."}, func() float64 { return float64(p.foreign.count()) }))
}

func (m *metrics) delivered(kind, outcome string) { m.deliveries.WithLabelValues(kind, outcome).Inc() }

// rows counts what is stored, when asked.
type rows struct {
	store        *store.Store
	now          func() time.Time
	overdueAfter time.Duration
}

// The descriptions of what rows counts.
func descriptions() (byState, overdue, paused *prometheus.Desc) {
	return prometheus.NewDesc("airpass_rows", "Stored rows by table and state.", []string{"table", "state"}, nil),
		prometheus.NewDesc("airpass_overdue_removals", "Entitlements that nobody needs and that are not confirmed gone in time.", nil, nil),
		prometheus.NewDesc("airpass_paused", "1 while new grants are paused, else 0.", nil, nil)
}

// Describe tells what is counted.
func (r *rows) Describe(ch chan<- *prometheus.Desc) {
	byState, overdue, paused := descriptions()
	ch <- byState
	ch <- overdue
	ch <- paused
}

// Collect counts. A store that does not answer is an invalid metric, not a zero.
func (r *rows) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	byState, overdue, paused := descriptions()
	if n, err := r.store.CountOverdue(ctx, r.now(), r.overdueAfter); err != nil {
		ch <- prometheus.NewInvalidMetric(overdue, err)
	} else {
		ch <- prometheus.MustNewConstMetric(overdue, prometheus.GaugeValue, float64(n))
	}
	if p, err := r.paused(ctx); err != nil {
		ch <- prometheus.NewInvalidMetric(paused, err)
	} else {
		ch <- prometheus.MustNewConstMetric(paused, prometheus.GaugeValue, map[bool]float64{true: 1}[p])
	}
	counts, err := r.store.Stats(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(byState, err)
		return
	}
	for table, states := range counts {
		for state, n := range states {
			ch <- prometheus.MustNewConstMetric(byState, prometheus.GaugeValue, float64(n), table, state)
		}
	}
}

// paused says whether an operator or a restored database keeps new grants back.
func (r *rows) paused(ctx context.Context) (bool, error) {
	p, err := r.store.Setting(ctx, approvals.Paused)
	if err != nil || p != "" {
		return p != "", err
	}
	restored, err := r.store.Restoration(ctx)
	return restored != nil, err
}
