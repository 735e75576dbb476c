package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/access"
)

var (
	clockTime = rule{regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$`), "a time of day", `write it like "08:00"`, false, 0}
	timeZone  = rule{regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`), "a time zone", "write a zone like Europe/Berlin", false, 60}
	weekday   = rule{regexp.MustCompile(`^(mon|tue|wed|thu|fri|sat|sun)$`), "a day of the week", "write mon, tue, wed, thu, fri, sat or sun", false, 0}
)

// hours reads working hours; nil if there are none.
func (parent *section) hours() *access.Hours {
	s := parent.section("hours")
	defer s.close()
	if !parent.has("hours") && s.r.sketch == nil {
		return nil
	}
	h := &access.Hours{Zone: s.text("zone", timeZone)}
	if _, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "Local" {
		s.problem("zone", quote(h.Zone)+" is not a time zone", timeZone.mend)
	}
	h.From, h.To = s.minute("from", "08:00"), s.minute("to", "18:00")
	if h.To <= h.From && !s.reported("from") && !s.reported("to") {
		s.problem("to", "is not after from", `write hours of one day, like from: "08:00" and to: "18:00"`)
	}
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	days := s.texts("days", weekday)
	if !s.has("days") {
		days = names[1:6]
	} else if len(days) == 0 && !s.reportedWithin("days") {
		s.problem("days", "is empty: there would be no working hours", "list days, like [mon, tue, wed, thu, fri]")
	}
	for _, d := range days {
		h.Days = append(h.Days, time.Weekday(slices.Index(names, d)))
	}
	slices.Sort(h.Days)
	return h
}

// minute reads a time of day as minutes since midnight.
func (s *section) minute(field, usual string) int {
	text := s.optional(field, usual, clockTime)
	hours, minutes, _ := strings.Cut(text, ":")
	h, _ := strconv.Atoi(hours) // clockTime has looked
	m, _ := strconv.Atoi(minutes)
	return 60*h + m
}
