package identitycenter

type instanceOut struct {
	InstanceARN     string  `json:"InstanceArn"`
	IdentityStoreID string  `json:"IdentityStoreId"`
	OwnerAccountID  string  `json:"OwnerAccountId"`
	CreatedDate     float64 `json:"CreatedDate"`
	Status          string  `json:"Status"`
}

func (s *Server) instanceOut() instanceOut {
	return instanceOut{s.opts.InstanceARN, s.opts.IdentityStoreID, s.opts.ManagementAccount, seconds(s.created), "ACTIVE"}
}

func (s *Server) listInstances(_ *call, in *struct {
	paging
	RegionScope string
}) (any, error) {
	instances, next, err := page(in.paging, "ListInstances", []instanceOut{s.instanceOut()})
	return struct {
		Instances []instanceOut
		NextToken string `json:",omitempty"`
	}{instances, next}, err
}

func (s *Server) describeInstance(_ *call, in *struct {
	InstanceARN string `json:"InstanceArn"`
}) (any, error) {
	return s.instanceOut(), s.instance(in.InstanceARN)
}
