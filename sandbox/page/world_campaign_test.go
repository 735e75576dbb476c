package page_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/page"
)

// The first fields of the form about items, by their block ids.
const askedAbout = `[...document.querySelectorAll('.modal [data-block]')].map(e => e.dataset.block).filter(id => document.querySelector('.modal [data-block="' + id + '"] .select') && !id.startsWith('other') && !id.startsWith('until'))`

// items waits until the form asks about so many, none of which it asked about before.
func (b *tab) items(n int, before ...string) []string {
	b.t.Helper()
	b.until(`document.querySelector('.modal')`)
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		ids := value[[]string](b, askedAbout)
		if len(ids) == n && !slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(before, id) }) {
			return ids
		}
	}
	b.t.Fatalf("the form does not ask about %d: %s", n, b.text(".modal"))
	return nil
}

// asksOf is the block id of the field about an item, by its label.
func (b *tab) asksOf(label string) string {
	b.t.Helper()
	return value[string](b, `[...document.querySelectorAll('.modal [data-block]')].find(e => e.querySelector('.select') && e.innerText.includes(`+quote(label)+`))?.dataset.block || ''`)
}

// records sends a form until it is taken: a machine that is too busy to store it within
// Slack's three seconds says that it was not, and sending it again is the same thing once.
func (b *tab) records(button string) {
	b.t.Helper()
	for range 5 {
		b.clickText(".modal-foot .btn", button)
		b.until(`!document.querySelector('.modal') || !document.querySelector('.modal .busy') && document.querySelector('.modal .b-error, .modal-trouble')`)
		if !value[bool](b, `!!document.querySelector('.modal')`) {
			return
		}
	}
	b.t.Fatalf("the form is not taken: %s", b.text(".modal"))
}

// dated writes a date into the field of the form as typing does.
func (b *tab) dated(field, date string) {
	b.t.Helper()
	at := `.modal [data-block^="` + field + `"] input`
	b.until(`document.querySelector('` + at + `')`)
	b.script(`document.querySelector('` + at + `').focus()`)
	b.typed(date)
	b.until(`document.querySelector('` + at + `').value !== ''`)
}

// TestACampaignIsDecidedInARealBrowser starts a campaign on the page, decides in its form,
// reduces with a comment of its own, decides many at once, takes back, lets somebody else decide in German, and lets silence have the rest;
// the page shows how far it is all the time, and the report of it is opened at last.
func TestACampaignIsDecidedInARealBrowser(t *testing.T) {
	l := liveIn(t, sandbox.Options{PushDelay: -1, AssignmentDelay: -1, Campaign: true})
	b := newTab(t)
	b.open(l.url + "/?as=grace")
	b.sees("#world-campaign", "quarterly", "It has not taken place yet", "next")
	b.click("#world-campaign-byhand")
	b.sees("#world-center", "Vera Holm")
	for _, one := range [][2]string{{"alex", "prod/Viewer"}, {"alex", "prod/User"}, {"chen", "prod/Viewer"}, {"chen", "prod/User"}} {
		l.assign(one[0], one[1])
	}
	l.given()
	b.click("#world-campaign-start")
	b.sees("#world-campaign", "people are asked", "Grace Adeyemi 0 of 9 decided", "Olivia Brandt", "12 open")
	b.until(`document.querySelector("#world-campaign-start").disabled`)
	b.click("#world-campaign .w-fold summary")
	b.sees("#world-campaign", "What it asks about: 12", "asked: Olivia Brandt", "open")

	b.click(`#slack [data-channel="app"]`)
	b.sees(".msg", "Is this access still needed?", "0 of 9 are decided")
	b.clickText(".msg .btn", "Decide…")
	b.sees(".modal h1", "Still needed?")
	first := b.items(8)
	b.sees(".modal", "Standing access: since when is not known", "Seen in:", "Recommended: take it away", "others have it too")
	granted := b.asksOf("ada@example.com – prod/User")
	first = slices.DeleteFunc(first, func(id string) bool { return id == granted })
	b.choose(first[0], "It is needed: keep it")
	b.choose(first[1], "It is not: take it away")
	b.choose(first[2], "Somebody else knows: ask them")
	b.choose(granted, "Less will do: reduce it to Viewer")
	b.script(`[...document.querySelectorAll('.modal .b-section')].find(e => e.innerText.includes('ada@example.com') && e.innerText.includes('prod/User')).querySelector('.btn').setAttribute('data-comment', '')`)
	b.click(".modal [data-comment]")
	b.click(`.modal [data-block="comment.` + granted + `"] textarea`)
	b.typed("she only looks")
	b.dated("until", l.Clock.Now().AddDate(0, 0, 20).Format("01022006"))
	b.choose("other", "Zoë Müller")
	b.shot("1-form")
	b.clickText(".modal-foot .btn", "Record, and go on")
	last := b.items(1, append(first, granted)...)
	b.choose(last[0], "It is needed: keep it")
	b.records("Record it")
	b.sees(".msg", "4 of 8 are decided: 2 kept, 1 taken away, 1 reduced")
	b.sees("#world-campaign", "Grace Adeyemi 4 of 8 decided", "Zoë Müller 0 of 1 decided", "2 kept", "1 taken away", "1 reduced", "1 asked of others")
	b.sees("#world-campaign", "will be reduced to prod/Viewer", "kept until "+l.Clock.Now().AddDate(0, 0, 20).Format(time.DateOnly))
	b.until(`document.querySelector('#world-campaign [title="she only looks"]')`)

	b.clickText(".msg .btn", "Decide many…")
	b.sees(".modal h1", "Many at once")
	b.choose("which", "All that are open (4)")
	b.clickText(".modal .choices label", "It is needed: keep it")
	until := l.Clock.Now().AddDate(0, 0, 30)
	b.dated("until", until.Format("01022006"))
	b.clickText(".modal-foot .btn", "Show me which")
	b.sees(".modal", "4 are kept until "+until.Format("Jan 2, 2006"), "@example.com – prod/")
	b.shot("2-many")
	b.records("Record it")
	b.sees(".msg", "8 of 8 are decided: 6 kept, 1 taken away, 1 reduced", "You have decided everything")
	b.sees("#world-campaign", "Grace Adeyemi 8 of 8 decided", "6 kept", "kept until "+until.Format(time.DateOnly))
	b.clickText(".msg .btn", "Take back the last (4)")
	b.sees(".msg", "4 of 8 are decided: 2 kept, 1 taken away, 1 reduced")
	b.sees("#world-campaign", "Grace Adeyemi 4 of 8 decided")

	b.german(l)
	b.goesOn(l)
	b.reported(l)
}

