package bot

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/robfig/cron/v3"

	"airpass/access"
	"airpass/store"
	"airpass/tracing"
)

// How the engine runs. A step is bounded well below the moment at which River takes
// it for stuck; what is due soon is woken by a timer, what is due later by a
// scheduled job, and what is due much later by the sweep alone.
const (
	stepTimeout  = 30 * time.Second
	rescueAfter  = 45 * time.Second
	stopTimeout  = 20 * time.Second
	timerHorizon = 5 * time.Second
	jobHorizon   = 10 * time.Minute
	sweepBatch   = 2000
)

// wake is the one kind of job that moves rows on: it says which row, and at which
// version it was worth a look. A row that has moved since makes it a no-op.
type wake struct {
	What    store.WakeKind `json:"what"`
	ID      string         `json:"id"`
	Version int64          `json:"version"`
	// Later marks a job that waits for its time. It is no reason not to insert one for
	// now: the domain clock may have moved, and jobs are unique by their arguments.
	Later bool `json:"later,omitempty"`
}

// Kind is the job's name in River's tables.
func (wake) Kind() string { return "wake" }

// tick is a job that a schedule fires.
type tick struct {
	Name string `json:"name"`
}

// Kind is the job's name in River's tables.
func (tick) Kind() string { return "tick" }

// live are the states in which a job counts as there already. A finished one does
// not: the same row at the same version may be woken again.
func live() []rivertype.JobState {
	return []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
		rivertype.JobStateRetryable, rivertype.JobStateScheduled}
}

// step moves one row on; see the services' Step methods.
type step func(ctx context.Context, id string, version int64) error

// schedule is a tick by name: when it fires and what it does. Both follow the wall
// clock; what they look at follows the domain clock.
type schedule struct {
	name  string
	every cron.Schedule
	do    func(ctx context.Context) error
	// always: runs at each tick and each start, and leaves no note of when it ran.
	always bool
	// limit is how long it may run; 0 is stepTimeout.
	limit time.Duration
}

// engine runs steps and schedules on River. The rows are the truth: a job is a
// wake-up that may be lost, repeated or late.
type engine struct {
	id     string // of this process, with which its jobs are marked
	store  *store.Store
	now    func() time.Time
	log    *slog.Logger
	client *river.Client[*sql.Tx]
	steps  map[store.WakeKind]step

	mu        sync.Mutex
	schedules map[string]schedule
	running   map[int64]int // jobs that are run, or have just ended
	// ran is told of each step (by the kind of row) and each tick (by its name) that
	// was run; nil is nobody.
	ran func(what, name string, took time.Duration, err error)
}

// newEngine builds the engine. Without workers it only inserts jobs, for commands
// that change rows while another process runs the steps.
func newEngine(st *store.Store, now func() time.Time, log *slog.Logger) *engine {
	return &engine{id: rand.Text(), store: st, now: now, log: log, steps: map[store.WakeKind]step{}, schedules: map[string]schedule{}, running: map[int64]int{}}
}

// insertOnly prepares an engine that wakes rows for somebody else to move.
func (e *engine) insertOnly() error {
	client, err := river.NewClient(e.store.Driver(), &river.Config{Logger: e.riverLog()})
	if err != nil {
		return fmt.Errorf("job engine: %w", err)
	}
	e.client = client
	e.store.OnWake(e.insert)
	return nil
}

// prepare builds River's client with all steps and schedules.
func (e *engine) prepare(steps map[store.WakeKind]step, schedules []schedule) error {
	e.steps = steps
	workers := river.NewWorkers()
	river.AddWorker(workers, &wakeWorker{engine: e})
	river.AddWorker(workers, &tickWorker{engine: e})
	var periodic []*river.PeriodicJob
	for _, s := range schedules {
		e.schedules[s.name] = s
		periodic = append(periodic, s.periodic())
	}
	client, err := river.NewClient(e.store.Driver(), &river.Config{
		ID:           e.id,
		Workers:      workers,
		Queues:       queues(),
		PeriodicJobs: periodic, Logger: e.riverLog(),
		JobTimeout: stepTimeout, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: stopTimeout,
		FetchCooldown: 20 * time.Millisecond, FetchOnlyKnownKinds: true, MaxAttempts: 3,
		CompletedJobRetentionPeriod: time.Hour, DiscardedJobRetentionPeriod: 24 * time.Hour,
		RetryPolicy: retrySoon{},
	})
	if err != nil {
		return fmt.Errorf("job engine: %w", err)
	}
	e.client = client
	e.store.OnWake(e.insert)
	e.store.OnWoken(e.nudge)
	return nil
}

