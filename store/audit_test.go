package store_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// trail makes ten events.
func (w *world) trail() {
	w.t.Helper()
	for range 5 {
		w.update(func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "test.happened", Facts: map[string]string{"fact": "a"}, Personal: map[string]string{"name": "Ada"}})
			tx.Record(access.Event{Kind: "test.happened_again"})
			return nil
		})
		w.clock.Add(time.Second)
	}
}

// exec does what somebody with the whole database can: constraints do not hold them.
func (w *world) exec(statements ...string) {
	w.t.Helper()
	conn, err := w.DB().Conn(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	off, on := "PRAGMA foreign_keys = 0", "PRAGMA foreign_keys = 1"
	if w.Dialect() == "postgres" {
		off, on = "SET session_replication_role = replica", "SET session_replication_role = origin"
	}
	for _, statement := range slices.Concat([]string{off}, statements, []string{on}) {
		if _, err := conn.ExecContext(w.t.Context(), statement); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}
}

const columns = "at, kind, actor_id, request_id, grant_id, key_id, body, prev, hash"

func TestWhoeverChangesTheTrailIsFoundOut(t *testing.T) {
	tests := map[string]struct {
		tamper  []string
		bad     int64
		anchors bool // found with an anchor only
	}{
		"a fact is edited":       {[]string{`UPDATE audit_events SET body = replace(body, '"fact":"a"', '"fact":"b"') WHERE seq = 5`}, 5, false},
		"the kind is edited":     {[]string{`UPDATE audit_events SET kind = 'other' WHERE seq = 4`}, 4, false},
		"the time is edited":     {[]string{`UPDATE audit_events SET at = '2020-01-01 00:00:00+00:00' WHERE seq = 4`}, 4, false},
		"a hash is edited":       {[]string{`UPDATE audit_events SET hash = prev WHERE seq = 6`}, 6, false},
		"a link is edited":       {[]string{`UPDATE audit_events SET prev = hash WHERE seq = 6`}, 6, false},
		"a value is edited":      {[]string{`UPDATE audit_personal SET value = 'Eve' WHERE seq = 3`}, 3, false},
		"a value is inserted":    {[]string{`INSERT INTO audit_personal (seq, field, person, salt, value) VALUES (2, 'name', 'p', '00', 'Eve')`}, 2, false},
		"an event is removed":    {[]string{`DELETE FROM audit_personal WHERE seq = 3`, `DELETE FROM audit_events WHERE seq = 3`}, 3, false},
		"the first is removed":   {[]string{`DELETE FROM audit_personal WHERE seq = 1`, `DELETE FROM audit_events WHERE seq = 1`}, 1, false},
		"one is removed, closed": {[]string{`DELETE FROM audit_events WHERE seq = 4`, `UPDATE audit_events SET seq = 4 WHERE seq = 5`}, 4, false},
		"a gap is filled": {[]string{`DELETE FROM audit_events WHERE seq = 4`,
			`INSERT INTO audit_events (seq, ` + columns + `) SELECT 4, ` + columns + ` FROM audit_events WHERE seq = 6`}, 4, false},
		"one is inserted before": {[]string{`INSERT INTO audit_events (seq, ` + columns + `) SELECT 0, ` + columns + ` FROM audit_events WHERE seq = 2`}, 0, false},
		"one is appended":        {[]string{`INSERT INTO audit_events (seq, ` + columns + `) SELECT 11, ` + columns + ` FROM audit_events WHERE seq = 10`}, 11, false},
		"one is appended, linked": {[]string{`INSERT INTO audit_events (seq, at, kind, actor_id, request_id, grant_id, key_id, body, prev, hash)
			SELECT 11, at, kind, actor_id, request_id, grant_id, key_id, replace(body, '"seq":10', '"seq":11'), hash, prev FROM audit_events WHERE seq = 10`,
			`UPDATE audit_head SET seq = 11`}, 11, false},
		"two are exchanged": {[]string{`UPDATE audit_events SET seq = 99 WHERE seq = 2`, `UPDATE audit_events SET seq = 2 WHERE seq = 4`,
			`UPDATE audit_events SET seq = 4 WHERE seq = 99`}, 2, false},
		"the end is cut off":           {[]string{`DELETE FROM audit_personal WHERE seq > 8`, `DELETE FROM audit_events WHERE seq > 8`}, 9, false},
		"the head is turned back":      {[]string{`UPDATE audit_head SET seq = 8`}, 8, false},
		"the head is another":          {[]string{`UPDATE audit_head SET hash = '` + strings.Repeat("0", 64) + `'`}, 10, false},
		"the end is cut off, hidden":   {[]string{`DELETE FROM audit_personal WHERE seq > 8`, `DELETE FROM audit_events WHERE seq > 8`, `UPDATE audit_head SET seq = 8, hash = (SELECT hash FROM audit_events WHERE seq = 8)`}, 9, true},
		"everything is cut off":        {[]string{`DELETE FROM audit_personal`, `DELETE FROM audit_events`, `UPDATE audit_head SET seq = 0, hash = '` + strings.Repeat("0", 64) + `'`}, 1, true},
		"a key that nobody knows":      {[]string{`UPDATE audit_events SET key_id = 'k9' WHERE seq = 7`}, 7, false},
		"a stray value after the head": {[]string{`INSERT INTO audit_personal (seq, field, person, salt, value) VALUES (50, 'name', 'p', '00', 'Eve')`}, 11, false},
	}
	onEach(t, func(t *testing.T, w *world) {
		w.trail()
		anchor, err := w.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.exec("CREATE TABLE events AS SELECT * FROM audit_events", "CREATE TABLE personal AS SELECT * FROM audit_personal", "CREATE TABLE head AS SELECT * FROM audit_head")
		for name, tt := range tests {
			if r, err := w.VerifyAudit(t.Context(), anchor); err != nil || r.Why != "" || r.Events != 10 {
				t.Fatalf("before: %+v %v", r, err)
			}
			w.exec(tt.tamper...)
			r, err := w.VerifyAudit(t.Context(), anchor)
			if err != nil || r.Why == "" || r.FirstBad != tt.bad {
				t.Errorf("%s: got %+v %v, want event %d", name, r, err, tt.bad)
			}
			r, err = w.VerifyAudit(t.Context())
			if err != nil || (r.Why == "") != tt.anchors || (!tt.anchors && r.FirstBad != tt.bad) {
				t.Errorf("%s, without an anchor: got %+v %v", name, r, err)
			}
			w.exec("DELETE FROM audit_personal", "DELETE FROM audit_events", "DELETE FROM audit_head", "INSERT INTO audit_events SELECT * FROM events",
				"INSERT INTO audit_personal SELECT * FROM personal", "INSERT INTO audit_head SELECT * FROM head")
		}
	})
}

func TestAnAnchorThatWasForgedIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.trail()
		anchor, err := w.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(anchor)
		if err != nil {
			t.Fatal(err)
		}
		var read store.Head
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		w.trail()
		if r, err := w.VerifyAudit(t.Context(), read); err != nil || r.Why != "" {
			t.Errorf("an older anchor: %+v %v", r, err)
		}
		read.Seq--
		if r, err := w.VerifyAudit(t.Context(), read); err != nil || r.Why == "" {
			t.Errorf("a forged anchor passes: %+v %v", r, err)
		}
		anchor.KeyID = "k7"
		if r, err := w.VerifyAudit(t.Context(), anchor); err != nil || r.Why == "" {
			t.Errorf("an unknown key passes: %+v %v", r, err)
		}
	})
}

