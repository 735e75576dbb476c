package campaigns

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/policy"
	"airpass/reviews"
	"airpass/store"
)

// Planner finds out what a campaign would ask whom. All fields are needed.
type Planner struct {
	Store      *store.Store
	Comparer   reviews.Comparer
	Directory  Directory
	Conditions *policy.Conditions
	Owners     func(environment string) []string // Okta logins
	Now        func() time.Time                  // the domain clock
	// LastUses is where it is looked up who has used what; it may be nowhere.
	LastUses LastUses
}

// Preview is what a campaign would ask whom, if it began now.
type Preview struct {
	Campaign string `json:"campaign"`
	// Next is when it begins by its schedule, Deadline when it is over then.
	Next     time.Time `json:"next"`
	Deadline time.Time `json:"deadline"`
	Items    []Item    `json:"items"` // by target and person
	// Reviewers are those who would be asked, about how many items each.
	Reviewers []Share `json:"reviewers"`
	// Nobody is about how many items nobody can be asked: silence decides them.
	Nobody int `json:"nobody"`
	// Of the population, Younger is how much was left out by age, Filtered by the filter.
	Younger  int `json:"younger"`
	Filtered int `json:"filtered"`
	// Broken is why the filter could not be evaluated; what it failed for is asked about.
	Broken  []string         `json:"broken,omitempty"`
	Unknown []reviews.Unread `json:"unknown"`
	// Uses is what was read of who has opened Airflow, in words.
	Uses    []string `json:"uses,omitempty"`
	Targets int      `json:"targets"`
	Places  int      `json:"places"`
}

// Share is how much one reviewer is asked.
type Share struct {
	Reviewer
	Items int `json:"items"`
}

// Preview reads who has the targets, all of them in the order of the file, and says what
// the campaign would ask whom. It changes nothing and sends nothing. The error is of the
// store; what could not be read outside is unknown.
func (p Planner) Preview(ctx context.Context, c access.Campaign, next time.Time, targets []access.Target) (Preview, error) {
	out := Preview{Campaign: c.Name, Next: next, Deadline: next.Add(c.Deadline), Items: []Item{}, Reviewers: []Share{}}
	d, err := p.draft(ctx, c, targets, &out)
	if err != nil {
		return Preview{}, err
	}
	d.uses = p.LastUses.lookUp(ctx, p.Now())
	for _, h := range d.chosen {
		item, old, err := p.item(ctx, c, d, h)
		switch {
		case err != nil:
			return Preview{}, err
		case old:
			out.Items = append(out.Items, item)
		default:
			out.Younger++
		}
	}
	out.Uses = d.uses.said(d.targets)
	out.share()
	return out, nil
}

// draft is what was read of whom a campaign is about, and whom it asks.
type draft struct {
	chosen []reviews.Holding // but for their age
	asked  *naming
	teams  teams
	looked time.Time // when it was read who has what
	// uses is who has opened Airflow; nil if nobody has looked.
	uses    *uses
	targets []access.Target
}

// draft reads the population of a campaign, and those who may be asked, all of it in
// lists. What could not be read is in out.
func (p Planner) draft(ctx context.Context, c access.Campaign, targets []access.Target, out *Preview) (draft, error) {
	if len(c.Targets) > 0 {
		targets = slices.DeleteFunc(slices.Clone(targets), func(t access.Target) bool { return !slices.Contains(c.Targets, t.ID) })
	}
	there, err := p.Comparer.Holders(ctx, targets, c.RemoveStanding)
	if err != nil {
		return draft{}, err
	}
	out.Unknown, out.Targets, out.Places = append([]reviews.Unread{}, there.Unknown...), len(targets), there.Places
	d := draft{teams: teamsOf(there.Holdings), looked: there.Looked, targets: targets}
	d.chosen = p.choose(c, there.Holdings, out)
	d.asked = lookUp(ctx, p.Directory, slices.Concat(c.Reviewers, c.Fallback), d.chosen, p.Owners)
	for _, rule := range slices.Sorted(maps.Keys(d.asked.failed)) {
		out.Unknown = append(out.Unknown, reviews.Unread{What: "whom " + rule + " names", System: string(reviews.Okta), Error: d.asked.failed[rule].Error()})
	}
	return d, nil
}

