package bot

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"airpass/access"
	"airpass/approvals"
	"airpass/outbound"
)

// metrics is what Prometheus reads: what this process has done, and, when asked,
// what is stored. No label holds an id, a name or an address: each has a bounded set of values.
type metrics struct {
	registry *prometheus.Registry

	calls    *prometheus.CounterVec
	callTime *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	holds    *prometheus.CounterVec

	deliveries *prometheus.CounterVec
	waits      *prometheus.HistogramVec
	answers    *prometheus.HistogramVec

	attempts *prometheus.CounterVec
	requests *prometheus.CounterVec
	grants   *prometheus.CounterVec
	ends     *prometheus.CounterVec
	retained *prometheus.CounterVec
	toActive prometheus.Histogram
	toGone   prometheus.Histogram

	steps *prometheus.HistogramVec
	ticks *prometheus.HistogramVec

	reloads *prometheus.CounterVec
	loaded  prometheus.Gauge
}

// The buckets, in seconds: of our own steps, of what Slack waits for (3 s), and of
// what people wait for.
func stepBuckets() []float64   { return []float64{.005, .02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30} }
func answerBuckets() []float64 { return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 3} }
func waitBuckets() []float64   { return []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600} }

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls:    counter("airpass_outbound_calls_total", "Calls to outside systems, by vendor, operation and result.", "vendor", "operation", "result"),
		callTime: histogram("airpass_outbound_call_seconds", "Time of calls to outside systems, without the wait for our own budget.", prometheus.DefBuckets, "vendor", "operation"),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "airpass_outbound_in_flight", Help: "Calls to outside systems under way now."}, []string{"vendor"}),
		holds:    counter("airpass_outbound_holds_total", "How often a vendor has asked us to wait, once for all the calls that are kept back.", "vendor", "operation"),

		deliveries: counter("airpass_slack_deliveries_total", "What Slack delivered, by type and outcome.", "type", "outcome"),
		answers:    histogram("airpass_slack_answer_seconds", "Time from a delivery's arrival until its answer is known; Slack waits for 3 seconds.", answerBuckets(), "kind"),

		attempts: counter("airpass_attempts_total", "Attempts judged, by what was attempted and what became of it.", "action", "outcome"),
		requests: counter("airpass_requests_total", "Requests that came into a state; pending are those that were made.", "state"),
		grants:   counter("airpass_grants_total", "Grants that came into a state.", "state"),
		retained: counter("airpass_retention_total", "What retention has taken away: people who were erased, rows that were deleted.", "what"),
		ends:     counter("airpass_grant_ends_total", "Grants whose access began to be taken away, by the reason.", "reason"),
		toActive: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "airpass_grant_provisioning_seconds", Help: "Time from a grant's start, which is its approval or the later start that was asked for, until it was verified active.", Buckets: waitBuckets()}),
		toGone:   prometheus.NewHistogram(prometheus.HistogramOpts{Name: "airpass_grant_removal_seconds", Help: "Time from a grant's end until its access was verified gone.", Buckets: waitBuckets()}),

		steps: histogram("airpass_step_seconds", "Time of steps, by the kind of row and whether the step could be carried out.", stepBuckets(), "kind", "outcome"),
		ticks: histogram("airpass_tick_seconds", "Time of what schedules fire, by schedule and whether it could be carried out.", stepBuckets(), "schedule", "outcome"),

		reloads: counter("airpass_config_reloads_total", "How often the configuration was read again, by what became of it.", "result"),
		loaded:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "airpass_config_loaded_timestamp_seconds", Help: "When the configuration in use was taken into use."}),
	}
	m.waits = budgetWaits(m.registry)
	m.registry.MustRegister(m.calls, m.callTime, m.inFlight, m.holds, m.deliveries, m.answers, m.attempts, m.requests, m.grants, m.ends, m.retained,
		m.toActive, m.toGone, m.steps, m.ticks, m.reloads, m.loaded, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.begin()
	return m
}

