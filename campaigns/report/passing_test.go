package report_test

import (
	"html"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/campaigns/report"
	"airpass/store"
)

var hal = access.Person{OktaID: "00uHal", Login: "hal@example.com", Name: "Hal Incandenza"}

// asksHal are the words with which Grace has Hal asked about Ada's access.
const asksHal = `=HYPERLINK("https://evil.example") <b>you know her</b>`

// passed is an occurrence that is over in which Grace has had Hal asked about the access of three
// people: of Ada with a comment, which he has kept; of Ben without one, which she has taken back
// and said again; of Dee, which is left open.
func (d *desk) passed() access.Occurrence {
	d.t.Helper()
	o := d.begun()
	d.tells(o)
	items, err := d.CampaignItems(d.t.Context(), o.ID, "", 10)
	if err != nil {
		d.t.Fatal(err)
	}
	panel, people := campaigns.PanelOf(hal)
	saves := func(by access.Person, n int, change func(i access.CampaignItem, now time.Time) access.CampaignItem) {
		d.does(access.PersonActor(by), func(tx *store.Tx) error {
			if err := tx.AskAlso(o, panel, people); err != nil {
				return err
			}
			items[n], err = tx.SaveItem(change(items[n], tx.Now()))
			return err
		})
	}
	asks := func(n int, comment string) {
		saves(grace, n, func(i access.CampaignItem, now time.Time) access.CampaignItem {
			return campaigns.Delegate(i, grace, panel, comment, now)
		})
	}
	asks(ada, asksHal)
	asks(ben, "")
	saves(grace, ben, func(i access.CampaignItem, _ time.Time) access.CampaignItem { return campaigns.Undo(i) })
	asks(ben, "")
	asks(dee, "not one of mine")
	saves(hal, ada, func(i access.CampaignItem, now time.Time) access.CampaignItem {
		return campaigns.Decide(i, hal, access.KeepItem, time.Time{}, "she needs it", now)
	})
	saves(hal, ada, func(i access.CampaignItem, now time.Time) access.CampaignItem {
		i.State, i.SettledAt, i.NextAt = access.ItemSettled, now, time.Time{}
		return i
	})
	d.does(tester, func(tx *store.Tx) error {
		now, err := tx.Occurrence(o.ID)
		if err != nil {
			return err
		}
		now.State, now.ClosedAt, now.NextAt = access.OccurrenceClosed, noon, time.Time{}
		o, err = tx.SaveOccurrence(now)
		return err
	})
	return o
}

// Every form of the report has with which words somebody has had others asked; no word is taken
// for a tag or a formula.
func TestAReportSaysWithWhichWordsOthersWereAsked(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.passed()
	d.honest(o)
	page := d.report(o, report.HTML)
	if want := "before: grace@example.com until 2026-10-01 09:00 UTC: grace@example.com has had others asked: “" + html.EscapeString(asksHal) + "”"; !strings.Contains(html.UnescapeString(page), html.UnescapeString(want)) || strings.Contains(page, "<b>you") {
		t.Errorf("the page does not say %q, or not as words", want)
	}
	rows := d.rowsOf(d.report(o, report.CSV))["item"]
	if got := rows[ada]["passed"]; got != "grace@example.com until 2026-10-01 09:00 UTC: grace@example.com has had others asked: “"+asksHal+"”" {
		t.Errorf("the table says %q", got)
	}
	if got := rows[ben]["passed"]; got != "grace@example.com until 2026-10-01 09:00 UTC: grace@example.com has had others asked" {
		t.Errorf("of what was said without words the table says %q", got)
	}
	if got := d.told(o).Items[dee].Passed; len(got) != 1 || got[0].Comment != "not one of mine" || got[0].Why != "delegated" {
		t.Errorf("%+v", got)
	}
}

