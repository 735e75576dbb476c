package store_test

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"airpass/access"
	"airpass/internal/pgtest"
	"airpass/store"
	"airpass/store/storetest"
)

// together runs f n times at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; f(i) })
	}
	close(start)
	wg.Wait()
}

func TestOfFiftyMovesOneWins(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r := w.ask(ada, prod)
		var won, stale atomic.Int32
		together(50, func(int) {
			err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
				r := r
				r.State = access.RequestDenied
				_, err := tx.SaveRequest(r)
				return err
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, access.ErrStale):
				stale.Add(1)
			default:
				t.Errorf("got %v", err)
			}
		})
		if won.Load() != 1 || stale.Load() != 49 {
			t.Errorf("%d won, %d were stale", won.Load(), stale.Load())
		}
		if kinds := w.kinds(); len(kinds) != 2 {
			t.Errorf("events: %v", kinds)
		}
	})
}

func TestWhatIsToldOnceIsToldByOneOfMany(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var told atomic.Int32
		together(20, func(int) {
			err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
				said, err := tx.LockSetting("told")
				if err != nil || said != "" {
					return err
				}
				told.Add(1)
				return tx.SetSetting("told", "yes")
			})
			if err != nil {
				t.Error(err)
			}
		})
		if n := told.Load(); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestTwoApprovalsInTheSameMomentMakeOneGrant(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r := w.ask(ada, prod)
		other := w.open() // as if by another replica
		var won atomic.Int32
		together(2, func(i int) {
			s := []*store.Store{w.Store, other}[i]
			err := s.Update(t.Context(), tester, func(tx *store.Tx) error {
				r := r
				r.State, r.Decider = access.RequestApproved, grace
				r, err := tx.SaveRequest(r)
				if err != nil {
					return err
				}
				_, err = tx.CreateGrant(access.Grant{RequestID: r.ID, Subject: ada, Target: prod, State: access.GrantProvisioning,
					StartAt: tx.Now(), EndAt: tx.Now()}, prod.Entitlements(ada.OktaID, "p"))
				return err
			})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, access.ErrStale) {
				t.Errorf("got %v", err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d approvals won", won.Load())
		}
		if grants, err := w.GrantsOf(t.Context(), ada.OktaID, true); err != nil || len(grants) != 1 {
			t.Errorf("%d grants, %v", len(grants), err)
		}
	})
}

func TestConcurrentChangesFormOneUnbrokenChain(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		stores := []*store.Store{w.Store, w.open(), w.open()}
		together(12, func(i int) {
			for n := range 10 {
				err := stores[i%3].Update(t.Context(), tester, func(tx *store.Tx) error {
					tx.Record(access.Event{Kind: "test.happened", Facts: map[string]string{"who": fmt.Sprint(i), "n": fmt.Sprint(n)}})
					tx.Record(access.Event{Kind: "test.happened_again"})
					return nil
				})
				if err != nil {
					t.Errorf("got %v", err)
				}
			}
		})
		if r := w.verified(); r.Events != 240 {
			t.Errorf("%d events", r.Events)
		}
	})
}

func TestOneOfManyWorkersClaims(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.entitlements(w.grant(w.ask(ada, prod), access.GrantProvisioning))[0]
		var claimed atomic.Int32
		together(20, func(i int) {
			err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
				_, mine, err := tx.ClaimEntitlement(e.ID, e.Version, fmt.Sprint("worker", i), time.Now(), time.Now().Add(time.Minute))
				if mine {
					claimed.Add(1)
				}
				return err
			})
			if err != nil {
				t.Errorf("got %v", err)
			}
		})
		if claimed.Load() != 1 {
			t.Errorf("%d workers have it", claimed.Load())
		}
	})
}

// Two grants of one person end in the same moment: each sees the other's hold unless
// the entitlement's row is locked before the holds are read, and then nobody would
// take the access away.
func TestTwoGrantsThatEndTogetherLeaveNothingWanted(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		first, second := w.grant(w.ask(ada, prod), access.GrantProvisioning), w.grant(w.ask(ada, prod), access.GrantProvisioning)
		end := func(g access.Grant, then func()) error {
			return w.Update(t.Context(), tester, func(tx *store.Tx) error {
				g.State = access.GrantRevoking
				_, err := tx.SaveGrant(g)
				then()
				return err
			})
		}
		done := make(chan error, 1)
		err := end(first, func() {
			go func() { done <- end(second, func() {}) }()
			w.waitForLock()
		})
		if err := errors.Join(err, <-done); err != nil {
			t.Fatal(err)
		}
		for _, e := range w.entitlements(first) {
			if e.UnwantedSince.IsZero() {
				t.Errorf("%s is still wanted", e.Ref.Key())
			}
		}
	})
}