func TestATrailWithoutItsTablesIsAFinding(t *testing.T) {
	for _, table := range []string{"audit_head", "audit_personal"} {
		t.Run(table, func(t *testing.T) {
			onEach(t, func(t *testing.T, w *world) {
				w.trail()
				w.exec("DROP TABLE " + table)
				for _, s := range []*store.Store{w.Store, w.open()} { // opening does not make it anew
					if r, err := s.VerifyAudit(t.Context()); err != nil || r.Why == "" || r.FirstBad != 0 {
						t.Errorf("without %s: %+v %v", table, r, err)
					}
				}
			})
		})
	}
}

func TestValuesDeletedByHandAreCounted(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.ask(ada, prod)
		w.exec("DELETE FROM audit_personal WHERE field = 'reason'")
		if r := w.verified(); r.Erased != 1 || r.Recorded != 0 {
			t.Errorf("%+v", r)
		}
	})
}

func TestKeysChangeAndTheTrailStays(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.trail()
		next := store.AuditKey{ID: "k2", Key: []byte("another key of thirty-two bytes."), Old: map[string][]byte{"k1": key().Key}}
		open := func(k store.AuditKey) *store.Store {
			s, err := store.Open(t.Context(), w.url, store.Options{Now: w.clock.Now, Key: k})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
		s := open(next)
		if err := s.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.SetSetting("a", "b") }); err != nil {
			t.Fatal(err)
		}
		if r, err := s.VerifyAudit(t.Context()); err != nil || r.Why != "" || r.Events != 11 {
			t.Errorf("got %+v %v", r, err)
		}
		next.Old = nil
		if r, err := open(next).VerifyAudit(t.Context()); err != nil || r.FirstBad != 1 {
			t.Errorf("without the old key: %+v %v", r, err)
		}
	})
}

