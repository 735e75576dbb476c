package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/outbound"
	"airpass/reviews"
	"airpass/store"
)

// ErrNotCompared says that a restored database was not compared with the outside yet, or
// that something else was found since.
var ErrNotCompared = errors.New("not compared")

// Compare compares what airpass knows with what Okta and Identity Center say of the
// configured targets, and changes nothing outside. If the database waits for it, what was
// found is stored, to be acknowledged by its digest.
func (o *Operator) Compare(ctx context.Context, c *config.Config) (reviews.Comparison, error) {
	comparer, err := o.comparer(ctx, c)
	if err != nil {
		return reviews.Comparison{}, err
	}
	found, err := comparer.Compare(ctx, c.Targets())
	if err != nil {
		return found, err
	}
	return found, o.Store.Update(ctx, o.Actor(), func(tx *store.Tx) error {
		is, err := tx.Restoration()
		if err != nil || is == nil {
			return err
		}
		is.ComparedAt, is.Digest, is.Findings = tx.Now(), found.Digest(), len(found.Findings)
		return tx.SetRestoration(is)
	})
}

// Drift compares what grants say with what Okta and Identity Center say of every
// configured target, and changes nothing anywhere.
func (o *Operator) Drift(ctx context.Context, c *config.Config) (reviews.Drift, error) {
	comparer, err := o.comparer(ctx, c)
	if err != nil {
		return reviews.Drift{}, err
	}
	return comparer.Drift(ctx, c.Targets())
}

// comparer asks the outside with a fifth of the budgets, at the lowest priority.
func (o *Operator) comparer(ctx context.Context, c *config.Config) (reviews.Comparer, error) {
	comparer, _, err := o.comparing(ctx, c)
	return comparer, err
}

// comparing is comparer with the vendors that it asks.
func (o *Operator) comparing(ctx context.Context, c *config.Config) (reviews.Comparer, vendors, error) {
	now, _, err := clockOf(ctx, Options{Config: c})
	if err != nil {
		return reviews.Comparer{}, vendors{}, err
	}
	caller := outbound.New(outbound.Options{Budgets: portion(budgets(c.Quotas), 5), Now: now})
	v, err := newVendors(c, caller, now) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return reviews.Comparer{}, vendors{}, err
	}
	return comparerOf(c, o.Store, v, now), v, nil
}

func comparerOf(c *config.Config, st *store.Store, v vendors, now func() time.Time) reviews.Comparer {
	return reviews.Comparer{Store: st, Directory: v.okta, Assignments: v.identityCenter, PermissionSets: v.identityCenter, ConsoleActions: c.AWS.ConsoleActions, Now: now, OverdueAfter: c.Times.OverdueAfter}
}

// portion is a part of the budgets, for what may take its time beside a process that
// serves and uses them.
func portion(all map[outbound.Vendor]outbound.Budget, of float64) map[outbound.Vendor]outbound.Budget {
	for vendor, b := range all {
		all[vendor] = outbound.Budget{PerSecond: b.PerSecond / of, Burst: 1, Concurrent: 1}
	}
	return all
}

// Acknowledge lets grants be made again from a restored database. digest is of the
// comparison that was looked at; it returns ErrNotCompared if that is not the newest.
func (o *Operator) Acknowledge(ctx context.Context, digest, reason string) error {
	return o.Store.Update(ctx, o.Actor(), func(tx *store.Tx) error {
		is, err := tx.Restoration()
		switch {
		case err != nil:
			return err
		case is == nil:
			return fmt.Errorf("%w: the database does not wait for it", access.ErrNotFound)
		case is.ComparedAt.IsZero():
			return fmt.Errorf("%w with what is outside: airpass restore compare", ErrNotCompared)
		case is.Digest != digest:
			return fmt.Errorf("%w: the newest comparison is %s, which found something else", ErrNotCompared, is.Digest)
		}
		tx.Record(access.Event{Kind: "restoration.acknowledged", Facts: map[string]string{"digest": digest, "why": is.Why}, Personal: map[string]string{"reason": reason}})
		return tx.SetRestoration(nil)
	})
}