// What was said when others were asked, and what those were shown who have said it, is compared
// with the trail as what was decided is.
func TestWhatWasSaidWhenOthersWereAskedIsNotChangedPastTheTrail(t *testing.T) {
	t.Parallel()
	const words = "what was said when others were asked"
	lost := "DELETE FROM audit_personal WHERE field = 'comment' AND seq IN (SELECT seq FROM audit_events WHERE kind = 'item.delegated' AND body LIKE '%00u3%')"
	unsaid := ofItem("00u3", `passed = REPLACE(passed, ',"comment":"not one of mine"', '')`)
	for what, c := range map[string]struct {
		do   []string
		says string
	}{
		"other words":                   {ofItem("00u3", `passed = REPLACE(passed, 'not one of mine', 'he has asked me to')`), words},
		"no words":                      {unsaid, words},
		"words where there were none":   {ofItem("00u1", `passed = REPLACE(passed, '"}]', '","comment":"she has"}]')`), words},
		"as if they were erased":        {append(unsaid, lost), words},
		"the trail has them no more":    {[]string{lost}, words},
		"in both":                       {append(ofItem("00u3", `passed = REPLACE(passed, 'not one of mine', 'forged')`), "UPDATE audit_personal SET value = 'forged' WHERE value = 'not one of mine'"), words},
		"of what was decided":           {ofItem("00u0", `passed = REPLACE(passed, 'you know her', 'you know him')`), words},
		"what she was shown":            {ofItem("00u3", "facts = REPLACE(facts, '\"unknown\"', '\"2026-09-30T00:00:00Z\"')"), "(the facts, the facts as they were found)"},
		"what she was shown of others":  {ofItem("00u3", "facts = REPLACE(facts, 'Grace Hopper', 'Mallory')"), "(what the facts say of others, the facts as they were found)"},
		"how she was shown who that is": {ofItem("00u3", "who = 'somebody@example.com'"), "how they are called"},
		"that she was shown anything":   {ofItem("00u1", "facts = '{}'"), "the facts, what the facts say of others"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.passed()
			d.past(c.do...)
			got := d.told(o)
			var said []string
			for _, i := range got.Items {
				for _, e := range i.Exceptions {
					if strings.Contains(e, "past airpass") {
						said = append(said, e)
					}
				}
			}
			if len(said) != 1 || !strings.Contains(said[0], c.says) || strings.Count(said[0], words) > 1 || got.Report.Trail.Differs != 1 || got.Report.Trail.Erased != 0 {
				t.Errorf("it says %q: %+v", said, got.Report.Trail)
			}
		})
	}
}

// What was said when others were asked is erased with who has said it, and in the trail with whose
// access it is; neither is taken for a change past airpass, and nothing else is excused by it.
func TestErasingSomebodyTakesWhatTheySaidWhenOthersWereAsked(t *testing.T) {
	t.Parallel()
	const words = "what was said when others were asked"
	for who, c := range map[string]struct{ left, erased []int }{
		grace.OktaID: {nil, []int{ada, dee}},
		"00u0":       {[]int{dee}, []int{ada}},
		"00u3":       {[]int{ada}, []int{dee}},
	} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.passed()
			if _, err := d.ErasePersonal(t.Context(), tester, who); err != nil {
				t.Fatal(err)
			}
			got := d.honest(o)
			for _, n := range c.erased {
				if i := got.Items[n]; len(i.Passed) != 1 || i.Passed[0].Comment != "" || !strings.Contains(strings.Join(i.Erased, ", "), words) {
					t.Errorf("%+v", i)
				}
			}
			for _, n := range c.left {
				if i := got.Items[n]; len(i.Passed) != 1 || i.Passed[0].Comment == "" || strings.Contains(strings.Join(i.Erased, ", "), words) {
					t.Errorf("%+v", i)
				}
			}
			d.past(ofItem("00u1", `passed = REPLACE(passed, '"}]', '","comment":"she has"}]')`)...)
			if got := d.told(o); got.Report.Trail.Differs != 1 {
				t.Errorf("%+v", got.Report.Trail)
			}
		})
	}
}

// An earlier version has not sealed what those were shown who had others asked.
func TestAnEarlierVersionHasNotSealedWhatWhoHasOthersAskedWasShown(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.passed()
	d.earlier(`DELETE FROM audit_personal WHERE field IN ('facts', 'others') AND seq IN (SELECT seq FROM audit_events WHERE kind = 'item.delegated')`,
		`UPDATE audit_events SET body = json_remove(body, '$.personal.facts', '$.personal.others') WHERE kind = 'item.delegated'`)
	d.honest(o)
}
