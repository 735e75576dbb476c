package config

import (
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/internal/nearest"
)

// opens are the things that whoever holds the target has, as keys that two targets
// share when granting one grants the other too.
func opens(t access.Target) []string {
	var keys []string
	if t.OktaGroup != "" {
		keys = append(keys, "the Okta group "+t.OktaGroup)
	}
	if t.IdentityCenterGroup != "" {
		keys = append(keys, "the Identity Center group "+t.IdentityCenterGroup)
	}
	if t.Mode == access.ByUser && t.PermissionSet != "" && t.Environment.Account != "" {
		keys = append(keys, "the permission set "+t.PermissionSet+" in the account "+t.Environment.Account)
	}
	return keys
}

// checkSharing reports targets that open the same thing without naming each other
// in shares_with, and names in shares_with that stand for nothing.
func (r *reader) checkSharing(targets []draft) {
	holders := map[string][]string{}
	byID := map[string]draft{}
	for _, t := range targets {
		if t.ID == "" {
			continue
		}
		byID[t.ID] = t
		for _, key := range opens(t.Target) {
			holders[key] = append(holders[key], t.ID)
		}
	}
	for _, t := range targets {
		shared := map[string]bool{}
		for _, key := range opens(t.Target) {
			var unnamed []string
			for _, id := range holders[key] {
				if id == t.ID || t.ID == "" {
					continue
				}
				shared[id] = true
				if !slices.Contains(t.SharesWith, id) {
					unnamed = append(unnamed, id)
				}
			}
			if len(unnamed) > 0 {
				r.problem(t.path, fmt.Sprintf("%s opens %s, and so does %s", t.ID, key, some(unnamed)),
					"give each its own, or, if it is meant, add to both: shares_with: ["+some(unnamed)+"]")
			}
		}
		r.checkNames(t, byID, shared)
	}
}

func (r *reader) checkNames(t draft, byID map[string]draft, shared map[string]bool) {
	for i, id := range t.SharesWith {
		path := t.shares[i]
		_, known := byID[id]
		switch {
		case id == t.ID:
			r.problem(path, "names the target itself", "remove it")
		case !known:
			mend := "remove it"
			if near, ok := nearest.Word(id, ids(byID)); ok {
				mend = "did you mean " + near + "?"
			}
			r.problem(path, "there is no target "+quote(id), mend)
		case !shared[id]:
			r.warn(path, fmt.Sprintf("%s and %s open nothing in common", t.ID, id), "remove it")
		}
	}
}

func ids(byID map[string]draft) []string {
	all := make([]string, 0, len(byID))
	for id := range byID {
		all = append(all, id)
	}
	slices.SortFunc(all, strings.Compare)
	return all
}
