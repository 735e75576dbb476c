package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"airpass/access"
	"airpass/approvals"
	"airpass/chat"
	"airpass/config"
	"airpass/grants"
	"airpass/handlers"
	"airpass/messages"
	"airpass/outbound"
	"airpass/store"
	"airpass/tracing"
)

// Options is what Start needs. Only Config must be set.
type Options struct {
	Config *config.Config
	// Now is the domain clock; nil is the sandbox clock of the configuration, or else
	// the machine's. It must not go backwards.
	Now func() time.Time
	Log *slog.Logger
	// AfterCall is told of each call to the outside when its result has arrived and
	// before it is used; nil is nobody.
	AfterCall func(outbound.Call)
	Version   string
}

// Bot is a running airpass.
type Bot struct {
	engine *engine
	probes *probes
	line   connection
	peers  *peers
	stop   context.CancelFunc // of everything that runs until Close
	slack  sync.WaitGroup     // the connection to Slack, and what follows a clock or a start
	store  *store.Store
	life   *lineage
	unlock func()
	flush  func(context.Context) error // of traces
	log    *slog.Logger
}

// Start builds and starts everything. It returns when the process is at work; that
// Slack or another vendor does not answer is no error, it is tried again for ever
// and shown by /readyz. On SQLite it is an error that another process serves the
// same file.
func Start(ctx context.Context, o Options) (*Bot, error) {
	c, log := o.Config, o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	log = slog.New(tracing.LogHandler(log.Handler()))
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &Bot{stop: stop, log: log}
	ok := false
	defer func() {
		if !ok {
			_ = b.Close(run)
		}
	}()

	now, followed, err := clockOf(ctx, o)
	if err != nil {
		return nil, err
	}
	metrics := newMetrics()
	if b.store, b.unlock, err = openToServe(ctx, c, now, log, both(logEvents(log), metrics.happened)); err != nil {
		return nil, err
	}
	trace, flush, err := newTracer(ctx, c.Tracing, o.Version, log)
	if err != nil {
		return nil, err
	}
	b.flush = flush
	caller := outbound.New(outbound.Options{Budgets: budgets(c.Quotas), Now: now, Held: held(log, metrics), Begin: begin(metrics, trace), After: o.AfterCall})
	v, err := newVendors(c, caller, now) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return nil, err
	}

	granting := newGrants(c, b.store, v, now, log, trace, metrics.settled)
	deciding := newApprovals(c, b.store, v, now, log, trace, metrics.judged)
	outbox := messages.NewOutbox(messages.OutboxOptions{Store: b.store, Sender: sender{v.slack}, Link: linkOf(c), Now: now,
		OverdueAfter: c.Times.OverdueAfter, Command: c.Slack.Command, Log: log, Trace: trace})
	b.engine = newEngine(b.store, now, log)
	b.engine.ran = metrics.ran
	if err := b.engine.prepare(steps(deciding, granting, outbox), schedules(c, b.engine, granting, b.store, log)); err != nil {
		return nil, err
	}

	router := handlers.NewRouter(handlers.Options{Team: c.Slack.Team, Command: c.Slack.Command, Record: deciding.Record,
		Once: deciding.Once, Targets: c.Targets, Views: v.slack, Tell: tell(v.slack), Count: metrics.delivered, Answered: metrics.answered, Now: now, Log: log})
	if b.line, err = connect(ctx, c, router, metrics, func(total int) { b.peers.hello(run, total) }, now, log); err != nil {
		return nil, err
	}
	b.peers = newPeers(peersOptions{store: b.store, caller: caller, line: b.line, version: o.Version, team: c.Slack.Team,
		adminChannel: c.Slack.AdminChannel, now: now, log: log})
	metrics.peers(b.peers)
	if err := b.peers.member.Join(run); err != nil {
		return nil, err
	}
	whose := &identity{ask: v.slack.Identity, team: c.Slack.Team, log: log}
	checks := []check{
		{name: "database", ok: b.store.Ping},
		{name: "migrations", ok: b.store.CheckSchema},
		{name: "slack", ok: func(context.Context) error { return cmp.Or(whose.ok(), b.line.Ready()) }, note: b.peers.note},
	}
	metrics.watch(caller, &stored{store: b.store, now: now, overdueAfter: c.Times.OverdueAfter, checks: checks}, o.Version)
	if b.probes, err = newProbes(ctx, c.HTTP.Listen, metrics.registry, checks); err != nil {
		return nil, err
	}
	b.life = &lineage{store: b.store, follows: b.store.Lineage(), channel: c.Slack.AdminChannel, log: log}
	if err := b.life.look(ctx); err != nil { // before anything is given
		return nil, err
	}
	if err := b.engine.start(run); err != nil {
		return nil, err
	}
	b.slack.Go(func() { b.life.follow(run) })
	b.slack.Go(func() { b.peers.run(run) })
	b.slack.Go(func() { _ = b.line.Run(run) })
	b.slack.Go(func() { whose.check(run) })
	b.slack.Go(func() { b.engine.catchUp(run) })
	if followed != nil {
		b.slack.Go(func() { followed.follow(run, func() { b.Wake(run) }, log) })
	}
	log.Info("airpass serves", "version", o.Version, "store", b.store.Dialect(), "probes", b.probes.addr, "targets", len(c.Targets()), "slack", c.Slack.Mode)
	ok = true
	return b, nil
}

