package report_test

import (
	"fmt"
	"strings"
	"testing"

	"airpass/access"
	"airpass/campaigns/report"
	"airpass/store"
)

// knows has the store know somebody by their login, as if they had asked or decided before.
func (d *desk) knows(id, login, name string) {
	d.t.Helper()
	d.past(`INSERT INTO people (okta_id, name_key, person) VALUES ('` + id + `', '` + id + `', '{"okta_id":"` + id + `","login":"` + login + `","name":"` + name + `"}')`)
}

func TestAnHonestReportSaysThatItsRulesAreThoseThatWereSealed(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.quarterly()
	if got := d.honest(o).Report.RulesSealed; got.State != "sealed" || got.Event != 7 || len(got.Sum) != 64 {
		t.Errorf("%+v", got)
	}
	d.past(rules(`"scope":"holders"`, `"scope":"grants"`)...)
	if got := d.told(o).Report.RulesSealed; got.State != "differs" {
		t.Errorf("%+v", got)
	}
	if page := d.report(o, report.HTML); !strings.Contains(page, "These rules are not those that event 7") {
		t.Error("the page does not say so")
	}
}

// An earlier version has not sealed the rules: the report says so, and takes nothing of them
// for a change.
func TestTheRulesOfAnEarlierVersionsOccurrenceAreNotSealed(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.quarterly()
	d.earlier("DELETE FROM audit_personal WHERE field = 'fallback'",
		`UPDATE audit_events SET body = json_remove(body, '$.facts.scope', '$.facts.targets', '$.facts.older_than', '$.facts.silence', '$.facts.remove_standing', '$.facts.time_to_answer',
			'$.facts.remind_every', '$.facts.reviewers', '$.facts.fallback', '$.facts.escalate_to', '$.facts.filter', '$.facts.rules', '$.personal.fallback') WHERE kind = 'campaign.begun'`)
	if got := d.honest(o).Report.RulesSealed; got.State != "not sealed" || got.Event != 0 {
		t.Errorf("%+v", got)
	}
	if page := d.report(o, report.HTML); !strings.Contains(page, "By which rules it began is not sealed: an earlier version") {
		t.Error("the page claims more")
	}
	d.past(rules(`"scope":"holders"`, `"scope":"grants"`)...)
	d.honest(o)
}

// Whom a rule names is erased in the row and in the trail: that is no change past it. It excuses
// nobody else's name that is missing or another, and no rule that is.
func TestErasingWhomARuleNamesIsNoChangePastTheTrail(t *testing.T) {
	t.Parallel()
	const lost = "DELETE FROM audit_personal WHERE field = 'fallback'"
	for what, c := range map[string]struct {
		erase  string
		do     []string
		differ bool
	}{
		"nothing else":             {erase: "00uHal"},
		"who is named, afterwards": {"00uHal", rules(`"value":"00uHal"`, `"value":"00uMallory"`), true},
		"which rule names them":    {"00uHal", rules(`"kind":"person"`, `"kind":"manager"`), true},
		"which group":              {"00uHal", rules("00gSecurity", "00gOther"), true},
		"of somebody else":         {"00uGrace", []string{lost}, true},
		"another name with it":     {"00uGrace", append(rules("hal@example.com", "mallory@example.com"), lost), true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.quarterly()
			d.knows("00uHal", "hal@example.com", "Hal")
			if _, err := d.ErasePersonal(t.Context(), tester, c.erase); err != nil {
				t.Fatal(err)
			}
			if len(c.do) > 0 {
				d.past(c.do...)
			}
			if !c.differ {
				d.honest(o)
				if text := d.report(o, report.JSON); strings.Contains(text, "hal@example.com") || !strings.Contains(text, "00uHal") {
					t.Error("hal is named, or not known by his id")
				}
				return
			}
			if got := strings.Join(d.told(o).Report.Exceptions, "\n"); !strings.Contains(got, "by which rules people are asked") {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// A filter compares with somebody's address: they are erased in it and in what is sealed of it. What
// else there is of it is still what was sealed, also in what an earlier version has sealed whole.
func TestErasingWhomAFilterNamesIsNoChangePastTheTrail(t *testing.T) {
	t.Parallel()
	const filter = `person.login != "hal@example.com" && role == "Admin"`
	filtered := func(t *testing.T, sealed bool) (*desk, access.Occurrence) {
		d := open(t)
		d.filter = filter
		o := d.quarterly()
		if !sealed { // as an earlier version
			now := store.SealRulesWhole(access.Event{Facts: map[string]string{}}, o.Rules)
			d.earlier(fmt.Sprintf(`UPDATE audit_events SET body = json_set(json_remove(body, '$.personal.filter'), '$.facts.filter', '%s', '$.facts.rules', '%s') WHERE kind = 'campaign.begun'`, now.Facts["filter"], now.Facts["rules"]),
				"DELETE FROM audit_personal WHERE field = 'filter'")
		}
		d.honest(o)
		return d, o
	}
	for what, c := range map[string]struct {
		erase  string
		do     []string
		differ bool // of what is sealed as it is now
		before bool // of what an earlier version has sealed
	}{
		"nothing else":               {erase: "00uHal"},
		"whom it names":              {"", rules("hal@example.com", "ida@example.com"), true, true},
		"whom it names, as an id":    {"", rules("hal@example.com", "00uHal"), true, true},
		"another name, somebody's":   {"00u1", append(rules("hal@example.com", "p1@example.com"), "DELETE FROM audit_personal WHERE field = 'filter'"), true, true},
		"what it does with the name": {"00uHal", rules("!=", "=="), true, false},
	} {
		for _, sealed := range []bool{true, false} {
			t.Run(fmt.Sprint(what, sealed), func(t *testing.T) {
				t.Parallel()
				d, o := filtered(t, sealed)
				d.knows("00uHal", "hal@example.com", "Hal")
				if c.erase != "" {
					if _, err := d.ErasePersonal(t.Context(), tester, c.erase); err != nil {
						t.Fatal(err)
					}
				}
				for _, s := range c.do {
					if sealed || !strings.HasPrefix(s, "DELETE") {
						d.past(s)
					}
				}
				if differ := sealed && c.differ || !sealed && c.before; differ {
					if got := strings.Join(d.told(o).Report.Exceptions, "\n"); !strings.Contains(got, "its filter") {
						t.Errorf("it says %q", got)
					}
					return
				}
				d.honest(o)
				if text := d.report(o, report.JSON); strings.Contains(text, "hal@example.com") || !strings.Contains(text, "00uHal") {
					t.Error("hal is named, or not known by his id")
				}
			})
		}
	}
}

// What could not be read names whom a rule does: they are erased there, too, and that is no change
// past the trail. What else is said of it is.
func TestErasingWhomAReadingNamesIsNoChangePastTheTrail(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.unread = []string{"whom person:hal@example.com names: Okta user hal@example.com: not found"}
	o := d.quarterly()
	d.knows("00uHal", "hal@example.com", "Hal")
	if _, err := d.ErasePersonal(t.Context(), tester, "00uHal"); err != nil {
		t.Fatal(err)
	}
	d.honest(o)
	if text := d.report(o, report.JSON); strings.Contains(text, "hal@example.com") || !strings.Contains(text, "whom person:00uHal names") {
		t.Error("hal is named, or not known by his id")
	}
	d.past(population("not found", "unreachable")...)
	if got := strings.Join(d.told(o).Report.Exceptions, "\n"); !strings.Contains(got, "how it was found whom it is about") {
		t.Errorf("it says %q", got)
	}
}
