package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/store"
)

// passing is that others were asked about an item than before.
type passing struct {
	Why     access.PassedWhy `json:"why"` // unanswered, left or delegated
	At      time.Time        `json:"at"`
	From    []string         `json:"from"` // who was asked until then
	FromIDs []string         `json:"from_okta_ids"`
	To      []string         `json:"to"`
	ToIDs   []string         `json:"to_okta_ids"`
	By      string           `json:"by,omitempty"` // who has had others asked, or cannot be asked any more
	ByID    string           `json:"by_okta_id,omitempty"`
	Comment string           `json:"comment,omitempty"` // what they have said with it
}

// delegated is why others are asked where somebody who was asked has said so.
const delegated access.PassedWhy = "delegated"

// passed is who was asked about an item before.
func (r rows) passed(i access.CampaignItem) (all []passing) {
	for _, p := range i.Passed {
		one := passing{Why: cmp.Or(p.Why, delegated), At: p.At, By: p.By, ByID: p.By, Comment: p.Comment}
		one.From, one.FromIDs = called(r.panels[p.From])
		one.To, one.ToIDs = called(r.panels[p.To])
		if at := slices.Index(one.FromIDs, p.By); at >= 0 {
			one.By = one.From[at]
		}
		all = append(all, one)
	}
	return all
}

// called are the logins and Okta ids of some people.
func called(people []access.Person) (logins, ids []string) {
	logins, ids = []string{}, []string{}
	for _, p := range people {
		logins, ids = append(logins, cmp.Or(p.Login, p.OktaID)), append(ids, p.OktaID)
	}
	return logins, ids
}

// Words say it.
func (p passing) Words() string {
	why := p.By + " has had others asked"
	switch p.Why {
	case access.PassedUnanswered:
		why = "nobody had answered in time"
	case access.PassedLeft:
		why = p.By + " could not be asked any more"
	}
	if p.Comment != "" {
		why += ": “" + p.Comment + "”"
	}
	return cmp.Or(strings.Join(p.From, ", "), "nobody") + " until " + moment(p.At) + ": " + why
}

// unanswered says of what others were asked because nobody had answered, as an exception.
func unanswered(all []passing) (words []string) {
	for _, p := range all {
		switch {
		case p.Why != access.PassedUnanswered:
		case len(p.From) == 0:
			words = append(words, "nobody could be asked at first, and it was escalated to "+strings.Join(p.To, ", "))
		default:
			words = append(words, "nobody of those who were asked first ("+strings.Join(p.From, ", ")+") had answered in time, and it was escalated to "+strings.Join(p.To, ", "))
		}
	}
	return words
}

// passage is what the trail says of a passing, in which event.
type passage struct {
	seq          int64
	from, to, by string
	why          access.PassedWhy
	at           time.Time
	comment      digest
}

func (t *trail) passage(e store.Recorded, values map[string]store.Value) passage {
	return passage{seq: e.Seq, comment: digestIn(values, "comment", asItIs), from: t.one(e.Facts["panel_before"]), to: t.one(e.Facts["panel"]), by: t.one(e.Actor.ID), why: access.PassedWhy(t.one(e.Facts["passed"])), at: e.At}
}

// is says whether this is what the trail says.
func (p passage) is(of access.Passing) bool {
	return p.from == of.From && p.to == of.To && p.why == of.Why && near(p.at, of.At) && (of.Why != "" || p.by == of.By)
}

// passed compares who was asked before: the trail says everything that is stored, in its order,
// and nothing that airpass itself has had others asked about is missing. Earlier versions have
// stored nothing of it, and the trail does not say of them that it was airpass.
func (c *comparison) passed() {
	left, system := c.said.passages, 0
	for _, p := range c.item.Passed {
		at := slices.IndexFunc(left, func(s passage) bool { return s.is(p) })
		if at < 0 {
			c.same("who was asked before", false)
			return
		}
		c.saidWith(left[at], p)
		left = left[at+1:]
		if p.Why != "" {
			system++
		}
	}
	for _, s := range c.said.passages {
		if s.why != "" {
			system--
		}
	}
	c.same("who was asked before", system == 0)
}

// saidWith compares what somebody has said when they had others asked. With them it is erased in
// the row, and in the trail with whose access it is.
func (c *comparison) saidWith(s passage, p access.Passing) {
	const what = "what was said when others were asked"
	if s.comment.is == never {
		c.same(what, p.Comment == "")
		return
	}
	unsaid := p.Comment == "" && c.trail.erasedSince(s.seq, append(c.owners(), p.By)...)
	c.text(what, s.comment, unsaid || s.comment.is == erased && c.trail.erasedSince(s.seq, c.owners()...), p.Comment)
}
