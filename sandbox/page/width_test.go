package page_test

import (
	"fmt"
	"testing"
)

// TestThePageFitsItsWindow looks at the page in the windows that people have: nothing is
// cut off or scrolls sideways, and where one types is in sight.
func TestThePageFitsItsWindow(t *testing.T) {
	l := live(t)
	b := newTab(t)
	for _, window := range []struct{ width, height int64 }{{1280, 720}, {1440, 900}, {1600, 900}, {1920, 1080}} {
		b.size(window.width, window.height)
		for _, scheme := range []string{"light", "dark"} {
			b.scheme(scheme)
			b.open(l.url + "/?as=ada")
			b.sees("#world-guide", "step 1 of 6")
			b.until(ringed("#slack .composer-box"))
			for _, part := range []string{"#slack", "#world", "#slack .composer-box", ".who", "#world-guide"} {
				if !value[bool](b, `(() => { const r = document.querySelector(`+quote(part)+`).getBoundingClientRect();
					return r.width > 150 && r.left >= 0 && r.right <= innerWidth + 1 && r.top >= 0 && r.top < innerHeight; })()`) {
					t.Errorf("%dx%d, %s: %s is cut off", window.width, window.height, scheme, part)
				}
			}
			wide := value[[]string](b, `[document.scrollingElement, ...document.querySelectorAll('#slack, #world, .room, .w-card')]
				.filter(e => e.scrollWidth > e.clientWidth + 1 && !['auto', 'scroll'].includes(getComputedStyle(e).overflowX)).map(e => e.id || e.className || e.tagName)`)
			if len(wide) > 0 {
				t.Errorf("%dx%d, %s: wider than the window: %v", window.width, window.height, scheme, wide)
			}
			b.shot(fmt.Sprintf("%d-%s", window.width, scheme))
		}
	}
}
