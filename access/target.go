package access

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role is one of Airflow's default roles, written as MWAA's IAM resources
// require it: role/<environment>/<Role>, capitalised.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html.
type Role string

// The roles a target can open. Public exists too, but gives nothing worth asking for.
const (
	Viewer Role = "Viewer"
	User   Role = "User"
	Op     Role = "Op"
	Admin  Role = "Admin"
)

// Roles lists the roles from the least to the most powerful.
func Roles() []Role { return []Role{Viewer, User, Op, Admin} }

// Mode says how a target is granted.
type Mode string

const (
	// ByGroup grants by membership of an Okta group that is pushed to Identity
	// Center, where the group holds the permission set since set-up.
	ByGroup Mode = "group"
	// ByUser grants by an account assignment of the person, plus an optional Okta group.
	ByUser Mode = "user"
)

// Environment is one MWAA environment.
type Environment struct {
	Key       string `json:"key"`       // how people call it: "prod"
	Account   string `json:"account"`   // 12 digits
	Region    string `json:"region"`    // "eu-west-1"
	Partition string `json:"partition"` // aws, aws-cn, aws-us-gov
	Name      string `json:"name"`      // MWAA's own name of it
}

// Target is an environment and an Airflow role, with everything needed to grant
// it, to limit it and to decide about it. Its ids are the concrete vendor ids,
// because a hold stores them and outlives an edit of the configuration.
type Target struct {
	ID          string      `json:"id"` // "prod/Viewer"
	Environment Environment `json:"environment"`
	Role        Role        `json:"role"`
	Mode        Mode        `json:"mode"`

	Instance            string `json:"instance"`       // Identity Center instance ARN
	IdentityStore       string `json:"identity_store"` // d-…
	PermissionSet       string `json:"permission_set"` // ARN
	PermissionSetName   string `json:"permission_set_name"`
	OktaGroup           string `json:"okta_group,omitempty"`            // 00g…
	IdentityCenterGroup string `json:"identity_center_group,omitempty"` // the pushed group's id there

	// Anchor is the Identity Center group, of nobody, that holds the permission set besides, so
	// that the role in the account stays when the last person's access ends; mode user.
	Anchor string `json:"anchor,omitempty"`

	// Application is the ARN of the application whose tile in the access portal comes and
	// goes with the access; empty is none. It opens nothing.
	Application string `json:"application,omitempty"`

	// AssignmentGroup is the Okta group through which somebody who is not in Identity
	// Center gets an account there; empty is not at all.
	AssignmentGroup string `json:"assignment_group,omitempty"`

	// SessionDuration is the permission set's; LongestSession when unknown.
	SessionDuration time.Duration `json:"session_duration"`
	DefaultDuration time.Duration `json:"default_duration"`
	MaxDuration     time.Duration `json:"max_duration"`
	MaxContinuous   time.Duration `json:"max_continuous,omitempty"` // zero is no bound
	StartAhead      time.Duration `json:"start_ahead,omitempty"`    // how far ahead a start may be; zero is that none may be asked for

	// CLI: the permission set lets people make tokens of the Airflow command line, which is
	// of the environment and knows no role.
	CLI bool `json:"cli,omitempty"`

	// Instant: the link is made when it is clicked and signs in at once, for a minute; else
	// it is the access portal's.
	Instant bool `json:"instant,omitempty"`

	// Hours are the working hours: approvers are told when access would begin outside of
	// them. nil is that there are none.
	Hours *Hours `json:"hours,omitempty"`
	// Tags are the environment's, for conditions of policies.
	Tags map[string]string `json:"tags,omitempty"`
	// Requesters are Okta group ids of which a requester must be in one; empty is everybody.
	Requesters []string `json:"requesters,omitempty"`
	Policy     Policy   `json:"policy"`
	SharesWith []string `json:"shares_with,omitempty"` // ids of targets that open the same thing, on purpose
}

// Below says whether a target opens a lower role of the same environment.
func (t Target) Below(u Target) bool {
	role := slices.Index(Roles(), t.Role)
	return t.Environment == u.Environment && role >= 0 && role < slices.Index(Roles(), u.Role)
}

