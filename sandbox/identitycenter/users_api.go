package identitycenter

import (
	"encoding/json"
	"strings"
)

// externalIssuer is what the identity store names a SCIM connection with.
func (s *Server) externalIssuer() string {
	return "https://scim.aws.com/" + asUUID(digest("scim"+s.opts.IdentityStoreID, 0))
}

// store checks the identity store of a request.
func (s *Server) store(id string) error {
	if err := required("identityStoreId", id); err != nil {
		return err
	}
	if id != s.opts.IdentityStoreID {
		e := errMissing("IDENTITYSTORE not found.")
		e.resource, e.resourceID = "IDENTITY_STORE", ""
		return e
	}
	return nil
}

func errMissingUser(id string) *apiError {
	e := errMissing("USER not found.")
	e.resource, e.resourceID = "USER", id
	return e
}

// alternateIdentifier is what people and groups are found by other than their id.
type alternateIdentifier struct {
	ExternalID *struct {
		Issuer string
		ID     string `json:"Id"`
	} `json:"ExternalId"`
	UniqueAttribute *struct {
		AttributePath  string
		AttributeValue json.RawMessage
	}
}

// attribute reads a unique attribute, whose value must be text.
func (a alternateIdentifier) attribute() (path, value string, err error) {
	if (a.ExternalID == nil) == (a.UniqueAttribute == nil) {
		return "", "", errValidation("Exactly one of ExternalId and UniqueAttribute must be given")
	}
	if a.UniqueAttribute == nil {
		return "", "", nil
	}
	if err := json.Unmarshal(a.UniqueAttribute.AttributeValue, &value); err != nil || value == "" {
		return "", "", errValidation("AttributeValue must be a string")
	}
	return a.UniqueAttribute.AttributePath, value, nil
}

type alternateRequest struct {
	IdentityStoreID     string `json:"IdentityStoreId"`
	AlternateIdentifier alternateIdentifier
}

// getUserID takes userName and emails.value only.
// See https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_GetUserId.html.
func (s *Server) getUserID(_ *call, in *alternateRequest) (any, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	path, value, err := in.AlternateIdentifier.attribute()
	if err != nil {
		return nil, err
	}
	var u *User
	switch path {
	case "":
		if x := in.AlternateIdentifier.ExternalID; x.Issuer == s.externalIssuer() {
			u = s.userExternally(x.ID)
		}
	case "userName":
		u = s.userNamed(value)
	case "emails.value":
		for _, o := range s.users {
			if strings.EqualFold(o.Email, value) {
				u = o
			}
		}
	default:
		return nil, errValidation("AttributePath " + path + " is not supported")
	}
	if u == nil {
		return nil, errMissingUser("")
	}
	return struct {
		IdentityStoreID string `json:"IdentityStoreId"`
		UserID          string `json:"UserId"`
	}{s.opts.IdentityStoreID, u.ID}, nil
}

type externalIDOut struct {
	Issuer string
	ID     string `json:"Id"`
}

type nameOut struct {
	GivenName  string `json:",omitempty"`
	FamilyName string `json:",omitempty"`
}

type emailOut struct {
	Value   string
	Type    string
	Primary bool
}

type userOut struct {
	UserID          string          `json:"UserId"`
	IdentityStoreID string          `json:"IdentityStoreId"`
	UserName        string          `json:",omitempty"`
	ExternalIDs     []externalIDOut `json:"ExternalIds,omitempty"`
	Name            *nameOut        `json:",omitempty"`
	DisplayName     string          `json:",omitempty"`
	Emails          []emailOut      `json:",omitempty"`
	UserStatus      string
	CreatedAt       float64
	UpdatedAt       float64
}

func (s *Server) userOut(u *User) userOut {
	out := userOut{
		UserID: u.ID, IdentityStoreID: s.opts.IdentityStoreID, UserName: u.UserName, DisplayName: u.DisplayName,
		UserStatus: "ENABLED", CreatedAt: seconds(u.Created), UpdatedAt: seconds(u.Updated),
	}
	if u.Disabled {
		out.UserStatus = "DISABLED"
	}
	if u.ExternalID != "" {
		out.ExternalIDs = []externalIDOut{{s.externalIssuer(), u.ExternalID}}
	}
	if u.GivenName != "" || u.FamilyName != "" {
		out.Name = &nameOut{u.GivenName, u.FamilyName}
	}
	if u.Email != "" {
		out.Emails = []emailOut{{u.Email, "work", true}}
	}
	return out
}

func (s *Server) describeUser(_ *call, in *struct {
	IdentityStoreID string `json:"IdentityStoreId"`
	UserID          string `json:"UserId"`
	Extensions      []string
}) (any, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	u := s.user(in.UserID)
	if u == nil {
		return nil, errMissingUser(in.UserID)
	}
	return s.userOut(u), nil
}

type storeListRequest struct {
	paging
	IdentityStoreID string `json:"IdentityStoreId"`
	Filters         []struct{ AttributePath, AttributeValue string }
}

// filter returns the value of the one filter that lists take, by this path only.
func (in storeListRequest) filter(path string) (value string, err error) {
	if len(in.Filters) == 0 {
		return "", nil
	}
	if len(in.Filters) > 1 || !strings.EqualFold(in.Filters[0].AttributePath, path) {
		return "", errValidation("Filter is not supported")
	}
	return in.Filters[0].AttributeValue, nil
}

func (s *Server) listUsers(_ *call, in *struct {
	storeListRequest
	Extensions []string
}) (any, error) {
	if err := s.store(in.IdentityStoreID); err != nil {
		return nil, err
	}
	name, err := in.filter("UserName")
	if err != nil {
		return nil, err
	}
	all := []userOut{}
	for _, u := range s.users {
		if name == "" || u.UserName == name {
			all = append(all, s.userOut(u))
		}
	}
	items, next, err := page(in.paging, "ListUsers"+name, all)
	return struct {
		Users     []userOut
		NextToken string `json:",omitempty"`
	}{items, next}, err
}
