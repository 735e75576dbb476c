package reviews

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/store"
)

// Holding is access to one target that one person has.
type Holding struct {
	Target *access.Target // everybody's of the same target
	// Person is as Okta tells, everybody's of the same; without an Okta user id it is somebody
	// whom Okta does not know, or whose account cannot be tied to them.
	Person *access.Person
	Who    string // how to call them
	// Account and UserName are their user in Identity Center, where they were seen there.
	Account, UserName string
	// Through is where it was seen, in words; empty if a grant says so alone.
	Through []string
	Grant   *store.LiveGrant // the live grant that explains it, the last to end of several, with the others beside it; or nil
	// Standing: it was there before airpass or comes from elsewhere, and would stay.
	Standing bool
	// Ways are through what it would stay, if that was asked for.
	Ways []Way
}

// Holders are everybody who has some targets.
type Holders struct {
	Holdings []Holding // by target and person
	Unknown  []Unread
	Places   int
	Looked   time.Time // when it was begun to be read
}

// Holders reads who has targets: in the Okta groups, by account assignments, and in the
// groups of Identity Center that hold the permission sets, also those that are nobody's on
// purpose; all in lists, no call is about one person. What is being taken away is not in
// it, nor accounts that are nobody's any more. What cannot be read is unknown. With how it
// says of standing access how it would be taken away. The error is of the store.
func (c Comparer) Holders(ctx context.Context, targets []access.Target, how bool) (Holders, error) {
	opens := map[place][]string{}
	for _, t := range targets {
		for _, p := range looked(t) {
			opens[p] = append(opens[p], t.ID)
		}
	}
	s, err := c.look(ctx, opens, false)
	if err != nil {
		return Holders{}, err
	}
	if err := c.visit(ctx, s, s.besides(targets), false); err != nil {
		return Holders{}, err
	}
	grants, err := c.liveGrants(ctx)
	if err != nil {
		return Holders{}, err
	}
	out := Holders{Places: len(s.opens), Looked: s.began}
	unread := func(what string, side Side, targets []string, err error) {
		out.Unknown = append(out.Unknown, Unread{What: what, System: string(side), Targets: targets, Error: err.Error()})
	}
	for _, p := range slices.SortedFunc(maps.Keys(s.failed), comparePlaces) {
		unread(p.words(), p.side(), s.opens[p], s.failed[p])
		out.Unknown[len(out.Unknown)-1].Gone = errors.Is(s.failed[p], access.ErrNotFound)
	}
	who := c.identify(ctx, s, func(what string, side Side, err error) { unread(what, side, nil, err) })
	if err := who.meet(ctx, c.Directory, grants); err != nil {
		unread("the people in Okta", Okta, nil, err)
	}
	var r rules
	if how {
		r = c.rules(ctx, func(what string, side Side, err error) { unread(what, side, nil, err) })
	}
	visits := s.visits(targets)
	for _, t := range targets {
		var w *ways
		if how {
			w = &ways{s, t, r}
		}
		out.Holdings = append(out.Holdings, s.holdersOf(t, who, grants[t.ID], w)...)
		// What is said of it is in the holdings: of so many both are not in memory at once.
		delete(grants, t.ID)
		for _, p := range s.allPlacesOf(t) {
			if visits[p]--; visits[p] == 0 {
				s.leave(p)
			}
		}
	}
	return out, nil
}

// allPlacesOf are the places where somebody may have a target, each once and in order.
func (s *survey) allPlacesOf(t access.Target) []place {
	return slices.Compact(slices.SortedFunc(slices.Values(append(looked(t), s.groupsOf(t)...)), comparePlaces))
}

// visits counts of how many targets places are.
func (s *survey) visits(targets []access.Target) map[place]int {
	all := map[place]int{}
	for _, t := range targets {
		for _, p := range s.allPlacesOf(t) {
			all[p]++
		}
	}
	return all
}

// besides are the groups in Identity Center that hold the targets' permission sets and
// were not visited yet.
func (s *survey) besides(targets []access.Target) map[place][]string {
	more := map[place][]string{}
	for _, t := range targets {
		for _, p := range s.groupsOf(t) {
			if _, is := s.opens[p]; !is {
				more[p] = append(more[p], t.ID)
			}
		}
	}
	return more
}

