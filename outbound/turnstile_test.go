package outbound_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"airpass/outbound"
)

// crowd has calls to Okta wait in the given order and writes down the order in which
// they are made. The first call of all holds the budget until everybody waits.
type crowd struct {
	*testing.T
	caller *outbound.Caller
	all    sync.WaitGroup
	mu     sync.Mutex
	order  []string
}

func (c *crowd) comes(ctx context.Context, p outbound.Priority, name string) {
	c.all.Go(func() {
		_ = c.caller.Do(outbound.WithPriority(ctx, p), outbound.OktaGetUser, func(context.Context) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.order = append(c.order, name)
			return nil
		})
	})
	synctest.Wait() // the next one comes later
}

func (c *crowd) went(want string) {
	c.Helper()
	c.all.Wait()
	if got := strings.Join(c.order, " "); got != want {
		c.Errorf("order:\n got %s\nwant %s", got, want)
	}
}

func gather(t *testing.T, b outbound.Budget) *crowd {
	c := &crowd{T: t, caller: outbound.New(outbound.Options{Budgets: map[outbound.Vendor]outbound.Budget{outbound.Okta: b}})}
	_ = c.caller.Do(t.Context(), outbound.OktaGetUser, nothing) // the budget is used up; its turn was the first of five
	return c
}

func TestTheHighestPriorityGoesFirstAndThenWhoCameFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := gather(t, outbound.Budget{PerSecond: 1, Burst: 1})
		c.comes(t.Context(), outbound.Grant, "g1")
		c.comes(t.Context(), outbound.Grant, "g2")
		c.comes(t.Context(), outbound.Revoke, "r1")
		c.comes(t.Context(), outbound.Verify, "v1")
		c.comes(t.Context(), outbound.Revoke, "r2")
		begin := time.Now()
		// The fifth turn of all is of who has waited longest; here that is g1 anyway.
		c.went("r1 r2 v1 g1 g2")
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("%s", took)
		}
	})
}

func TestNobodyStarves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := gather(t, outbound.Budget{PerSecond: 1, Burst: 1})
		c.comes(t.Context(), outbound.Drift, "d1")
		c.comes(t.Context(), outbound.Judge, "j1")
		for i := range 10 {
			c.comes(t.Context(), outbound.Revoke, fmt.Sprint("r", i))
		}
		c.went("r0 r1 r2 d1 r3 r4 r5 r6 j1 r7 r8 r9")
	})
}

func TestWhoDoesNotWaitAnyLongerTakesNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := gather(t, outbound.Budget{PerSecond: 1, Burst: 1})
		gone, leave := context.WithCancel(t.Context())
		c.comes(gone, outbound.Revoke, "gone")
		c.comes(t.Context(), outbound.Grant, "g1")
		leave()
		synctest.Wait()
		begin := time.Now()
		c.went("g1")
		if took := time.Since(begin); took != time.Second {
			t.Errorf("waited %s for one call", took)
		}
	})
}

func TestPrioritiesHoldForSlotsToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{T: t, caller: outbound.New(outbound.Options{Budgets: map[outbound.Vendor]outbound.Budget{outbound.Okta: {Concurrent: 1}}})}
		answer := make(chan struct{})
		c.all.Go(func() {
			_ = c.caller.Do(t.Context(), outbound.OktaGetUser, func(context.Context) error { <-answer; return nil })
		})
		synctest.Wait()
		c.comes(t.Context(), outbound.Drift, "d1")
		c.comes(t.Context(), outbound.Judge, "j1")
		c.comes(t.Context(), outbound.Revoke, "r1")
		close(answer)
		c.went("r1 j1 d1")
	})
}

func TestAContextWithoutAPriorityIsTheLowest(t *testing.T) {
	t.Parallel()
	if p := outbound.PriorityOf(t.Context()); p != outbound.Drift {
		t.Error(p)
	}
	if p := outbound.PriorityOf(outbound.WithPriority(t.Context(), 77)); p != outbound.Drift {
		t.Error("a priority that does not exist:", p)
	}
	all := outbound.Priorities()
	if !slices.IsSortedFunc(all, func(a, b outbound.Priority) int { return int(b - a) }) {
		t.Error(all)
	}
	if fmt.Sprint(all) != "[revoke verify grant judge drift]" || outbound.Priority(9).String() != "unknown" {
		t.Error(all)
	}
}

