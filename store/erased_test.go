package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// rows are all rows of the tables that are about people, by table and number, as text.
func (w *world) rows() map[string]string {
	w.t.Helper()
	found := map[string]string{}
	for table, key := range map[string]string{"people": "okta_id", "requests": "id", "decisions": "id", "questions": "id", "grants": "id", "reviews": "id", "cuts": "id", "campaign_items": "id",
		"campaign_reviewers": "id", "attempts": "id", "messages": "id", "bindings": "slack_id", "audit_personal": "seq, field", "occurrences": "id"} {
		for n, row := range w.rowsOf(table, key) {
			found[fmt.Sprint(table, " ", n)] = row
		}
	}
	return found
}

func (w *world) rowsOf(table, key string) (found []string) {
	w.t.Helper()
	rows, err := w.DB().QueryContext(w.t.Context(), "SELECT * FROM "+table+" ORDER BY "+key)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		w.t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			w.t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%s", values))
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return found
}

// Two Okta users of one human count once. That is known by more than their ids, so nobody is
// erased while a decision of theirs is about what waits, or is judged once more when it begins.
func TestWhoHasDecidedAboutWhatWaitsIsNotErasedYet(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		human := grace
		human.SameAs = "E99"
		r := w.ask(ada, prod)
		w.update(func(tx *store.Tx) error {
			return tx.CreateDecision(access.Decision{RequestID: r.ID, Decider: human, Verdict: access.Approve, ReceivedAt: tx.Now(), Slack: access.SlackUser{Team: "T1", ID: "UG"}})
		})
		refused := func(when string) {
			t.Helper()
			if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); !errors.Is(err, access.ErrNotAllowed) || !strings.Contains(err.Error(), r.ID) {
				t.Errorf("erased while it %s: %v", when, err)
			}
			if all, err := w.DecisionsOf(t.Context(), r.ID); err != nil || len(all) != 1 || all[0].Decider.SameAs != "E99" {
				t.Errorf("%s: %+v %v", when, all, err)
			}
		}
		refused("waits")
		var g access.Grant
		w.update(func(tx *store.Tx) (err error) {
			r.State, r.Decider, r.DecidedAt = access.RequestApproved, human, tx.Now()
			if r, err = tx.SaveRequest(r); err != nil {
				return err
			}
			g, err = tx.CreateGrant(access.Grant{RequestID: r.ID, Subject: ada, Target: prod, State: access.GrantScheduled, StartAt: tx.Now().Add(time.Hour), EndAt: tx.Now().Add(2 * time.Hour), Duration: time.Hour, NextAt: tx.Now()}, nil)
			return err
		})
		refused("begins later")
		w.exec(`UPDATE grants SET state = 'ended' WHERE id = '` + g.ID + `'`)
		if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); err != nil {
			t.Error(err)
		}
	})
}

