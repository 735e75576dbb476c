package bot

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/config"
	"airpass/grants"
	"airpass/reviews"
	"airpass/store"
)

// Preview says what a campaign would ask whom if it began now. It reads outside what Drift
// reads, sends nothing, and changes nothing anywhere. It returns access.ErrNotFound for a
// campaign that the configuration does not have. With lastUse it reads what CloudTrail has recorded, too.
func (o *Operator) Preview(ctx context.Context, c *config.Config, name string, lastUse bool) (campaigns.Preview, error) {
	one, is := c.Campaign(name)
	if !is {
		return campaigns.Preview{}, fmt.Errorf("%w: the configuration has no campaign %q", access.ErrNotFound, name)
	}
	comparer, v, err := o.comparing(ctx, c)
	if err != nil {
		return campaigns.Preview{}, err
	}
	planner := newPlanner(c, o.Store, comparer, v.okta)
	if lastUse {
		planner.LastUses = lastUsesOf(c, v)
	}
	return planner.Preview(ctx, one.Campaign, one.Calendar.Next(comparer.Now()), c.Targets())
}

// newPlanner finds out what campaigns ask whom.
func newPlanner(c *config.Config, st *store.Store, comparer reviews.Comparer, directory campaigns.Directory) campaigns.Planner {
	owners := func(environment string) []string {
		e, _ := c.Environment(environment)
		return e.Owners
	}
	return campaigns.Planner{Store: st, Comparer: comparer, Directory: directory, Conditions: c.Conditions, Owners: owners, Now: comparer.Now}
}

// buildLimit is how long it may take to read whom a campaign is about, and to store it:
// with lists of hundreds of targets at the lowest priority, behind everything else that is
// asked of Okta and AWS.
const buildLimit = 30 * time.Minute

// capOf is from how many inferred removals on an admin has to confirm them.
func capOf(c *config.Config) grants.Cap {
	return grants.Cap{Most: c.Caps.InferredMax, Share: c.Caps.InferredShare, AdminChannel: c.Slack.AdminChannel}
}

// newCampaigns lets campaigns take place; without vendors it only starts and closes them.
func newCampaigns(c *config.Config, st *store.Store, v vendors, reduce campaigns.Reduce, now func() time.Time, log *slog.Logger) *campaigns.Service {
	o := campaigns.Options{Store: st, Targets: c.Targets, Now: now, Log: log, Reduce: reduce,
		Cap: capOf(c)}
	if v.okta != nil {
		o.Planner = newPlanner(c, st, comparerOf(c, st, v, now), v.okta)
		o.Planner.LastUses = lastUsesOf(c, v)
	}
	for _, one := range c.Campaigns {
		o.Campaigns = append(o.Campaigns, campaigns.Dated{Campaign: one.Campaign, Schedule: one.Calendar.Expression, Next: one.Calendar.Next})
	}
	return campaigns.New(o)
}
