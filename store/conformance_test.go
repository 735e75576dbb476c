package store_test

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

func TestARequestBecomesAGrantAndEnds(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r := w.ask(ada, prod)
		got, err := w.Request(t.Context(), r.ID)
		if err != nil || !reflect.DeepEqual(got, r) || got.Version != 1 || !got.LapseAt.Equal(noon.Add(time.Hour)) {
			t.Fatalf("got %+v, %v; want %+v", got, err, r)
		}
		g := w.grant(r, access.GrantProvisioning)
		if read, err := w.Grant(t.Context(), g.ID); err != nil || !reflect.DeepEqual(read, g) {
			t.Errorf("got %+v, %v; want %+v", read, err, g)
		}
		g.EndAt = g.EndAt.Add(time.Minute)
		g = w.move(g, access.GrantActive)
		w.clock.Add(time.Hour)
		g = w.move(g, access.GrantRevoking)
		g = w.move(g, access.GrantEnded)
		want := []string{"request.created", "decision.recorded", "request.approved", "grant.provisioning", "grant.active", "grant.revoking", "grant.ended"}
		if kinds := w.kinds(); !slices.Equal(kinds, want) {
			t.Errorf("each change has exactly one event:\n got %v\nwant %v", kinds, want)
		}
		if of, found, err := w.GrantOf(t.Context(), r.ID); err != nil || !found || of.ID != g.ID || of.Version != 4 {
			t.Errorf("the grant of the request: %+v %v %v", of, found, err)
		}
		if d, err := w.DecisionsOf(t.Context(), r.ID); err != nil || len(d) != 1 || d[0].Decider != grace {
			t.Errorf("decisions: %+v %v", d, err)
		}
		w.verified()
	})
}

func TestThereIsNoGrantWithoutAnApproval(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r := w.ask(ada, prod)
		err := w.Update(t.Context(), tester, func(tx *store.Tx) error {
			_, err := tx.CreateGrant(access.Grant{RequestID: r.ID, Subject: ada, State: access.GrantProvisioning, StartAt: noon, EndAt: noon}, nil)
			return err
		})
		if !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("got %v", err)
		}
		if kinds := w.kinds(); len(kinds) != 1 {
			t.Errorf("what was rolled back left events: %v", kinds)
		}
	})
}

func TestMovesThatThereAreNotAreRefused(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r := w.ask(ada, prod)
		g := w.grant(r, access.GrantProvisioning)
		tests := map[string]struct {
			change func(tx *store.Tx) error
			want   error
		}{
			"a provisioning grant does not end at once": {func(tx *store.Tx) error { g := g; g.State = access.GrantEnded; _, err := tx.SaveGrant(g); return err }, access.ErrBadMove},
			"an approved request is not denied": {func(tx *store.Tx) error {
				r, err := tx.Request(r.ID)
				r.State = access.RequestDenied
				_, err2 := tx.SaveRequest(r)
				return errors.Join(err, err2)
			}, access.ErrBadMove},
			"a request does not become longer": {func(tx *store.Tx) error {
				r, err := tx.Request(r.ID)
				r.Duration += time.Minute
				_, err2 := tx.SaveRequest(r)
				return errors.Join(err, err2)
			}, access.ErrBadMove},
			"an old version of a request": {func(tx *store.Tx) error { _, err := tx.SaveRequest(r); return err }, access.ErrStale},
			"an old version of a grant":   {func(tx *store.Tx) error { g := g; g.Version--; _, err := tx.SaveGrant(g); return err }, access.ErrStale},
			"a grant that is not there":   {func(tx *store.Tx) error { _, err := tx.SaveGrant(access.Grant{ID: "none"}); return err }, access.ErrNotFound},
			"a second decision of one person": {func(tx *store.Tx) error {
				return tx.CreateDecision(access.Decision{RequestID: r.ID, Decider: grace, ReceivedAt: noon})
			}, access.ErrDecided},
		}
		before := len(w.kinds())
		for name, tt := range tests {
			if err := w.Update(t.Context(), tester, tt.change); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", name, err, tt.want)
			}
		}
		if after := len(w.kinds()); after != before {
			t.Errorf("refused changes left %d events", after-before)
		}
	})
}

