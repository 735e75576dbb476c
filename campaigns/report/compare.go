package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"airpass/access"
	"airpass/campaigns"
	"airpass/store"
)

// finding is what is not as it should be between what is stored of an item and what the
// audit trail says of it, in words.
type finding struct {
	differs []string // the trail says something else
	erased  []string // the trail has it no more, so that it cannot be compared
}

func (f finding) any() bool { return len(f.differs)+len(f.erased) > 0 }

// exceptions are what differs, as an exception.
func (f finding) exceptions() []string {
	if len(f.differs) == 0 {
		return nil
	}
	return []string{"the audit trail says something else of it than what is stored (" + strings.Join(f.differs, ", ") + "): it was changed past airpass"}
}

// comparison compares an item with what the trail says of it.
type comparison struct {
	trail *trail
	said  *said
	item  access.CampaignItem
	finding
}

func (c *comparison) same(what string, is bool) {
	if !is && !slices.Contains(c.differs, what) {
		c.differs = append(c.differs, what)
	}
}

// compare compares everything that a report shows of an item and the trail knows; gone is
// when the trail says that the grant was gone. What the trail says of it is forgotten: of
// what is left over at the end nothing is stored.
func (t *trail) compare(i access.CampaignItem, f campaigns.Item) finding {
	c := &comparison{trail: t, said: t.items[i.ID], item: i}
	if c.said == nil {
		c.said = &said{state: access.ItemOpen, target: i.Target, subject: i.Subject, account: i.Account, grant: i.Grant}
	}
	delete(t.items, i.ID)
	s := c.said
	c.same("the target", s.target == i.Target)
	c.same("whose access it is", s.subject == i.Subject && s.account == i.Account)
	c.same("the grant", s.grant == i.Grant)
	c.same("how it stands", s.state == i.State)
	c.same("the verdict", s.verdict == i.Verdict)
	c.same("until when it is kept", s.until.Equal(i.KeepUntil))
	c.same("what it is reduced to", s.to == i.ReduceTo && s.lower == i.Lower)
	c.same("who has decided", s.decider == i.Decider.OktaID)
	c.same("whether silence has decided", s.silent == i.Silent)
	c.same("when it was decided", near(s.decided, i.DecidedAt))
	c.same("when it was settled", near(s.settled, i.SettledAt))
	first := c.asked(f)
	c.passed()
	c.texts()
	c.found()
	t.compared++
	i.Panel = first
	t.population.Add(i)
	return c.finding
}

// found compares the facts with those that were found, as they were sealed when people began to
// be asked. Earlier versions have not sealed them, nor what they have stored.
func (c *comparison) found() {
	i, opened := c.item, c.trail.opened
	if i.Digest == "" {
		c.trail.undigested++
	}
	if _, is := opened.facts["shown"]; !is || i.Digest == "" || store.DigestFacts(i.Salt, i.Facts) == i.Digest {
		return
	}
	const what = "the facts as they were found"
	emptied := string(i.Facts) == "{}" && c.trail.erasedSince(opened.seq, c.owners()...)
	if emptied || i.Salt == "" && c.trail.lost(opened.seq, string(i.Facts)) {
		c.erased = append(c.erased, what)
		return
	}
	c.trail.reshown++
	c.same(what, false)
}

// near says whether two moments are those of one change.
func near(a, b time.Time) bool {
	return a.IsZero() == b.IsZero() && a.Sub(b).Abs() < slack
}

// asked compares who is asked. What is not decided has its facts in the row alone; still they
// say who was asked at first, and of what. It returns who was.
func (c *comparison) asked(f campaigns.Item) (first string) {
	i := c.item
	first = i.Panel
	if c.said.delegated {
		c.same("who is asked", c.said.panel == i.Panel)
		first = c.said.first
	}
	if f.Target == "" { // there are none, or they are erased
		return first
	}
	c.same("who is asked at first, by its facts", c.trail.unpanelled || f.Asked.Panel() == first)
	c.same("whose access to what it is, by its facts", f.Target == i.Target && f.OktaID == i.Subject && f.Account == i.Account && f.Grant == i.Grant && f.Standing == i.Standing)
	return first
}

