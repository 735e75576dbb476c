package identitycenter

import "slices"

type assignmentRequest struct {
	InstanceARN      string `json:"InstanceArn"`
	PermissionSetARN string `json:"PermissionSetArn"`
	PrincipalID      string `json:"PrincipalId"`
	PrincipalType    string
	TargetID         string `json:"TargetId"`
	TargetType       string
}

// assignment checks a request to create or delete and says what it is about. The
// principal is looked up later, when the operation is carried out.
func (s *Server) assignment(action string, c *call, in *assignmentRequest) (Assignment, error) {
	var none Assignment
	if _, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN); err != nil {
		return none, err
	}
	if in.TargetType != "AWS_ACCOUNT" {
		return none, errConstraint("targetType", in.TargetType, "Member must satisfy enum value set: [AWS_ACCOUNT]")
	}
	if err := account(in.TargetID); err != nil {
		return none, err
	}
	if err := principal(in.PrincipalType, in.PrincipalID); err != nil {
		return none, err
	}
	// See https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html.
	if in.TargetID == s.opts.ManagementAccount && c.account != s.opts.ManagementAccount {
		return none, errNotAuthorized(action, c)
	}
	if _, ok := s.accounts[in.TargetID]; !ok {
		return none, errMissing("The account " + in.TargetID + " was not found in the organization")
	}
	a := Assignment{Account: in.TargetID, PermissionSetARN: in.PermissionSetARN, PrincipalType: in.PrincipalType, PrincipalID: in.PrincipalID}
	for _, op := range s.operations {
		if op.Kind != Provisioning && op.Status == InProgress && op.same(a) {
			return none, errConflict("Request " + op.RequestID + " is in progress for the same assignment. Please try again later.")
		}
	}
	return a, nil
}

func (s *Server) createAccountAssignment(c *call, in *assignmentRequest) (any, error) {
	a, err := s.assignment("sso:CreateAccountAssignment", c, in)
	if err != nil {
		return nil, err
	}
	if n := s.opts.OutstandingCreates; n >= 0 && s.underWay(Creation) >= n {
		return nil, errTooMany()
	}
	return creationStatus{s.begin(Creation, a).out()}, nil
}

func (s *Server) deleteAccountAssignment(c *call, in *assignmentRequest) (any, error) {
	a, err := s.assignment("sso:DeleteAccountAssignment", c, in)
	if err != nil {
		return nil, err
	}
	if s.assigned(a) == nil && !s.opts.AcceptMissingDeletes {
		return nil, errMissing("Assignment not found.")
	}
	return deletionStatus{s.begin(Deletion, a).out()}, nil
}

type operationOut struct {
	Status           string
	RequestID        string `json:"RequestId"`
	FailureReason    string `json:",omitempty"`
	TargetID         string `json:"TargetId"`
	TargetType       string
	PermissionSetARN string `json:"PermissionSetArn"`
	PrincipalType    string
	PrincipalID      string `json:"PrincipalId"`
	CreatedDate      float64
}

// out is a copy: a reply tells how things stood when the operation was accepted.
func (op *Operation) out() *operationOut {
	return &operationOut{
		Status: op.Status, RequestID: op.RequestID, FailureReason: op.Reason, TargetID: op.Account, TargetType: "AWS_ACCOUNT",
		PermissionSetARN: op.PermissionSetARN, PrincipalType: op.PrincipalType, PrincipalID: op.PrincipalID, CreatedDate: seconds(op.Created),
	}
}

type creationStatus struct{ AccountAssignmentCreationStatus *operationOut }

type deletionStatus struct{ AccountAssignmentDeletionStatus *operationOut }

// operation finds a request by its id and kind; the kinds do not know each other's.
func (s *Server) operation(instance, kind, id string) (*Operation, error) {
	if err := s.organization(instance); err != nil {
		return nil, err
	}
	if len(id) != 36 {
		return nil, errConstraint("requestId", id, "Member must have length 36")
	}
	for _, op := range s.operations {
		if op.RequestID == id && op.Kind == kind {
			return op, nil
		}
	}
	return nil, errMissing("Request not found: " + id)
}

func (s *Server) describeCreation(_ *call, in *struct {
	InstanceARN string `json:"InstanceArn"`
	RequestID   string `json:"AccountAssignmentCreationRequestId"`
}) (any, error) {
	op, err := s.operation(in.InstanceARN, Creation, in.RequestID)
	if err != nil {
		return nil, err
	}
	return creationStatus{op.out()}, nil
}

func (s *Server) describeDeletion(_ *call, in *struct {
	InstanceARN string `json:"InstanceArn"`
	RequestID   string `json:"AccountAssignmentDeletionRequestId"`
}) (any, error) {
	op, err := s.operation(in.InstanceARN, Deletion, in.RequestID)
	if err != nil {
		return nil, err
	}
	return deletionStatus{op.out()}, nil
}

