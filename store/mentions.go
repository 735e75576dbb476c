package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
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

// loginsOf are the logins by which somebody was known: facts name people by them.
func (tx *Tx) loginsOf(oktaID string, requests []access.Request) ([]string, error) {
	var logins []string
	add := func(login string) {
		if login = strings.ToLower(login); login != "" && login != strings.ToLower(oktaID) && !slices.Contains(logins, login) {
			logins = append(logins, login)
		}
	}
	for _, r := range requests {
		add(r.Subject.Login)
	}
	rows, err := tx.q.KnownAs(tx.ctx, oktaID)
	if err != nil {
		return nil, fmt.Errorf("read how %s is known: %w", oktaID, err)
	}
	for _, row := range rows {
		p, err := personOf(row)
		if err != nil {
			return nil, err
		}
		add(p.Login)
	}
	about, err := tx.q.CampaignItemsAbout(tx.ctx, oktaID)
	if err != nil {
		return nil, fmt.Errorf("read items about %s: %w", oktaID, err)
	}
	for _, i := range about {
		add(i.Who)
	}
	decided, err := tx.q.DecidedBy(tx.ctx, oktaID)
	decisions, err := all(decided, err, decisionOf)
	for _, d := range decisions {
		add(d.Decider.Login)
	}
	return logins, err
}

// mentionPage is how many rows that may name somebody are read at once.
const mentionPage = 500

// eraseMentions takes somebody's logins out of the facts of items about others, and deletes
// what the trail keeps of them. It returns how many values of the trail it has deleted.
func (tx *Tx) eraseMentions(oktaID string, logins []string) (deleted int64, err error) {
	for _, login := range logins {
		s := newScrub(oktaID, login)
		if err := tx.scrubItems(s); err != nil {
			return deleted, err
		}
		n, err := tx.deleteMentions(s)
		if deleted += n; err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

func (tx *Tx) scrubItems(s scrub) error {
	for after := ""; ; {
		rows, err := tx.q.CampaignItemsThatSay(tx.ctx, db.CampaignItemsThatSayParams{Words: s.like(), After: after, Max: mentionPage})
		if err != nil {
			return fmt.Errorf("read items that name %s: %w", s.id, err)
		}
		for _, row := range rows {
			after = row.ID
			facts, changed := s.of(row.Facts)
			if !changed {
				continue
			}
			if err := tx.q.SetCampaignFacts(tx.ctx, db.SetCampaignFactsParams{ID: row.ID, Facts: facts}); err != nil {
				return saved(err, "item", row.ID)
			}
		}
		if len(rows) < mentionPage {
			return nil
		}
	}
}

func (tx *Tx) deleteMentions(s scrub) (deleted int64, err error) {
	for after := int64(0); ; {
		rows, err := tx.q.AuditFactsThatSay(tx.ctx, db.AuditFactsThatSayParams{Words: s.like(), After: after, Max: mentionPage})
		if err != nil {
			return deleted, fmt.Errorf("read what the trail says of %s: %w", s.id, err)
		}
		for _, row := range rows {
			after = row.Seq
			if _, changed := s.of(row.Value); !changed {
				continue
			}
			if err := tx.q.DeleteAuditValue(tx.ctx, db.DeleteAuditValueParams{Seq: row.Seq, Field: row.Field}); err != nil {
				return deleted, fmt.Errorf("delete a value of event %d: %w", row.Seq, err)
			}
			deleted++
		}
		if len(rows) < mentionPage {
			return deleted, nil
		}
	}
}

// scrub takes one login of somebody out of facts.
type scrub struct {
	id, login string
	word      *regexp.Regexp
}

func newScrub(oktaID, login string) scrub {
	return scrub{oktaID, login, regexp.MustCompile(`(?i)(^|[^\w.@+-])` + regexp.QuoteMeta(login) + `($|[^\w.@+-])`)}
}

// like is what a row is like that may have the login in it, in lower case: one that has is
// looked at closely.
func (s scrub) like() string {
	text := strings.Trim(encode(s.login), `"`)
	return "%" + strings.ReplaceAll(text, `\`, "_") + "%"
}

// of is facts with the person's id where their login was, without their name.
func (s scrub) of(facts string) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader([]byte(facts)))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return facts, false
	}
	v, changed := s.value(v)
	if !changed {
		return facts, false
	}
	return encode(v), true
}

func (s scrub) value(v any) (_ any, changed bool) {
	switch v := v.(type) {
	case string:
		text := s.word.ReplaceAllString(v, "${1}"+s.id+"${2}")
		return text, text != v
	case []any:
		for n := range v {
			one, is := s.value(v[n])
			v[n], changed = one, changed || is
		}
		return v, changed
	case map[string]any:
		if _, named := v["name"]; named && v["okta_id"] == s.id {
			delete(v, "name")
			changed = true
		}
		for name := range v {
			one, is := s.value(v[name])
			v[name], changed = one, changed || is
		}
		return v, changed
	}
	return v, false
}
