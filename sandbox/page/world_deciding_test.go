package page_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestAskedFirstAndApprovedTogether walks through a question, its answer, and the approval
// of two requests that are alike from the Home tab.
func TestAskedFirstAndApprovedTogether(t *testing.T) {
	l := live(t)
	viewer := l.Target("prod/Viewer")
	l.ask("ada", viewer, "see how the ledger went")
	l.ask("chen", viewer, "watch the load")
	ada, grace := newTab(t), newTab(t)
	grace.open(l.url + "/?as=grace#" + l.As("grace").DM())
	grace.sees(".msg", "see how the ledger went")
	grace.script(`[...document.querySelectorAll('.msg')].find(m => m.innerText.includes('ledger')).setAttribute('data-ledger', '')`)
	grace.clickText("[data-ledger] .btn", "Ask a question…")
	grace.sees(".modal h1", "Ask a question")
	grace.click(".modal textarea")
	grace.typed("Which <!channel> ledger?")
	grace.until(`document.querySelector(".modal textarea").value.endsWith("ledger?")`)
	grace.shot("1-asking")
	grace.chord(kb.Enter, kb.ModifierCtrl)
	grace.until(`!document.querySelector('.modal')`)
	ada.open(l.url + "/?as=ada#" + l.As("ada").DM())
	ada.sees(".msg", "A question about your request", "Grace Adeyemi asks: Which <!channel> ledger?")
	ada.clickText(".msg .btn", "Answer…")
	ada.sees(".modal h1", "Answer the question")
	ada.click(".modal textarea")
	ada.typed("The *last* one")
	ada.chord(kb.Enter, kb.ModifierCtrl)
	ada.sees(".msg", "Ada Lindqvist answers: The *last* one")
	ada.shot("2-answered")
	grace.sees(".msg", "Ada Lindqvist answers: The *last* one")

	grace.clickText(".tabs button", "Home")
	grace.sees(".home", "2 requests are alike", "The ∗last∗ one")
	grace.shot("3-home")
	grace.clickText(".home .btn", "Approve together…")
	grace.sees(".modal h1", "Approve together")
	grace.sees(".modal", "Ada Lindqvist (ada@example.com)", "Chen Wei", "watch the load")
	grace.shot("4-list")
	grace.clickText(".modal .btn", "Approve all")
	l.reads("ada", "see how the ledger went", "Access is active")
	l.reads("chen", "watch the load", "Access is active")
	grace.sees(".home", "Nothing waits for you")
	if strings.Contains(grace.text(".home"), "are alike") {
		t.Error("it is offered still")
	}
}
