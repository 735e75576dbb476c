package access

import "time"

// RequestState is where a request stands.
type RequestState string

// The states of a request. Only Pending can move; see requestMoves.
const (
	RequestPending   RequestState = "pending"
	RequestApproved  RequestState = "approved"
	RequestDenied    RequestState = "denied"
	RequestCancelled RequestState = "cancelled"
	RequestLapsed    RequestState = "lapsed"
)

// Request is a person asking for a target, for a duration, with a reason.
type Request struct {
	ID       string
	Subject  Person
	Slack    SlackUser
	Target   Target // as it was when asked
	Duration time.Duration
	Reason   string
	// NewAccount: the subject had no account in Identity Center when they asked, and a
	// yes gives them one, which stays.
	NewAccount bool
	State      RequestState
	Version    int64
	CreatedAt  time.Time
	LapseAt    time.Time // a decision clicked at or after this moment comes too late
	DecidedAt  time.Time
	// Decider and DeciderNote are of the decision that ended it, if one did.
	Decider     Person
	DeciderNote string
}

// Verdict is an approver's yes or no.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Deny    Verdict = "deny"
)

// Decision is one approver's yes or no on one request.
type Decision struct {
	ID         string
	RequestID  string
	Decider    Person
	Slack      SlackUser
	Verdict    Verdict
	Reason     string
	ReceivedAt time.Time // when the click arrived
	// Rules are the approver rules that named the decider when the click was judged.
	Rules []Approver
}
