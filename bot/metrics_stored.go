package bot

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"airpass/access"
	"airpass/grants"
	"airpass/outbound"
	"airpass/store"
	"airpass/webhook"
)

// stored counts what is stored, when asked. What the store does not answer is left
// out, not zero, and airpass_ready says why.
type stored struct {
	store        *store.Store
	now          func() time.Time
	overdueAfter func() time.Duration
	checks       []check
	hooks        func() []webhook.Hook
}

// collectTime bounds one look, wall time: Prometheus gives up after 10 s.
const collectTime = 5 * time.Second

// Describe tells nothing: what there is depends on the answer.
func (s *stored) Describe(chan<- *prometheus.Desc) {}

// Collect counts.
func (s *stored) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTime)
	defer cancel()
	g := gauges{ch}
	for _, c := range s.checks {
		g.flag("airpass_ready", "1 if what airpass needs is there, by check; else 0.", c.ok(ctx) == nil, pair{"check", c.name})
	}
	s.rows(ctx, g)
	s.queues(ctx, g)
	s.overdue(ctx, g)
	s.reviews(ctx, g)
	s.settings(ctx, g)
	s.schedules(ctx, g)
	s.drift(ctx, g)
	s.anchors(ctx, g)
	s.webhooks(ctx, g)
	if head, err := s.store.Head(ctx); err == nil {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc("airpass_audit_events_total", "Events in the audit trail: the number of the newest.", nil, nil),
			prometheus.CounterValue, float64(head.Seq))
	}
}

// rows begins at zero for every state, so that a first failure is an increase.
func (s *stored) rows(ctx context.Context, g gauges) {
	counts, err := s.store.Stats(ctx)
	if err != nil {
		return
	}
	for table, states := range tables() {
		for _, state := range states {
			g.put("airpass_rows", "Stored rows by table and state.", float64(counts[table][state]), pair{"table", table}, pair{"state", state})
		}
	}
}

// tables are the states of what is counted.
func tables() map[string][]string {
	return map[string][]string{
		"requests": words(requestStates()), "grants": words(grantStates()),
		"entitlements": words([]access.Presence{access.PresenceUnknown, access.Present, access.Absent}),
		"intents":      words([]access.IntentState{access.IntentOpen, access.IntentAccepted}),
		"messages":     words([]access.MessageState{access.MessageNew, access.MessagePosting, access.MessagePosted, access.MessageFailed}),
	}
}

func words[S ~string](set []S) []string {
	all := make([]string, 0, len(set))
	for _, s := range set {
		all = append(all, string(s))
	}
	return all
}

func wakeKinds() []store.WakeKind {
	return []store.WakeKind{store.WakeAttempt, store.WakeRequest, store.WakeGrant, store.WakeEntitlement, store.WakeMessage, store.WakeReview, store.WakeSetPolicy, store.WakeCampaign, store.WakeOccurrence, store.WakeCampaignReviewer, store.WakeAnchor}
}

func (s *stored) queues(ctx context.Context, g gauges) {
	if counts, err := s.store.Queues(ctx); err == nil {
		for _, queue := range []string{queueDecide, queueReconcile, queueMessages, queueTicks} {
			for _, state := range []string{"waiting", "running", "later"} {
				g.put("airpass_jobs", "Jobs by queue: waiting to be run now, running, or waiting for their time.",
					float64(counts[store.QueueState{Queue: queue, State: state}]), pair{"queue", queue}, pair{"state", state})
			}
		}
	}
	now := s.now()
	oldest, err := s.store.OldestDue(ctx, now)
	if err != nil {
		return
	}
	for _, kind := range wakeKinds() {
		g.put("airpass_oldest_due_seconds", "For how long the row that has been due the longest is due, by kind; 0 if none is.", since(now, oldest[kind]), pair{"kind", string(kind)})
	}
}

// since is how long ago a moment was; 0 if there was none.
func since(now, then time.Time) float64 {
	if then.IsZero() {
		return 0
	}
	return max(0, now.Sub(then).Seconds())
}

func (s *stored) overdue(ctx context.Context, g gauges) {
	now := s.now()
	if n, err := s.store.CountOverdue(ctx, now, s.overdueAfter()); err == nil {
		g.put("airpass_overdue_removals", "Entitlements that nobody needs and that are not confirmed gone in time.", float64(n))
	}
	if first, err := s.store.OldestOverdue(ctx, now, s.overdueAfter()); err == nil {
		g.put("airpass_overdue_oldest_seconds", "For how long nobody has needed the oldest of the overdue removals; 0 if none is.", since(now, first))
	}
}

func (s *stored) reviews(ctx context.Context, g gauges) {
	if owed, overdue, err := s.store.CountReviews(ctx, s.now()); err == nil {
		g.put("airpass_reviews_owed", "Reviews of access taken by break-glass that were not given yet.", float64(owed))
		g.put("airpass_reviews_overdue", "Those of them that should have been given by now.", float64(overdue))
	}
}

