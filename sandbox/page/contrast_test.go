package page_test

import (
	"testing"

	"github.com/slack-go/slack"

	"airpass/sandbox"
)

// faint lists the texts on the screen whose contrast with what is behind them is below
// WCAG's 4.5 (3 for large ones), as "words: ratio".
const faint = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const behind = (e) => { const layers = []; for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); layers.push(c); if (c[3] === 1) break; } return layers.reduceRight((b, a) => over(a, b), [255, 255, 255, 1]); };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const out = [];
  const walk = document.createTreeWalker(document.querySelector('#slack'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, words = walk.currentNode.textContent.trim();
    if (!words || !e.checkVisibility({opacityProperty: true, visibilityProperty: true}) || e.closest('[inert], .visually-hidden')) continue;
    const style = getComputedStyle(e), back = behind(e), front = rgba(style.color);
    if (front[3] === 0) continue;
    const [hi, lo] = [light(over(front, back)), light(back)].sort((a, b) => b - a);
    const ratio = (hi + 0.05) / (lo + 0.05), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) out.push(words.slice(0, 40) + ' (' + e.className + '): ' + ratio.toFixed(2));
  }
  return out;
})()`

func TestBothColourSchemesCanBeRead(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, nil)
	if _, _, err := a.PostMessage(sandbox.RequestsChannel, slack.MsgOptionBlocks(blocks(t, sinkMessage).BlockSet...)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.PostEphemeral(sandbox.RequestsChannel, world.Person("sam").SlackID, slack.MsgOptionText("only `you`", false)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.PostMessage(sandbox.AdminChannel, slack.MsgOptionText("look at this, <@"+world.Person("sam").SlackID+">", false)); err != nil {
		t.Fatal(err)
	}
	b := newTab(t)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.open(url + "/?as=sam")
		b.until(`document.documentElement.dataset.theme === ` + quote(scheme))
		b.sees(".msg.ephemeral", "Only visible to you")
		b.sees(".badge", "1")
		b.legible(scheme + ": the channel")
		b.script(`document.querySelector('.messages').scrollTop = 0`)
		b.shot(scheme + "-channel")
		b.click(".who")
		b.sees(".menu-list", "Ada Lindqvist")
		b.legible(scheme + ": the people")
		b.shot(scheme + "-people")
		b.click(".who")
		b.click(".composer textarea")
		b.typed("/")
		b.sees(".suggestions", "/airflow")
		b.legible(scheme + ": the commands")
		r, err := world.As("sam").Slash(t.Context(), "/airflow", "", sandbox.RequestsChannel)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.OpenView(r.TriggerID, modal(t, "Kitchen sink", sinkModal)); err != nil {
			t.Fatal(err)
		}
		b.sees(".modal h1", "Kitchen sink")
		b.clickText(".modal .btn", "Ask")
		b.sees(".b-error", "Please complete")
		b.legible(scheme + ": a form")
		b.shot(scheme + "-form")
		b.clickText(".modal .btn", "Cancel")
		b.until(`!document.querySelector('.modal')`)
	}
	b.scheme("light")
	b.until(`document.documentElement.dataset.theme === 'light'`)
	b.click(".theme-switch")
	b.until(`document.documentElement.dataset.theme === 'dark'`)
	b.open(url + "/?as=sam")
	if got := value[string](b, `document.documentElement.dataset.theme`); got != "dark" {
		t.Errorf("after a reload the chosen colours are %s", got)
	}
}

// legible fails for text that cannot be read.
func (b *tab) legible(where string) {
	b.t.Helper()
	for _, words := range value[[]string](b, faint) {
		b.t.Errorf("%s: faint: %s", where, words)
	}
}
