package identitycenter

func errMissingGroup(id string) *apiError {
	e := errMissing("GROUP not found.")
	e.resource, e.resourceID = "GROUP", id
	return e
}

// getGroupID takes displayName only; groups have no external id here.
func (s *Server) getGroupID(_ *call, in *alternateRequest) (any, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	path, value, err := in.AlternateIdentifier.attribute()
	if err != nil {
		return nil, err
	}
	if path != "" && path != "displayName" {
		return nil, errValidation("AttributePath " + path + " is not supported")
	}
	g := s.groupNamed(value)
	if path == "" || g == nil {
		return nil, errMissingGroup("")
	}
	return struct {
		IdentityStoreID string `json:"IdentityStoreId"`
		GroupID         string `json:"GroupId"`
	}{s.opts.IdentityStoreID, g.ID}, nil
}

type groupOut struct {
	GroupID         string `json:"GroupId"`
	IdentityStoreID string `json:"IdentityStoreId"`
	DisplayName     string
	Description     string `json:",omitempty"`
	CreatedAt       float64
}

func (s *Server) groupOut(g *Group) groupOut {
	return groupOut{g.ID, s.opts.IdentityStoreID, g.Name, g.Description, seconds(g.Created)}
}

// storeGroup checks the identity store of a request and finds its group.
func (s *Server) storeGroup(store, id string) (*Group, error) {
	if err := s.store(store); err != nil {
		return nil, err
	}
	g := s.group(id)
	if g == nil {
		return nil, errMissingGroup(id)
	}
	return g, nil
}

type groupRequest struct {
	IdentityStoreID string `json:"IdentityStoreId"`
	GroupID         string `json:"GroupId"`
}

func (s *Server) describeGroup(_ *call, in *groupRequest) (any, error) {
	g, err := s.storeGroup(in.IdentityStoreID, in.GroupID)
	if err != nil {
		return nil, err
	}
	return s.groupOut(g), nil
}

func (s *Server) listGroups(_ *call, in *storeListRequest) (any, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	name, err := in.filter("DisplayName")
	if err != nil {
		return nil, err
	}
	all := []groupOut{}
	for _, g := range s.groups {
		if name == "" || g.Name == name {
			all = append(all, s.groupOut(g))
		}
	}
	items, next, err := page(in.paging, "ListGroups"+name, all)
	return struct {
		Groups    []groupOut
		NextToken string `json:",omitempty"`
	}{items, next}, err
}