// item is one item of a draft; old is false if its access is too young to be asked about.
func (p Planner) item(ctx context.Context, c access.Campaign, d draft, h reviews.Holding) (item Item, old bool, err error) {
	if item, err = p.begin(ctx, h); err != nil {
		return item, false, err
	}
	if !item.Standing && p.Now().Sub(item.Since) < c.OlderThan {
		return item, false, nil
	}
	item.LastUse = d.uses.of(h, item.Since)
	item.Peers, item.Asked = d.teams.peers(h), d.asked.ask(c, h)
	item.Recommended, item.Because = item.advise(h.Person, p.Now(), p.Now().Add(c.Deadline))
	item.Silence = silenceOn(c, item)
	if len(h.Ways) > 0 {
		item.Ways, item.Looked = h.Ways, d.looked
	}
	return item, true, nil
}

// choose leaves out what the campaign does not ask about, whatever its age. There may be
// many: holdings are left out where they are.
func (p Planner) choose(c access.Campaign, holdings []reviews.Holding, out *Preview) []reviews.Holding {
	chosen := holdings[:0]
	broken := map[string]bool{}
	for _, h := range holdings {
		if c.Scope == access.LiveGrants && h.Grant == nil || c.Scope == access.StandingAccess && !h.Standing {
			continue
		}
		yes, err := p.Conditions.Chooses(c.When, factsOf(h))
		if err != nil {
			broken[err.Error()] = true
		}
		if !yes {
			out.Filtered++
			continue
		}
		chosen = append(chosen, h)
	}
	clear(holdings[len(chosen):])
	out.Broken = slices.Sorted(maps.Keys(broken))
	return chosen
}

func factsOf(h reviews.Holding) policy.Holding {
	p := h.Person
	return policy.Holding{Person: policy.Holder{Login: p.Login, Email: p.Email, Title: p.Title, Department: p.Department, Manager: p.Manager},
		Environment: policy.EnvironmentOf(*h.Target), Role: h.Target.Role, Standing: h.Standing}
}

// begin is an item with what grants say of it.
func (p Planner) begin(ctx context.Context, h reviews.Holding) (Item, error) {
	i := Item{Target: h.Target.ID, Who: h.Who, Name: h.Person.Name, OktaID: h.Person.OktaID, SameAs: h.Person.SameAs, Account: h.Account, Standing: h.Standing,
		Through: append([]string{}, h.Through...), LastUse: lastUseUnknown}
	if h.Grant == nil {
		return i, nil
	}
	i.Grant, i.Until = h.Grant.ID, h.Grant.EndAt
	first, request, err := p.firstOf(ctx, *h.Grant)
	if err != nil {
		return i, err
	}
	i.Request, i.Since = request.ID, first.StartAt
	if !first.ActiveAt.IsZero() {
		i.Since = first.ActiveAt
	}
	decisions, err := p.Store.DecisionsOf(ctx, request.ID)
	if err != nil {
		return i, err
	}
	i.Approved = approvedBy(request, decisions)
	return i, nil
}

// longestChain is more extensions than anybody has asked for.
const longestChain = 1000

// firstOf is the grant with which the access began of which one is an extension.
func (p Planner) firstOf(ctx context.Context, g access.Grant) (access.Grant, access.Request, error) {
	r, err := p.Store.Request(ctx, g.RequestID)
	for n := 0; err == nil && r.Extends != "" && n < longestChain; n++ {
		if g, err = p.Store.Grant(ctx, r.Extends); err == nil {
			r, err = p.Store.Request(ctx, g.RequestID)
		}
	}
	return g, r, err
}

// approvedBy says who has agreed to a request.
func approvedBy(r access.Request, decisions []access.Decision) string {
	var yes []string
	for _, d := range decisions {
		if d.Verdict == access.Approve {
			yes = append(yes, d.Decider.Login)
		}
	}
	switch {
	case r.Course.BreakGlass:
		return "nobody (break-glass)"
	case r.Course.Auto != "":
		return "the rule " + r.Course.Auto
	}
	return strings.Join(yes, ", ")
}

// share counts what each reviewer is asked.
func (out *Preview) share() {
	by := map[string]*Share{}
	for _, i := range out.Items {
		if len(i.Asked.Reviewers) == 0 && i.Asked.Unknown == "" {
			out.Nobody++
		}
		for _, r := range i.Asked.Reviewers {
			if by[r.Login] == nil {
				by[r.Login] = &Share{Reviewer: r}
			}
			by[r.Login].Items++
		}
	}
	for _, s := range by {
		out.Reviewers = append(out.Reviewers, *s)
	}
	slices.SortFunc(out.Reviewers, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Login, b.Login))
	})
}
