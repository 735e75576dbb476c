package store_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"airpass/access"
	"airpass/store"
)

// tampering is what somebody does to the tables of the trail who has the database and not the key.
type tampering struct {
	do  []string
	bad int64  // the number of the event that is named
	why string // is said of it
	// refused says that an export is not written either: it checks no seal, but leaves nothing out.
	refused bool
}

// found does something to the trail and sees that it is found out, and that no export leaves it
// out without a word.
func (w *world) found(name string, c tampering) {
	w.t.Helper()
	w.exec(c.do...)
	r, err := w.VerifyAudit(w.t.Context())
	if err != nil || r.Why == "" || r.FirstBad != c.bad || !strings.Contains(r.Why, c.why) {
		w.t.Errorf("%s: got %+v %v, want event %d, %s", name, r, err, c.bad, c.why)
	}
	err = w.ExportAudit(w.t.Context(), io.Discard, store.AuditFilter{})
	if c.refused != (err != nil) || err != nil && (!errors.Is(err, store.ErrTrail) || !strings.Contains(err.Error(), c.why)) {
		w.t.Errorf("%s: the export says %v", name, err)
	}
}

// again puts back a trail that was kept.
func (w *world) again() {
	w.t.Helper()
	w.exec("DELETE FROM audit_personal", "DELETE FROM audit_events", "DELETE FROM audit_head", "INSERT INTO audit_events SELECT * FROM events",
		"INSERT INTO audit_personal SELECT * FROM personal", "INSERT INTO audit_head SELECT * FROM head")
	if r, err := w.VerifyAudit(w.t.Context()); err != nil || r.Why != "" {
		w.t.Fatalf("before: %+v %v", r, err)
	}
}

// keep is what again puts back.
func (w *world) keep() {
	w.t.Helper()
	w.exec("CREATE TABLE events AS SELECT * FROM audit_events", "CREATE TABLE personal AS SELECT * FROM audit_personal", "CREATE TABLE head AS SELECT * FROM audit_head")
}

func copied(seq, where string) string {
	return "INSERT INTO audit_events (seq, " + columns + ") SELECT " + seq + ", " + columns + " FROM audit_events WHERE " + where
}

func TestWhatStandsOutsideOfTheTrailIsFound(t *testing.T) {
	one := func(bad int64, why, do string) tampering { return tampering{do: []string{do}, bad: bad, why: why} }
	refused := func(why, do string) tampering { return tampering{do: []string{do}, why: why, refused: true} }
	tests := map[string]tampering{
		"an event with a negative number":      refused("whose seq is -1", copied("-1", "seq = 1")),
		"one far before the first":             refused("whose seq is -9000000000000000000", copied("-9000000000000000000", "seq = 4")),
		"one far after the last":               one(11, "is missing", copied("9000000000000000000", "seq = 4")),
		"a value of an event before the first": refused("a personal value before the first", "UPDATE audit_personal SET seq = 0 WHERE seq = 3"),
		"a value with a negative number":       refused("whose seq is -7", "INSERT INTO audit_personal (seq, field, person, salt, value) VALUES (-7, 'name', 'p', '00', 'Eve')"),
		"the head of less than nothing":        one(0, "audit_head cannot be read", "UPDATE audit_head SET seq = -1"),
		"a time that is a little later":        one(1, "a column differs", "UPDATE audit_events SET at = '2026-11-24 12:00:00.000400+00:00' WHERE seq = 1"),
		"a hash in capital letters":            one(10, "is not what was sealed", "UPDATE audit_events SET hash = upper(hash) WHERE seq = 10"),
		"the head in capital letters":          one(10, "is not the one that the head names", "UPDATE audit_head SET hash = upper(hash)"),
		"a salt in capital letters":            one(3, `"name" is not what was sealed`, "UPDATE audit_personal SET salt = upper(salt) WHERE seq = 3"),
		"a space after a value":                one(3, `"name" is not what was sealed`, "UPDATE audit_personal SET value = value || ' ' WHERE seq = 3"),
		"a space after a kind":                 one(3, "a column differs", "UPDATE audit_events SET kind = kind || ' ' WHERE seq = 3"),
		"a space after a body":                 one(3, "is not what was sealed", "UPDATE audit_events SET body = body || ' ' WHERE seq = 3"),
		"a field in capital letters":           one(3, `"NAME" is not what was sealed`, "UPDATE audit_personal SET field = upper(field) WHERE seq = 3"),
		"values of two events exchanged": {do: []string{"UPDATE audit_personal SET seq = 99 WHERE seq = 3", "UPDATE audit_personal SET seq = 3 WHERE seq = 5",
			"UPDATE audit_personal SET seq = 5 WHERE seq = 99"}, bad: 3, why: `"name" is not what was sealed`},
		"values of one event exchanged": {do: []string{"UPDATE audit_personal SET field = 'other' WHERE seq = 11 AND field = 'one'",
			"UPDATE audit_personal SET field = 'one' WHERE seq = 11 AND field = 'two'", "UPDATE audit_personal SET field = 'two' WHERE seq = 11 AND field = 'other'"}, bad: 11, why: "is not what was sealed"},
	}
	onEach(t, func(t *testing.T, w *world) {
		w.trail()
		w.keep()
		for name, c := range tests {
			if name == "values of one event exchanged" {
				continue
			}
			w.again()
			w.found(name, c)
		}
		w.again()
		w.update(func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "test.happened", Personal: map[string]string{"one": "Ada", "two": "Ada"}})
			return nil
		})
		w.found("values of one event exchanged", tests["values of one event exchanged"])
	})
}

