package okta

import (
	"strings"
	"testing"
)

// FuzzFilter: whatever is asked is answered or refused, and never both panics nor
// hangs; what is accepted can be evaluated.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`status eq "ACTIVE"`, `not (a pr or b eq "x\"y") and c gt 3`, strings.Repeat("(", 200), `a eq "\`, `a co true`, `é sw "ü"`, `()`, `not not a pr`,
	} {
		f.Add(seed)
	}
	any3 := func(string) []any { return []any{"text", 3.0, true} }
	f.Fuzz(func(t *testing.T, text string) {
		cond, err := parseFilter(text, func(string, string) bool { return true })
		if (cond == nil) == (err == nil) {
			t.Fatalf("%q: condition %v, error %v", text, cond != nil, err)
		}
		if cond != nil {
			negated, err := parseFilter("not ("+text+")", func(string, string) bool { return true })
			if text == "" || strings.Count(text, "(")+strings.Count(strings.ToLower(text), "not") > maxDepth-3 {
				return
			}
			if err != nil || negated(any3) == cond(any3) {
				t.Fatalf("%q and its negation agree (%v)", text, err)
			}
		}
	})
}
