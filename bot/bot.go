package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/approvals"
	"airpass/campaigns"
	"airpass/chat"
	"airpass/config"
	"airpass/cuts"
	"airpass/grants"
	"airpass/handlers"
	"airpass/messages"
	"airpass/outbound"
	"airpass/store"
	"airpass/tracing"
	"airpass/webhook"
)

// Options is what Start needs. Only Config must be set.
type Options struct {
	Config *config.Config
	// Source is where Config was read, to be read again when it changes and at each
	// Hangup; nil is never.
	Source *config.Source
	Hangup <-chan os.Signal
	// Level is the level of Log, set again when the configuration changes it; nil is fixed.
	Level *slog.LevelVar
	// Now is the domain clock; nil is the sandbox clock of the configuration, or else
	// the machine's. It must not go backwards.
	Now func() time.Time
	// Wall is the machine's clock, by which is decided when Slack is asked again how many
	// connections the app has; nil is time.Now. A test moves it.
	Wall func() time.Time
	Log  *slog.Logger
	// AfterCall is told of each call to the outside when its result has arrived and
	// before it is used; nil is nobody.
	AfterCall func(outbound.Call)
	// Budgets are instead of those of the configuration with which airpass starts; nil is none.
	// A test that has a source read for long does not wait for it.
	Budgets map[outbound.Vendor]outbound.Budget
	Version string
}

// Bot is a running airpass.
type Bot struct {
	works   atomic.Pointer[works] // of the configuration in use
	line    atomic.Pointer[line]  // to Slack
	lines   open                  // which are not closed yet
	peers   *peers
	caller  *outbound.Caller
	pace    *approvals.Pace // of logins, whatever configuration is in use
	engine  *engine
	router  *handlers.Router
	probes  *probes
	metrics *metrics
	stop    context.CancelFunc          // of everything that runs until Close
	spawn   func(func(context.Context)) // runs something beside everything else until Close
	slack   sync.WaitGroup              // what was spawned: the connection to Slack, what follows a clock or a start
	store   *store.Store
	hooks   atomic.Pointer[webhook.Service]
	life    *lineage
	unlock  func()
	trace   *tracing.Tracer
	flush   func(context.Context) error // of traces
	now     func() time.Time
	level   *slog.LevelVar
	log     *slog.Logger
}

// Start builds and starts everything. It returns when the process is at work; that
// Slack or another vendor does not answer is no error, it is tried again for ever
// and shown by /readyz. On SQLite it is an error that another process serves the
// same file.
func Start(ctx context.Context, o Options) (*Bot, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &Bot{stop: stop, level: o.Level, log: slog.New(tracing.LogHandler(log.Handler()))}
	b.spawn = func(do func(context.Context)) { b.slack.Go(func() { do(run) }) }
	ok := false
	defer func() {
		if !ok {
			_ = b.Close(run)
		}
	}()

	followed, err := b.open(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := b.arrange(ctx, o.Config); err != nil {
		return nil, err
	}
	if err := b.meet(ctx, run, o); err != nil {
		return nil, err
	}
	if err := b.report(ctx, o); err != nil {
		return nil, err
	}
	b.life = &lineage{store: b.store, follows: b.store.Lineage(), channel: b.adminChannel, log: b.log}
	if err := b.life.look(ctx); err != nil { // before anything is given
		return nil, err
	}
	if err := b.engine.start(run); err != nil {
		return nil, err
	}
	b.attend(o, followed)
	b.log.Info("airpass serves", "version", o.Version, "replica", b.engine.id, "store", b.store.Dialect(), "probes", b.probes.addr, "targets", len(o.Config.Targets()), "slack", o.Config.Slack.Mode)
	ok = true
	return b, nil
}

// open gets what everything else stands on: the clock, which it returns if it is one to be
// followed, the store, traces, and the door to the outside.
func (b *Bot) open(ctx context.Context, o Options) (followed *followedClock, err error) {
	if b.now, followed, err = clockOf(ctx, o); err != nil {
		return nil, err
	}
	b.metrics = newMetrics()
	if b.store, b.unlock, err = openToServe(ctx, o.Config, b.now, b.log, both(both(logEvents(b.log), b.metrics.happened), b.ring)); err != nil {
		return nil, err
	}
	if b.trace, b.flush, err = newTracer(ctx, o.Config.Tracing, o.Version, b.log); err != nil {
		return nil, err
	}
	b.pace = approvals.NewPace()
	allowed := budgets(o.Config.Quotas)
	maps.Copy(allowed, o.Budgets)
	b.caller = outbound.New(outbound.Options{Budgets: allowed, Now: b.now, Held: held(b.log, b.metrics), Begin: begin(b.metrics, b.trace), Record: recordCalls(b.store, b.log), After: o.AfterCall})
	return followed, nil
}

// arrange makes the works of the configuration, and the engine that will move the rows.
func (b *Bot) arrange(ctx context.Context, c *config.Config) error {
	first, err := b.build(c) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return err
	}
	b.works.Store(first)
	b.loaded(c)
	b.engine = newEngine(b.store, b.now, b.log)
	b.engine.ran = b.metrics.ran
	if err := b.engine.prepare(b.steps(), b.schedules(c)); err != nil {
		return err
	}
	return first.asking.Schedule(ctx)
}

