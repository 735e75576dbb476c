package page_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"airpass/bot"
	"airpass/campaigns/report"
)

// TestTheReportOfACampaignFitsScreenAndPaper looks at the golden report of package report:
// on screens of several widths and on paper nothing is cut off, in light and dark it can
// be read, and what people have named themselves is text.
func TestTheReportOfACampaignFitsScreenAndPaper(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../campaigns/report/testdata/report.html")
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t)
	b.report(text)
	b.sees("td", `<script>alert(1)</script>`, `=HYPERLINK("https://evil.example","Ada")`, "kept, although nobody has said that it is needed")
	b.fitsScreenAndPaper("report")
}

// report opens a report and sees that it has all of its parts, and nothing that a report does
// not have. It is served alone: what it asks for outside itself is noticed.
func (b *tab) report(text []byte) {
	t := b.t
	t.Helper()
	asked := make(chan string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			asked <- r.URL.Path
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(text)
	}))
	t.Cleanup(func() {
		srv.Close()
		if len(asked) > 0 && <-asked != "/favicon.ico" {
			t.Error("it asks for something outside itself")
		}
	})
	b.do(chromedp.Navigate(srv.URL + "/"))
	b.sees("h2", "Results", "Scope", "Population", "Reviewers", "Exceptions", "Removals", "Decisions", "Signature")
	b.sees("code", "airpass reviews verify FILE")
	if n := value[int](b, `document.querySelectorAll('script, img, link, iframe, form').length`); n != 0 {
		t.Errorf("%d elements that a report does not have", n)
	}
}

// fitsScreenAndPaper looks at an open report on screens of several widths and on paper, in light
// and dark.
func (b *tab) fitsScreenAndPaper(shot string) {
	t := b.t
	t.Helper()
	for _, media := range []string{"screen", "print"} {
		for _, scheme := range []string{"light", "dark"} {
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, width := range []int64{360, 794, 1123, 1600} { // a telephone, A4 upright and landscape, a screen
				b.size(width, 900)
				if wide := value[[]string](b, `[document.scrollingElement, ...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 || e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + ' ' + e.textContent.slice(0, 30))`); len(wide) > 0 {
					t.Errorf("%s, %s, %d: wider than the window: %q", media, scheme, width, wide)
				}
			}
			if pale := value[[]string](b, readable); len(pale) > 0 {
				t.Errorf("%s, %s: cannot be read: %q", media, scheme, pale)
			}
			back := value[string](b, `getComputedStyle(document.body).backgroundColor`)
			if dark := scheme == "dark" && media == "screen"; dark != (back == "rgb(20, 24, 30)") {
				t.Errorf("%s, %s: its ground is %s", media, scheme, back)
			}
			b.shot(shot + "-" + media + "-" + scheme)
		}
	}
}

// reported opens the report of the campaign that has just taken place, as reviews export writes it.
func (b *tab) reported(l *lived) {
	b.t.Helper()
	op, err := bot.OpenOperator(l.ctx(), l.config, nil)
	l.check(err)
	defer func() { _ = op.Close() }()
	o, _, err := op.Store.LastOccurrence(l.ctx(), "quarterly")
	l.check(err)
	var text bytes.Buffer
	l.check(report.Write(l.ctx(), op.Store, o.ID, report.HTML, b.t.TempDir(), &text))
	if _, why, err := report.Check(op.Store, bytes.NewReader(text.Bytes())); err != nil || why != "" {
		b.t.Errorf("the report does not verify: %v %s", err, why)
	}
	b.report(text.Bytes())
	b.sees("h1", "quarterly")
	b.sees("td", l.Person("ada").Login, l.Person("vera").Login, "she only looks", "prod/User")
	b.fitsScreenAndPaper("6-report")
}

// readable are the texts whose contrast with their ground is less than 4.5.
const readable = `(() => {
	const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
	return [...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).filter(e => {
		const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
		return (a + 0.05) / (b + 0.05) < 4.5;
	}).map(e => e.textContent.slice(0, 30));
})()`