// rate counts the calls of a minute, as many as may be made.
func callsIn(t *testing.T, c *outbound.Caller, d time.Duration) int {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	n := 0
	for c.Do(ctx, outbound.OktaGetUser, nothing) == nil {
		n++
	}
	return n
}

func TestABudgetIsDividedAndGrowsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := outbound.New(outbound.Options{Budgets: map[outbound.Vendor]outbound.Budget{outbound.Okta: {PerSecond: 10}}})
		for _, share := range []struct {
			n    float64
			want int
		}{{3, 200}, {1, 600}, {20, 30}, {0, 600}} {
			c.Share(share.n)
			callsIn(t, c, time.Second) // what had been saved up
			if got := callsIn(t, c, time.Minute); got < share.want-1 || got > share.want+1 {
				t.Errorf("a %gth of 10 a second: %d calls a minute, want %d", share.n, got, share.want)
			}
		}
	})
}

func TestWhoWaitsHearsOfALargerShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := gather(t, outbound.Budget{PerSecond: 1, Burst: 1})
		c.caller.Share(1000)
		c.comes(t.Context(), outbound.Grant, "g1")
		c.caller.Share(1)
		begin := time.Now()
		c.went("g1")
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("waited %s", took)
		}
	})
}

func TestSlotsAreDividedButThoseOfThisProcess(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		budget outbound.Budget
		n      float64
		want   int
	}{
		{outbound.Budget{Concurrent: 20}, 1, 20},
		{outbound.Budget{Concurrent: 20}, 3, 6},
		{outbound.Budget{Concurrent: 20}, 50, 1},
		{outbound.Budget{Here: 16}, 50, 16},
		{outbound.Budget{Concurrent: 20, Here: 16}, 1, 16},
		{outbound.Budget{Concurrent: 20, Here: 16}, 4, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := outbound.New(outbound.Options{Budgets: map[outbound.Vendor]outbound.Budget{outbound.Okta: test.budget}})
			c.Share(test.n)
			var all sync.WaitGroup
			under := make(chan struct{}, 100)
			answer := make(chan struct{})
			for range 100 {
				all.Go(func() {
					_ = c.Do(t.Context(), outbound.OktaGetUser, func(context.Context) error { under <- struct{}{}; <-answer; return nil })
				})
			}
			synctest.Wait()
			most := len(under)
			close(answer)
			all.Wait()
			if most != test.want {
				t.Errorf("%+v over %g: %d at once, want %d", test.budget, test.n, most, test.want)
			}
		})
	}
}

func TestABudgetCanBeAnotherAtAnyTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := outbound.New(outbound.Options{Budgets: map[outbound.Vendor]outbound.Budget{outbound.Okta: {PerSecond: 1, Burst: 1}}})
		c.Share(2)
		calls := func(n int) time.Duration {
			begin := time.Now()
			for range n {
				if err := c.Do(t.Context(), outbound.OktaGetUser, nothing); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(begin).Round(time.Millisecond)
		}
		if took := calls(3); took != 4*time.Second {
			t.Errorf("3 calls with half of 1 a second: %s", took)
		}
		c.SetBudgets(map[outbound.Vendor]outbound.Budget{outbound.Okta: {PerSecond: 20, Burst: 1}})
		if took := calls(20); took < 1900*time.Millisecond || took > 2100*time.Millisecond+2*time.Second {
			t.Errorf("20 calls with half of 20 a second: %s", took)
		}
		c.SetBudgets(map[outbound.Vendor]outbound.Budget{outbound.Okta: {}})
		if took := calls(100); took != 0 {
			t.Errorf("100 calls without a limit: %s", took)
		}
	})
}
