package messages

import (
	"strings"
	"sync"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Printer says things in one language. The zero value speaks English. It is safe for
// concurrent use.
type Printer struct{ in *message.Printer }

// Say is words with what is put into them, in the reader's language. The English words are
// the key and must be constant: what people write is only ever an argument.
func (p Printer) Say(english string, args ...any) string {
	if p.in == nil {
		return spoken().printers[0].Sprintf(english, args...)
	}
	return p.in.Sprintf(english, args...)
}

// Speaking returns the Printer of a locale as Slack names it ("de-DE"), or the other one
// where that language is not spoken here or not known.
// See https://docs.slack.dev/reference/methods/users.info.
func Speaking(locale string, other Printer) Printer {
	wanted, err := language.Parse(strings.ReplaceAll(locale, "_", "-"))
	if locale == "" || err != nil {
		return other
	}
	s := spoken()
	if _, at, sure := s.matcher.Match(wanted); sure >= language.High {
		return Printer{in: s.printers[at]}
	}
	return other
}

// Languages are the languages that are spoken here, as the configuration names them. English
// is the first.
func Languages() []string {
	var all []string
	for _, tag := range spoken().tags {
		all = append(all, tag.String())
	}
	return all
}

// languages is everything that is spoken here; it never changes once it is made.
type languages struct {
	tags     []language.Tag
	printers []*message.Printer
	matcher  language.Matcher
}

// spoken makes the languages once: catalogues are read, not written, afterwards.
var spoken = sync.OnceValue(func() languages {
	s := languages{tags: []language.Tag{language.English, language.German}}
	b := catalog.NewBuilder(catalog.Fallback(language.English))
	numbered(b, language.English, englishNumbers())
	numbered(b, language.German, germanNumbers())
	for english, german := range germanTexts() {
		must(b.SetString(language.German, english, german))
	}
	for _, tag := range s.tags {
		s.printers = append(s.printers, message.NewPrinter(tag, message.Catalog(b)))
	}
	s.matcher = language.NewMatcher(s.tags)
	return s
})

// forms are words about a number, which is the first thing put into them: for one, and for
// others.
type forms struct{ one, other string }

func numbered(b *catalog.Builder, tag language.Tag, all map[string]forms) {
	for english, f := range all {
		must(b.Set(tag, english, plural.Selectf(1, "%d", plural.One, f.one, plural.Other, f.other)))
	}
}

// must: the catalogues are constants, and a test reads all of them.
func must(err error) {
	if err != nil {
		panic("messages: " + err.Error())
	}
}

// Spell writes a duration as people do: "2 hours", "1 hour 30 minutes".
func (p Printer) Spell(d time.Duration) string {
	d = d.Round(time.Minute)
	var parts []string
	add := func(n time.Duration, words string) {
		if n > 0 {
			parts = append(parts, words)
		}
	}
	days, hours, minutes := d/(24*time.Hour), d/time.Hour%24, d/time.Minute%60
	add(days, p.Say("%d days", int64(days)))
	add(hours, p.Say("%d hours", int64(hours)))
	add(minutes, p.Say("%d minutes", int64(minutes)))
	if len(parts) == 0 {
		return p.Say("less than a minute")
	}
	return strings.Join(parts, " ")
}

// or is a list of alternatives: "A, B or C".
func (p Printer) or(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return p.Say("%s or %s", strings.Join(names[:last], ", "), names[last])
}
