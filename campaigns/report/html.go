package report

import (
	_ "embed" // the template
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"airpass/access"
)

//go:embed report.html
var source string

// page is a report for people: one file that needs nothing beside it.
type page struct {
	w     io.Writer
	t     *template.Template
	s     summary
	parts int // begun of "exceptions", "removals" and "items"
	empty bool
}

// parts are the lists of a page in their order; each is a template that begins it, one for
// a row of it, one for it if it is empty, and one that ends it.
func parts() []string { return []string{"exceptions", "removals", "items"} }

func (p *page) begin(s summary) error {
	var err error
	p.s = s
	p.t, err = template.New("").Funcs(template.FuncMap{"stamp": moment, "join": strings.Join, "words": words, "who": whoDecided, "rules": ruleNames, "period": period, "part": part}).Parse(source)
	if err != nil {
		return err
	}
	return p.t.ExecuteTemplate(p.w, "begin", s)
}

// list begins lists up to the one with a number; what has no row says so.
func (p *page) list(n int) error {
	for p.parts < n {
		if err := p.close(); err != nil {
			return err
		}
		if p.parts < len(parts()) {
			if err := p.t.ExecuteTemplate(p.w, parts()[p.parts]+" begin", p.s); err != nil {
				return err
			}
		}
		p.parts++
		p.empty = true
	}
	return nil
}

// close ends the list that was begun last.
func (p *page) close() error {
	if p.parts == 0 {
		return nil
	}
	name := parts()[p.parts-1]
	if p.empty {
		if err := p.t.ExecuteTemplate(p.w, name+" empty", p.s); err != nil {
			return err
		}
	}
	return p.t.ExecuteTemplate(p.w, "end of list", p.s)
}

func (p *page) row(n int, r row) error {
	if err := p.list(n); err != nil {
		return err
	}
	p.empty = false
	return p.t.ExecuteTemplate(p.w, parts()[n-1]+" row", r)
}

func (p *page) exception(r row) error { return p.row(1, r) }
func (p *page) removal(r row) error   { return p.row(2, r) }
func (p *page) item(r row) error      { return p.row(3, r) }

func (p *page) end() error {
	if err := p.list(len(parts())); err != nil {
		return err
	}
	if err := p.close(); err != nil {
		return err
	}
	return p.t.ExecuteTemplate(p.w, "end", p.s)
}

func (p *page) sign(token string) error {
	around := lastLines()[HTML]
	_, err := io.WriteString(p.w, around.before+template.HTMLEscapeString(token)+around.after)
	return err
}

// moment writes a moment for people.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// period writes a duration in days, hours or what it is.
func period(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d == 0:
		return "–"
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	}
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

func ruleNames(all []access.Approver) string {
	var names []string
	for _, a := range all {
		names = append(names, a.String())
	}
	return strings.Join(names, ", then ")
}

// words says what was decided of an item.
func words(r row) string {
	switch {
	case r.Verdict == "":
		return "nothing"
	case r.Verdict == access.KeepItem && !r.KeepUntil.IsZero():
		return "keep until " + moment(r.KeepUntil)
	case r.ReduceTo != "":
		return "reduce to " + r.ReduceTo
	}
	return string(r.Verdict)
}

// whoDecided says who has decided an item.
func whoDecided(r row) string {
	switch {
	case r.Verdict == "":
		return "–"
	case r.Silent:
		return "silence"
	}
	return r.Decider
}

// part is how much n is of all.
func part(n, all int) string {
	if all == 0 {
		return "–"
	}
	return fmt.Sprintf("%d%%", (n*100+all/2)/all)
}