// waitForLock waits until a transaction waits for another one's row. SQLite needs no
// waiting: a second transaction does not begin before the first has ended.
func (w *world) waitForLock() {
	w.t.Helper()
	if w.Dialect() == "sqlite" {
		return
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var n int
		err := w.DB().QueryRowContext(w.t.Context(), `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		if err != nil {
			w.t.Errorf("look at the locks: %v", err)
			return
		}
		if n > 0 {
			return
		}
	}
	w.t.Error("nobody waits")
}

func TestGrantsOfOnePersonInManyOrdersDoNotBlockEachOther(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		refs := prod.Entitlements(ada.OktaID, "p")
		requests := make([]access.Request, 16)
		for i := range requests {
			requests[i] = w.ask(ada, prod)
		}
		together(len(requests), func(i int) {
			mine := []access.Ref{refs[i%2], refs[(i+1)%2]}
			err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
				r := requests[i]
				r.State = access.RequestApproved
				if _, err := tx.SaveRequest(r); err != nil {
					return err
				}
				_, err := tx.CreateGrant(access.Grant{RequestID: r.ID, Subject: ada, Target: prod, State: access.GrantProvisioning, StartAt: noon, EndAt: noon}, mine)
				return err
			})
			if err != nil {
				t.Errorf("got %v", err)
			}
		})
		if list, err := w.GrantsOf(t.Context(), ada.OktaID, true); err != nil || len(list) != len(requests) {
			t.Errorf("%d grants, %v", len(list), err)
		}
	})
}

func TestSeveralOpenTheSameDatabaseAtOnce(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T, url string) {
		var g errgroup.Group
		for range 3 {
			g.Go(func() error {
				s, err := store.Open(t.Context(), url, store.Options{Now: time.Now, Key: key()})
				if err != nil {
					return err
				}
				_, err = s.Due(t.Context(), time.Now(), 1)
				return errors.Join(err, s.Close())
			})
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); open(t, storetest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); open(t, pgtest.Copy(t, storetest.Migrate)) })
}

// Two transactions that take the same rows in opposite orders: PostgreSQL gives one of
// them up, which is then run again. SQLite lets one begin after the other.
func TestATransactionThatIsGivenUpRunsAgain(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.update(func(tx *store.Tx) error { return errors.Join(tx.SetSetting("a", "0"), tx.SetSetting("b", "0")) })
		var runs atomic.Int32
		var meet sync.WaitGroup
		meet.Add(2)
		keys := [2][2]string{{"a", "b"}, {"b", "a"}}
		together(2, func(i int) {
			first := true
			err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
				runs.Add(1)
				if err := tx.SetSetting(keys[i][0], fmt.Sprint("from ", i)); err != nil {
					return err
				}
				if first && w.Dialect() == "postgres" {
					first = false
					meet.Done()
					meet.Wait() // both have their first row now
				}
				return tx.SetSetting(keys[i][1], fmt.Sprint("from ", i))
			})
			if err != nil {
				t.Errorf("got %v", err)
			}
		})
		if w.Dialect() == "postgres" && runs.Load() < 3 {
			t.Errorf("ran %d times", runs.Load())
		}
		w.verified()
	})
}

// A step on an entitlement wakes its grant while a move of the grant touches the
// entitlement. They take their rows in the same order, so that PostgreSQL, which
// needs a second to find out that two wait for each other, has nothing to give up.
func TestAStepAndAMoveDoNotWaitForEachOther(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var runs atomic.Int32
		for range 15 {
			g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
			e := w.claim(w.entitlements(g)[0].ID, "worker")
			changes := []func(tx *store.Tx) error{
				func(tx *store.Tx) error {
					g, err := tx.Grant(g.ID)
					if err != nil {
						return err
					}
					g.State = access.GrantRevoking
					_, err = tx.SaveGrant(g)
					return err
				},
				func(tx *store.Tx) error {
					e, err := tx.LockEntitlement(e.ID, "worker")
					if err != nil {
						return err
					}
					e.LastError = g.ID
					_, err = tx.SaveEntitlement(e, true)
					return err
				},
			}
			together(2, func(i int) {
				err := w.Update(t.Context(), tester, func(tx *store.Tx) error { runs.Add(1); return changes[i](tx) })
				if err != nil && !errors.Is(err, access.ErrStale) {
					t.Errorf("got %v", err)
				}
			})
		}
		if runs.Load() != 30 {
			t.Errorf("%d runs of 30 changes", runs.Load())
		}
	})
}

// Two steps on what the same grant holds, of which each wakes the other one's: both lock
// all they change first, so that neither waits for the other one's grant.
func TestTwoStepsOfOneGrantDoNotWaitForEachOther(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var runs atomic.Int32
		for range 15 {
			g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
			held := w.entitlements(g)
			if len(held) != 2 {
				t.Fatalf("it holds %d", len(held))
			}
			for _, e := range held {
				w.claim(e.ID, "worker")
			}
			together(2, func(i int) {
				mine, other := held[i], held[1-i]
				err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
					runs.Add(1)
					if err := tx.LockEntitlements(mine, other); err != nil {
						return err
					}
					e, err := tx.LockEntitlement(mine.ID, "worker")
					if err != nil {
						return err
					}
					e.LastError = g.ID // wakes the grant
					if _, err = tx.SaveEntitlement(e, true); err != nil {
						return err
					}
					return tx.RetryEntitlement(other.ID)
				})
				if err != nil {
					t.Errorf("got %v", err)
				}
			})
		}
		if runs.Load() != 30 {
			t.Errorf("%d runs of 30 changes", runs.Load())
		}
	})
}

// A replica that stands still in the middle of a transaction, or whose machine is gone,
// does not keep the others from writing for long.
func TestATransactionThatStandsStillIsGivenUp(t *testing.T) {
	t.Parallel()
	w := at(t, pgtest.Copy(t, storetest.Migrate))
	tx, err := w.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "UPDATE audit_head SET seq = seq"); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	w.ask(ada, prod)
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("waited for %s", took)
	}
	if tx.Commit() == nil {
		t.Error("it goes on as if nothing had happened")
	}
}

// Somebody is asked, which waits for its place in the trail, while they open their Home tab
// for the first time: once it is there to be shown, it shows that they are asked.
func TestAHomeTabThatIsOpenedMeanwhileMissesNothing(t *testing.T) {
	t.Parallel()
	w := at(t, pgtest.Copy(t, storetest.Migrate))
	r := w.ask(ada, prod)
	head, err := w.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = head.Rollback() }()
	if _, err := head.ExecContext(t.Context(), "UPDATE audit_head SET seq = seq"); err != nil {
		t.Fatal(err)
	}
	var both errgroup.Group
	both.Go(func() error {
		return w.Update(t.Context(), tester, func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "test.asked"})
			_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.ApproverCard, Request: r.ID, To: "U0GRACE", State: access.MessageNew})
			return err
		})
	})
	w.lined("transactionid")
	both.Go(func() error {
		err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
			return tx.PutHome(access.Home{SlackID: "U0GRACE", OktaID: "00ugrace", Login: "grace@example.com"})
		})
		if err != nil {
			return err
		}
		asked, err := w.WaitingFor(t.Context(), "U0GRACE", "00ugrace")
		if err == nil && len(asked) != 1 {
			err = fmt.Errorf("it shows %d requests", len(asked))
		}
		return err
	})
	w.lined("advisory")
	if err := errors.Join(head.Rollback(), both.Wait()); err != nil {
		t.Error(err)
	}
}

// lined waits until some transaction on this database waits for a lock of a kind.
func (w *world) lined(kind string) {
	w.t.Helper()
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) { //nolint:forbidigo // a poll with a deadline
		var n int
		err := w.DB().QueryRowContext(w.t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = $1`, kind).Scan(&n)
		if err != nil {
			w.t.Fatal(err)
		}
		if n > 0 {
			return
		}
		if time.Since(start) > 4*time.Second {
			w.t.Fatalf("nobody waits for a lock of kind %s", kind)
		}
	}
}

