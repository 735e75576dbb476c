package approvals

import (
	"errors"

	"go.opentelemetry.io/otel/attribute"

	"airpass/access"
)

// Outcome is what became of an attempt when it was judged: one word of a bounded
// set, for counting.
type Outcome string

// The outcomes: applied, or left open, or refused for one of the reasons below.
const (
	Applied        Outcome = "applied"
	Waits          Outcome = "waits"    // a directory does not answer; tried again
	GivenUp        Outcome = "given_up" // it did not answer in time; refused
	NotAllowed     Outcome = "not_allowed"
	OwnRequest     Outcome = "own_request"
	AlreadyDecided Outcome = "already_decided"
	Lapsed         Outcome = "lapsed"
	Nobody         Outcome = "nobody" // nobody could decide it
	WhilePaused    Outcome = "paused"
	Invalid        Outcome = "invalid"
	Unsafe         Outcome = "unsafe"
	BadMove        Outcome = "bad_move"
	NotFound       Outcome = "not_found"
)

// reasons are the errors that refuse, and what they are counted as. The first that
// fits counts.
func reasons() []struct {
	err error
	is  Outcome
} {
	return []struct {
		err error
		is  Outcome
	}{{access.ErrNotAllowed, NotAllowed}, {access.ErrOwnRequest, OwnRequest}, {access.ErrDecided, AlreadyDecided}, {access.ErrLapsed, Lapsed},
		{access.ErrNobody, Nobody}, {access.ErrPaused, WhilePaused}, {access.ErrInvalid, Invalid}, {access.ErrUnsafe, Unsafe},
		{access.ErrBadMove, BadMove}, {access.ErrNotFound, NotFound}}
}

// Outcomes are all of them.
func Outcomes() []Outcome {
	all := []Outcome{Applied, Waits, GivenUp}
	for _, r := range reasons() {
		all = append(all, r.is)
	}
	return all
}

// outcomeOf is why an error refuses; empty if it is none that does.
func outcomeOf(err error) Outcome {
	for _, r := range reasons() {
		if errors.Is(err, r.err) {
			return r.is
		}
	}
	return ""
}

// fact is the outcome as a trace has it.
func (o Outcome) fact() attribute.KeyValue { return attribute.String("airpass.outcome", string(o)) }
