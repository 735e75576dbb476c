package reviews

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"airpass/access"
	"airpass/identitycenter"
	"airpass/store"
)

// Directory is Okta, asked about many at once.
type Directory interface {
	// GroupMembers returns the members of a group, of any status, at most limit.
	GroupMembers(ctx context.Context, groupID string, limit int) ([]access.Person, error)
	// People returns what Okta knows of these users; who is not in the answer is unknown.
	People(ctx context.Context, oktaIDs []string) (map[string]access.Person, error)
	// IdentityCenterUserNames are the names of people in Identity Center, by Okta user id.
	IdentityCenterUserNames(ctx context.Context) (map[string]string, error)
	// RuledGroups are the groups into which group rules put people.
	RuledGroups(ctx context.Context) (map[string]bool, error)
	Witness
}

// Assignments is Identity Center, asked about many at once.
type Assignments interface {
	// Assigned returns the Identity Center ids of the people and the groups to whom a
	// permission set is assigned in an account.
	Assigned(ctx context.Context, instance, account, permissionSet string) (people, groups []string, err error)
	// MembersOf are the ids of the people in a group.
	MembersOf(ctx context.Context, store, group string) ([]string, error)
	// Accounts are all people.
	Accounts(ctx context.Context) ([]identitycenter.Account, error)
	Witness
}

// Witness is asked about one thing of one person, or of one group, where a list is not enough.
type Witness interface {
	// Observe reads anew, with since zero, whether it is there.
	Observe(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error)
}

// PermissionSets says what permission sets are.
type PermissionSets interface {
	PermissionSet(ctx context.Context, instance, arn string) (identitycenter.PermissionSet, error)
	Tags(ctx context.Context, instance, arn string) (map[string]string, error)
	Attached(ctx context.Context, instance, arn string) (identitycenter.Attached, error)
	// OutdatedIn are the permission sets of which an account has an older version.
	OutdatedIn(ctx context.Context, instance, account string) ([]string, error)
}

// Comparison is what a comparison has found.
type Comparison struct {
	Findings []Finding `json:"findings"`
	// Places is how many groups and permission sets were looked at, Explained how much
	// of what is there has a grant or is known as standing access.
	Places    int `json:"places"`
	Explained int `json:"explained"`
}

// Digest is the same for the same findings.
func (c Comparison) Digest() string {
	sum := sha256.New()
	for _, f := range c.Findings {
		_, _ = fmt.Fprintf(sum, "%s|%s|%s|%s\n", f.Kind, f.System, f.Place, f.Who)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// Comparer compares. All fields are needed.
type Comparer struct {
	Store          *store.Store
	Directory      Directory
	Assignments    Assignments
	PermissionSets PermissionSets
	// ConsoleActions are allowed besides, for the console's page; see setup.Inline.
	ConsoleActions []string
	Now            func() time.Time // the domain clock
	// OverdueAfter is how long what airpass made may stay after its grant's end.
	OverdueAfter time.Duration
}

// Compare reads the places of the given targets, and of everything that live grants
// hold, and reports what does not fit, place by place. It asks one list for each place,
// however many people there are, and changes nothing. Any failed read fails the whole:
// half a comparison would look like a clean one.
func (c Comparer) Compare(ctx context.Context, targets []access.Target) (Comparison, error) {
	opens := map[place][]string{}
	for _, t := range targets {
		for _, p := range placesOf(t) {
			opens[p] = append(opens[p], t.ID)
		}
	}
	before, err := c.knowledge(ctx)
	if err != nil {
		return Comparison{}, err
	}
	for _, p := range before.forgotten(opens, func(k *known) bool { return k.wanted }) {
		opens[p] = []string{noLongerConfigured}
	}
	s, err := c.look(ctx, opens, true)
	if err != nil {
		return Comparison{}, err
	}
	out, purpose := Comparison{Places: len(opens)}, onPurpose(targets)
	for _, p := range slices.SortedFunc(maps.Keys(opens), comparePlaces) {
		out.judge(s, p, purpose[p])
	}
	slices.SortFunc(out.Findings, compareFindings)
	return out, nil
}

// onPurpose are the groups that hold permission sets as the configuration says.
func onPurpose(targets []access.Target) map[place]map[string]bool {
	all := map[place]map[string]bool{}
	for _, t := range targets {
		for _, group := range []string{t.IdentityCenterGroup, t.Anchor} {
			if group == "" {
				continue
			}
			p := setPlace(t)
			if all[p] == nil {
				all[p] = map[string]bool{}
			}
			all[p][group] = true
		}
	}
	return all
}

// judge compares who is in a place with who may be.
func (c *Comparison) judge(s *survey, p place, purpose map[string]bool) {
	found := func(kind Kind, who string) {
		c.Findings = append(c.Findings, Finding{Kind: kind, System: string(p.side()), Place: p.words(), Targets: s.opens[p], Who: who})
	}
	for id, h := range s.there[p] {
		if h.group && purpose[id] {
			continue
		}
		if k, is := s.known[p][id]; is && k.explains() {
			c.Explained++
			continue
		}
		found(Extra, h.name)
	}
	for id, k := range s.known[p] {
		if _, is := s.there[p][id]; !is && k.verified(s.began) {
			found(Missing, "Okta user "+k.okta)
		}
	}
}
