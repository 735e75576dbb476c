package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"airpass/access"
)

// known is how somebody is named in what is stored.
type known struct {
	id     string
	logins []string // and e-mail addresses, in lower case: nobody else has the same
	names  []string // as people are shown them: somebody else may have the same
}

func (k *known) login(login string) {
	if login = strings.ToLower(login); login != "" && login != strings.ToLower(k.id) && !slices.Contains(k.logins, login) {
		k.logins = append(k.logins, login)
	}
}

func (k *known) name(name string) {
	if name = strings.TrimSpace(name); name != "" && name != k.id && !slices.Contains(k.names, name) {
		k.names = append(k.names, name)
	}
}

func (k *known) person(p access.Person) {
	k.login(p.Login)
	k.login(p.Email)
	k.name(p.Name)
}

func (k *known) slack(u access.SlackUser) {
	k.login(u.Email)
	k.name(u.Name)
}

// knownAs is how somebody was known whenever they had to do with anything.
func (tx *Tx) knownAs(oktaID string, requests []access.Request) (known, error) {
	k := known{id: oktaID}
	for _, r := range requests {
		k.person(r.Subject)
		k.slack(r.Slack)
	}
	rows, err := tx.q.KnownAs(tx.ctx, oktaID)
	if err != nil {
		return k, fmt.Errorf("read how %s is known: %w", oktaID, err)
	}
	for _, row := range rows {
		p, err := personOf(row)
		if err != nil {
			return k, err
		}
		k.person(p)
	}
	about, err := tx.q.CampaignItemsAbout(tx.ctx, oktaID)
	if err != nil {
		return k, fmt.Errorf("read items about %s: %w", oktaID, err)
	}
	for _, i := range about {
		k.login(i.Who)
	}
	if err := tx.knownToOthers(&k); err != nil {
		return k, err
	}
	values, err := tx.q.KnownInTrail(tx.ctx, oktaID)
	if err != nil {
		return k, fmt.Errorf("read how the trail knows %s: %w", oktaID, err)
	}
	for _, v := range values {
		if strings.HasSuffix(v.Field, "name") {
			k.name(v.Value)
		} else {
			k.login(v.Value)
		}
	}
	return k, nil
}

// knownToOthers adds how somebody was known who has decided about others, or asked them.
func (tx *Tx) knownToOthers(k *known) error {
	decided, err := tx.q.DecidedBy(tx.ctx, k.id)
	decisions, err := all(decided, err, decisionOf)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		k.person(d.Decider)
		k.slack(d.Slack)
	}
	asked, err := tx.q.AskedBy(tx.ctx, k.id)
	questions, err := all(asked, err, queryOf)
	for _, q := range questions {
		k.person(q.Asker)
		k.slack(q.Slack)
	}
	return err
}

// scrub takes the names of somebody out of what is stored: logins and addresses wherever they
// stand, names only where airpass itself has put them.
type scrub struct {
	known
	like   []any          // what is like it may have one of them in it, and is looked at closely
	words  *regexp.Regexp // a login or address
	named  *regexp.Regexp // a name
	signed *regexp.Regexp // a name as the signature of a note
	doing  *regexp.Regexp // a name of which it is said what they have done, as in "… has denied the request"
}

func newScrub(k known) scrub {
	for _, words := range [][]string{k.logins, k.names} {
		slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // the whole of a name before a part of it
	}
	logins, names := anyOf(k.logins), anyOf(k.names)
	s := scrub{known: k,
		words:  regexp.MustCompile(`(?i)(^|[^\w.@+-])(?:` + logins + `)(\.?(?:$|[^\w.@+-]))`),
		named:  regexp.MustCompile(`(^|[^\pL\pN])(?:` + names + `)($|[^\pL\pN])`),
		signed: regexp.MustCompile(` – (?:` + names + `)($|[^\pL\pN])`),
		doing:  regexp.MustCompile(`(^|: )(?:` + names + `)( has )`),
	}
	for _, word := range slices.Concat(k.logins, k.names) {
		for _, text := range []string{word, strings.Trim(encode(word), `"`)} { // in words, and in JSON
			if pattern := any("%" + strings.ReplaceAll(text, `\`, "_") + "%"); !slices.Contains(s.like, pattern) {
				s.like = append(s.like, pattern)
			}
		}
	}
	return s
}

// anyOf matches any of some words, and nothing if there are none.
func anyOf(words []string) string {
	if len(words) == 0 {
		return `[^\s\S]`
	}
	quoted := make([]string, 0, len(words))
	for _, w := range words {
		quoted = append(quoted, regexp.QuoteMeta(w))
	}
	return strings.Join(quoted, "|")
}

// of is the text of a column without the person, with their id where they were.
func (s scrub) of(how as, text string) (string, bool) {
	if how == asJSON {
		return s.json(text)
	}
	out := s.put(s.words, text)
	if how == asNote {
		out = s.signed.ReplaceAllString(out, "${1}")
	} else {
		out = s.put(s.named, out)
	}
	return out, out != text
}

// put writes the person's id where a text has what is looked for. Two that stand beside each
// other share the character between them, so it is done twice.
func (s scrub) put(what *regexp.Regexp, text string) string {
	for range 2 {
		text = what.ReplaceAllString(text, "${1}"+s.id+"${2}")
	}
	return text
}

func (s scrub) json(text string) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return text, false
	}
	v, changed := s.value(v)
	if !changed {
		return text, false
	}
	return encode(v), true
}

func (s scrub) value(v any) (_ any, changed bool) {
	switch v := v.(type) {
	case string:
		text := s.put(s.words, v)
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
		if name, is := v["manager_name"].(string); is && (s.is(v["manager"]) || slices.Contains(s.names, name)) {
			delete(v, "manager_name")
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

// is says whether what somebody's manager attribute has is the person.
func (s scrub) is(manager any) bool {
	text, _ := manager.(string)
	return text != "" && (text == s.id || slices.Contains(s.logins, strings.ToLower(text)))
}
