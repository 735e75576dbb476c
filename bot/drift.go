package bot

import (
	"context"
	"maps"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/grants"
	"airpass/outbound"
	"airpass/reviews"
	"airpass/store"
)

// driftLimit is how long a look for drift may take: with lists of hundreds of targets at the
// lowest priority, behind everything else that is asked of Okta and AWS.
const driftLimit = time.Hour

// LookForDrift compares what grants say with what Okta and Identity Center say of every
// target, behind everybody else who calls them, keeps what it finds, and does about it
// what the configuration says.
func (b *Bot) LookForDrift(ctx context.Context) error {
	w := b.works.Load()
	ctx = outbound.WithPriority(ctx, outbound.Drift)
	found, err := comparerOf(w.config, b.store, w.vendors, b.now).Drift(ctx, w.config.Targets())
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err // what was cut short says nothing
	}
	kept, err := keep(ctx, b.store, w.config, access.System("drift"), found)
	if err == nil {
		b.log.InfoContext(ctx, "looked for drift", "findings", len(found.Findings), "unknown", len(found.Unknown), "new", kept.New, "resolved", kept.Resolved,
			"adopted", kept.Adopted, "repaired", kept.Repaired, "removed", kept.Removed, "held", kept.Held)
	}
	return err
}

// lookIfOn is LookForDrift, unless the schedule was taken out of the configuration since.
func (b *Bot) lookIfOn(ctx context.Context) error {
	if !b.works.Load().config.Drift.On() {
		return nil
	}
	return b.LookForDrift(ctx)
}

// lookIfConfirmed is LookForDrift if an admin has confirmed what is to be taken away, also
// without a schedule: what is still drift then goes. After a restore nothing is done.
func (b *Bot) lookIfConfirmed(ctx context.Context) error {
	confirmed, err := grants.DriftConfirmed(ctx, b.store)
	if err != nil || !confirmed {
		return err
	}
	if restored, err := b.store.Restoration(ctx); err != nil || restored != nil {
		return err
	}
	return b.LookForDrift(ctx)
}

// FixDrift is Drift, keeps what it finds, and has the process that serves do about it what
// the configuration says: about what an earlier look has found, too.
func (o *Operator) FixDrift(ctx context.Context, c *config.Config) (reviews.Drift, reviews.Kept, error) {
	found, err := o.Drift(ctx, c)
	if err != nil {
		return found, reviews.Kept{}, err
	}
	kept, err := keep(ctx, o.Store, c, o.Actor(), found)
	return found, kept, err
}

// keep keeps what a look has found. Of a restored database it is not known what is drift:
// then nothing is done about it.
func keep(ctx context.Context, st *store.Store, c *config.Config, actor access.Actor, found reviews.Drift) (reviews.Kept, error) {
	restored, err := st.Restoration(ctx)
	if err != nil {
		return reviews.Kept{}, err
	}
	return keeperOf(st, c).Keep(ctx, actor, found, restored == nil)
}

func keeperOf(st *store.Store, c *config.Config) reviews.Keeper {
	k := reviews.Keeper{Store: st, Actions: map[string]reviews.Action{}, Cap: capOf(c)}
	maps.Copy(k.Actions, c.Drift.Actions)
	return k
}

// PlanDrift notes of each finding what the configuration has done about it; it changes
// nothing else.
func (o *Operator) PlanDrift(ctx context.Context, c *config.Config, found reviews.Drift) error {
	restored, err := o.Store.Restoration(ctx)
	if err != nil {
		return err
	}
	keeperOf(o.Store, c).Plan(found, restored == nil)
	return nil
}
