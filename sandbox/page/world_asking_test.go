package page_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"airpass/sandbox"
)

// choose opens a menu of a form and takes an entry.
func (b *tab) choose(field, words string) {
	b.t.Helper()
	b.click(`.modal [data-block^="` + field + `"] .select`)
	b.clickText(`.options [role="option"]`, words)
	b.sees(`.modal [data-block^="`+field+`"] .select`, words)
}

// offered waits until a menu of a form offers these entries and no more, and closes it.
func (b *tab) offered(field string, want ...string) {
	b.t.Helper()
	b.click(`.modal [data-block^="` + field + `"] .select`)
	b.until(`document.querySelectorAll('.options [role="option"]').length === ` + strconv.Itoa(len(want)))
	b.sees(".options", want...)
	b.press(kb.Escape)
	b.until(`!document.querySelector('.options')`)
}

// TestTheRequestFormInARealBrowser: a message's shortcut opens the form, which follows what
// is chosen; what one has then can be made longer from it.
func TestTheRequestFormInARealBrowser(t *testing.T) {
	l := live(t)
	b := newTab(t)
	b.open(l.url + "/?as=ada")
	if _, err := l.As("olivia").Say(sandbox.RequestsChannel, "", "the nightly load is <https://example.com/run|stuck>"); err != nil {
		t.Fatal(err)
	}
	b.sees(".msg", "the nightly load is")
	b.click(`.msg [aria-label="More actions"]`)
	b.clickText(`.menu-list [role="menuitem"]`, "Ask because of this")
	b.sees(".modal h1", "Ask for Airflow access")
	b.until(`document.querySelector('.modal [data-block="reason"] .field').value === 'the nightly load is stuck (https://example.com/run)'`)
	b.choose("environment", "prod")
	b.offered("role", "Viewer", "User", "Op")
	b.choose("role", "User")
	b.sees(".modal", "Will be decided by", "Grace Adeyemi")
	b.shot("1-who-decides")
	b.choose("environment", "finance")
	b.sees(`.modal [data-block^="role"] .select`, "Viewer") // the only one there
	b.offered("role", "Viewer")
	b.choose("environment", "prod")
	b.offered("role", "Viewer", "User", "Op")
	b.choose("role", "User")
	b.choose("duration", "2 hours")
	b.sees(".modal", "Will be decided by")
	b.clickText(".modal-foot .btn", "Ask")
	b.until(`!document.querySelector('.modal')`)
	_, err := l.reads("grace", "the nightly load").Button("Approve").Click(l.ctx())
	l.check(err)
	l.reads("ada", "the nightly load", "Access is active")

	b.click(".composer textarea")
	b.typed("/ask")
	b.sees(".suggestions", "Ask for Airflow access")
	b.press(kb.Enter)
	b.sees(".modal h1", "Ask for Airflow access")
	b.choose("environment", "prod")
	b.choose("role", "User")
	b.sees(".modal", "You have User in prod already, until")
	b.shot("2-has-it-already")
	b.clickText(".modal .btn", "Ask for more time instead")
	b.sees(".modal h1", "More time")
	b.shot("3-more-time")
}
