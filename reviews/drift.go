package reviews

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/identitycenter"
	"airpass/setup"
)

// Unread is something that could not be looked at: nothing is known of it, and nothing
// is concluded.
type Unread struct {
	What    string   `json:"what"`
	System  string   `json:"system"`
	Targets []string `json:"targets,omitempty"`
	Error   string   `json:"error"`
	// Gone: it does not exist, so that asking again tells nothing more.
	Gone bool `json:"gone,omitempty"`

	only []Kind // what could not be seen for that; none is everything
}

// Drift is what a look at all managed targets has found.
type Drift struct {
	Findings []Finding `json:"findings"`
	Unknown  []Unread  `json:"unknown"`
	Targets  int       `json:"targets"`
	Places   int       `json:"places"`
	// Explained is how many have what a grant says; Standing how many have standing
	// access that airpass knows of.
	Explained int `json:"explained"`
	Standing  int `json:"standing"`

	began time.Time // of the look
}

var errEmpty = errors.New("an empty answer, which is not believed")

// Drift compares, for every target, what grants say, what Okta says and what Identity
// Center says, and tells each difference once, of the person and the target. It reads the
// same places as Compare and the pushed groups, what the permission sets are, and who
// everybody is, all in lists: no call is about one person, but of an empty place, where a few
// who should be there are asked about. What cannot be read, or is empty although they are, is
// unknown and no finding. The error is of the store.
func (c Comparer) Drift(ctx context.Context, targets []access.Target) (Drift, error) {
	opens := map[place][]string{}
	for _, t := range targets {
		for _, p := range looked(t) {
			opens[p] = append(opens[p], t.ID)
		}
	}
	before, err := c.knowledge(ctx)
	if err != nil {
		return Drift{}, err
	}
	remembered := func(k *known) bool {
		return k.wanted || k.origin == access.OriginOurs && k.presence == access.Present
	}
	for _, p := range before.forgotten(opens, remembered) {
		opens[p] = []string{noLongerConfigured}
	}
	s, err := c.look(ctx, opens, false)
	if err != nil {
		return Drift{}, err
	}
	restored, err := c.Store.Restoration(ctx)
	if err != nil {
		return Drift{}, err
	}
	j := &judge{c: c, survey: s, pushed: onPurpose(targets), restored: restored != nil, told: map[string]int{},
		out: Drift{Findings: []Finding{}, Unknown: []Unread{}, Targets: len(targets), Places: len(opens), began: s.began}}
	j.sets(ctx, targets)
	j.places(ctx)
	j.who = c.identify(ctx, s, func(what string, side Side, err error) { j.unread(what, side, nil, err) })
	for _, t := range targets {
		j.target(ctx, t)
	}
	for _, p := range slices.SortedFunc(maps.Keys(opens), comparePlaces) {
		if !j.configured(p) {
			j.forgotten(p)
		}
	}
	slices.SortFunc(j.out.Findings, compareFindings)
	return j.out, j.tried(ctx)
}

// looked are the places of a target that Drift looks at.
func looked(t access.Target) []place {
	places := placesOf(t)
	if t.Mode == access.ByGroup {
		places = append(places, pushedPlace(t))
	}
	return places
}

// judge finds what differs.
type judge struct {
	c        Comparer
	survey   *survey
	pushed   map[place]map[string]bool // groups that hold a permission set on purpose
	who      *identities
	restored bool // the database was, and waits to be looked at
	out      Drift
	told     map[string]int // where findings are in out
}

// found tells a finding; one that is there of another target already is told of both.
func (j *judge) found(f Finding, at ...place) {
	var places []string
	for _, p := range at {
		places = append(places, p.words())
	}
	is := kinds[f.Kind]
	f.at = at[0]
	f.System, f.Place = string(at[0].side()), strings.Join(places, " and ")
	f.Wrong, f.Proposed = cmp.Or(f.Wrong, is.wrong, at[0].side()), cmp.Or(f.Proposed, is.proposed)
	key := f.key()
	if i, told := j.told[key]; told {
		j.out.Findings[i].Targets = append(slices.Clip(j.out.Findings[i].Targets), f.Targets...)
		return
	}
	j.told[key] = len(j.out.Findings)
	j.out.Findings = append(j.out.Findings, f)
}

func (j *judge) unread(what string, side Side, targets []string, err error) {
	j.out.Unknown = append(j.out.Unknown, Unread{What: what, System: string(side), Targets: targets, Error: err.Error()})
}

