package replicas_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"airpass/replicas"
	"airpass/store"
)

// registry is a store, and a network to it that can be cut.
type registry struct {
	*store.Store
	mu  sync.Mutex
	cut bool
}

var errCut = errors.New("the network is down")

func (r *registry) Beat(ctx context.Context, me store.Replica) ([]store.Replica, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut {
		return nil, errCut
	}
	return r.Store.Beat(ctx, me)
}

func (r *registry) network(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = down
}

// process is a member that runs, and what it was told last.
type process struct {
	*replicas.Member
	*registry
	stop func() // as if killed: without a word
	mu   sync.Mutex
	told replicas.View
}

func (p *process) view() replicas.View {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told
}

// start has a process serve the database.
func start(t *testing.T, st *store.Store) *process {
	p := &process{registry: &registry{Store: st}}
	p.Member = replicas.New(replicas.Options{Registry: p.registry, Version: "v", Team: "T", Changed: func(v replicas.View) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.told = v
	}})
	if err := p.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	p.stop = func() { cancel(); <-done }
	return p
}

// inTime runs a story in time of its own, on a database.
func inTime(t *testing.T, story func(t *testing.T, st *store.Store)) {
	t.Helper()
	t.Parallel()
	path := filepath.Join(t.TempDir(), "airpass.db")
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(t.Context(), "sqlite:"+path, store.Options{Now: time.Now, Key: store.AuditKey{ID: "k", Key: make([]byte, 32)}})
		if err != nil {
			t.Fatal(err)
		}
		story(t, st)
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

// share is what a process makes of a budget of 1.
func share(p *process) float64 { return 1 / p.view().Share() }

func TestReplicasDivideAndGrowBack(t *testing.T) {
	inTime(t, func(t *testing.T, st *store.Store) {
		a := start(t, st)
		if v := a.view(); v.Live != 1 || v.Place != 0 || share(a) != 1 {
			t.Fatalf("alone: %+v", v)
		}
		time.Sleep(time.Minute + replicas.Every/4) // between two beats of a, which would see b at once
		b := start(t, st)
		// Now a has all of it still, and b takes no more than a quarter.
		if share(a) != 1 || share(b) != 0.25 {
			t.Errorf("b has just come: %g and %g", share(a), share(b))
		}
		time.Sleep(replicas.Every + time.Millisecond)
		if share(a) != 0.5 {
			t.Errorf("a beat later: %g", share(a))
		}
		time.Sleep(3 * replicas.Every)
		c := start(t, st)
		time.Sleep(4 * replicas.Every)
		for i, p := range []*process{a, b, c} {
			if v := p.view(); v.Live != 3 || v.Place != i || v.Others != 4 || v.Arriving {
				t.Errorf("three: %d sees %+v", i, v)
			}
		}
		b.stop() // killed
		time.Sleep(replicas.DeadAfter - replicas.Every)
		if v := a.view(); v.Live != 3 {
			t.Errorf("taken for dead too soon: %+v", v)
		}
		time.Sleep(3 * replicas.Every)
		if a.view().Live != 2 || c.view().Live != 2 || c.view().Place != 1 {
			t.Errorf("b is dead: %+v %+v", a.view(), c.view())
		}
		a.stop()
		if err := a.Leave(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(replicas.Every + time.Millisecond)
		if v := c.view(); v.Live != 1 || v.Place != 0 || v.Share() != 1 {
			t.Errorf("a has left: %+v", v)
		}
		c.stop()
	})
}

func TestAReplicaThatIsCutOffKeepsItsShare(t *testing.T) {
	inTime(t, func(t *testing.T, st *store.Store) {
		a, b := start(t, st), start(t, st)
		time.Sleep(5 * replicas.Every)
		b.network(true)
		time.Sleep(time.Minute)
		if a.view().Live != 1 || share(b) != 0.5 {
			t.Errorf("cut off: %+v %+v", a.view(), b.view())
		}
		b.network(false)
		time.Sleep(2*replicas.Every + time.Millisecond)
		if a.view().Live != 2 || b.view().Live != 2 {
			t.Errorf("together again: %+v %+v", a.view(), b.view())
		}
		a.stop()
		b.stop()
	})
}

// The registry is gone for all of them. Who is back first has not heard the others for
// long, and takes nobody for dead: they could not say anything.
func TestAnOutageOfTheRegistryIsNobodysDeath(t *testing.T) {
	inTime(t, func(t *testing.T, st *store.Store) {
		a, b := start(t, st), start(t, st)
		time.Sleep(5 * replicas.Every)
		a.network(true)
		b.network(true)
		time.Sleep(time.Minute)
		a.network(false)
		time.Sleep(replicas.Every + time.Millisecond)
		if v := a.view(); v.Live != 2 {
			t.Errorf("back first: %+v", v)
		}
		b.network(false)
		time.Sleep(3 * replicas.Every)
		if a.view().Live != 2 || b.view().Live != 2 {
			t.Errorf("both back: %+v %+v", a.view(), b.view())
		}
		b.stop()
		time.Sleep(replicas.DeadAfter + 2*replicas.Every)
		if v := a.view(); v.Live != 1 {
			t.Errorf("the other one has died: %+v", v)
		}
		a.stop()
	})
}

// However many come at once or one after the other, together they never take more
// than about twice the budget, and after a few beats not more than the budget.
func TestTheyNeverTakeTwiceTheBudget(t *testing.T) {
	inTime(t, func(t *testing.T, st *store.Store) {
		var all []*process
		sum := func() (s float64) {
			for _, p := range all {
				s += share(p)
			}
			return s
		}
		most := 0.0
		for range 4 {
			for range 3 {
				all = append(all, start(t, st))
				most = max(most, sum())
			}
			for range 4 {
				time.Sleep(replicas.Every)
				most = max(most, sum())
			}
			if s := sum(); s > 1.0001 || s < 0.9999 {
				t.Errorf("%d replicas have %g of the budget", len(all), s)
			}
		}
		if most >= 2 {
			t.Errorf("%g of the budget", most)
		}
		t.Logf("at most %.2f of the budget", most)
		for _, p := range all {
			p.stop()
		}
	})
}

func TestWithoutARegistryThereIsOne(t *testing.T) {
	t.Parallel()
	told := 0
	m := replicas.New(replicas.Options{Changed: func(v replicas.View) {
		if told++; v.Share() != 1 || v.Connections() != 2 {
			t.Errorf("%+v", v)
		}
	}})
	if err := errors.Join(m.Join(t.Context()), m.Leave(t.Context())); err != nil || told != 1 {
		t.Error(err, told)
	}
	m.Run(t.Context())
}
