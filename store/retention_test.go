package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// over is access of somebody that was asked for, given and taken away again.
func (w *world) over(who access.Person) (access.Request, access.Grant) {
	w.t.Helper()
	r := w.ask(who, prod)
	g := w.grant(r, access.GrantProvisioning)
	g = w.move(g, access.GrantActive)
	g = w.move(g, access.GrantRevoking)
	g.EndedAt = w.clock.Now()
	g = w.move(g, access.GrantEnded)
	w.exec(`UPDATE entitlements SET presence = 'absent', unwanted_since = NULL, next_at = NULL`, `UPDATE messages SET next_at = NULL`)
	return r, g
}

// erasesIdle has somebody erased who is done with for 90 days, and says why not.
func (w *world) erasesIdle(who access.Person, spared ...string) (store.Erased, string) {
	w.t.Helper()
	done, why, err := w.EraseIdle(w.t.Context(), tester, who.OktaID, w.clock.Now().Add(-90*24*time.Hour), spared)
	if err != nil {
		w.t.Fatal(err)
	}
	if said, err := w.Idle(w.t.Context(), tester, who.OktaID, w.clock.Now().Add(-90*24*time.Hour), spared); err != nil || why != "" && said != why {
		w.t.Errorf("a preview says %q, it is %q: %v", said, why, err)
	}
	return done, why
}

func TestWhoIsDoneWithIsErased(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r, _ := w.over(ada)
		w.clock.Add(89 * 24 * time.Hour)
		if _, why := w.erasesIdle(ada); why == "" {
			t.Error("erased before the time")
		}
		w.clock.Add(2 * 24 * time.Hour)
		if _, why := w.erasesIdle(ada, "ada@example.com"); why != "the configuration names them" {
			t.Errorf("an admin is erased: %q", why)
		}
		if person, err := w.NextPersonal(t.Context(), ""); err != nil || person != ada.OktaID {
			t.Errorf("%q %v", person, err)
		}
		done, why := w.erasesIdle(ada)
		if why != "" || done.Values == 0 || done.Requests != 1 {
			t.Errorf("%+v %q", done, why)
		}
		now, err := w.Request(t.Context(), r.ID)
		if err != nil || now.Subject.Name != "" || now.Reason != "" || now.Subject.OktaID != ada.OktaID {
			t.Errorf("%+v %v", now, err)
		}
		if v := w.verified(); v.Erased != v.Recorded || v.Erased != done.Values {
			t.Errorf("%+v", v)
		}
		if person, err := w.NextPersonal(t.Context(), ada.OktaID[:1]); err != nil || person == ada.OktaID {
			t.Errorf("she is looked at again: %q %v", person, err)
		}
	})
}

// However long ago it began, nothing is taken away from somebody with anything live.
func TestNobodyWithAnythingLiveIsErased(t *testing.T) {
	lives := map[string][]string{
		"a request that waits":        {`UPDATE requests SET state = 'pending'`},
		"scheduled":                   {`UPDATE grants SET state = 'scheduled'`},
		"provisioning":                {`UPDATE grants SET state = 'provisioning'`},
		"active":                      {`UPDATE grants SET state = 'active'`},
		"revoking":                    {`UPDATE grants SET state = 'revoking'`},
		"an entitlement is there":     {`UPDATE entitlements SET presence = 'present'`},
		"an entitlement is not known": {`UPDATE entitlements SET presence = 'unknown'`},
		"a review is owed": {`INSERT INTO reviews (id, kind, campaign_id, request_id, grant_id, subject_id, subject, target_id, reviewers, state, verdict, reviewer_id, reviewer, comment, created_at, due_at, remind_every, reminders, version)
			SELECT 'v1', 'break_glass', '', id, '', subject_id, subject, target_id, '[]', 'owed', '', '', '{}', '', created_at, created_at, 0, 0, 1 FROM requests`},
	}
	deciders := []string{"a request that waits", "scheduled", "provisioning", "active", "revoking"} // what she decided is not over
	onEach(t, func(t *testing.T, w *world) {
		w.over(ada)
		w.clock.Add(10 * 365 * 24 * time.Hour)
		for _, table := range []string{"requests", "grants"} {
			w.exec("CREATE TABLE was_" + table + " AS SELECT * FROM " + table)
		}
		for name, becomes := range lives {
			w.exec(becomes...)
			if _, why := w.erasesIdle(ada); why == "" {
				t.Errorf("%s: she is erased", name)
			}
			if over, err := w.OverRequests(t.Context(), w.clock.Now().Add(-365*24*time.Hour), 10); err != nil || len(over) != 0 && !strings.HasPrefix(name, "an entitlement") {
				t.Errorf("%s: its rows are deleted: %v %v", name, over, err)
			}
			for _, d := range deciders {
				if _, why := w.erasesIdle(grace); d == name && why == "" {
					t.Errorf("%s: who decided about it is erased", name)
				}
			}
			w.exec(`DELETE FROM reviews`, `UPDATE requests SET state = (SELECT state FROM was_requests)`, `UPDATE grants SET state = (SELECT state FROM was_grants)`,
				`UPDATE entitlements SET presence = 'absent'`)
		}
		w.verified()
	})
}

