package access

import "time"

// ReviewKind is what a review is of.
type ReviewKind string

// ReviewBreakGlass is the review of access that was taken without a decision.
const ReviewBreakGlass ReviewKind = "break_glass"

// ReviewState is where a review stands.
type ReviewState string

// The states of a review: owed until it was given.
const (
	ReviewOwed  ReviewState = "owed"
	ReviewGiven ReviewState = "given"
)

// ReviewVerdict is what a review came to.
type ReviewVerdict string

// The verdicts of a review.
const (
	Justified    ReviewVerdict = "justified"
	NotJustified ReviewVerdict = "not_justified"
)

// Review is somebody's look at access, owed until it is given.
type Review struct {
	ID       string
	Kind     ReviewKind
	Campaign string // empty: of none
	Request  string // and Grant: empty if it is about none
	Grant    string
	Subject  Person
	Target   string // its id
	// Reviewers are the rules that name those who may give it, as of when it came to be owed.
	Reviewers []Approver
	State     ReviewState
	Verdict   ReviewVerdict
	Reviewer  Person
	Comment   string
	CreatedAt time.Time
	DueAt     time.Time // overdue after that
	GivenAt   time.Time
	// RemindEvery is how often its reviewers are reminded, Reminders how often they were.
	RemindEvery time.Duration
	Reminders   int
	NextAt      time.Time
	Version     int64
}

// Overdue says whether a review should have been given by now.
func (r Review) Overdue(now time.Time) bool { return r.State == ReviewOwed && !now.Before(r.DueAt) }

// NextReminder is when its reviewers are reminded again: each while, and when it becomes
// overdue.
func (r Review) NextReminder(now time.Time) time.Time {
	next := now.Add(r.RemindEvery)
	if now.Before(r.DueAt) && r.DueAt.Before(next) {
		return r.DueAt
	}
	return next
}
