package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"airpass/access"
)

// How short what is over may be kept. What is known of people is no shorter than most
// look back for, and rows not shorter than a yearly campaign or an audit of a year needs them.
const (
	leastPersonal = 90 * day
	leastEnded    = year
	mostKept      = 100 * year
)

// readRetention reads how long what is over is kept. Nothing is deleted unless that is said.
func readRetention(root *section) Retention {
	s := root.section("retention")
	defer s.close()
	r := Retention{Schedule: s.schedule("schedule", "30 3 * * *")}
	r.Personal = s.kept("personal", leastPersonal)
	r.Ended = s.kept("ended", leastEnded)
	if s.has("schedule") && !r.On() {
		s.problem("schedule", "is when to delete what is too old, and nothing is", "add personal or ended, or remove it")
	}
	return r
}

// kept is how long something is kept; 0 is for ever.
func (s *section) kept(field string, least time.Duration) time.Duration {
	return s.age(field, 0, least, mostKept)
}

// Named are the logins, in lower case, of all whom the configuration itself names: admins,
// owners of environments, and people who decide or review.
func (c *Config) Named() []string {
	all := slices.Clone(c.Admins)
	for _, e := range c.Environments {
		all = append(all, e.Owners...)
	}
	take := func(rules []access.Approver) {
		for _, a := range rules {
			if a.Kind == access.ApproverPerson {
				all = append(all, a.Value)
			}
		}
	}
	for _, t := range c.targets {
		if t.Policy.BreakGlass != nil {
			take(t.Policy.BreakGlass.Reviewers)
		}
		take(t.Policy.Fallback)
		for _, s := range t.Policy.Stages {
			take(s.Approvers)
			take(s.WidenTo)
		}
	}
	for _, one := range c.Campaigns {
		take(one.Reviewers)
		take(one.Fallback)
	}
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	slices.SortFunc(all, cmp.Compare[string])
	return slices.Compact(all)
}
