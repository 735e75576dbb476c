package report

import (
	"context"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/store"
)

// awaited is one thing that campaigns take away of standing access: for how many items, and when
// it was seen to be gone; zero is not yet.
type awaited struct {
	items int
	at    time.Time
}

// awaits notes what is taken away of an item's standing access.
func (t *trail) awaits(s *said, refs []string) {
	s.refs = refs
	for _, ref := range refs {
		if t.awaited[ref] == nil {
			t.awaited[ref] = &awaited{}
		}
		t.awaited[ref].items++
	}
}

// sees notes when something that is awaited was seen to be gone, which is an event of its own.
func (t *trail) sees(e store.Recorded) {
	if a := t.awaited[e.Ref]; a != nil && e.Kind == "entitlement.absent" {
		a.at = e.At
	}
}

// settles notes of an item when the last of what was taken away of its standing access was seen
// to be gone. Of what was gone before, or of which nothing was taken away, there is no such moment.
func (t *trail) settles(id string, s *said) {
	for _, ref := range s.refs {
		a := t.awaited[ref]
		if a.at.After(t.gone[id]) {
			t.gone[id] = a.at
		}
		if a.items--; a.items == 0 {
			delete(t.awaited, ref)
		}
	}
	s.refs = nil
}

// tookAway says whether access was taken away by an item, and seen to be gone.
func tookAway(i access.CampaignItem) bool {
	return i.Verdict != access.KeepItem && i.State == access.ItemSettled && i.LastError == ""
}

// gone is when the last of what an item took away was seen to be gone: its standing access by the
// trail, or else when that was looked at last, and its grant.
func (r rows) gone(ctx context.Context, i access.CampaignItem) (at time.Time, err error) {
	if !tookAway(i) {
		return at, nil
	}
	if i.Standing {
		if at = r.trail.gone[i.ID]; at.IsZero() {
			return i.SettledAt, nil
		}
	}
	if i.Grant == "" {
		return at, nil
	}
	g, err := r.grantOf(ctx, i)
	if g.EndedAt.After(at) {
		at = g.EndedAt
	}
	return at, err
}

// seenGone says whether the trail has seen a grant end when its row says so, or has not if that
// says nothing. Of standing access only the trail says it, or it is compared when the item was settled.
func (r rows) seenGone(ctx context.Context, i access.CampaignItem) (bool, error) {
	if !tookAway(i) || i.Grant == "" || i.Standing && r.trail.gone[i.ID].IsZero() {
		return true, nil
	}
	g, err := r.grantOf(ctx, i)
	if err != nil {
		return false, err
	}
	gone := g.EndedAt
	seen, written, err := r.store.GrantEnded(ctx, g.ID)
	if seen.IsZero() && !written.IsZero() { // as of an earlier version
		return !gone.After(written.Add(slack)) && written.Sub(gone) < writing, err
	}
	return near(seen, gone), err
}

// writing is how long it may have taken to write down that something was seen to be gone.
const writing = time.Hour

// grantOf is the grant by which an item's access stood or fell.
func (r rows) grantOf(ctx context.Context, i access.CampaignItem) (access.Grant, error) {
	return campaigns.GrantOf(func(id string) (access.Grant, error) { return r.store.Grant(ctx, id) },
		func(id string) ([]access.Grant, error) { return r.store.Extensions(ctx, id) }, i)
}
