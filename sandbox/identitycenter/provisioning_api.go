package identitycenter

import "slices"

type provisioningOut struct {
	Status           string
	RequestID        string `json:"RequestId"`
	AccountID        string `json:"AccountId,omitempty"`
	PermissionSetARN string `json:"PermissionSetArn"`
	FailureReason    string `json:",omitempty"`
	CreatedDate      float64
}

func (op *Operation) provisioningOut() any {
	return struct{ PermissionSetProvisioningStatus provisioningOut }{provisioningOut{
		op.Status, op.RequestID, op.Account, op.PermissionSetARN, op.Reason, seconds(op.Created),
	}}
}

// provisionPermissionSet accepts the request to bring the roles of a permission set up
// to date, in one account or in all that have it.
func (s *Server) provisionPermissionSet(_ *call, in *struct {
	setRequest
	TargetID   string `json:"TargetId"`
	TargetType string
}) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	a := Assignment{PermissionSetARN: p.ARN}
	switch in.TargetType {
	case "ALL_PROVISIONED_ACCOUNTS":
		if in.TargetID != "" {
			return nil, errValidation("TargetId must be empty for ALL_PROVISIONED_ACCOUNTS")
		}
	case "AWS_ACCOUNT":
		if err := account(in.TargetID); err != nil {
			return nil, err
		}
		a.Account = in.TargetID
	default:
		return nil, errConstraint("targetType", in.TargetType, "Member must satisfy enum value set: [AWS_ACCOUNT, ALL_PROVISIONED_ACCOUNTS]")
	}
	if n := s.opts.ConcurrentProvisions; n >= 0 && s.underWay(Provisioning) >= n {
		return nil, errTooMany()
	}
	return s.begin(Provisioning, a).provisioningOut(), nil
}

func (s *Server) describeProvisioning(_ *call, in *struct {
	InstanceARN string `json:"InstanceArn"`
	RequestID   string `json:"ProvisionPermissionSetRequestId"`
}) (any, error) {
	op, err := s.operation(in.InstanceARN, Provisioning, in.RequestID)
	if err != nil {
		return nil, err
	}
	return op.provisioningOut(), nil
}

func (s *Server) listProvisionings(_ *call, in *statusListRequest) (any, error) {
	items, next, err := s.statusList(Provisioning, in)
	return struct {
		PermissionSetsProvisioningStatus []statusOut
		NextToken                        string `json:",omitempty"`
	}{items, next}, err
}

// provisioned lists the roles that match what a ProvisioningStatus asks for.
func (s *Server) provisioned(status string, match func(roleKey) bool) ([]roleKey, error) {
	if !slices.Contains([]string{"", "LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED"}, status) {
		return nil, errConstraint("provisioningStatus", status, "Member must satisfy enum value set")
	}
	out := []roleKey{}
	for key, r := range s.roles {
		latest := r.version == s.set(key.set).version
		if match(key) && (status == "" || latest == (status == "LATEST_PERMISSION_SET_PROVISIONED")) {
			out = append(out, key)
		}
	}
	slices.SortFunc(out, func(a, b roleKey) int { return compare(a.account, b.account, a.set, b.set) })
	return out, nil
}

func (s *Server) listProvisionedToAccount(_ *call, in *struct {
	paging
	InstanceARN        string `json:"InstanceArn"`
	AccountID          string `json:"AccountId"`
	ProvisioningStatus string
}) (any, error) {
	if err := s.organization(in.InstanceARN); err != nil {
		return nil, err
	}
	if err := account(in.AccountID); err != nil {
		return nil, err
	}
	keys, err := s.provisioned(in.ProvisioningStatus, func(k roleKey) bool { return k.account == in.AccountID })
	if err != nil {
		return nil, err
	}
	arns := []string{}
	for _, k := range keys {
		arns = append(arns, k.set)
	}
	return setList(in.paging, "ProvisionedToAccount"+in.AccountID+in.ProvisioningStatus, arns)
}

func (s *Server) listAccountsForProvisioned(_ *call, in *struct {
	paging
	setRequest
	ProvisioningStatus string
}) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	keys, err := s.provisioned(in.ProvisioningStatus, func(k roleKey) bool { return k.set == p.ARN })
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, k := range keys {
		ids = append(ids, k.account)
	}
	items, next, err := page(in.paging, "AccountsForProvisioned"+p.ARN+in.ProvisioningStatus, ids)
	return struct {
		AccountIDs []string `json:"AccountIds"`
		NextToken  string   `json:",omitempty"`
	}{items, next}, err
}
