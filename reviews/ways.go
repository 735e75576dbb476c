package reviews

import (
	"context"

	"airpass/access"
)

// Way is a place that gives somebody standing access, and what airpass can do about it.
type Way struct {
	Place string `json:"place"`
	// Ref is what airpass takes away there; of what follows something else that it takes
	// away, what it waits for.
	Ref *access.Ref `json:"ref,omitempty"`
	// ByHand is why people have to take it away there; then there is no Ref.
	ByHand ByHand `json:"by_hand,omitempty"`
}

// ByHand is why airpass does not take standing access away, in words.
type ByHand string

// Why people have to take it away.
const (
	ByHandUnknown ByHand = "nobody in Okta is known whose account this is"
	ByHandShared  ByHand = "it opens other targets too"
	ByHandRule    ByHand = "a group rule of Okta puts people into the group"
	ByHandRules   ByHand = "whether a group rule of Okta puts people into the group could not be read"
	ByHandGroup   ByHand = "airpass changes no group of Identity Center"
	ByHandPushed  ByHand = "they are not in the Okta group that is pushed to it"
)

// rules are the Okta groups into which group rules put people.
type rules struct {
	groups map[string]bool
	unread bool
}

func (c Comparer) rules(ctx context.Context, unread func(what string, side Side, err error)) rules {
	groups, err := patiently(ctx, func() (map[string]bool, error) { return c.Directory.RuledGroups(ctx) })
	if err != nil {
		unread("the group rules of Okta", Okta, err)
	}
	return rules{groups: groups, unread: err != nil}
}

// ways finds out how standing access to a target would be taken away.
type ways struct {
	survey *survey
	target access.Target
	rules  rules
}

// through is how somebody's access through a place would be taken away; id is theirs there.
func (w ways) through(p place, id, okta string) Way {
	way := Way{Place: p.words(), ByHand: w.byHand(p, okta)}
	if way.ByHand != "" {
		return way
	}
	seen := sight{place: p, id: id}
	if k, is := w.survey.known[p][id]; is {
		seen.known = k
	}
	ref := seen.ref(okta)
	if t := w.target; ref.Kind == access.PushedMembership {
		ref.Instance, ref.Account, ref.PermissionSet = t.Instance, t.Environment.Account, t.PermissionSet
	}
	way.Ref = &ref
	return way
}

// byHand is why airpass does not take away what somebody has in a place; empty if it does.
func (w ways) byHand(p place, okta string) ByHand {
	t := w.target
	switch {
	case okta == "":
		return ByHandUnknown
	case len(t.SharesWith) > 0:
		return ByHandShared
	case p.oktaGroup != "" && w.rules.unread:
		return ByHandRules
	case p.oktaGroup != "" && w.rules.groups[p.oktaGroup]:
		return ByHandRule
	case p.centerGroup == "":
		return ""
	case t.Mode != access.ByGroup || p != pushedPlace(t):
		return ByHandGroup
	}
	if _, is := w.survey.there[groupPlace(t)][okta]; !is {
		return ByHandPushed
	}
	return w.byHand(groupPlace(t), okta)
}
