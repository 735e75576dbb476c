package report

import (
	"context"
	"time"

	"airpass/access"
	"airpass/store"
)

// trail is what the audit trail says of the items of an occurrence.
type trail struct {
	first int64 // the event with which it began
	last  int64 // the newest that was looked at
	items map[string]said
}

// said is what the trail says of one item.
type said struct {
	state   access.ItemState
	verdict access.ItemVerdict
	decider string // Okta user id
	to      string // what is reduced is reduced to
}

// slack is how much the times of two events may be in the other order than their numbers.
const slack = time.Minute

// trailPage is how many events are read at once.
const trailPage = 500

// readTrail reads the events since an occurrence began, up to a number.
func readTrail(ctx context.Context, st *store.Store, o access.Occurrence, last int64) (*trail, error) {
	t := &trail{items: map[string]said{}}
	var err error
	if t.last, err = before(ctx, st, o.CreatedAt.Add(-slack), last); err != nil {
		return nil, err
	}
	for t.last < last {
		lines, err := st.AuditLines(ctx, t.last, trailPage)
		if err != nil || len(lines) == 0 {
			return t, err
		}
		for _, l := range lines {
			if t.last = l.Seq; l.Seq > last {
				return t, nil
			}
			e, err := l.Recorded()
			if err != nil {
				return nil, err
			}
			if e.Facts["occurrence"] == o.ID {
				t.hears(e)
			}
		}
	}
	return t, nil
}

// before finds an event before which everything is older than a moment.
func before(ctx context.Context, st *store.Store, at time.Time, last int64) (int64, error) {
	low, high := int64(0), last // what is up to low is older, what is above high is not
	for low < high {
		middle := low + (high-low)/2
		lines, err := st.AuditLines(ctx, middle, 1)
		if err != nil {
			return 0, err
		}
		if len(lines) > 0 && lines[0].At.Before(at) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

func (t *trail) hears(e store.Recorded) {
	if t.first == 0 {
		t.first = e.Seq
	}
	id := e.Facts["item"]
	if id == "" {
		return
	}
	s := t.items[id]
	s.verdict, s.to = access.ItemVerdict(e.Facts["verdict"]), e.Facts["reduce_to"]
	switch e.Kind {
	case "item.decided":
		s.state, s.decider = access.ItemDecided, ""
		if e.Facts["silent"] == "" {
			s.decider = e.Actor.ID
		}
	case "item.undone":
		s.state, s.decider = access.ItemOpen, ""
	case "item.removing":
		s.state = access.ItemRemoving
	case "item.settled":
		s.state = access.ItemSettled
	}
	t.items[id] = s
}

// differs says in words where the trail says something else of an item than what is stored.
func (t *trail) differs(i access.CampaignItem) []string {
	if t == nil {
		return nil
	}
	s, heard := t.items[i.ID]
	if !heard || s.state == "" {
		s.state = access.ItemOpen
	}
	if s.state != i.State || s.verdict != i.Verdict || s.to != i.ReduceTo || s.decider != i.Decider.OktaID {
		return []string{"the audit trail says something else of it than what is stored: it was changed past airpass"}
	}
	return nil
}
