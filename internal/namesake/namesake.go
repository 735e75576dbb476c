// Package namesake finds names that people take for the same.
package namesake

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters are those that no accent tells from what people read them as.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "ł", "l", "ħ", "h", "ı", "i")

// Key is the same for names that differ in case, accents, punctuation and blanks only;
// empty for what has no letter and no digit.
func Key(name string) string {
	var key strings.Builder
	gap := false
	for _, r := range letters.Replace(strings.ToLower(norm.NFKD.String(name))) {
		switch {
		case unicode.Is(unicode.Mn, r): // the accents
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if gap && key.Len() > 0 {
				key.WriteByte(' ')
			}
			gap = false
			key.WriteRune(r)
		case r == '\'' || r == '’' || unicode.Is(unicode.Cf, r): // O'Brien, what is not seen
		default:
			gap = true
		}
	}
	return key.String()
}
