package identitycenter

import (
	"fmt"
	"time"
)

// Match says which operations a failure concerns; an empty field is any.
type Match struct {
	Kind             string `json:"kind,omitempty"` // Creation, Deletion or Provisioning
	Account          string `json:"account,omitempty"`
	PermissionSetARN string `json:"permission_set_arn,omitempty"`
	PrincipalID      string `json:"principal_id,omitempty"`
	// Times is how many operations it concerns; 0 is until ClearFailures.
	Times int `json:"times,omitempty"`
}

type failure struct {
	Match
	reason string
	left   int // -1 is without end
}

func (m Match) matches(op *Operation) bool {
	fits := func(want, have string) bool { return want == "" || want == have }
	return fits(m.Kind, op.Kind) && fits(m.Account, op.Account) && fits(m.PermissionSetARN, op.PermissionSetARN) && fits(m.PrincipalID, op.PrincipalID)
}

// FailAssignments makes operations that are accepted, or still in progress, end as
// FAILED with this reason.
func (s *Server) FailAssignments(m Match, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	left := m.Times
	if left == 0 {
		left = -1
	}
	if reason == "" {
		reason = "Received a 500 status error: the request could not be processed."
	}
	s.failures = append(s.failures, &failure{Match: m, reason: reason, left: left})
}

// ClearFailures lets operations succeed again.
func (s *Server) ClearFailures() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.failures = nil
}

// failing returns the reason why an operation fails, if it has been told to.
func (s *Server) failing(op *Operation) string {
	for _, f := range s.failures {
		if f.left == 0 || !f.matches(op) {
			continue
		}
		if f.left > 0 {
			f.left--
		}
		return f.reason
	}
	return ""
}

// SetAssignmentDelay changes how long creations and deletions take on the sandbox
// clock, also of those that are under way.
func (s *Server) SetAssignmentDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.assignmentDelay = max(d, 0)
	s.settle()
}

// SetProvisionDelay does the same for the provisioning of permission sets.
func (s *Server) SetProvisionDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.provisionDelay = max(d, 0)
	s.settle()
}

// SetNeverCompletes keeps every operation in progress until it is called with false;
// what was held is then due by its age.
func (s *Server) SetNeverCompletes(never bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.never = never
	s.settle()
}

// SetTakesFromGone says whether deletions of what is assigned to a principal that is gone are
// carried out, as AWS's page on troubleshooting has it; else they fail, as has been seen.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html#issue6 and
// https://github.com/hashicorp/terraform-provider-aws/issues/19341.
func (s *Server) SetTakesFromGone(takes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.takesFromGone = takes
	s.settle()
}

// Knobs returns the delays and whether operations are held in progress.
func (s *Server) Knobs() (assignments, provisionings time.Duration, never bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.assignmentDelay, s.provisionDelay, s.never
}

// CompleteOperation completes one operation now, out of its turn. It returns
// ErrNotFound.
func (s *Server) CompleteOperation(requestID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range s.operations {
		if op.RequestID == requestID {
			op.forced = true
			s.settle()
			return nil
		}
	}
	return fmt.Errorf("%w: operation %s", ErrNotFound, requestID)
}

// CompleteOperations completes everything that is in progress now, whatever the
// delay.
func (s *Server) CompleteOperations() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range s.operations {
		op.forced = true
	}
	s.settle()
}

// RefusePrincipalLookup makes ListAccountAssignmentsForPrincipal answer
// AccessDeniedException, as it does outside the management account.
func (s *Server) RefusePrincipalLookup(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusePrincipal = refuse
}

// SetLimits changes how many requests a second sso-admin takes, and each identity
// store operation; negative is any number.
func (s *Server) SetLimits(adminTPS, storeTPS int) { s.limits.set(adminTPS, storeTPS) }