func (s *stored) settings(ctx context.Context, g gauges) {
	paused, err1 := s.store.Setting(ctx, grants.Paused)
	restored, err2 := s.store.Restoration(ctx)
	if err1 == nil && err2 == nil {
		g.flag("airpass_paused", "1 while an operator or a restored database keeps new grants back, else 0.", paused != "" || restored != nil)
		g.flag("airpass_restored", "1 while a restored database waits to be compared with the outside, else 0.", restored != nil)
	}
	pending, err1 := s.store.Setting(ctx, grants.PendingBatch)
	confirmed, err2 := s.store.Setting(ctx, grants.ConfirmedBatch)
	if err1 == nil && err2 == nil {
		drift, err1 := s.store.Setting(ctx, grants.PendingDrift)
		agreed, err2 := s.store.Setting(ctx, grants.ConfirmedDrift)
		silence, err3 := grants.SilenceWaits(ctx, s.store)
		g.flag("airpass_inferred_removals_waiting", "1 while a batch of inferred removals waits for an admin, else 0.",
			pending != "" && pending != confirmed || err1 == nil && err2 == nil && drift != "" && drift != agreed || err3 == nil && silence)
	}
}

func (s *stored) schedules(ctx context.Context, g gauges) {
	runs, err := s.store.CronRuns(ctx)
	if err != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		g.put("airpass_schedule_last_run_timestamp_seconds", "When a schedule ran last, by whichever process, wall time.", float64(runs[name].UnixMilli())/1000, pair{"schedule", name})
	}
}

// drift counts what the last look has found; while nobody has looked there is nothing.
func (s *stored) drift(ctx context.Context, g gauges) {
	looked, err := s.store.Setting(ctx, access.DriftSetting)
	if err != nil || looked == "" {
		return
	}
	counts, err := s.store.CountFindings(ctx)
	if err != nil {
		return
	}
	for _, kind := range access.DriftKinds() {
		g.put("airpass_drift_findings", "What the last look for drift has found, by kind.", float64(counts[kind]), pair{"kind", kind})
	}
}

// anchors tells how long heads of the trail have waited to be put somewhere.
func (s *stored) anchors(ctx context.Context, g gauges) {
	places, err := s.store.Anchors(ctx)
	if err != nil {
		return
	}
	now := s.now()
	for _, a := range places {
		waits := 0.0
		if !a.NextAt.IsZero() {
			waits = since(now, a.Head.At)
		}
		g.put("airpass_audit_anchor_waiting_seconds", "For how long a head of the audit trail has waited to be put at a place; 0 if it is there.", waits, pair{"place", a.Place})
	}
}

// webhooks tells how far each receiver that is configured is behind; of one that has not
// begun, or is configured no more, there is nothing.
func (s *stored) webhooks(ctx context.Context, g gauges) {
	all, err := s.store.WebhookBacklogs(ctx)
	if err != nil {
		return
	}
	now := s.now()
	for _, h := range s.hooks() {
		if b, begun := all[h.Name]; begun {
			of := pair{"webhook", h.Name}
			g.put("airpass_webhook_waiting_events", "Events of the audit trail after the last one that a webhook's receiver has taken or that is not for it.", float64(b.Events), of)
			g.put("airpass_webhook_waiting_seconds", "For how long the oldest event that a webhook's receiver has not taken waits; 0 if none does.", since(now, b.Since), of)
		}
	}
}

// pair is a label with its value.
type pair struct{ name, value string }

// gauges takes values one by one.
type gauges struct{ to chan<- prometheus.Metric }

func (g gauges) put(name, help string, value float64, labels ...pair) {
	var names, values []string
	for _, l := range labels {
		names, values = append(names, l.name), append(values, l.value)
	}
	g.to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...)
}

func (g gauges) flag(name, help string, set bool, labels ...pair) {
	g.put(name, help, map[bool]float64{true: 1}[set], labels...)
}

// holding counts what is held back, when asked.
type holding struct{ caller *outbound.Caller }

// Describe tells nothing, like stored.
func (h *holding) Describe(chan<- *prometheus.Desc) {}

// Collect counts the lanes that are held now.
func (h *holding) Collect(ch chan<- prometheus.Metric) {
	counts := h.caller.Holds()
	for _, vendor := range []outbound.Vendor{outbound.Okta, outbound.IdentityCenter, outbound.IdentityStore, outbound.MWAA, outbound.STS, outbound.Slack} {
		gauges{ch}.put("airpass_outbound_held_lanes", "Methods, or methods in a channel, that are not called now because the vendor asked to wait.",
			float64(counts[vendor]), pair{"vendor", string(vendor)})
	}
}