func TestOneDeliveryIsOneAttempt(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		put := func() (a access.Attempt, fresh bool) {
			w.update(func(tx *store.Tx) (err error) {
				a, fresh, err = tx.PutAttempt(access.Attempt{Delivery: "d1", Slack: access.SlackUser{Team: "T1", ID: "U1"}, Kind: access.AttemptAsk, Target: "prod/Viewer",
					Duration: time.Hour, Reason: "nul \x00 and \xff", Comments: map[string]string{"i1": "nul \x00"}, ReceivedAt: tx.Now(), State: access.AttemptOpen, NextAt: tx.Now(), Request: "r1"})
				return err
			})
			return a, fresh
		}
		woken := 0
		w.OnWake(func(context.Context, *sql.Tx, []store.Wake) error { woken++; return nil })
		a, fresh := put()
		again, fresh2 := put()
		if !fresh || fresh2 || !reflect.DeepEqual(a, again) {
			t.Fatalf("got %+v %v, then %+v %v", a, fresh, again, fresh2)
		}
		if len(a.Comments) != 1 || a.Comments["i1"] != "nul " {
			t.Errorf("said of single items: %+v", a.Comments)
		}
		if woken != 1 {
			t.Errorf("woken %d times", woken)
		}
		w.update(func(tx *store.Tx) error {
			open, err := tx.OpenAttempts("r1")
			if err != nil || len(open) != 1 {
				t.Errorf("open attempts: %v %v", open, err)
			}
			a.Tries, a.NextAt = 1, tx.Now().Add(time.Second)
			if a, err = tx.SaveAttempt(a); err != nil {
				return err
			}
			a.State, a.Answer, a.NextAt = access.AttemptRefused, "not while the environment is being deleted", time.Time{}
			a, err = tx.SaveAttempt(a)
			return err
		})
		if kinds := w.kinds(); !slices.Equal(kinds, []string{"attempt.refused"}) || a.Version != 3 {
			t.Errorf("events %v, attempt %+v", kinds, a)
		}
	})
}

func TestABindingIsMadeOnceAndChangedOnPurpose(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		b := access.Binding{Team: "T1", SlackID: "U1", OktaID: ada.OktaID, Email: ada.Email, BoundAt: noon}
		w.update(func(tx *store.Tx) error { return tx.Bind(b) })
		if err := w.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.Bind(b) }); !errors.Is(err, access.ErrStale) {
			t.Errorf("bound twice: %v", err)
		}
		b.OktaID = grace.OktaID
		w.update(func(tx *store.Tx) error { return tx.Rebind(b) })
		if got, found, err := w.Binding(t.Context(), "T1", "U1"); err != nil || !found || got != b {
			t.Errorf("got %+v %v %v", got, found, err)
		}
		if _, found, err := w.Binding(t.Context(), "T1", "U2"); found || err != nil {
			t.Errorf("a binding of nobody: %v %v", found, err)
		}
		if of, err := w.BindingOf(t.Context(), grace.OktaID); err != nil || len(of) != 1 {
			t.Errorf("bindings of Grace: %v %v", of, err)
		}
	})
}

func TestWhatTwoGrantsNeedStaysUntilBothEnd(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		first := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		second := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		if a, b := w.entitlements(first), w.entitlements(second); len(a) != 2 || !reflect.DeepEqual(a, b) {
			t.Fatalf("not the same entitlements: %+v, %+v", a, b)
		}
		w.move(first, access.GrantRevoking)
		for _, e := range w.entitlements(first) {
			if !e.UnwantedSince.IsZero() {
				t.Errorf("%s is unwanted while the second grant needs it", e.Ref.Key())
			}
		}
		w.clock.Add(time.Minute)
		w.move(second, access.GrantRevoking)
		for _, e := range w.entitlements(second) {
			if !e.UnwantedSince.Equal(noon.Add(time.Minute)) {
				t.Errorf("%s is unwanted since %v", e.Ref.Key(), e.UnwantedSince)
			}
		}
	})
}

