package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is a parsed cron expression. Its Next is what a periodic job takes.
type Schedule struct {
	Expression string
	schedule   cron.Schedule
}

// Next returns the first moment after t at which the schedule fires; zero for the
// zero Schedule.
func (s Schedule) Next(t time.Time) time.Time {
	if s.schedule == nil {
		return time.Time{}
	}
	return s.schedule.Next(t)
}

// String is the expression.
func (s Schedule) String() string { return s.Expression }

var (
	errNever    = errors.New("never fires")
	errTooOften = errors.New("fires more often than every second")
	errNoFields = errors.New("only a time zone")
)

// ParseSchedule reads a five-field cron expression or a descriptor such as "@every
// 5m". It refuses what robfig/cron accepts and then never fires, and contains its
// panic on a time zone without fields (https://github.com/robfig/cron/issues/470).
func ParseSchedule(expression string) (s Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = Schedule{}, errNoFields
		}
	}()
	parsed, err := cron.ParseStandard(expression)
	if err != nil {
		return Schedule{}, err
	}
	if every, ok := strings.CutPrefix(strings.TrimSpace(expression), "@every "); ok {
		if d, err := time.ParseDuration(every); err != nil || d < time.Second {
			return Schedule{}, errTooOften
		}
	}
	// Any leap day is within five years of this moment, which is as far as Next looks.
	if parsed.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, errNever
	}
	return Schedule{Expression: expression, schedule: parsed}, nil
}

// sundaySeven finds a 7 standing for a day in the last of five fields.
var sundaySeven = regexp.MustCompile(`^(\S+\s+){4}([^\s/]*[,-])?7([,/-]\S*)?$`)

// schedulePattern is as much of a schedule's form as a pattern can tell: a time zone,
// and a word for it, five fields, or an interval.
const schedulePattern = `^\s*((CRON_)?TZ=\S+\s+)?(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every\s+\S+|\S+(\s+\S+){4})\s*$`

func (s *section) schedule(field, fallback string) Schedule {
	const five = `write five fields ("0 3 * * 1": minute, hour, day of month, month, day of week) or "@every 5m"`
	text := s.optional(field, fallback, rule{mend: five, max: 200})
	s.r.sketch.more(s.name(field), "pattern", schedulePattern)
	if text == "" {
		if s.has(field) && !s.reported(field) {
			s.problem(field, "is empty", five)
		}
		text = fallback
	}
	parsed, err := ParseSchedule(text)
	if err == nil {
		return parsed
	}
	s.problem(field, fmt.Sprintf("%s is not a schedule: %v", quote(text), err), scheduleMend(text, err, five))
	return Schedule{}
}

// scheduleMend says how to mend a text that is no schedule; usual is what to write instead
// if nothing better is known.
func scheduleMend(text string, err error, usual string) string {
	fields := strings.TrimSpace(text)
	if strings.HasPrefix(fields, "TZ=") || strings.HasPrefix(fields, "CRON_TZ=") {
		_, fields, _ = strings.Cut(fields, " ")
	}
	switch count := len(strings.Fields(fields)); {
	case errors.Is(err, errNoFields):
		return fmt.Sprintf("write the five fields after the time zone: %q", text+" 0 3 * * 1")
	case errors.Is(err, errNever):
		return "choose a day that exists in its month"
	case errors.Is(err, errTooOften):
		return "write @every with a second or more"
	case sundaySeven.MatchString(strings.TrimSpace(fields)):
		return "write Sunday as 0 or SUN"
	case count == 6:
		return "remove the field of seconds; " + usual
	}
	return usual
}
