package store_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// begins lets an occurrence of "quarterly" begin.
func (w *world) begins(scheduled time.Time) (o access.Occurrence, begun bool) {
	w.t.Helper()
	w.update(func(tx *store.Tx) (err error) {
		o, begun, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: scheduled, Rules: access.Campaign{Name: "quarterly", Deadline: time.Hour}})
		return err
	})
	return o, begun
}

// adds stores an item about somebody.
func (w *world) adds(o access.Occurrence, who access.Person, facts string, reviewers ...access.Person) error {
	w.t.Helper()
	panels := map[string][]access.Person{}
	if len(reviewers) > 0 {
		panels["p1"] = reviewers
	}
	return w.Update(w.t.Context(), tester, func(tx *store.Tx) error {
		return tx.AddItems(o, []access.CampaignItem{{Target: "prod/Viewer", Subject: who.OktaID, Who: who.Login, Facts: json.RawMessage(facts), Panel: "p1"}}, panels)
	})
}

// becomesOccurrence moves an occurrence.
func (w *world) becomesOccurrence(o access.Occurrence, state access.OccurrenceState) (access.Occurrence, error) {
	w.t.Helper()
	err := w.Update(w.t.Context(), tester, func(tx *store.Tx) (err error) {
		o.State = state
		o, err = tx.SaveOccurrence(o)
		return err
	})
	return o, err
}

func TestAnOccurrenceBeginsOnceAndNotBesideAnother(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		first, begun := w.begins(noon)
		if !begun {
			t.Fatal("it does not begin")
		}
		if _, again := w.begins(noon); again {
			t.Error("one occurrence has begun twice")
		}
		if _, beside := w.begins(noon.Add(time.Hour)); beside {
			t.Error("another has begun beside it")
		}
		if _, err := w.becomesOccurrence(first, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		if _, again := w.begins(noon); again {
			t.Error("one occurrence has begun again after it was closed")
		}
		if _, next := w.begins(noon.Add(time.Hour)); !next {
			t.Error("the next does not begin")
		}
		if _, err := w.becomesOccurrence(first, access.OccurrenceOpen); !errors.Is(err, access.ErrBadMove) {
			t.Errorf("one that was closed is opened: %v", err)
		}
	})
}

func TestOfManyWhoBeginOneOccurrenceOneDoes(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		var all sync.WaitGroup
		n := 0
		for range 8 {
			all.Go(func() {
				err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
					_, begun, err := tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: noon})
					if begun {
						mu.Lock()
						defer mu.Unlock()
						n++
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n != 1 {
			t.Errorf("%d have begun", n)
		}
	})
}

func TestItemsAreStoredOnceAndOnlyWhileTheOccurrenceIsBuilt(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		for _, facts := range []string{`{"since":1}`, `{"since":2}`} { // built again after a crash
			if err := w.adds(o, ada, facts, grace); err != nil {
				t.Fatal(err)
			}
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil || len(items) != 1 || string(items[0].Facts) != `{"since":1}` || items[0].State != access.ItemOpen || items[0].Subject != ada.OktaID {
			t.Errorf("%+v %v", items, err)
		}
		panels, err := w.CampaignPanels(t.Context(), o.ID)
		if err != nil || len(panels) != 1 || !slices.Equal(panels["p1"], []access.Person{grace}) {
			t.Errorf("%+v %v", panels, err)
		}
		if _, err := w.becomesOccurrence(o, access.OccurrenceOpen); err != nil {
			t.Fatal(err)
		}
		if err := w.adds(o, grace, `{}`); !errors.Is(err, access.ErrStale) {
			t.Errorf("who has built it too adds to it when it is open: %v", err)
		}
		if counts, err := w.ItemCounts(t.Context(), o.ID); err != nil || len(counts) != 1 || counts[0].Items != 1 {
			t.Errorf("%+v %v", counts, err)
		}
	})
}

