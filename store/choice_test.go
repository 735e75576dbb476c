package store_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"airpass/access"
	"airpass/store"
)

// Of a person is what they did and what is about them; of a target what is about its
// requests and what these gave; of one grant its life.
func TestAnExportIsOfAPersonOrOfATarget(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ben, dev := ada, prod
		ben.OktaID, ben.Name, ben.Login = "00uBen", "=Ben", "ben@example.com"
		dev.ID, dev.PermissionSet = "dev/User", prod.PermissionSet+"-dev"
		adas := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		bens := w.grant(w.ask(ben, dev), access.GrantProvisioning)
		w.update(func(tx *store.Tx) error {
			for _, g := range []access.Grant{adas, bens} {
				for _, e := range w.entitlements(g) {
					tx.Record(access.Event{Kind: "call.made", Ref: e.Ref.Key(), Facts: map[string]string{"vendor_call": g.ID}})
				}
			}
			return nil
		})
		got := func(f store.AuditFilter) (lines []store.AuditLine) {
			if err := w.EachAuditLine(t.Context(), f, func(l store.AuditLine) error { lines = append(lines, l); return nil }); err != nil {
				t.Fatal(err)
			}
			return lines
		}
		has := func(lines []store.AuditLine, g access.Grant) (calls, changes int) {
			for _, l := range lines {
				e, err := l.Recorded()
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case e.Facts["vendor_call"] == g.ID:
					calls++
				case e.Grant == g.ID || e.Request == g.RequestID:
					changes++
				}
			}
			return calls, changes
		}
		for name, lines := range map[string][]store.AuditLine{"person": got(store.AuditFilter{Person: ada.OktaID}), "target": got(store.AuditFilter{Target: prod.ID}),
			"both": got(store.AuditFilter{Person: ada.OktaID, Target: prod.ID})} {
			calls, changes := has(lines, adas)
			others, theirs := has(lines, bens)
			if calls != len(w.entitlements(adas)) || changes != 5 || others+theirs != 0 {
				t.Errorf("by %s: %d calls and %d changes of hers, %d and %d of others'", name, calls, changes, others, theirs)
			}
		}
		if n := len(got(store.AuditFilter{Person: ada.OktaID, Target: dev.ID})); n != 0 {
			t.Errorf("%d events of her and of what she has not asked for", n)
		}
		if _, changes := has(got(store.AuditFilter{Person: grace.OktaID}), bens); changes == 0 {
			t.Error("what somebody decided is not theirs")
		}
		all := got(store.AuditFilter{Person: ada.OktaID})
		if rest := got(store.AuditFilter{Person: ada.OktaID, After: all[2].Seq}); len(rest) != len(all)-3 {
			t.Errorf("%d of %d after the third", len(rest), len(all))
		}

		var out bytes.Buffer
		if err := w.ExportAuditCSV(t.Context(), &out, store.AuditFilter{Person: ben.OktaID}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 1+len(got(store.AuditFilter{Person: ben.OktaID})) || rows[0][0] != "seq" || rows[0][11] != "hash" {
			t.Fatalf("%v %q", err, rows)
		}
		for _, row := range rows {
			if slices.ContainsFunc(row, func(cell string) bool { return strings.HasPrefix(cell, "=") }) {
				t.Errorf("a spreadsheet takes this for a formula: %q", row)
			}
		}
	})
}

