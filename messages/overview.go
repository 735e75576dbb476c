package messages

import (
	"context"
	"slices"

	"airpass/access"
	"airpass/store"
)

// Overview is what somebody sees of themselves, as of one moment, as far as it was asked
// for.
type Overview struct {
	Access   []View // what they have, or are about to have; what ends first comes first
	Requests []View // theirs, newest first
	Waiting  []View // for their decision, oldest first
	Holders  []View // of an environment, what ends first first
	Link     string // to the message about the one request that is shown; empty is not known
	// Asked is what was asked for and not made, of what is in Access.
	Asked   access.Attempt
	More    int    // of what was asked for, not shown
	Paused  bool   // nothing new is given
	Command string // the slash command
	Reader  Printer
}

// How much an answer shows: a message has at most 50 blocks.
const (
	mostAccess   = 15
	mostRequests = 10
	mostHolders  = 40
	mostLooked   = 500 // grants of one environment
)

// overview loads what answers a question.
func (b *Outbox) overview(ctx context.Context, q access.Question) (o Overview, err error) {
	o.Command = b.o.Command
	switch q.About {
	case access.AboutMe, access.AboutExtend, access.AboutReturn:
		o.Access, o.More, err = b.accessOf(ctx, store.GrantFilter{Subject: q.Person, Live: true, Limit: mostLooked}, mostAccess)
	case access.AboutStatus:
		o.Requests, err = b.requestsOf(ctx, q.Person, mostRequests)
	case access.AboutWho:
		o.Holders, o.More, err = b.accessOf(ctx, store.GrantFilter{Environment: q.Environment, Live: true, Limit: mostLooked}, mostHolders)
	case access.AboutSame:
		if o.Requests, err = b.views(ctx, []string{q.Request}); err == nil {
			o.Link, err = b.linkTo(ctx, q.Request)
		}
	case access.AboutHeld:
		if o.Access, err = b.views(ctx, []string{q.Request}); err == nil {
			o.Asked, err = b.o.Store.Attempt(ctx, q.Attempt)
		}
	}
	if err == nil && b.o.Paused != nil {
		o.Paused, err = b.o.Paused(ctx)
	}
	return o, err
}

// linkTo is a link to the requester's message about a request. That Slack does not give one
// is no reason not to answer.
func (b *Outbox) linkTo(ctx context.Context, request string) (string, error) {
	all, err := b.o.Store.MessagesOf(ctx, request)
	if err != nil {
		return "", err
	}
	for _, m := range all {
		if m.Kind != access.RequesterCard || m.TS == "" {
			continue
		}
		link, err := b.o.Sender.Permalink(ctx, m.Channel, m.TS)
		if err != nil {
			b.o.Log.WarnContext(ctx, "no link to a message", "message", m.ID, "err", err)
			return "", nil
		}
		return link, nil
	}
	return "", nil
}

// accessOf loads the grants that a filter chooses, what ends first first, and how many are
// left out.
func (b *Outbox) accessOf(ctx context.Context, f store.GrantFilter, most int) ([]View, int, error) {
	if f.Subject == "" && f.Environment == "" {
		return nil, 0, nil
	}
	grants, err := b.o.Store.Grants(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	slices.SortStableFunc(grants, func(a, b access.Grant) int { return a.EndAt.Compare(b.EndAt) })
	var ids []string
	for _, g := range grants[:min(len(grants), most)] {
		ids = append(ids, g.RequestID)
	}
	all, err := b.views(ctx, ids)
	return all, len(grants) - len(ids), err
}

// requestsOf loads somebody's newest requests.
func (b *Outbox) requestsOf(ctx context.Context, person string, most int) ([]View, error) {
	if person == "" {
		return nil, nil
	}
	requests, err := b.o.Store.Requests(ctx, store.RequestFilter{Subject: person, Limit: most})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range requests {
		ids = append(ids, r.ID)
	}
	return b.views(ctx, ids)
}

// views loads what there is to show of requests.
func (b *Outbox) views(ctx context.Context, ids []string) ([]View, error) {
	all := make([]View, 0, len(ids))
	for _, id := range ids {
		v, err := b.viewOf(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