// TargetID names the target of an environment and a role: "prod/Viewer".
func TargetID(environment string, role Role) string { return environment + "/" + string(role) }

// Shortest is the shortest access there is: less is over before it can be used.
const Shortest = 15 * time.Minute

// CheckDuration says whether d may be asked for. The error wraps ErrInvalid and
// tells the limits in words.
func (t Target) CheckDuration(d time.Duration) error {
	if d < Shortest {
		return fmt.Errorf("%w: %s is shorter than the shortest access there is, 15 minutes", ErrInvalid, d)
	}
	if d > t.MaxDuration {
		return fmt.Errorf("%w: %s is longer than %s allows, %s", ErrInvalid, d, t.ID, t.MaxDuration)
	}
	return t.Policy.checkDuration(d)
}

// CheckStart says whether access may be asked at now to begin then. The error wraps
// ErrInvalid and says why not in words.
func (t Target) CheckStart(start, now time.Time) error {
	switch {
	case t.StartAhead <= 0:
		return fmt.Errorf("%w: %s can only be had at once, not later", ErrInvalid, t.ID)
	case !start.After(now):
		return fmt.Errorf("%w: the start lies in the past", ErrInvalid)
	case start.Sub(now) > t.StartAhead:
		return fmt.Errorf("%w: the start is more than %s ahead, which is the most for %s", ErrInvalid, days(t.StartAhead), t.ID)
	}
	return nil
}

// days writes whole days as such.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 && d > day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.String()
}

// checkDuration says whether the policy allows to ask for so long.
func (p Policy) checkDuration(d time.Duration) error {
	if d < p.MinDuration {
		return fmt.Errorf("%w: %s is shorter than the policy allows, %s", ErrInvalid, d, p.MinDuration)
	}
	if len(p.Choices) > 0 && !slices.Contains(p.Choices, d) {
		return fmt.Errorf("%w: %s cannot be chosen, but %s", ErrInvalid, d, spans(p.Choices))
	}
	return nil
}

// spans lists durations in words.
func spans(all []time.Duration) string {
	words := make([]string, 0, len(all))
	for _, d := range all {
		words = append(words, d.String())
	}
	return strings.Join(words, ", ")
}

// Entitlements are the concrete things that a person needs for this target, in
// the order in which they are granted. person is the Identity Center user id.
func (t Target) Entitlements(oktaUser, person string) []Ref {
	var refs []Ref
	if t.OktaGroup != "" {
		refs = append(refs, Ref{Kind: OktaMembership, OktaUser: oktaUser, OktaGroup: t.OktaGroup})
	}
	switch t.Mode {
	case ByGroup:
		refs = append(refs, Ref{Kind: PushedMembership, OktaUser: oktaUser, Person: person,
			IdentityStore: t.IdentityStore, IdentityCenterGroup: t.IdentityCenterGroup,
			Instance: t.Instance, Account: t.Environment.Account, PermissionSet: t.PermissionSet})
	case ByUser:
		refs = append(refs, Ref{Kind: AccountAssignment, OktaUser: oktaUser, Person: person,
			Instance: t.Instance, Account: t.Environment.Account, PermissionSet: t.PermissionSet})
	}
	if t.Application != "" {
		refs = append(refs, Ref{Kind: ApplicationAssignment, OktaUser: oktaUser, Person: person, Application: t.Application})
	}
	return refs
}

// Account is what gives a person an account in Identity Center, for those who have
// none; false if nothing does.
func (t Target) Account(oktaUser string) (Ref, bool) {
	return Ref{Kind: AssignmentGroup, OktaUser: oktaUser, OktaGroup: t.AssignmentGroup}, t.AssignmentGroup != ""
}

// OpensTheSame says whether two versions of a target give the same access to the same
// thing: whoever approved one has approved the other. Limits and rules may differ.
func (t Target) OpensTheSame(u Target) bool {
	return t.ID == u.ID && t.Environment == u.Environment && t.Role == u.Role && t.Mode == u.Mode &&
		t.Instance == u.Instance && t.IdentityStore == u.IdentityStore && t.PermissionSet == u.PermissionSet &&
		t.OktaGroup == u.OktaGroup && t.IdentityCenterGroup == u.IdentityCenterGroup
}
