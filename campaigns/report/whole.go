package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/access"
	"airpass/store"
)

// sealState says what is known of whether a population is the one that people were asked about.
type sealState string

// What can be known of it.
const (
	sealHolds   sealState = "sealed"     // it is
	sealBroken  sealState = "differs"    // it is not
	sealMissing sealState = "not sealed" // an earlier version has not sealed it
	sealComes   sealState = "not opened" // people were never asked about it
)

// seal is what the trail says of a population as a whole.
type seal struct {
	State sealState `json:"state"`
	Event int64     `json:"event,omitempty"`
	// Items are as many as people could be asked about, by the trail; Stored are those of which
	// there are rows.
	Items  int    `json:"items"`
	Stored int    `json:"stored"`
	Sum    string `json:"sum,omitempty"` // as it is sealed
	// Shown is what is known of the facts, item by item.
	Shown sealState `json:"shown"`
}

// Sealed, Broken, Missing say what State is, for the page.
func (s seal) Sealed() bool  { return s.State == sealHolds }
func (s seal) Broken() bool  { return s.State == sealBroken }
func (s seal) Missing() bool { return s.State == sealMissing }

// ShownSealed, ShownMissing say what Shown is.
func (s seal) ShownSealed() bool  { return s.Shown == sealHolds }
func (s seal) ShownMissing() bool { return s.Shown == sealMissing }

// seal compares the sum over what was compared with the one that was sealed when people
// began to be asked.
func (t *trail) seal() seal {
	s := seal{State: sealComes, Event: t.opened.seq, Stored: t.compared, Shown: sealComes}
	if t.opened.seq == 0 {
		return s
	}
	switch sum, is := t.opened.facts["shown"]; {
	case !is || t.undigested > 0 && sum == t.population.Shown(): // nor has an earlier version what it has stored
		s.Shown = sealMissing
	case sum != t.population.Shown() || t.reshown > 0:
		s.Shown = sealBroken
	default:
		s.Shown = sealHolds
	}
	items, err := strconv.Atoi(t.opened.facts["items"])
	s.Items, s.Sum = items, t.opened.facts["population"]
	switch {
	case err != nil || items != t.compared:
		s.State = sealBroken
	case s.Sum == "" || t.unpanelled:
		s.State = sealMissing
	case s.Sum != t.population.Sum():
		s.State = sealBroken
	default:
		s.State = sealHolds
	}
	return s
}

// words say what is not as it should be; empty is nothing.
func (s seal) words() string {
	switch {
	case s.State != sealBroken:
		return ""
	case s.Items != s.Stored:
		return fmt.Sprintf("%d items are stored, and event %d of the audit trail says that people were asked about %d: items were taken out or put in past airpass", s.Stored, s.Event, s.Items)
	}
	return fmt.Sprintf("what people were asked about, or whom, is not what event %d of the audit trail seals: items were changed or exchanged past airpass", s.Event)
}

// leftOver are the items of which the trail speaks and nothing is stored, in words.
func (t *trail) leftOver() []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(t.items)) {
		s := t.items[id]
		words := fmt.Sprintf("item %s is stored no more: the access of %s to %s, which by the audit trail is %s", id, cmp.Or(s.subject, "account "+s.account), s.target, s.state)
		if s.verdict != "" {
			words += ", " + string(s.verdict)
		}
		switch {
		case s.silent:
			words += " by silence"
		case s.decider != "":
			words += " by " + s.decider
		}
		all = append(all, words)
	}
	return all
}

// differsOf says what the trail says otherwise of the occurrence itself; open is how many
// items are, and asked who is asked.
func (t *trail) differsOf(o access.Occurrence, open int, asked []access.CampaignReviewer) (differs []string) {
	same := func(what string, is bool) {
		if !is {
			differs = append(differs, what)
		}
	}
	state := access.OccurrenceBuilding
	switch {
	case t.closed.seq > 0:
		state = access.OccurrenceClosed
	case t.opened.seq > 0:
		state = access.OccurrenceOpen
	}
	same("its state", state == o.State)
	same("its campaign", t.begun.facts["campaign"] == o.Campaign)
	same("when it was due", isAt(t.begun.facts["scheduled_at"], o.ScheduledAt))
	same("how many were missed", t.begun.facts["missed"] == strconv.Itoa(o.Missed))
	same("when it began", near(t.begun.at, o.CreatedAt))
	same("when people began to be asked", near(t.opened.at, o.OpenedAt))
	same("its deadline", isAt(t.deadline, o.DeadlineAt))
	same("when it was closed", near(t.closed.at, o.ClosedAt))
	if t.opened.seq > 0 {
		for _, one := range []struct {
			fact, what string
			n          int
		}{
			{"unknown", "how much could not be read", len(o.Population.Unknown)},
			{"younger", "how many were too young", o.Population.Younger},
			{"filtered", "how many the filter left out", o.Population.Filtered},
			{"nobody", "how many were asked of nobody", o.Population.Nobody},
		} {
			if n, is := t.opened.facts[one.fact]; is {
				same(one.what, n == strconv.Itoa(one.n))
			}
		}
		if sum, is := t.opened.facts["found_by"]; is { // earlier versions have not sealed it
			same("how it was found whom it is about", sum == store.SealFinding(o.Population))
		}
		if sum, is := t.opened.facts["shown"]; is && t.opened.facts["items"] == strconv.Itoa(t.compared) { // likewise
			same("what was found of its items", sum == t.population.Shown())
		}
	}
	if left, is := t.closed.facts["left_open"]; is {
		same("how many were left open", left == strconv.Itoa(open))
	}
	differs = append(differs, t.rulesDiffer(o.Rules)...)
	differs = append(differs, t.toldDiffer(asked)...)
	same("why it was closed", t.closedAs(o.Note))
	return differs
}

// closedAs says whether this is why the occurrence was closed. Erasing somebody excuses what
// differs if they have closed it, with whom what they said goes, or if it names them, by their
// id since.
func (t *trail) closedAs(note string) bool {
	switch t.note.is {
	case never:
		return note == "" || t.closed.seq == 0
	case there:
		return t.note.sum == digestOf(note) || t.lost(t.closed.seq, note)
	case erased:
		return t.lost(t.closed.seq, note, t.closed.by)
	}
	return false
}

// isAt compares a moment with one that the trail says, to the millisecond; empty is none.
func isAt(text string, at time.Time) bool {
	said, err := time.Parse(time.RFC3339, text)
	return err == nil && said.Equal(at) || text == "" && at.IsZero()
}

// exceptionsOf are what did not go as it should, or is not as the trail says, of the
// occurrence as a whole.
func (t *trail) exceptionsOf(o access.Occurrence, open int, asked []access.CampaignReviewer, s seal) []string {
	all := []string{}
	if words := s.words(); words != "" {
		all = append(all, words)
	}
	if differs := t.differsOf(o, open, asked); len(differs) > 0 {
		all = append(all, "the audit trail says something else of the occurrence than what is stored ("+strings.Join(differs, ", ")+"): it was changed past airpass")
	}
	return append(all, t.leftOver()...)
}
