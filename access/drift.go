package access

import (
	"slices"
	"time"
)

// DriftAction is what is done about a finding of drift.
type DriftAction string

// The actions.
const (
	ReportDrift DriftAction = "report" // a person has to look
	AdoptDrift  DriftAction = "adopt"  // keep it, as standing access
	RepairDrift DriftAction = "repair" // make the outside agree with the grant, or with the configuration
	RemoveDrift DriftAction = "remove" // take it away
)

// driftActions are the kinds of drift, and what may be done about each beside reporting it.
var driftActions = map[string][]DriftAction{
	"extra": {AdoptDrift, RemoveDrift}, "missing": {RepairDrift},
	"half_okta": {RepairDrift, RemoveDrift}, "half_aws": {RepairDrift, RemoveDrift},
	"inactive_holder": {RemoveDrift}, "leftover": {RemoveDrift},
	"policy_edited": {RepairDrift}, "session_edited": {RepairDrift}, "not_provisioned": {RepairDrift},
	"stale_principal": {RepairDrift, RemoveDrift}, "group_unassigned": {RepairDrift}, "no_account": {RemoveDrift},
	// What is attached may be meant by whoever attached it: taking a policy off takes something
	// from everybody who holds the permission set, taking a boundary off gives it to them.
	"policy_attached": nil, "boundary_attached": nil,
	// A live grant is ended by its end or by people, not by an edit of the configuration.
	"unconfigured": nil,
	// How many people a group gives access to is not airpass's to know: no cap could count them.
	"other_group": nil,
	// What is made anew has another id, which the configuration has to name.
	"group_gone": nil, "permission_set_gone": nil,
}

// Known says whether a is one of the actions above.
func (a DriftAction) Known() bool {
	return a == ReportDrift || a == AdoptDrift || a == RepairDrift || a == RemoveDrift
}

// DriftKinds are the kinds of drift, sorted.
func DriftKinds() []string {
	all := make([]string, 0, len(driftActions))
	for kind := range driftActions {
		all = append(all, kind)
	}
	slices.Sort(all)
	return all
}

// DriftActions is what may be done about a kind of drift, reporting first.
func DriftActions(kind string) []DriftAction {
	return append([]DriftAction{ReportDrift}, driftActions[kind]...)
}

// Finding is a difference between what airpass knows and what is outside that a look has
// found, and none since has not.
type Finding struct {
	Key     string // the same for the same difference
	Kind    string
	Subject string // Okta user id, or empty
	FindingFacts
	FoundAt time.Time
	Done    DriftAction // what was done about it last; empty is nothing
	DoneAt  time.Time
}

// FindingFacts are a finding as it is told.
type FindingFacts struct {
	System   string      `json:"system"`
	Place    string      `json:"place"`
	Targets  []string    `json:"targets"`
	Who      string      `json:"who,omitempty"`
	Wrong    string      `json:"wrong,omitempty"`
	Proposed DriftAction `json:"proposed,omitempty"`
	// Action is what the configuration has done about it, as of the look that told it last;
	// empty is of a look that did not say.
	Action DriftAction `json:"action,omitempty"`
	Says   string      `json:"says"`
	// Refs are the keys of the things that are wrong, by which a grant's trace knows its
	// findings; none of a permission set itself: of that they are its ARN and the account.
	Refs          []string `json:"refs,omitempty"`
	PermissionSet string   `json:"permission_set,omitempty"`
	Account       string   `json:"account,omitempty"`
}

// DriftLook is what the last look for drift has seen.
type DriftLook struct {
	At        time.Time `json:"at"`
	Targets   int       `json:"targets"`
	Places    int       `json:"places"`
	Explained int       `json:"explained"` // have what a grant says
	Standing  int       `json:"standing"`  // have standing access that airpass knows of
	Unknown   int       `json:"unknown"`   // lists that could not be read
	// Message is the id of the message to the admin channel that shows what is found now.
	Message string `json:"message,omitempty"`
}

// DriftSetting is the setting that keeps the last DriftLook, as JSON.
const DriftSetting = "drift.looked"
