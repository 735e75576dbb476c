package store_test

import (
	"maps"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// What somebody saw when they decided is in the trail, whole.
func TestADecisionHasEverythingThatTheCardSaid(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.ask(access.Person{OktaID: "00uOther", Login: "ada@example.org", Name: "ada lovelace"}, prod)
		ada := ada
		ada.Title, ada.Department, ada.Manager, ada.ManagerName = "Countess", "Data", "boss@example.com", "May Boss"
		held := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		dev := prod
		dev.ID, dev.Role, dev.PermissionSet, dev.SharesWith = "dev/Admin", access.Admin, "arn:dev", []string{"dev/Op", "dev/User"}
		dev.Environment = access.Environment{Key: "dev", Account: "333344445555", Region: "eu-west-1", Name: "data-platform-dev"}
		d := access.Decision{ID: "d-1", Decider: grace, Verdict: access.Approve, ReceivedAt: noon.Add(time.Second), Slack: access.SlackUser{Team: "T1", ID: "UG"},
			Duration: time.Hour, Reason: "for the migration", Rules: []access.Approver{{Kind: access.ApproverManager}, {Kind: access.ApproverPerson, Value: grace.Login}}}
		w.update(func(tx *store.Tx) error {
			r, err := tx.CreateRequest(access.Request{Subject: ada, Slack: access.SlackUser{Team: "T1", ID: "UA"}, Target: dev, Duration: 2 * time.Hour, Reason: "the migration",
				State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour), StartAt: noon.Add(time.Hour), NewAccount: true, Extends: held.ID, Seen: access.Seen{Private: true}})
			if err != nil {
				return err
			}
			d.RequestID = r.ID
			return tx.CreateDecision(d)
		})
		want := map[string]string{
			"decision": "d-1", "verdict": "approve", "decider": grace.OktaID, "slack": "T1/UG", "subject": ada.OktaID, "target": "dev/Admin", "received": "2026-11-24T12:00:01.000Z",
			"asked": "2h0m0s", "duration": "1h0m0s", "airflow_role": "Admin", "environment": "data-platform-dev", "account": "333344445555", "region": "eu-west-1", "permission_set": "arn:dev",
			"held": "prod/Viewer", "shares_with": "dev/Op dev/User", "extends": held.ID, "start": "2026-11-24T13:00:00.000Z", "new_account": "yes", "private": "yes",
			"rules": "manager person:" + grace.OktaID, "about": ada.OktaID,
		}
		found := 0
		err := w.EachAuditLine(t.Context(), store.AuditFilter{Kind: "decision.recorded", Request: d.RequestID}, func(l store.AuditLine) error {
			e, err := l.Recorded()
			if found++; !maps.Equal(e.Facts, want) {
				t.Errorf("the trail says\n%q, want\n%q", e.Facts, want)
			}
			if personal := map[string]string{"reason": "for the migration", "facts": `{"department":"Data","email":"ada@example.com","login":"Ada@example.com","name":"Ada Lovelace","reason":"the migration","title":"Countess"}`,
				"others": `{"logins":["ada@example.org"],"manager":"boss@example.com","manager_name":"May Boss"}`}; !maps.Equal(e.Personal, personal) {
				t.Errorf("personal: %q", e.Personal)
			}
			return err
		})
		if err != nil || found != 1 {
			t.Errorf("%d decisions: %v", found, err)
		}
	})
}

// So is what who reviews what was taken at once saw, and it is erased with whom it names.
func TestAReviewHasEverythingThatTheCardSaid(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ada := ada
		ada.Title, ada.Manager, ada.ManagerName = "Countess", "boss@example.com", "May Boss"
		r := w.ask(ada, prod)
		g := w.move(w.grant(r, access.GrantProvisioning), access.GrantActive)
		w.update(func(tx *store.Tx) error {
			owed, err := tx.OweReview(access.Review{Kind: access.ReviewBreakGlass, Request: r.ID, Grant: g.ID, Subject: ada, Target: prod.ID, DueAt: noon.Add(time.Hour)})
			if err != nil {
				return err
			}
			owed.State, owed.Verdict, owed.Reviewer, owed.Comment = access.ReviewGiven, access.Justified, grace, "it was red"
			_, err = tx.SaveReview(owed)
			return err
		})
		given := func() store.Recorded { return w.of("review.given")[0] }
		for name, want := range map[string]string{"asked": "1h0m0s", "airflow_role": "Viewer", "account": "111122223333", "permission_set": "arn:set", "state": "active", "end": "2026-11-24T13:00:00.000Z", "taken": "2026-11-24T12:00:00.000Z"} {
			if got := given().Facts[name]; got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if personal := map[string]string{"comment": "it was red", "facts": `{"login":"Ada@example.com","name":"Ada Lovelace","reason":"the nightly run is red","title":"Countess"}`}; !maps.Equal(given().Personal, personal) {
			t.Errorf("personal: %q", given().Personal)
		}
		g = w.move(g, access.GrantRevoking)
		g.EndedAt = w.clock.Now()
		w.move(g, access.GrantEnded)
		if _, err := w.ErasePersonal(t.Context(), tester, ada.OktaID); err != nil {
			t.Fatal(err)
		}
		if personal := given().Personal; len(personal) != 0 {
			t.Errorf("of whoever is erased is left %q", personal)
		}
		if v := w.verified(); v.Erased != v.Recorded {
			t.Errorf("%+v", v)
		}
	})
}

// So is what somebody was shown who has others asked about an item of a campaign. Airpass was shown
// nothing: what it passes on has its facts where they were.
func TestWhoHasOthersAskedIsInTheTrailWithWhatTheyWereShown(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		const facts = `{"who":"ada@example.com","okta_id":"00uAda","approved":"may@example.com","last_use":"unknown","peers":{"others":2,"logins":["ben@example.com"]}}`
		if err := w.adds(o, ada, facts, grace); err != nil {
			t.Fatal(err)
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil || len(items) != 1 {
			t.Fatal(items, err)
		}
		i := items[0]
		for _, p := range []access.Passing{{By: grace.OktaID, At: noon, Comment: "you know her"}, {By: grace.OktaID, Why: access.PassedLeft, At: noon}} {
			w.update(func(tx *store.Tx) error {
				i, err = tx.SaveItem(i.PassTo("p2"+string(p.Why), p))
				return err
			})
		}
		all := w.of("item.delegated")
		if len(all) != 2 || len(all[1].Personal) != 0 {
			t.Fatalf("%+v", all)
		}
		if want := map[string]string{"facts": `{"last_use":"unknown","okta_id":"00uAda","peers":{"others":2},"who":"ada@example.com"}`, "others": `{"approved":"may@example.com","logins":["ben@example.com"]}`, "comment": "you know her"}; !maps.Equal(all[0].Personal, want) {
			t.Errorf("personal: %q", all[0].Personal)
		}
	})
}