// sets looks at what the permission sets are: each once, and each account's version.
func (j *judge) sets(ctx context.Context, targets []access.Target) {
	type answer struct {
		set      identitycenter.PermissionSet
		err      error
		attached identitycenter.Attached
		unseen   error // what is attached
	}
	asked := map[string]answer{}
	for _, t := range targets {
		a, is := asked[t.PermissionSet]
		if !is {
			a.set, a.err = patiently(ctx, func() (identitycenter.PermissionSet, error) {
				return j.c.PermissionSets.PermissionSet(ctx, t.Instance, t.PermissionSet)
			})
			if a.err == nil {
				a.attached, a.unseen = j.attachedTo(ctx, t)
			}
			asked[t.PermissionSet] = a
		}
		p := setPlace(t)
		switch {
		case errors.Is(a.err, access.ErrNotFound):
			j.found(Finding{Kind: SetGone, Targets: []string{t.ID}}, p)
			j.survey.failed[p] = errGone
			delete(j.survey.there, p)
		case a.err != nil:
			j.unread("permission set "+t.PermissionSet, AWS, []string{t.ID}, a.err)
		default:
			j.policy(t, a.set.Policy)
			j.session(t, a.set.Session)
			j.attached(t, a.attached, a.unseen)
		}
	}
	j.versions(ctx, func(set string) bool { return asked[set].err == nil })
}

// versions looks whether the last edits of permission sets have reached the accounts: one
// list for each account, however many permission sets it has.
func (j *judge) versions(ctx context.Context, there func(set string) bool) {
	type account struct{ instance, id string }
	in := map[account][]place{}
	for _, p := range slices.SortedFunc(maps.Keys(j.survey.opens), comparePlaces) {
		if p.permissionSet != "" && there(p.permissionSet) && j.configured(p) {
			of := account{p.instance, p.account}
			in[of] = append(in[of], p)
		}
	}
	for _, of := range slices.SortedFunc(maps.Keys(in), func(a, b account) int {
		return cmp.Or(strings.Compare(a.instance, b.instance), strings.Compare(a.id, b.id))
	}) {
		old, err := patiently(ctx, func() ([]string, error) { return j.c.PermissionSets.OutdatedIn(ctx, of.instance, of.id) })
		var unknown []string
		for _, p := range in[of] {
			if err != nil {
				unknown = append(unknown, j.survey.opens[p]...)
			} else if slices.Contains(old, p.permissionSet) {
				j.found(Finding{Kind: NotProvisioned, Targets: j.survey.opens[p]}, p)
			}
		}
		if err != nil {
			j.out.Unknown = append(j.out.Unknown, Unread{What: "the versions of permission sets in account " + of.id, System: string(AWS), Targets: unknown, Error: err.Error(), only: []Kind{NotProvisioned}})
		}
	}
}

// policy compares what a permission set opens with what a target says.
func (j *judge) policy(t access.Target, policy string) {
	var words []string
	for _, w := range setup.Deviations(t, j.c.ConsoleActions, policy) {
		words = append(words, w.Result)
	}
	if len(words) > 0 {
		j.found(Finding{Kind: PolicyEdited, Targets: []string{t.ID}, Detail: strings.Join(words, "; ")}, setPlace(t))
	}
}

// session compares how long sessions last with what a target says, where it does. Zero is
// not understood.
func (j *judge) session(t access.Target, lasts time.Duration) {
	wanted := t.Session()
	if wanted == 0 || lasts == 0 || lasts == wanted {
		return
	}
	means := "they outlast what cards say of the end"
	if lasts < wanted {
		means = "cards tell a last moment that is later than it is"
	}
	j.found(Finding{Kind: SessionEdited, Targets: []string{t.ID}, Detail: fmt.Sprintf("%s instead of %s, so that %s", lasts, wanted, means)}, setPlace(t))
}

// attachedTo is what is attached to a permission set beside its inline policy, if airpass has
// made it: of others nobody has said what is to be.
func (j *judge) attachedTo(ctx context.Context, t access.Target) (identitycenter.Attached, error) {
	tags, err := patiently(ctx, func() (map[string]string, error) { return j.c.PermissionSets.Tags(ctx, t.Instance, t.PermissionSet) })
	if err != nil || tags[setup.Tag] == "" {
		return identitycenter.Attached{}, err
	}
	return patiently(ctx, func() (identitycenter.Attached, error) {
		return j.c.PermissionSets.Attached(ctx, t.Instance, t.PermissionSet)
	})
}

