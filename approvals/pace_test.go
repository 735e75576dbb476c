package approvals

import (
	"strconv"
	"testing"
	"time"
)

func TestEachPersonHasAPaceOfTheirOwn(t *testing.T) {
	t.Parallel()
	p, now := NewPace(), time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for n := range loginsAtOnce {
		if !p.may("ada", now) {
			t.Errorf("the login %d is held back", n+1)
		}
	}
	if p.may("ada", now) || p.may("ada", now.Add(loginEvery-time.Second)) {
		t.Error("one more at once")
	}
	if !p.may("ben", now) {
		t.Error("somebody else is held back")
	}
	if !p.may("ada", now.Add(loginEvery)) || p.may("ada", now.Add(loginEvery)) {
		t.Error("after a while there is one more, and one only")
	}
}

func TestWhoHasWaitedLongEnoughIsForgotten(t *testing.T) {
	t.Parallel()
	p, now := NewPace(), time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for n := range 100 {
		p.may("person "+strconv.Itoa(n), now)
	}
	if len(p.of) != 100 {
		t.Errorf("%d people are known, and each has a login to make up for", len(p.of))
	}
	p.may("ada", now.Add(loginEvery))
	if len(p.of) != 1 {
		t.Errorf("%d people are known", len(p.of))
	}
}
