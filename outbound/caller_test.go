package outbound_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"airpass/access"
	"airpass/outbound"
)

func nothing(context.Context) error { return nil }

func TestABudgetSpreadsCallsOverTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var waited time.Duration
		c := outbound.New(outbound.Options{
			Budgets: map[outbound.Vendor]outbound.Budget{outbound.Okta: {PerSecond: 2, Burst: 2}},
			After:   func(call outbound.Call) { waited += call.Waited },
		})
		begin := time.Now()
		for range 6 {
			if err := c.Do(t.Context(), outbound.OktaGetUser, nothing); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took != 2*time.Second || waited != took {
			t.Errorf("6 calls of 2 a second, 2 at once: %s, of which waited %s", took, waited)
		}
		for range 100 { // another vendor's budget is its own
			if err := c.Do(t.Context(), outbound.SlackUsersInfo, nothing); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(begin) != 2*time.Second {
			t.Error("a vendor without a budget waited")
		}
	})
}

func TestACallWhoseTurnDoesNotComeIsNotMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reported := 0
		c := outbound.New(outbound.Options{
			Budgets: map[outbound.Vendor]outbound.Budget{
				outbound.Okta: {PerSecond: 0.1, Burst: 1}, outbound.IdentityCenter: {Concurrent: 1},
			},
			After: func(outbound.Call) { reported++ },
		})
		refused := func(site outbound.Site) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := c.Do(ctx, site, func(context.Context) error { t.Error("made"); return nil })
			var v *access.VendorError
			if !errors.As(err, &v) || v.Class != access.Throttled || v.MayHaveHappened() || v.Op != site.Name {
				t.Errorf("%v", err)
			}
		}
		_ = c.Do(t.Context(), outbound.OktaGetUser, nothing)
		refused(outbound.OktaGetUser)
		_ = c.Do(t.Context(), outbound.CreateAssignment, func(context.Context) error {
			refused(outbound.DeleteAssignment)
			return nil
		})
		// What was refused holds no place.
		if err := c.Do(t.Context(), outbound.DeleteAssignment, nothing); err != nil || reported != 3 {
			t.Errorf("%d reported, %v", reported, err)
		}
	})
}

func TestOnlySoManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := outbound.New(outbound.Options{Budgets: map[outbound.Vendor]outbound.Budget{outbound.Okta: {Concurrent: 3}}})
		var mu sync.Mutex
		now, most := 0, 0
		count := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			now += n
			most = max(most, now)
		}
		var all sync.WaitGroup
		begin := time.Now()
		for range 9 {
			all.Go(func() {
				_ = c.Do(t.Context(), outbound.OktaGetUser, func(context.Context) error {
					count(1)
					<-time.After(time.Second) // of the bubble's own time
					count(-1)
					return nil
				})
			})
		}
		all.Wait()
		if took := time.Since(begin); most != 3 || took != 3*time.Second {
			t.Errorf("%d at once, %s in all", most, took)
		}
	})
}

func TestACallIsBoundAndReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls []outbound.Call
		c := outbound.New(outbound.Options{Timeout: 3 * time.Second, After: func(call outbound.Call) { calls = append(calls, call) }})
		err := c.Do(t.Context(), outbound.SlackUsersInfo, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || len(calls) != 1 || calls[0].Took != 3*time.Second || calls[0].Site != outbound.SlackUsersInfo || calls[0].Err == nil {
			t.Errorf("%v %+v", err, calls)
		}
	})
}

// stopped is a context whose deadline has passed while its process was stopped: it has
// not noticed yet.
type stopped struct {
	context.Context //nolint:containedctx // it is one
	deadline        time.Time
}

func (s stopped) Deadline() (time.Time, bool) { return s.deadline, true }

func TestAProcessThatStoodStillDoesNotCall(t *testing.T) {
	t.Parallel()
	c := outbound.New(outbound.Options{})
	for ago, calls := range map[time.Duration]int{time.Millisecond: 0, -time.Minute: 1} {
		made := 0
		err := c.Do(stopped{t.Context(), time.Now().Add(-ago)}, outbound.CreateAssignment, func(context.Context) error { made++; return nil })
		if made != calls || (calls == 0) != errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d calls %s after the deadline: %v", made, ago, err)
		}
	}
}

// Whatever changes who may do what is recorded, by whomever it is called and whatever
// comes of it, with its cause and the vendor's id; what only looks is not.
func TestEveryCallThatChangesSomethingIsRecorded(t *testing.T) {
	t.Parallel()
	var got []outbound.Call
	var causes []outbound.Cause
	c := outbound.New(outbound.Options{Record: func(ctx context.Context, made outbound.Call) {
		got, causes = append(got, made), append(causes, outbound.CauseOf(ctx))
	}})
	ctx := outbound.For(t.Context(), outbound.Cause{Ref: "what it is about"})
	failed := errors.New("no")
	want := 0
	for _, site := range outbound.Sites() {
		for _, err := range []error{nil, failed} {
			done := c.Do(ctx, site, func(ctx context.Context) error {
				_ = c.Do(ctx, outbound.AssumeRole, func(ctx context.Context) error { outbound.Heard(ctx, "of another call"); return nil })
				outbound.Heard(ctx, site.Name)
				outbound.Heard(ctx, "")
				return err
			})
			if !errors.Is(done, err) {
				t.Fatal(done)
			}
			if !site.Changes || site.Vendor == outbound.Slack {
				continue
			}
			if want++; len(got) != want {
				t.Fatalf("%s %s is not recorded", site.Vendor, site.Name)
			}
			if last := got[want-1]; last.Site != site || last.RequestID != site.Name || !errors.Is(last.Err, err) || causes[want-1].Ref != "what it is about" {
				t.Errorf("%+v for %+v", last, causes[want-1])
			}
		}
	}
	if len(got) != want || want == 0 {
		t.Errorf("%d calls are recorded, %d change something", len(got), want)
	}
}
