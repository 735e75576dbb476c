package starts

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The errors of Parse and At, wrapped with words for the person who wrote the text.
var (
	// ErrNotUnderstood: it is not one of the forms that are known.
	ErrNotUnderstood = errors.New("not a time that is understood")
	// ErrSkipped and ErrTwice: by the clocks of the zone there is no such time, or there
	// are two of it.
	ErrSkipped = errors.New("there is no such time")
	ErrTwice   = errors.New("there is this time twice")
	// ErrZone: the text needs a zone, and none is known.
	ErrZone = errors.New("the time zone is not known")
)

// Examples are forms that are understood, for people to read.
const Examples = `"in 2 hours", "17:00", "tomorrow 14:30", "monday 09:00" or "2026-12-01 08:00"`

// maxText is longer than any form that is understood.
const maxText = 60

// justNow is how long ago a start may be and still mean at once: whoever picks the minute
// on the clock sends the form after it.
const justNow = 2 * time.Minute

// AtOnce says whether a start that somebody named at now means that there is nothing to
// wait for.
func AtOnce(start, now time.Time) bool {
	ago := now.Sub(start)
	return ago >= 0 && ago < justNow
}

// Start is when somebody wants something to begin, as written.
type Start struct {
	exact   time.Time     // with its offset; zero otherwise
	after   time.Duration // "in 2 hours"
	days    int           // "in 3 days", "tomorrow"
	weekday int           // 0 is Sunday; -1 is none
	date    date
	clock   clock
	timed   bool // clock is set
	next    bool // 17:00: tomorrow if today's is over
}

type date struct {
	year  int // 0 is none
	month time.Month
	day   int
}

type clock struct{ hour, minute int }

func (c clock) String() string { return fmt.Sprintf("%02d:%02d", c.hour, c.minute) }

