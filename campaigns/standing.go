package campaigns

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/reviews"
	"airpass/store"
)

const standingStays = "it is standing access, which airpass does not take away for a campaign: take it away where it was given"

// ByHand is what people have to take away of an item, by place and why, as far as that is
// known when they are asked.
func (i Item) ByHand() []reviews.Way {
	return slices.DeleteFunc(slices.Clone(i.Ways), func(w reviews.Way) bool { return w.Ref != nil })
}

// ByAirpass is what airpass takes away of an item's standing access.
func (i Item) ByAirpass() []reviews.Way {
	return slices.DeleteFunc(slices.Clone(i.Ways), func(w reviews.Way) bool { return w.Ref == nil })
}

// taken are the things that airpass takes away of an item's standing access: none, unless
// its campaign may.
func taken(o access.Occurrence, facts Item) []reviews.Way {
	if !o.Rules.RemoveStanding {
		return nil
	}
	return facts.ByAirpass()
}

// takeStanding begins to take away an item's standing access, and returns what that is. It
// comes before the end of the grant over it, whose entitlements are locked too. What was
// adopted since people were asked stays.
func takeStanding(tx *store.Tx, o access.Occurrence, i access.CampaignItem) ([]access.Ref, error) {
	facts, err := Facts(i)
	if err != nil {
		return nil, err
	}
	ways := taken(o, facts)
	if len(ways) == 0 {
		return nil, nil
	}
	if err := lock(tx, i, ways); err != nil {
		return nil, err
	}
	// What follows from a membership that stays is not taken over by itself.
	slices.SortStableFunc(ways, func(a, b reviews.Way) int { return cmp.Compare(rank(*a.Ref), rank(*b.Ref)) })
	var begun []access.Ref
	stays := false
	for _, w := range ways {
		if stays && w.Ref.Kind.Derived() {
			continue
		}
		switch err := tx.TakeOverLater(*w.Ref, facts.Looked, i.Target); {
		case errors.Is(err, access.ErrNotAllowed):
			stays = stays || w.Ref.Kind == access.OktaMembership
		case err != nil:
			return nil, err
		default:
			begun = append(begun, *w.Ref)
		}
	}
	return begun, nil
}

// rank puts what follows from something else behind it.
func rank(r access.Ref) int {
	if r.Kind.Derived() {
		return 1
	}
	return 0
}

// lock locks everything of somebody that is about to change, in one order.
func lock(tx *store.Tx, i access.CampaignItem, ways []reviews.Way) error {
	var all []access.Entitlement
	if i.Grant != "" {
		held, err := tx.GrantEntitlements(i.Grant)
		if err != nil {
			return err
		}
		all = held
	}
	for _, w := range ways {
		e, known, err := tx.EntitlementByKey(w.Ref.Key())
		if err != nil {
			return err
		}
		if known && !slices.ContainsFunc(all, func(o access.Entitlement) bool { return o.ID == e.ID }) {
			all = append(all, e)
		}
	}
	return tx.LockEntitlements(all...)
}

// remains is what is left of an item's standing access.
type remains struct {
	again time.Time // when to look again whether it is gone; zero if nothing is awaited
	waits string    // for what, if not for Okta and AWS
	why   string    // what is left to people, in words
}

// standingOf looks at what is left of an item's standing access.
func standingOf(tx *store.Tx, o access.Occurrence, i access.CampaignItem) (remains, error) {
	facts, err := Facts(i)
	if err != nil || !i.Standing {
		return remains{}, err
	}
	if !o.Rules.RemoveStanding || len(facts.Ways) == 0 {
		return remains{why: standingStays}, nil
	}
	var out remains
	var hands []string
	for _, w := range facts.ByHand() {
		hands = append(hands, w.Place+": "+string(w.ByHand))
	}
	for _, w := range facts.ByAirpass() {
		adopted, err := out.add(tx, w)
		if err != nil {
			return out, err
		}
		if adopted {
			hands = append(hands, w.Place+": an operator has said meanwhile that it stays")
		}
	}
	if len(hands) > 0 {
		out.why = "it is standing access, which stays until it is taken away by hand: " + strings.Join(hands, "; ")
	}
	return out, nil
}

// Why something is left to people that another grant gives, with its request: one that was given
// after people were asked, or one about which an earlier version has asked nobody.
const (
	GivenSince = "another grant gives it, which was given after people were asked: request "
	NotAsked   = "another grant gives it, about which nobody was asked: request "
)

// stays says why somebody still has, or will have, what an item's grants gave, the last of which
// has ended.
func stays(tx *store.Tx, o access.Occurrence, i access.CampaignItem, last access.Grant) (why string, err error) {
	if why, err = adopted(tx, last); err != nil || why != "" {
		return why, err
	}
	live, err := tx.GrantsOf(i.Subject, true)
	if err != nil {
		return "", err
	}
	for _, g := range live {
		if g.Target.ID != i.Target || access.CheckGrantMove(g.State, access.GrantRevoking) != nil {
			continue
		}
		r, err := tx.Request(g.RequestID)
		if err != nil {
			return "", err
		}
		if r.DecidedAt.Before(o.OpenedAt) {
			return NotAsked + r.ID, nil
		}
		return GivenSince + r.ID, nil
	}
	return "", nil
}

// Adopted is why something is left to people of which adopted is true.
const Adopted = "what its grant gave became standing access meanwhile, which stays: take it away where it was given"

// adopted says that something which a grant gave has become standing access, and stays.
func adopted(tx *store.Tx, g access.Grant) (why string, err error) {
	all, err := tx.GrantEntitlements(g.ID)
	for _, e := range all {
		kind := e.Ref.Kind
		if e.Origin == access.OriginStanding && e.Presence == access.Present && !kind.Derived() && !kind.Sticky() && !kind.Optional() {
			why = Adopted
		}
	}
	return why, err
}

// add looks at one thing that airpass takes away.
func (r *remains) add(tx *store.Tx, w reviews.Way) (adopted bool, err error) {
	e, known, err := tx.EntitlementByKey(w.Ref.Key())
	if err != nil || !known || e.Origin == access.OriginStanding {
		return known && err == nil, err
	}
	holds, err := tx.LiveHolds(e.ID)
	if err != nil || len(holds) == 0 && e.Presence == access.Absent {
		return false, err
	}
	again := tx.Now().Add(between)
	for _, h := range holds {
		g, err := tx.Grant(h.GrantID)
		if err != nil {
			return false, err
		}
		again, r.waits = later(again, g.EndAt), "another grant of theirs needs it until it ends: "+g.ID
	}
	r.again = access.Sooner(r.again, again)
	return false, nil
}
