package handlers

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAMessageIsReadAsPeopleReadIt(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"the load is stuck":                                           "the load is stuck",
		"a &lt;b&gt; &amp;amp; c":                                     "a <b> &amp; c",
		"see <https://example.com/x|the run>":                         "see the run (https://example.com/x)",
		"see <https://example.com/x?a=1&amp;b=2>":                     "see https://example.com/x?a=1&b=2",
		"<mailto:a@example.com|a@example.com>":                        "a@example.com (mailto:a@example.com)",
		"<@U1|ada> in <#C1|data>, <!here> <!subteam^S1|@leads> <@U2>": "ada in #data, here @leads @U2",
		"&lt;!channel&gt; is words":                                   "<!channel> is words",
		"a <<b> <|> <":                                                "a <b  <",
		" \x00\n":                                                     "",
	} {
		if got := readable(written); got != want {
			t.Errorf("%q is read as %q, not %q", written, got, want)
		}
	}
}

func FuzzAMessageIsRead(f *testing.F) {
	f.Add("<!subteam^S1|@leads> &lt;\xff")
	f.Fuzz(func(t *testing.T, written string) {
		if got := readable(written); !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Errorf("%q becomes %q", written, got)
		}
	})
}
