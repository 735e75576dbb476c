package campaigns

import (
	"airpass/access"
	"airpass/store"
)

// LastOf is the grant by which access stands or falls that began with another one: that
// itself, or what makes its time longer, also if that came after people were asked. Of
// several that is what is still there, and of those the last to end. extensions finds what
// extends a grant, whatever became of it.
func LastOf(extensions func(grant string) ([]access.Grant, error), g access.Grant) (access.Grant, error) {
	last, chain := g, []access.Grant{g}
	for n := 0; n < len(chain) && n < store.LongestChain; n++ {
		more, err := extensions(chain[n].ID)
		if err != nil {
			return g, err
		}
		for _, e := range more {
			if stands(e) > stands(last) || stands(e) == stands(last) && e.EndAt.After(last.EndAt) {
				last = e
			}
		}
		chain = append(chain, more...)
	}
	return last, nil
}

// stands orders grants by how much of them is still there.
func stands(g access.Grant) int {
	switch {
	case access.CheckGrantMove(g.State, access.GrantRevoking) == nil:
		return 2
	case g.State != access.GrantEnded:
		return 1
	}
	return 0
}

// grantOf is the grant by which an item's access stands or falls now.
func grantOf(tx *store.Tx, i access.CampaignItem) (access.Grant, error) {
	g, err := tx.Grant(i.Grant)
	if err != nil {
		return g, err
	}
	return LastOf(tx.Extensions, g)
}
