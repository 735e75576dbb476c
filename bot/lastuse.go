package bot

import (
	"slices"

	"airpass/campaigns"
	"airpass/cloudtrail"
	"airpass/config"
)

// sourcesOf are where it is recorded who has opened Airflow: the log groups that the
// configuration names, and the event history of each account and region with environments.
func sourcesOf(c *config.Config) []cloudtrail.Source {
	var all []cloudtrail.Source
	for _, g := range c.LastUse.LogGroups {
		all = append(all, cloudtrail.Source{Account: g.Account, Region: g.Region, LogGroup: g.Name})
	}
	if !c.LastUse.EventHistory {
		return all
	}
	for _, e := range c.Environments {
		if s := (cloudtrail.Source{Account: e.Account, Region: e.Region}); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// lastUsesOf is where campaigns look up who has opened Airflow when last.
func lastUsesOf(c *config.Config, v vendors) campaigns.LastUses {
	return campaigns.LastUses{Trail: v.trail, Sources: sourcesOf(c)}
}
