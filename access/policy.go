package access

// ApproverKind says how the people who may decide are found.
type ApproverKind string

// How approvers are found. What each needs in Value is said beside it.
const (
	ApproverManager ApproverKind = "manager"            // the requester's manager; no value
	ApproverPerson  ApproverKind = "person"             // an Okta login
	ApproverGroup   ApproverKind = "okta_group"         // an Okta group id
	ApproverOwner   ApproverKind = "environment_owners" // an Okta login of an owner of the environment
)

// Approver is one rule by which people may decide a request.
type Approver struct {
	Kind  ApproverKind `json:"kind"`
	Value string       `json:"value,omitempty"`
}

// Stage is a set of approvers of whom Required distinct people must agree.
type Stage struct {
	Approvers []Approver `json:"approvers"`
	Required  int        `json:"required"`
}

// Policy is how requests of a target are decided: its stages in order. The
// policy that was in force when a request was made is stored with the request.
type Policy struct {
	Stages []Stage `json:"stages"`
}

// Single is the policy of one stage where one approval suffices.
func Single(approvers ...Approver) Policy {
	return Policy{Stages: []Stage{{Approvers: approvers, Required: 1}}}
}

// Approvers returns the rules of every stage, in order.
func (p Policy) Approvers() []Approver {
	var all []Approver
	for _, s := range p.Stages {
		all = append(all, s.Approvers...)
	}
	return all
}
