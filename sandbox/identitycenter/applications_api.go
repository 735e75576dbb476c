package identitycenter

import (
	"regexp"
	"slices"
)

type applicationOut struct {
	ApplicationARN         string `json:"ApplicationArn"`
	ApplicationAccount     string
	ApplicationProviderARN string `json:"ApplicationProviderArn"`
	Name                   string
	Description            string `json:",omitempty"`
	Status                 string
	InstanceARN            string `json:"InstanceArn"`
	CreatedDate            float64
	PortalOptions          portalOptions
}

type portalOptions struct {
	Visibility    string         `json:",omitempty"`
	SignInOptions *signInOptions `json:",omitempty"`
}

type signInOptions struct {
	Origin         string
	ApplicationURL string `json:"ApplicationUrl,omitempty"`
}

func (s *Server) applicationOut(a *Application) applicationOut {
	out := applicationOut{
		ApplicationARN: a.ARN, ApplicationAccount: a.Account, ApplicationProviderARN: a.ProviderARN, Name: a.Name,
		Description: a.Description, Status: "ENABLED", InstanceARN: s.opts.InstanceARN, CreatedDate: seconds(a.Created),
		PortalOptions: portalOptions{Visibility: "ENABLED", SignInOptions: &signInOptions{Origin: "IDENTITY_CENTER"}},
	}
	if a.Disabled {
		out.Status = "DISABLED"
	}
	if a.URL != "" {
		out.PortalOptions.SignInOptions = &signInOptions{Origin: "APPLICATION", ApplicationURL: a.URL}
	}
	return out
}

// listApplications must be filtered by the caller's own account in a member account.
func (s *Server) listApplications(c *call, in *struct {
	paging
	InstanceARN string `json:"InstanceArn"`
	Filter      *struct{ ApplicationAccount, ApplicationProvider string }
}) (any, error) {
	if err := s.instance(in.InstanceARN); err != nil {
		return nil, err
	}
	inAccount, provider := "", ""
	if in.Filter != nil {
		inAccount, provider = in.Filter.ApplicationAccount, in.Filter.ApplicationProvider
	}
	if c.account != s.opts.ManagementAccount && c.account != s.opts.DelegatedAdmin && inAccount != c.account {
		return nil, errNotAuthorized("sso:ListApplications", c)
	}
	all := []applicationOut{}
	for _, a := range s.apps {
		if (inAccount == "" || a.Account == inAccount) && (provider == "" || a.ProviderARN == provider) {
			all = append(all, s.applicationOut(a))
		}
	}
	if in.MaxResults == nil {
		fifty := 50 // no page of applications has more
		in.MaxResults = &fifty
	}
	*in.MaxResults = min(*in.MaxResults, 50)
	items, next, err := page(in.paging, "ListApplications"+inAccount+provider, all)
	return struct {
		Applications []applicationOut
		NextToken    string `json:",omitempty"`
	}{items, next}, err
}

func (s *Server) application(arn string) (*Application, error) {
	a := s.app(arn)
	if a == nil {
		return nil, errMissing("Application not found: " + arn)
	}
	return a, nil
}