type statusListRequest struct {
	paging
	InstanceARN string `json:"InstanceArn"`
	Filter      *struct{ Status string }
}

// statusOut is all that status lists tell: neither who nor where.
type statusOut struct {
	Status      string
	RequestID   string `json:"RequestId"`
	CreatedDate float64
}

// statusList lists the requests of a kind, newest first.
func (s *Server) statusList(kind string, in *statusListRequest) ([]statusOut, string, error) {
	if err := s.organization(in.InstanceARN); err != nil {
		return nil, "", err
	}
	want := ""
	if in.Filter != nil {
		want = in.Filter.Status
	}
	if want != "" && !slices.Contains([]string{InProgress, Succeeded, Failed}, want) {
		return nil, "", errConstraint("filter.status", want, "Member must satisfy enum value set: [IN_PROGRESS, FAILED, SUCCEEDED]")
	}
	all := []statusOut{}
	for _, op := range slices.Backward(s.operations) {
		if op.Kind == kind && (want == "" || op.Status == want) {
			all = append(all, statusOut{op.Status, op.RequestID, seconds(op.Created)})
		}
	}
	return page(in.paging, kind+want, all)
}

func (s *Server) listCreations(_ *call, in *statusListRequest) (any, error) {
	items, next, err := s.statusList(Creation, in)
	return struct {
		AccountAssignmentsCreationStatus []statusOut
		NextToken                        string `json:",omitempty"`
	}{items, next}, err
}

func (s *Server) listDeletions(_ *call, in *statusListRequest) (any, error) {
	items, next, err := s.statusList(Deletion, in)
	return struct {
		AccountAssignmentsDeletionStatus []statusOut
		NextToken                        string `json:",omitempty"`
	}{items, next}, err
}

type assignmentOut struct {
	AccountID        string `json:"AccountId"`
	PermissionSetARN string `json:"PermissionSetArn"`
	PrincipalType    string
	PrincipalID      string `json:"PrincipalId"`
}

func (a *Assignment) out() assignmentOut {
	return assignmentOut{a.Account, a.PermissionSetARN, a.PrincipalType, a.PrincipalID}
}

type assignmentList struct {
	AccountAssignments []assignmentOut
	NextToken          string `json:",omitempty"`
}

func (s *Server) listAccountAssignments(_ *call, in *struct {
	paging
	InstanceARN      string `json:"InstanceArn"`
	AccountID        string `json:"AccountId"`
	PermissionSetARN string `json:"PermissionSetArn"`
}) (any, error) {
	if _, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN); err != nil {
		return nil, err
	}
	if err := account(in.AccountID); err != nil {
		return nil, err
	}
	all := []assignmentOut{}
	for _, a := range s.assignments {
		if a.Account == in.AccountID && a.PermissionSetARN == in.PermissionSetARN {
			all = append(all, a.out())
		}
	}
	items, next, err := page(in.paging, "ListAccountAssignments"+in.AccountID+in.PermissionSetARN, all)
	return assignmentList{items, next}, err
}

// listAccountAssignmentsForPrincipal also lists, for a user, what their groups have,
// under the group's name. A group's members are not looked at.
func (s *Server) listAccountAssignmentsForPrincipal(c *call, in *struct {
	paging
	InstanceARN   string `json:"InstanceArn"`
	PrincipalID   string `json:"PrincipalId"`
	PrincipalType string
	Filter        *struct {
		AccountID string `json:"AccountId"`
	}
}) (any, error) {
	if err := s.organization(in.InstanceARN); err != nil {
		return nil, err
	}
	if s.refusePrincipal || c.account != s.opts.ManagementAccount {
		return nil, errNotAuthorized("sso:ListAccountAssignmentsForPrincipal", c)
	}
	if err := principal(in.PrincipalType, in.PrincipalID); err != nil {
		return nil, err
	}
	if !s.principalExists(in.PrincipalType, in.PrincipalID) {
		return nil, errMissing(in.PrincipalType + " not found: " + in.PrincipalID)
	}
	only := ""
	if in.Filter != nil {
		only = in.Filter.AccountID
	}
	u := s.user(in.PrincipalID)
	all := []assignmentOut{}
	for _, a := range s.assignments {
		own := a.PrincipalType == in.PrincipalType && a.PrincipalID == in.PrincipalID
		through := in.PrincipalType == PrincipalUser && s.concerns(a, u)
		if (own || through) && (only == "" || only == a.Account) {
			all = append(all, a.out())
		}
	}
	items, next, err := page(in.paging, "ListAccountAssignmentsForPrincipal"+in.PrincipalID+only, all)
	return assignmentList{items, next}, err
}
