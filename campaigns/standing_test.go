package campaigns_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/grants"
	"airpass/reviews"
	"airpass/store"
)

// assigned is the account assignment of the person with a number.
func assigned(n int) access.Ref {
	return access.Ref{Kind: access.AccountAssignment, OktaUser: fmt.Sprintf("00u%d", n), Person: fmt.Sprintf("person-00u%d", n), Instance: viewer.Instance, PermissionSet: viewer.PermissionSet}
}

func byAirpass(r access.Ref) reviews.Way { return reviews.Way{Place: "the account", Ref: &r} }

var byHand = reviews.Way{Place: "Identity Center group g1", ByHand: reviews.ByHandGroup}

func (d *desk) update(do func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.Update(d.t.Context(), access.System("test"), do); err != nil {
		d.t.Fatal(err)
	}
}

// said is an occurrence with one item per way-list, of people with these numbers, about
// which a reviewer has said no. given has grants over the standing access.
func (d *desk) said(may bool, given map[int]access.Grant, standing ...[]reviews.Way) (o access.Occurrence) {
	d.t.Helper()
	d.update(func(tx *store.Tx) (err error) {
		o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: tx.Now(), Rules: access.Campaign{Name: "quarterly", Deadline: 24 * time.Hour, Silence: access.SilenceRevokes, RemoveStanding: may}})
		if err != nil {
			return err
		}
		var items []access.CampaignItem
		for n, ways := range standing {
			id := fmt.Sprintf("00u%d", n)
			facts, _ := json.Marshal(campaigns.Item{Target: viewer.ID, Who: id, OktaID: id, Standing: true, Grant: given[n].ID, Ways: ways, Looked: tx.Now(), Silence: access.SilenceRevokes})
			items = append(items, access.CampaignItem{Target: viewer.ID, Subject: id, Who: id, Standing: true, Grant: given[n].ID, Facts: facts})
		}
		if err := tx.AddItems(o, items, nil); err != nil {
			return err
		}
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, len(items), tx.Now(), tx.Now().Add(24*time.Hour)
		o.NextAt = tx.Now()
		o, err = tx.SaveOccurrence(o)
		return err
	})
	return o
}

// refuses has a reviewer say of all items that they are not needed, some time ago.
func (d *desk) refuses(o access.Occurrence) {
	d.t.Helper()
	for _, i := range d.items(o) {
		d.update(func(tx *store.Tx) error {
			i := campaigns.Decide(i, access.Person{OktaID: "00ugrace", Name: "Grace"}, access.RevokeItem, time.Time{}, "", tx.Now().Add(-access.GraceOfReview))
			_, err := tx.SaveItem(i)
			return err
		})
	}
}

func (d *desk) items(o access.Occurrence) []access.CampaignItem {
	d.t.Helper()
	items, err := d.CampaignItems(d.t.Context(), o.ID, "", 100)
	if err != nil {
		d.t.Fatal(err)
	}
	slices.SortFunc(items, func(a, b access.CampaignItem) int { return strings.Compare(a.Subject, b.Subject) })
	return items
}

// is what is known of an entitlement.
func (d *desk) is(r access.Ref) (e access.Entitlement) {
	d.t.Helper()
	d.update(func(tx *store.Tx) (err error) {
		e, _, err = tx.EntitlementByKey(r.Key())
		return err
	})
	return e
}

// looks does what the reconciler does that has seen whether something is there.
func (d *desk) looks(r access.Ref, presence access.Presence) {
	d.t.Helper()
	e, wall := d.is(r), time.Now()
	d.update(func(tx *store.Tx) error {
		e, mine, err := tx.ClaimEntitlement(e.ID, e.Version, "token", wall, wall.Add(time.Minute))
		if err != nil || !mine {
			return fmt.Errorf("claimed: %v, %w", mine, err)
		}
		if e, err = tx.LockEntitlement(e.ID, "token"); err == nil {
			e.Presence, e.VerifiedAt = presence, tx.Now()
			_, err = tx.SaveEntitlement(e, true)
		}
		return err
	})
}