func TestWhatACampaignKnowsOfSomebodyIsErased(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		if err := w.adds(o, ada, `{"who":"Ada@example.com"}`, grace); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ErasePersonal(t.Context(), tester, ada.OktaID); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("erased while people are asked: %v", err)
		}
		if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); !errors.Is(err, access.ErrNotAllowed) || !strings.Contains(err.Error(), "asks them") {
			t.Errorf("erased while she is asked: %v", err)
		}
		if _, err := w.becomesOccurrence(o, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		if all, err := w.CampaignItems(t.Context(), o.ID, "", 10); err != nil {
			t.Fatal(err)
		} else {
			all[0].LowerFailed = "Ada@example.com may not ask for it"
			w.update(func(tx *store.Tx) error { _, err := tx.SaveItem(all[0]); return err })
		}
		for _, who := range []access.Person{ada, grace} {
			if _, err := w.ErasePersonal(t.Context(), tester, who.OktaID); err != nil {
				t.Fatal(err)
			}
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil || len(items) != 1 || items[0].Who != ada.OktaID || string(items[0].Facts) != "{}" || items[0].LowerFailed != "erased" {
			t.Errorf("%+v %v", items, err)
		}
		if panels, err := w.CampaignPanels(t.Context(), o.ID); err != nil || len(panels["p1"]) != 1 || panels["p1"][0] != (access.Person{OktaID: grace.OktaID}) {
			t.Errorf("%+v %v", panels, err)
		}
	})
}

// What somebody has said when they had others asked goes with them, and with whom it is about;
// that others were asked, and what these have said, stays.
func TestWhatWasSaidWhenOthersWereAskedIsErased(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		if err := w.adds(o, ada, `{}`, grace, sam); err != nil {
			t.Fatal(err)
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil || len(items) != 1 {
			t.Fatal(items, err)
		}
		i := items[0].PassTo("p2", access.Passing{By: grace.OktaID, At: noon, Comment: "you know her"}).
			PassTo("p3", access.Passing{Why: access.PassedUnanswered, At: noon}).
			PassTo("p4", access.Passing{By: sam.OktaID, At: noon, Comment: "she has moved"})
		w.update(func(tx *store.Tx) error { _, err := tx.SaveItem(i); return err })
		if _, err := w.becomesOccurrence(o, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		for _, after := range []struct {
			erased access.Person
			left   []string
		}{{grace, []string{"", "", "she has moved"}}, {ada, []string{"", "", ""}}} {
			if _, err := w.ErasePersonal(t.Context(), tester, after.erased.OktaID); err != nil {
				t.Fatal(err)
			}
			items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
			if err != nil || len(items) != 1 {
				t.Fatal(items, err)
			}
			want := slices.Clone(i.Passed)
			for n := range want {
				want[n].Comment = after.left[n]
			}
			if got := items[0].Passed; !slices.Equal(got, want) {
				t.Errorf("after %s was erased: %+v, not %+v", after.erased.Login, got, want)
			}
		}
	})
}

