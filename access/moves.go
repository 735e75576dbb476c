package access

import (
	"fmt"
	"slices"
)

// requestMoves and grantMoves are the only moves there are. A store changes a
// state through CheckRequestMove or CheckGrantMove and never otherwise.
//
//	request:  pending -> approved | denied | cancelled | lapsed
//	grant:    scheduled -> provisioning -> active -> revoking -> ended
//	          scheduled -> revoking, provisioning -> revoking
func requestMoves(from RequestState) []RequestState {
	if from == RequestPending {
		return []RequestState{RequestApproved, RequestDenied, RequestCancelled, RequestLapsed}
	}
	return nil
}

func grantMoves(from GrantState) []GrantState {
	switch from {
	case GrantScheduled:
		return []GrantState{GrantProvisioning, GrantRevoking}
	case GrantProvisioning:
		return []GrantState{GrantActive, GrantRevoking}
	case GrantActive:
		return []GrantState{GrantRevoking}
	case GrantRevoking:
		return []GrantState{GrantEnded}
	}
	return nil
}

// CheckRequestMove returns an error that wraps ErrBadMove unless a request may go from one state to the other.
func CheckRequestMove(from, to RequestState) error {
	if slices.Contains(requestMoves(from), to) {
		return nil
	}
	return fmt.Errorf("%w: a request that is %s cannot become %s", ErrBadMove, from, to)
}

// CheckGrantMove returns an error that wraps ErrBadMove unless a grant may go from one state to the other.
func CheckGrantMove(from, to GrantState) error {
	if slices.Contains(grantMoves(from), to) {
		return nil
	}
	return fmt.Errorf("%w: a grant that is %s cannot become %s", ErrBadMove, from, to)
}
