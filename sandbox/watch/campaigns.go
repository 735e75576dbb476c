package watch

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/campaigns"
	"airpass/sandbox"
	"airpass/sandbox/page"
)

// Campaigns reads campaigns, and how far the newest occurrence of each is.
func Campaigns(world *sandbox.World, b *bot.Bot) func(context.Context) ([]page.Campaign, error) {
	return func(ctx context.Context) ([]page.Campaign, error) {
		all, err := b.Campaigns(ctx)
		out := make([]page.Campaign, 0, len(all))
		for _, c := range all {
			out = append(out, shownCampaign(c, world.Clock.Now()))
		}
		return out, err
	}
}

func shownCampaign(c bot.Campaign, now time.Time) page.Campaign {
	o := c.Occurrence
	s := page.Campaign{Name: c.Name, Next: c.DueAt, State: string(o.State), Opened: o.OpenedAt, Deadline: o.DeadlineAt, Closed: o.ClosedAt, Problem: cmp.Or(o.LastError, o.Note),
		Reviewers: []page.Reviewer{}, Items: []page.ReviewItem{}}
	by := map[string]*page.Reviewer{}
	for _, r := range c.Reviewers {
		by[r.Person.OktaID] = &page.Reviewer{Login: r.Person.Login, Told: r.Reminders}
	}
	for _, i := range c.Items {
		asked := c.Panels[i.Panel]
		s.Tally.Items++
		count(&s.Tally, i, asked)
		shown := page.ReviewItem{ID: i.ID, Login: i.Who, Target: i.Target, State: string(i.State), Words: became(i), Note: cmp.Or(i.LastError, i.Comment), Asked: []string{}}
		for _, p := range asked {
			shown.Asked = append(shown.Asked, p.Login)
			if r := by[p.OktaID]; r != nil {
				r.Items++
				if i.State == access.ItemOpen {
					r.Open++
				}
			}
		}
		s.Items = append(s.Items, shown)
	}
	for _, r := range by {
		r.Overdue = r.Open > 0 && (r.Told > 1 || !now.Before(o.DeadlineAt))
		s.Reviewers = append(s.Reviewers, *r)
	}
	slices.SortFunc(s.Reviewers, func(a, b page.Reviewer) int { return strings.Compare(a.Login, b.Login) })
	return s
}

// count adds one item to how many stand how.
func count(t *page.Tally, i access.CampaignItem, asked []access.Person) {
	add := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	away := i.State == access.ItemSettled && i.LastError == ""
	add(&t.Open, i.State == access.ItemOpen)
	add(&t.Kept, i.Verdict == access.KeepItem)
	add(&t.Revoked, i.Verdict == access.RevokeItem)
	add(&t.Reduced, i.Verdict == access.ReduceItem)
	add(&t.Delegated, elsewhere(i, asked))
	add(&t.Silent, i.Silent)
	add(&t.Removing, i.State == access.ItemRemoving)
	add(&t.Gone, away && i.Verdict != access.KeepItem)
}

// elsewhere says whether an item is asked of others than at first.
func elsewhere(i access.CampaignItem, asked []access.Person) bool {
	facts, err := campaigns.Facts(i)
	return err == nil && len(asked) > 0 && !slices.ContainsFunc(facts.Asked.Reviewers, func(r campaigns.Reviewer) bool {
		return slices.ContainsFunc(asked, func(p access.Person) bool { return p.OktaID == r.OktaID })
	})
}

// became says in a word or two what became of an item.
func became(i access.CampaignItem) string {
	switch {
	case i.State == access.ItemOpen:
		return "open"
	case i.LowerFailed != "":
		return "taken away, " + i.ReduceTo + " could not be given"
	case i.Verdict == access.ReduceItem:
		return map[access.ItemState]string{access.ItemDecided: "will be reduced to ", access.ItemRemoving: "being reduced to ", access.ItemSettled: "reduced to "}[i.State] + i.ReduceTo
	case i.State == access.ItemRemoving:
		return "being taken away"
	case i.Verdict == access.KeepItem && !i.KeepUntil.IsZero():
		return "kept until " + i.KeepUntil.UTC().Format("2006-01-02 15:04 UTC")
	case i.Verdict == access.KeepItem:
		return "kept"
	case i.State == access.ItemSettled && i.LastError != "":
		return "to be taken away by hand"
	case i.State == access.ItemSettled:
		return "gone"
	}
	return "will be taken away"
}
