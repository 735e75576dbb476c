package campaigns

import (
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

// Undo is the item as if nothing had been said.
func Undo(i access.CampaignItem) access.CampaignItem {
	i.State, i.Verdict, i.Decider, i.Comment = access.ItemOpen, "", access.Person{}, ""
	i.KeepUntil, i.DecidedAt, i.NextAt = time.Time{}, time.Time{}, time.Time{}
	i.ReduceTo, i.LowerSince = "", time.Time{}
	return i
}

// PanelOf is somebody who is asked alone, as a panel.
func PanelOf(p access.Person) (string, []access.Person) {
	return panelOf([]Reviewer{{OktaID: p.OktaID, Login: p.Login, Name: p.Name, Email: p.Email}})
}
