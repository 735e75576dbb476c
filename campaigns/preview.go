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
	err = p.items(ctx, c, d, &out, func(i Item) error {
		out.Items = append(out.Items, i)
		return nil
	})
	if err != nil {
		return Preview{}, err
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

// items makes the items of a draft, one after the other, but for access that is too young to
// be asked about, which is counted.
func (p Planner) items(ctx context.Context, c access.Campaign, d draft, out *Preview, each func(Item) error) error {
	for some := range slices.Chunk(d.chosen, batch) {
		began, err := p.beginnings(ctx, some)
		if err != nil {
			return err
		}
		for _, h := range some {
			item, old := p.item(c, d, h, began)
			if !old {
				out.Younger++
				continue
			}
			if err := each(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// beginnings says of those among some holdings that a grant explains how they began.
func (p Planner) beginnings(ctx context.Context, some []reviews.Holding) (map[string]store.Beginning, error) {
	var grants []string
	for _, h := range some {
		for g := h.Grant; g != nil; g = g.Beside {
			grants = append(grants, g.ID)
		}
	}
	return p.Store.Beginnings(ctx, grants)
}

// item is one item of a draft; old is false if its access is too young to be asked about.
func (p Planner) item(c access.Campaign, d draft, h reviews.Holding, began map[string]store.Beginning) (item Item, old bool) {
	item = begin(h, began)
	if !item.Standing && p.Now().Sub(item.Since) < c.OlderThan {
		return item, false
	}
	item.LastUse = d.uses.of(h, item.Since)
	item.Peers, item.Asked = d.teams.peers(h), d.asked.ask(c, h)
	item.Recommended, item.Because = item.advise(*h.Person, p.Now(), p.Now().Add(c.Deadline))
	item.Silence = silenceOn(c, item)
	if len(h.Ways) > 0 {
		item.Ways, item.Looked = h.Ways, d.looked
	}
	return item, true
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
func begin(h reviews.Holding, began map[string]store.Beginning) Item {
	i := Item{Target: h.Target.ID, Who: h.Who, Name: h.Person.Name, OktaID: h.Person.OktaID, SameAs: h.Person.SameAs, Account: h.Account, Standing: h.Standing,
		Through: append([]string{}, h.Through...), LastUse: lastUseUnknown}
	if h.Grant == nil {
		return i
	}
	b := began[h.Grant.ID]
	i.Grant, i.Until, i.Request, i.Reason, i.Since, i.Approved = h.Grant.ID, h.Grant.EndAt, b.Request, b.Reason, since(b), approvedBy(b)
	told := []string{b.Request}
	for g := h.Grant.Beside; g != nil; g = g.Beside {
		b := began[g.ID]
		if slices.Contains(told, b.Request) {
			continue // it extends one that is told, or is extended by it
		}
		told = append(told, b.Request)
		i.Besides = append(i.Besides, Beside{Grant: g.ID, Request: b.Request, From: g.From, Until: g.EndAt})
		if since(b).Before(i.Since) {
			i.Since = since(b)
		}
	}
	slices.SortFunc(i.Besides, func(a, b Beside) int { return cmp.Or(b.Until.Compare(a.Until), strings.Compare(a.Grant, b.Grant)) })
	return i
}

// since is when what began was there, or was to be.
func since(b store.Beginning) time.Time {
	if b.ActiveAt.IsZero() {
		return b.StartAt
	}
	return b.ActiveAt
}

// approvedBy says who has agreed to what began.
func approvedBy(b store.Beginning) string {
	switch {
	case b.Course.BreakGlass:
		return "nobody (break-glass)"
	case b.Course.Auto != "":
		return "the rule " + b.Course.Auto
	}
	return strings.Join(b.Approvers, ", ")
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