func TestWhoIsErasedIsErasedFromWhatCampaignsSayOfOthers(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		const facts = `{"who":"grace@example.com","okta_id":"00uGrace","name":"Grace Hopper","approved":"mada@example.com, ADA@example.com","last_use":"unknown",
			"peers":{"others":12345678901234567,"logins":["mada@example.com","Ada@example.com"]},"asked":{"rule":"manager","reviewers":[{"okta_id":"00uAda","login":"Ada@example.com","name":"Ada Lovelace"}],"passed":["person:ada@example.com: it is themself"]}}`
		if err := errors.Join(w.adds(o, ada, `{}`, grace), w.adds(o, grace, facts, ada)); err != nil {
			t.Fatal(err)
		}
		item := func() (found access.CampaignItem) {
			items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return items[slices.IndexFunc(items, func(i access.CampaignItem) bool { return i.Subject == grace.OktaID })]
		}
		i := item()
		i.State, i.Verdict, i.Decider, i.Comment = access.ItemDecided, access.KeepItem, ada, "she needs it"
		w.update(func(tx *store.Tx) error {
			_, err := tx.SaveItem(i)
			return err
		})
		if _, err := w.ErasePersonal(t.Context(), tester, ada.OktaID); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("erased while what she has decided is open: %v", err)
		}
		if _, err := w.becomesOccurrence(o, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ErasePersonal(t.Context(), tester, ada.OktaID); !errors.Is(err, access.ErrNotAllowed) || !strings.Contains(err.Error(), "carried out") {
			t.Errorf("erased while what she has decided is not settled: %v", err)
		}
		i = item()
		i.State, i.SettledAt = access.ItemSettled, noon
		w.update(func(tx *store.Tx) error {
			_, err := tx.SaveItem(i)
			return err
		})
		done, err := w.ErasePersonal(t.Context(), tester, ada.OktaID)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"approved":"mada@example.com, 00uAda","asked":{"passed":["person:00uAda: it is themself"],"reviewers":[{"login":"","name":"","okta_id":"00uAda"}],"rule":"manager"},"last_use":"unknown","name":"Grace Hopper","okta_id":"00uGrace","peers":{"logins":["mada@example.com","00uAda"],"others":12345678901234567},"who":"grace@example.com"}`
		if got := string(item().Facts); got != want {
			t.Errorf("facts are\n%s, want\n%s", got, want)
		}
		events, err := w.AuditEvents(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(events, func(e store.Recorded) bool { return e.Kind == "item.decided" })
		if p := events[at].Personal; p["facts"] == "" || p["others"] != "" || p["comment"] == "" {
			t.Errorf("the trail says %q", p)
		}
		for _, e := range events {
			for field, value := range e.Personal {
				if strings.Contains(strings.ToLower(strings.ReplaceAll(value, "mada@", "")), "ada@example.com") || strings.Contains(value, ada.Name) {
					t.Errorf("event %d, %s: %s", e.Seq, field, value)
				}
			}
		}
		if r, err := w.VerifyAudit(t.Context()); err != nil || r.Why != "" || r.Erased != r.Recorded || r.Erased != done.Values {
			t.Errorf("%+v %v, %+v", r, err, done)
		}
	})
}

// What is said of an account is not who has decided's: it stays when they are erased, and goes
// with whose login it has.
func TestWhatIsSaidOfAnAccountIsErasedWithWhoseLoginItHas(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		if err := w.adds(o, ada, `{}`); err != nil { // by which her login is known
			t.Fatal(err)
		}
		w.update(func(tx *store.Tx) error {
			return tx.AddItems(o, []access.CampaignItem{{Target: "prod/Op", Account: "u-1", Who: ada.Login, Standing: true, Facts: json.RawMessage(`{"last_use":"unknown"}`)}}, nil)
		})
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		i := items[slices.IndexFunc(items, func(i access.CampaignItem) bool { return i.Account != "" })]
		i.State, i.Verdict, i.Decider, i.Comment = access.ItemDecided, access.RevokeItem, grace, "she left it behind"
		if err := w.Update(t.Context(), access.PersonActor(grace), func(tx *store.Tx) (err error) {
			i, err = tx.SaveItem(i)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		i.State, i.SettledAt, i.LastError = access.ItemSettled, noon, "take it away"
		w.update(func(tx *store.Tx) error { _, err := tx.SaveItem(i); return err })
		if _, err := w.becomesOccurrence(o, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		w.saysOfAccount(grace.OktaID, 4)
		w.saysOfAccount(ada.OktaID, 0)
	})
}

// saysOfAccount erases somebody, and holds how many values the trail keeps of decided items.
func (w *world) saysOfAccount(erase string, left int) {
	w.t.Helper()
	if _, err := w.ErasePersonal(w.t.Context(), tester, erase); err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, e := range append(w.of("item.decided"), w.of("item.settled")...) {
		for _, field := range []string{"facts", "others", "comment", "why"} {
			if _, is := e.Personal[field]; is {
				n++
			}
		}
	}
	if n != left {
		w.t.Errorf("after %s the trail has %d values, not %d", erase, n, left)
	}
	if r, err := w.VerifyAudit(w.t.Context()); err != nil || r.Why != "" || r.Erased != r.Recorded {
		w.t.Errorf("%+v %v", r, err)
	}
}

// of are the events of a kind, in their order.
func (w *world) of(kind access.EventKind) (all []store.Recorded) {
	w.t.Helper()
	events, err := w.AuditEvents(w.t.Context(), 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// Whoever has an export of the trail can say which items people were asked about: the sum is
// made here as docs/audit-format.md says, by other code than ours.
func TestTheTrailSealsWhatACampaignAsksAboutAndWhom(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		if err := errors.Join(w.adds(o, ada, `{}`, grace), w.adds(o, grace, `{}`)); err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *store.Tx) error {
			return tx.AddItems(o, []access.CampaignItem{{Target: "prod/Op", Account: "u-1", Who: "nobody", Grant: "06grant", Standing: true, Facts: json.RawMessage("{}")}}, nil)
		})
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil || len(items) != 3 {
			t.Fatal(items, err)
		}
		if _, err := w.becomesOccurrence(o, access.OccurrenceOpen); err != nil {
			t.Fatal(err)
		}
		lines := ""
		for _, i := range items {
			lines += i.ID + map[string]string{ada.OktaID: "\tprod/Viewer\t00uAda\t\t\tfalse\tp1\n", grace.OktaID: "\tprod/Viewer\t00uGrace\t\t\tfalse\tp1\n", "": "\tprod/Op\t\tu-1\t06grant\ttrue\t\n"}[i.Subject]
		}
		want := fmt.Sprintf("%x", sha256.Sum256([]byte(lines)))
		shown := ""
		for _, i := range items {
			if i.Salt == "" || i.Digest != fmt.Sprintf("%x", sha256.Sum256([]byte(i.Salt+"\x00{}"))) {
				t.Errorf("salt %q, digest %q", i.Salt, i.Digest)
			}
			shown += i.ID + "\t" + i.Digest + "\n"
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(shown))); w.of("campaign.opened")[0].Facts["shown"] != sum || items[0].Salt == items[1].Salt {
			t.Errorf("what is shown is not sealed: %+v, want %s", w.of("campaign.opened"), sum)
		}
		if opened := w.of("campaign.opened"); len(opened) != 1 || opened[0].Facts["items"] != "3" || opened[0].Facts["population"] != want {
			t.Errorf("%+v, want %s", opened, want)
		}
	})
}

// Of two who build at once one may add to what the other has summed up already.
func TestItemsThatComeAfterTheSumAreInTheTrail(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		sums := map[string]bool{}
		for n, late := range []bool{false, true} {
			o, _ := w.begins(noon.Add(time.Duration(n) * time.Hour))
			if err := w.adds(o, ada, `{}`, grace); err != nil {
				t.Fatal(err)
			}
			sealed, err := w.SealItems(t.Context(), o.ID)
			if err != nil || sealed.Items != 1 {
				t.Fatal(sealed, err)
			}
			if late {
				if err := w.adds(o, grace, `{}`); err != nil {
					t.Fatal(err)
				}
			}
			building := o
			w.update(func(tx *store.Tx) error {
				o.State = access.OccurrenceOpen
				o, err = tx.OpenOccurrence(o, sealed)
				return err
			})
			all, err := w.SealItems(t.Context(), o.ID)
			if err != nil || o.Items != all.Items || late != (all.Items == 2) {
				t.Fatalf("%d items, and %d are stored: %v", o.Items, all.Items, err)
			}
			opened := w.of("campaign.opened")
			facts := opened[len(opened)-1].Facts
			if facts["items"] != fmt.Sprint(all.Items) || facts["population"] != all.Sum() || sums[all.Sum()] {
				t.Errorf("the trail says %v of %+v", facts, all)
			}
			sums[all.Sum()] = true
			if err := w.adds(building, access.Person{OktaID: "00uZoe"}, `{}`); !errors.Is(err, access.ErrStale) {
				t.Errorf("an item is added to one that is open: %v", err)
			}
			if _, err := w.becomesOccurrence(o, access.OccurrenceClosed); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestManyItemsAreStoredOnceAndStayAsTheyAre(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		add := func(from, to int, who string) {
			var items []access.CampaignItem
			for i := from; i < to; i++ {
				items = append(items, access.CampaignItem{Target: "prod/Viewer", Subject: fmt.Sprintf("00u%03d", i), Who: who, Facts: json.RawMessage(`{"name":"O'Hara \u0000?"}`), Panel: "p1", Standing: i%2 == 0})
			}
			w.update(func(tx *store.Tx) error { return tx.AddItems(o, items, nil) })
		}
		add(0, 20, "first")
		add(0, 20, "again") // one that was ended there is built again
		add(10, 127, "second\x00")
		items, err := w.CampaignItems(t.Context(), o.ID, "", 1000)
		if err != nil || len(items) != 127 {
			t.Fatal(len(items), err)
		}
		who := map[string]int{}
		for _, i := range items {
			who[i.Who]++
			if i.State != access.ItemOpen || i.Version != 1 || i.Panel != "p1" || string(i.Facts) != `{"name":"O'Hara \u0000?"}` || i.Standing != (i.Subject[5]%2 == 0) || !i.DecidedAt.IsZero() || i.Silent {
				t.Errorf("%+v", i)
			}
		}
		if who["first"] != 20 || who["second"] != 107 {
			t.Error(who)
		}
	})
}

func TestTheTrailSaysWhoIsAskedInstead(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		if err := errors.Join(w.adds(o, ada, `{}`, grace), w.adds(o, grace, `{}`)); err != nil {
			t.Fatal(err)
		}
		o.DeadlineAt = noon.Add(24 * time.Hour)
		o, err := w.becomesOccurrence(o, access.OccurrenceOpen)
		if err != nil {
			t.Fatal(err)
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *store.Tx) error {
			if err := tx.AskAlso(o, "p2", []access.Person{{OktaID: "00uZoe"}, {OktaID: "00uEve"}}); err != nil {
				return err
			}
			items[0].Panel, items[1].Panel = "p2", ""
			for _, i := range items {
				if _, err := tx.SaveItem(i); err != nil {
					return err
				}
			}
			later := o
			later.DeadlineAt = noon.Add(48 * time.Hour)
			later, err := tx.SaveOccurrence(later)
			if err == nil {
				_, err = tx.SaveOccurrence(later) // with nothing new
			}
			return err
		})
		passed := w.of("item.delegated")
		if len(passed) != 2 || passed[0].Facts["panel_before"] != "p1" || passed[0].Facts["panel"] != "p2" || passed[0].Facts["reviewers"] != "00uEve 00uZoe" {
			t.Fatalf("%+v", passed)
		}
		if now, is := passed[1].Facts["reviewers"]; !is || now != "" {
			t.Errorf("nobody is asked, and it says %q", now)
		}
		all := w.of("campaign.escalated")
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		for name, want := range map[string]string{"occurrence": o.ID, "campaign": "quarterly", "items": "2", "reviewers": "00uEve 00uZoe",
			"deadline_before": "2026-11-25T12:00:00.000Z", "deadline": "2026-11-26T12:00:00.000Z"} {
			if got := all[0].Facts[name]; got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
}

// What was added first is read first: target by target, by name.
func TestWhoIsAskedInSeveralPanelsReadsTheirItemsInOneOrder(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		panels := map[string][]access.Person{"p1": {grace}, "p2": {sam, grace}, "p3": {sam}}
		var want []string
		var items []access.CampaignItem
		for n := range 12 {
			i := access.CampaignItem{Target: fmt.Sprintf("prod/%02d", n), Subject: ada.OktaID, Who: ada.Login, Facts: json.RawMessage("{}"), Panel: fmt.Sprintf("p%d", n%3+1)}
			if items = append(items, i); i.Panel != "p3" {
				want = append(want, i.Target)
			}
		}
		w.update(func(tx *store.Tx) error { return tx.AddItems(o, items[:9], panels) })
		w.clock.Add(time.Millisecond)
		w.update(func(tx *store.Tx) error { return tx.AddItems(o, items[9:], panels) })
		of := access.CampaignReviewer{Occurrence: o.ID, Person: grace}
		var got []string
		for after, left := "", true; left; {
			page, err := w.ItemsFor(t.Context(), of, access.ItemOpen, after, 2)
			if err != nil || len(page) > 2 {
				t.Fatal(page, err)
			}
			for _, i := range page {
				after, got = i.ID, append(got, i.Target)
			}
			left = len(page) > 0
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if counts, err := w.ItemCountsFor(t.Context(), of); err != nil || len(counts) != 1 || counts[0].Items != len(want) {
			t.Errorf("counted: %+v %v", counts, err)
		}
	})
}