var (
	spaces   = regexp.MustCompile(`\s+`)
	relative = regexp.MustCompile(`^in ((?:[0-9]{1,5} ?[a-z]+ ?(?:and )?)+)$`)
	piece    = regexp.MustCompile(`([0-9]{1,5}) ?([a-z]+)`)
	isoDate  = regexp.MustCompile(`^(?:on )?([0-9]{4})-([0-9]{2})-([0-9]{2})[ t](?:at )?(.+)$`)
	named    = regexp.MustCompile(`^(?:on )?([a-z]+),? (?:at )?(.+)$`)
	hours24  = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2})(?::00)?$`)
	hours12  = regexp.MustCompile(`^([0-9]{1,2})(?::([0-9]{2}))? ?(am|pm)$`)
)

// Parse reads a text; in which zone, and whether it lies ahead, is asked of At.
func Parse(text string) (Start, error) {
	if len(text) > maxText {
		return Start{}, fmt.Errorf("%w: write something like %s", ErrNotUnderstood, Examples)
	}
	trimmed := strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, trimmed); err == nil {
		return Start{exact: t, weekday: -1}, nil
	}
	s := Start{weekday: -1}
	if s.read(spaces.ReplaceAllString(strings.ToLower(trimmed), " ")) {
		return s, nil
	}
	return Start{}, fmt.Errorf("%w: %q; write something like %s", ErrNotUnderstood, trimmed, Examples)
}

func (s *Start) read(text string) bool {
	if m := relative.FindStringSubmatch(text); m != nil {
		return s.readRelative(m[1])
	}
	if m := isoDate.FindStringSubmatch(text); m != nil {
		return s.readDate(m)
	}
	if s.readClock(strings.TrimPrefix(text, "at ")) {
		s.next = true
		return true
	}
	m := named.FindStringSubmatch(text)
	if m == nil || !s.readClock(m[2]) {
		return false
	}
	switch m[1] {
	case "today":
		return true
	case "tomorrow":
		s.days = 1
		return true
	}
	s.weekday = weekday(m[1])
	return s.weekday >= 0
}

func (s *Start) readRelative(text string) bool {
	for _, m := range piece.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return false
		}
		switch m[2] {
		case "m", "min", "mins", "minute", "minutes":
			s.after += time.Duration(n) * time.Minute
		case "h", "hour", "hours":
			s.after += time.Duration(n) * time.Hour
		case "d", "day", "days":
			s.days += n
		default:
			return false
		}
	}
	return s.after > 0 || s.days > 0
}

func (s *Start) readDate(m []string) bool {
	if exact, err := time.Parse("2006-01-02T15:04Z07:00", strings.ToUpper(m[1]+"-"+m[2]+"-"+m[3]+"T"+strings.ReplaceAll(m[4], " ", ""))); err == nil {
		s.exact = exact
		return true
	}
	day, err := time.Parse(time.DateOnly, m[1]+"-"+m[2]+"-"+m[3])
	if err != nil || day.Year() == 0 || !s.readClock(m[4]) {
		return false
	}
	s.date = date{day.Year(), day.Month(), day.Day()}
	return true
}

func (s *Start) readClock(text string) bool {
	s.timed = true
	if text == "noon" {
		s.clock = clock{hour: 12}
		return true
	}
	if m := hours24.FindStringSubmatch(text); m != nil {
		s.clock = clock{number(m[1]), number(m[2])}
		return s.clock.hour < 24 && s.clock.minute < 60
	}
	m := hours12.FindStringSubmatch(text)
	if m == nil || number(m[1]) < 1 || number(m[1]) > 12 {
		return false
	}
	s.clock = clock{number(m[1]) % 12, number(m[2])}
	if m[3] == "pm" {
		s.clock.hour += 12
	}
	return s.clock.minute < 60
}

// number is what at most two digits say; 0 for none.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// weekday is the number of a day by its English name or the first three letters of it.
func weekday(name string) int {
	for d := time.Sunday; d <= time.Saturday; d++ {
		full := strings.ToLower(d.String())
		if name == full || name == full[:3] {
			return int(d)
		}
	}
	return -1
}

// At is the moment that is meant, for somebody in a zone who writes at now. It may lie in
// the past: whoever writes "today 09:00" in the evening means that. zone may be nil, if
// it is not known; what does not need it is understood all the same.
func (s Start) At(now time.Time, zone *time.Location) (time.Time, error) {
	switch {
	case !s.exact.IsZero():
		return s.exact.UTC(), nil
	case !s.timed && s.days == 0:
		return now.Add(s.after).UTC(), nil
	case zone == nil:
		return time.Time{}, fmt.Errorf("%w: add the offset from UTC, as in 2026-12-01T08:00+01:00, or write how long from now, as in \"in 2 hours\"", ErrZone)
	}
	here := now.In(zone)
	day, at := here, s.clock
	if !s.timed {
		at = clock{here.Hour(), here.Minute()}
	}
	if s.date.year > 0 {
		day = time.Date(s.date.year, s.date.month, s.date.day, 12, 0, 0, 0, zone)
	}
	ahead := s.days
	if s.weekday >= 0 {
		ahead = (s.weekday - int(here.Weekday()) + 7) % 7
	}
	t, err := at.on(day, ahead, zone)
	over := err == nil && !t.After(now)
	switch {
	case over && s.next:
		t, err = at.on(day, 1, zone)
	case over && s.weekday >= 0:
		t, err = at.on(day, ahead+7, zone)
	}
	return t.Add(s.after).UTC(), err
}

// on is a time of day, so many days after another.
func (c clock) on(day time.Time, after int, zone *time.Location) (time.Time, error) {
	y, m, d := day.Date()
	t := time.Date(y, m, d+after, c.hour, c.minute, 0, 0, zone)
	if t.Hour() != c.hour || t.Minute() != c.minute {
		// By the clock before they go forward and by the one after it.
		before, later := t.Add(-24*time.Hour), t.Add(24*time.Hour)
		return time.Time{}, fmt.Errorf("%w as %s on %s in %s: the clocks go forward then; write %s or %s", ErrSkipped, c, t.Format(time.DateOnly), zone,
			written(c, t, later), written(c, t, before))
	}
	for _, other := range []time.Time{twin(t, -1), twin(t, 1)} {
		if !other.IsZero() {
			first, second := t, other
			if second.Before(first) {
				first, second = second, first
			}
			return time.Time{}, fmt.Errorf("%w, %s on %s in %s: the clocks go back then; write %s or %s", ErrTwice, c, t.Format(time.DateOnly), zone,
				first.Format("2006-01-02T15:04Z07:00"), second.Format("2006-01-02T15:04Z07:00"))
		}
	}
	return t, nil
}

// written is a time of day with the offset that holds at another moment.
func written(c clock, day, offset time.Time) string {
	return day.Format("2006-01-02") + "T" + c.String() + offset.Format("Z07:00")
}

// twin is the other moment at which the clocks show the same, on one side of t; zero if
// there is none. Clocks are put back by some minutes up to an hour or two.
func twin(t time.Time, side int) time.Time {
	_, offset := t.Zone()
	_, beside := t.Add(time.Duration(side) * 3 * time.Hour).Zone()
	other := t.Add(time.Duration(offset-beside) * time.Second)
	if offset == beside || other.Equal(t) || other.Hour() != t.Hour() || other.Minute() != t.Minute() || other.Day() != t.Day() {
		return time.Time{}
	}
	return other
}
