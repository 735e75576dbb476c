package report

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/store"
)

// trail is what the audit trail says of an occurrence and of its items. Of what is long it
// keeps digests, and of what many have in common one copy, so that it is small for however
// many items.
type trail struct {
	first int64 // the event with which it began
	last  int64 // the newest that was looked at
	items map[string]*said

	begun, opened, closed happened
	deadline              string              // until when people are asked, as it was said last
	note                  digest              // why it was closed
	named                 map[string]digest   // rules of the occurrence that name people, by what they are for
	told                  map[string]tellings // how often reviewers were told, by their Okta ids
	// unpanelled: others were asked about an item, and an earlier version has not said
	// instead of whom.
	unpanelled bool

	// What was compared: how many items, and the sum over them as they were at first.
	compared   int
	population store.PopulationSeal
	undigested int // items without a digest of their facts
	reshown    int // items of whose facts it is another

	// When standing access was seen to be gone: what of it is awaited, by its keys, and then the
	// last of what was, by items.
	awaited map[string]*awaited
	gone    map[string]time.Time

	erased    map[string]int64 // Okta user ids of those who were erased, and the event
	erasedAt  int64            // the newest of these events
	repeating map[string]string
}

// happened is an event in the life of an occurrence; without a number it has not happened.
type happened struct {
	seq   int64
	at    time.Time
	by    string // the id of who did it
	facts map[string]string
}

// said is what the trail says of one item.
type said struct {
	target, subject, account, grant string

	state   access.ItemState
	verdict access.ItemVerdict
	to      string // what is reduced is reduced to
	lower   string // the request that gives it

	// Of the decision that counts: its event, when and by whom (an Okta user id), whether by
	// silence, and until when it is kept.
	seq     int64
	decided time.Time
	decider string
	silent  bool
	until   time.Time
	comment digest // what was said
	// What it was decided by, or was shown to who has had others asked, if nobody has decided;
	// and the newest of the latter.
	shown, passing shown

	// The event by which it is removed or settled, why it is left to people, and why it has not
	// got what it was reduced to.
	settledSeq       int64
	settled          time.Time
	why, lowerFailed digest

	refs []string // what of its standing access is being taken away, by keys

	delegated    bool
	panel, first string // who is asked now, and who was at first
	passages     []passage
}

// shown is what somebody was shown of an item, in which event: its facts, what of these names
// others, and how they call whose access it is.
type shown struct {
	seq                int64
	facts, others, who digest
}

func shownIn(e store.Recorded, values map[string]store.Value) shown {
	s := shown{e.Seq, digestIn(values, "facts", canonical), digestIn(values, "others", canonical), digestIn(values, "facts", calls)}
	if s.who.is != there || s.who.sum == digestOf("") {
		s.who = digest{}
	}
	return s
}

// digest is a personal value of an event, without the value.
type digest struct {
	sum [sha256.Size]byte
	is  kept
}

// kept is what there is of a personal value.
type kept int8

const (
	never  kept = iota // the event has no such value
	there              // it is what was sealed
	erased             // it was deleted
	forged             // it is not what was sealed
)

