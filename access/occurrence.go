package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// CampaignDate is when a campaign takes place next.
type CampaignDate struct {
	Name     string
	Schedule string    // by which DueAt was reckoned
	DueAt    time.Time // zero: the configuration has it no more
	NextAt   time.Time // when to look at it
	Version  int64
}

// OccurrenceState is how far an occurrence of a campaign got.
type OccurrenceState string

// The states of an occurrence; see occurrenceMoves.
const (
	OccurrenceBuilding OccurrenceState = "building" // it is found out who is asked about what
	OccurrenceOpen     OccurrenceState = "open"     // people are asked
	OccurrenceClosed   OccurrenceState = "closed"
)

// Occurrence is one time that a campaign takes place.
type Occurrence struct {
	ID       string
	Campaign string
	// ScheduledAt is when it was to begin by the schedule, or when somebody started it.
	ScheduledAt time.Time
	// Missed is how many before it did not take place, because nothing was running.
	Missed int
	// Rules are the campaign's as they were when it began: they count until it is over.
	Rules      Campaign
	State      OccurrenceState
	Items      int
	Population Population
	CreatedAt  time.Time
	OpenedAt   time.Time
	DeadlineAt time.Time
	ClosedAt   time.Time
	Note       string // why it was closed before its time
	Attempts   int    // to find out who has what
	LastError  string
	NextAt     time.Time
	Version    int64
}

// Takes says whether what a reviewer says at a moment counts: before the deadline, and as long
// as an open occurrence, whose error that is, waits for people who could not be told in time.
func (o Occurrence) Takes(at time.Time) bool {
	return o.State == OccurrenceOpen && (at.Before(o.DeadlineAt) || o.LastError != "")
}

// TakesBack says whether what a reviewer has said at a moment can be taken back at another. What
// was said before silence escalated stays: the time in which those could answer is over, and
// nobody is asked behind it once more. Whoever is asked has had, or has, as long as the rules say.
func (o Occurrence) TakesBack(said, at time.Time) bool {
	if o.Rules.Silence == SilenceEscalates && said.Before(o.DeadlineAt.Add(-o.Rules.Deadline)) {
		return false
	}
	return o.Takes(at) && at.Before(said.Add(GraceOfReview))
}

// Population is how it was found whom an occurrence is about. campaign.opened seals its JSON:
// what is added to it is left out there while it is empty.
type Population struct {
	Targets  int `json:"targets"`
	Places   int `json:"places"` // outside, that were read
	Younger  int `json:"younger"`
	Filtered int `json:"filtered"`
	Nobody   int `json:"nobody"` // items about which nobody can be asked
	// Broken is why the filter could not be evaluated; what it failed for is asked about.
	Broken []string `json:"broken,omitempty"`
	// Unknown is what could not be read: access in it is missing.
	Unknown []string `json:"unknown,omitempty"`
	// Uses is what was read of who has opened Airflow, in words; empty if nobody has looked.
	Uses []string `json:"uses,omitempty"`
}

// occurrenceMoves are the only moves there are of an occurrence:
//
//	building -> open -> closed
//	building -> closed
func occurrenceMoves(from OccurrenceState) []OccurrenceState {
	switch from {
	case OccurrenceBuilding:
		return []OccurrenceState{OccurrenceOpen, OccurrenceClosed}
	case OccurrenceOpen:
		return []OccurrenceState{OccurrenceClosed}
	}
	return nil
}

// CheckOccurrenceMove returns an error that wraps ErrBadMove unless an occurrence may go
// from one state to the other.
func CheckOccurrenceMove(from, to OccurrenceState) error {
	if slices.Contains(occurrenceMoves(from), to) {
		return nil
	}
	return fmt.Errorf("%w: an occurrence that is %s cannot become %s", ErrBadMove, from, to)
}

// ItemState is where an item of a campaign stands.
type ItemState string

// The states of an item.
const (
	ItemOpen     ItemState = "open"     // nobody has said anything
	ItemDecided  ItemState = "decided"  // somebody has, and may still take it back
	ItemRemoving ItemState = "removing" // it is taken away, and was not seen to be gone
	ItemSettled  ItemState = "settled"  // nothing more comes of it
)