func TestAScheduledGrantWantsNothingUntilItBegins(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantScheduled)
		for _, e := range w.entitlements(g) {
			if !e.NextAt.IsZero() {
				t.Errorf("%s is due", e.Ref.Key())
			}
		}
		w.move(g, access.GrantProvisioning)
		for _, e := range w.entitlements(g) {
			holds, err := w.Holders(t.Context(), e.ID)
			if err != nil || len(holds) != 1 || !holds[0].Live || !e.NextAt.Equal(noon) {
				t.Errorf("%s: %+v %v, next %v", e.Ref.Key(), holds, err, e.NextAt)
			}
		}
	})
}

func TestAReconcilerStepIsRecordedAndWakesItsGrants(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		e := w.claim(w.entitlements(g)[1].ID, "worker")
		var intent access.Intent
		w.update(func(tx *store.Tx) error {
			locked, err := tx.LockEntitlement(e.ID, "worker")
			if err != nil {
				return err
			}
			intent = access.Intent{ID: tx.NewID(), EntitlementID: e.ID, Ref: e.Ref, Operation: access.Add, State: access.IntentOpen, CreatedAt: tx.Now()}
			if err := tx.CreateIntent(intent); err != nil {
				return err
			}
			locked.Origin = access.OriginOurs
			_, err = tx.SaveEntitlement(locked, false)
			return err
		})
		if n, err := w.CountOutstanding(t.Context(), w.clock.Now()); n != 1 || err != nil {
			t.Errorf("outstanding: %d %v", n, err)
		}
		w.update(func(tx *store.Tx) error {
			locked, err := tx.LockEntitlement(e.ID, "worker")
			if err != nil {
				return err
			}
			intent.State, intent.RequestID, intent.ResolvedAt = access.IntentDone, "aws-1", tx.Now()
			if err := tx.SaveIntent(intent); err != nil {
				return err
			}
			locked.Presence, locked.Ready, locked.Through, locked.NextAt = access.Present, true, []string{"group admins"}, time.Time{}
			_, err = tx.SaveEntitlement(locked, true)
			return err
		})
		got, err := w.Entitlement(t.Context(), e.ID)
		if err != nil || got.Claim != "" || !got.Ready || !slices.Equal(got.Through, []string{"group admins"}) || !got.NextAt.IsZero() {
			t.Errorf("got %+v %v", got, err)
		}
		if left, err := w.Intents(t.Context(), e.ID); err != nil || len(left) != 0 {
			t.Errorf("unresolved: %+v %v", left, err)
		}
		if now, err := w.Grant(t.Context(), g.ID); err != nil || now.Version != g.Version+2 {
			t.Errorf("the grant was not touched by each change: %+v %v", now, err)
		}
		want := []string{"intent.add", "entitlement.origin", "intent.done", "entitlement.present"}
		if kinds := w.kinds(); !slices.Equal(kinds[4:], want) {
			t.Errorf("events %v", kinds)
		}
	})
}

func TestNothingIsAddedThatNoApprovedGrantNeeds(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		e := w.entitlements(g)[0]
		w.move(g, access.GrantRevoking)
		intend := func(op access.Operation) error {
			return w.Update(t.Context(), tester, func(tx *store.Tx) error {
				return tx.CreateIntent(access.Intent{EntitlementID: e.ID, Ref: e.Ref, Operation: op, State: access.IntentOpen})
			})
		}
		if err := intend(access.Add); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("add: %v", err)
		}
		if err := intend(access.Remove); err != nil {
			t.Errorf("remove: %v", err)
		}
	})
}

func TestWhatHappensDuringAClaimIsNotForgotten(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		e := w.claim(w.entitlements(g)[0].ID, "worker")
		w.move(g, access.GrantRevoking)
		w.update(func(tx *store.Tx) error {
			locked, err := tx.LockEntitlement(e.ID, "worker")
			if err != nil {
				return err
			}
			locked.NextAt = tx.Now().Add(time.Hour)
			_, err = tx.SaveEntitlement(locked, true)
			return err
		})
		got, err := w.Entitlement(t.Context(), e.ID)
		if err != nil || !got.NextAt.Equal(noon) || got.UnwantedSince.IsZero() {
			t.Errorf("the release is looked at in an hour only: %+v %v", got, err)
		}
	})
}

func TestALostClaimSavesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		id := w.entitlements(g)[0].ID
		e := w.claim(id, "dead")
		w.update(func(tx *store.Tx) error { // much later
			later := time.Now().Add(time.Hour)
			_, mine, err := tx.ClaimEntitlement(id, e.Version, "heir", later, later.Add(time.Minute))
			if !mine {
				t.Error("a claim that ran out still counts")
			}
			return err
		})
		err := w.Update(t.Context(), tester, func(tx *store.Tx) error { _, err := tx.LockEntitlement(id, "dead"); return err })
		if !errors.Is(err, access.ErrStale) {
			t.Errorf("lock: %v", err)
		}
		err = w.Update(t.Context(), tester, func(tx *store.Tx) error { _, err := tx.SaveEntitlement(e, true); return err })
		if !errors.Is(err, access.ErrStale) {
			t.Errorf("save: %v", err)
		}
	})
}

func TestOnlyOursIsAdopted(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		e := w.claim(w.entitlements(g)[0].ID, "worker")
		adopt := func() error {
			return w.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.AdoptEntitlement(e.ID, "they moved to the team") })
		}
		if err := adopt(); !errors.Is(err, access.ErrBadMove) {
			t.Errorf("adopted what is not ours: %v", err)
		}
		w.update(func(tx *store.Tx) error {
			e.Origin = access.OriginOurs
			_, err := tx.SaveEntitlement(e, true)
			return err
		})
		if err := adopt(); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Entitlement(t.Context(), e.ID); err != nil || got.Origin != access.OriginStanding {
			t.Errorf("got %+v %v", got, err)
		}
	})
}

func TestAMessageChangedWhileItWasSentIsSentAgain(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		r := w.ask(ada, prod)
		var m, notice access.Message
		w.update(func(tx *store.Tx) (err error) {
			if notice, err = tx.CreateMessage(access.Message{Kind: access.Notice, To: "U1", Request: r.ID, Text: "hello"}); err != nil {
				return err
			}
			m, err = tx.CreateMessage(access.Message{Kind: access.RequesterCard, To: "U1", Request: r.ID})
			return err
		})
		if m.Wanted != 1 || m.State != access.MessageNew || !m.NextAt.Equal(noon) {
			t.Fatalf("got %+v", m)
		}
		w.update(func(tx *store.Tx) (err error) {
			var mine bool
			m, mine, err = tx.ClaimMessage(m.ID, m.Version, "worker", time.Now(), time.Now().Add(time.Minute))
			if !mine {
				t.Error("not claimed")
			}
			return err
		})
		w.update(func(tx *store.Tx) error { return tx.TouchMessages(r.ID) })
		w.update(func(tx *store.Tx) (err error) {
			m.State, m.Channel, m.TS, m.Shown, m.NextAt = access.MessagePosted, "D1", "1.1", m.Wanted, time.Time{}
			m, err = tx.SaveMessage(m, true)
			return err
		})
		if m.Wanted != 2 || m.Shown != 1 || !m.NextAt.Equal(noon) || m.Claim != "" {
			t.Errorf("the change is not shown: %+v", m)
		}
		if n, err := w.Message(t.Context(), notice.ID); err != nil || n.Wanted != 1 {
			t.Errorf("words that stand were touched: %+v %v", n, err)
		}
	})
}

func TestSettingsAndSchedules(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		for _, value := range []string{"yes", "yes", "no"} {
			w.update(func(tx *store.Tx) error { return tx.SetSetting("paused", value) })
		}
		if v, err := w.Setting(t.Context(), "paused"); v != "no" || err != nil {
			t.Errorf("got %q %v", v, err)
		}
		if v, err := w.Setting(t.Context(), "none"); v != "" || err != nil {
			t.Errorf("got %q %v", v, err)
		}
		if kinds := w.kinds(); len(kinds) != 2 {
			t.Errorf("events %v", kinds)
		}
		if last, err := w.CronRun(t.Context(), "sweep"); !last.IsZero() || err != nil {
			t.Errorf("never ran: %v %v", last, err)
		}
		w.update(func(tx *store.Tx) error { return tx.SetCronRun("sweep", noon.Add(123456*time.Nanosecond)) })
		if last, err := w.CronRun(t.Context(), "sweep"); !last.Equal(noon) || err != nil {
			t.Errorf("ran %v %v", last, err)
		}
	})
}

