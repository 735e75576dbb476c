package bot

import (
	"testing"
	"time"
)

func TestOneGreetingIsNoProofOfAForeignDeployment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f := foreign{now: func() time.Time { return now }}
	hears := func(total, ours int, whole bool, many int, news bool) {
		t.Helper()
		if m, n := f.heard(total, ours, whole); m != many || n != news || f.count() != many {
			t.Errorf("%d of %d: %d %v, want %d %v", total, ours, m, n, many, news)
		}
	}
	asks := func(want bool) {
		t.Helper()
		if f.due() != want {
			t.Errorf("asked again: %v", !want)
		}
	}
	hears(2, 2, true, 0, false)
	asks(false)
	now = now.Add(foreignSettle)
	asks(true) // the first greetings are heard in any order
	asks(false)
	hears(2, 2, true, 0, false)
	now = now.Add(24 * time.Hour)
	asks(false)

	hears(4, 2, true, 0, false) // Slack may not know yet that some are gone
	now = now.Add(foreignSettle - time.Second)
	hears(3, 2, true, 0, false)
	asks(false)
	now = now.Add(time.Second)
	asks(true)
	hears(4, 2, true, 2, true)
	now = now.Add(foreignAgain)
	asks(true)
	hears(3, 2, true, 1, false)
	hears(2, 2, false, 1, false) // one of ours is missing: it says nothing
	hears(2, 2, true, 0, true)
	hears(3, 2, true, 0, false)
	hears(2, 2, true, 0, false)
}
