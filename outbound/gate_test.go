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

// throttling answers a call as a vendor does who asks to wait.
func throttling(wait time.Duration) func(context.Context) error {
	return func(context.Context) error {
		return &access.VendorError{Vendor: "slack", Op: "chat.postMessage", Class: access.Throttled, RetryAfter: wait, Err: errors.New("429")}
	}
}

func TestAThrottledLaneIsHeldForEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reported, held := 0, 0
		c := outbound.New(outbound.Options{After: func(outbound.Call) { reported++ },
			Held: func(_ context.Context, site outbound.Site, lane string, wait time.Duration) {
				if held++; site != outbound.SlackPostMessage || lane != "C1" || wait != 7*time.Second {
					t.Errorf("held: %v %s %s", site, lane, wait)
				}
			}})
		_ = c.DoIn(t.Context(), outbound.SlackPostMessage, "C1", throttling(7*time.Second))
		time.Sleep(2 * time.Second)
		for range 100 {
			err := c.DoIn(t.Context(), outbound.SlackPostMessage, "C1", func(context.Context) error { t.Error("made"); return nil })
			var v *access.VendorError
			if !errors.As(err, &v) || v.Class != access.Throttled || v.RetryAfter != 5*time.Second || v.MayHaveHappened() {
				t.Fatalf("%v", err)
			}
		}
		for site, lane := range map[outbound.Site]string{outbound.SlackPostMessage: "C2", outbound.SlackUpdateMessage: "C1"} {
			if err := c.DoIn(t.Context(), site, lane, nothing); err != nil {
				t.Errorf("another lane is held too: %v", err)
			}
		}
		time.Sleep(5 * time.Second)
		if err := c.DoIn(t.Context(), outbound.SlackPostMessage, "C1", nothing); err != nil || held != 1 || reported != 4 {
			t.Errorf("after the time: %v, %d holds, %d calls", err, held, reported)
		}
	})
}

func TestWhoWaitedForATurnIsHeldToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held := 0
		c := outbound.New(outbound.Options{Budgets: map[outbound.Vendor]outbound.Budget{outbound.Slack: {Concurrent: 1}},
			Held: func(context.Context, outbound.Site, string, time.Duration) { held++ }})
		var crowd sync.WaitGroup
		answer := make(chan struct{})
		crowd.Go(func() {
			_ = c.DoIn(t.Context(), outbound.SlackUpdateMessage, "", func(ctx context.Context) error {
				<-answer
				return throttling(time.Minute)(ctx)
			})
		})
		synctest.Wait()
		for range 20 {
			crowd.Go(func() {
				err := c.DoIn(t.Context(), outbound.SlackUpdateMessage, "", func(context.Context) error { t.Error("made"); return nil })
				if access.ClassOf(err) != access.Throttled {
					t.Errorf("%v", err)
				}
			})
		}
		synctest.Wait()
		close(answer)
		crowd.Wait()
		if held != 1 {
			t.Errorf("%d holds", held)
		}
	})
}