// ItemVerdict is what was decided about an item; empty is nothing.
type ItemVerdict string

// The verdicts about items.
const (
	KeepItem   ItemVerdict = "keep"
	RevokeItem ItemVerdict = "revoke"
	// ReduceItem has a lower role of the same environment take the place of it.
	ReduceItem ItemVerdict = "reduce"
)

// CampaignItem is access of one person to one target that an occurrence asks about.
type CampaignItem struct {
	ID         string
	Occurrence string
	Target     string // its id
	Subject    string // Okta user id; empty: nobody in Okta is known whose account it is
	Account    string // Identity Center user id, where it was seen there
	Who        string // how to call them
	Grant      string // the live grant that gives it; empty is none
	Standing   bool
	// Facts are what reviewers decide by, as they were shown: JSON, see package campaigns.
	Facts json.RawMessage
	// Salt and Digest are how these are sealed when people begin to be asked: the digest is of
	// both. The salt is erased with them. Of what earlier versions have stored both are empty.
	Salt, Digest string
	// Panel names those who are asked; empty is nobody.
	Panel string
	// Passed is that others were asked about it than before, and why; the newest last.
	Passed    []Passing
	State     ItemState
	Verdict   ItemVerdict
	KeepUntil time.Time // zero: for good
	// Of what is reduced, ReduceTo is the target that takes its place, Lower the request that
	// gives it, since when that was tried, and why it could not be: the access is taken away
	// all the same then.
	ReduceTo    string
	Lower       string
	LowerSince  time.Time
	LowerFailed string
	Silent      bool // nobody has decided: silence has
	Decider     Person
	Comment     string
	DecidedAt   time.Time
	SettledAt   time.Time
	Attempts    int
	LastError   string
	NextAt      time.Time
	Version     int64
}

// PassedWhy is why others are asked about an item than before; empty: somebody who was asked has
// said so.
type PassedWhy string

// Why airpass has others asked.
const (
	PassedUnanswered PassedWhy = "unanswered" // nobody who was asked has said anything in time
	PassedLeft       PassedWhy = "left"       // By cannot be asked any more
)

// Passing is that others are asked about an item than before.
type Passing struct {
	By      string    `json:"by,omitempty"` // Okta user id; empty if nobody has answered
	Why     PassedWhy `json:"why,omitempty"`
	From    string    `json:"from"` // the panel that was asked; empty is nobody
	To      string    `json:"to"`   // and that is asked since
	At      time.Time `json:"at"`
	Comment string    `json:"comment,omitempty"`
}

// PassTo is an item about which others are asked from now on, as a panel.
func (i CampaignItem) PassTo(panel string, p Passing) CampaignItem {
	p.From, p.To = i.Panel, panel
	i.Panel, i.Passed = panel, append(slices.Clone(i.Passed), p)
	return i
}

// Unanswered is the panel that was asked about an item and has not answered in time, so that
// others are asked; empty is none.
func (i CampaignItem) Unanswered() (panel string) {
	for _, p := range i.Passed {
		if p.Why == PassedUnanswered {
			panel = p.From
		}
	}
	return panel
}

// PassedOn is the newest Passing of an item, if somebody has said it, about which those are still
// asked of whom it is, and have said nothing.
func (i CampaignItem) PassedOn() (Passing, bool) {
	if len(i.Passed) == 0 || i.State != ItemOpen {
		return Passing{}, false
	}
	last := i.Passed[len(i.Passed)-1]
	return last, last.Why == "" && last.To == i.Panel
}

// SaidBy is when somebody has said of an item what stands of it: what becomes of it, or that
// somebody else is asked; false if they have not.
func (i CampaignItem) SaidBy(oktaID string) (time.Time, bool) {
	if p, is := i.PassedOn(); is {
		return p.At, p.By == oktaID
	}
	return i.DecidedAt, i.State == ItemDecided && i.Decider.OktaID == oktaID
}

// ItemCount is how many items of an occurrence stand alike.
type ItemCount struct {
	Panel   string
	State   ItemState
	Verdict ItemVerdict
	Silent  bool
	// Failed: they were to be reduced, and the lower role could not be given.
	Failed bool
	Items  int
}