// An account in Identity Center is given for good: nothing takes it away, so it keeps nobody known.
func TestAnAccountThatStaysKeepsNobodyKnown(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.over(ada)
		w.clock.Add(10 * 365 * 24 * time.Hour)
		account := access.Ref{Kind: access.AssignmentGroup, OktaUser: ada.OktaID, OktaGroup: "00gEverybody"}.Key()
		w.exec(`UPDATE entitlements SET presence = 'present', key = '` + account + `' WHERE id = (SELECT MIN(id) FROM entitlements)`)
		if done, why := w.erasesIdle(ada); why != "" || done.Values == 0 {
			t.Errorf("%+v %q", done, why)
		}
		if e, is, err := w.EntitlementByKey(t.Context(), account); err != nil || !is || e.Presence != access.Present {
			t.Errorf("airpass knows of the account no more: %+v %v %v", e, is, err)
		}
	})
}

func TestRowsThatAreOverAreDeletedWithAllThatBelongsToThem(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		old, first := w.over(ada)
		longer, _ := w.over(ada)
		w.exec(`UPDATE requests SET extends = '` + first.ID + `' WHERE id = '` + longer.ID + `'`)
		w.clock.Add(400 * 24 * time.Hour)
		fresh, _ := w.over(grace)
		before := w.clock.Now().Add(-365 * 24 * time.Hour)
		if over, err := w.OverRequests(t.Context(), before, 10); err != nil || len(over) != 1 || over[0] != longer.ID {
			t.Errorf("what was extended waits for what extends it: %v %v", over, err)
		}
		for range 2 {
			if done, err := w.DeleteOver(t.Context(), tester, before, 10); err != nil || done.Requests != 1 {
				t.Errorf("%+v %v", done, err)
			}
		}
		if done, err := w.DeleteOver(t.Context(), tester, before, 10); err != nil || done.Any() {
			t.Errorf("%+v %v", done, err)
		}
		for table, want := range map[string]int{"requests": 1, "grants": 1, "decisions": 1, "messages": 0} {
			var n int
			if err := w.DB().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil || n < want || want > 0 && n > want {
				t.Errorf("%s: %d, want %d: %v", table, n, want, err)
			}
		}
		if _, err := w.Request(t.Context(), old.ID); err == nil {
			t.Error("the old one is still there")
		}
		if _, err := w.Request(t.Context(), fresh.ID); err != nil {
			t.Error(err)
		}
		kinds := w.kinds()
		if kinds[len(kinds)-1] != "retention.deleted" || kinds[len(kinds)-2] != "retention.deleted" {
			t.Errorf("%v", kinds)
		}
		w.verified()
	})
}

