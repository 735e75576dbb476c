package page_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestAWalkInGerman: somebody whose Slack is German asks, is approved by somebody whose
// Slack is English, and gives back.
func TestAWalkInGerman(t *testing.T) {
	l := live(t)
	b := newTab(t)
	b.open(l.url + "/?as=zoe")
	b.click(`[data-channel="app"]`)
	b.clickText(".tabs button", "Home")
	b.sees(".home", "Dein Zugang", "Du hast zurzeit keinen Zugang", "Nichts wartet auf dich")
	b.shot("1-home")
	b.clickText(".home .btn", "Zugang anfragen")
	b.sees(".modal", "Airflow-Zugang anfragen", "Umgebung", "Für wie lange")
	b.until(`document.activeElement.closest('.modal .block, .modal')`)
	b.press(kb.Enter)
	b.clickText(`.options [role="option"]`, "prod")
	b.until(`!document.querySelector('.options')?.checkVisibility()`)
	b.press(kb.Tab, kb.ArrowDown)
	b.clickText(`.options [role="option"]`, "User")
	b.click(".modal textarea")
	b.typed("Die Nachtladung hängt")
	b.shot("2-form")
	b.click(`.modal button[type="submit"]`)

	b.clickText(".tabs button", "Messages")
	b.sees(".messages", "Wartet auf Genehmigung", "die Führungskraft", "Anfrage zurückziehen")
	_, err := l.reads("henry", "Nachtladung", "Waiting for approval").Button("Approve").Click(l.ctx())
	l.check(err)
	b.sees(".messages", "Der Zugang ist aktiv", "Genehmigt von Henry Castellanos", "Airflow öffnen")
	b.shot("3-active")
	b.clickText(".messages .msg .btn", "Zurückgeben")
	b.sees(".modal.small", "Diesen Zugang zurückgeben?", "Behalten")
	b.shot("4-give-back")
	b.clickText(".modal.small button", "Zurückgeben")
	b.sees(".messages", "Der Zugang ist beendet", "Er wurde zurückgegeben")
	b.shot("5-ended")
}
