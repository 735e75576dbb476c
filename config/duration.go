package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

const day = 24 * time.Hour

// maxDuration is the longest span a file may name; nothing here means more.
const maxDuration = 366 * day

var (
	inDays    = regexp.MustCompile(`^([0-9]{1,5})d(.*)$`)
	errTooBig = errors.New("too long")
)

// ParseDuration reads Go's notation ("90m", "1h30m") with days in front ("7d", "1d12h").
func ParseDuration(text string) (time.Duration, error) {
	var days time.Duration
	if m := inDays.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, err
		}
		if days = time.Duration(n) * day; days > maxDuration {
			return 0, errTooBig
		}
		if text = m[2]; text == "" {
			return days, nil
		}
		if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
			return 0, errors.New("a sign in the middle")
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, err
	}
	return days + d, nil
}

// Duration writes d as people do: "8h", "1h30m", "7d".
func Duration(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// duration returns a span from low to high, fallback if there is none, and ok =
// false for what it reported.
func (s *section) duration(field string, fallback, low, high time.Duration) (d time.Duration, ok bool) {
	n := s.value(field)
	s.r.sketch.span(s.name(field), fallback, low, high)
	if n == nil {
		return fallback, true
	}
	if d, ok = s.r.span(s.name(field), n, typical(fallback, low, high), low, high); !ok {
		return fallback, false
	}
	return d, true
}

// year is how long years are here: 365 days.
const year = 365 * day

// inYears is a number of years.
var inYears = regexp.MustCompile(`^([1-9][0-9]?|100)y$`)

// ageMend says how an age from low to high is written.
func ageMend(low, high time.Duration) string {
	return fmt.Sprintf("write a number of days or years from %s to %s, such as 400d or 7y", Age(low), Age(high))
}

// Age writes an age as people do: "7y", "400d", "90m".
func Age(d time.Duration) string {
	if d > 0 && d%year == 0 {
		return fmt.Sprintf("%dy", d/year)
	}
	return Duration(d)
}

// age returns how old something may become, in days ("400d") or years of 365 days ("7y");
// fallback if there is none, and for what it reported.
func (s *section) age(field string, fallback, low, high time.Duration) time.Duration {
	n := s.value(field)
	mend := ageMend(low, high)
	s.r.sketch.age(s.name(field), fallback, mend)
	if n == nil {
		return fallback
	}
	text, ok := s.r.scalar(s.name(field), n, rule{mend: mend})
	if !ok {
		return fallback
	}
	d, ok := parseAge(text)
	switch {
	case !ok:
		s.problem(field, quote(text)+" is not a number of days or years", mend)
	case d < low || d > high:
		s.problem(field, Age(d)+" is out of range", mend)
	default:
		return d
	}
	return fallback
}

func parseAge(text string) (time.Duration, bool) {
	unit, m := year, inYears.FindStringSubmatch(text)
	if m == nil {
		unit, m = day, inDays.FindStringSubmatch(text)
		if m == nil || m[2] != "" {
			return 0, false
		}
	}
	n, err := strconv.Atoi(m[1])
	return time.Duration(n) * unit, err == nil
}

// span reads one duration from low to high; ok is false for what it reported.
func (r *reader) span(path string, n ast.Node, such, low, high time.Duration) (d time.Duration, ok bool) {
	mend := fmt.Sprintf("write a duration from %s to %s, such as %s", Duration(low), Duration(high), Duration(such))
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
	case nil:
		r.problem(path, "is empty", mend)
		return 0, false
	default:
		r.problem(path, "is "+kindOf(n)+", must be a duration with its unit", mend)
		return 0, false
	}
	text := tokenText(n)
	d, err := ParseDuration(text)
	if err != nil {
		r.problem(path, quote(text)+" is not a duration", mend)
		return 0, false
	}
	if d < low || d > high {
		r.problem(path, fmt.Sprintf("%s is out of range", Duration(d)), mend)
		return 0, false
	}
	return d, true
}

func typical(fallback, low, high time.Duration) time.Duration {
	if fallback >= low && fallback <= high {
		return fallback
	}
	return low
}

// span is duration from a second to 30 days, for the waits of the domain.
func (s *section) span(field string, fallback time.Duration) time.Duration {
	d, _ := s.duration(field, fallback, time.Second, 30*day)
	return d
}