// What a campaign and drift take away follows from no request: that it is gone is of the
// target all the same.
func TestAnExportOfATargetHasWhatWasTakenAwayWithoutARequest(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		assigned := func(who access.Person, set string) access.Ref {
			return access.Ref{Kind: access.AccountAssignment, OktaUser: who.OktaID, Person: "p-" + who.OktaID, Instance: "arn:instance", Account: "111122223333", PermissionSet: set}
		}
		calls := func(of access.Ref) {
			w.update(func(tx *store.Tx) error {
				tx.Record(access.Event{Kind: "call.made", Ref: of.Key(), Facts: map[string]string{"operation": "DeleteAccountAssignment"}})
				return nil
			})
		}
		campaigns, drifts, others := assigned(ada, "arn:set"), assigned(grace, "arn:set"), assigned(grace, "arn:other")

		o, _ := w.begins(noon)
		if err := w.adds(o, ada, `{}`, grace); err != nil {
			t.Fatal(err)
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		i := items[0]
		w.update(func(tx *store.Tx) error {
			if err := tx.TakeOverLater(campaigns, noon, i.Target); err != nil {
				return err
			}
			i.State = access.ItemRemoving
			_, err := tx.SaveRemoving(i, []access.Ref{campaigns})
			return err
		})
		for key, what := range map[string]struct {
			ref     access.Ref
			targets []string
		}{"one": {drifts, []string{"dev/Viewer", "prod/Viewer"}}, "other": {others, []string{"dev/Viewer"}}} {
			f := access.Finding{Key: key, Kind: "extra", Subject: grace.OktaID, FindingFacts: access.FindingFacts{System: "aws", Place: "a set", Targets: what.targets}}
			w.update(func(tx *store.Tx) error {
				if err := tx.AddFinding(f); err != nil {
					return err
				}
				if err := tx.TakeOver(what.ref, noon, what.targets...); err != nil {
					return err
				}
				return tx.FindingDone(f, access.RemoveDrift, []access.Ref{what.ref})
			})
		}
		for _, ref := range []access.Ref{campaigns, drifts, others} {
			calls(ref)
		}
		of := func(f store.AuditFilter) (kinds []string) {
			err := w.EachAuditLine(t.Context(), f, func(l store.AuditLine) error {
				e, err := l.Recorded()
				if strings.Contains(e.Ref+e.Facts["refs"], others.Key()) {
					t.Errorf("%s of another target", e.Kind)
				}
				kinds = append(kinds, string(e.Kind))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return kinds
		}
		campaign := []string{"entitlement.taken_over", "item.removing"}
		drift := []string{"drift.found", "entitlement.taken_over", "drift.done"}
		for name, c := range map[string]struct{ got, want []string }{
			"target":               {of(store.AuditFilter{Target: "prod/Viewer"}), slices.Concat(campaign, drift, []string{"call.made", "call.made"})},
			"who lost it":          {of(store.AuditFilter{Target: "prod/Viewer", Person: ada.OktaID}), slices.Concat(campaign, []string{"call.made"})},
			"of whom drift has it": {of(store.AuditFilter{Target: "prod/Viewer", Person: grace.OktaID}), slices.Concat(drift, []string{"call.made"})},
		} {
			if !slices.Equal(c.got, c.want) {
				t.Errorf("by %s: %q, want %q", name, c.got, c.want)
			}
		}
	})
}

// The life of a grant ends where that of another one with the same things begins.
func TestTheLifeOfAGrant(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		call := func(id string, g access.Grant) {
			w.update(func(tx *store.Tx) error {
				tx.Record(access.Event{Kind: "call.made", Ref: w.entitlements(g)[0].Ref.Key(), Facts: map[string]string{"vendor_call": id}})
				return nil
			})
		}
		first := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		call("first", first)
		mine := w.entitlements(first)[0].Ref
		theirs := mine
		theirs.OktaUser = grace.OktaID
		for _, ref := range []access.Ref{theirs, mine} { // drift's findings of it are part of its life
			f := access.Finding{Key: ref.OktaUser, Kind: "missing", Subject: ref.OktaUser, FindingFacts: access.FindingFacts{System: "okta", Place: "a group", Targets: []string{prod.ID}, Refs: []string{ref.Key()}}}
			w.update(func(tx *store.Tx) error {
				return errors.Join(tx.AddFinding(f), tx.FindingDone(f, access.RepairDrift, []access.Ref{ref}), tx.ResolveFinding(f))
			})
		}
		first = w.move(w.move(first, access.GrantRevoking), access.GrantEnded)
		call("late", first)
		second := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		call("second", second)
		life := func(g access.Grant) (calls, kinds []string) {
			err := w.TraceGrant(t.Context(), g, func(e store.Recorded) error {
				if kinds = append(kinds, string(e.Kind)); e.Kind == "call.made" {
					calls = append(calls, e.Facts["vendor_call"])
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return calls, kinds
		}
		calls, kinds := life(first)
		if !slices.Equal(calls, []string{"first", "late"}) || kinds[0] != "request.created" || !slices.Contains(kinds, "decision.recorded") || !slices.Contains(kinds, "grant.ended") {
			t.Errorf("%q of %q", calls, kinds)
		}
		if found := slices.DeleteFunc(kinds, func(k string) bool { return !strings.HasPrefix(k, "drift.") }); !slices.Equal(found, []string{"drift.found", "drift.done", "drift.resolved"}) {
			t.Errorf("of drift it has %q", found)
		}
		if calls, _ = life(second); !slices.Equal(calls, []string{"second"}) {
			t.Errorf("%q of the second", calls)
		}
	})
}

// What drift finds of the permission set itself is of whoever is asked for it or has it then, and a
// campaign is, with those who are told of it, of what it asks about until somebody decides.
func TestTheLifeOfAGrantHasItsPermissionSetAndWhoIsAskedAboutIt(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		edited := func(kind, account string) access.Finding {
			return access.Finding{Key: kind + account, Kind: kind, FindingFacts: access.FindingFacts{System: "aws", Place: "a set in " + account, Targets: []string{prod.ID}, PermissionSet: prod.PermissionSet, Account: account}}
		}
		mine := prod.Environment.Account
		finds := func(resolved bool, all ...access.Finding) {
			for _, f := range all {
				w.update(func(tx *store.Tx) error {
					if resolved {
						return tx.ResolveFinding(f)
					}
					return tx.AddFinding(f)
				})
			}
		}
		finds(false, edited("policy_edited", mine), edited("session_edited", mine))
		finds(true, edited("session_edited", mine)) // over before she asks
		g := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		finds(false, edited("policy_attached", mine), edited("policy_attached", "999999999999"))

		o, _ := w.begins(noon)
		w.update(func(tx *store.Tx) error {
			return tx.AddItems(o, []access.CampaignItem{{Target: prod.ID, Subject: ada.OktaID, Grant: g.ID, Facts: json.RawMessage("{}"), Panel: "p1"},
				{Target: prod.ID, Subject: grace.OktaID, Facts: json.RawMessage("{}"), Panel: "p2"}},
				map[string][]access.Person{"p1": {grace}, "p2": {{OktaID: "00uHal", Login: "hal@example.com"}}})
		})
		o, err := w.becomesOccurrence(o, access.OccurrenceOpen)
		if err != nil {
			t.Fatal(err)
		}
		tells := func() {
			asked, err := w.CampaignReviewers(t.Context(), o.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range asked {
				w.update(func(tx *store.Tx) error { return tx.TellReviewer(o, r, 1) })
			}
		}
		tells()
		life := func() (kinds []string) {
			last := int64(0)
			err := w.TraceGrant(t.Context(), g, func(e store.Recorded) error {
				if e.Seq <= last {
					t.Errorf("event %d is told after %d", e.Seq, last)
				}
				last = e.Seq
				if of, _, _ := strings.Cut(string(e.Kind), "."); slices.Contains([]string{"drift", "campaign", "reviewer", "item"}, of) {
					kinds = append(kinds, strings.TrimSpace(string(e.Kind)+" "+e.Facts["kind"]+e.Facts["reviewer"]))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return kinds
		}
		want := []string{"drift.found policy_edited", "drift.found policy_attached", "campaign.begun", "campaign.opened", "reviewer.asked 00uGrace"}
		if kinds := life(); !slices.Equal(kinds, want) {
			t.Errorf("undecided: %q", kinds)
		}
		w.update(func(tx *store.Tx) error {
			items, err := w.CampaignItems(t.Context(), o.ID, "", 1)
			if err != nil {
				return err
			}
			items[0].State, items[0].Verdict, items[0].Decider, items[0].DecidedAt = access.ItemDecided, access.KeepItem, grace, tx.Now()
			_, err = tx.SaveItem(items[0])
			return err
		})
		tells() // about what she has not decided
		g = w.move(w.move(g, access.GrantRevoking), access.GrantEnded)
		finds(true, edited("policy_edited", mine))
		finds(false, edited("boundary_attached", mine)) // nobody has it any more
		if kinds := life(); !slices.Equal(kinds, append(want, "item.decided", "drift.resolved policy_edited")) {
			t.Errorf("over: %q", kinds)
		}
	})
}