// meet prepares the connection to Slack, and joins the other replicas, with which
// connections and budgets are divided.
func (b *Bot) meet(ctx, run context.Context, o Options) error {
	c := o.Config
	b.router = b.newRouter(c.Slack.Team)
	line, err := b.connect(ctx, c, func(total int) { b.peers.hello(run, total) })
	if err != nil {
		return err
	}
	b.line.Store(line)
	b.lines.add(line)
	b.peers = newPeers(peersOptions{id: b.engine.id, store: b.store, caller: b.caller, lines: b.linesOf(c), version: o.Version, team: c.Slack.Team,
		adminChannel: b.adminChannel, wall: o.Wall, log: b.log})
	b.metrics.peers(b.peers)
	return b.peers.member.Join(run)
}

// report makes what tells others of airpass: metrics, probes and webhooks.
func (b *Bot) report(ctx context.Context, o Options) (err error) {
	checks := []check{
		{name: "database", ok: b.store.Ping},
		{name: "migrations", ok: b.store.CheckSchema},
		{name: "slack", ok: func(context.Context) error { return cmp.Or(b.works.Load().whose.ok(), b.line.Load().Ready()) }, note: b.peers.note},
	}
	overdueAfter := func() time.Duration { return b.works.Load().config.Times.OverdueAfter }
	b.metrics.watch(b.caller, &stored{store: b.store, now: b.now, overdueAfter: overdueAfter, checks: checks, hooks: b.receivers}, o.Version)
	if b.probes, err = newProbes(ctx, o.Config.HTTP.Listen, b.metrics.registry, checks); err != nil {
		return err
	}
	b.hooks.Store(webhook.New(webhook.Options{Store: b.store, Caller: b.caller, Hooks: b.receivers, Source: sourceOf(o.Config), Log: b.log}))
	return nil
}

// attend begins what runs until Close beside the engine.
func (b *Bot) attend(o Options, followed *followedClock) {
	line, whose := b.line.Load(), b.works.Load().whose
	b.spawn(b.life.follow)
	b.spawn(b.hooks.Load().Run)
	b.spawn(b.peers.run)
	b.spawn(func(run context.Context) { b.lines.run(run, line) })
	b.spawn(whose.check)
	b.spawn(b.engine.catchUp)
	b.spawn(b.engine.findLost)
	if followed != nil {
		b.spawn(func(run context.Context) { followed.follow(run, func() { b.Wake(run) }, b.log) })
	}
	if o.Source != nil {
		o.Source.FetchWith(Secrets(b.caller))
		r := &reloader{bot: b, source: o.Source, renewed: make(chan struct{}, 1)}
		b.spawn(func(run context.Context) { r.follow(run, o.Hangup) })
	}
}