// SQLite keeps anything in any column. What cannot be read is a finding that names the event.
func TestWhatCannotBeReadIsAFindingOfItsEvent(t *testing.T) {
	t.Parallel()
	tests := map[string]tampering{}
	add := func(name string, bad int64, why string, do ...string) { tests[name] = tampering{do, bad, why, true} }
	add("an event between two", 4, "after event 3 a row of audit_events was inserted whose seq is 3.5", copied("3.5", "seq = 3"))
	add("an event with a word", 11, "after event 10 a row of audit_events was inserted whose seq is a text of 3 characters", copied("'zzz'", "seq = 3"))
	add("an event without a number", 0, "whose seq is NULL", copied("NULL", "seq = 3"))
	add("an event with a BLOB", 11, "whose seq is a BLOB of 1 bytes", copied("x'05'", "seq = 3"))
	add("a value between two", 4, "whose seq is 3.5", "UPDATE audit_personal SET seq = 3.5 WHERE seq = 3")
	add("the first of two is named", 5, "cannot be read", "UPDATE audit_events SET at = '' WHERE seq = 6", "UPDATE audit_personal SET salt = x'00' WHERE seq = 5")
	for _, c := range []string{"kind", "actor_id", "request_id", "grant_id", "key_id", "body", "prev", "hash"} {
		add(c+" as a BLOB", 7, "event 7: column "+c+" of audit_events cannot be read: it is a BLOB", "UPDATE audit_events SET "+c+" = CAST("+c+" AS BLOB) WHERE seq = 7")
	}
	for _, c := range []string{"field", "person", "salt", "value"} {
		add(c+" of a value as a BLOB", 5, "event 5: column "+c+" of audit_personal cannot be read: it is a BLOB", "UPDATE audit_personal SET "+c+" = CAST("+c+" AS BLOB) WHERE seq = 5")
	}
	for what, at := range map[string]string{"empty": "''", "a word": "'garbage'", "a number": "1.5", "a BLOB": "x'00'", "the bytes of it": "CAST(at AS BLOB)"} {
		add("a time that is "+what, 6, "event 6: column at of audit_events cannot be read", "UPDATE audit_events SET at = "+at+" WHERE seq = 6")
	}
	for what, set := range map[string]string{"a word": "seq = 'x'", "half a number": "seq = 1.5", "a BLOB": "hash = CAST(hash AS BLOB)"} {
		tests["the head as "+what] = tampering{do: []string{"UPDATE audit_head SET " + set}, why: "the row of audit_head cannot be read"}
	}
	tests["the number of an event"] = tampering{[]string{"UPDATE audit_events SET seq = 'zzz' WHERE seq = 4"}, 4, "", true}
	tests["a value with a word"] = tampering{do: []string{"UPDATE audit_personal SET seq = 'zzz' WHERE seq = 3"}, bad: 11, why: "personal values without an event"}
	onSQLite(t, func(t *testing.T, w *world) { // PostgreSQL keeps only what a column is for
		w.trail()
		w.keep()
		for name, c := range tests {
			w.again()
			w.found(name, c)
		}
	})
}