func (s *Server) describeApplication(_ *call, in *struct {
	ApplicationARN string `json:"ApplicationArn"`
}) (any, error) {
	a, err := s.application(in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	return s.applicationOut(a), nil
}

var applicationURL = regexp.MustCompile(`^https?://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%?=~_|]$`)

func (s *Server) updateApplication(_ *call, in *struct {
	ApplicationARN    string `json:"ApplicationArn"`
	Name, Description *string
	Status            string
	PortalOptions     *portalOptions
}) (any, error) {
	a, err := s.application(in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	edited := *a
	if in.Name != nil {
		edited.Name = *in.Name
	}
	if in.Description != nil {
		edited.Description = *in.Description
	}
	switch in.Status {
	case "":
	case "ENABLED", "DISABLED":
		edited.Disabled = in.Status == "DISABLED"
	default:
		return nil, errConstraint("status", in.Status, "Member must satisfy enum value set: [ENABLED, DISABLED]")
	}
	if in.PortalOptions != nil && in.PortalOptions.SignInOptions != nil {
		if edited.URL, err = in.PortalOptions.SignInOptions.url(); err != nil {
			return nil, err
		}
	}
	*a = edited
	return nil, nil
}

func (o signInOptions) url() (string, error) {
	switch o.Origin {
	case "IDENTITY_CENTER":
		return "", nil
	case "APPLICATION":
		if len(o.ApplicationURL) > 512 || !applicationURL.MatchString(o.ApplicationURL) {
			return "", errConstraint("applicationUrl", o.ApplicationURL, "Member must be a URL of at most 512 characters")
		}
		return o.ApplicationURL, nil
	}
	return "", errConstraint("origin", o.Origin, "Member must satisfy enum value set: [IDENTITY_CENTER, APPLICATION]")
}

type applicationAssignment struct {
	ApplicationARN string `json:"ApplicationArn"`
	PrincipalID    string `json:"PrincipalId"`
	PrincipalType  string
}

func (s *Server) applicationPrincipal(in *applicationAssignment) (*Application, Principal, error) {
	if err := principal(in.PrincipalType, in.PrincipalID); err != nil {
		return nil, Principal{}, err
	}
	a, err := s.assignable(in.ApplicationARN)
	return a, Principal{in.PrincipalType, in.PrincipalID}, err
}

// assignable is an application whose assignments the API takes.
func (s *Server) assignable(arn string) (*Application, error) {
	a, err := s.application(arn)
	if err == nil && s.refuseSAML && a.ProviderARN == samlProvider {
		err = errConstraint("applicationArn", arn, "The operation is not supported for this application")
	}
	return a, err
}

// describeApplicationProvider knows the providers of customer managed applications.
func (s *Server) describeApplicationProvider(_ *call, in *struct {
	ApplicationProviderARN string `json:"ApplicationProviderArn"`
}) (any, error) {
	protocol := map[string]string{samlProvider: "SAML", oauthProvider: "OAUTH"}[in.ApplicationProviderARN]
	if protocol == "" {
		return nil, errMissing("Application provider not found: " + in.ApplicationProviderARN)
	}
	return struct {
		ApplicationProviderARN string `json:"ApplicationProviderArn"`
		FederationProtocol     string
	}{in.ApplicationProviderARN, protocol}, nil
}

func (s *Server) getApplicationAssignmentConfiguration(_ *call, in *struct {
	ApplicationARN string `json:"ApplicationArn"`
}) (any, error) {
	a, err := s.application(in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	return struct{ AssignmentRequired bool }{!a.ForEverybody}, nil
}

func (s *Server) putApplicationAssignmentConfiguration(_ *call, in *struct {
	ApplicationARN     string `json:"ApplicationArn"`
	AssignmentRequired *bool
}) (any, error) {
	a, err := s.application(in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	if in.AssignmentRequired == nil {
		return nil, errConstraint("assignmentRequired", "null", "Member must not be null")
	}
	a.ForEverybody = !*in.AssignmentRequired
	return nil, nil
}

// createApplicationAssignment and its deletion are carried out at once, and doing them
// twice is no error.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateApplicationAssignment.html.
func (s *Server) createApplicationAssignment(_ *call, in *applicationAssignment) (any, error) {
	a, p, err := s.applicationPrincipal(in)
	if err != nil {
		return nil, err
	}
	if !s.principalExists(p.Type, p.ID) {
		return nil, errMissing(p.Type + " not found: " + p.ID)
	}
	if !slices.Contains(a.Assigned, p) {
		a.Assigned = append(a.Assigned, p)
	}
	return nil, nil
}

func (s *Server) deleteApplicationAssignment(_ *call, in *applicationAssignment) (any, error) {
	a, p, err := s.applicationPrincipal(in)
	if err != nil {
		return nil, err
	}
	a.Assigned = slices.DeleteFunc(a.Assigned, func(o Principal) bool { return o == p })
	return nil, nil
}

func (s *Server) describeApplicationAssignment(_ *call, in *applicationAssignment) (any, error) {
	a, p, err := s.applicationPrincipal(in)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(a.Assigned, p) {
		return nil, errMissing("Application assignment not found")
	}
	return in, nil
}

func (s *Server) listApplicationAssignments(_ *call, in *struct {
	paging
	ApplicationARN string `json:"ApplicationArn"`
}) (any, error) {
	a, err := s.assignable(in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	all := []applicationAssignment{}
	for _, p := range a.Assigned {
		all = append(all, applicationAssignment{a.ARN, p.ID, p.Type})
	}
	return applicationAssignments(in.paging, "ListApplicationAssignments"+a.ARN, all)
}

func applicationAssignments(p paging, list string, all []applicationAssignment) (any, error) {
	items, next, err := page(p, list, all)
	return struct {
		ApplicationAssignments []applicationAssignment
		NextToken              string `json:",omitempty"`
	}{items, next}, err
}

// listApplicationAssignmentsForPrincipal also lists, for a user, what their groups have.
func (s *Server) listApplicationAssignmentsForPrincipal(_ *call, in *struct {
	paging
	InstanceARN   string `json:"InstanceArn"`
	PrincipalID   string `json:"PrincipalId"`
	PrincipalType string
	Filter        *struct {
		ApplicationARN string `json:"ApplicationArn"`
	}
}) (any, error) {
	if err := s.instance(in.InstanceARN); err != nil {
		return nil, err
	}
	if err := principal(in.PrincipalType, in.PrincipalID); err != nil {
		return nil, err
	}
	if !s.principalExists(in.PrincipalType, in.PrincipalID) {
		return nil, errMissing(in.PrincipalType + " not found: " + in.PrincipalID)
	}
	u := s.user(in.PrincipalID)
	all := []applicationAssignment{}
	for _, a := range s.apps {
		if in.Filter != nil && in.Filter.ApplicationARN != "" && in.Filter.ApplicationARN != a.ARN {
			continue
		}
		for _, p := range a.Assigned {
			own := p.Type == in.PrincipalType && p.ID == in.PrincipalID
			if own || u != nil && s.concerns(&Assignment{PrincipalType: p.Type, PrincipalID: p.ID}, u) {
				all = append(all, applicationAssignment{a.ARN, p.ID, p.Type})
			}
		}
	}
	return applicationAssignments(in.paging, "ApplicationAssignmentsForPrincipal"+in.PrincipalID, all)
}
