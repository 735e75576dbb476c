package access

import (
	"strings"
	"time"
)

// Kind is what sort of thing an entitlement is.
type Kind string

// The kinds of entitlement. Each declares in kinds what it is granted after.
const (
	// AssignmentGroup is membership of the Okta group that assigns the Identity Center
	// application: whoever is in it has an account in Identity Center. Whoever leaves it
	// is disabled there and loses all of AWS, so it is never taken away.
	// See https://docs.aws.amazon.com/singlesignon/latest/userguide/okta-idp.html.
	AssignmentGroup Kind = "okta_assignment_group"
	// OktaMembership is membership of a plain Okta group.
	OktaMembership Kind = "okta_membership"
	// PushedMembership is the membership that Okta's group push makes in Identity
	// Center. It is never added or removed by us, only awaited: what a directory
	// synchronises is changed where it comes from.
	PushedMembership Kind = "pushed_membership"
	// AccountAssignment is (permission set, account, user) in Identity Center.
	AccountAssignment Kind = "account_assignment"
	// ApplicationAssignment is (application, user) in Identity Center: a tile of the access
	// portal, which opens nothing.
	ApplicationAssignment Kind = "application_assignment"
	// GroupAssignment is (permission set, account, group) in Identity Center: what the grants
	// of a target in mode group open. It is nobody's, and part of the set-up.
	GroupAssignment Kind = "group_assignment"
)

// traits is what the reconciler needs to know of a kind.
type traits struct {
	rank    int  // granted in ascending order of rank
	derived bool // follows another entitlement: awaited, not added
	sticky  bool // never taken away
	setup   bool // of nobody; needed for good once drift has asked for it

	optional bool // access does without it
}

func (k Kind) traits() traits {
	switch k {
	case AssignmentGroup:
		return traits{rank: 1, sticky: true}
	case OktaMembership:
		return traits{rank: 2}
	case PushedMembership:
		return traits{rank: 3, derived: true}
	case AccountAssignment:
		return traits{rank: 4}
	case ApplicationAssignment:
		return traits{rank: 5, optional: true}
	case GroupAssignment:
		return traits{rank: 6, setup: true}
	}
	return traits{}
}

// Known says whether k is one of the kinds above.
func (k Kind) Known() bool { return k.traits().rank > 0 }

// Rank orders kinds: what has a lower rank is granted first and, except for
// derived kinds, taken away last (Identity Center first, then Okta).
func (k Kind) Rank() int { return k.traits().rank }

// Derived says that the thing appears and disappears as a consequence of another
// entitlement, through somebody else's synchronisation.
func (k Kind) Derived() bool { return k.traits().derived }

// Sticky says that nothing ever takes the thing away, once it was added: no grant's
// end, no failed attempt, no sweep. See WantOf.
func (k Kind) Sticky() bool { return k.traits().sticky }

// SetUp says that the thing belongs to no person and no grant: the configuration says that it
// is there. It is added where drift asks for it, and never taken away.
func (k Kind) SetUp() bool { return k.traits().setup }

// Optional says that access does not hang on the thing: it opens nothing. A grant goes
// on without one that its vendor refuses, nothing waits for its removal, and its calls
// come after those of what does open something.
func (k Kind) Optional() bool { return k.traits().optional }

// Ref names one concrete thing of one person in one outside system by the
// vendors' ids. Two refs with the same Key are the same entitlement.
type Ref struct {
	Kind     Kind   `json:"kind"`
	OktaUser string `json:"okta_user"` // 00u…, whose it is

	OktaGroup string `json:"okta_group,omitempty"` // 00g…

	Person              string `json:"person,omitempty"` // Identity Center user id
	IdentityStore       string `json:"identity_store,omitempty"`
	IdentityCenterGroup string `json:"identity_center_group,omitempty"`

	// Of a pushed membership, these three say what the group opens; they are not part
	// of its key.
	Instance      string `json:"instance,omitempty"`
	Account       string `json:"account,omitempty"`
	PermissionSet string `json:"permission_set,omitempty"` // ARN
	Application   string `json:"application,omitempty"`    // ARN
}

