package identitycenter

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

type setRequest struct {
	InstanceARN      string `json:"InstanceArn"`
	PermissionSetARN string `json:"PermissionSetArn"`
}

type setOut struct {
	Name             string
	PermissionSetARN string `json:"PermissionSetArn"`
	Description      string `json:",omitempty"`
	CreatedDate      float64
	SessionDuration  string
	RelayState       string `json:",omitempty"`
}

func (p *PermissionSet) out() *setOut {
	return &setOut{p.Name, p.ARN, p.Description, seconds(p.Created), iso8601(p.SessionDuration), p.RelayState}
}

var (
	isoDuration = regexp.MustCompile(`^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$`)
	relayState  = regexp.MustCompile(`^[a-zA-Z0-9&$@#\\/%?=~\-_'"|!:,.;*+\[\] (){}]{1,240}$`)
)

func parseDuration(text string) (time.Duration, error) {
	m := isoDuration.FindStringSubmatch(text)
	if m == nil {
		return 0, errConstraint("sessionDuration", text, "Member must be a duration of ISO 8601")
	}
	var d time.Duration
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(m[i+1])
		d += time.Duration(n) * unit
	}
	if d < time.Hour || d > 12*time.Hour {
		return 0, errValidation("SessionDuration must be between PT1H and PT12H")
	}
	return d, nil
}

// edit applies what may be given when a permission set is made and changed.
func (p *PermissionSet) edit(description, duration, relay *string) error {
	if description != nil {
		if n := len(*description); n < 1 || n > 700 {
			return errConstraint("description", *description, "Member must have length between 1 and 700")
		}
		p.Description = *description
	}
	if duration != nil {
		d, err := parseDuration(*duration)
		if err != nil {
			return err
		}
		p.SessionDuration = d
	}
	if relay != nil {
		if !relayState.MatchString(*relay) {
			return errConstraint("relayState", *relay, "Member must have length between 1 and 240 and satisfy a pattern")
		}
		p.RelayState = *relay
	}
	return nil
}

func (s *Server) createPermissionSet(_ *call, in *struct {
	InstanceARN                              string `json:"InstanceArn"`
	Name                                     string
	Description, SessionDuration, RelayState *string
	Tags                                     []tag
}) (any, error) {
	if err := s.organization(in.InstanceARN); err != nil {
		return nil, err
	}
	p := PermissionSet{Name: in.Name, Tags: map[string]string{}}
	if err := p.edit(in.Description, in.SessionDuration, in.RelayState); err != nil {
		return nil, err
	}
	for _, t := range in.Tags {
		p.Tags[t.Key] = t.Value
	}
	for _, o := range s.sets {
		if o.Name == in.Name {
			return nil, errConflict("PermissionSet with name " + in.Name + " already exists")
		}
	}
	made, err := s.addPermissionSet(p)
	if err != nil {
		return nil, err
	}
	return struct{ PermissionSet *setOut }{made.out()}, nil
}

func (s *Server) updatePermissionSet(_ *call, in *struct {
	setRequest
	Description, SessionDuration, RelayState *string
}) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	edited := *p
	edited.RelayState = "" // unless it is said again
	if err := edited.edit(in.Description, in.SessionDuration, in.RelayState); err != nil {
		return nil, err
	}
	edited.version++
	*p = edited
	return nil, nil
}

func (s *Server) deletePermissionSet(_ *call, in *setRequest) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	for _, a := range s.assignments {
		if a.PermissionSetARN == p.ARN {
			return nil, errConflict("Could not delete because PermissionSet has assignments")
		}
	}
	s.sets = slices.DeleteFunc(s.sets, func(o *PermissionSet) bool { return o == p })
	return nil, nil
}

func (s *Server) describePermissionSet(_ *call, in *setRequest) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	return struct{ PermissionSet *setOut }{p.out()}, nil
}