func TestAPersonIsErasedAndTheTrailStillVerifies(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.update(func(tx *store.Tx) error {
			return tx.Bind(access.Binding{Team: "T1", SlackID: "U" + ada.OktaID, OktaID: ada.OktaID, Email: ada.Email})
		})
		asked := w.ask(ada, prod)
		w.update(func(tx *store.Tx) error {
			_, _, err := tx.PutAttempt(access.Attempt{ID: "said", Delivery: "said", Slack: access.SlackUser{Team: "T1", ID: "U" + ada.OktaID}, Kind: access.AttemptCertify, Reason: "for the nightly run",
				Comments: map[string]string{"i1": "for the nightly run"}, ReceivedAt: tx.Now(), State: access.AttemptDone})
			return err
		})
		w.update(func(tx *store.Tx) error {
			q, err := tx.CreateQuestion(access.Query{Request: asked.ID, Asker: grace, Text: "Which run, Mrs Lovelace?"})
			if err == nil {
				_, err = tx.AnswerQuestion(q.ID, "The nightly one")
			}
			return err
		})
		g := w.grant(asked, access.GrantProvisioning)
		operator := access.Actor{Kind: access.ByOperator, ID: "root", Name: "Olga Operator"}
		if _, err := w.ErasePersonal(t.Context(), operator, ada.OktaID); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("erased while served: %v", err)
		}
		g = w.move(w.move(g, access.GrantRevoking), access.GrantEnded)
		done, err := w.ErasePersonal(t.Context(), operator, ada.OktaID)
		if err != nil || done.Values == 0 || done.Requests != 1 {
			t.Fatalf("got %+v %v", done, err)
		}
		if r := w.verified(); r.Erased != done.Values || r.Recorded != done.Values {
			t.Errorf("%d erased, %d missing", done.Values, r.Erased)
		}
		var out bytes.Buffer
		if err := w.ExportAudit(t.Context(), &out, store.AuditFilter{}); err != nil {
			t.Fatal(err)
		}
		r, err := w.Request(t.Context(), g.RequestID)
		if err != nil {
			t.Fatal(err)
		}
		after, err := w.Grant(t.Context(), g.ID)
		if err != nil {
			t.Fatal(err)
		}
		known, err := w.Namesakes(t.Context(), access.Person{OktaID: "00uOther", Name: "ada lovelace"})
		if err != nil {
			t.Fatal(err)
		}
		said, err := w.QuestionsOf(t.Context(), g.RequestID)
		if err != nil || len(said) != 1 || said[0].Asker.Name != grace.Name {
			t.Fatalf("the questions: %+v %v", said, err)
		}
		attempt, err := w.Attempt(t.Context(), "said")
		if err != nil {
			t.Fatal(err)
		}
		left := out.String() + fmt.Sprintf("%+v %+v %+v %+v %+v", r, after, known, said, attempt)
		for _, personal := range []string{"Lovelace", "ada@", "Ada@", "nightly"} {
			if strings.Contains(left, personal) {
				t.Errorf("%q is left in %s", personal, left)
			}
		}
		if !strings.Contains(left, "Olga") || !strings.Contains(left, `"personal.erased"`) || r.Decider.Name != grace.Name {
			t.Errorf("somebody else was erased too: %s", left)
		}
	})
}

