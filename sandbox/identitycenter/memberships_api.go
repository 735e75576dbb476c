package identitycenter

import "fmt"

type memberID struct {
	UserID string `json:"UserId"`
}

type membershipOut struct {
	IdentityStoreID string   `json:"IdentityStoreId"`
	MembershipID    string   `json:"MembershipId"`
	GroupID         string   `json:"GroupId"`
	MemberID        memberID `json:"MemberId"`
}

func (s *Server) membershipOut(m *membership) membershipOut {
	return membershipOut{s.opts.IdentityStoreID, m.id, m.group.ID, memberID{m.user.ID}}
}

// isMemberInGroups answers for each group that was asked for, those that do not exist
// included: nobody is in them.
func (s *Server) isMemberInGroups(_ *call, in *struct {
	IdentityStoreID string   `json:"IdentityStoreId"`
	MemberID        memberID `json:"MemberId"`
	GroupIDs        []string `json:"GroupIds"`
}) (any, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	if n := len(in.GroupIDs); n < 1 || n > 100 {
		return nil, errConstraint("groupIds", fmt.Sprint(n), "Member must have length between 1 and 100")
	}
	u := s.user(in.MemberID.UserID)
	if u == nil {
		return nil, errMissingUser(in.MemberID.UserID)
	}
	type result struct {
		GroupID          string   `json:"GroupId"`
		MemberID         memberID `json:"MemberId"`
		MembershipExists bool
	}
	results := []result{}
	for _, id := range in.GroupIDs {
		g := s.group(id)
		results = append(results, result{id, in.MemberID, g != nil && s.membershipOf(g, u) != nil})
	}
	return struct{ Results []result }{results}, nil
}

type membershipList struct {
	GroupMemberships []membershipOut
	NextToken        string `json:",omitempty"`
}

func (s *Server) listMemberships(p paging, list string, match func(*membership) bool) (any, error) {
	all := []membershipOut{}
	for _, m := range s.memberships {
		if match(m) {
			all = append(all, s.membershipOut(m))
		}
	}
	items, next, err := page(p, list, all)
	return membershipList{items, next}, err
}

func (s *Server) listGroupMemberships(_ *call, in *struct {
	paging
	groupRequest
}) (any, error) {
	g, err := s.storeGroup(in.IdentityStoreID, in.GroupID)
	if err != nil {
		return nil, err
	}
	return s.listMemberships(in.paging, "ListGroupMemberships"+g.ID, func(m *membership) bool { return m.group == g })
}

func (s *Server) listGroupMembershipsForMember(_ *call, in *struct {
	paging
	IdentityStoreID string   `json:"IdentityStoreId"`
	MemberID        memberID `json:"MemberId"`
}) (any, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	u := s.user(in.MemberID.UserID)
	if u == nil {
		return nil, errMissingUser(in.MemberID.UserID)
	}
	return s.listMemberships(in.paging, "ListGroupMembershipsForMember"+u.ID, func(m *membership) bool { return m.user == u })
}

type membershipRequest struct {
	groupRequest
	MemberID memberID `json:"MemberId"`
}

func (s *Server) memberOf(in *membershipRequest) (*Group, *User, error) {
	g, err := s.storeGroup(in.IdentityStoreID, in.GroupID)
	if err != nil {
		return nil, nil, err
	}
	u := s.user(in.MemberID.UserID)
	if u == nil {
		return nil, nil, errMissingUser(in.MemberID.UserID)
	}
	return g, u, nil
}

type membershipIDOut struct {
	IdentityStoreID string `json:"IdentityStoreId"`
	MembershipID    string `json:"MembershipId"`
}

func (s *Server) getGroupMembershipID(_ *call, in *membershipRequest) (any, error) {
	g, u, err := s.memberOf(in)
	if err != nil {
		return nil, err
	}
	m := s.membershipOf(g, u)
	if m == nil {
		return nil, errMissingMembership("")
	}
	return membershipIDOut{s.opts.IdentityStoreID, m.id}, nil
}

func (s *Server) createGroupMembership(_ *call, in *membershipRequest) (any, error) {
	g, u, err := s.memberOf(in)
	if err != nil {
		return nil, err
	}
	if s.membershipOf(g, u) != nil {
		e := errConflict("Member and Group relationship already exists.")
		e.reason = "UNIQUENESS_CONSTRAINT_VIOLATION"
		return nil, e
	}
	return membershipIDOut{s.opts.IdentityStoreID, s.join(g, u).id}, nil
}

func errMissingMembership(id string) *apiError {
	e := errMissing("GROUP_MEMBERSHIP not found.")
	e.resource, e.resourceID = "GROUP_MEMBERSHIP", id
	return e
}

type byMembershipID struct {
	IdentityStoreID string `json:"IdentityStoreId"`
	MembershipID    string `json:"MembershipId"`
}

func (s *Server) membership(in *byMembershipID) (*membership, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	for _, m := range s.memberships {
		if m.id == in.MembershipID {
			return m, nil
		}
	}
	return nil, errMissingMembership(in.MembershipID)
}

func (s *Server) describeGroupMembership(_ *call, in *byMembershipID) (any, error) {
	m, err := s.membership(in)
	if err != nil {
		return nil, err
	}
	return s.membershipOut(m), nil
}

func (s *Server) deleteGroupMembership(_ *call, in *byMembershipID) (any, error) {
	m, err := s.membership(in)
	if err != nil {
		return nil, err
	}
	s.leave(m)
	return nil, nil
}