func TestDueFindsWhatIsDueAndNothingElse(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		ended := w.move(w.move(w.grant(w.ask(grace, prod), access.GrantProvisioning), access.GrantRevoking), access.GrantEnded)
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		pending := w.ask(ada, prod)
		due := func() map[string]int64 {
			list, err := w.Due(t.Context(), w.clock.Now(), 100)
			if err != nil {
				t.Fatal(err)
			}
			versions := map[string]int64{}
			for _, d := range list {
				versions[d.ID] = d.Version
			}
			return versions
		}
		now := due()
		if now[g.ID] != g.Version || now[pending.ID] != 0 || now[ended.ID] != 0 || len(now) != 1+4 {
			t.Errorf("due at noon: %v", now)
		}
		// A zone that is not UTC must find the same.
		east, err := w.Due(t.Context(), noon.In(time.FixedZone("east", 5*3600)).Add(-time.Second), 100)
		if err != nil || len(east) != 0 {
			t.Errorf("a second before noon: %v %v", east, err)
		}
		w.clock.Add(time.Hour)
		if later := due(); later[pending.ID] != 1 {
			t.Errorf("due at one: %v", later)
		}
	})
}

func TestOverdueAndStats(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		e := w.claim(w.entitlements(g)[0].ID, "worker")
		w.update(func(tx *store.Tx) error {
			e.Origin, e.Presence = access.OriginOurs, access.Present
			_, err := tx.SaveEntitlement(e, true)
			return err
		})
		g, err := w.Grant(t.Context(), g.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.move(g, access.GrantRevoking)
		count := func() int {
			n, err := w.CountOverdue(t.Context(), w.clock.Now(), 5*time.Minute)
			list, err2 := w.Overdue(t.Context(), w.clock.Now(), 5*time.Minute)
			if err != nil || err2 != nil || len(list) != n {
				t.Errorf("%d, %v, %v, %v", n, list, err, err2)
			}
			return n
		}
		if count() != 0 {
			t.Error("overdue at once")
		}
		w.clock.Add(5 * time.Minute)
		if count() != 0 {
			t.Error("overdue before more than five minutes have passed")
		}
		w.clock.Add(time.Millisecond)
		if count() != 1 {
			t.Error("not overdue")
		}
		stats, err := w.Stats(t.Context())
		if err != nil || stats["grants"]["revoking"] != 1 || stats["requests"]["approved"] != 0 || stats["entitlements"]["present"] != 1 {
			t.Errorf("%v %v", stats, err)
		}
	})
}

var sam = access.Person{OktaID: "00uSam", Login: "sam@example.com", Email: "sam@example.com", Name: "Sam"}

func TestListings(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		a := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		w.clock.Add(time.Second)
		b := w.move(w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantRevoking), access.GrantEnded)
		w.clock.Add(time.Second)
		c := w.grant(w.ask(grace, prod), access.GrantScheduled)
		w.clock.Add(time.Second)
		d := w.move(w.grant(w.ask(sam, prod), access.GrantProvisioning), access.GrantRevoking)
		tests := map[string]struct {
			filter store.GrantFilter
			want   []string
		}{
			"all":        {store.GrantFilter{}, []string{d.ID, c.ID, b.ID, a.ID}},
			"by id":      {store.GrantFilter{Subject: ada.OktaID}, []string{b.ID, a.ID}},
			"by login":   {store.GrantFilter{Subject: "ADA@example.com", Live: true}, []string{a.ID}},
			"not ended":  {store.GrantFilter{Live: true}, []string{d.ID, c.ID, a.ID}},
			"by state":   {store.GrantFilter{State: access.GrantEnded, Target: "prod/Viewer"}, []string{b.ID}},
			"a page":     {store.GrantFilter{Limit: 1}, []string{d.ID}},
			"the next":   {store.GrantFilter{Limit: 1, After: c.ID}, []string{b.ID}},
			"of nothing": {store.GrantFilter{Target: "' OR 1=1 --"}, nil},
		}
		for name, tt := range tests {
			list, err := w.Grants(t.Context(), tt.filter)
			var ids []string
			for _, g := range list {
				ids = append(ids, g.ID)
			}
			if err != nil || !slices.Equal(ids, tt.want) {
				t.Errorf("%s: got %v %v, want %v", name, ids, err, tt.want)
			}
		}
		if ids, err := w.LiveSubjects(t.Context()); err != nil || !slices.Equal(ids, []string{ada.OktaID, grace.OktaID}) {
			t.Errorf("live subjects %v %v", ids, err)
		}
		if list, err := w.GrantsOf(t.Context(), ada.OktaID, false); err != nil || len(list) != 2 {
			t.Errorf("all grants of Ada: %d %v", len(list), err)
		}
		if list, err := w.Requests(t.Context(), store.RequestFilter{Subject: grace.OktaID, State: access.RequestApproved}); err != nil || len(list) != 1 {
			t.Errorf("requests of Grace: %d %v", len(list), err)
		}
		pending := w.ask(ada, prod)
		if list, err := w.PendingRequests(t.Context(), 10); err != nil || len(list) != 1 || list[0].ID != pending.ID {
			t.Errorf("pending: %v %v", list, err)
		}
	})
}