// What PostgreSQL has for a time, and Go has not.
func TestAnInfiniteTimeIsAFindingOfItsEvent(t *testing.T) {
	t.Parallel()
	onPostgreSQL(t, func(t *testing.T, w *world) {
		w.trail()
		w.found("infinity", tampering{[]string{"UPDATE audit_events SET at = '-infinity' WHERE seq = 6"}, 6, "event 6: column at of audit_events cannot be read: it is NULL", true})
	})
}

// Whoever has the database can make the tables anew, without what keeps their rows apart.
func TestTheTrailIsVerifiedWithoutItsConstraints(t *testing.T) {
	event := copied("seq", "seq = 4")
	tests := map[string]tampering{
		"an event twice":               {[]string{event}, 5, "event 4 is there twice", false},
		"the last event twice":         {[]string{copied("seq", "seq = 10")}, 11, "event 10 is there twice", false},
		"a value twice":                {[]string{"INSERT INTO audit_personal SELECT * FROM audit_personal WHERE seq = 3", "DELETE FROM audit_personal WHERE seq = 5"}, 3, `event 3: the personal value "name" is there twice`, true},
		"a value of no event":          {[]string{"INSERT INTO audit_personal SELECT NULL, field, person, salt, value FROM audit_personal WHERE seq = 3"}, 0, "whose seq is NULL", true},
		"a value of nobody":            {[]string{"UPDATE audit_personal SET person = NULL WHERE seq = 3"}, 3, "column person of audit_personal cannot be read: it is NULL", true},
		"an event without a time":      {[]string{"UPDATE audit_events SET at = NULL WHERE seq = 3"}, 3, "column at of audit_events cannot be read: it is NULL", true},
		"an event without a body":      {[]string{"UPDATE audit_events SET body = NULL WHERE seq = 3"}, 3, "column body of audit_events cannot be read: it is NULL", true},
		"an event without a number":    {[]string{"UPDATE audit_events SET seq = NULL WHERE seq = 3"}, 0, "whose seq is NULL", true},
		"a second head":                {[]string{"INSERT INTO audit_head SELECT * FROM audit_head"}, 0, "more than one row", false},
		"a second head with a number":  {[]string{"INSERT INTO audit_head SELECT 2, 3, hash FROM audit_head"}, 0, "audit_head cannot be read: id is 2", false},
		"a head without a hash":        {[]string{"UPDATE audit_head SET hash = NULL"}, 0, "audit_head cannot be read: hash is NULL", false},
		"a head without a number":      {[]string{"UPDATE audit_head SET id = NULL"}, 0, "audit_head cannot be read: id is NULL", false},
		"a head of nothing but itself": {[]string{"DELETE FROM audit_head"}, 0, "the row of audit_head is missing", false},
	}
	onEach(t, func(t *testing.T, w *world) {
		w.trail()
		w.keep()
		at := "TIMESTAMP"
		if w.Dialect() == "postgres" {
			at = "TIMESTAMPTZ"
		}
		w.exec("DROP TABLE audit_personal", "DROP TABLE audit_events", "DROP TABLE audit_head",
			"CREATE TABLE audit_events (seq BIGINT, at "+at+", kind TEXT, actor_id TEXT, request_id TEXT, grant_id TEXT, key_id TEXT, body TEXT, prev TEXT, hash TEXT)",
			"CREATE TABLE audit_personal (seq BIGINT, field TEXT, person TEXT, salt TEXT, value TEXT)", "CREATE TABLE audit_head (id BIGINT, seq BIGINT, hash TEXT)")
		for name, c := range tests {
			w.again()
			w.found(name, c)
		}
		w.again()
		w.exec("ALTER TABLE audit_events DROP COLUMN kind")
		if r, err := w.VerifyAudit(t.Context()); err != nil || r.Why != "the column kind of the table audit_events is missing" {
			t.Errorf("without a column: %+v %v", r, err)
		}
	})
}

