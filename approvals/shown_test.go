package approvals_test

import (
	"testing"
	"time"
)

// By a delivery something is shown once, for as long as Slack may send it again; then
// it is forgotten.
func TestWhatWasShownIsKnownForADay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	once := func() bool {
		first, err := b.svc.Once(t.Context(), "shown:d1")
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	after := func(d time.Duration) {
		if _, err := b.world.Clock.Advance(d); err != nil {
			t.Fatal(err)
		}
		if err := b.svc.ForgetShown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !once() || once() {
		t.Fatal("not once")
	}
	if after(23 * time.Hour); once() {
		t.Error("shown again a day later")
	}
	if after(2 * time.Hour); !once() {
		t.Error("never forgotten")
	}
}
