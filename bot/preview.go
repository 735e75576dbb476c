package bot

import (
	"context"
	"fmt"

	"airpass/access"
	"airpass/campaigns"
	"airpass/config"
)

// Preview says what a campaign would ask whom if it began now. It reads outside what Drift
// reads, sends nothing, and changes nothing anywhere. It returns access.ErrNotFound for a
// campaign that the configuration does not have.
func (o *Operator) Preview(ctx context.Context, c *config.Config, name string) (campaigns.Preview, error) {
	one, is := c.Campaign(name)
	if !is {
		return campaigns.Preview{}, fmt.Errorf("%w: the configuration has no campaign %q", access.ErrNotFound, name)
	}
	comparer, directory, err := o.comparing(ctx, c)
	if err != nil {
		return campaigns.Preview{}, err
	}
	owners := func(environment string) []string {
		e, _ := c.Environment(environment)
		return e.Owners
	}
	planner := campaigns.Planner{Store: o.Store, Comparer: comparer, Directory: directory, Conditions: c.Conditions, Owners: owners, Now: comparer.Now}
	return planner.Preview(ctx, one.Campaign, one.Calendar.Next(comparer.Now()), c.Targets())
}