// An auditor with the key needs nothing of ours to check an export: docs/audit-format.md
// is enough, and this is written from it.
func TestAnExportCanBeCheckedWithoutTheStore(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		var out bytes.Buffer
		if err := w.ExportAudit(t.Context(), &out, store.AuditFilter{}); err != nil {
			t.Fatal(err)
		}
		prev, lines := strings.Repeat("0", 64), 0
		for scan := bufio.NewScanner(&out); scan.Scan(); lines++ {
			var line struct {
				Body       json.RawMessage
				Prev, Hash string
				Values     map[string]struct{ Salt, Value string }
			}
			var body struct {
				Seq      int
				Personal map[string]string
			}
			if err := errors.Join(json.Unmarshal(scan.Bytes(), &line), json.Unmarshal(line.Body, &body)); err != nil {
				t.Fatal(err)
			}
			before, err := hex.DecodeString(prev)
			if err != nil {
				t.Fatal(err)
			}
			mac := hmac.New(sha256.New, key().Key)
			mac.Write(append(before, line.Body...))
			if got := hex.EncodeToString(mac.Sum(nil)); got != line.Hash || line.Prev != prev || body.Seq != lines+1 {
				t.Errorf("line %d: %s does not follow %s", lines+1, scan.Text(), prev)
			}
			for field, v := range line.Values {
				salt, _ := hex.DecodeString(v.Salt)
				sum := sha256.Sum256(append(append(append(salt, field...), 0), v.Value...))
				if hex.EncodeToString(sum[:]) != body.Personal[field] {
					t.Errorf("line %d: %s is not what was sealed", lines+1, field)
				}
			}
			prev = line.Hash
		}
		if lines != 5 {
			t.Errorf("%d lines", lines)
		}
	})
}

func TestAnExportIsFiltered(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.trail()
		r := w.ask(ada, prod)
		tests := map[string]struct {
			filter store.AuditFilter
			want   int
		}{
			"all":        {store.AuditFilter{}, 11},
			"by kind":    {store.AuditFilter{Kind: "test.happened"}, 5},
			"by time":    {store.AuditFilter{From: noon.Add(time.Second), To: noon.Add(3 * time.Second)}, 4},
			"by request": {store.AuditFilter{Request: r.ID}, 1},
			"by actor":   {store.AuditFilter{Actor: "nobody"}, 0},
			"after":      {store.AuditFilter{After: 9}, 2},
		}
		for name, tt := range tests {
			var out bytes.Buffer
			if err := w.ExportAudit(t.Context(), &out, tt.filter); err != nil || strings.Count(out.String(), "\n") != tt.want {
				t.Errorf("%s: %v, %s", name, err, out.String())
			}
		}
	})
}

func TestTheTrailIsReadInPages(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		g := w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantActive)
		var all []store.Recorded
		for {
			page, err := w.AuditEvents(t.Context(), int64(len(all)), 2)
			if err != nil || len(page) > 2 {
				t.Fatalf("%d events, %v", len(page), err)
			}
			if len(page) == 0 {
				break
			}
			all = append(all, page...)
		}
		if int64(len(all)) != w.verified().Events {
			t.Errorf("%d events were read, not all", len(all))
		}
		for i, e := range all {
			if e.Seq != int64(i)+1 || e.At.IsZero() || e.Actor.Kind == "" || e.Facts == nil {
				t.Errorf("%+v", e)
			}
		}
		if first := all[0]; first.Kind != "request.created" || first.Request != g.RequestID || first.Personal["subject.name"] != ada.Name || first.Facts["target"] != prod.ID {
			t.Errorf("%+v", first)
		}
		if last := all[len(all)-1]; last.Kind != "grant.active" || last.Grant != g.ID {
			t.Errorf("%+v", last)
		}
	})
}

