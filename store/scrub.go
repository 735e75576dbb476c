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
	logins []string // and e-mail addresses, in lower case
	names  []string // as people are shown them
	slack  []string // as the trail knows their Slack users
	// signs are all of their names, also those that somebody else has: for what is known to be theirs.
	signs []string
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

func (k *known) user(u access.SlackUser) {
	k.login(u.Email)
	k.name(u.Name)
}

// knownAs is how somebody was known whenever they had to do with anything.
func (tx *Tx) knownAs(oktaID string, requests []access.Request) (known, error) {
	k := known{id: oktaID}
	for _, r := range requests {
		k.person(r.Subject)
		k.user(r.Slack)
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
	bindings, err := tx.r.BindingOf(tx.ctx, oktaID)
	if err != nil {
		return k, err
	}
	for _, b := range bindings {
		k.login(b.Email)
		k.slack = append(k.slack, slackPerson(b.Team, b.SlackID))
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
		k.user(d.Slack)
	}
	asked, err := tx.q.AskedBy(tx.ctx, k.id)
	questions, err := all(asked, err, queryOf)
	for _, q := range questions {
		k.person(q.Asker)
		k.user(q.Slack)
	}
	return err
}

// namings are the columns by which people are known, with the id of whom the row is about:
// people and Slack users in JSON, or a login or name alone.
var namings = []struct{ table, id, column, where string }{
	{table: "people", id: "okta_id", column: "person"},
	{table: "requests", id: "subject_id", column: "subject"},
	{table: "requests", id: "subject_id", column: "slack"},
	{table: "requests", id: "id", column: "decider"},
	{table: "decisions", id: "decider_id", column: "decider"},
	{table: "decisions", id: "decider_id", column: "slack"},
	{table: "questions", id: "asker_id", column: "asker"},
	{table: "questions", id: "asker_id", column: "slack"},
	{table: "grants", id: "subject_id", column: "subject"},
	{table: "grants", id: "subject_id", column: "slack"},
	{table: "reviews", id: "subject_id", column: "subject"},
	{table: "reviews", id: "reviewer_id", column: "reviewer"},
	{table: "cuts", id: "subject_id", column: "subject"},
	{table: "campaign_reviewers", id: "reviewer_id", column: "reviewer"},
	{table: "campaign_items", id: "decider_id", column: "decider"},
	{table: "campaign_items", id: "subject_id", column: "facts", where: "subject_id <> ''"},
	{table: "campaign_items", id: "subject_id", column: "who", where: "subject_id <> ''"},
	{table: "bindings", id: "okta_id", column: "email"},
	{table: "homes", id: "okta_id", column: "login", where: "okta_id <> ''"},
	{table: "audit_personal", id: "person", column: "value", where: "field IN ('actor.name', 'subject.name', 'subject.email', 'subject.login', 'email')"},
}

// theirs leaves of how somebody is known what nobody else is, or was, known by: an admin
// account has the mailbox of whose it is, and who is hired anew the old login. Names that
// somebody else has are kept apart.
func (tx *Tx) theirs(k known) (known, error) {
	k.signs = k.names
	like := newScrub(k).like
	self := append([]string{k.id}, k.slack...)
	var taken []string
	for _, n := range namings {
		query := "SELECT DISTINCT " + n.id + ", " + n.column + " FROM " + n.table + " WHERE " + n.id + " <> $1 AND (" + tx.likeAny([]string{n.column}, len(like)) + ")"
		if n.where != "" {
			query += " AND " + n.where
		}
		found, err := tx.namedBy(query, k.id, append([]any{k.id}, like...), self)
		if err != nil {
			return k, err
		}
		taken = append(taken, found...)
	}
	others := func(word string) bool {
		return slices.ContainsFunc(taken, func(t string) bool { return strings.EqualFold(strings.TrimSpace(t), word) })
	}
	k.logins = slices.DeleteFunc(slices.Clone(k.logins), others)
	k.names = slices.DeleteFunc(slices.Clone(k.names), others)
	return k, nil
}

// namedBy are the logins, addresses and names that a query finds of others than somebody.
func (tx *Tx) namedBy(query, oktaID string, args []any, self []string) (found []string, err error) {
	rows, err := tx.sql.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read who else is called as %s: %w", oktaID, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, fmt.Errorf("read who else is called as %s: %w", oktaID, err)
		}
		var p struct {
			access.Person
			Who string `json:"who"`
		}
		switch {
		case slices.Contains(self, id):
		case !strings.HasPrefix(text, "{"):
			found = append(found, text)
		case json.Unmarshal([]byte(text), &p) == nil && p.OktaID != oktaID:
			found = append(found, p.Login, p.Email, p.Name, p.Who)
		}
	}
	return found, rows.Err()
}