func TestTimeStandsStillInATransaction(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.clock.Add(1234567 * time.Nanosecond)
		w.update(func(tx *store.Tx) error {
			now := tx.Now()
			w.clock.Add(time.Hour)
			if !tx.Now().Equal(now) || !now.Equal(noon.Add(time.Millisecond)) || now.Location() != time.UTC {
				t.Errorf("now is %v, then %v", now, tx.Now())
			}
			return nil
		})
	})
}

func TestAChangeNeedsAnActor(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		err := w.Update(t.Context(), access.Actor{}, func(*store.Tx) error { t.Error("it ran"); return nil })
		if !errors.Is(err, access.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWakesBelongToTheirTransaction(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var got []store.Wake
		refuse := errors.New("no room for jobs")
		var fail bool
		w.OnWake(func(ctx context.Context, tx *sql.Tx, wakes []store.Wake) error {
			got = wakes
			if fail {
				return refuse
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO settings (key, value) VALUES ('woken', 'yes')")
			return err
		})
		r := w.ask(ada, prod)
		if len(got) != 1 || got[0] != (store.Wake{Kind: store.WakeRequest, ID: r.ID, Version: 1, At: noon.Add(time.Hour)}) {
			t.Errorf("got %+v", got)
		}
		if v, err := w.Setting(t.Context(), "woken"); v != "yes" || err != nil {
			t.Errorf("not in the transaction: %q %v", v, err)
		}
		fail = true
		err := w.Update(t.Context(), tester, func(tx *store.Tx) error { _, err := approve(tx, r, access.GrantProvisioning); return err })
		if !errors.Is(err, refuse) {
			t.Errorf("got %v", err)
		}
		if now, err := w.Request(t.Context(), r.ID); err != nil || now.State != access.RequestPending || len(w.kinds()) != 1 {
			t.Errorf("not rolled back with its wakes: %+v %v", now, err)
		}
		if len(got) != 3 { // the grant and two entitlements, each once
			t.Errorf("got %+v", got)
		}
	})
}

func TestOneRowIsWokenOnceInItsNewestVersion(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		var got []store.Wake
		w.OnWake(func(_ context.Context, _ *sql.Tx, wakes []store.Wake) error { got = wakes; return nil })
		w.update(func(tx *store.Tx) error {
			tx.Wake(store.Wake{Kind: store.WakeGrant, ID: "g", Version: 2, At: tx.Now().Add(time.Hour)})
			tx.Wake(store.Wake{Kind: store.WakeGrant, ID: "g", Version: 1})
			tx.Wake(store.Wake{Kind: store.WakeGrant, ID: "g", Version: 2, At: tx.Now().Add(time.Minute)})
			tx.Wake(store.Wake{Kind: store.WakeMessage, ID: "g", Version: 1, At: tx.Now()})
			return nil
		})
		want := []store.Wake{{Kind: store.WakeGrant, ID: "g", Version: 2, At: noon.Add(time.Minute)}, {Kind: store.WakeMessage, ID: "g", Version: 1}}
		if !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
