package campaigns

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"airpass/access"
)

// What items have in common by which many are chosen at once: everything, what is
// recommended, or the target, which follows ChooseTarget.
const (
	ChooseAll    = "all"
	ChooseKeep   = "recommended:keep"
	ChooseRevoke = "recommended:revoke"
	ChooseTarget = "target:"
)

// MostAtOnce is how many items are decided at once: one transaction, and one look of whoever
// reads what they are about to decide. OpenRead is how many open items they are chosen from.
const (
	MostAtOnce = 250
	OpenRead   = 2000
)

// Choice is a way to choose items, and how many it chooses.
type Choice struct {
	Value string
	Items int
}

// Choices are the ways to choose among items that choose any, the targets last, by name.
func Choices(items []access.CampaignItem) []Choice {
	values := []string{ChooseAll, ChooseKeep, ChooseRevoke}
	var targets []string
	for _, i := range items {
		targets = append(targets, ChooseTarget+i.Target)
	}
	slices.Sort(targets)
	var all []Choice
	for _, v := range append(values, slices.Compact(targets)...) {
		if n := len(chosen(items, v)); n > 0 {
			all = append(all, Choice{v, n})
		}
	}
	return all
}

// Chosen are the items that a choice chooses, the first MostAtOnce of them, and how many it
// chooses in all. A choice that means nothing chooses none.
func Chosen(items []access.CampaignItem, choice string) (some []access.CampaignItem, all int) {
	some = chosen(items, choice)
	all = len(some)
	return some[:min(all, MostAtOnce)], all
}

func chosen(items []access.CampaignItem, choice string) []access.CampaignItem {
	target, byTarget := strings.CutPrefix(choice, ChooseTarget)
	return slices.DeleteFunc(slices.Clone(items), func(i access.CampaignItem) bool {
		switch {
		case choice == ChooseAll:
			return false
		case byTarget:
			return i.Target != target
		}
		facts, err := Facts(i)
		return err != nil || choice != "recommended:"+string(facts.Recommended)
	})
}

// Digest tells items from others: whoever has been shown some decides about those, and not
// about what has come since.
func Digest(items []access.CampaignItem) string {
	h := sha256.New()
	for _, i := range items {
		_, _ = h.Write([]byte(i.ID + "\n")) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
