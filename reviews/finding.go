package reviews

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
)

// Kind is what sort of difference a finding is.
type Kind string

// The kinds of difference. What each says, and which side is wrong, is in kinds.
const (
	// Extra is there outside, and no grant or standing access that airpass knows of
	// explains it.
	Extra Kind = "extra"
	// Missing is not there outside, although a live grant has been verified to have it.
	Missing Kind = "missing"
	// HalfOkta is in the Okta group alone, HalfAWS in Identity Center alone.
	HalfOkta Kind = "half_okta"
	HalfAWS  Kind = "half_aws"
	// StalePrincipal is an assignment of a user id that nobody has any more.
	StalePrincipal Kind = "stale_principal"
	// Inactive is held by somebody who is not ACTIVE in Okta.
	Inactive Kind = "inactive_holder"
	// NoAccount is in the Okta group and has no account in Identity Center.
	NoAccount Kind = "no_account"
	// Leftover was made by airpass, and is still there long after its grant has ended.
	Leftover Kind = "leftover"
	// Unconfigured is remembered by a hold, and the configuration does not name it any more.
	Unconfigured Kind = "unconfigured"
	// OtherGroup holds the permission set beside what is configured.
	OtherGroup Kind = "other_group"
	// Unassigned is a pushed group that does not hold the permission set.
	Unassigned Kind = "group_unassigned"
	// GroupGone and SetGone are targets whose group or permission set is not there.
	GroupGone Kind = "group_gone"
	SetGone   Kind = "permission_set_gone"
	// PolicyEdited is a permission set that opens something else than its target.
	PolicyEdited Kind = "policy_edited"
	// SessionEdited is a permission set whose sessions last otherwise than configured.
	SessionEdited Kind = "session_edited"
	// PolicyAttached is a permission set of airpass's to which somebody has attached policies;
	// BoundaryAttached is one to which somebody has attached a permissions boundary.
	PolicyAttached   Kind = "policy_attached"
	BoundaryAttached Kind = "boundary_attached"
	// NotProvisioned is an edit of a permission set that has not reached the account.
	NotProvisioned Kind = "not_provisioned"
)

// Side is who says something that is not so.
type Side string

// The sides.
const (
	Grants Side = "grants"
	Okta   Side = "okta"
	AWS    Side = "aws"
)

// Action is what is done about a finding. A Keeper does it.
type Action = access.DriftAction

// The actions.
const (
	Report = access.ReportDrift
	Adopt  = access.AdoptDrift
	Repair = access.RepairDrift
	Remove = access.RemoveDrift
)

// trait is what is the same for all findings of a kind.
type trait struct {
	wrong    Side // empty: the side of the place
	proposed Action
	words    string
}

var kinds = map[Kind]trait{
	Extra:            {"", Adopt, "{who} is in {place}, which opens {targets}, and airpass knows of no grant for it"},
	Missing:          {"", Repair, "{who} is missing from {place}, although a grant of {targets} says so"},
	HalfOkta:         {AWS, Report, "{who} is in Okta as for {targets}, and not in Identity Center: it does not open"},
	HalfAWS:          {Okta, Report, "{who} has {targets} in Identity Center, and is not in its Okta group"},
	StalePrincipal:   {AWS, Remove, "{who}, whom nobody has been any more since the user was deleted, is still in {place}"},
	Inactive:         {"", Remove, "{who} is not ACTIVE in Okta, and still in {place}, which opens {targets}"},
	NoAccount:        {AWS, Report, "{who} is in {place} and has no account in Identity Center: {targets} does not open"},
	Leftover:         {"", Remove, "{who} is still in {place}, although airpass made it for a grant of {targets} that is over"},
	Unconfigured:     {Grants, Report, "{who} is in {place} through airpass, and the configuration names no target for it any more"},
	OtherGroup:       {AWS, Report, "{who} holds {place} too, which opens {targets} to whoever is in it, and no grant's end ends that"},
	Unassigned:       {AWS, Repair, "{who}, to which {targets} is pushed, does not hold {place}: its grants do not open; airpass setup apply gives it, too"},
	GroupGone:        {"", Report, "{place} does not exist, and {targets} is granted by it"},
	SetGone:          {AWS, Report, "{place} does not exist, and {targets} is granted by it"},
	PolicyEdited:     {AWS, Repair, "{place} does not open what {targets} says"},
	SessionEdited:    {AWS, Repair, "sessions of {place} do not last as long as {targets} says"},
	PolicyAttached:   {AWS, Report, "policies are attached to {place} that airpass has not attached, and it opens more than {targets} says"},
	BoundaryAttached: {AWS, Report, "a permissions boundary is attached to {place} that airpass has not attached, and {targets} may not open what it says"},
	NotProvisioned:   {AWS, Repair, "{place} was edited, and the account has an older version: the edit has no effect for {targets}"},
}