// An admin account has the mailbox of whose it is, and its own name may be theirs, too. When it
// is erased nothing of them changes, nor of anybody whose name is a word or who has the same.
func TestWhoIsErasedTakesNothingOfWhoeverIsNamedAlike(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		human := ada
		human.SameAs, human.Manager, human.ManagerName = "ada.admin", "boss@example.com", "May"
		admin := access.Person{OktaID: "00uAdmin", Login: "ada.admin", Email: "ada@example.com", Name: "Ada Lovelace", Status: "DEPROVISIONED", SameAs: "ada.admin"}
		hired := access.Person{OktaID: "00uHired", Login: "boss@example.com", Email: "boss@example.com", Name: "May", Status: "ACTIVE"}
		gone := hired
		gone.OktaID = "00uGone"
		named := prod
		named.Policy = access.Single(access.Approver{Kind: access.ApproverPerson, Value: "ada@example.com"}, access.Approver{Kind: access.ApproverGroup, Value: "ada.admin"},
			access.Approver{Kind: access.ApproverPerson, Value: "boss@example.com"})
		ends := func(who access.Person, note string) {
			g := w.grant(w.ask(who, named), access.GrantActive)
			g.State, g.EndNote = access.GrantRevoking, note
			w.update(func(tx *store.Tx) (err error) { g, err = tx.SaveGrant(g); return err })
			w.move(g, access.GrantEnded)
		}
		ends(admin, "over")
		ends(gone, "over")
		w.update(func(tx *store.Tx) error {
			_, err := tx.CreateMessage(access.Message{Kind: access.Notice, To: "UX", Text: "until 29 May 2027, ask ada@example.com or ada.admin", State: access.MessagePosted})
			return errors.Join(err, tx.Bind(access.Binding{Team: "T1", SlackID: "UADA", OktaID: human.OktaID, Email: human.Email}))
		})
		before := w.rows()
		ends(human, "ada.admin, ada@example.com – Ada Lovelace")
		ends(hired, "in time – May")
		w.grant(w.ask(human, named), access.GrantActive)
		o, _ := w.begins(noon)
		if err := w.adds(o, human, `{"who":"ada@example.com","okta_id":"00uAda","name":"Ada Lovelace","same_as":"ada.admin","peers":{"logins":["boss@example.com"]},"asked":{"reviewers":[{"okta_id":"00uHired","login":"boss@example.com","name":"May"}]}}`, hired); err != nil {
			t.Fatal(err)
		}
		all := w.rows()
		for _, who := range []access.Person{admin, gone} {
			if _, err := w.ErasePersonal(t.Context(), tester, who.OktaID); err != nil {
				t.Fatal(err)
			}
		}
		var left []string
		for _, row := range w.rows() {
			left = append(left, row)
		}
		theirs := slices.Collect(maps.Values(before))
		for at, row := range all {
			if !slices.Contains(theirs, row) && !slices.Contains(left, row) {
				t.Errorf("%s changed: %s", at, row)
			}
		}
		for _, row := range left {
			if strings.Contains(row, "00uAdmin") && strings.Contains(row, "Lovelace") {
				t.Errorf("not erased: %s", row)
			}
		}
		w.verified()
	})
}

// What others change between reading and writing stays.
func TestWhatIsChangedWhileSomebodyIsErasedIsNotLost(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		managed := ada
		managed.Manager, managed.ManagerName = grace.Login, grace.Name
		g := w.move(w.move(w.grant(w.ask(managed, prod), access.GrantProvisioning), access.GrantRevoking), access.GrantEnded)
		tx, err := w.DB().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		change := `UPDATE grants SET end_note = 'seen since', subject = REPLACE(subject, 'Ada Lovelace', 'Ada King') WHERE id = $1`
		if _, err := tx.ExecContext(t.Context(), change, g.ID); err != nil {
			t.Fatal(err)
		}
		erased := make(chan error, 1)
		go func() {
			_, err := w.ErasePersonal(t.Context(), tester, grace.OktaID)
			erased <- err
		}()
		if w.Dialect() == "postgres" {
			w.waitForLock()
		}
		if err := errors.Join(tx.Commit(), <-erased); err != nil {
			t.Fatal(err)
		}
		after, err := w.Grant(t.Context(), g.ID)
		if err != nil || after.EndNote != "seen since" || after.Subject.Name != "Ada King" || after.Subject.Manager != grace.OktaID || after.Subject.ManagerName != "" {
			t.Errorf("%+v %q %v", after.Subject, after.EndNote, err)
		}
	})
}

