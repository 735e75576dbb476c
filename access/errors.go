package access

import (
	"errors"
	"fmt"
	"time"
)

// Sentinel errors of the domain. They are wrapped with words and turned into a
// message in one place; nobody compares error text.
var (
	ErrInvalid      = errors.New("invalid input")
	ErrNotFound     = errors.New("not found")
	ErrStale        = errors.New("changed in the meantime")
	ErrNotAllowed   = errors.New("not allowed")
	ErrOwnRequest   = errors.New("nobody decides their own request")
	ErrDecided      = errors.New("already decided")
	ErrLapsed       = errors.New("lapsed")
	ErrNobody       = errors.New("nobody could decide it")
	ErrPaused       = errors.New("new grants are paused")
	ErrUnsafe       = errors.New("unsafe to carry out")
	ErrBadMove      = errors.New("no such move")
	ErrUnverifiable = errors.New("could not be verified")
	// ErrUnavailable: an outside system did not give an answer; nothing is known.
	ErrUnavailable = errors.New("no answer from an outside system")
)

// Class is the sort of a vendor's failure, whatever the vendor calls it.
type Class string

// The classes of vendor failures.
const (
	Throttled   Class = "throttled"   // too many requests; not carried out
	Conflict    Class = "conflict"    // another change of the same thing is under way; not carried out
	Denied      Class = "denied"      // our credentials may not do it; not carried out
	Missing     Class = "missing"     // the thing named does not exist; not carried out
	Rejected    Class = "rejected"    // the vendor finds the request wrong; not carried out
	Quota       Class = "quota"       // a limit of the account; not carried out
	Unavailable Class = "unavailable" // no answer, or a server error: it may have been carried out
)

// VendorError is how every vendor package reports a failed call.
type VendorError struct {
	Vendor     string // okta, identitycenter, mwaa, slack
	Op         string // the vendor's name of the operation
	Class      Class
	RequestID  string        // the vendor's, for their support; may be empty
	RetryAfter time.Duration // how long the vendor asks to wait; zero if it does not say
	Err        error         // the SDK's error; carries no secret
}

// Error says vendor, operation, class and the vendor's own words.
func (e *VendorError) Error() string {
	id := ""
	if e.RequestID != "" {
		id = " (request " + e.RequestID + ")"
	}
	return fmt.Sprintf("%s %s: %s%s: %v", e.Vendor, e.Op, e.Class, id, e.Err)
}

// Unwrap gives the SDK's error.
func (e *VendorError) Unwrap() error { return e.Err }

// Is reports a failure without an answer as ErrUnavailable, together with the
// classes that say nothing about the person asked for.
func (e *VendorError) Is(target error) bool {
	switch target {
	case ErrUnavailable:
		return e.Class == Unavailable || e.Class == Throttled
	case ErrNotFound:
		return e.Class == Missing
	}
	return false
}

// MayHaveHappened says that the change asked for may have been carried out, or
// may be carried out later, although no answer came.
func (e *VendorError) MayHaveHappened() bool { return e.Class == Unavailable }

// ClassOf returns the class of a vendor's failure, or Unavailable for any other
// error: what is not known to have been refused may have happened.
func ClassOf(err error) Class {
	var v *VendorError
	if errors.As(err, &v) {
		return v.Class
	}
	return Unavailable
}

// Result is an error as one word of a bounded set, for counting: ok without one, the
// class of a vendor's failure, or error.
func Result(err error) string {
	var v *VendorError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &v):
		return string(v.Class)
	}
	return "error"
}