// grant begins a grant of the person with a number.
func (d *desk) grant(n int) (g access.Grant) {
	d.t.Helper()
	d.update(func(tx *store.Tx) error {
		p := access.Person{OktaID: fmt.Sprintf("00u%d", n), Status: "ACTIVE"}
		r, err := tx.CreateRequest(access.Request{Subject: p, Slack: access.SlackUser{Team: "T1", ID: "U1"}, Target: viewer, Duration: 500 * time.Hour, Reason: "the nightly run", State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
		if err != nil {
			return err
		}
		r.State = access.RequestApproved
		if r, err = tx.SaveRequest(r); err == nil {
			g, err = grants.Start(tx, r, "person-"+p.OktaID)
		}
		return err
	})
	return g
}

func TestStandingAccessIsTakenAwayWhereTheCampaignMayAndIsListedUntilItIsGone(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o := d.said(true, nil, []reviews.Way{byAirpass(assigned(0))}, []reviews.Way{byAirpass(assigned(1)), byHand}, []reviews.Way{byHand})
	d.refuses(o)
	d.steps(s, o.ID)
	items := d.items(o)
	if items[0].State != access.ItemRemoving || items[1].State != access.ItemRemoving || items[2].State != access.ItemSettled || !strings.Contains(items[2].LastError, "Identity Center group g1: airpass changes no group") {
		t.Fatalf("%+v", items)
	}
	for n := range 2 {
		if e := d.is(assigned(n)); e.Origin != access.OriginOurs || e.UnwantedSince.IsZero() || e.Presence != access.PresenceUnknown {
			t.Errorf("it is not taken away: %+v", e)
		}
		d.looks(assigned(n), access.Present)
	}
	d.at("2026-02-01T01:00:00Z")
	if d.steps(s, o.ID); d.items(o)[0].State != access.ItemRemoving {
		t.Error("it is settled while it is there")
	}
	d.looks(assigned(0), access.Absent)
	d.looks(assigned(1), access.Absent)
	d.at("2026-02-01T02:00:00Z")
	d.steps(s, o.ID)
	if items = d.items(o); items[0].State != access.ItemSettled || items[0].LastError != "" || items[0].SettledAt != d.Now() {
		t.Errorf("%+v", items[0])
	}
	if items[1].State != access.ItemSettled || !strings.Contains(items[1].LastError, "taken away by hand: Identity Center group g1") {
		t.Errorf("what is left is not said: %+v", items[1])
	}
	var trail strings.Builder
	if err := d.ExportAudit(t.Context(), &trail, store.AuditFilter{}); err != nil || !strings.Contains(trail.String(), `"refs":"`+assigned(0).Key()+`"`) {
		t.Errorf("%v: what is taken away is not in the trail\n%s", err, trail.String())
	}
	trail.Reset()
	if err := d.ExportAudit(t.Context(), &trail, store.AuditFilter{Target: items[0].Target}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"entitlement.taken_over", "entitlement.absent"} {
		if n := strings.Count(trail.String(), `"kind":"`+kind+`"`); n != 2 {
			t.Errorf("that it was taken away is not in the trail of the target: %s %d times", kind, n)
		}
	}
}

func TestACampaignThatMayNotTakesNoStandingAccessAway(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	o := d.said(false, nil, []reviews.Way{byAirpass(assigned(0))})
	d.refuses(o)
	d.steps(d.with(""), o.ID)
	if i := d.items(o)[0]; i.State != access.ItemSettled || !strings.Contains(i.LastError, "take it away where it was given") {
		t.Errorf("%+v", i)
	}
	if e := d.is(assigned(0)); e.ID != "" {
		t.Errorf("it is touched: %+v", e)
	}
}

func TestAGrantOverStandingAccessEndsWithIt(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	g := d.grant(0)
	o := d.said(true, map[int]access.Grant{0: g}, []reviews.Way{byAirpass(assigned(0))})
	d.refuses(o)
	d.steps(d.with(""), o.ID)
	if e := d.is(assigned(0)); d.revoking([]access.Grant{g}) != 1 || e.Origin != access.OriginOurs || e.UnwantedSince.IsZero() {
		t.Errorf("%+v", e)
	}
	if i := d.items(o)[0]; i.State != access.ItemRemoving {
		t.Errorf("%+v", i)
	}
	// Erasing the reviewer does not reach the grants of others.
	if g, err := d.Grant(t.Context(), g.ID); err != nil || !strings.Contains(g.EndNote, "a reviewer has said") || strings.Contains(g.EndNote, "Grace") {
		t.Errorf("%+v %v", g, err)
	}
}

func TestWhatAnotherGrantNeedsGoesWhenThatEnds(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o := d.said(true, nil, []reviews.Way{byAirpass(assigned(0))})
	g := d.grant(0) // since people were asked
	d.refuses(o)
	d.steps(s, o.ID)
	d.at("2026-02-01T02:00:00Z")
	d.steps(s, o.ID)
	if i := d.items(o)[0]; i.State != access.ItemRemoving || !strings.Contains(i.LastError, g.ID) || !i.NextAt.Equal(g.EndAt) {
		t.Errorf("%+v", i)
	}
	if e := d.is(assigned(0)); e.Origin != access.OriginOurs || !e.UnwantedSince.IsZero() || d.revoking([]access.Grant{g}) != 0 {
		t.Errorf("it is not kept for the grant: %+v", e)
	}
	if err := grants.New(grants.Options{Store: d.Store, Now: d.Now}).Revoke(t.Context(), access.System("test"), g.ID, access.EndReturned, ""); err != nil {
		t.Fatal(err)
	}
	if e := d.is(assigned(0)); e.UnwantedSince.IsZero() {
		t.Errorf("it stays after the grant: %+v", e)
	}
}

func TestWhatWasAdoptedSincePeopleWereAskedStays(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	adopt := func(n int) { d.update(func(tx *store.Tx) error { return tx.KnowStanding(assigned(n)) }) }
	adopt(1) // known as standing access before people were asked
	o := d.said(true, nil, []reviews.Way{byAirpass(assigned(0))}, []reviews.Way{byAirpass(assigned(1))})
	d.at("2026-02-01T01:00:00Z")
	adopt(0)
	d.refuses(o)
	d.steps(s, o.ID)
	items := d.items(o)
	if items[0].State != access.ItemSettled || !strings.Contains(items[0].LastError, "an operator has said meanwhile that it stays") || d.is(assigned(0)).Origin != access.OriginStanding {
		t.Errorf("%+v", items[0])
	}
	if items[1].State != access.ItemRemoving || d.is(assigned(1)).Origin != access.OriginOurs {
		t.Errorf("%+v", items[1])
	}
}

func TestSilenceTakesStandingAccessAwayUnderTheCap(t *testing.T) {
	t.Parallel()
	for people, state := range map[int]access.OccurrenceState{2: access.OccurrenceClosed, 3: access.OccurrenceOpen} {
		d := open(t, file(t), "2026-02-01T00:00:00Z")
		s := d.with("")
		var standing [][]reviews.Way
		for n := range people {
			standing = append(standing, []reviews.Way{byAirpass(assigned(n))})
		}
		o := d.said(true, nil, standing...)
		d.at("2026-02-03T00:00:00Z")
		o = d.steps(s, o.ID)
		if taken := d.is(assigned(0)).Origin == access.OriginOurs; o.State != state || taken != (state == access.OccurrenceClosed) {
			t.Errorf("%d people: %s, taken away: %v", people, o.State, taken)
		}
	}
}

// What somebody is kept until a date for is known until then.
func TestWhoIsKeptUntilADateIsNotErasedBefore(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o := d.said(true, nil, []reviews.Way{byAirpass(assigned(0))})
	until := d.Now().Add(200 * 24 * time.Hour)
	d.update(func(tx *store.Tx) error {
		_, err := tx.SaveItem(campaigns.Decide(d.items(o)[0], access.Person{OktaID: "00ugrace"}, access.KeepItem, until, "", tx.Now().Add(-access.GraceOfReview)))
		return err
	})
	d.steps(s, o.ID)
	d.close(s, o)
	if i := d.items(o)[0]; i.State != access.ItemSettled || !i.NextAt.Equal(until) {
		t.Fatalf("%+v", i)
	}
	_, err := d.ErasePersonal(t.Context(), access.System("test"), "00u0")
	if !errors.Is(err, access.ErrNotAllowed) {
		t.Errorf("erased: %v", err)
	}
	later := d.Now().Add(100 * 24 * time.Hour)
	d.at(later.Format(time.RFC3339))
	if _, why, err := d.EraseIdle(t.Context(), access.System("test"), "00u0", later, nil); err != nil || why == "" {
		t.Errorf("erased: %q, %v", why, err)
	}
	d.at(until.Format(time.RFC3339))
	d.steps(s, o.ID)
	if e := d.is(assigned(0)); e.Origin != access.OriginOurs || e.UnwantedSince.IsZero() {
		t.Errorf("it is not taken away: %+v", e)
	}
}

// A pushed membership follows a membership: it does not go where that stays.
func TestWhatFollowsAMembershipThatStaysIsNotTakenOver(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	member := access.Ref{Kind: access.OktaMembership, OktaUser: "00u0", OktaGroup: "00g1"}
	pushed := access.Ref{Kind: access.PushedMembership, OktaUser: "00u0", Person: "person-00u0", IdentityStore: "d-1", IdentityCenterGroup: "g-1"}
	o := d.said(true, nil, []reviews.Way{byAirpass(pushed), byAirpass(member)})
	d.at("2026-02-01T01:00:00Z")
	d.update(func(tx *store.Tx) error { return tx.KnowStanding(member) })
	d.refuses(o)
	d.steps(d.with(""), o.ID)
	if i, e := d.items(o)[0], d.is(pushed); i.State != access.ItemSettled || !strings.Contains(i.LastError, "meanwhile that it stays") || e.Origin == access.OriginOurs {
		t.Errorf("%+v, the pushed membership %+v", i, e)
	}
}
