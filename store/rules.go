package store

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
)

// campaignPerson names whose the personal values of an occurrence's rules are while they are
// nobody's: logins that rules name are deleted with whom they name.
const campaignPerson = "campaign:"

// SealRules adds to campaign.begun the rules by which an occurrence runs: what is short in
// clear, those that name people by their logins as personal values, and one digest over all
// but the logins, so that nothing of them can be changed past the trail.
func SealRules(e access.Event, r access.Campaign) access.Event {
	when := nameless(r.When)
	e.Facts["scope"], e.Facts["targets"], e.Facts["older_than"] = string(r.Scope), strings.Join(r.Targets, " "), r.OlderThan.String()
	e.Facts["silence"], e.Facts["remove_standing"] = string(r.Silence), strconv.FormatBool(r.RemoveStanding)
	e.Facts["time_to_answer"], e.Facts["remind_every"] = r.Deadline.String(), r.RemindEvery.String()
	e.Facts["reviewers"], e.Facts["fallback"], e.Facts["escalate_to"] = ruleNames(r.Reviewers, ""), ruleNames(r.Fallback, ""), ruleNames(r.EscalateTo, "")
	if when != "" {
		e.Facts["filter"] = hexDigest(when)
	}
	e.Personal = map[string]string{"reviewers": ruleTexts(r.Reviewers), "fallback": ruleTexts(r.Fallback), "escalate_to": ruleTexts(r.EscalateTo), "filter": r.When}
	maps.DeleteFunc(e.Personal, func(name, text string) bool { return text == e.Facts[name] || text == when }) // which names nobody
	r.When = when
	e.Facts["rules"] = hexDigest(encode(unnamed(r)))
	return e
}

// SealRulesWhole is SealRules as earlier versions have sealed them: a filter with all that it
// compares with.
func SealRulesWhole(e access.Event, r access.Campaign) access.Event {
	e = SealRules(e, r)
	if r.When != "" {
		e.Facts["filter"] = hexDigest(r.When)
	}
	e.Facts["rules"] = hexDigest(encode(unnamed(r)))
	delete(e.Personal, "filter")
	return e
}

// nameless is a filter without the addresses and Okta user ids that it compares with: what is
// sealed of it in clear is that, so that it holds when somebody was erased, and does not tell
// who tries addresses which of them was in it.
func nameless(filter string) string {
	return oktaUsers.ReplaceAllString(addresses.ReplaceAllString(filter, "…"), "…")
}

var (
	addresses = regexp.MustCompile(`[^\s"':;,()<>[\]{}]+@[^\s"':;,()<>[\]{}]+`)
	oktaUsers = regexp.MustCompile(`\b00u\w+`)
)

func hexDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// unnamed are the rules of a campaign without the logins that are in them, which are erased
// with whom they name.
func unnamed(r access.Campaign) access.Campaign {
	for _, rules := range []*[]access.Approver{&r.Reviewers, &r.Fallback, &r.EscalateTo} {
		*rules = slices.Clone(*rules)
		for i := range *rules {
			if one := &(*rules)[i]; one.Kind == access.ApproverPerson || one.Kind == access.ApproverOwner {
				one.Value = ""
			}
		}
	}
	return r
}
