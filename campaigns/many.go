package campaigns

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"airpass/access"
)

// What items have in common by which many are chosen at once: everything, what is
// recommended, how it is held, that nobody has used it, the target, or where it was seen; the last two follow.
const (
	ChooseAll      = "all"
	ChooseKeep     = "recommended:keep"
	ChooseRevoke   = "recommended:revoke"
	ChooseStanding = "held:standing"
	ChooseGranted  = "held:grant" // and by nothing else
	ChooseUnused   = "unused"     // it is known that nobody has used it
	ChooseTarget   = "target:"
	ChooseThrough  = "through:" // and a digest: the name of a place may be long
)

// MostAtOnce is how many items are decided at once: one transaction, and one look of whoever
// reads what they are about to decide. MostReduced is how many are reduced: about each is
// looked live at whether the person may have the lower role. OpenRead is how many open items
// they are chosen from.
const (
	MostAtOnce  = 250
	MostReduced = 40
	OpenRead    = 2000
)

// Choice is a way to choose items, and how many it chooses. Name is what they have in common,
// where the value does not say it: the target, or the place.
type Choice struct {
	Value string
	Name  string
	Items int
}

// traits are what an item has in common with others: each is a way to choose it, in the order
// in which they are offered.
func traits(i access.CampaignItem) []Choice {
	all := []Choice{{Value: ChooseAll}}
	facts, err := Facts(i)
	if err == nil {
		all = append(all, Choice{Value: "recommended:" + string(facts.Recommended)})
	}
	switch {
	case i.Standing:
		all = append(all, Choice{Value: ChooseStanding})
	case i.Grant != "":
		all = append(all, Choice{Value: ChooseGranted})
	}
	if _, is := facts.Unused(); err == nil && is {
		all = append(all, Choice{Value: ChooseUnused})
	}
	all = append(all, Choice{Value: ChooseTarget + i.Target, Name: i.Target})
	for _, place := range facts.Through {
		all = append(all, Choice{Value: through(place), Name: place})
	}
	return all
}

// through is the way to choose what was seen in a place.
func through(place string) string {
	h := sha256.Sum256([]byte(place))
	return ChooseThrough + hex.EncodeToString(h[:8])
}

// Choices are the ways to choose among items that choose any, the targets and then the places
// last, by name.
func Choices(items []access.CampaignItem) []Choice {
	by := map[string]*Choice{}
	for _, i := range items {
		for _, t := range slices.CompactFunc(traits(i), func(a, b Choice) bool { return a.Value == b.Value }) {
			if by[t.Value] == nil {
				by[t.Value] = &t
			}
			by[t.Value].Items++
		}
	}
	var all []Choice
	for _, c := range by {
		all = append(all, *c)
	}
	order := []string{ChooseAll, ChooseKeep, ChooseRevoke, ChooseStanding, ChooseGranted, ChooseUnused, ChooseTarget, ChooseThrough}
	place := func(c Choice) int {
		return slices.IndexFunc(order, func(o string) bool { return c.Value == o || strings.HasSuffix(o, ":") && strings.HasPrefix(c.Value, o) })
	}
	all = slices.DeleteFunc(all, func(c Choice) bool { return place(c) < 0 })
	slices.SortFunc(all, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return all
}

// Chosen are the items that a choice chooses, the first MostAtOnce of them, and how many it
// chooses in all. A choice that means nothing chooses none.
func Chosen(items []access.CampaignItem, choice string) (some []access.CampaignItem, all int) {
	some = chosen(items, choice)
	all = len(some)
	return some[:min(all, MostAtOnce)], all
}

// Reducible are those items that a choice chooses and that can be reduced, each with the next
// lower role as what it is reduced to: the first MostReduced of them, how many they are in
// all, and those that are chosen and cannot be reduced.
func Reducible(targets []access.Target, items []access.CampaignItem, choice string) (some []access.CampaignItem, all int, not []access.CampaignItem) {
	for _, i := range chosen(items, choice) {
		lower := Lower(targets, i)
		if len(lower) == 0 {
			not = append(not, i)
			continue
		}
		i.ReduceTo = lower[0].ID
		some = append(some, i)
	}
	all = len(some)
	return some[:min(all, MostReduced)], all, not
}

// Otherwise is what a date is not true of, of items that are kept until then: those whose access
// ends before by itself, and how many are standing access of which the campaign leaves something
// to people.
func Otherwise(rules access.Campaign, items []access.CampaignItem, until time.Time) (earlier []Item, hand int) {
	for _, i := range items {
		facts, err := Facts(i)
		switch {
		case err != nil:
		case i.Grant != "" && !i.Standing && facts.Until.Before(until):
			earlier = append(earlier, facts)
		case i.Standing && (!rules.RemoveStanding || len(facts.ByHand()) > 0 || len(facts.ByAirpass()) == 0):
			hand++
		}
	}
	return earlier, hand
}

func chosen(items []access.CampaignItem, choice string) []access.CampaignItem {
	return slices.DeleteFunc(slices.Clone(items), func(i access.CampaignItem) bool {
		return !slices.ContainsFunc(traits(i), func(t Choice) bool { return t.Value == choice })
	})
}

// Digest tells items from others, and what they are to be reduced to: whoever has been shown
// some decides about those, and not about what has come since.
func Digest(items []access.CampaignItem) string {
	h := sha256.New()
	for _, i := range items {
		_, _ = h.Write([]byte(i.ID + " " + i.ReduceTo + "\n")) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
