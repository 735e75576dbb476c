package reviews

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"airpass/access"
)

// sight is what is to be seen of one person in one place.
type sight struct {
	place place
	id    string // the person's there
	read  bool   // the place is one of the target's, and was read
	there bool
	known *known // nil if airpass knows nothing of it
}

func (j *judge) see(p place, id string) sight {
	there, read := j.survey.there[p]
	_, is := there[id]
	seen := sight{place: p, id: id, read: read, there: is}
	if k, has := j.survey.known[p][id]; has {
		seen.known = k
	}
	return seen
}

// ref is the thing itself: as airpass knows it, else of the person with an Okta user id.
func (s sight) ref(oktaUser string) access.Ref {
	p := s.place
	switch {
	case s.known != nil:
		return s.known.ref()
	case p.oktaGroup != "":
		return access.Ref{Kind: access.OktaMembership, OktaUser: s.id, OktaGroup: p.oktaGroup}
	case p.centerGroup != "":
		return access.Ref{Kind: access.PushedMembership, OktaUser: oktaUser, Person: s.id, IdentityStore: p.store, IdentityCenterGroup: p.centerGroup}
	}
	return access.Ref{Kind: access.AccountAssignment, OktaUser: oktaUser, Person: s.id, Instance: p.instance, Account: p.account, PermissionSet: p.permissionSet}
}

func (s sight) wanted() bool   { return s.known != nil && s.known.wanted }
func (s sight) standing() bool { return s.there && s.known != nil && s.known.standing() }
func (s sight) leaving() bool  { return s.there && s.known != nil && s.known.leaving() }

// missing: a grant was verified to have it, or should have been, and it is not there.
func (j *judge) missing(s sight) bool {
	return s.read && !s.there && s.known != nil && (s.known.verified(j.survey.began) || s.known.awaited())
}

func (j *judge) leftover(s sight) bool {
	return s.there && s.known != nil && !s.known.wanted && s.known.overdue(j.survey.began, j.c.OverdueAfter)
}

// pair is one person of one target: in Okta's group, if it has one, and in Identity
// Center.
type pair struct {
	okta, aws sight
	person    string // Okta user id, if known
}

// of are the sights in which the person is.
func (p pair) of(so func(sight) bool) []place {
	var all []place
	for _, s := range []sight{p.okta, p.aws} {
		if so(s) {
			all = append(all, s.place)
		}
	}
	return all
}

func (p pair) any(so func(sight) bool) bool { return len(p.of(so)) > 0 }

// refs are the things of the person in some places.
func (p pair) refs(at []place) []access.Ref {
	var all []access.Ref
	for _, s := range []sight{p.okta, p.aws} {
		if s.id != "" && slices.Contains(at, s.place) {
			all = append(all, s.ref(p.person))
		}
	}
	return all
}

// target judges everybody who has a target, or is to have it.
func (j *judge) target(ctx context.Context, t access.Target) {
	direct := setPlace(t)
	j.groups(ctx, t)
	aws := direct
	if t.Mode == access.ByGroup {
		aws = pushedPlace(t)
		for _, p := range j.pairs(place{}, direct) { // beside the group's way
			j.person(t, p)
		}
	}
	okta := place{}
	if t.OktaGroup != "" {
		okta = groupPlace(t)
	}
	for _, p := range j.pairs(okta, aws) {
		j.person(t, p)
	}
}

// groups judges the groups that hold a target's permission set. Groups of other targets
// that open the same are there on purpose.
func (j *judge) groups(ctx context.Context, t access.Target) {
	p := setPlace(t)
	there, read := j.survey.there[p]
	for _, id := range slices.Sorted(maps.Keys(there)) {
		if there[id].group && !j.pushed[p][id] {
			j.found(Finding{Kind: OtherGroup, Targets: []string{t.ID}, Who: there[id].name}, p)
		}
	}
	if t.Mode != access.ByGroup || !read {
		return
	}
	if _, is := there[t.IdentityCenterGroup]; !is {
		j.unassigned(ctx, t, p)
	}
}

// unassigned tells that a pushed group does not hold the permission set that grants open by it.
// Where nothing does, it is asked about by itself.
func (j *judge) unassigned(ctx context.Context, t access.Target, p place) {
	ref := access.Ref{Kind: access.GroupAssignment, Instance: p.instance, Account: p.account, PermissionSet: p.permissionSet, IdentityCenterGroup: t.IdentityCenterGroup}
	if len(j.survey.there[p]) == 0 {
		if err := j.gone(ctx, p, ref); err != nil {
			j.unread(p.words(), AWS, []string{t.ID}, fmt.Errorf("%w, and %w", errEmpty, err))
			return
		}
	}
	j.found(Finding{Kind: Unassigned, Targets: []string{t.ID}, Who: "Identity Center group " + t.IdentityCenterGroup, refs: []access.Ref{ref}}, p)
}

// tried adds to what airpass may have tried to mend, and AWS has refused, what AWS has said: a
// vendor's no is not tried again before the next look.
func (j *judge) tried(ctx context.Context) error {
	for i, f := range j.out.Findings {
		if len(f.refs) != 1 || !f.refs[0].Nobodys() && !f.refs[0].Kind.SetUp() {
			continue
		}
		e, known, err := j.c.Store.EntitlementByKey(ctx, f.refs[0].Key())
		if err != nil {
			return err
		}
		if known && e.LastError != "" {
			j.out.Findings[i].Detail = "it was tried, and failed: " + e.LastError
		}
	}
	return nil
}

