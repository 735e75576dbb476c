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

// Apart parts the facts of an item into what is about the person and what names others, as
// the trail has them when something is decided.
func Apart(facts json.RawMessage) (own, others string) {
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
	asSaid           // words that airpass has sent to somebody, with names in them, or a vendor has said
	asNote           // what somebody has written, signed by airpass with " – " and their name
	asOwn            // what somebody has written and may have signed themselves: their id is left
)

// mention is columns of a table in which other people are named than whom the row is about.
type mention struct {
	table, key string
	columns    map[string]as
	// live is what a row is like by which somebody is still to be judged, or to be told: it stays as it is.
	live string
	// where is what rows are like that are looked at; empty is any.
	where string
	// counted rows are saved against their version, and so have to get another.
	counted bool
	// salted is the column of which the row has a salted digest: of what was changed in it nobody
	// may find out by that what it was.
	salted string
}

// mentions are all of them. What people write themselves (reasons, comments, questions) is not
// among them: it is erased with whoever asked for the access that it is about.
var mentions = []mention{
	{table: "people", key: "okta_id", columns: map[string]as{"person": asJSON}},
	{table: "requests", key: "id", columns: map[string]as{"subject": asJSON, "target": asJSON, "course": asJSON}, live: "state = 'pending' OR " + scheduled("requests.id"), counted: true},
	{table: "requests", key: "id", columns: map[string]as{"decider": asJSON}, counted: true},
	{table: "decisions", key: "id", columns: map[string]as{"decider": asJSON}},
	{table: "decisions", key: "id", columns: map[string]as{"rules": asJSON}, live: scheduled("decisions.request_id") +
		" OR EXISTS (SELECT 1 FROM requests WHERE requests.id = decisions.request_id AND requests.state = 'pending')"},
	{table: "questions", key: "id", columns: map[string]as{"asker": asJSON}},
	{table: "grants", key: "id", columns: map[string]as{"subject": asJSON, "end_note": asNote, "last_error": asSaid}, counted: true},
	{table: "grants", key: "id", columns: map[string]as{"target": asJSON}, live: "state <> 'ended'", counted: true},
	{table: "reviews", key: "id", columns: map[string]as{"subject": asJSON, "reviewer": asJSON}, counted: true},
	{table: "reviews", key: "id", columns: map[string]as{"reviewers": asJSON}, live: "state = 'owed'", counted: true},
	{table: "cuts", key: "id", columns: map[string]as{"subject": asJSON, "target": asJSON, "reason": asNote, "note": asNote}, counted: true},
	{table: "occurrences", key: "id", columns: map[string]as{"note": asOwn, "population": asSaid, "last_error": asSaid}, counted: true},
	{table: "occurrences", key: "id", columns: map[string]as{"rules": asJSON}, live: "state <> 'closed'", counted: true},
	{table: "campaign_reviewers", key: "id", columns: map[string]as{"reviewer": asJSON}, counted: true},
	{table: "campaign_items", key: "id", columns: map[string]as{"facts": asJSON, "decider": asJSON, "last_error": asNote, "lower_failed": asNote}, counted: true, salted: "facts"},
	{table: "entitlements", key: "id", columns: map[string]as{"last_error": asSaid}, counted: true},
	{table: "intents", key: "id", columns: map[string]as{"answer": asSaid}},
	{table: "drift_findings", key: "key", columns: map[string]as{"finding": asJSON}},
	{table: "attempts", key: "id", columns: map[string]as{"answer": asSaid}, where: "state <> 'open'", counted: true},
	{table: "messages", key: "id", columns: map[string]as{"text": asSaid, "last_error": asSaid}, where: "state IN ('posted', 'failed')"},
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
	for _, m := range mentions {
		columns := slices.Sorted(maps.Keys(m.columns))
		query := m.read(columns) + m.key + " > $1 AND (" + tx.likeAny(columns, len(s.like)) + ") ORDER BY " + m.key + " LIMIT " + strconv.Itoa(mentionPage)
		for after := ""; ; {
			page, err := tx.mentioning(query, len(columns), append([]any{after}, s.like...)...)
			if err != nil {
				return 0, err
			}
			for _, r := range page {
				after = r.key
				if err := tx.rewrite(m, s, columns, r); err != nil {
					return 0, err
				}
			}
			if len(page) < mentionPage {
				break
			}
		}
	}
	return tx.deleteMentions(s)
}

