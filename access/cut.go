package access

import (
	"fmt"
	"slices"
	"time"
)

// CutState is how far a cut got.
type CutState string

// The states of a cut; see cutMoves.
const (
	CutAsked   CutState = "asked"   // the deny is being written and brought to the accounts
	CutDenied  CutState = "denied"  // every account has the deny; the grants are taken away
	CutDone    CutState = "cut"     // and are gone; the deny stays until no session can be left
	CutLifting CutState = "lifting" // the policy is being written without it
	CutLifted  CutState = "lifted"
)

// Cut ends the sessions that a person has of a permission set, which outlive their grants:
// in every account that uses it, for as long as one may last, they are denied everything.
type Cut struct {
	ID      string
	Subject Person
	// Person is their user id in Identity Center, which is what is denied.
	Person string
	Target Target // as it was; its permission set is the one that is cut
	State  CutState
	Reason string
	Note   string // why it was lifted before its time
	// Longest is how long a session of the permission set may last.
	Longest   time.Duration
	CreatedAt time.Time
	DeniedAt  time.Time
	CutAt     time.Time
	// LiftAt is when it is lifted: until it is cut, as far as is known then.
	LiftAt   time.Time
	LiftedAt time.Time
	Version  int64
}

// Denies says whether the policy of its permission set is to deny the person.
func (c Cut) Denies() bool {
	return c.State == CutAsked || c.State == CutDenied || c.State == CutDone
}

// Refusal is what the person is told who asks for access meanwhile.
func (c Cut) Refusal() error {
	return fmt.Errorf("%w: the sessions of %s are cut: until %s nothing works with the permission set of %s. An airpass admin can lift it earlier, on their Home tab in Slack or with airpass sessions lift",
		ErrNotAllowed, c.Subject.Login, c.LiftAt.UTC().Format("2006-01-02 15:04 MST"), c.Target.ID)
}

// cutMoves are the only moves there are of a cut:
//
//	asked -> denied -> cut -> lifting -> lifted
//	asked -> lifting, denied -> lifting
func cutMoves(from CutState) []CutState {
	switch from {
	case CutAsked:
		return []CutState{CutDenied, CutLifting}
	case CutDenied:
		return []CutState{CutDone, CutLifting}
	case CutDone:
		return []CutState{CutLifting}
	case CutLifting:
		return []CutState{CutLifted}
	}
	return nil
}

// CheckCutMove returns an error that wraps ErrBadMove unless a cut may go from one state to the other.
func CheckCutMove(from, to CutState) error {
	if slices.Contains(cutMoves(from), to) {
		return nil
	}
	return fmt.Errorf("%w: a cut that is %s cannot become %s", ErrBadMove, from, to)
}

// SetRestore is what is to be restored of a permission set that somebody has edited, whether
// or not anybody is cut there; empty is nothing.
type SetRestore string

// What may be restored of a permission set. The second is more than the first.
const (
	RestorePolicy  SetRestore = "policy"  // its inline policy
	RestoreSession SetRestore = "session" // that, and how long its sessions last
)

// SetPolicy is what was written last of the inline policy of a permission set in which
// somebody is cut, or was, or of which something is restored.
type SetPolicy struct {
	PermissionSet string // ARN
	Instance      string // ARN
	Digest        string // of what was put last; empty is nothing, or that it is not known
	Restore       SetRestore
	Users         []string
	RequestID     string // of the provisioning under way; empty is none
	// Provisioned: every account has what was put last.
	Provisioned bool
	CheckedAt   time.Time // when it was last seen to be there
	Attempts    int
	LastError   string
	NextAt      time.Time
	Claim       string // see Entitlement.Claim
	Version     int64
}
