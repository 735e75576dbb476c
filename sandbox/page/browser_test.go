package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"airpass/internal/parallel"
)

// The harness of tests that look at the page in headless Chromium. AIRPASS_SCREENSHOTS
// names a directory that keeps what they saw.

// chromium is one browser for all tests of the package, started by the first.
var chromium struct {
	once sync.Once
	ctx  context.Context //nolint:containedctx // chromedp keeps its browser in a context
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	parallel.Tests(4)
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	os.Exit(code)
}

// browserPath finds a Chromium. Without one the test is skipped, and fails where CI
// is true: there a skipped test looks like a good one.
func browserPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no Chromium in PATH, and CI=true")
	}
	t.Skip("SKIPPED: no Chromium in PATH; the page was not looked at")
	return ""
}

func startBrowser(path string) {
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", false), chromedp.Flag("lang", "en-US"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(allocator)
	chromium.ctx, chromium.stop = ctx, func() { cancel(); stop() }
	chromium.err = chromedp.Do(ctx)
}

// tab is one browser tab with a profile of its own.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp keeps its tab in a context

	mu       sync.Mutex
	problems []string // exceptions and refusals of the content policy
}

// newTab opens an empty tab of 1440x900 in light colours, and fails the test for any
// script error in it.
func newTab(t *testing.T) *tab {
	t.Helper()
	path := browserPath(t)
	chromium.once.Do(func() { startBrowser(path) })
	if chromium.err != nil {
		t.Fatalf("start Chromium: %v", chromium.err)
	}
	base, cancel := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: t}
	err := chromedp.Listen(base, b.listen)
	var stop context.CancelFunc
	b.ctx, stop = context.WithTimeout(base, 4*time.Minute)
	t.Cleanup(func() {
		stop()
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.problems {
			t.Errorf("the browser complains: %s", p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.size(1440, 900)
	b.scheme("light")
	return b
}

func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		words := ev.ExceptionDetails.Text
		if thrown := ev.ExceptionDetails.Exception; thrown != nil {
			words += " " + thrown.Description
		}
		b.problems = append(b.problems, words)
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError {
			b.problems = append(b.problems, ev.Entry.Text+" "+ev.Entry.URL)
		}
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// size makes the window so large.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// scheme makes the system prefer light or dark colours.
func (b *tab) scheme(to string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: to}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// open goes to an address and waits until the Slack half is drawn.
func (b *tab) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
	b.until(`document.querySelector('.room, .shut')`)
}

// script runs JavaScript.
func (b *tab) script(text string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](text))
}

// value returns what a JavaScript expression gives.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// until waits until a JavaScript expression is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	deadline := time.Now().Add(40 * time.Second) // a busy machine is slow, not wrong
	for {
		if value[bool](b, `!!(`+expression+`)`) {
			return
		}
		if time.Now().After(deadline) {
			b.shot("failed")
			b.t.Fatalf("this did not come true: %s\nthe page says:\n%s", expression, b.text("#slack"))
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// sees waits until the text of an element has these words.
func (b *tab) sees(selector string, words ...string) {
	b.t.Helper()
	for _, w := range words {
		b.until(fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.innerText.includes(%s))`, quote(selector), quote(w)))
	}
}

// text is what a person reads in an element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return value[string](b, `(document.querySelector(`+quote(selector)+`) || {innerText: '(not there)'}).innerText`)
}

// click clicks with the mouse in the middle of an element, once it is there.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.until(`document.querySelector(` + quote(selector) + `)`)
	at := b.aim(selector)
	// The pointer comes before it clicks: some buttons show only then.
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]), chromedp.MouseClickXY(at[0], at[1]))
}

// aim returns the middle of an element once it stands still, with nothing before it,
// for two frames: what hangs at something is placed anew after what is in it has
// changed, which a busy machine draws late.
func (b *tab) aim(selector string) []float64 {
	b.t.Helper()
	var last []float64 // x, y and the frame since which it is there
	deadline := time.Now().Add(40 * time.Second)
	for time.Now().Before(deadline) {
		at := value[[]float64](b, `(() => { window.drawn ??= 0; requestAnimationFrame(() => window.drawn++);
			const e = document.querySelector(`+quote(selector)+`); if (!e) return [];
			e.scrollIntoView({block: 'nearest', behavior: 'instant'});
			const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
			return e.contains(document.elementFromPoint(x, y)) || e.closest('.tools') ? [x, y, window.drawn] : []; })()`)
		switch {
		case len(at) != 3:
			last = nil
		case last == nil || !slices.Equal(at[:2], last[:2]):
			last = at
		case at[2] >= last[2]+2:
			return at[:2]
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.shot("failed")
	b.t.Fatalf("%s cannot be clicked: it moves, or something lies over it", selector)
	return nil
}

// clickText clicks the element of the selector that has these words.
func (b *tab) clickText(selector, words string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(() => { const e = [...document.querySelectorAll(%s)].find(e => e.innerText.trim().includes(%s)); if (!e) return false;
		document.querySelectorAll('[data-aim]').forEach(x => x.removeAttribute('data-aim')); e.setAttribute('data-aim', ''); return true; })()`, quote(selector), quote(words)))
	b.click("[data-aim]")
}

// typed types text where the focus is.
func (b *tab) typed(text string) {
	b.t.Helper()
	for _, r := range text {
		b.key(r, kb.ModifierNone)
	}
}

// press presses keys (kb.Enter, kb.Tab) where the focus is.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.typed(k)
	}
}

// chord presses a key with a modifier held.
func (b *tab) chord(key string, with chromedp.Modifier) {
	b.t.Helper()
	for _, r := range key {
		b.key(r, with)
	}
}

// key presses a key as a keyboard does. chromedp's own KeyEvent sends the character
// apart from the key, and so also where the page has refused the key.
func (b *tab) key(r rune, with chromedp.Modifier) {
	b.t.Helper()
	var char *input.DispatchKeyEventParams
	events := kb.Encode(r)
	for _, e := range events {
		e.Modifiers |= with.Int64()
		if e.Type == kb.KeyChar {
			char = e
		}
	}
	for _, e := range events {
		if e == char {
			continue
		}
		if e.Type == kb.KeyDown && char != nil && with != kb.ModifierCtrl {
			e.Text, e.UnmodifiedText = char.Text, char.UnmodifiedText
		}
		if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, *e); err != nil {
			b.t.Fatal(err)
		}
	}
}

// focused describes what has the focus: its label or words.
func (b *tab) focused() string {
	b.t.Helper()
	return strings.TrimSpace(value[string](b, `(() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || e.tagName; })()`))
}

// tabTo presses Tab until what has the focus is labelled so.
func (b *tab) tabTo(label string) {
	b.t.Helper()
	var seen []string
	for range 60 {
		if f := b.focused(); strings.HasPrefix(f, label) {
			return
		} else {
			seen = append(seen, f)
		}
		b.press(kb.Tab)
	}
	b.t.Fatalf("Tab does not lead to %q: %q", label, seen)
}

// shot keeps a picture of the tab where AIRPASS_SCREENSHOTS says so.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("AIRPASS_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	file := filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name+".png")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func quote(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}