// read is a query of rows, up to the rest of its condition.
func (m mention) read(columns []string) string {
	return "SELECT " + m.key + ", " + cmp.Or(m.live, "FALSE") + ", " + strings.Join(columns, ", ") + " FROM " + m.table + " WHERE (" + cmp.Or(m.where, "TRUE") + ") AND "
}

// mentioned is a row that may name somebody.
type mentioned struct {
	key   string
	live  bool
	texts []string
}

// mentioning reads rows that may name somebody.
func (tx *Tx) mentioning(query string, columns int, args ...any) (page []mentioned, err error) {
	rows, err := tx.sql.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read what names somebody: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		r := mentioned{texts: make([]string, columns)}
		into := []any{&r.key, &r.live}
		for i := range r.texts {
			into = append(into, &r.texts[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read what names somebody: %w", err)
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// rewrite takes somebody out of a row. On PostgreSQL others may have changed it since it was
// read: only what is otherwise without the person is written, if it is as it was, and else the
// row is read again.
func (tx *Tx) rewrite(m mention, s scrub, columns []string, r mentioned) error {
	for {
		var set, same []string
		args := []any{r.key}
		for i, c := range columns {
			text, is := s.of(m.columns[c], r.texts[i])
			if !is {
				continue
			}
			args = append(args, text, r.texts[i])
			set, same = append(set, fmt.Sprintf("%s = $%d", c, len(args)-1)), append(same, fmt.Sprintf(" AND %s = $%d", c, len(args)))
		}
		switch {
		case len(set) == 0:
			return nil
		case r.live:
			return fmt.Errorf("%w: %s %s names them, and somebody is still to be judged by it", access.ErrNotAllowed, strings.TrimSuffix(m.table, "s"), r.key)
		case m.counted:
			set = append(set, "version = version + 1")
		}
		if m.salted != "" && slices.ContainsFunc(set, func(s string) bool { return strings.HasPrefix(s, m.salted+" ") }) {
			set = append(set, "salt = ''")
		}
		done, err := tx.sql.ExecContext(tx.ctx, "UPDATE "+m.table+" SET "+strings.Join(set, ", ")+" WHERE "+m.key+" = $1"+strings.Join(same, ""), args...)
		if err != nil {
			return saved(err, m.table, r.key)
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
		again, err := tx.mentioning(m.read(columns)+m.key+" = $1", len(columns), r.key)
		if err != nil || len(again) == 0 {
			return err
		}
		r = again[0]
	}
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

// deleteMentions deletes the values of the trail that are about others and name somebody:
// sealed as they are, they can be deleted and not changed.
func (tx *Tx) deleteMentions(s scrub) (deleted int64, err error) {
	query := "SELECT e.seq, e.kind, e.body, p.field, p.value FROM audit_personal p JOIN audit_events e ON e.seq = p.seq WHERE (p.seq, p.field) > ($1, $" + strconv.Itoa(len(s.like)+2) + ") AND p.field IN ('facts', 'others', 'filter', 'reviewers', 'fallback', 'escalate_to', 'note', 'reason', 'why', 'lower_failed', 'answer') AND (" +
		tx.likeAny([]string{"p.value"}, len(s.like)) + ") ORDER BY p.seq, p.field LIMIT " + strconv.Itoa(mentionPage)
	for after := (auditValue{}); ; {
		values, err := tx.valuesSaying(query, after, s)
		if err != nil {
			return deleted, err
		}
		for _, v := range values {
			after = v
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

func (tx *Tx) valuesSaying(query string, after auditValue, s scrub) (page []auditValue, err error) {
	rows, err := tx.sql.QueryContext(tx.ctx, query, append(append([]any{after.seq}, s.like...), after.field)...)
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
	case "filter":
		return s.put(v.value) != v.value
	case "reviewers", "fallback", "escalate_to":
		return slices.ContainsFunc(strings.Fields(v.value), func(rule string) bool { return s.listed(rule) != rule })
	case "answer":
		_, is := s.of(asSaid, v.value)
		return is && strings.HasPrefix(v.kind, "attempt.")
	}
	var by struct{ Actor access.Actor }
	switch {
	case json.Unmarshal([]byte(v.body), &by) != nil:
		return false
	case by.Actor.Kind == access.ByPerson && by.Actor.ID == s.id: // whoever else has the name
		return s.signs.MatchString(v.value)
	case by.Actor.Kind == access.ByPerson: // signed by somebody else of the same name
		return false
	}
	return s.signed.MatchString(v.value)
}
