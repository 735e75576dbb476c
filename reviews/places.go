package reviews

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
)

// place is where access to targets is to be seen outside: an Okta group, a permission set
// in an account, or the Identity Center group that an Okta group is pushed to.
type place struct {
	oktaGroup                        string
	instance, account, permissionSet string
	store, centerGroup               string
}

func groupPlace(t access.Target) place { return place{oktaGroup: t.OktaGroup} }
func setPlace(t access.Target) place {
	return place{instance: t.Instance, account: t.Environment.Account, permissionSet: t.PermissionSet}
}
func pushedPlace(t access.Target) place {
	return place{store: t.IdentityStore, centerGroup: t.IdentityCenterGroup}
}

// placesOf are where a target's access is to be seen.
func placesOf(t access.Target) []place {
	places := []place{setPlace(t)}
	if t.OktaGroup != "" {
		places = append(places, groupPlace(t))
	}
	return places
}

func (p place) words() string {
	switch {
	case p.oktaGroup != "":
		return "Okta group " + p.oktaGroup
	case p.centerGroup != "":
		return "Identity Center group " + p.centerGroup
	}
	return fmt.Sprintf("permission set %s in account %s", p.permissionSet, p.account)
}

func (p place) side() Side {
	if p.oktaGroup != "" {
		return Okta
	}
	return AWS
}

func comparePlaces(a, b place) int { return strings.Compare(a.words(), b.words()) }

// placeOf is where an entitlement is to be seen, and as whom.
func placeOf(r access.Ref) (place, string, bool) {
	switch r.Kind {
	case access.OktaMembership:
		return place{oktaGroup: r.OktaGroup}, r.OktaUser, true
	case access.AccountAssignment:
		return place{instance: r.Instance, account: r.Account, permissionSet: r.PermissionSet}, r.Person, true
	case access.PushedMembership:
		return place{store: r.IdentityStore, centerGroup: r.IdentityCenterGroup}, r.Person, true
	}
	return place{}, "", false
}

// known is what airpass knows of one person in one place. There may be hundreds of
// thousands: it is no more than is looked at, and what many have in common is there once.
type known struct {
	thing *access.Ref // the place, of nobody
	*whose
	*condition
	verifiedAt    milliseconds
	unwantedSince milliseconds
	wanted        bool // by a live grant
	active        bool // by one that is active
}

// whose it is that something is known of.
type whose struct{ okta, account string }

// condition is in which condition it is.
type condition struct {
	origin   access.Origin
	presence access.Presence
}

// milliseconds are a moment as it is stored, in a third of the memory; zero is never.
type milliseconds int64

func millisecondsOf(t time.Time) milliseconds {
	if t.IsZero() {
		return 0
	}
	return milliseconds(t.UnixMilli())
}

func (m milliseconds) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// ref is the thing itself.
func (k *known) ref() access.Ref {
	r := *k.thing
	r.OktaUser, r.Person = k.okta, k.account
	return r
}

// explains says whether what is there may be there.
func (k *known) explains() bool { return k.wanted || k.standing() || k.leaving() }

func (k *known) standing() bool { return k.origin == access.OriginStanding }

// leaving: it is being taken away.
func (k *known) leaving() bool { return k.origin == access.OriginOurs && k.unwantedSince != 0 }

// overdue: it should be gone for longer than a while.
func (k *known) overdue(now time.Time, after time.Duration) bool {
	return access.Entitlement{Origin: k.origin, Presence: k.presence, UnwantedSince: k.unwantedSince.time()}.Overdue(now, after)
}

// verified: a live grant was seen to have it, before a moment.
func (k *known) verified(before time.Time) bool {
	return k.wanted && k.presence == access.Present && !k.verifiedAt.time().After(before)
}

// awaited: an active grant holds what only follows something else, and nobody has seen it there.
// Nothing but this look says that it does not come.
func (k *known) awaited() bool {
	return k.active && k.thing.Kind.Derived() && k.presence != access.Present
}

// knowledge is what airpass knows, by place and the person's id there.
type knowledge map[place]map[string]*known

// readPage is how many entitlements are read at once.
const readPage = 500

func (c Comparer) knowledge(ctx context.Context) (knowledge, error) {
	all, people, conditions, things := knowledge{}, shared[whose]{}, shared[condition]{}, map[place]*access.Ref{}
	for after := ""; ; {
		page, err := c.Store.EntitlementsWithHolds(ctx, after, readPage)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			after = e.ID
			person := people.once(whose{e.Ref.OktaUser, e.Ref.Person})
			e.Ref.OktaUser, e.Ref.Person = person.okta, person.account
			p, who, seen := placeOf(e.Ref)
			if !seen {
				continue
			}
			if all[p] == nil {
				all[p] = map[string]*known{}
			}
			thing := e.Ref
			thing.OktaUser, thing.Person = "", ""
			if things[p] == nil || *things[p] != thing {
				things[p] = &thing
			}
			if _, told := all[p][who]; told && e.Ref.Nobodys() {
				continue // whose it was tells more
			}
			all[p][who] = &known{things[p], person, conditions.once(condition{e.Origin, e.Presence}), millisecondsOf(e.VerifiedAt), millisecondsOf(e.UnwantedSince), e.Wanted, e.Active}
		}
		if len(page) < readPage {
			return all, nil
		}
	}
}