// periodic is the schedule as River takes it.
func (s schedule) periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(s.every, func() (river.JobArgs, *river.InsertOpts) {
		return tick{Name: s.name}, &river.InsertOpts{Queue: queueTicks, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live()}, MaxAttempts: 1}
	}, &river.PeriodicJobOpts{ID: s.name, RunOnStart: true})
}

// reschedule gives the schedules whose times have changed new ones.
func (e *engine) reschedule(schedules []schedule) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range schedules {
		if reflect.DeepEqual(e.schedules[s.name].every, s.every) {
			continue
		}
		e.client.PeriodicJobs().RemoveByID(s.name)
		if _, err := e.client.PeriodicJobs().AddSafely(s.periodic()); err != nil {
			return fmt.Errorf("schedules.%s: %w", s.name, err)
		}
		e.schedules[s.name] = s
	}
	return nil
}

// scheduled finds a schedule by name.
func (e *engine) scheduled(name string) (schedule, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, known := e.schedules[name]
	return s, known
}

// start begins to run jobs until stop.
func (e *engine) start(ctx context.Context) error {
	if err := e.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("job engine: %w", err)
	}
	return e.sweep(ctx)
}

// catchUp sweeps again each second for as long as something may become due whose
// timer ended with an earlier process.
func (e *engine) catchUp(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range timerHorizon/time.Second + 1 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := e.sweep(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("sweep failed", "err", err)
		}
	}
}

// How often it is looked for jobs of ours that have ended without the database hearing
// of it, and how long one that has begun or ended counts as under way. Wall time.
const (
	lostEvery = 10 * time.Second
	lostGrace = 5 * time.Second
)

// findLost has jobs run again whose end the database has not heard of: as long as they
// count as running nothing else looks at their rows.
func (e *engine) findLost(ctx context.Context) {
	tick := time.NewTicker(lostEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		looked, cancel := context.WithTimeout(ctx, lostEvery)
		n, err := e.store.FreeLostJobs(looked, e.id, e.underWay(), lostGrace)
		cancel()
		if err == nil && n > 0 {
			e.log.Info("jobs whose end could not be stored are run again", "jobs", n)
		}
	}
}

// underWay are the jobs that are run, or have just ended.
func (e *engine) underWay() []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.AppendSeq([]int64{}, maps.Keys(e.running))
}

// begins notes a job that is run until the returned function is called, and a little
// longer: that it has ended is stored afterwards.
func (e *engine) begins(job int64) (ends func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running[job]++ // it may be run again before that
	return func() {
		time.AfterFunc(lostGrace, func() {
			e.mu.Lock()
			defer e.mu.Unlock()
			if e.running[job]--; e.running[job] == 0 {
				delete(e.running, job)
			}
		})
	}
}

// stop lets the jobs under way finish.
func (e *engine) stop(ctx context.Context) error {
	if e.client == nil {
		return nil
	}
	return e.client.Stop(ctx)
}

// riverLog keeps River's own chatter to warnings.
func (e *engine) riverLog() *slog.Logger { return slog.New(quiet{e.log.Handler()}) }