// german has Zoë, whose Slack is German, decide what she was asked instead.
func (b *tab) german(l *lived) {
	b.t.Helper()
	b.open(l.url + "/?as=zoe#" + l.As("zoe").DM())
	b.sees(".msg", "Wird dieser Zugang noch gebraucht?", "0 von 1")
	b.clickText(".msg .btn", "Entscheiden…")
	b.sees(".modal h1", "Noch gebraucht?")
	b.sees(".modal", "Dauerhafter Zugang", "Letzter Tag dessen, was behalten wird", "Wer sonst gefragt wird")
	b.choose(b.items(1)[0], "Wird es nicht: entziehen")
	b.shot("3-german")
	b.records("Festhalten")
	b.sees(".msg", "1 von 1")
	b.sees("#world-campaign", "Zoë Müller 1 of 1 decided", "2 taken away")
}

// goesOn looks at the page's part in both colours, and moves the clock: who says nothing is
// reminded, and then silence decides.
func (b *tab) goesOn(l *lived) {
	b.t.Helper()
	_, err := l.Clock.Advance(4 * 24 * time.Hour)
	l.check(err)
	b.sees("#world-campaign", "reminded 1 time", "overdue")
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.until(`document.documentElement.dataset.theme === ` + quote(scheme))
		b.script(`document.querySelector("#world-campaign").scrollIntoView()`)
		for _, words := range value[[]string](b, strings.Replace(faint, "'#slack'", "'#world-campaign'", 1)) {
			b.t.Errorf("%s: faint: %s", scheme, words)
		}
		if value[bool](b, `document.querySelector('#world').scrollWidth > document.querySelector('#world').clientWidth + 1`) {
			b.t.Errorf("%s: the panel is wider than its place", scheme)
		}
		b.shot("4-panel-" + scheme)
	}
	b.click("#world-campaign-deadline")
	b.sees("#world-campaign", "over", "since", "decided by silence")
	b.until(`!document.querySelector("#world-campaign-start").disabled`)
	l.reads("grace", "Is this access still needed?", "It is over")
	b.shot("5-over")
}

// assign gives somebody a permission set as an administrator does.
func (l *lived) assign(who, target string) {
	l.t.Helper()
	at := l.Target(target)
	id, _, err := l.IdentityCenter.AccessOf(l.Person(who).Login)
	l.check(err)
	l.check(l.IdentityCenter.Assign(identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: id}))
}

// TestACampaignIsStartedAndItsDeadlineComes asks the page's server without a browser.
func TestACampaignIsStartedAndItsDeadlineComes(t *testing.T) {
	t.Parallel()
	list := []page.Campaign{{Name: "quarterly", State: "open", Deadline: time.Now().Add(14 * 24 * time.Hour), Reviewers: []page.Reviewer{}, Items: []page.ReviewItem{}}}
	started := make(chan string, 1)
	p := newPanel(t, page.Options{Campaigns: func(context.Context) ([]page.Campaign, error) { return list, nil },
		StartCampaign: func(_ context.Context, name string) error { started <- name; return nil }})
	p.must("campaign", `{"name":"quarterly"}`)
	if name := <-started; name != "quarterly" {
		t.Errorf("%q was started", name)
	}
	p.must("clock", `{"to":"deadline"}`)
	if past := p.Clock.Now().Sub(list[0].Deadline); past < 10*time.Minute || past > 11*time.Minute {
		t.Errorf("the clock is %s past the deadline", past)
	}
	if status, said := p.do("clock", `{"to":"deadline"}`); status != http.StatusBadRequest || !strings.Contains(said, "no campaign waits") {
		t.Errorf("%d %s", status, said)
	}
	p.must("byhand", `{}`)
	p.must("byhand", `{}`) // who has it has it
	vera := assignment{Account: p.Target("prod/Admin").Account, PermissionSet: p.Target("prod/Admin").PermissionSetName, Type: identitycenter.PrincipalUser, Principal: "vera@example.com"}
	s := p.until("people have access", func(s outside) bool { return slices.Contains(s.Center.Assignments, vera) })
	if n := len(slices.DeleteFunc(s.Center.Assignments, func(a assignment) bool { return a != vera })); n != 1 {
		t.Errorf("%d assignments of Vera", n)
	}
	none := newPanel(t, page.Options{})
	if status, said := none.do("campaign", `{"name":"quarterly"}`); status != http.StatusBadRequest || !strings.Contains(said, "without airpass") {
		t.Errorf("%d %s", status, said)
	}
}
