package report

import (
	"airpass/access"
	"airpass/store"
)

// rulesSeal is what the trail says of the rules of an occurrence.
type rulesSeal struct {
	State sealState `json:"state"`
	Event int64     `json:"event,omitempty"`
	Sum   string    `json:"sum,omitempty"` // as it is sealed
}

// Sealed, Broken say what State is, for the page.
func (s rulesSeal) Sealed() bool { return s.State == sealHolds }
func (s rulesSeal) Broken() bool { return s.State == sealBroken }

// rulesSeal says whether the rules of an occurrence are those by which it began.
func (t *trail) rulesSeal(r access.Campaign) rulesSeal {
	sum, is := t.begun.facts["rules"]
	switch {
	case !is:
		return rulesSeal{State: sealMissing}
	case len(t.rulesDiffer(r)) > 0:
		return rulesSeal{sealBroken, t.begun.seq, sum}
	}
	return rulesSeal{sealHolds, t.begun.seq, sum}
}

// rulesDiffer says what of the rules that are stored of an occurrence is not what was sealed
// when it began. Of one that an earlier version has begun nothing is.
func (t *trail) rulesDiffer(r access.Campaign) (differs []string) {
	if _, is := t.begun.facts["rules"]; !is {
		return nil
	}
	now := store.SealRules(access.Event{Facts: map[string]string{}}, r)
	erased := false
	if t.named["filter"].is == never { // as earlier versions have sealed it; nothing says which of it was somebody's
		now = store.SealRulesWhole(access.Event{Facts: map[string]string{}}, r)
		erased = t.begun.facts["filter"] != "" && r.When != "" && t.lost(t.begun.seq, r.When)
	}
	for _, one := range []struct {
		what  string
		facts []string
	}{
		{"its scope", []string{"scope", "targets", "older_than"}},
		{"its filter", []string{"filter"}},
		{"what silence means", []string{"silence", "escalate_to"}},
		{"whether standing access is taken away", []string{"remove_standing"}},
		{"how long people have to answer", []string{"time_to_answer", "remind_every"}},
		{"by which rules people are asked", []string{"reviewers", "fallback"}},
	} {
		for _, name := range one.facts {
			if erased && name == "filter" {
				continue
			}
			if t.begun.facts[name] != now.Facts[name] || !t.namesAs(name, now) {
				differs = append(differs, one.what)
				break
			}
		}
	}
	if len(differs) == 0 && !erased && t.begun.facts["rules"] != now.Facts["rules"] {
		return []string{"its rules"}
	}
	return differs
}

// namesAs says whether the logins in some rules are those that were sealed. They are erased with
// whom they name, by whose id that rule knows them then.
func (t *trail) namesAs(name string, now access.Event) bool {
	text, has := now.Personal[name]
	switch was := t.named[name]; was.is {
	case never:
		return !has
	case there:
		return has && was.sum == digestOf(text)
	case erased:
		return has && t.lost(t.begun.seq, text)
	}
	return false
}
