package identitycenter

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"airpass/access"
	"airpass/outbound"
)

// A result counts only for those who had asked before its work began: whoever comes
// while the work is under way must not get what it may have read already.
func TestASharedResultIsNeverOlderThanTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		s := newShared(time.Second, time.Now, func(context.Context) (int64, error) {
			n := runs.Add(1)
			time.Sleep(300 * time.Millisecond)
			return n, nil
		})
		begin := time.Now()
		var all sync.WaitGroup
		ask := func(after time.Duration, want int64) {
			all.Go(func() {
				time.Sleep(after)
				asked := time.Now()
				if n, _, err := s.get(t.Context(), time.Time{}); err != nil || n != want {
					t.Errorf("asked %v after the beginning: run %d, want %d (%v); answered after %v", asked.Sub(begin), n, want, err, time.Since(begin))
				}
			})
		}
		ask(0, 1)
		for range 100 {
			ask(100*time.Millisecond, 2) // under way since 0: too old for them
		}
		ask(900*time.Millisecond, 2) // gathered until the tick
		ask(1100*time.Millisecond, 3)
		ask(10*time.Second, 4)
		all.Wait()
		if n := runs.Load(); n != 4 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestTheFirstWhoAskedMayLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShared(time.Second, time.Now, func(ctx context.Context) (string, error) {
			select {
			case <-time.After(time.Second):
				return "read", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})
		_, _, _ = s.get(t.Context(), time.Time{}) // so that the next is gathered for
		first, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, _, err := s.get(first, time.Time{}); !errors.Is(err, access.ErrUnavailable) || !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		all.Go(func() {
			if v, _, err := s.get(t.Context(), time.Time{}); v != "read" || err != nil {
				t.Error(v, err)
			}
		})
		synctest.Wait()
		cancel()
		all.Wait()
	})
}

func TestWorkEndsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{}, 1)
		hang := true
		s := newShared(time.Second, time.Now, func(ctx context.Context) (int, error) {
			if !hang {
				return 7, nil
			}
			<-ctx.Done()
			ended <- struct{}{}
			return 0, ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := s.get(ctx, time.Time{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		<-ended
		hang = false
		if v, _, err := s.get(t.Context(), time.Time{}); v != 7 || err != nil {
			t.Error("the next who asks is not given the result of the one that was ended:", v, err)
		}
		synctest.Wait()
		if s.busy {
			t.Error("a goroutine is left")
		}
	})
}

func TestWhoGivesUpBeforeTheTickCostsNoCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		s := newShared(time.Second, time.Now, func(context.Context) (int, error) { runs.Add(1); return 0, nil })
		_, _, _ = s.get(t.Context(), time.Time{})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, _, _ = s.get(ctx, time.Time{})
		time.Sleep(5 * time.Second)
		if n := runs.Load(); n != 1 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestFailuresAreSharedAndNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		var runs atomic.Int64
		s := newShared(time.Second, time.Now, func(context.Context) (int, error) {
			if runs.Add(1) == 1 {
				return 0, broken
			}
			return 7, nil
		})
		if _, _, err := s.get(t.Context(), time.Time{}); !errors.Is(err, broken) {
			t.Error(err)
		}
		if v, _, err := s.get(t.Context(), time.Time{}); v != 7 || err != nil {
			t.Error(v, err)
		}
	})
}

func TestTheWorkHasTheHighestPriorityOfThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var worked []outbound.Priority
		s := newShared(time.Second, time.Now, func(ctx context.Context) (int, error) {
			worked = append(worked, outbound.PriorityOf(ctx))
			return 0, ctx.Err()
		})
		ask := func(p ...outbound.Priority) {
			var all sync.WaitGroup
			for _, p := range p {
				all.Go(func() { _, _, _ = s.get(outbound.WithPriority(t.Context(), p), time.Time{}) })
				synctest.Wait()
			}
			all.Wait()
		}
		ask(outbound.Grant)
		ask(outbound.Grant, outbound.Revoke, outbound.Verify) // gather during the tick
		if !slices.Equal(worked, []outbound.Priority{outbound.Grant, outbound.Revoke}) {
			t.Error(worked)
		}
	})
}