func digestOf(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

// digestIn is the digest of a value as a function writes it.
func digestIn(values map[string]store.Value, field string, write func(string) string) digest {
	v, is := values[field]
	switch {
	case !is:
		return digest{}
	case v.Forged:
		return digest{is: forged}
	case !v.Kept:
		return digest{is: erased}
	}
	return digest{digestOf(write(v.Text)), there}
}

func asItIs(text string) string { return text }

// slack is how much the times of two events may be in the other order than their numbers.
const slack = time.Minute

// apart is how far the clocks of replicas may be from each other for the event with which an
// occurrence began to be found by its time.
const apart = time.Hour

// trailPage is how many events are read at once.
const trailPage = 500

// readTrail reads the events since an occurrence began, up to a head, and checks the seal of
// each: what is compared with a trail that was edited, too, would pass.
func readTrail(ctx context.Context, st *store.Store, o access.Occurrence, head store.Head) (*trail, error) {
	last := head.Seq
	t := &trail{items: map[string]*said{}, told: map[string]tellings{}, population: store.NewPopulationSeal(), erased: map[string]int64{}, repeating: map[string]string{},
		awaited: map[string]*awaited{}, gone: map[string]time.Time{}}
	var err error
	if t.last, err = before(ctx, st, o.CreatedAt.Add(-apart), last); err != nil {
		return nil, err
	}
	chain := st.Chain(t.last)
	for t.last < last {
		lines, err := st.AuditLines(ctx, t.last, trailPage)
		if err != nil {
			return nil, err
		}
		if len(lines) == 0 {
			break
		}
		for _, l := range lines {
			if t.last = l.Seq; l.Seq > last {
				break
			}
			if err := chain.Next(l); err != nil {
				return nil, err
			}
			e, err := l.Recorded()
			if err == nil {
				t.sees(e)
			}
			if err == nil && concerns(e, o) {
				err = t.hears(l, e)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return t, chain.Ends(head)
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

// personalErased is what is appended when somebody is erased, from whichever occurrence.
const personalErased access.EventKind = "personal.erased"

// concerns says whether an event is of an occurrence, or may change what is kept of it.
func concerns(e store.Recorded, o access.Occurrence) bool {
	return e.Kind == personalErased || e.Facts["occurrence"] == o.ID
}

// erasedSince says whether any of some people was erased after an event.
func (t *trail) erasedSince(seq int64, ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return id != "" && t.erased[id] > seq })
}

func (t *trail) hears(l store.AuditLine, e store.Recorded) error {
	if e.Kind == personalErased {
		t.erased[e.Facts["okta_user"]], t.erasedAt = e.Seq, e.Seq
		return nil
	}
	if t.first == 0 {
		t.first = e.Seq
	}
	it := happened{e.Seq, e.At, e.Actor.ID, e.Facts}
	switch e.Kind {
	case "campaign.begun":
		t.begun = it
	case "campaign.opened":
		t.opened, t.deadline = it, e.Facts["deadline"]
	case "campaign.escalated", "campaign.postponed":
		t.deadline = e.Facts["deadline"]
	case "campaign.closed":
		t.closed = it
	case "reviewer.asked", "reviewer.reminded":
		t.told[t.one(e.Facts["reviewer"])] = t.told[e.Facts["reviewer"]].and(e.Facts["times"])
	}
	values, err := l.Values()
	if err != nil {
		return err
	}
	switch e.Kind {
	case "campaign.begun":
		t.named = map[string]digest{}
		for what := range values {
			t.named[what] = digestIn(values, what, asItIs)
		}
	case "campaign.closed":
		t.note = digestIn(values, "note", asItIs)
	}
	if id := e.Facts["item"]; id != "" {
		t.hearsOf(id, e, values)
	}
	return nil
}

// one is a text of which there are many, once.
func (t *trail) one(text string) string {
	if known, is := t.repeating[text]; is {
		return known
	}
	t.repeating[text] = text
	return text
}

func (t *trail) hearsOf(id string, e store.Recorded, values map[string]store.Value) {
	s := t.items[id]
	if s == nil {
		s = &said{state: access.ItemOpen}
		t.items[id] = s
	}
	s.target, s.subject, s.account, s.grant = t.one(e.Facts["target"]), t.one(e.Facts["subject"]), t.one(e.Facts["account"]), e.Grant
	s.verdict, s.to, s.lower = access.ItemVerdict(t.one(e.Facts["verdict"])), t.one(e.Facts["reduce_to"]), e.Facts["lower"]
	if s.verdict != access.KeepItem { // what was kept until a date is taken away then
		s.until = time.Time{}
	}
	if e.Kind == "item.decided" || e.Facts["silent"] != "" {
		s.decides(t, e, values)
	}
	switch e.Kind {
	case "item.decided":
		s.state = access.ItemDecided
	case "item.undone":
		if e.Facts["panel"] != "" { // that others were asked
			s.passes(t, e, values)
			break
		}
		s.state = access.ItemOpen
		s.seq, s.decided, s.decider, s.silent = 0, time.Time{}, "", false
		s.shown, s.comment = s.passing, digest{}
	case "item.delegated":
		s.passes(t, e, values)
	case "item.removing":
		s.state = access.ItemRemoving
		s.explains(e, values)
		t.awaits(s, strings.Fields(e.Facts["refs"]))
	case "item.settled":
		s.state, s.settled = access.ItemSettled, e.At
		s.explains(e, values)
		t.settles(id, s)
	}
}

func (s *said) explains(e store.Recorded, values map[string]store.Value) {
	s.settledSeq, s.why, s.lowerFailed = e.Seq, digestIn(values, "why", asItIs), digestIn(values, "lower_failed", asItIs)
}

// decides takes in a decision, with the personal values that it was made by.
func (s *said) decides(t *trail, e store.Recorded, values map[string]store.Value) {
	s.seq, s.decided, s.decider, s.silent = e.Seq, e.At, t.one(e.Actor.ID), e.Facts["silent"] != ""
	if s.silent {
		s.decider = ""
	}
	s.until, _ = time.Parse(time.RFC3339, e.Facts["until"]) // there is none, or it is one
	s.shown, s.comment = shownIn(e, values), digestIn(values, "comment", asItIs)
}

// passes takes in that others are asked.
func (s *said) passes(t *trail, e store.Recorded, values map[string]store.Value) {
	if !s.delegated {
		was, is := e.Facts["panel_before"]
		s.delegated, s.first = true, t.one(was)
		t.unpanelled = t.unpanelled || !is
	}
	s.panel = t.one(e.Facts["panel"])
	if e.Kind == "item.delegated" {
		s.passages = append(s.passages, t.passage(e, values))
		if seen := shownIn(e, values); seen.facts.is != never { // not of what airpass has passed on
			s.shown, s.passing = seen, seen
		}
	} else if n := len(s.passages); n > 0 { // it was taken back
		s.passages = s.passages[:n-1]
	}
}