// clockOf chooses the domain clock.
func clockOf(ctx context.Context, o Options) (func() time.Time, *followedClock, error) {
	switch {
	case o.Now != nil:
		return o.Now, nil, nil
	case o.Config.Sandbox.ClockURL == "":
		return func() time.Time { return time.Now().UTC() }, nil, nil
	}
	followed := &followedClock{url: o.Config.Sandbox.ClockURL}
	if _, err := followed.read(ctx); err != nil {
		return nil, nil, fmt.Errorf("sandbox.clock_url: %w", err)
	}
	return followed.Now, followed, nil
}

// openStore opens the store as configured. told hears of what happens; nil is nobody.
func openStore(ctx context.Context, c *config.Config, now func() time.Time, log *slog.Logger, told func(context.Context, []access.Event)) (*store.Store, error) {
	old := map[string][]byte{}
	for id, key := range c.Audit.OldKeys {
		old[id] = config.KeyBytes(key)
	}
	return store.Open(ctx, c.Store.URL.Reveal(), store.Options{Now: now, Log: log, OnEvents: told,
		Key: store.AuditKey{ID: c.Audit.KeyID, Key: config.KeyBytes(c.Audit.Key), Old: old}})
}

// How long the start waits for a PostgreSQL that cannot be reached, how often it
// tries, and how often it says so. Wall time.
const (
	databaseWait  = time.Minute
	databaseTry   = time.Second
	databaseWords = 5 * time.Second
)

// openToServe opens the store as the one process that serves a SQLite file, or one
// of several on PostgreSQL. One that cannot be reached is waited for: database and
// airpass may be started together.
func openToServe(ctx context.Context, c *config.Config, now func() time.Time, log *slog.Logger, told func(context.Context, []access.Event)) (*store.Store, func(), error) {
	begin, said := time.Now(), time.Time{}
	for {
		st, unlock, err := openOnce(ctx, c, now, log, told)
		if err == nil || !store.Unreachable(err) || time.Since(begin) > databaseWait {
			return st, unlock, err
		}
		if time.Since(said) >= databaseWords {
			said = time.Now()
			log.Warn("PostgreSQL cannot be reached; trying again", "for", databaseWait-time.Since(begin).Round(time.Second), "error", err)
		}
		select {
		case <-ctx.Done():
			return nil, unlock, errors.Join(err, ctx.Err())
		case <-time.After(databaseTry):
		}
	}
}

func openOnce(ctx context.Context, c *config.Config, now func() time.Time, log *slog.Logger, told func(context.Context, []access.Event)) (*store.Store, func(), error) {
	st, err := openStore(ctx, c, now, log, told)
	if err != nil {
		return nil, func() {}, err
	}
	unlock, err := st.Lock(ctx)
	if err == nil {
		err = st.Reclaim(ctx)
	} else {
		unlock = func() {}
	}
	if err != nil {
		return nil, func() {}, errors.Join(err, st.Close())
	}
	return st, unlock, nil
}

func newGrants(c *config.Config, st *store.Store, v vendors, now func() time.Time, log *slog.Logger, trace *tracing.Tracer, settled func(access.Grant)) *grants.Service {
	return grants.New(grants.Options{
		Store: st, Environments: v.mwaa, Directory: v.okta, People: v.identityCenter, Now: now, Log: log, Trace: trace, Settled: settled,
		Systems:             map[access.Kind]grants.System{access.AssignmentGroup: v.okta, access.OktaMembership: v.okta, access.PushedMembership: v.identityCenter, access.AccountAssignment: v.identityCenter},
		ProvisioningTimeout: c.Times.ProvisioningTimeout, SettleWindow: c.Times.SettleWindow, OverdueAfter: c.Times.OverdueAfter,
		LinkWarningAfter: c.Times.LinkWarningAfter, InferredMax: c.Caps.InferredMax, InferredShare: c.Caps.InferredShare,
		Outstanding: c.Quotas.OutstandingAssignments, AdminChannel: c.Slack.AdminChannel,
	})
}

