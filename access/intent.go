package access

import "time"

// Operation is what an intent is about to do.
type Operation string

// The two things that are done to entitlements.
const (
	Add    Operation = "add"
	Remove Operation = "remove"
)

// IntentState is what became of an intent.
type IntentState string

const (
	// IntentOpen: written before the call; the answer is not known.
	IntentOpen IntentState = "open"
	// IntentAccepted: the vendor gave a request id and works on it.
	IntentAccepted IntentState = "accepted"
	// IntentDone: the vendor says it was carried out, or a read shows the effect.
	IntentDone IntentState = "done"
	// IntentRefused: the vendor answered that it did not do it.
	IntentRefused IntentState = "refused"
	// IntentExpired: no answer, and the settle window has passed with reads that
	// show no effect.
	IntentExpired IntentState = "expired"
)

// Unresolved says that the effect of the intent may still appear.
func (s IntentState) Unresolved() bool { return s == IntentOpen || s == IntentAccepted }

// Intent is "we are about to add or remove this", written before the call.
type Intent struct {
	ID            string
	EntitlementID string
	Ref           Ref
	Operation     Operation
	State         IntentState
	// RequestID is the vendor's id of the asynchronous operation, once known.
	RequestID string
	Answer    string // what the vendor said, in words
	CreatedAt time.Time
	// ResolvedAt is zero while unresolved.
	ResolvedAt time.Time
}

// Observation is what a vendor says of a ref now.
type Observation struct {
	Present bool
	// Ready is set when the thing is present and what it opens was read back too:
	// for a pushed membership, that the group holds its permission set.
	Ready bool
	// Through names other ways in which the person has the same thing (an
	// Identity Center group that holds the same permission set in the account).
	Through []string
	// ReadAt is when reading it began, by the domain clock, if that was before it was
	// asked for; zero is anew.
	ReadAt time.Time
	// Unsure is set when absence was read from a list of several pages: it can miss
	// somebody while others are taken out of it.
	Unsure bool
}

// Receipt is a vendor's answer to an add or a remove that it took.
type Receipt struct {
	// RequestID of an asynchronous operation; empty where the vendor is synchronous.
	RequestID string
	// Done is set when the vendor says that it has been carried out.
	Done bool
	// Failure is the vendor's reason when it took the call and failed at once.
	Failure string
}

// Progress is what a vendor says of an operation that was started earlier.
type Progress struct {
	// Known is false when the vendor has no operation that fits the intent.
	Known     bool
	RequestID string
	Done      bool
	Failure   string // reason, when it failed
}
