package messages

import (
	"context"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Owed are the reviews that somebody may give, the first due first, each with its request.
type Owed struct {
	Views []View
	More  int
}

// owedShown is how many of them a Home tab shows.
const owedShown = 5

func (c *card) owed(o Owed, now time.Time) {
	if len(o.Views) == 0 {
		return
	}
	c.lines("*" + c.p.Say(textReviewsOwed) + "*")
	for _, v := range o.Views {
		c.lines(c.p.owes(v, now))
		c.buttons(button(ActionReview, v.Request.ID, c.p.Say(textReview), slack.StylePrimary))
	}
	c.lines(c.p.andMore(o.More))
}

// againForOwed is when a review that is owed reads differently: once it is overdue.
func againForOwed(o Owed, now time.Time) time.Time {
	var again time.Time
	for _, v := range o.Views {
		if v.Review.DueAt.After(now) {
			again = sooner(again, v.Review.DueAt)
		}
	}
	return again
}

// owedBy loads the reviews that somebody may give: those that they were told of, and all for
// those who run airpass; nobody reviews what they took themselves.
func (b *Outbox) owedBy(ctx context.Context, h access.Home, admin bool) (o Owed, err error) {
	var owed []access.Review
	if admin {
		owed, err = b.o.Store.OwedReviews(ctx, mostLooked)
		owed = slices.DeleteFunc(owed, func(r access.Review) bool { return r.Subject.OktaID == h.OktaID })
	} else {
		owed, err = b.o.Store.ReviewsFor(ctx, h.SlackID, h.OktaID, mostLooked)
	}
	if err != nil {
		return o, err
	}
	owed = slices.DeleteFunc(owed, func(r access.Review) bool { return r.Kind != access.ReviewBreakGlass })
	var ids []string
	for _, r := range owed[:min(len(owed), owedShown)] {
		ids = append(ids, r.Request)
	}
	o.Views, err = b.views(ctx, ids)
	o.More = len(owed) - len(ids)
	return o, err
}

// alike loads the requests that wait for somebody and can be approved together.
func (b *Outbox) alike(ctx context.Context, waiting []string) ([][]access.Request, error) {
	if len(waiting) < 2 {
		return nil, nil
	}
	var all []access.Request
	for _, id := range waiting[:min(len(waiting), bulkLooked)] {
		r, err := b.o.Store.Request(ctx, id)
		if err != nil {
			return nil, err
		}
		namesakes, err := b.o.Store.Namesakes(ctx, r.Subject)
		if err != nil {
			return nil, err
		}
		if len(namesakes) == 0 { // else its card has to be read
			all = append(all, r)
		}
	}
	return Alike(all, b.o.Now()), nil
}