func newApprovals(c *config.Config, st *store.Store, v vendors, now func() time.Time, log *slog.Logger, trace *tracing.Tracer, judged func(access.AttemptKind, approvals.Outcome)) *approvals.Service {
	return approvals.New(approvals.Options{
		Store: st, Directory: v.okta, Workspace: workspace{v.slack}, People: v.identityCenter, Environments: v.mwaa,
		Conditions: c.Conditions, Targets: c.Targets, Now: now, Log: log, Trace: trace, Judged: judged, Team: c.Slack.Team, AllowedDomains: c.Slack.AllowedDomains,
		RequestsChannel: c.Slack.RequestsChannel, AdminChannel: c.Slack.AdminChannel, NotifyMax: c.Slack.NotifyMax,
		RequestLapse: c.Times.RequestLapse, ClickDeadline: c.Times.ClickDeadline,
	})
}

// steps says which service moves which rows.
func steps(deciding *approvals.Service, granting *grants.Service, outbox *messages.Outbox) map[store.WakeKind]step {
	return map[store.WakeKind]step{
		store.WakeAttempt:     deciding.Judge,
		store.WakeRequest:     deciding.Attend,
		store.WakeGrant:       granting.StepGrant,
		store.WakeEntitlement: granting.StepEntitlement,
		store.WakeMessage: func(ctx context.Context, id string, version int64) error {
			_, err := outbox.Step(ctx, id, version) // when to try again is in the row
			return err
		},
	}
}

// deactivationLimit is how long a deactivation sweep may ask Okta about everybody: 100
// calls a minute, about 50 people each, are 5,000 people a minute.
const deactivationLimit = 30 * time.Minute

func schedules(c *config.Config, e *engine, granting *grants.Service, st *store.Store, log *slog.Logger) []schedule {
	return []schedule{
		{name: "sweep", every: c.Schedules.Sweep, do: e.sweep, always: true},
		{name: "deactivation", every: c.Schedules.Deactivation, do: granting.SweepDeactivated, limit: deactivationLimit},
		{name: "audit_head", every: c.Schedules.AuditHead, do: func(ctx context.Context) error {
			head, err := st.Head(ctx)
			if err == nil {
				log.InfoContext(ctx, "audit head", "seq", head.Seq, "hash", head.Hash, "key_id", head.KeyID, "mac", head.MAC, "at", head.At)
			}
			return err
		}},
	}
}

// tell says something to one person: in the channel, where only they see it, or in
// a direct message where that fails.
func tell(slack *chat.Client) func(ctx context.Context, channel, user, words string) error {
	return func(ctx context.Context, channel, user, words string) error {
		text := messages.Escape(words)
		if channel != "" && slack.Ephemeral(ctx, channel, user, text) == nil {
			return nil
		}
		dm, err := slack.OpenDM(ctx, user)
		if err != nil {
			return err
		}
		_, err = slack.Post(ctx, dm, chat.Message{Text: text})
		return err
	}
}

// held says once that a vendor has asked to wait, for all the calls kept back.
func held(log *slog.Logger, m *metrics) func(context.Context, outbound.Site, string, time.Duration) {
	return func(ctx context.Context, site outbound.Site, lane string, wait time.Duration) {
		m.holds.WithLabelValues(string(site.Vendor), site.Name).Inc()
		log.WarnContext(ctx, "throttled; no such call is made until then", "vendor", site.Vendor, "operation", site.Name, "channel", lane, "wait", wait)
	}
}

// Wake looks at once for what has become due: the domain clock has moved.
func (b *Bot) Wake(ctx context.Context) {
	if err := b.engine.sweep(ctx); err != nil && ctx.Err() == nil {
		b.log.Error("sweep failed", "err", err)
	}
}

// Addr is where the probes listen: "127.0.0.1:8080".
func (b *Bot) Addr() string { return b.probes.addr }

// Close stops taking work from Slack, lets steps under way finish, and closes
// everything, in the reverse order of Start. ctx bounds the wait.
func (b *Bot) Close(ctx context.Context) error {
	b.stop()
	b.slack.Wait()
	var errs []error
	if b.line != nil {
		errs = append(errs, b.line.Close())
	}
	if b.engine != nil {
		errs = append(errs, b.engine.stop(ctx))
	}
	if b.probes != nil {
		errs = append(errs, b.probes.close(ctx))
	}
	if b.life != nil { // the next start must know how far this one went
		if err := b.life.look(ctx); err != nil {
			b.log.Warn("could not write down how far the database has gone", "error", err)
		}
	}
	if b.peers != nil {
		b.peers.leave(ctx)
	}
	if b.flush != nil {
		errs = append(errs, b.flush(ctx))
	}
	if b.unlock != nil {
		b.unlock()
	}
	if b.store != nil {
		errs = append(errs, b.store.Close())
	}
	return errors.Join(errs...)
}
