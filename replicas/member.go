package replicas

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"airpass/store"
)

// How often a replica beats and after how long without a beat it is dead, wall time;
// and for how many beats it counts as arriving, by when all others have beaten too.
const (
	Every     = 2 * time.Second
	DeadAfter = 4*Every + Every/2
	arriving  = 2
)

// Registry is where replicas know each other from; see store.Store.
type Registry interface {
	Beat(ctx context.Context, r store.Replica) ([]store.Replica, error)
	Forget(ctx context.Context, r store.Replica) (bool, error)
	Depart(ctx context.Context, id string) error
}

// Options configures a Member.
type Options struct {
	// ID is what the others know this process by; empty is a random one. What it works
	// on is marked with it, so that the others can go on with that.
	ID string
	// Registry is nil where nobody else can be: the one process of a SQLite file.
	Registry Registry
	Version  string
	Team     string // Slack's
	// Holds is how many connections to Slack this process has now; nil is none.
	Holds func() int
	// Changed is told of each view that differs from the one before, Join's included,
	// by one goroutine at a time.
	Changed func(View)
	Log     *slog.Logger
}

// Member is this process among the replicas.
type Member struct {
	o    Options
	self store.Replica
	list roster

	mu   sync.Mutex
	view View
}

// New returns a member that nobody knows of before Join.
func New(o Options) *Member {
	if o.Holds == nil {
		o.Holds = func() int { return 0 }
	}
	if o.Changed == nil {
		o.Changed = func(View) {}
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return &Member{o: o, self: store.Replica{ID: cmp.Or(o.ID, rand.Text()), Version: o.Version, Team: o.Team, StartedAt: time.Now()},
		list: roster{deadAfter: DeadAfter}, view: View{Live: 1}}
}

// View is what was known at the last beat that reached the registry.
func (m *Member) View() View {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.view
}

// Join makes this process known, before it does anything that is divided.
func (m *Member) Join(ctx context.Context) error {
	if m.o.Registry == nil {
		m.o.Changed(m.View())
		return nil
	}
	err := m.beat(ctx)
	if err == nil {
		m.o.Changed(m.View())
	}
	return err
}

// Run beats until ctx ends. While the registry cannot be reached the last view holds:
// the others may have taken this replica for dead by then, and they may not.
func (m *Member) Run(ctx context.Context) {
	if m.o.Registry == nil {
		return
	}
	tick := time.NewTicker(Every)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		before := m.View()
		err := m.beat(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			m.o.Log.Warn("the other replicas cannot be told that this one is alive; budgets stay as they are", "replicas", before.Live, "err", err)
		case err == nil && failing:
			m.o.Log.Info("the other replicas hear of this one again")
		}
		failing = err != nil
		if now := m.View(); now != before {
			if now.Live != before.Live {
				m.o.Log.Info("replicas", "live", now.Live, "before", before.Live)
			}
			m.o.Changed(now)
		}
	}
}

// Leave tells the others at once that this one ends.
func (m *Member) Leave(ctx context.Context) error {
	if m.o.Registry == nil {
		return nil
	}
	return m.o.Registry.Depart(ctx, m.self.ID)
}

func (m *Member) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*Every)
	defer cancel()
	m.self.Beats++
	m.self.BeatAt = time.Now()
	m.self.Connections = max(m.o.Holds(), m.View().Connections())
	rows, err := m.o.Registry.Beat(ctx, m.self)
	if err != nil {
		return err
	}
	living, dead := m.list.look(rows, time.Now())
	for _, d := range dead {
		gone, err := m.o.Registry.Forget(ctx, d)
		if err != nil {
			return err
		}
		if gone {
			m.o.Log.Warn("a replica is gone without a word", "replica", d.ID, "version", d.Version, "last_beat", d.BeatAt)
		}
	}
	m.see(living)
	return nil
}

// see makes a view of the living.
func (m *Member) see(living []store.Replica) {
	v := View{Live: len(living), Arriving: m.self.Beats <= arriving}
	for i, r := range living {
		if r.ID == m.self.ID {
			v.Place = i
		} else {
			v.Others += r.Connections
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.view = v
}
