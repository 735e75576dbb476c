package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
	"airpass/store/db"
)

// The facts of an item of a campaign are about one person and name others: who has the same
// access, who is asked, who has agreed. In the trail these are a value of their own, so that
// erasing one of them leaves what is said about the other.

// apart parts the facts of an item into what is about the person and what names others.
func apart(facts json.RawMessage) (own, others string) {
	var all map[string]json.RawMessage
	if json.Unmarshal(facts, &all) != nil {
		return string(facts), ""
	}
	named := map[string]json.RawMessage{}
	take := func(from map[string]json.RawMessage, name string) {
		if v, is := from[name]; is {
			named[name] = v
			delete(from, name)
		}
	}
	take(all, "approved")
	for outer, inner := range map[string][]string{"peers": {"logins"}, "asked": {"reviewers", "passed"}} {
		var part map[string]json.RawMessage
		if json.Unmarshal(all[outer], &part) != nil {
			continue
		}
		for _, name := range inner {
			take(part, name)
		}
		all[outer] = json.RawMessage(encode(part))
	}
	if len(named) == 0 {
		return string(facts), ""
	}
	return encode(all), encode(named)
}

// as says how a column names people, and so what of it is erased.
type as int

const (
	asJSON as = iota // people and rules, by their logins and names
	asSaid           // words that airpass has sent to somebody, with names in them
	asNote           // what somebody has written, signed by airpass with " – " and their name
)

// mentions are the columns in which other people are named than whom the row is about. What
// people write themselves (reasons, comments, questions) is not among them: it is erased with
// whoever asked for the access that it is about.
var mentions = []struct {
	table, key string
	columns    map[string]as
	// live is what a row is like whose rules are still to be judged by.
	live string
	// counted rows are saved against their version, and so have to get another.
	counted bool
}{
	{table: "people", key: "okta_id", columns: map[string]as{"person": asJSON}},
	{table: "requests", key: "id", columns: map[string]as{"subject": asJSON, "decider": asJSON}, counted: true},
	{table: "requests", key: "id", columns: map[string]as{"target": asJSON, "course": asJSON}, live: "state = 'pending' OR " + scheduled("requests.id"), counted: true},
	{table: "decisions", key: "id", columns: map[string]as{"decider": asJSON}},
	{table: "decisions", key: "id", columns: map[string]as{"rules": asJSON}, live: scheduled("decisions.request_id") +
		" OR EXISTS (SELECT 1 FROM requests WHERE requests.id = decisions.request_id AND requests.state = 'pending')"},
	{table: "questions", key: "id", columns: map[string]as{"asker": asJSON}},
	{table: "grants", key: "id", columns: map[string]as{"subject": asJSON, "target": asJSON, "end_note": asNote}, counted: true},
	{table: "reviews", key: "id", columns: map[string]as{"subject": asJSON, "reviewer": asJSON}, counted: true},
	{table: "reviews", key: "id", columns: map[string]as{"reviewers": asJSON}, live: "state = 'owed'", counted: true},
	{table: "cuts", key: "id", columns: map[string]as{"subject": asJSON, "target": asJSON, "reason": asNote, "note": asNote}, counted: true},
	{table: "occurrences", key: "id", columns: map[string]as{"rules": asJSON}, live: "state <> 'closed'", counted: true},
	{table: "campaign_reviewers", key: "id", columns: map[string]as{"reviewer": asJSON}, counted: true},
	{table: "campaign_items", key: "id", columns: map[string]as{"facts": asJSON, "decider": asJSON, "last_error": asNote, "lower_failed": asNote}, counted: true},
	{table: "drift_findings", key: "key", columns: map[string]as{"finding": asJSON}},
	{table: "attempts", key: "id", columns: map[string]as{"answer": asSaid}, counted: true},
	{table: "messages", key: "id", columns: map[string]as{"text": asSaid}},
}

// scheduled is whether what a request asks for begins later, and is judged once more then.
func scheduled(request string) string {
	return "EXISTS (SELECT 1 FROM grants WHERE grants.request_id = " + request + " AND grants.state = 'scheduled')"
}

// mentionPage is how many rows that may name somebody are read at once.
const mentionPage = 500

