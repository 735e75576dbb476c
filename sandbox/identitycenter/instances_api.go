package identitycenter

import "cmp"

type instanceOut struct {
	InstanceARN     string  `json:"InstanceArn"`
	IdentityStoreID string  `json:"IdentityStoreId"`
	OwnerAccountID  string  `json:"OwnerAccountId"`
	CreatedDate     float64 `json:"CreatedDate"`
	Status          string  `json:"Status"`
}

func (s *Server) instanceOut() instanceOut {
	return instanceOut{s.opts.InstanceARN, s.opts.IdentityStoreID, cmp.Or(s.owner, s.opts.ManagementAccount), seconds(s.created), "ACTIVE"}
}

// SetOwner makes the instance one that an account has of its own, which has no permission
// sets and assigns nobody to an account. Empty: it is the organization's again.
func (s *Server) SetOwner(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owner = account
}

// ShowInstance lists another instance beside the own one, of which nothing but that can
// be seen.
func (s *Server) ShowInstance(arn, identityStore, owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beside = append(s.beside, instanceOut{arn, identityStore, owner, seconds(s.created), "ACTIVE"})
}

func (s *Server) listInstances(_ *call, in *struct {
	paging
	RegionScope string
}) (any, error) {
	instances, next, err := page(in.paging, "ListInstances", append([]instanceOut{s.instanceOut()}, s.beside...))
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