// scrub takes the names of somebody out of what is stored about others. In JSON it knows where
// people and rules stand; in words, where airpass itself has put a name. Whatever else there is
// stays as it is.
type scrub struct {
	known
	like   []any          // what is like it may have one of them in it, and is looked at closely
	words  *regexp.Regexp // an address, or a login that is one
	signed *regexp.Regexp // a name as the signature of a note
	signs  *regexp.Regexp // that of a note which is known to be theirs
	told   []*regexp.Regexp
}

// told are the words, in every language, into which airpass puts names: NAME stands for one.
// A test reads the source for those that are missing here.
var told = []string{
	`(?s)^(Your access to [^ ]+ is taken away by )NAME(: .*)$`,
	`(?s)^(Dein Zugang zu [^ ]+ wird entzogen, von )NAME(: .*)$`,
	`(^|: )NAME( has (?:reviewed it|(?:cancelled|denied|approved) the request))$`,
	`(^|: )NAME( hat (?:es geprüft|die Anfrage (?:zurückgezogen|abgelehnt|genehmigt)))$`,
	`^(You owe a review: )NAME( took [^ ]+ at once, without a decision\..*)$`,
	`^(Du sollst etwas prüfen: )NAME( hat [^ ]+ sofort genommen, ohne Entscheidung\..*)$`,
	`^()NAME( still waits for your decision about .*)$`,
	`^()NAME( wartet noch auf deine Entscheidung über .*)$`,
	`^(The access of )NAME( to [^ ]+ that you agreed to.*)$`,
	`(?s)^()NAME( has answered what you asked about [^“]*)“.*$`, // what they have written goes with their name
	`(?s)^()NAME( hat geantwortet, was du zu [^„]*)„.*$`,
}

func newScrub(k known) scrub {
	long := func(words []string) []string { // the whole of a name before a part of it
		words = slices.Clone(words)
		slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
		return words
	}
	addresses := slices.DeleteFunc(long(k.logins), func(l string) bool { return !strings.Contains(l, "@") })
	s := scrub{known: k,
		words:  regexp.MustCompile(`(?i)(^|[^\w.@+-])(?:` + anyOf(addresses) + `)(\.?(?:$|[^\w.@+-]))`),
		signed: regexp.MustCompile(` – (?:` + anyOf(long(k.names)) + `)$`),
		signs:  regexp.MustCompile(` – (?:` + anyOf(long(k.signs)) + `)$`),
		like:   []any{"%" + k.id + "%"},
	}
	for _, words := range told {
		s.told = append(s.told, regexp.MustCompile(strings.Replace(words, "NAME", `(?:`+anyOf(long(k.names))+`)`, 1)))
	}
	for _, word := range slices.Concat(k.logins, k.names, k.signs) {
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
	var out string
	switch how {
	case asJSON:
		return s.json(text)
	case asNote:
		out = s.signed.ReplaceAllString(s.put(text), "")
	case asOwn:
		out = s.signed.ReplaceAllLiteralString(s.put(text), " – "+s.id)
	default:
		out = s.put(text)
		for _, words := range s.told {
			out = words.ReplaceAllString(out, "${1}"+s.id+"${2}")
		}
	}
	return out, out != text
}

// put writes the person's id where a text has their address. Two that stand beside each
// other share the character between them, so it is done twice.
func (s scrub) put(text string) string {
	for range 2 {
		text = s.words.ReplaceAllString(text, "${1}"+s.id+"${2}")
	}
	return text
}

func (s scrub) json(text string) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || !s.within(v) {
		return text, false
	}
	return encode(v), true
}

