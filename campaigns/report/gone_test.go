package report_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/campaigns/report"
	"airpass/store"
)

// Standing access was gone when the last of it was seen to be, which the trail has of each thing; not
// when the campaign has looked at that, which may be long after. So was what was a grant besides.
func TestWhenStandingAccessWasSeenToBeGoneIsWhatTheTrailSays(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.begun()
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	hour := func(n int64) { d.ticks.Store(n * int64(time.Hour/time.Millisecond)) }
	saves := func(n int, refs ...access.Ref) {
		t.Helper()
		d.does(tester, func(tx *store.Tx) (err error) {
			items[n], err = tx.SaveRemoving(items[n], refs)
			return err
		})
	}
	removes := func(n int, refs ...access.Ref) {
		t.Helper()
		items[n] = campaigns.Decide(items[n], grace, access.RevokeItem, time.Time{}, "", noon)
		saves(n)
		items[n].State = access.ItemRemoving
		saves(n, refs...)
	}
	settles := func(n int) {
		t.Helper()
		items[n].State, items[n].SettledAt, items[n].NextAt = access.ItemSettled, noon.Add(time.Duration(d.ticks.Load())*time.Millisecond), time.Time{}
		saves(n)
	}
	sees := func(r access.Ref, kind access.EventKind) {
		t.Helper()
		d.does(tester, func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: kind, Ref: r.Key(), Facts: map[string]string{"entitlement": "e"}})
			return nil
		})
	}
	group, assignment := access.Ref{Kind: access.OktaMembership, OktaUser: "00u1", OktaGroup: "00gData"}, access.Ref{Kind: access.OktaMembership, OktaUser: "00u1", OktaGroup: "00gMore"}
	other := access.Ref{Kind: access.OktaMembership, OktaUser: "00u2", OktaGroup: "00gData"}
	before := access.Ref{Kind: access.OktaMembership, OktaUser: "00u3", OktaGroup: "00gData"}

	sees(before, "entitlement.absent") // by hand, before anybody has asked for it
	removes(ben, group, assignment)
	removes(cyd, other)
	removes(dee, before)
	hour(1)
	sees(group, "entitlement.absent")
	hour(2)
	sees(assignment, "entitlement.absent")
	sees(other, "entitlement.absent")
	sees(assignment, "entitlement.unknown")
	hour(5)
	settles(ben)
	settles(cyd)
	settles(dee)
	hour(6)
	sees(group, "entitlement.absent") // it was back, and is another removal
	d.does(tester, func(tx *store.Tx) error {
		g, err := tx.Grant(items[cyd].Grant)
		for _, state := range []access.GrantState{access.GrantRevoking, access.GrantEnded} {
			if g.State = state; state == access.GrantEnded {
				g.EndedAt, g.EndReason = noon.Add(3*time.Hour), access.EndRevoked
			}
			if err == nil {
				g, err = tx.SaveGrant(g)
			}
		}
		return err
	})
	d.past("UPDATE campaign_items SET standing = true WHERE subject_id = '00u2'")
	rows := d.rowsOf(d.report(o, report.CSV))["item"]
	for n, want := range map[int]string{ben: "2026-10-01T11:00:00", cyd: "2026-10-01T12:00:00", dee: "2026-10-01T14:00:00"} {
		if gone := rows[n]["removal_verified"]; len(gone) < len(want) || gone[:len(want)] != want {
			t.Errorf("of %s it was gone %q, not %s", rows[n]["who"], gone, want)
		}
	}
}
