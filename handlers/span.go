package handlers

import (
	"strconv"
	"strings"
	"time"
)

// unit is how long a unit of a duration is, as people write it; 0 is none.
func unit(word string) time.Duration {
	switch word {
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour
	case "d", "day", "days":
		return 24 * time.Hour
	case "w", "week", "weeks":
		return 7 * 24 * time.Hour
	}
	return 0
}

// longestSpan is more than anything can be asked for.
const longestSpan = 366 * 24 * time.Hour

// span reads a duration at the beginning of some words, as people write it: "4h",
// "1d12h", "2 hours", "1 hour 30 minutes", "an hour". It returns how many of the words
// belong to it; none if they do not begin with one.
func span(words []string) (d time.Duration, taken int) {
	for taken < len(words) {
		at := taken
		if taken > 0 && words[at] == "and" && at+1 < len(words) {
			at++
		}
		more, n := oneSpan(words[at:])
		if n == 0 || d+more > longestSpan {
			break
		}
		d, taken = d+more, at+n
	}
	return d, taken
}

// oneSpan reads a number with its unit, in one word or two, or several of them in one word.
func oneSpan(words []string) (time.Duration, int) {
	if len(words) > 1 {
		if d := times(words[0], unit(words[1])); d > 0 {
			return d, 2
		}
	}
	if d := compound(words[0]); d > 0 {
		return d, 1
	}
	return 0, 0
}

// compound reads "4h" and "1d12h"; 0 is something else.
func compound(word string) time.Duration {
	var all time.Duration
	for word != "" {
		letters := strings.IndexFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' })
		if letters <= 0 {
			return 0
		}
		rest := strings.IndexFunc(word[letters:], func(r rune) bool { return r < 'a' || r > 'z' })
		if rest < 0 {
			rest = len(word) - letters
		}
		d := times(word[:letters], unit(word[letters:letters+rest]))
		if d <= 0 {
			return 0
		}
		all += d
		word = word[letters+rest:]
	}
	return all
}

// times is so many of a unit; 0 if it is not a number, or too many.
func times(number string, of time.Duration) time.Duration {
	if number == "a" || number == "an" || number == "one" {
		number = "1"
	}
	if len(number) > 8 || strings.Trim(number, "0123456789.") != "" {
		return 0
	}
	n, err := strconv.ParseFloat(number, 64)
	if d := n * float64(of); err == nil && d <= float64(longestSpan) {
		return time.Duration(d).Round(time.Minute)
	}
	return 0
}