// shared has what is the same in memory once, however often it is read.
type shared[T comparable] map[T]*T

func (s shared[T]) once(v T) *T {
	if s[v] == nil {
		s[v] = &v
	}
	return s[v]
}

// forgotten are the places that the configuration does not name any more, and that
// something which counts is known of. What follows another thing opens no place.
func (k knowledge) forgotten(configured map[place][]string, counts func(*known) bool) []place {
	var all []place
	for p, who := range k {
		if _, is := configured[p]; is || p.centerGroup != "" {
			continue
		}
		for _, one := range who {
			if counts(one) {
				all = append(all, p)
				break
			}
		}
	}
	return all
}

// noLongerConfigured stands for the targets of such a place.
const noLongerConfigured = "(no longer configured)"

// holder is somebody, or a group, in a place.
type holder struct {
	name   string
	group  bool
	person *access.Person // as Okta tells, in an Okta group
}

// survey is who is in the places, and what airpass knows of it.
type survey struct {
	began  time.Time
	opens  map[place][]string // ids of targets
	there  map[place]map[string]*holder
	failed map[place]error
	known  knowledge
	// Who is in several places is there once: people as Okta's groups tell, by Okta user id,
	// and users by their ids in Identity Center.
	people, users map[string]*holder
}

// look reads places, each list once, however many people there are. What airpass knows is
// read after them: whatever it had added by then has a row. With whole it ends at the
// first place that cannot be read.
func (c Comparer) look(ctx context.Context, opens map[place][]string, whole bool) (*survey, error) {
	s := &survey{began: c.Now(), opens: map[place][]string{}, there: map[place]map[string]*holder{}, failed: map[place]error{}, people: map[string]*holder{}, users: map[string]*holder{}}
	if err := c.visit(ctx, s, opens, whole); err != nil {
		return nil, err
	}
	var err error
	s.known, err = c.knowledge(ctx)
	return s, err
}

// visit adds places to a survey.
func (c Comparer) visit(ctx context.Context, s *survey, opens map[place][]string, whole bool) error {
	for _, p := range slices.SortedFunc(maps.Keys(opens), comparePlaces) {
		s.opens[p] = opens[p]
		there, err := patiently(ctx, func() (map[string]*holder, error) { return c.read(ctx, s, p) })
		switch {
		case err == nil:
			s.there[p] = there
		case whole:
			return fmt.Errorf("%s: %w", p.words(), err)
		default:
			s.failed[p] = err
		}
	}
	return nil
}

// meet is somebody whom a list of Okta has told of.
func (s *survey) meet(p access.Person) *holder {
	if h := s.people[p.OktaID]; h != nil && *h.person == p {
		return h
	}
	h := &holder{name: p.Login, person: &p}
	s.people[p.OktaID] = h
	return h
}

// user is somebody whom a list of Identity Center has told of.
func (s *survey) user(id string) *holder {
	if s.users[id] == nil {
		s.users[id] = &holder{name: "Identity Center user " + id}
	}
	return s.users[id]
}

// leave forgets what was seen and is known in a place.
func (s *survey) leave(p place) {
	delete(s.there, p)
	delete(s.known, p)
}

// tries is how often a list is asked for that is throttled, and longest how long is waited
// before the next time, wall time.
const (
	tries   = 3
	longest = time.Minute
)

// patiently asks for a list again that was throttled, when the vendor said that it may be
// asked: others use the quota too, and one refused page would leave a whole place unknown.
func patiently[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	for n := 1; ; n++ {
		answer, err := ask()
		var v *access.VendorError
		if !errors.As(err, &v) || v.Class != access.Throttled || n == tries {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return answer, err
		case <-time.After(min(v.RetryAfter, longest)):
		}
	}
}

// everybody is more than any group has.
const everybody = 1 << 30

// read lists who is in a place, by their ids there.
func (c Comparer) read(ctx context.Context, s *survey, p place) (map[string]*holder, error) {
	there := map[string]*holder{}
	user := func(id string) { there[id] = s.user(id) }
	switch {
	case p.oktaGroup != "":
		people, err := c.Directory.GroupMembers(ctx, p.oktaGroup, everybody)
		for _, m := range people {
			h := s.meet(m)
			there[h.person.OktaID] = h
		}
		return there, err
	case p.centerGroup != "":
		people, err := c.Assignments.MembersOf(ctx, p.store, p.centerGroup)
		for _, id := range people {
			user(id)
		}
		return there, err
	}
	people, groups, err := c.Assignments.Assigned(ctx, p.instance, p.account, p.permissionSet)
	for _, id := range people {
		user(id)
	}
	for _, id := range groups {
		there[id] = &holder{name: "Identity Center group " + id, group: true}
	}
	return there, err
}
