package doctor

import (
	"context"
	"slices"
	"strings"

	"airpass/access"
)

// campaigns: whoever is to be asked, or to stand in, is there.
func (d Deployment) campaigns(ctx context.Context) []Finding {
	found := d.populated(ctx, d.askedBy(access.ApproverGroup), "can be asked by a campaign")
	return append(found, each(ctx, d.askedBy(access.ApproverPerson), func(ctx context.Context, u groupUse) []Finding {
		return d.person(ctx, u.group, strings.Join(u.targets, ", "), "cannot be asked by a campaign")
	})...)
}

// askedBy maps what the rules of one kind name to the campaigns that name it.
func (d Deployment) askedBy(kind access.ApproverKind) []groupUse {
	var all []groupUse
	for _, c := range d.Campaigns {
		about := "campaign " + c.Name
		for _, rule := range slices.Concat(c.Reviewers, c.Fallback, c.EscalateTo) {
			if rule.Kind != kind {
				continue
			}
			i := slices.IndexFunc(all, func(u groupUse) bool { return u.group == rule.Value })
			if i < 0 {
				all, i = append(all, groupUse{group: rule.Value}), len(all)
			}
			if !slices.Contains(all[i].targets, about) {
				all[i].targets = append(all[i].targets, about)
			}
		}
	}
	return all
}
