package store_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// sealedRules have everything in them that the rules of a campaign can have.
func sealedRules() access.Campaign {
	return access.Campaign{Name: "quarterly", Scope: access.LiveGrants, OlderThan: 720 * time.Hour, Targets: []string{"prod/Admin", "prod/User"}, When: `role == "Admin"`,
		Reviewers: []access.Approver{{Kind: access.ApproverManager}, {Kind: access.ApproverPerson, Value: "grace@example.com"}}, Fallback: []access.Approver{{Kind: access.ApproverGroup, Value: "00gSecurity"}},
		RemindEvery: 72 * time.Hour, Deadline: 336 * time.Hour, Silence: access.SilenceEscalates, EscalateTo: []access.Approver{{Kind: access.ApproverOwner, Value: "olga@example.com"}}, RemoveStanding: true}
}

// What has been sealed is compared with what every later version makes of the same rules: this
// cannot become anything else, whatever campaigns can do by then.
func TestTheSealOfRulesStaysAsItIs(t *testing.T) {
	t.Parallel()
	e := store.SealRules(access.Event{Facts: map[string]string{}}, sealedRules())
	want := map[string]string{"scope": "grants", "older_than": "720h0m0s", "targets": "prod/Admin prod/User", "filter": "34e05693f502b7d2b9ea5a5626e954fbdf72a93328eb2bcb5a4c87f160b17715", "silence": "escalate", "remove_standing": "true",
		"time_to_answer": "336h0m0s", "remind_every": "72h0m0s", "reviewers": "manager person", "fallback": "okta_group:00gSecurity", "escalate_to": "environment_owners", "rules": "83a05ef3e96db7903257af54bf83d4cf5bc01531a2853623197b08d889c0e37c"}
	if !maps.Equal(e.Facts, want) {
		t.Errorf("%q", e.Facts)
	}
	if logins := map[string]string{"reviewers": "manager person:grace@example.com", "escalate_to": "environment_owners:olga@example.com"}; !maps.Equal(e.Personal, logins) {
		t.Errorf("%q", e.Personal)
	}
}

// What a filter compares with that is somebody's is in a personal value alone: of what is in clear
// nobody finds out by trying who was in it.
func TestTheSealOfAFilterTellsNoAddress(t *testing.T) {
	t.Parallel()
	seal := func(filter string) access.Event {
		r := sealedRules()
		r.When = filter
		return store.SealRules(access.Event{Facts: map[string]string{}}, r)
	}
	first := `person.login != "ada@example.com" && person.manager in ['00uGrace', "grace@example.com"]`
	erased := `person.login != "00uAda" && person.manager in ['00uGrace', "00uGrace"]`
	a, b, c := seal(first), seal(erased), seal(`person.login == "ada@example.com"`)
	if a.Facts["filter"] != b.Facts["filter"] || a.Facts["rules"] != b.Facts["rules"] || a.Facts["filter"] == c.Facts["filter"] || a.Facts["rules"] == c.Facts["rules"] {
		t.Errorf("%q\n%q\n%q", a.Facts, b.Facts, c.Facts)
	}
	if a.Personal["filter"] != first || a.Personal["reviewers"] == "" {
		t.Errorf("%q", a.Personal)
	}
}

// A vendor may name people in its words, which are in facts and cannot be erased: an address is not.
func TestTheWordsOfAVendorBringNoAddressIntoTheTrail(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		w.update(func(tx *store.Tx) error {
			e := w.entitlements(g)[0]
			i := access.Intent{ID: tx.NewID(), EntitlementID: e.ID, Ref: e.Ref, Operation: access.Add, State: access.IntentOpen}
			if err := tx.CreateIntent(i); err != nil {
				return err
			}
			i.State, i.Answer = access.IntentRefused, "User: arn:aws:sts::111122223333:assumed-role/login/ada@example.com is not authorized"
			return tx.SaveIntent(i)
		})
		want := "User: arn:aws:sts::111122223333:… is not authorized"
		if refused := w.of("intent.refused"); len(refused) != 1 || refused[0].Facts["answer"] != want {
			t.Errorf("%+v", refused)
		}
	})
}

// The rules by which an occurrence runs are in the event with which it began, without the logins
// that they name, which are personal values of nobody who would be erased as a person.
func TestAnOccurrenceBeginsWithItsRulesSealed(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.update(func(tx *store.Tx) error {
			_, _, err := tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: noon, Rules: sealedRules()})
			return err
		})
		want := store.SealRules(access.Event{Facts: map[string]string{}}, sealedRules())
		events := w.of("campaign.begun")
		if len(events) != 1 || !maps.Equal(events[0].Personal, want.Personal) {
			t.Fatalf("%+v", events)
		}
		for name, text := range want.Facts {
			if events[0].Facts[name] != text {
				t.Errorf("%s is %q, want %q", name, events[0].Facts[name], text)
			}
		}
		person, err := w.NextPersonal(t.Context(), "")
		if err != nil || person != "campaign:quarterly" {
			t.Fatal(person, err)
		}
		if why, err := w.Idle(t.Context(), tester, person, noon.Add(1000*time.Hour), nil); err != nil || why != "nobody in Okta" {
			t.Errorf("retention takes the rules for somebody: %q %v", why, err)
		}
	})
}

// The trail has what began, also where its row is there no more.
func TestTheTrailHasWhatBeganAlsoWhereItsRowIsGone(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		first, _ := w.begins(noon)
		if _, err := w.becomesOccurrence(first, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		second, _ := w.begins(noon.Add(time.Hour))
		w.exec("DELETE FROM occurrences WHERE id = '" + second.ID + "'")
		for name, want := range map[string]struct {
			id   string
			lost bool
		}{"quarterly": {second.ID, true}, second.ID: {second.ID, true}, first.ID: {first.ID, false}} {
			e, is, err := w.LastBegun(t.Context(), name)
			if err != nil || !is || e.Facts["occurrence"] != want.id || e.Facts["campaign"] != "quarterly" || !e.At.Equal(noon) {
				t.Fatalf("%s: %+v %v %v", name, e, is, err)
			}
			if lost, err := w.Lost(t.Context(), e); err != nil || lost != want.lost {
				t.Errorf("%s: %v %v", name, lost, err)
			}
		}
		if _, is, err := w.LastBegun(t.Context(), "yearly"); err != nil || is {
			t.Error(is, err)
		}
		w.exec(`UPDATE audit_events SET body = REPLACE(body, 'quarterly', 'monthly') WHERE kind = 'campaign.begun'`)
		if _, _, err := w.LastBegun(t.Context(), "monthly"); !errors.Is(err, store.ErrTrail) {
			t.Errorf("an event is believed that was edited: %v", err)
		}
	})
}