// An event that has two values which name somebody loses both, wherever a page of them ends.
func TestBothValuesOfAnEventAreErasedAcrossPages(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.move(w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantRevoking), access.GrantEnded)
		err := w.Update(t.Context(), access.PersonActor(grace), func(tx *store.Tx) error {
			for range 200 { // three values each: 500 are not whole events
				signed := "no – " + grace.Name
				tx.Record(access.Event{Kind: "test.signed", Request: g.RequestID, Personal: map[string]string{"note": signed, "reason": signed, "why": signed}})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := w.DB().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM audit_personal WHERE value LIKE '%Hopper%'`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d values are left: %v", n, err)
		}
		w.verified()
	})
}

// What others have said about somebody's access is erased with them, also where it stands with
// what was said about others; that stays.
func TestWhatOthersSaidAboutSomebodyIsErasedWithThem(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.move(w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantRevoking), access.GrantEnded)
		o, _ := w.begins(noon)
		if err := errors.Join(w.adds(o, ada, `{"request":"r","reason":"sees a doctor"}`), w.adds(o, grace, `{}`), w.adds(o, access.Person{Login: "Ada@example.com"}, `{"who":"Ada@example.com"}`)); err != nil {
			t.Fatal(err)
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]string{}
		for _, i := range items {
			ids[i.Subject] = i.ID
		}
		if _, err := w.becomesOccurrence(o, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		said := func(items ...string) string {
			c := access.Certified{Reviewer: "r", Verdicts: map[string]access.ItemVerdict{}}
			for _, i := range items {
				c.Verdicts[i] = access.KeepItem
			}
			return c.String()
		}
		w.update(func(tx *store.Tx) (err error) {
			for id, a := range map[string]access.Attempt{
				"revoked": {Kind: access.AttemptRevoke, Request: g.RequestID, Reason: "is ill again"},
				"both": {Kind: access.AttemptCertify, Target: said(ids[ada.OktaID], ids[grace.OktaID]), Reason: "as ever",
					Comments: map[string]string{ids[ada.OktaID]: "is ill again", ids[grace.OktaID]: "is well"}},
				"alone": {Kind: access.AttemptCertify, Target: said(ids[ada.OktaID], ids[""]), Reason: "is ill again", Comments: map[string]string{ids[""]: "is ill again"}},
				"other": {Kind: access.AttemptCertify, Target: said(ids[grace.OktaID]), Reason: "is well"},
			} {
				a.ID, a.Delivery, a.Slack, a.ReceivedAt, a.State = id, id, access.SlackUser{Team: "T1", ID: "UOTHER"}, tx.Now(), access.AttemptDone
				_, _, failed := tx.PutAttempt(a)
				err = errors.Join(err, failed)
			}
			return err
		})
		if _, err := w.ErasePersonal(t.Context(), tester, ada.OktaID); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]string{"revoked": " map[]", "both": "as ever map[" + ids[grace.OktaID] + ":is well]", "alone": " map[]", "other": "is well map[]"} {
			if a, err := w.Attempt(t.Context(), id); err != nil || fmt.Sprint(a.Reason, " ", a.Comments) != want {
				t.Errorf("%s: %q %v %v, not %q", id, a.Reason, a.Comments, err, want)
			}
		}
		for at, row := range w.rows() {
			if strings.Contains(strings.ToLower(row), "ada@example.com") || strings.Contains(row, "sees a doctor") {
				t.Errorf("%s: %s", at, row)
			}
		}
	})
}

// Nobody says what they keep themselves, and who somebody is is known by more than an id: who has
// decided in a campaign is not erased while something is still to come of it, though it is over.
func TestWhoHasDecidedInACampaignIsNotErasedBeforeItIsCarriedOut(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o, _ := w.begins(noon)
		if err := w.adds(o, ada, `{}`, grace); err != nil {
			t.Fatal(err)
		}
		items, err := w.CampaignItems(t.Context(), o.ID, "", 10)
		if err != nil || len(items) != 1 {
			t.Fatal(items, err)
		}
		i := items[0]
		saved := func() {
			t.Helper()
			w.update(func(tx *store.Tx) (err error) { i, err = tx.SaveItem(i); return err })
		}
		refused := func(when string) {
			t.Helper()
			if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); !errors.Is(err, access.ErrNotAllowed) || !strings.Contains(err.Error(), "not carried out yet") {
				t.Errorf("erased while it %s: %v", when, err)
			}
			if _, why := w.erasesIdle(grace); why != "what they have decided in a campaign is not carried out" {
				t.Errorf("by retention, while it %s: %q", when, why)
			}
		}
		if o, err = w.becomesOccurrence(o, access.OccurrenceOpen); err != nil {
			t.Fatal(err)
		}
		i.State, i.Verdict, i.Decider, i.DecidedAt, i.NextAt = access.ItemDecided, access.KeepItem, grace, w.clock.Now(), w.clock.Now().Add(time.Hour)
		saved()
		if _, err := w.becomesOccurrence(o, access.OccurrenceClosed); err != nil {
			t.Fatal(err)
		}
		w.clock.Add(10 * 365 * 24 * time.Hour)
		refused("is decided")
		i.State, i.SettledAt, i.KeepUntil, i.NextAt = access.ItemSettled, w.clock.Now(), w.clock.Now().Add(time.Hour), w.clock.Now().Add(time.Hour)
		saved()
		refused("is kept until a date")
		i.State, i.NextAt = access.ItemRemoving, w.clock.Now()
		saved()
		refused("is taken away")
		i.State, i.NextAt = access.ItemSettled, time.Time{}
		saved()
		if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); err != nil {
			t.Error(err)
		}
	})
}