// begin makes what alerts look at begin at zero: of a counter that begins at one,
// Prometheus sees no increase.
func (m *metrics) begin() {
	for _, site := range outbound.Serving() {
		for _, result := range []access.Class{access.Denied, access.Unavailable, access.Throttled} {
			m.calls.WithLabelValues(string(site.Vendor), site.Name, string(result))
		}
		m.inFlight.WithLabelValues(string(site.Vendor))
		m.holds.WithLabelValues(string(site.Vendor), site.Name)
	}
	for _, kind := range []string{"block_actions", "view_submission", "slash_commands"} {
		m.deliveries.WithLabelValues(kind, "failed")
	}
	for _, kind := range []access.AttemptKind{access.AttemptAsk, access.AttemptInstead, access.AttemptApprove, access.AttemptDeny, access.AttemptCancel, access.AttemptRevoke, access.AttemptCut, access.AttemptLift, access.AttemptExtend, access.AttemptTell, access.AttemptHome, access.AttemptLogin,
		access.AttemptQuestion, access.AttemptReply, access.AttemptBreakGlass, access.AttemptJustified, access.AttemptNotJustified, access.AttemptTakeBack} {
		for _, outcome := range approvals.Outcomes() {
			m.attempts.WithLabelValues(string(kind), string(outcome))
		}
	}
	for _, state := range requestStates() {
		m.requests.WithLabelValues(string(state))
	}
	for _, state := range grantStates() {
		m.grants.WithLabelValues(string(state))
	}
	for _, reason := range []access.EndReason{access.EndExpired, access.EndReturned, access.EndRevoked, access.EndFailed, access.EndDeactivated, access.EndRefused} {
		m.ends.WithLabelValues(string(reason))
	}
	for _, result := range []string{reloadLoaded, reloadUnchanged, reloadRefused, reloadFailed} {
		m.reloads.WithLabelValues(result)
	}
	for _, kind := range wakeKinds() {
		m.steps.WithLabelValues(string(kind), "ok")
		m.steps.WithLabelValues(string(kind), "failed")
	}
}

func requestStates() []access.RequestState {
	return []access.RequestState{access.RequestPending, access.RequestApproved, access.RequestDenied, access.RequestCancelled, access.RequestLapsed}
}

func grantStates() []access.GrantState {
	return []access.GrantState{access.GrantScheduled, access.GrantProvisioning, access.GrantActive, access.GrantRevoking, access.GrantEnded}
}

// watch adds what is found out when Prometheus asks.
func (m *metrics) watch(caller *outbound.Caller, rows *stored, version string) {
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "airpass_build_info", Help: "1, with the version of airpass and Go and the kind of store."}, []string{"version", "go_version", "store"})
	build.WithLabelValues(version, runtime.Version(), rows.store.Dialect()).Set(1)
	m.registry.MustRegister(build, rows, &holding{caller})
}

// called counts one call to the outside.
func (m *metrics) called(c outbound.Call) {
	m.calls.WithLabelValues(string(c.Site.Vendor), c.Site.Name, access.Result(c.Err)).Inc()
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

func (m *metrics) answered(kind string, took time.Duration) {
	m.answers.WithLabelValues(kind).Observe(took.Seconds())
}

func (m *metrics) judged(action access.AttemptKind, outcome approvals.Outcome) {
	m.attempts.WithLabelValues(string(action), string(outcome)).Inc()
}

// ran counts a step or a tick.
func (m *metrics) ran(what, name string, took time.Duration, err error) {
	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	of := m.steps
	if what == "tick" {
		of = m.ticks
	}
	of.WithLabelValues(name, outcome).Observe(took.Seconds())
}

// happened counts what this process has moved.
func (m *metrics) happened(_ context.Context, events []access.Event) {
	for _, e := range events {
		of, what, _ := strings.Cut(string(e.Kind), ".")
		switch {
		case e.Kind == "request.created":
			m.requests.WithLabelValues(string(access.RequestPending)).Inc()
		case e.Kind == "personal.erased" && e.Actor == retaining():
			m.retained.WithLabelValues("people").Inc()
		case e.Kind == "retention.deleted":
			for _, what := range deletedRows() {
				n, _ := strconv.Atoi(e.Facts[what]) // written by the store itself
				m.retained.WithLabelValues(what).Add(float64(n))
			}
		case of == "request" && known(requestStates(), what):
			m.requests.WithLabelValues(what).Inc()
		case of == "grant" && known(grantStates(), what):
			m.grants.WithLabelValues(what).Inc()
			if what == string(access.GrantRevoking) {
				m.ends.WithLabelValues(e.Facts["why"]).Inc()
			}
		}
	}
}

// deletedRows are the sorts of rows that retention deletes.
func deletedRows() []string { return []string{"requests", "attempts", "notices"} }

// known says whether a word is one of a set.
func known[S ~string](set []S, word string) bool {
	for _, s := range set {
		if string(s) == word {
			return true
		}
	}
	return false
}

// settled measures what people wait for, in domain time.
func (m *metrics) settled(g access.Grant) {
	switch g.State {
	case access.GrantActive:
		m.toActive.Observe(g.ActiveAt.Sub(g.StartAt).Seconds())
	case access.GrantEnded:
		m.toGone.Observe(g.EndedAt.Sub(g.RevokingSince).Seconds())
	}
}