// What is read in pages has an event twice where one ends and the other begins.
func TestAnEventThatIsThereTwiceBetweenTwoPagesIsFound(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.update(func(tx *store.Tx) error {
			for range 501 {
				tx.Record(access.Event{Kind: "test.happened"})
			}
			return nil
		})
		w.keep()
		at := "TIMESTAMP"
		if w.Dialect() == "postgres" {
			at = "TIMESTAMPTZ"
		}
		w.exec("DROP TABLE audit_personal", "DROP TABLE audit_events",
			"CREATE TABLE audit_events (seq BIGINT, at "+at+", kind TEXT, actor_id TEXT, request_id TEXT, grant_id TEXT, key_id TEXT, body TEXT, prev TEXT, hash TEXT)",
			"CREATE TABLE audit_personal (seq BIGINT, field TEXT, person TEXT, salt TEXT, value TEXT)")
		w.again()
		w.found("twice", tampering{do: []string{copied("seq", "seq = 500")}, why: "up to event 501 there are 502 rows"})
	})
}

// By whom a personal value is of it is erased: nobody makes it somebody else's.
func TestWhosePersonalValueItIsIsSealed(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.ask(ada, prod)
		w.update(func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "test.happened", Actor: access.Actor{Kind: access.ByPerson, ID: ada.OktaID, Name: ada.Name}, Personal: map[string]string{"name": "Ada"}})
			return nil
		})
		w.keep()
		for _, field := range []string{"reason", "subject.name", "actor.name", "name"} {
			for _, person := range []string{"'00uGrace'", "person || ' '", "upper(person)", "''"} {
				w.again()
				w.exec("UPDATE audit_personal SET person = " + person + " WHERE field = '" + field + "'")
				if r, err := w.VerifyAudit(t.Context()); err != nil || r.FirstBad == 0 || !strings.Contains(r.Why, `"`+field+`" is not of whom it was sealed`) {
					t.Errorf("%s is of %s: %+v %v", field, person, r, err)
				}
			}
		}
	})
}

// Earlier versions have not sealed whose a value is: their trails are right, and a value is held to
// whom the event names.
func TestWhosePersonalValuesOfAnEarlierVersionAreIsHeldToTheirEvents(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.ask(ada, prod)
		w.update(func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "test.happened", Actor: access.Actor{Kind: access.ByPerson, ID: ada.OktaID, Name: ada.Name}, Personal: map[string]string{"name": "Ada"}})
			return nil
		})
		w.unsealPersons()
		w.keep()
		for field, found := range map[string]bool{"reason": true, "subject.name": true, "actor.name": true, "name": false} {
			w.again()
			w.exec("UPDATE audit_personal SET person = '00uGrace' WHERE field = '" + field + "'")
			if r, err := w.VerifyAudit(t.Context()); err != nil || found != (r.Why != "") {
				t.Errorf("%s: %+v %v", field, r, err)
			}
		}
	})
}

// unsealPersons makes the trail that of an earlier version.
func (w *world) unsealPersons() {
	w.t.Helper()
	lines, err := w.AuditLines(w.t.Context(), 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	about := regexp.MustCompile(`"about":"[^"]*",?`)
	prev, removed := make([]byte, sha256.Size), 0
	for _, l := range lines {
		text, err := l.JSON(false)
		if err != nil {
			w.t.Fatal(err)
		}
		var line struct{ Body json.RawMessage }
		if err := json.Unmarshal(text, &line); err != nil {
			w.t.Fatal(err)
		}
		body := about.ReplaceAllString(string(line.Body), "")
		if body != string(line.Body) {
			removed++
		}
		mac := hmac.New(sha256.New, key().Key)
		mac.Write(prev)
		mac.Write([]byte(body))
		hash := mac.Sum(nil)
		if _, err := w.DB().ExecContext(w.t.Context(), "UPDATE audit_events SET body = $1, prev = $2, hash = $3 WHERE seq = $4", body, hex.EncodeToString(prev), hex.EncodeToString(hash), l.Seq); err != nil {
			w.t.Fatal(err)
		}
		prev = hash
	}
	if removed == 0 {
		w.t.Fatal("no event says whose its values are")
	}
	w.exec(fmt.Sprintf("UPDATE audit_head SET hash = '%x'", prev))
}