// groupsOf are the groups in Identity Center that hold a target's permission set.
func (s *survey) groupsOf(t access.Target) []place {
	var all []place
	for id, h := range s.there[setPlace(t)] {
		if h.group {
			all = append(all, place{store: t.IdentityStore, centerGroup: id})
		}
	}
	return all
}

// liveGrants are the live grants by target and Okta user id; of several of the same, which
// extend each other or were asked for one beside another, the one that ends last, with the
// others beside it, also those that are to start later.
func (c Comparer) liveGrants(ctx context.Context) (map[string]map[string]*store.LiveGrant, error) {
	grants, err := c.Store.LiveGrants(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]*store.LiveGrant{}
	for i := range grants {
		g := &grants[i]
		if !g.From.IsZero() {
			continue
		}
		if all[g.Target] == nil {
			all[g.Target] = map[string]*store.LiveGrant{}
		}
		last := all[g.Target][g.Subject.OktaID]
		if last == nil || g.EndAt.After(last.EndAt) || g.EndAt.Equal(last.EndAt) && g.ID > last.ID {
			g.Beside, all[g.Target][g.Subject.OktaID] = last, g
		} else {
			g.Beside, last.Beside = last.Beside, g
		}
	}
	for i := range grants {
		g := &grants[i]
		if last := all[g.Target][g.Subject.OktaID]; last != nil && !g.From.IsZero() {
			g.Beside, last.Beside = last.Beside, g
		}
	}
	return all, nil
}

// meet asks how those who have grants and were seen nowhere stand in Okta.
func (i *identities) meet(ctx context.Context, okta Directory, grants map[string]map[string]*store.LiveGrant) error {
	var ask []string
	for _, by := range grants {
		for id := range by {
			if _, told := i.people[id]; !told {
				ask = append(ask, id)
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	people, err := patiently(ctx, func() (map[string]access.Person, error) { return okta.People(ctx, ask) })
	i.tell(people)
	return err
}

// holdersOf are those who have a target; with ways it says how standing access would be
// taken away.
func (s *survey) holdersOf(t access.Target, who *identities, grants map[string]*store.LiveGrant, w *ways) []Holding {
	type seen struct {
		Holding
		explained bool
	}
	all := map[string]*seen{}
	person := func(okta, account string) *seen {
		key := okta
		if key == "" {
			key = "account " + account
		}
		if all[key] == nil {
			all[key] = &seen{Holding: Holding{Target: &t, Person: who.person(okta, grants[okta]), Who: who.call(okta, account)}}
		}
		return all[key]
	}
	nothing := &known{whose: &whose{}, condition: &condition{}}
	for _, p := range s.allPlacesOf(t) {
		words := p.words()
		for _, id := range slices.Sorted(maps.Keys(s.there[p])) {
			k := s.known[p][id]
			if k == nil {
				k = nothing
			}
			if s.there[p][id].group || k.leaving() && !k.wanted || p.oktaGroup == "" && who.stale(id) {
				continue
			}
			okta, account := id, ""
			if p.oktaGroup == "" {
				okta, account = who.oktaBy[id], id
			}
			h := person(okta, account)
			if account != "" {
				h.Account, h.UserName = account, who.accounts[account].UserName
			}
			h.Through = append(h.Through, words)
			h.explained = h.explained || k.wanted
			if k.wanted && !k.standing() {
				continue // it goes with its grant
			}
			h.Standing = true
			if w != nil {
				h.Ways = append(h.Ways, w.through(p, id, okta))
			}
		}
	}
	for okta, g := range grants {
		person(okta, "").Grant = g
	}
	var out []Holding
	for _, h := range all {
		// What the grant of another target opens as well is asked about there.
		if h.Grant == nil && !h.Standing && h.explained {
			continue
		}
		h.Standing = h.Standing || h.Grant == nil
		out = append(out, h.Holding)
	}
	slices.SortFunc(out, func(a, b Holding) int { return strings.Compare(a.Who, b.Who) })
	return out
}

// person is what is known of somebody in Okta; without a status, if Okta has not told.
func (i *identities) person(okta string, g *store.LiveGrant) *access.Person {
	p, told := i.people[okta]
	switch {
	case told:
		return p
	case g != nil:
		unknown := *g.Subject
		unknown.Status = ""
		return &unknown
	}
	return &access.Person{OktaID: okta}
}
