package page_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"airpass/sandbox"
)

// opens returns the tab that a click opens.
func (b *tab) opens(selector string) *tab {
	b.t.Helper()
	b.until(`document.querySelector(` + quote(selector) + `)`)
	made := chromedp.WaitNewTarget(b.ctx, func(i *target.Info) bool { return strings.Contains(i.URL, "/start/") })
	b.click(selector)
	select {
	case id, ok := <-made:
		if !ok {
			b.t.Fatal("no tab is opened")
		}
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
		b.t.Cleanup(cancel)
		return &tab{t: b.t, ctx: ctx}
	case <-time.After(20 * time.Second):
		b.t.Fatalf("a click on %s opens no tab", selector)
	}
	return nil
}

// front brings the tab to the front: a hidden one lets go of its line to the server.
func (b *tab) front() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
}

// ringed says whether the guide's ring lies around an element.
func ringed(selector string) string {
	return `(() => { const e = document.querySelector(` + quote(selector) + `), r = document.querySelector('.w-ring:not([hidden])'); if (!e || !r) return false;
		const a = e.getBoundingClientRect(), b = r.getBoundingClientRect(); return Math.abs(a.left - 4 - b.left) < 3 && Math.abs(a.top - 4 - b.top) < 3; })()`
}

// TestTheGuideLeadsThroughTheWholeStory does what the guide says, with the mouse and the
// keyboard, and nothing else.
func TestTheGuideLeadsThroughTheWholeStory(t *testing.T) {
	l := live(t)
	b := newTab(t)
	b.open(l.url + "/")
	b.sees("#world-guide", "step 1 of 6")
	b.until(ringed("#slack .composer-box"))
	b.shot("1-ask")
	b.click(".composer textarea")
	b.typed(sandbox.Command)
	b.press(kb.Enter)
	b.sees(".modal h1", "Airflow")
	b.until(`document.activeElement.closest('.modal .block, .modal')`)
	b.press(kb.Enter)
	b.clickText(`.options [role="option"]`, "prod")
	b.until(`!document.querySelector('.options')?.checkVisibility()`)
	b.press(kb.Tab, kb.ArrowDown)
	b.clickText(`.options [role="option"]`, "User")
	b.click(".modal textarea")
	b.typed("The nightly load failed")
	b.click(`.modal button[type="submit"]`)

	b.sees("#world-guide", "step 2 of 6")
	b.clickText("#world-guide button", "Become Grace")
	b.sees(".who", "Grace Adeyemi")
	b.until(ringed(`#slack .msg [data-action="request.approve"]`)) // in the channel; the card is in her messages too
	b.shot("2-approve")
	b.click(`#slack .msg [data-action="request.approve"]`)

	b.sees("#world-guide", "step 4 of 6") // the third step does itself
	b.shot("3-given")
	b.clickText("#world-guide button", "Become Ada")
	b.sees(".who", "Ada Lindqvist")
	b.click(`#slack [data-channel="app"]`)
	b.until(ringed(`#slack .msg a[href*="/start"]`))
	b.shot("4-follow")
	airflow := b.opens(`#slack .msg a[href*="/start"]`)
	airflow.arrives("Sign In")
	if got := value[string](airflow, `document.querySelector("#username").value`); got != "ada@example.com" {
		t.Errorf("the sign-in is prefilled with %q", got)
	}
	airflow.click("button.go")
	airflow.arrives("DAGs")
	airflow.sees("main", "/ada@example.com")

	b.front()
	b.sees("#world-guide", "step 5 of 6")
	b.sees("#world-airflow", "Ada Lindqvist", "signed in")
	b.shot("5-signed-in")
	b.click("#world-next-end")
	b.sees("#world-guide", "step 6 of 6")
	b.shot("6-ended")
	again := b.opens("#world-link-again")
	again.arrives("You don't have access")
	airflow.front()
	airflow.do(chromedp.Reload())
	airflow.arrives("DAGs")

	b.front()
	b.sees("#world-guide", "you have seen it all")
	b.sees("#world-airflow", "Refused at the access portal", "not assigned")
	b.shot("7-all")
	b.forgive()
}