// attached tells what airpass, which attaches nothing, has not attached.
func (j *judge) attached(t access.Target, is identitycenter.Attached, unseen error) {
	const mend = "detach it in AWS's console (Permission sets > Permissions) and reapply the permission set; or, if it is meant, take the tag airpass off it"
	if unseen != nil {
		j.unseen(t, unseen)
		return
	}
	if len(is.Policies) > 0 {
		j.found(Finding{Kind: PolicyAttached, Targets: []string{t.ID}, Detail: strings.Join(is.Policies, ", ") + "; " + mend}, setPlace(t))
	}
	if is.Boundary != "" {
		j.found(Finding{Kind: BoundaryAttached, Targets: []string{t.ID}, Detail: is.Boundary + "; " + mend}, setPlace(t))
	}
}

// unseen tells that it could not be read what is attached: that reading is not allowed, once
// for all permission sets.
func (j *judge) unseen(t access.Target, err error) {
	u := Unread{What: "what is attached to permission set " + t.PermissionSet, System: string(AWS), Targets: []string{t.ID},
		Error: err.Error(), only: []Kind{PolicyAttached, BoundaryAttached}}
	if access.ClassOf(err) == access.Denied {
		u.What = attachedAnywhere
		if i := slices.IndexFunc(j.out.Unknown, func(is Unread) bool { return is.What == attachedAnywhere }); i >= 0 {
			j.out.Unknown[i].Targets = append(j.out.Unknown[i].Targets, t.ID)
			return
		}
	}
	j.out.Unknown = append(j.out.Unknown, u)
}

const attachedAnywhere = "what is attached to permission sets"

func (j *judge) configured(p place) bool {
	return !slices.Equal(j.survey.opens[p], []string{noLongerConfigured})
}

// errGone is of a place of which it was told that it is not there.
var errGone = errors.New("it is not there")

// places sorts out what could not be read, and what cannot be believed.
func (j *judge) places(ctx context.Context) {
	s := j.survey
	for _, p := range slices.SortedFunc(maps.Keys(s.opens), comparePlaces) {
		targets, err := s.opens[p], s.failed[p]
		switch {
		case errors.Is(err, errGone):
		case p.permissionSet == "" && errors.Is(err, access.ErrNotFound):
			j.found(Finding{Kind: GroupGone, Targets: targets}, p)
		case err != nil:
			j.unread(p.words(), p.side(), targets, err)
		case len(s.there[p]) == 0:
			if err := j.emptied(ctx, p); err != nil {
				j.unread(p.words(), p.side(), targets, err)
				s.failed[p] = err
				delete(s.there, p)
			}
		}
	}
}

// witnesses is how many of those who should be in an empty place are asked about one by one.
const witnesses = 5

// emptied says why a list that is empty is not believed: grants say that people are there, and
// some of them are, or cannot be asked about. Whoever may not see people gets an empty list, too.
func (j *judge) emptied(ctx context.Context, p place) error {
	expected := j.expected(p)
	for _, k := range expected[:min(len(expected), witnesses)] {
		if err := j.gone(ctx, p, k.ref()); err != nil {
			return fmt.Errorf("%w: airpass has seen %d people there, and %w", errEmpty, len(expected), err)
		}
	}
	return nil
}

// gone says why it is not certain that something is not in a place whose list does not have it.
func (j *judge) gone(ctx context.Context, p place, ref access.Ref) error {
	var witness Witness = j.c.Assignments
	if p.side() == Okta {
		witness = j.c.Directory
	}
	seen, err := patiently(ctx, func() (access.Observation, error) { return witness.Observe(ctx, ref, time.Time{}) })
	switch {
	case access.ClassOf(err) == access.Missing:
		return nil // whom nobody knows: the place has just answered
	case err != nil:
		return err
	case seen.Present || seen.Unsure:
		return errors.New("asked about one of them alone, the answer is another")
	}
	return nil
}

// expected are those who are in a place as far as grants say, in the order of their ids there.
func (j *judge) expected(p place) []*known {
	var all []*known
	for _, id := range slices.Sorted(maps.Keys(j.survey.known[p])) {
		if k := j.survey.known[p][id]; k.verified(j.survey.began) {
			all = append(all, k)
		}
	}
	return all
}