// pairs are everybody in either place, or known to be, each once. Either place may be
// none.
func (j *judge) pairs(okta, aws place) []pair {
	all := map[string]pair{}
	add := func(id string) {
		all["okta "+id] = pair{person: id}
	}
	for _, id := range j.concerned(okta) {
		add(id)
	}
	accounts := map[string]string{}
	for _, id := range j.concerned(aws) {
		person := j.who.oktaBy[id]
		if person == "" || j.who.stale(id) {
			all["aws "+id] = pair{person: person, aws: j.see(aws, id)}
			continue
		}
		add(person)
		accounts[person] = id
	}
	var out []pair
	for _, key := range slices.Sorted(maps.Keys(all)) {
		p := all[key]
		if p.aws.id == "" {
			p.okta, p.aws = j.see(okta, p.person), j.see(aws, accounts[p.person])
		}
		out = append(out, p)
	}
	return out
}

// concerned are the ids of people in a place, and of those whom grants see there.
func (j *judge) concerned(p place) []string {
	if p == (place{}) {
		return nil
	}
	ids := map[string]bool{}
	for id, h := range j.survey.there[p] {
		if !h.group {
			ids[id] = true
		}
	}
	for id, k := range j.survey.known[p] {
		if k.wanted {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// person judges one person of one target, and tells one finding at the most: the one
// that explains the others.
func (j *judge) person(t access.Target, p pair) {
	there, lost := p.of(func(s sight) bool { return s.there }), p.of(j.missing)
	is := Finding{Targets: []string{t.ID}, Who: j.who.call(p.person, p.aws.id), OktaID: p.person, granted: p.any(sight.wanted)}
	found := func(kind Kind, at ...place) {
		is.Kind, is.refs = kind, p.refs(at)
		j.found(is, at...)
	}
	switch {
	case p.aws.there && j.who.stale(p.aws.id):
		j.stalePrincipal(is, p)
	case p.any(j.leftover):
		found(Leftover, p.of(j.leftover)...)
	case len(there) > 0 && j.who.inactive(p.person):
		is.Detail = "they are " + j.who.people[p.person].Status
		found(Inactive, there...)
	case p.okta.there && p.aws.read && !p.aws.there && j.who.noAccount(p.person):
		if is.unsure = j.who.thin; is.unsure {
			is.Detail = "nothing is done about it, since fewer than half of those in the Okta groups are found in Identity Center under the names that Okta says: it may provision them under others, or not at all"
		}
		found(NoAccount, p.okta.place)
	case len(lost) == 0 && p.any(sight.wanted):
		j.out.Explained += min(len(there), 1)
	case len(lost) == 1 && len(there) > 0:
		is.Detail, is.Wrong, is.Proposed = "a grant says both", lost[0].side(), Repair
		found(half(there[0]), lost[0])
	case len(lost) > 0:
		if j.who.stale(p.aws.id) {
			is.account = j.who.account(p.person)
		}
		found(Missing, lost...)
	case p.any(sight.standing):
		j.out.Standing++
	case p.any(sight.leaving):
		j.out.Explained++
	case len(there) == 1 && p.okta.read && p.aws.read && (p.okta.there || t.Mode == access.ByGroup):
		is.Detail, is.Wrong = "no grant says either", there[0].side()
		found(half(there[0]), there[0])
	case len(there) > 0:
		is.Detail = "it is standing access, which airpass has not made"
		if j.restored {
			is.Detail, is.Proposed = "the database was restored, so it may have been given since the copy was made", Report
		}
		found(Extra, there...)
	}
}

// stalePrincipal tells what is assigned to a user id that nobody has any more. What a live grant
// holds under it belongs under the id that its person has now; what none holds is nobody's.
func (j *judge) stalePrincipal(is Finding, p pair) {
	is.Kind, is.granted, is.principal = StalePrincipal, p.aws.wanted(), p.aws.id
	switch {
	case is.granted:
		is.refs, is.account, is.Proposed = []access.Ref{p.aws.ref(p.person)}, j.who.account(p.person), Repair
		is.Detail = "a live grant holds it, and their account is " + is.account + " now"
		if is.account == "" {
			is.Detail, is.Proposed = "a live grant holds it, and they have no account now", Report
		}
	case p.aws.place.permissionSet != "":
		is.refs = []access.Ref{sight{place: p.aws.place, id: p.aws.id}.ref("")}
	}
	j.found(is, p.aws.place)
}

// half is the kind of what is in one system alone.
func half(there place) Kind {
	if there.side() == Okta {
		return HalfOkta
	}
	return HalfAWS
}

// forgotten judges a place that the configuration does not name any more: only what
// airpass remembers there is its business.
func (j *judge) forgotten(p place) {
	for id, k := range j.survey.known[p] {
		seen := j.see(p, id)
		who := j.who.call(k.okta, k.account)
		is := Finding{Targets: []string{noLongerConfigured}, Who: who, OktaID: k.okta, refs: []access.Ref{k.ref()}, granted: k.wanted}
		switch {
		case j.leftover(seen):
			is.Kind = Leftover
		case seen.there && k.wanted:
			is.Kind, is.Detail = Unconfigured, "a live grant holds it until its end"
		case j.missing(seen):
			is.Kind = Missing
		default:
			continue
		}
		j.found(is, p)
	}
}