// within changes what is within a value, and says whether anything was.
func (s scrub) within(v any) (changed bool) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			changed = s.within(one) || changed
		}
	case map[string]any:
		if v["okta_id"] == s.id {
			return empty(v)
		}
		changed = s.object(v)
		for _, one := range v {
			changed = s.within(one) || changed
		}
	}
	return changed
}

// empty leaves of a person their id.
func empty(person map[string]any) (changed bool) {
	for key, v := range person {
		switch {
		case key == "okta_id" || v == "":
		case slices.Contains([]string{"login", "email", "name", "status"}, key):
			person[key], changed = "", true
		default:
			delete(person, key)
			changed = true
		}
	}
	return changed
}

// object changes what an object that is not the person says of them itself: that they are
// somebody's manager, that a rule names them, and who has agreed to some access, has the
// same or may be asked.
func (s scrub) object(o map[string]any) (changed bool) {
	set := func(key, text string) {
		if o[key] != text {
			o[key], changed = text, true
		}
	}
	text := func(key string) string { one, _ := o[key].(string); return one }
	manager := text("manager")
	if name, is := o["manager_name"]; is && (s.is(manager) || s.managerByName(manager, name)) {
		delete(o, "manager_name")
		changed = true
	}
	switch is := s.is(text("value")); {
	case s.is(manager):
		set("manager", s.id)
	case is && (o["kind"] == string(access.ApproverPerson) || o["kind"] == string(access.ApproverOwner)):
		set("value", s.id)
	}
	if who := text("who"); o["okta_id"] == nil && s.is(who) && who != s.id { // a finding
		set("who", s.id)
		set("says", s.put(text("says")))
	}
	if when, is := o["when"].(string); is { // a condition: an address stands in a text of it
		set("when", s.put(when))
	}
	for _, key := range []string{"approved", "rule"} {
		if old, is := o[key].(string); is {
			set(key, s.listed(old))
		}
	}
	for _, key := range []string{"logins", "passed"} {
		list, _ := o[key].([]any)
		for i, one := range list {
			if old, is := one.(string); is && s.listed(old) != old {
				list[i], changed = s.listed(old), true
			}
		}
	}
	return changed
}

// managerByName says that a manager of whom nothing says who they are but their name is the person.
func (s scrub) managerByName(manager string, name any) bool {
	called, _ := name.(string)
	return slices.Contains(s.names, called) && !strings.Contains(manager, "@") && !strings.HasPrefix(manager, "00u")
}

// listed is a list of logins, or a rule with what is said of it, without the person.
func (s scrub) listed(text string) string {
	whole := strings.Split(text, ", ")
	for i, one := range whole {
		if s.is(one) {
			whole[i] = s.id
		}
	}
	text = strings.Join(whole, ", ")
	if kind, rest, is := strings.Cut(text, ":"); is && (kind == string(access.ApproverPerson) || kind == string(access.ApproverOwner)) {
		login, said, more := strings.Cut(rest, ": ")
		if s.is(login) {
			if text = kind + ":" + s.id; more {
				text += ": " + said
			}
		}
	}
	return s.put(text)
}

// is says whether a login, address or id is the person's.
func (s scrub) is(login string) bool {
	return login != "" && (login == s.id || slices.Contains(s.logins, strings.ToLower(login)))
}
