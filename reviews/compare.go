package reviews

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"airpass/access"
	"airpass/store"
)

// Directory lists who is in an Okta group.
type Directory interface {
	// GroupMembers returns the members of a group, of any status, at most limit.
	GroupMembers(ctx context.Context, groupID string, limit int) ([]access.Person, error)
}

// Assignments lists to whom a permission set is assigned.
type Assignments interface {
	// Assigned returns the Identity Center ids of the people and the groups to whom a
	// permission set is assigned in an account.
	Assigned(ctx context.Context, instance, account, permissionSet string) (people, groups []string, err error)
}

// The kinds of difference.
const (
	// Extra is there outside, and no grant or standing access that airpass knows of
	// explains it.
	Extra = "extra"
	// Missing is not there outside, although a live grant has been verified to have it.
	Missing = "missing"
)

// Finding is one difference between what airpass knows and what is outside.
type Finding struct {
	Kind    string   `json:"kind"`
	System  string   `json:"system"` // okta or aws
	Place   string   `json:"place"`  // an Okta group, or a permission set in an account
	Targets []string `json:"targets"`
	// Who is a login, or the Identity Center id of somebody whom airpass does not know.
	Who string `json:"who"`
}

// Words says the finding in a sentence.
func (f Finding) Words() string {
	if f.Kind == Missing {
		return fmt.Sprintf("%s is missing from %s, although a grant of %s says so", f.Who, f.Place, strings.Join(f.Targets, ", "))
	}
	return fmt.Sprintf("%s is in %s, which opens %s, and airpass knows of no grant for it", f.Who, f.Place, strings.Join(f.Targets, ", "))
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
	Store       *store.Store
	Directory   Directory
	Assignments Assignments
}

// place is where access to targets is to be seen outside: an Okta group, or a permission
// set in an account.
type place struct {
	oktaGroup                        string
	instance, account, permissionSet string
}

// known is what airpass knows of one person in one place.
type known struct {
	entitlement access.Entitlement
	wanted      bool
}

// explains says whether what is there may be there.
func (k known) explains() bool {
	return k.wanted || k.entitlement.Origin == access.OriginStanding ||
		k.entitlement.Origin == access.OriginOurs && !k.entitlement.UnwantedSince.IsZero() // being taken away
}

// Compare reads the places of the given targets, and of everything that live grants
// hold, and reports what does not fit. It asks one list for each place, however many
// people there are, and changes nothing. Any failed read fails the whole: half a
// comparison would look like a clean one.
func (c Comparer) Compare(ctx context.Context, targets []access.Target) (Comparison, error) {
	opens := map[place][]string{}
	groupOf := map[place]map[string]bool{} // the groups that hold a permission set on purpose
	for _, t := range targets {
		for _, p := range placesOf(t) {
			opens[p] = append(opens[p], t.ID)
			if t.IdentityCenterGroup != "" && p.oktaGroup == "" {
				groupOf[p] = with(groupOf[p], t.IdentityCenterGroup)
			}
		}
	}
	all, err := c.knowledge(ctx, opens)
	if err != nil {
		return Comparison{}, err
	}
	out := Comparison{Places: len(opens)}
	for _, p := range slices.SortedFunc(maps.Keys(opens), func(a, b place) int { return strings.Compare(a.words(), b.words()) }) {
		there, err := c.read(ctx, p, groupOf[p])
		if err != nil {
			return Comparison{}, fmt.Errorf("%s: %w", p.words(), err)
		}
		out.judge(p, opens[p], there, all[p])
	}
	slices.SortFunc(out.Findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Place, b.Place), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Who, b.Who))
	})
	return out, nil
}

func with(set map[string]bool, id string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[id] = true
	return set
}

// placesOf are where a target's access is to be seen.
func placesOf(t access.Target) []place {
	places := []place{{instance: t.Instance, account: t.Environment.Account, permissionSet: t.PermissionSet}}
	if t.OktaGroup != "" {
		places = append(places, place{oktaGroup: t.OktaGroup})
	}
	return places
}

func (p place) words() string {
	if p.oktaGroup != "" {
		return "Okta group " + p.oktaGroup
	}
	return fmt.Sprintf("permission set %s in account %s", p.permissionSet, p.account)
}

func (p place) system() string {
	if p.oktaGroup != "" {
		return "okta"
	}
	return "aws"
}

// placeOf is where an entitlement is to be seen, and as whom. What follows another one
// is seen through that.
func placeOf(r access.Ref) (place, string, bool) {
	switch r.Kind {
	case access.OktaMembership:
		return place{oktaGroup: r.OktaGroup}, r.OktaUser, true
	case access.AccountAssignment:
		return place{instance: r.Instance, account: r.Account, permissionSet: r.PermissionSet}, r.Person, true
	}
	return place{}, "", false
}

// readPage is how many entitlements are read at once.
const readPage = 500

// knowledge is what airpass knows, by place and person. What a live grant holds counts
// also where the configuration has no such place any more.
func (c Comparer) knowledge(ctx context.Context, opens map[place][]string) (map[place]map[string]known, error) {
	all := map[place]map[string]known{}
	for after := ""; ; {
		page, err := c.Store.EntitlementsWithHolds(ctx, after, readPage)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			after = e.Entitlement.ID
			p, who, seen := placeOf(e.Entitlement.Ref)
			if !seen {
				continue
			}
			if all[p] == nil {
				all[p] = map[string]known{}
			}
			all[p][who] = known{e.Entitlement, e.Wanted}
			if _, configured := opens[p]; e.Wanted && !configured {
				opens[p] = []string{"(no longer configured)"}
			}
		}
		if len(page) < readPage {
			return all, nil
		}
	}
}

// read lists who is in a place: their ids there, and the names to call them by.
func (c Comparer) read(ctx context.Context, p place, onPurpose map[string]bool) (map[string]string, error) {
	there := map[string]string{}
	if p.oktaGroup != "" {
		people, err := c.Directory.GroupMembers(ctx, p.oktaGroup, everybody)
		for _, m := range people {
			there[m.OktaID] = m.Login
		}
		return there, err
	}
	people, groups, err := c.Assignments.Assigned(ctx, p.instance, p.account, p.permissionSet)
	for _, id := range people {
		there[id] = "Identity Center user " + id
	}
	for _, id := range groups {
		if !onPurpose[id] {
			there[id] = "Identity Center group " + id
		}
	}
	return there, err
}

// everybody is more than any group has.
const everybody = 1 << 30

// judge compares who is in a place with who may be.
func (c *Comparison) judge(p place, targets []string, there map[string]string, all map[string]known) {
	for id, name := range there {
		if k, is := all[id]; is && k.explains() {
			c.Explained++
			continue
		}
		c.Findings = append(c.Findings, Finding{Kind: Extra, System: p.system(), Place: p.words(), Targets: targets, Who: name})
	}
	for id, k := range all {
		if _, is := there[id]; !is && k.wanted && k.entitlement.Presence == access.Present {
			c.Findings = append(c.Findings, Finding{Kind: Missing, System: p.system(), Place: p.words(), Targets: targets, Who: "Okta user " + k.entitlement.Ref.OktaUser})
		}
	}
}
