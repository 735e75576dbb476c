package identitycenter

import (
	"fmt"
	"testing"
	"time"
)

// Twenty people of as many permission sets are asked about one by one. When there are
// more, a list is read of each set, unless it is known to be longer than those who are
// asked about are many.
func TestACrowdOfManySetsReadsLists(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	since := time.Now().Add(-time.Minute)
	set := func(n int) assignable { return assignable{"instance", account, fmt.Sprintf("set %d", n)} }
	for n := range allByThem {
		if w.client.crowded(set(n), since) {
			t.Errorf("a list was read for the first of set %d", n)
		}
	}
	if w.client.crowded(set(100), time.Time{}) {
		t.Error("a list was read for somebody who may not be told what others read")
	}
	if !w.client.crowded(set(101), since) {
		t.Error("no list was read in a crowd")
	}
	long := w.client.register(set(102))
	long.pages = 3
	for n, want := range []bool{false, false, true} {
		if got := w.client.crowded(set(102), since); got != want {
			t.Errorf("a list of three pages for %d people: %t", n+1, got)
		}
	}
}
