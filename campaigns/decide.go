package campaigns

import (
	"slices"
	"time"

	"airpass/access"
)

// Decide is an item about which somebody has said something: what comes of it comes after
// the grace of access.GraceOfReview.
func Decide(i access.CampaignItem, by access.Person, v access.ItemVerdict, until time.Time, comment string, now time.Time) access.CampaignItem {
	i.State, i.Verdict, i.Decider, i.Comment, i.DecidedAt, i.NextAt = access.ItemDecided, v, by, comment, now, now.Add(access.GraceOfReview)
	if i.KeepUntil = until; v != access.KeepItem {
		i.KeepUntil = time.Time{}
	}
	return i
}

// Delegate is an item about which somebody who was asked has others asked instead, as a panel.
func Delegate(i access.CampaignItem, by access.Person, panel, comment string, now time.Time) access.CampaignItem {
	return i.PassTo(panel, access.Passing{By: by.OktaID, At: now, Comment: comment})
}

// Undo is the item as if what was said of it last had not been: nothing comes of it, or those
// are asked again who had others asked.
func Undo(i access.CampaignItem) access.CampaignItem {
	if p, is := i.PassedOn(); is {
		i.Panel, i.Passed = p.From, slices.Clone(i.Passed[:len(i.Passed)-1])
		return i
	}
	i.State, i.Verdict, i.Decider, i.Comment = access.ItemOpen, "", access.Person{}, ""
	i.KeepUntil, i.DecidedAt, i.NextAt = time.Time{}, time.Time{}, time.Time{}
	i.ReduceTo, i.LowerSince = "", time.Time{}
	return i
}

// Last are those of some items of which somebody has said something last, and when that was.
func Last(items []access.CampaignItem, oktaID string) (last []access.CampaignItem, at time.Time) {
	for _, i := range items {
		said, is := i.SaidBy(oktaID)
		switch {
		case !is || said.Before(at):
			continue
		case said.After(at):
			last, at = nil, said
		}
		last = append(last, i)
	}
	return last, at
}

// PanelOf is somebody who is asked alone, as a panel.
func PanelOf(p access.Person) (string, []access.Person) {
	return panelOf([]Reviewer{{OktaID: p.OktaID, Login: p.Login, Name: p.Name, Email: p.Email}})
}
