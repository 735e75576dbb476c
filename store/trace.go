package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/store/db"
)

// Traced is a grant for TraceGrant. One whose row retention has deleted is known by the
// trail alone: it has its id and that of its request, and gone is true.
func (r reads) Traced(ctx context.Context, grant string) (g access.Grant, gone bool, err error) {
	g, err = r.Grant(ctx, grant)
	if !errors.Is(err, access.ErrNotFound) {
		return g, false, err
	}
	row, missing := r.q.GrantFirstEvent(ctx, grant)
	e, known, failed := optional(row, missing, recorded, "the first event of grant", grant)
	if failed != nil {
		return access.Grant{}, false, failed
	}
	if !known {
		return access.Grant{}, false, err
	}
	return access.Grant{ID: grant, RequestID: e.Request}, true, nil
}

// TraceGrant calls do with everything that the trail has of one grant, oldest first: its
// request and decisions, its own course; what was done, seen and found by drift of what it
// holds, from its beginning until another grant holds the same after its end; what drift has
// found of the permission set that it opens, while it was asked for or had; and the course of
// campaigns that ask about it, with those who are told of them while they are asked.
func (s *Store) TraceGrant(ctx context.Context, g access.Grant, do func(Recorded) error) error {
	asked, err := s.askedOf(ctx, g.ID)
	if err != nil {
		return err
	}
	t := &trace{grant: g, refs: map[string]bool{}, asked: asked, do: do}
	return s.EachAuditLine(ctx, AuditFilter{}, func(l AuditLine) error {
		if l.Request == "" && l.Grant == "" && len(t.refs) == 0 && !t.besides(l.Kind) {
			return nil
		}
		e, err := l.Recorded()
		if err != nil {
			return err
		}
		return t.hears(e)
	})
}

// trace is what is known of a grant as its events are read.
type trace struct {
	grant       access.Grant
	refs        map[string]bool // keys of what it holds
	begun, over bool
	found       []Recorded // drift's findings of its permission set that are open
	asked       []*askedOf
	do          func(Recorded) error
}

// besides says whether an event that is of no request may be of the grant.
func (t *trace) besides(kind access.EventKind) bool {
	of, _, _ := strings.Cut(string(kind), ".")
	return of == "drift" && t.grant.Target.PermissionSet != "" || (of == "campaign" || of == "reviewer") && len(t.asked) > 0
}

func (t *trace) hears(e Recorded) error {
	own := e.Grant == t.grant.ID || e.Request == t.grant.RequestID && e.Request != ""
	switch {
	case own:
		if err := t.begins(); err != nil {
			return err
		}
		t.over = t.over || e.Kind == access.EventKind("grant."+string(access.GrantEnded))
		for _, ref := range strings.Fields(e.Facts["holds"]) {
			t.refs[ref] = true
		}
		for _, a := range t.asked {
			a.hears(e)
		}
		return t.do(e)
	case t.over && e.Grant != "":
		for _, ref := range strings.Fields(e.Facts["holds"]) {
			delete(t.refs, ref)
		}
	case t.refs[e.Ref] || slices.ContainsFunc(strings.Fields(e.Facts["refs"]), func(ref string) bool { return t.refs[ref] }):
		return t.do(e)
	case t.opensBy(e):
		return t.finds(e)
	case slices.ContainsFunc(t.asked, func(a *askedOf) bool { return a.concerns(e) }):
		return t.do(e)
	}
	return nil
}

// begins tells what drift had found of the permission set before, and was there still.
func (t *trace) begins() error {
	if t.begun {
		return nil
	}
	t.begun = true
	for _, e := range t.found {
		if err := t.do(e); err != nil {
			return err
		}
	}
	return nil
}

// opensBy says whether an event is about the permission set that the grant opens, in its account.
func (t *trace) opensBy(e Recorded) bool {
	of := t.grant.Target
	return strings.HasPrefix(string(e.Kind), "drift.") && of.PermissionSet != "" && e.Facts["permission_set"] == of.PermissionSet && e.Facts["account"] == of.Environment.Account
}

// finds takes in what drift says of the permission set: before the grant until it is resolved,
// after its end only what becomes of what was found until then.
func (t *trace) finds(e Recorded) error {
	same := func(f Recorded) bool {
		return f.Facts["kind"] == e.Facts["kind"] && f.Facts["place"] == e.Facts["place"] && f.Personal["who"] == e.Personal["who"]
	}
	known := slices.ContainsFunc(t.found, same)
	switch e.Kind {
	case "drift.found":
		if t.over {
			return nil
		}
		t.found = append(t.found, e)
	case "drift.resolved":
		t.found = slices.DeleteFunc(t.found, same)
	}
	if !t.begun || t.over && !known {
		return nil
	}
	return t.do(e)
}

// askedOf is an item of a campaign that asks about a grant, by its row: nothing in the trail says
// about which items it is before somebody has decided.
type askedOf struct {
	item, occurrence string
	open             bool
	reviewers        []string // Okta ids of who is asked by now
	before           []string // of who was asked before
}

// askedOf are the items that ask about a grant, and who was asked at first.
func (s *Store) askedOf(ctx context.Context, grant string) ([]*askedOf, error) {
	rows, err := s.q.CampaignItemsOfGrant(ctx, grant)
	items, err := all(rows, err, itemOf)
	var asked []*askedOf
	for _, i := range items {
		panel := i.Panel
		if len(i.Passed) > 0 {
			panel = i.Passed[0].From
		}
		rows, failed := s.q.CampaignReviewersOf(ctx, db.CampaignReviewersOfParams{OccurrenceID: i.Occurrence, Panel: panel})
		reviewers, failed := all(rows, failed, campaignReviewerOf)
		if failed != nil {
			return nil, fmt.Errorf("read who is asked about grant %s: %w", grant, failed)
		}
		a := &askedOf{item: i.ID, occurrence: i.Occurrence}
		for _, r := range reviewers {
			a.reviewers = append(a.reviewers, r.Person.OktaID)
		}
		asked = append(asked, a)
	}
	return asked, err
}

// hears takes in an event of the grant that may be of the item.
func (a *askedOf) hears(e Recorded) {
	if e.Facts["item"] != a.item {
		return
	}
	if _, others := e.Facts["panel"]; others { // others are asked, or that was taken back
		a.before = append(a.before, a.reviewers...)
		a.reviewers = strings.Fields(e.Facts["reviewers"])
		return
	}
	a.open = e.Kind == "item.undone"
}

// concerns says whether an event is of the occurrence, or of somebody who is asked about the item
// while nobody has decided about it.
func (a *askedOf) concerns(e Recorded) bool {
	switch {
	case e.Facts["occurrence"] != a.occurrence:
		return false
	case e.Kind == "campaign.opened":
		a.open = true
	case e.Kind == "campaign.begun", e.Kind == "campaign.closed":
	case !a.open:
		return false
	case e.Kind == "reviewer.left": // others are asked by then
		return slices.Contains(a.before, e.Facts["reviewer"])
	case strings.HasPrefix(string(e.Kind), "reviewer."):
		return slices.Contains(a.reviewers, e.Facts["reviewer"])
	}
	return strings.HasPrefix(string(e.Kind), "campaign.")
}
