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
			"rules": "manager person:" + grace.OktaID,
		}
		found := 0
		err := w.EachAuditLine(t.Context(), store.AuditFilter{Kind: "decision.recorded", Request: d.RequestID}, func(l store.AuditLine) error {
			e, err := l.Recorded()
			if found++; !maps.Equal(e.Facts, want) {
				t.Errorf("the trail says\n%q, want\n%q", e.Facts, want)
			}
			if e.Personal["reason"] != "for the migration" {
				t.Errorf("personal: %q", e.Personal)
			}
			return err
		})
		if err != nil || found != 1 {
			t.Errorf("%d decisions: %v", found, err)
		}
	})
}