// Steps that wait for the head of the audit trail may use all the connections there are
// for them: what Slack sends is stored all the same, and rows are read.
func TestWhatSlackSendsIsNotHeldUpByTheLineForTheTrail(t *testing.T) {
	t.Parallel()
	w := at(t, pgtest.Copy(t, storetest.Migrate))
	r := w.ask(ada, prod)
	first, err := w.open().DB().BeginTx(t.Context(), nil) // of another process
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.ExecContext(t.Context(), "UPDATE audit_head SET seq = seq"); err != nil {
		t.Fatal(err)
	}
	var line errgroup.Group
	for i := range 40 {
		line.Go(func() error {
			return w.Update(t.Context(), tester, func(tx *store.Tx) error {
				tx.Record(access.Event{Kind: "test.waits", Facts: map[string]string{"number": strconv.Itoa(i)}})
				return nil
			})
		})
	}
	idle := func() int { return w.DB().Stats().Idle }
	for start := time.Now(); w.DB().Stats().InUse < 12 || idle() > 0; time.Sleep(time.Millisecond) { //nolint:forbidigo // a poll with a deadline
		if time.Since(start) > 4*time.Second {
			t.Fatalf("no line: %+v", w.DB().Stats())
		}
		if _, err := first.ExecContext(t.Context(), "SELECT 1"); err != nil { // it does not stand still
			t.Fatal(err)
		}
	}
	stored := make(chan error, 1)
	go func() {
		err := w.Receive(t.Context(), tester, func(tx *store.Tx) error {
			_, fresh, err := tx.PutAttempt(access.Attempt{Delivery: "a click", Slack: access.SlackUser{Team: "T1", ID: "U1"}, Kind: access.AttemptCancel,
				ReceivedAt: tx.Now(), State: access.AttemptOpen, NextAt: tx.Now(), Request: r.ID})
			if err == nil && !fresh {
				err = errors.New("it was there")
			}
			return err
		})
		if err == nil {
			_, err = w.Request(t.Context(), r.ID)
		}
		stored <- err
	}()
	select {
	case err := <-stored:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(3 * time.Second):
		t.Error("the click waits in line")
	}
	if n := w.DB().Stats().InUse; n < 12 {
		t.Errorf("%d connections: the line had moved", n)
	}
	if err := errors.Join(first.Rollback(), line.Wait()); err != nil {
		t.Error(err)
	}
	if n := len(w.kinds()); n != 41 {
		t.Errorf("%d events at the end", n)
	}
}