// mends say by whom and how it is mended what can only be reported, or AWS may refuse, where
// neither the kind's words nor the finding's detail say so.
var mends = map[Kind]string{
	StalePrincipal: "it opens nothing to anybody; where AWS fails to take it away, ask its support",
	NoAccount:      "an Okta administrator has to see why Okta does not provision them",
	Unconfigured:   "configure the target again, or have the grant ended",
	OtherGroup:     "if it is not meant, an AWS administrator takes the assignment away",
	GroupGone:      "make the group anew, or mend the configuration",
	SetGone:        "airpass setup apply makes it anew, or mend the configuration",
}

// Kinds lists every kind, sorted.
func Kinds() []Kind {
	var all []Kind
	for k := range kinds {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// Finding is one difference between what airpass knows and what is outside.
type Finding struct {
	Kind    Kind     `json:"kind"`
	System  string   `json:"system"` // okta or aws
	Place   string   `json:"place"`  // an Okta group, or a permission set in an account
	Targets []string `json:"targets"`
	// Who is a login, or the Identity Center id of somebody whom airpass does not know.
	Who string `json:"who"`
	// OktaID is the Okta user id of who that is, if it is known.
	OktaID string `json:"okta_id,omitempty"`
	// Wrong is the side that is wrong, Proposed what is suggested to do about it, and Detail
	// what there is to say beside the kind's words. A comparison after a restore leaves
	// them empty: which side is right is what people have to find out then.
	Wrong    Side   `json:"wrong,omitempty"`
	Proposed Action `json:"proposed,omitempty"`
	Detail   string `json:"detail,omitempty"`
	// Action is what the configuration has done about it once two kept looks in a row have
	// found it, see Keeper.Plan; empty is that nobody has planned.
	Action Action `json:"action,omitempty"`

	refs []access.Ref // what is wrong, thing by thing
	at   place
	// granted: a live grant says so.
	granted bool
	// account is the one that the person has in Identity Center now, where it is not the one
	// that the grant was made for.
	account string
	// principal is the id in Identity Center of what is assigned to it.
	principal string
	// unsure: what it is concluded from is too thin to do anything about it.
	unsure bool
}

// key is the same for the same difference, whatever people are called by then. What somebody had
// under one id is not what they had under another, and what a grant holds not what none does.
func (f Finding) key() string {
	parts := []string{string(f.Kind), f.Place, cmp.Or(f.OktaID, f.Who)}
	if f.Kind == StalePrincipal {
		parts = append(parts, f.principal, strconv.FormatBool(f.granted))
	}
	return strings.Join(parts, "|")
}

// ofSet says whether it is about a permission set itself: about whoever has it, and nobody more
// than others.
func (f Finding) ofSet() bool {
	switch f.Kind {
	case OtherGroup, Unassigned, SetGone, PolicyEdited, SessionEdited, PolicyAttached, BoundaryAttached, NotProvisioned:
		return true
	}
	return false
}

// Words says the finding in a sentence.
func (f Finding) Words() string {
	words := strings.NewReplacer("{who}", f.Who, "{place}", f.Place, "{targets}", strings.Join(f.Targets, ", ")).Replace(kinds[f.Kind].words)
	if f.Detail != "" {
		words += ": " + f.Detail
	}
	if mend := mends[f.Kind]; mend != "" {
		words += "; " + mend
	}
	return words
}

func compareFindings(a, b Finding) int {
	return cmp.Or(strings.Compare(a.Place, b.Place), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Who, b.Who))
}