// Notes that earlier versions have signed with a name are cleaned of it, and what airpass has
// said with it; what people have written themselves stays. Of what a namesake may have signed
// only that goes of which the trail knows whose it is.
func TestANameIsTakenOutOfWhatOthersWereToldAndOfNothingElse(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		may, other := grace, access.Person{OktaID: "00uOther", Login: "june@example.com", Email: "june@example.com", Name: "June", Status: "ACTIVE"}
		may.Name = "May"
		ends := func(by access.Person, note string) access.Grant {
			g := w.grant(w.ask(ada, prod), access.GrantActive)
			err := w.Update(t.Context(), access.PersonActor(by), func(tx *store.Tx) (err error) {
				g.State, g.EndReason, g.EndNote = access.GrantRevoking, access.EndRevoked, note
				g, err = tx.SaveGrant(g)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return w.move(g, access.GrantEnded)
		}
		hers, typed, within := ends(may, "May is over – May"), ends(may, "May is over"), ends(may, "in April – May or so – May")
		theirs := ends(other, "in June – June")
		said := map[string]string{
			"Your access to prod/Viewer is taken away by May: see GRACE@example.com, until 29 May 2027": "Your access to prod/Viewer is taken away by 00uGrace: see 00uGrace, until 29 May 2027",
			"Dein Zugang zu prod/Viewer wird entzogen, von May: bis 29 May 2027":                        "Dein Zugang zu prod/Viewer wird entzogen, von 00uGrace: bis 29 May 2027",
			"Your decision was not applied: already decided: May has denied the request":                "Your decision was not applied: already decided: 00uGrace has denied the request",
			"May has answered what you asked about Viewer in prod: see the card above. “in May”":        "00uGrace has answered what you asked about Viewer in prod: see the card above. ",
			"Lapses 29 May 2027; June has denied it":                                                    "Lapses 29 May 2027; June has denied it",
		}
		w.update(func(tx *store.Tx) (err error) {
			for text := range said {
				for _, state := range []access.MessageState{access.MessagePosted, access.MessageNew} {
					_, failed := tx.CreateMessage(access.Message{Kind: access.Notice, To: "UX", Text: text, State: state})
					err = errors.Join(err, failed)
				}
			}
			return err
		})
		done, err := w.ErasePersonal(t.Context(), tester, grace.OktaID)
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]string{hers.ID: "May is over", typed.ID: "May is over", within.ID: "in April – May or so", theirs.ID: "in June – June"} {
			if g, err := w.Grant(t.Context(), id); err != nil || g.EndNote != want {
				t.Errorf("%q %v, not %q", g.EndNote, err, want)
			}
		}
		for text, want := range said {
			for _, one := range [][]any{{want, "posted"}, {text, "new"}} {
				var n int
				if err := w.DB().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM messages WHERE recipient = 'UX' AND text = $1 AND state = $2`, one...).Scan(&n); err != nil || n != 1 {
					t.Errorf("%d are %q, of %q: %v", n, one, text, err)
				}
			}
		}
		events, err := w.AuditEvents(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			switch note := e.Personal["note"]; {
			case e.Kind != "grant.revoking":
			case e.Grant == hers.ID && note != "", e.Grant == typed.ID && note != "May is over", e.Grant == theirs.ID && note != "in June – June":
				t.Errorf("the trail says of %s: %q", e.Grant, note)
			}
		}
		if v := w.verified(); v.Erased != done.Values || v.Recorded != done.Values {
			t.Errorf("%+v, not %+v", v, done)
		}
	})
}

// Rules by which somebody is still to be judged stay as they are, and so does whom they name.
func TestWhoIsNamedByTheRulesOfWhatWaitsIsNotErasedYet(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		named := prod
		named.Policy = access.Single(access.Approver{Kind: access.ApproverPerson, Value: grace.Login})
		over := w.move(w.move(w.grant(w.ask(ada, named), access.GrantProvisioning), access.GrantRevoking), access.GrantEnded)
		waits := w.ask(ada, named)
		if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("erased: %v", err)
		}
		w.update(func(tx *store.Tx) error {
			waits.State, waits.DecidedAt = access.RequestCancelled, tx.Now()
			_, err := tx.SaveRequest(waits)
			return err
		})
		if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); err != nil {
			t.Fatal(err)
		}
		if r, err := w.Request(t.Context(), over.RequestID); err != nil || r.Target.Policy.Approvers()[0].Value != grace.OktaID {
			t.Errorf("%+v %v", r.Target.Policy, err)
		}
	})
}
