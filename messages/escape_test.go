package messages_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"airpass/messages"
)

func TestEscapingKeepsWhatIsHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ada+dags@example.com":      "ada+dags@example.com",
		"airflow_viewer_prod":       "airflow_viewer_prod",
		"_x_ *y* ~z~ `q`":           "ˍxˍ ∗y∗ ∼z∼ ˋqˋ",
		"<!channel> & <@U1>":        "&lt;!channel&gt; &amp; &lt;@\u2060U1&gt;",
		"@here, #general":           "@\u2060here, #\u2060general",
		"a\x00b\u202Ec\nd":          "abc d",
		"Łukasz Żółć 🚀 שלום":        "Łukasz Żółć 🚀 שלום",
		"<https://evil.example|ok>": "&lt;https://evil.example|ok&gt;",
	} {
		if got := messages.Escape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzEscape: nothing that is written calls anybody or becomes markup, and no text
// is longer than it may be.
func FuzzEscape(f *testing.F) {
	for _, s := range nasty() {
		f.Add(s, 100)
	}
	entity := regexp.MustCompile(`&(amp|lt|gt);`)
	mention := regexp.MustCompile(`(^|[^\pL\pN])[@#][^\x{2060}]`)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := messages.Escape(s)
		if !utf8.ValidString(got) || strings.ContainsAny(entity.ReplaceAllString(got, ""), "&<>`*~\n\x00") {
			t.Fatalf("%q is not harmless: %q", s, got)
		}
		if mention.MatchString(got) {
			t.Fatalf("%q mentions: %q", s, got)
		}
		limit = 1 + int(uint(limit)%4000)
		cut := messages.ClipEscaped(s, limit)
		if n := len(utf16.Encode([]rune(cut))); n > limit {
			t.Fatalf("%d characters, %d allowed", n, limit)
		}
		if strings.Contains(entity.ReplaceAllString(cut, ""), "&") {
			t.Fatalf("an entity is cut in two: %q", cut)
		}
	})
}

func TestPlacesThatBeginAlikeAreToldApart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Okta group 00gData": "Okta group 00gData",
		"Identity Center group 02b40033-cd9c-530e-94f6-afc400000001":                                                     "Identity Center group 02b40033-cd9c-530e-94f6-afc400000001",
		"permission set arn:aws:sso:::permissionSet/ssoins-72230a4b1c9d5e6f/ps-da0780c46e72aa2f in account 777788889999": "permission set…ps-da0780c46e72aa2f in account 777788889999",
	} {
		if got := messages.ClipMiddle(in, 58); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