// eraseMentions takes the names of somebody out of what is stored about others, and deletes
// what the trail keeps of them. It returns how many values of the trail it has deleted. Rules
// by which somebody is judged yet are not changed: then the error wraps access.ErrNotAllowed.
func (tx *Tx) eraseMentions(k known) (deleted int64, err error) {
	s := newScrub(k)
	if len(s.like) == 0 {
		return 0, nil
	}
	for _, m := range mentions {
		columns := slices.Sorted(maps.Keys(m.columns))
		live := cmp.Or(m.live, "FALSE")
		query := "SELECT " + m.key + ", " + live + ", " + strings.Join(columns, ", ") + " FROM " + m.table + " WHERE " + m.key + " > $1 AND (" + tx.likeAny(columns, len(s.like)) +
			") ORDER BY " + m.key + " LIMIT " + strconv.Itoa(mentionPage)
		change := "UPDATE " + m.table + " SET "
		for i, c := range columns {
			change += c + " = $" + strconv.Itoa(i+1) + ", "
		}
		if change = strings.TrimSuffix(change, ", "); m.counted {
			change += ", version = version + 1"
		}
		change += " WHERE " + m.key + " = $" + strconv.Itoa(len(columns)+1)
		err := tx.eachSaying(query, s, len(columns), func(key string, live bool, texts []string) error {
			changed := false
			for i, c := range columns {
				text, is := s.of(m.columns[c], texts[i])
				texts[i], changed = text, changed || is
			}
			switch {
			case !changed:
				return nil
			case live:
				return fmt.Errorf("%w: the rules of %s %s name them, and it is still to be judged by these", access.ErrNotAllowed, m.table, key)
			}
			values := make([]any, 0, len(texts)+1)
			for _, t := range texts {
				values = append(values, t)
			}
			if _, err := tx.sql.ExecContext(tx.ctx, change, append(values, key)...); err != nil {
				return saved(err, m.table, key)
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return tx.deleteMentions(s)
}

// likeAny is a condition that any of some columns is like any of n patterns, which are the
// parameters after the first; case does not matter.
func (tx *Tx) likeAny(columns []string, n int) string {
	like := " LIKE $"
	if tx.shared {
		like = " ILIKE $" // PostgreSQL's; that of SQLite is so by itself
	}
	var either []string
	for i := range n {
		for _, c := range columns {
			either = append(either, c+like+strconv.Itoa(i+2))
		}
	}
	return strings.Join(either, " OR ")
}

// eachSaying calls do with the rows of a query that may name somebody, page by page.
func (tx *Tx) eachSaying(query string, s scrub, columns int, do func(key string, live bool, texts []string) error) error {
	type row struct {
		key   string
		live  bool
		texts []string
	}
	read := func(after string) (page []row, err error) {
		rows, err := tx.sql.QueryContext(tx.ctx, query, append([]any{after}, s.like...)...)
		if err != nil {
			return nil, fmt.Errorf("read what names %s: %w", s.id, err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			r := row{texts: make([]string, columns)}
			into := []any{&r.key, &r.live}
			for i := range r.texts {
				into = append(into, &r.texts[i])
			}
			if err := rows.Scan(into...); err != nil {
				return nil, fmt.Errorf("read what names %s: %w", s.id, err)
			}
			page = append(page, r)
		}
		return page, rows.Err()
	}
	for after := ""; ; {
		page, err := read(after)
		if err != nil {
			return err
		}
		for _, r := range page {
			after = r.key
			if err := do(r.key, r.live, r.texts); err != nil {
				return err
			}
		}
		if len(page) < mentionPage {
			return nil
		}
	}
}

// deleteMentions deletes the values of the trail that are about others and name somebody:
// sealed as they are, they can be deleted and not changed.
func (tx *Tx) deleteMentions(s scrub) (deleted int64, err error) {
	query := "SELECT e.seq, e.kind, e.body, p.field, p.value FROM audit_personal p JOIN audit_events e ON e.seq = p.seq WHERE p.seq > $1 AND p.field IN ('facts', 'others', 'reviewers', 'note', 'reason', 'why', 'answer') AND (" +
		tx.likeAny([]string{"p.value"}, len(s.like)) + ") ORDER BY p.seq, p.field LIMIT " + strconv.Itoa(mentionPage)
	for after := int64(0); ; {
		values, err := tx.valuesSaying(query, after, s)
		if err != nil {
			return deleted, err
		}
		for _, v := range values {
			after = v.seq
			if !v.names(s) {
				continue
			}
			if err := tx.q.DeleteAuditValue(tx.ctx, db.DeleteAuditValueParams{Seq: v.seq, Field: v.field}); err != nil {
				return deleted, fmt.Errorf("delete a value of event %d: %w", v.seq, err)
			}
			deleted++
		}
		if len(values) < mentionPage {
			return deleted, nil
		}
	}
}

// auditValue is a personal value of an event.
type auditValue struct {
	seq                      int64
	kind, body, field, value string
}

func (tx *Tx) valuesSaying(query string, after int64, s scrub) (page []auditValue, err error) {
	rows, err := tx.sql.QueryContext(tx.ctx, query, append([]any{after}, s.like...)...)
	if err != nil {
		return nil, fmt.Errorf("read what the trail says of %s: %w", s.id, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v auditValue
		if err := rows.Scan(&v.seq, &v.kind, &v.body, &v.field, &v.value); err != nil {
			return nil, fmt.Errorf("read what the trail says of %s: %w", s.id, err)
		}
		page = append(page, v)
	}
	return page, rows.Err()
}

// names says whether a value names somebody by what airpass has put into it.
func (v auditValue) names(s scrub) bool {
	switch v.field {
	case "facts", "others":
		_, is := s.of(asJSON, v.value)
		return is
	case "reviewers":
		return s.words.MatchString(v.value)
	case "answer":
		return strings.HasPrefix(v.kind, "attempt.") && (s.words.MatchString(v.value) || s.doing.MatchString(v.value))
	}
	var by struct{ Actor access.Actor }
	if json.Unmarshal([]byte(v.body), &by) != nil || by.Actor.Kind == access.ByPerson && by.Actor.ID != s.id {
		return false // signed by somebody else of the same name
	}
	return s.signed.MatchString(v.value)
}
