package identitycenter

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The states of an operation.
const (
	InProgress = "IN_PROGRESS"
	Succeeded  = "SUCCEEDED"
	Failed     = "FAILED"
)

// The kinds of operations.
const (
	Creation     = "create"
	Deletion     = "delete"
	Provisioning = "provision"
)

// Operation is something that was accepted and completes later: the creation or
// deletion of an account assignment, or the provisioning of a permission set.
type Operation struct {
	RequestID string `json:"request_id"`
	Kind      string `json:"kind"`
	Status    string `json:"status"`
	// Reason is why it failed.
	Reason string `json:"reason,omitempty"`
	// Assignment is what it is about; of a provisioning it has the permission set and
	// the account only, and no account when it concerns all.
	Assignment
	// Created is when it was accepted, on the sandbox clock.
	Created time.Time `json:"accepted"`
	// Done is when it completed; zero while it is in progress.
	Done time.Time `json:"done,omitzero"`

	seq int
	due time.Time
	// forced completes it whatever the delay.
	forced bool
}

// begin accepts an operation. The caller holds the lock.
func (s *Server) begin(kind string, a Assignment) *Operation {
	n := s.next()
	op := &Operation{RequestID: asUUID(digest("operation", n)), Kind: kind, Status: InProgress, Assignment: a, Created: s.now(), seq: n}
	s.operations = append(s.operations, op)
	return op
}

// underWay counts the operations of a kind that have not completed.
func (s *Server) underWay(kind string) int {
	n := 0
	for _, op := range s.operations {
		if op.Kind == kind && op.Status == InProgress {
			n++
		}
	}
	return n
}

// schedule says when each operation in progress is due. Where an account takes one at
// a time, those about the same account wait for each other.
func (s *Server) schedule() {
	free := map[string]time.Time{}
	for _, op := range s.operations {
		if op.Status == InProgress {
			delay, from := s.assignmentDelay, op.Created
			if op.Kind == Provisioning {
				delay = s.provisionDelay
			}
			if busy := free[op.Account]; s.opts.OneAtATime && busy.After(from) {
				from = busy
			}
			op.due = from.Add(delay)
		}
		free[op.Account] = op.due
	}
}

// settle completes what is due, in the order in which it became due. The caller holds
// the lock.
func (s *Server) settle() {
	now := s.now()
	s.schedule()
	var due []*Operation
	for _, op := range s.operations {
		if op.Status == InProgress && (op.forced || !s.never && !op.due.After(now)) {
			due = append(due, op)
		}
	}
	slices.SortStableFunc(due, func(a, b *Operation) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.seq, b.seq))
	})
	for _, op := range due {
		op.Status, op.Done = Succeeded, now
		if op.Reason = s.complete(op); op.Reason != "" {
			op.Status = Failed
		}
	}
}

// complete carries an operation out, or returns why it fails.
func (s *Server) complete(op *Operation) (reason string) {
	if reason := s.failing(op); reason != "" {
		return reason
	}
	p := s.set(op.PermissionSetARN)
	if p == nil {
		return "Received a 404 status error: permission set " + op.PermissionSetARN + " was not found."
	}
	switch op.Kind {
	case Provisioning:
		return s.reprovision(p, op.Account)
	case Deletion:
		if s.assigned(op.Assignment) == nil {
			return assignmentMissing
		}
	}
	// See https://github.com/hashicorp/terraform-provider-aws/issues/19341: a principal
	// that is gone makes creations and deletions fail when they are carried out.
	// AWS's own page has people remove such an assignment; see SetTakesFromGone.
	if !s.principalExists(op.PrincipalType, op.PrincipalID) && (op.Kind == Creation || !s.takesFromGone) {
		return fmt.Sprintf("Received a 404 status error: the %s assignee %s was not found in directory %s", op.PrincipalType, op.PrincipalID, s.opts.IdentityStoreID)
	}
	if op.Kind == Creation {
		s.assign(op.Assignment)
	} else {
		s.unassign(op.Assignment)
	}
	return ""
}

// assignmentMissing is the service's own reason.
// See https://github.com/hashicorp/terraform-provider-aws/issues/35158.
const assignmentMissing = "Received a 404 status error: Assignment not found."

// reprovision brings the roles of a permission set up to date, in one account or in
// all that have it. An account where it is not assigned has no role to provision.
func (s *Server) reprovision(p *PermissionSet, account string) (reason string) {
	if account != "" && s.roles[roleKey{account, p.ARN}] == nil {
		return assignmentMissing
	}
	for key := range s.roles {
		if key.set == p.ARN && (account == "" || account == key.account) {
			s.provision(key.account, p)
		}
	}
	return ""
}

// Operations lists what was accepted, in progress and done, oldest first.
func (s *Server) Operations() []Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	out := make([]Operation, 0, len(s.operations))
	for _, op := range s.operations {
		shown := *op
		shown.PrincipalName = s.principalName(op.PrincipalType, op.PrincipalID)
		if p := s.set(op.PermissionSetARN); p != nil {
			shown.PermissionSetName = p.Name
		}
		out = append(out, shown)
	}
	return out
}