// adminChannel is where those who run airpass are told things now.
func (b *Bot) adminChannel() string { return b.works.Load().config.Slack.AdminChannel }

// newRouter is the one router of everything Slack says, whatever works are in place.
func (b *Bot) newRouter(team string) *handlers.Router {
	return handlers.NewRouter(handlers.Options{Team: team, Now: b.now, Log: b.log, Count: b.metrics.delivered, Answered: b.metrics.answered, Views: views{b},
		Command: func() string { return b.works.Load().config.Slack.Command },
		Targets: func() []access.Target { return b.works.Load().config.Targets() },
		Offered: func(user string) []access.Target { return b.works.Load().deciding.Offered(user) },
		Prospect: func(ctx context.Context, user string, c access.Choice, anew bool) (access.Prospect, error) {
			return b.works.Load().deciding.Prospect(ctx, user, c, anew)
		},
		Request: func(ctx context.Context, id string) (access.Request, error) { return b.store.Request(ctx, id) },
		Cut:     func(ctx context.Context, id string) (access.Cut, error) { return b.store.Cut(ctx, id) },
		Certification: func(ctx context.Context, reviewer, user, after string) (messages.Certification, error) {
			return b.certification(ctx, reviewer, user, func() (messages.Certification, error) {
				return messages.LoadCertificationPage(ctx, b.store, reviewer, after)
			})
		},
		Open: func(ctx context.Context, reviewer, user string) (messages.Certification, error) {
			return b.certification(ctx, reviewer, user, func() (messages.Certification, error) {
				return messages.LoadCertificationOpen(ctx, b.store, reviewer)
			})
		},
		Zone: func(ctx context.Context, user string) (string, error) {
			r, _, err := b.store.Reader(ctx, user)
			return r.Zone, err
		},
		Reader: func(ctx context.Context, slackID string) messages.Printer {
			return readerOf(b.store, b.works.Load().config)(ctx, slackID)
		},
		Record: func(ctx context.Context, a access.Attempt) (bool, error) {
			return b.works.Load().deciding.Record(ctx, a)
		},
		Once: func(ctx context.Context, id string) (bool, error) { return b.works.Load().deciding.Once(ctx, id) },
		Tell: func(ctx context.Context, channel, user, words string) error {
			return tell(b.works.Load().vendors.slack)(ctx, channel, user, words)
		}})
}

// certification is what somebody in Slack is asked as a reviewer of a campaign, for a form.
func (b *Bot) certification(ctx context.Context, reviewer, user string, load func() (messages.Certification, error)) (messages.Certification, error) {
	if err := b.askedIn(ctx, reviewer, user); err != nil {
		return messages.Certification{}, err
	}
	v, err := load()
	if err != nil {
		return v, err
	}
	works := b.works.Load()
	v.Targets = works.config.Targets()
	v.Zone, err = works.deciding.Zone(ctx, user, v.Reviewer.Person.OktaID)
	return v, err
}

// askedIn says whether it is this person in Slack who is asked as a reviewer of a campaign.
func (b *Bot) askedIn(ctx context.Context, reviewer, user string) error {
	m, err := b.store.Message(ctx, access.CampaignMessage(reviewer))
	if err == nil && m.To != user {
		err = access.ErrNotAllowed
	}
	return err
}

// views opens modals with the bot token in use.
type views struct{ bot *Bot }

// OpenView opens a modal.
func (v views) OpenView(ctx context.Context, trigger string, view slack.ModalViewRequest) (id, hash string, err error) {
	return v.bot.works.Load().vendors.slack.OpenView(ctx, trigger, view)
}