// Key is the ref as one string, the same for the same thing, unique among entitlements.
func (r Ref) Key() string {
	parts := []string{string(r.Kind), r.OktaUser}
	switch r.Kind {
	case AssignmentGroup, OktaMembership:
		parts = append(parts, r.OktaGroup)
	case PushedMembership:
		parts = append(parts, r.IdentityStore, r.IdentityCenterGroup, r.Person)
	case AccountAssignment:
		parts = append(parts, r.Instance, r.Account, r.PermissionSet, r.Person)
	case ApplicationAssignment:
		parts = append(parts, r.Application, r.Person)
	case GroupAssignment:
		parts = append(parts, r.Instance, r.Account, r.PermissionSet, r.IdentityCenterGroup)
	}
	return strings.Join(parts, "|")
}

// Keys are the keys of things.
func Keys(refs []Ref) []string {
	keys := make([]string, 0, len(refs))
	for _, r := range refs {
		keys = append(keys, r.Key())
	}
	return keys
}

// OwnerOf is the Okta user id of whom a key is; empty for what is nobody's.
func OwnerOf(key string) string {
	_, rest, _ := strings.Cut(key, "|")
	owner, _, _ := strings.Cut(rest, "|")
	return owner
}

// Nobodys says that it is an account assignment of a user id that nobody has any more. Such
// a one is never given, only taken away, and opens nothing to anybody while it is there.
func (r Ref) Nobodys() bool { return r.Kind == AccountAssignment && r.OktaUser == "" }

// SharedOf is what of a key is the same for everybody who has the thing: the permission
// set in an account, the group. It is empty for what nobody shares.
func SharedOf(key string) string {
	parts := strings.Split(key, "|")
	switch kind := Kind(parts[0]); {
	case (kind == AssignmentGroup || kind == OktaMembership) && len(parts) == 3:
		return strings.Join([]string{parts[0], parts[2]}, "|")
	case (kind == PushedMembership || kind == AccountAssignment || kind == ApplicationAssignment) && len(parts) > 3:
		return strings.Join(append(parts[:1:1], parts[2:len(parts)-1]...), "|")
	}
	return ""
}

// Vendor names the outside system that holds this kind of thing.
func (k Kind) Vendor() string {
	if k == OktaMembership || k == AssignmentGroup {
		return "okta"
	}
	return "aws"
}

// Origin says whose an entitlement is.
type Origin string

const (
	// OriginUnknown: never looked at, or verified gone since we last had it.
	OriginUnknown Origin = "unknown"
	// OriginStanding: there before us or from elsewhere; never removed by a grant's end.
	OriginStanding Origin = "standing"
	// OriginOurs: we added it, or are about to.
	OriginOurs Origin = "ours"
)

// Presence is what the vendor last said about an entitlement.
type Presence string

// What the vendor last said.
const (
	PresenceUnknown Presence = "unknown"
	Present         Presence = "present"
	Absent          Presence = "absent"
)

// Entitlement is the stored state of one ref.
type Entitlement struct {
	ID       string
	Ref      Ref
	Origin   Origin
	Presence Presence
	Version  int64
	// Ready is set when Presence is Present and what it opens was read back too;
	// see Observation.Ready.
	Ready bool
	// Through names other ways to the same thing; see Observation.Through.
	Through []string
	// VerifiedAt is when Presence was last read from the vendor; zero if never.
	VerifiedAt time.Time
	// UnwantedSince is when the last live hold was released; zero while wanted.
	UnwantedSince time.Time
	// SettleAt is when absence has to be confirmed once more; zero if it need not.
	SettleAt time.Time
	// Attempts counts failures in a row, LastError says the newest in words.
	Attempts  int
	LastError string
	// LastClass is the class of LastError; empty after a success.
	LastClass Class
	// Fatal is set when LastError cannot be mended by trying again: a grant that
	// waits for this is rolled back. Removals are never given up because of it.
	Fatal  bool
	NextAt time.Time // when to look again; zero is not before somebody asks
	// Claim and ClaimedUntil say who works on it now: a token, and until when (wall
	// time) the claim counts if its holder dies.
	Claim        string
	ClaimedUntil time.Time
}

// Overdue says that nobody has needed it for longer than after and the vendor
// has not confirmed that it is gone.
func (e Entitlement) Overdue(now time.Time, after time.Duration) bool {
	return !e.UnwantedSince.IsZero() && e.Origin == OriginOurs && e.Presence != Absent && now.Sub(e.UnwantedSince) > after
}

// Hold says that a grant needs an entitlement. It is live from the moment at
// which the grant may be carried out until the grant's end.
type Hold struct {
	GrantID       string
	EntitlementID string
	Live          bool
}