func TestAGrantIsTracedWhoseRowsAreDeleted(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r, g := w.over(ada)
		told := func() (kinds string, gone bool) {
			t.Helper()
			traced, gone, err := w.Traced(t.Context(), g.ID)
			if err != nil || traced.RequestID != r.ID {
				t.Fatalf("%+v %v", traced, err)
			}
			if err := w.TraceGrant(t.Context(), traced, func(e store.Recorded) error { kinds += string(e.Kind) + " "; return nil }); err != nil {
				t.Fatal(err)
			}
			return kinds, gone
		}
		before, gone := told()
		if gone || !strings.HasPrefix(before, "request.created ") || !strings.Contains(before, "grant.ended ") {
			t.Errorf("%q %v", before, gone)
		}
		w.clock.Add(400 * 24 * time.Hour)
		if done, err := w.DeleteOver(t.Context(), tester, w.clock.Now().Add(-365*24*time.Hour), 10); err != nil || done.Requests != 1 {
			t.Fatalf("%+v %v", done, err)
		}
		if after, gone := told(); !gone || !strings.HasPrefix(after, before) {
			t.Errorf("%q %v, before %q", after, gone, before)
		}
		if _, _, err := w.Traced(t.Context(), "nothing"); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("a grant that nobody knows: %v", err)
		}
	})
}

func TestNobodyIsErasedWhomACutOrACampaignIsAbout(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.over(ada)
		c, err := w.cut(ada, "p-1")
		if err != nil {
			t.Fatal(err)
		}
		o, _ := w.begins(noon)
		if err := w.adds(o, grace, `{}`, grace); err != nil {
			t.Fatal(err)
		}
		w.clock.Add(10 * 365 * 24 * time.Hour)
		if _, why := w.erasesIdle(ada); why != "their sessions are cut" {
			t.Errorf("%s: %q", c.State, why)
		}
		if _, why := w.erasesIdle(grace); why != "a campaign asks about their access" {
			t.Errorf("%q", why)
		}
		w.exec(`UPDATE campaign_items SET subject_id = '00uOther'`)
		if _, why := w.erasesIdle(grace); why != "a campaign asks them" {
			t.Errorf("%q", why)
		}
	})
}

// Of a chain of grants about whose first a campaign has asked nothing is deleted: when the last
// of them ended is what the report says of it.
func TestWhatMakesTheTimeOfWhatACampaignSpeaksOfLongerIsNotDeleted(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ends := func(g access.Grant) access.Grant {
			g = w.move(w.move(g, access.GrantActive), access.GrantRevoking)
			g.EndedAt = w.clock.Now()
			return w.move(g, access.GrantEnded)
		}
		first := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		second := w.extension(first)
		third := w.extension(second)
		alone := w.grant(w.ask(grace, prod), access.GrantProvisioning)
		longer := w.extension(alone)
		chain := []access.Grant{ends(first), ends(second), ends(third)}
		ends(alone)
		ends(longer)
		w.exec(`UPDATE messages SET next_at = NULL`)
		o, _ := w.begins(noon)
		w.update(func(tx *store.Tx) error {
			return tx.AddItems(o, []access.CampaignItem{{Target: prod.ID, Subject: ada.OktaID, Who: ada.Login, Grant: first.ID, Facts: []byte("{}")}}, nil)
		})
		w.clock.Add(1000 * time.Hour)
		for range 4 { // the last of a chain goes first
			if _, err := w.DeleteOver(t.Context(), tester, w.clock.Now(), 100); err != nil {
				t.Fatal(err)
			}
		}
		for n, g := range chain {
			if _, err := w.Grant(t.Context(), g.ID); err != nil {
				t.Errorf("grant %d of the chain: %v", n+1, err)
			}
		}
		for _, g := range []access.Grant{alone, longer} {
			if _, err := w.Grant(t.Context(), g.ID); !errors.Is(err, access.ErrNotFound) {
				t.Errorf("of a chain that no campaign speaks of a grant stays: %v", err)
			}
		}
	})
}
