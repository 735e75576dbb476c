package control

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRecentCallsGoByTheWallClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := new(Clock)
		f := NewFaults(clock)
		for range 3 {
			f.record("create")
		}
		time.Sleep(2 * time.Second)
		f.record("read")
		if _, err := clock.Advance(8 * time.Hour); err != nil {
			t.Fatal(err)
		}
		if second, minute := f.Recent(time.Second), f.Recent(time.Minute); second != 1 || minute != 4 {
			t.Errorf("%d in the last second, %d in the last minute; want 1 and 4", second, minute)
		}
		time.Sleep(time.Minute)
		if minute := f.Recent(time.Minute); minute != 0 {
			t.Errorf("%d calls a minute later", minute)
		}
	})
}