// texts compares what the trail has of personal values.
func (c *comparison) texts() {
	s, i := c.said, c.item
	seen := s.shown
	own, others := store.Apart(i.Facts)
	if seen.others.is == never { // of an earlier version
		own, others = string(i.Facts), ""
	}
	emptied := c.trail.erasedSince(seen.seq, c.owners()...) && string(i.Facts) == "{}"
	c.text("the facts", seen.facts, emptied || c.lost(seen.seq, own), canonical(own))
	c.text("what the facts say of others", seen.others, emptied || c.lost(seen.seq, others), canonical(others))
	c.text("how they are called", seen.who, false, i.Who)
	unsaid := i.Comment == "" && c.trail.erasedSince(s.seq, append(c.owners(), s.decider)...)
	c.text("the comment", s.comment, unsaid || s.comment.is == erased && c.trail.erasedSince(s.seq, c.owners()...), i.Comment)
	c.explained()
}

// owners are those with whom what the trail has of the item is erased: whose access it is, and
// of an account of which no Okta user is known whose login it has, or with what is known of the
// account (earlier versions: with who has decided).
func (c *comparison) owners() []string {
	if c.item.Subject != "" {
		return []string{c.item.Subject}
	}
	return []string{c.item.Who, "account:" + c.item.Account, c.said.decider}
}

// lost says whether erasing somebody after event seq may have taken what that had of a value,
// of which this text is left: with whose it is, or with whom it names, by their id since.
func (c *comparison) lost(seq int64, text string) bool {
	return c.trail.lost(seq, text, c.owners()...)
}

// lost says whether any of some people was erased after an event, or somebody whom a text
// names by their id.
func (t *trail) lost(seq int64, text string, ids ...string) bool {
	if t.erasedAt <= seq {
		return false
	}
	named := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' })
	return t.erasedSince(seq, append(named, ids...)...)
}

// text compares one text with the digest that there is of it. lost: erasing somebody may have
// taken the one or changed the other.
func (c *comparison) text(what string, d digest, lost bool, text string) {
	switch {
	case d.is == never || d.is == there && d.sum == digestOf(text):
	case d.is != forged && lost:
		if !slices.Contains(c.erased, what) {
			c.erased = append(c.erased, what)
		}
	default:
		c.same(what, false)
	}
}

// explained compares why something is left to people, and why it was taken away without what
// was to take its place.
func (c *comparison) explained() {
	const left, without = "why it is left to people", "why it has not got what it was reduced to"
	s, i := c.said, c.item
	settled := s.state == access.ItemSettled
	switch {
	case s.lowerFailed.is != never || s.why.is == never || s.verdict != access.ReduceItem:
		if settled { // until then it is what is tried again
			c.words(left, s.why, c.saidBefore(i.LastError), false)
		}
		c.words(without, s.lowerFailed, i.LowerFailed, true)
	case settled: // of an earlier version, which had both in one
		c.words(left, s.why, i.LastError+i.LowerFailed, true)
		c.same(without, i.LastError == "" || i.LastError == campaigns.Adopted)
	}
}

// saidBefore is why something is left to people, without what earlier versions have not
// recorded: that it is kept because nobody has said anything.
func (c *comparison) saidBefore(why string) string {
	if c.said.why.is == never && c.said.silent && c.said.verdict == access.KeepItem && why == campaigns.KeptUnsaid {
		return ""
	}
	return why
}

// words compares words of airpass. Of these whoever is erased is taken out in the row, and in
// the trail only where somebody has signed them, which leaves no id; somebody signs how what
// was to take the place of access has ended. No words are emptied: one of the two is left.
func (c *comparison) words(what string, d digest, text string, signed bool) {
	if d.is == never {
		c.same(what, text == "")
		return
	}
	seq, left := c.said.settledSeq, c.item.LastError+c.item.LowerFailed
	signed = signed && d.is == erased && text != "" && c.trail.erasedAt > seq
	c.text(what, d, left != "" && (signed || c.lost(seq, text)), text)
}

// canonical writes JSON in the one way; what is none stays as it is.
func canonical(text string) string {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return text
	}
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(out)
}

// calls is how facts call whose access they are about.
func calls(facts string) string {
	var f struct{ Who string }
	_ = json.Unmarshal([]byte(facts), &f) // what is none calls nobody anything
	return f.Who
}