// UpdateView changes a modal.
func (v views) UpdateView(ctx context.Context, id, hash string, view slack.ModalViewRequest) (now string, err error) {
	return v.bot.works.Load().vendors.slack.UpdateView(ctx, id, hash, view)
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

func newGrants(c *config.Config, st *store.Store, v vendors, cutting *cuts.Service, starts grants.Beginnings, now func() time.Time, log *slog.Logger, trace *tracing.Tracer, settled func(access.Grant)) *grants.Service {
	o := grants.Options{
		Store: st, Environments: v.mwaa, Directory: v.okta, People: v.identityCenter, Beginnings: starts, Now: now, Log: log, Trace: trace, Settled: settled,
		Systems:             map[access.Kind]grants.System{access.AssignmentGroup: v.okta, access.OktaMembership: v.okta, access.PushedMembership: v.identityCenter, access.AccountAssignment: v.identityCenter, access.ApplicationAssignment: v.identityCenter, access.GroupAssignment: v.identityCenter},
		ProvisioningTimeout: c.Times.ProvisioningTimeout, SettleWindow: c.Times.SettleWindow, OverdueAfter: c.Times.OverdueAfter,
		LinkWarningAfter: c.Times.LinkWarningAfter, RemindBefore: c.Times.RemindBefore, InferredMax: c.Caps.InferredMax, InferredShare: c.Caps.InferredShare,
		Outstanding: c.Quotas.OutstandingAssignments, AdminChannel: c.Slack.AdminChannel,
	}
	if cutting != nil && c.AWS.Cuts != nil && c.AWS.Cuts.Deactivated {
		o.Cuts = cutting
	}
	return grants.New(o)
}

func newApprovals(c *config.Config, st *store.Store, v vendors, cutting *cuts.Service, asking *campaigns.Service, pace *approvals.Pace, now func() time.Time, log *slog.Logger, trace *tracing.Tracer, judged func(access.AttemptKind, approvals.Outcome)) *approvals.Service {
	o := approvals.Options{
		Store: st, Directory: v.okta, Workspace: workspace{v.slack}, Others: others{v.slack, v.onCall}, People: v.identityCenter, Environments: v.mwaa, Logins: logins{v.mwaa, v.slack, readerOf(st, c)}, Pace: pace,
		OnCall: onCallRules(c), Conditions: c.Conditions, Speak: speaksOf(c), Targets: c.Targets, Guardians: guardians(c), Admins: c.Admins, Now: now, Log: log, Trace: trace, Judged: judged, Team: c.Slack.Team, AllowedDomains: c.Slack.AllowedDomains,
		AwayStatus: c.Slack.AwayStatus, RequestsChannel: c.Slack.RequestsChannel, AdminChannel: c.Slack.AdminChannel, NotifyMax: c.Slack.NotifyMax,
		RequestLapse: c.Times.RequestLapse, ClickDeadline: c.Times.ClickDeadline,
	}
	if cutting != nil {
		o.Cuts = cutting
	}
	if asking != nil {
		o.Campaigns = asking
	}
	return approvals.New(o)
}

// onCallRules name who is on call, for conditions.
func onCallRules(c *config.Config) []access.Approver {
	var all []access.Approver
	for _, schedule := range c.PagerDuty.OnCall {
		all = append(all, access.Approver{Kind: access.ApproverOnCall, Value: schedule})
	}
	return all
}

// guardians are the owners of an environment, and the admins.
func guardians(c *config.Config) func(environment string) []string {
	return func(environment string) []string {
		e, _ := c.Environment(environment)
		return slices.Concat(c.Admins, e.Owners)
	}
}

// tell says something to one person: in the channel, where only they see it, or in
// a direct message where that fails.
func tell(client *chat.Client) func(ctx context.Context, channel, user, words string) error {
	return func(ctx context.Context, channel, user, words string) error {
		text := messages.Escape(words)
		if channel != "" && client.Ephemeral(ctx, channel, user, chat.Message{Text: text}) == nil {
			return nil
		}
		dm, err := client.OpenDM(ctx, user)
		if err != nil {
			return err
		}
		_, err = client.Post(ctx, dm, chat.Message{Text: text})
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
	if l := b.line.Load(); l != nil {
		errs = append(errs, l.Close())
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
	if b.unlock != nil {
		b.unlock()
	}
	if b.store != nil {
		errs = append(errs, b.store.Close())
	}
	if b.flush != nil { // last: who comes next need not wait for a collector
		errs = append(errs, b.flush(ctx))
	}
	return errors.Join(errs...)
}