// insert puts wakes into the transaction that caused them.
func (e *engine) insert(ctx context.Context, tx *sql.Tx, wakes []store.Wake) error {
	var jobs []river.InsertManyParams
	now := e.now()
	for _, w := range wakes {
		wait := time.Duration(0)
		if !w.At.IsZero() {
			wait = max(0, w.At.Sub(now))
		}
		switch {
		case wait == 0:
			jobs = append(jobs, e.job(w, time.Time{}))
		case wait <= timerHorizon:
			time.AfterFunc(wait, func() { e.wakeNow(w) }) //nolint:contextcheck // outlives the transaction on purpose
		case wait <= jobHorizon:
			jobs = append(jobs, e.job(w, time.Now().Add(wait)))
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	_, err := e.client.InsertManyTx(ctx, tx, jobs)
	return err
}

// wakeNow inserts a job for a wake whose time has come. If that fails the sweep
// finds the row.
func (e *engine) wakeNow(w store.Wake) {
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	job := e.job(w, time.Time{})
	if _, err := e.client.Insert(ctx, job.Args, job.InsertOpts); err != nil {
		e.log.Debug("wake left to the sweep", "what", w.Kind, "id", w.ID, "err", err)
	}
	e.nudge([]store.Wake{w})
}

// nudge has the queues of wakes looked at.
func (e *engine) nudge(wakes []store.Wake) {
	for _, w := range wakes {
		e.store.Nudge(queueOf(w))
	}
}

func (e *engine) job(w store.Wake, at time.Time) river.InsertManyParams {
	return river.InsertManyParams{
		Args: wake{What: w.Kind, ID: w.ID, Version: w.Version, Later: !at.IsZero()},
		InsertOpts: &river.InsertOpts{Queue: queueOf(w), Priority: 2, ScheduledAt: at,
			UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live()}},
	}
}

// wakeWorker runs the step of a row.
type wakeWorker struct {
	river.WorkerDefaults[wake]
	engine *engine
}

// Timeout is how long a step may run: one that builds an occurrence of a campaign reads
// everything outside. River takes none for stuck before.
func (w *wakeWorker) Timeout(job *river.Job[wake]) time.Duration {
	if job.Args.What == store.WakeOccurrence {
		return buildLimit
	}
	return 0 // the engine's
}

// Work runs one step. A failure here is of the store: vendors' failures are part of
// what a step records.
func (w *wakeWorker) Work(ctx context.Context, job *river.Job[wake]) error {
	defer w.engine.begins(job.ID)()
	do, known := w.engine.steps[job.Args.What]
	if !known {
		return river.JobCancel(fmt.Errorf("no step for %q", job.Args.What))
	}
	err := w.engine.timed("step", string(job.Args.What), func() error { return do(ctx, job.Args.ID, job.Args.Version) })
	if errors.Is(err, access.ErrNotFound) {
		return river.JobCancel(err)
	}
	if err != nil {
		w.engine.log.ErrorContext(about(ctx, job.Args), "step failed", "what", job.Args.What, "id", job.Args.ID, "version", job.Args.Version, "err", err)
	}
	return err
}

// about is what a job says of its row without looking at it: the store may be what
// has failed.
func about(ctx context.Context, job wake) context.Context {
	switch job.What {
	case store.WakeRequest:
		return tracing.With(ctx, tracing.Request(job.ID))
	case store.WakeGrant:
		return tracing.With(ctx, tracing.Grant("", job.ID))
	}
	return ctx
}

// errPanic is the outcome of work that did not return.
var errPanic = errors.New("panic")

// timed runs work and tells how long it took, also of a panic.
func (e *engine) timed(what, name string, work func() error) error {
	err, begin := errPanic, time.Now()
	defer func() {
		if e.ran != nil {
			e.ran(what, name, time.Since(begin), err)
		}
	}()
	err = work()
	return err
}

// tickWorker runs what a schedule fires.
type tickWorker struct {
	river.WorkerDefaults[tick]
	engine *engine
}

// Timeout is how long a tick may run. River takes none for stuck before.
func (w *tickWorker) Timeout(job *river.Job[tick]) time.Duration {
	return w.engine.schedules[job.Args.Name].limit
}

// Work runs one tick. A tick that fails is not repeated: the next one sees the same
// rows.
func (w *tickWorker) Work(ctx context.Context, job *river.Job[tick]) error {
	defer w.engine.begins(job.ID)()
	s, known := w.engine.scheduled(job.Args.Name)
	if !known {
		return river.JobCancel(fmt.Errorf("no schedule named %q", job.Args.Name))
	}
	err := w.engine.timed("tick", s.name, func() error { return w.engine.fire(ctx, s, time.Now()) })
	if err != nil {
		w.engine.log.ErrorContext(ctx, "tick failed", "name", s.name, "err", err)
	}
	return err
}

// fire runs a schedule unless it ran since it was last due: River forgets ticks when
// its leader dies and fires each schedule at a start, so that the row decides.
func (e *engine) fire(ctx context.Context, s schedule, wall time.Time) error {
	if s.always {
		return s.do(ctx)
	}
	last, err := e.store.CronRun(ctx, s.name)
	if err != nil {
		return err
	}
	if !last.IsZero() && s.every.Next(last).After(wall.Add(time.Second)) {
		return nil
	}
	if err := s.do(ctx); err != nil {
		return err
	}
	return e.store.Update(ctx, access.System("schedule"), func(tx *store.Tx) error { return tx.SetCronRun(s.name, wall) })
}

// retrySoon repeats a step whose store failed after a few seconds; after the last
// attempt the sweep wakes the row again.
type retrySoon struct{}

// NextRetry is two seconds after each failure.
func (retrySoon) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(2 * time.Second) }

// quiet passes warnings and errors only.
type quiet struct{ slog.Handler }

// Enabled reports whether a record of this level is passed on.
func (quiet) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// WithAttrs and WithGroup stay quiet.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup stays quiet.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
