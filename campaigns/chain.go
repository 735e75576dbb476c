package campaigns

import (
	"cmp"
	"errors"
	"slices"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// GrantOf is the grant by which an item's access stands or falls now: one of those that it was
// when people were asked, or what makes the time of one longer, also if that came after. Of several
// that is what is still there, and of those the last to end. find finds a grant, extensions what
// extends one, whatever became of it. It returns access.ErrNotFound where there is none.
func GrantOf(find func(grant string) (access.Grant, error), extensions func(grant string) ([]access.Grant, error), i access.CampaignItem) (access.Grant, error) {
	chain, err := began(find, i)
	if err != nil {
		return access.Grant{}, err
	}
	for n := 0; n < len(chain) && n < store.LongestChain; n++ {
		more, err := extensions(chain[n].ID)
		if err != nil {
			return access.Grant{}, err
		}
		chain = append(chain, more...)
	}
	return slices.MaxFunc(chain, compareStanding), nil
}

// began are the grants that an item's access was when people were asked. Of those beside the
// item's own retention may have deleted some.
func began(find func(grant string) (access.Grant, error), i access.CampaignItem) ([]access.Grant, error) {
	g, err := find(i.Grant)
	if err != nil {
		return nil, err
	}
	facts, err := Facts(i)
	if err != nil {
		return nil, err
	}
	all := []access.Grant{g}
	for _, b := range facts.Besides {
		switch g, err := find(b.Grant); {
		case err == nil:
			all = append(all, g)
		case !errors.Is(err, access.ErrNotFound):
			return nil, err
		}
	}
	return all, nil
}

// compareStanding orders grants by how much of them is still there, then by their ends: those to
// come, and those that were seen.
func compareStanding(a, b access.Grant) int {
	return cmp.Or(cmp.Compare(stands(a), stands(b)), a.EndedAt.Compare(b.EndedAt), a.EndAt.Compare(b.EndAt))
}

// stands orders grants by how much of them is still there: what is to start later is less than
// what is there, whose place alone something lower takes.
func stands(g access.Grant) int {
	switch {
	case g.State == access.GrantEnded:
		return 0
	case access.CheckGrantMove(g.State, access.GrantRevoking) != nil:
		return 1
	case g.State == access.GrantScheduled:
		return 2
	}
	return 3
}

// grantOf is GrantOf as a transaction sees it.
func grantOf(tx *store.Tx, i access.CampaignItem) (access.Grant, error) {
	return GrantOf(tx.Grant, tx.Extensions, i)
}

// endGrants ends all that an item's access is now, with what has extended it since people were
// asked; false if it ends, or has ended, by itself.
func endGrants(tx *store.Tx, i access.CampaignItem, note string) (ends bool, err error) {
	for {
		g, err := grantOf(tx, i)
		if err != nil || access.CheckGrantMove(g.State, access.GrantRevoking) != nil {
			return ends, err
		}
		if err := grants.ReleaseAll(tx, g, access.EndRevoked, note); err != nil {
			return ends, err
		}
		ends = true
	}
}
