package report_test

import (
	"strings"
	"testing"

	"airpass/access"
	"airpass/campaigns"
	"airpass/campaigns/report"
)

// closes is an occurrence that an operator has closed before its time.
func (d *desk) closes(why string) access.Occurrence {
	d.t.Helper()
	o := d.begun()
	service := campaigns.New(campaigns.Options{Store: d.Store})
	o, err := service.Close(d.t.Context(), access.Actor{Kind: access.ByOperator, ID: "olga"}, o.ID, why)
	if err != nil {
		d.t.Fatal(err)
	}
	return o
}

// Erasing somebody excuses that it is missing, or another, why an occurrence was closed, only if
// it names them or if they have said it.
func TestErasingSomebodyExcusesWhyItWasClosedOnlyIfItIsTheirs(t *testing.T) {
	t.Parallel()
	const lost = "DELETE FROM audit_personal WHERE field = 'note'"
	note := func(text string) string { return "UPDATE occurrences SET note = '" + text + "'" }
	const asked, signed = "as hal@example.com has asked", "the wrong targets – Hal Incandenza"
	for what, c := range map[string]struct {
		why, erase string
		do         []string
		differs    bool
	}{
		"who is named by an address":         {why: asked, erase: "00uHal"},
		"who has signed it":                  {why: signed, erase: "00uHal"},
		"whom it names, and it is missing":   {why: asked, erase: "00uHal", do: []string{lost}},
		"who has closed it":                  {why: asked, erase: "olga"},
		"who has closed it, and another why": {why: asked, erase: "olga", do: []string{note("it was over")}}, // nobody can tell
		"nobody, and it is missing":          {why: asked, do: []string{lost}, differs: true},
		"somebody else, and it is missing":   {asked, "00uGil", []string{lost}, true},
		"somebody else, and another why":     {asked, "00uGil", []string{lost, note("it was over")}, true},
		"somebody else, and no why":          {asked, "00uGil", []string{lost, note("")}, true},
		"who is named, and another why":      {asked, "00uHal", []string{lost, note("it was over")}, true},
		"who has signed, and another why":    {signed, "00uHal", []string{note("it was over")}, true},
		"somebody else than has signed it":   {signed, "00uGil", []string{lost}, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.closes(c.why)
			d.knows("00uHal", "hal@example.com", "Hal Incandenza")
			d.knows("00uGil", "gil@example.com", "Gil")
			if c.erase != "" {
				if _, err := d.ErasePersonal(t.Context(), tester, c.erase); err != nil {
					t.Fatal(err)
				}
			}
			d.past(c.do...)
			if c.differs {
				if got := strings.Join(d.told(o).Report.Exceptions, "\n"); !strings.Contains(got, "why it was closed") {
					t.Errorf("it says %q", got)
				}
				return
			}
			d.honest(o)
			if text := d.report(o, report.JSON); c.erase == "00uHal" && (strings.Contains(text, "Incandenza") || !strings.Contains(text, "00uHal")) {
				t.Error("hal is named, or not known by his id")
			}
		})
	}
}