func (s *Server) listPermissionSets(_ *call, in *struct {
	paging
	InstanceARN string `json:"InstanceArn"`
}) (any, error) {
	if err := s.organization(in.InstanceARN); err != nil {
		return nil, err
	}
	arns := []string{}
	for _, p := range s.sets {
		arns = append(arns, p.ARN)
	}
	return setList(in.paging, "ListPermissionSets", arns)
}

func setList(p paging, list string, arns []string) (any, error) {
	items, next, err := page(p, list, arns)
	return struct {
		PermissionSets []string
		NextToken      string `json:",omitempty"`
	}{items, next}, err
}

// getInlinePolicy tells no policy as the service does: without the member.
func (s *Server) getInlinePolicy(_ *call, in *setRequest) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	return struct {
		InlinePolicy string `json:",omitempty"`
	}{p.InlinePolicy}, nil
}

func (s *Server) putInlinePolicy(_ *call, in *struct {
	setRequest
	InlinePolicy string
}) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(in.InlinePolicy); err != nil {
		return nil, err
	}
	p.InlinePolicy = in.InlinePolicy
	p.version++
	return nil, nil
}

// checkPolicy holds a policy to the service's limits: 32,768 characters, of which
// 10,240 may be other than white space.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html.
func checkPolicy(policy string) error {
	if !json.Valid([]byte(policy)) {
		return errValidation("Syntax error in policy")
	}
	ink := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, policy)
	if len(policy) > 32768 || len(ink) > 10240 {
		return errQuota(fmt.Sprintf("Inline policy of %d bytes exceeds the limit of 10240", len(ink)))
	}
	return nil
}

func (s *Server) deleteInlinePolicy(_ *call, in *setRequest) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	if p.InlinePolicy == "" {
		return nil, errMissing("Inline policy not found for PermissionSet: " + p.ARN)
	}
	p.InlinePolicy = ""
	p.version++
	return nil, nil
}

// reference is a policy that each account has of its own.
type reference struct{ Name, Path string }

func referenceOf(policy string) reference {
	at := strings.LastIndexByte(policy, '/') + 1
	return reference{policy[at:], cmp.Or(policy[:at], "/")}
}

func (s *Server) listManagedPolicies(_ *call, in *struct {
	paging
	setRequest
}) (any, error) {
	type policy struct{ Name, Arn string }
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	all := []policy{}
	for _, arn := range p.ManagedPolicies {
		all = append(all, policy{arn[strings.LastIndexByte(arn, '/')+1:], arn})
	}
	items, next, err := page(in.paging, "ListManagedPoliciesInPermissionSet"+p.ARN, all)
	return struct {
		AttachedManagedPolicies []policy
		NextToken               string `json:",omitempty"`
	}{items, next}, err
}

func (s *Server) listCustomerPolicies(_ *call, in *struct {
	paging
	setRequest
}) (any, error) {
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	all := []reference{}
	for _, policy := range p.CustomerPolicies {
		all = append(all, referenceOf(policy))
	}
	items, next, err := page(in.paging, "ListCustomerManagedPolicyReferencesInPermissionSet"+p.ARN, all)
	return struct {
		CustomerManagedPolicyReferences []reference
		NextToken                       string `json:",omitempty"`
	}{items, next}, err
}

// getBoundary tells no boundary as the service does: by what it says of what is not there.
func (s *Server) getBoundary(_ *call, in *setRequest) (any, error) {
	type boundary struct {
		CustomerManagedPolicyReference *reference `json:",omitempty"`
		ManagedPolicyArn               string     `json:",omitempty"`
	}
	p, err := s.permissionSet(in.InstanceARN, in.PermissionSetARN)
	if err != nil {
		return nil, err
	}
	var out struct{ PermissionsBoundary boundary }
	switch {
	case p.Boundary == "":
		return nil, errMissing("Permissions boundary not found for PermissionSet: " + p.ARN)
	case strings.HasPrefix(p.Boundary, "arn:"):
		out.PermissionsBoundary.ManagedPolicyArn = p.Boundary
	default:
		of := referenceOf(p.Boundary)
		out.PermissionsBoundary.CustomerManagedPolicyReference = &of
	}
	return out, nil
}
