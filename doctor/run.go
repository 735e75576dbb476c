package doctor

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Check looks at one sort of thing.
type Check struct {
	Name string // in words: "Okta groups"
	run  func(context.Context) []Finding
}

// atOnce is how many checks are made at the same time; what a vendor takes is held by
// the budgets.
const atOnce = 8

// Run makes the checks and returns what was found, in the order of the checks. done is
// told each check that has ended, one at a time; it may be nil. A check that says
// nothing found nothing wrong. What ctx cuts short is said to be unknown.
func Run(ctx context.Context, checks []Check, done func(check string, found []Finding)) []Finding {
	var mu sync.Mutex
	var all []Finding
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, c := range checks {
		group.Go(func() error {
			found := c.carefully(ctx)
			for j := range found {
				found[j].Check, found[j].order = c.Name, i
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, found...)
			if done != nil {
				done(c.Name, found)
			}
			return nil
		})
	}
	_ = group.Wait() // no check returns an error: what went wrong is a finding
	slices.SortStableFunc(all, func(a, b Finding) int { return a.order - b.order })
	return all
}

// carefully makes a check; a mistake of ours in one check hides none of the others.
func (c Check) carefully(ctx context.Context) (found []Finding) {
	defer func() {
		if p := recover(); p != nil {
			found = append(found, Finding{Severity: Unknown, Result: fmt.Sprintf("the check itself failed: %v", p), Mend: "report it to those who make airpass"})
		}
	}()
	if found = c.run(ctx); len(found) == 0 {
		found = []Finding{fine("", "nothing to look at")}
	}
	return found
}
