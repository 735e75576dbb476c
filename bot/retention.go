package bot

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/store"
)

// retention is what the configuration says about what is over.
type retention struct {
	store *store.Store
	rules config.Retention
	named []string // whose values are kept whatever they do
	now   func() time.Time
	log   *slog.Logger
}

// How much one look takes away, wall time and rows: what is left is for the next one, so
// that nobody who asks for access waits for it.
const (
	retentionLimit = 10 * time.Minute
	retentionTime  = retentionLimit - time.Minute
	overBatch      = 50
	overBatches    = 200
)

func retaining() access.Actor { return access.System("retention") }

func retentionOf(c *config.Config, st *store.Store, now func() time.Time, log *slog.Logger) retention {
	return retention{store: st, rules: c.Retention, named: c.Named(), now: now, log: log}
}

// retain deletes what has been over for too long. What ctx or the time cuts short goes on at
// the next look; it is no failure.
func (b *Bot) retain(ctx context.Context) error {
	c := b.works.Load().config
	if !c.Retention.On() { // taken out of the configuration since
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, retentionTime)
	defer cancel()
	err := retentionOf(c, b.store, b.now, b.log).sweep(bounded)
	if ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}

func (r retention) sweep(ctx context.Context) error {
	return errors.Join(r.erasePeople(ctx), r.deleteOver(ctx))
}

// erasePeople erases those who are done with, one transaction each.
func (r retention) erasePeople(ctx context.Context) error {
	if r.rules.Personal <= 0 {
		return nil
	}
	since := r.now().Add(-r.rules.Personal)
	people := 0
	err := r.each(ctx, func(person string) error {
		why, err := r.store.InUse(ctx, person, since) // without a transaction, which most would be for nothing
		if err != nil || why != "" {
			return err
		}
		done, why, err := r.store.EraseIdle(ctx, retaining(), person, since, r.named)
		if err == nil && why == "" {
			people++
			r.log.InfoContext(ctx, "erased what was known of somebody who is done with", "okta_user", person, "values", done.Values, "requests", done.Requests)
		}
		return err
	})
	if people > 0 {
		r.log.InfoContext(ctx, "retention of personal values", "people", people, "since", since)
	}
	return err
}

// each does something about each of whom the trail keeps personal values. One about whom it
// fails keeps nobody else; the first failure is returned.
func (r retention) each(ctx context.Context, do func(person string) error) error {
	var first error
	for person := ""; ; {
		next, err := r.store.NextPersonal(ctx, person)
		if err != nil || next == "" {
			return errors.Join(first, err)
		}
		if err := do(next); err != nil && first == nil {
			first = err
		}
		if ctx.Err() != nil {
			return errors.Join(first, ctx.Err())
		}
		person = next
	}
}

// deleteOver deletes rows that are over, in small transactions.
func (r retention) deleteOver(ctx context.Context) error {
	if r.rules.Ended <= 0 {
		return nil
	}
	before := r.now().Add(-r.rules.Ended)
	for range overBatches {
		done, err := r.store.DeleteOver(ctx, retaining(), before, overBatch)
		if err != nil || !done.Any() {
			return err
		}
		r.log.InfoContext(ctx, "deleted rows of what is over", "requests", done.Requests, "attempts", done.Attempts, "notices", done.Notices, "before", before)
	}
	return nil
}

// Retained is what retention would do now.
type Retained struct {
	Since  time.Time `json:"since,omitzero"` // who has done something since is kept
	Erase  []string  `json:"erase"`          // Okta user ids
	Keep   int       `json:"keep"`           // people whose values stay
	Before time.Time `json:"before,omitzero"`
	// Requests that would be deleted; More says that there are more than were counted.
	Requests int   `json:"requests"`
	More     bool  `json:"more"`
	Attempts int64 `json:"attempts"`
}

// previewed is how many requests a preview counts at most.
const previewed = 10000

// PreviewRetention says what retention would erase and delete now, and changes nothing.
func (o *Operator) PreviewRetention(ctx context.Context, c *config.Config) (Retained, error) {
	now, _, err := clockOf(ctx, Options{Config: c})
	if err != nil {
		return Retained{}, err
	}
	r := retentionOf(c, o.Store, now, slog.New(slog.DiscardHandler))
	found := Retained{Erase: []string{}}
	if r.rules.Personal > 0 {
		found.Since = now().Add(-r.rules.Personal)
		if err := r.each(ctx, func(person string) error {
			why, err := o.Store.Idle(ctx, o.Actor(), person, found.Since, r.named)
			if why != "" {
				found.Keep++
			} else if err == nil {
				found.Erase = append(found.Erase, person)
			}
			return err
		}); err != nil {
			return found, err
		}
	}
	if r.rules.Ended > 0 {
		found.Before = now().Add(-r.rules.Ended)
		over, err := o.Store.OverRequests(ctx, found.Before, previewed+1)
		if err != nil {
			return found, err
		}
		found.Requests, found.More = min(len(over), previewed), len(over) > previewed
		if found.Attempts, err = o.Store.CountOverAttempts(ctx, found.Before); err != nil {
			return found, err
		}
	}
	return found, nil
}
