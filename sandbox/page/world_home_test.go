package page_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestAskedAndDecidedOnTheHomeTab asks and decides without leaving the Home tab: one request
// is approved as it is, the other for less time.
func TestAskedAndDecidedOnTheHomeTab(t *testing.T) {
	l := live(t)
	ada, grace := newTab(t), newTab(t)
	ada.open(l.url + "/?as=ada#" + l.As("ada").DM())
	ada.clickText(".tabs button", "Home")
	ada.sees(".home", "Your access", "You have no access at the moment", "You have asked for nothing yet")
	grace.open(l.url + "/?as=grace#" + l.As("grace").DM())
	grace.clickText(".tabs button", "Home")
	grace.sees(".home", "Nothing waits for you")

	asks := func(role, duration, reason string) {
		t.Helper()
		ada.clickText(".home .btn", "Ask for access")
		ada.sees(".modal h1", "Ask for Airflow access")
		ada.choose("environment", "prod")
		ada.choose("role", role)
		ada.sees(".modal", "Will be decided by") // the form has followed the role, and is not drawn anew under an open menu
		ada.choose("duration", duration)
		ada.click(".modal textarea")
		ada.typed(reason)
		ada.until(`document.querySelector(".modal textarea").value === ` + quote(reason))
		ada.chord(kb.Enter, kb.ModifierCtrl)
		ada.until(`!document.querySelector('.modal')`)
		ada.sees(".home", role+" in prod", "Waiting for approval")
		grace.sees(".home", reason)
	}
	asks("Viewer", "1 hour", "a look at the ledger")
	grace.shot("1-waiting")
	grace.clickText(".home .btn", "Approve")
	grace.sees(".home", "Nothing waits for you")
	ada.sees(".home", "Viewer in prod: until", "Open Airflow") // nothing more changes there

	asks("User", "2 hours", "a run of it")
	grace.clickText(".home .btn", "Approve shorter…")
	grace.sees(".modal h1", "Approve for less time")
	grace.choose("duration", "30 minutes")
	grace.shot("2-shorter")
	grace.clickText(".modal-foot .btn", "Approve")
	grace.until(`!document.querySelector('.modal')`)
	grace.sees(".home", "Nothing waits for you")
	ada.sees(".home", "User in prod: until", "30 minutes left")
	l.reads("ada", "a run of it", "30 minutes (2 hours asked for)", "Access is active")
	ada.shot("3-both")
}
