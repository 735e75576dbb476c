package config

import (
	"errors"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Calendar is a schedule by the clock on the wall of a zone, UTC if it names none: the
// same moments on every machine, none skipped and none twice when the clock is changed.
// robfig/cron alone skips what a change leaves out and repeats what comes twice, see
// https://github.com/robfig/cron/pull/541.
type Calendar struct {
	Expression string
	fields     cron.Schedule // by the clock on the wall, as if that were UTC
	zone       *time.Location
}

var (
	errInterval = errors.New("an interval, which has no moments of its own")
	errLocal    = errors.New("the zone is this machine's, and another machine may have another")
)

// ParseCalendar reads five cron fields or a word such as "@monthly", with a zone or without.
func ParseCalendar(expression string) (Calendar, error) {
	s, err := ParseSchedule(expression)
	if err != nil {
		return Calendar{}, err
	}
	spec, ok := s.schedule.(*cron.SpecSchedule)
	if !ok {
		return Calendar{}, errInterval
	}
	own, zone := *spec, spec.Location
	if zone == time.Local {
		if strings.Contains(expression, "TZ=") {
			return Calendar{}, errLocal
		}
		zone = time.UTC
	}
	own.Location = time.UTC
	return Calendar{Expression: expression, fields: &own, zone: zone}, nil
}

// Zone is whose clock it goes by.
func (c Calendar) Zone() *time.Location { return c.zone }

// furthest is more than any clock is put back.
const furthest = 3 * time.Hour

// Next is the first occurrence after t; zero for the zero Calendar. A time that the clock
// leaves out counts when it is put forward, one that it shows twice the first time.
func (c Calendar) Next(t time.Time) time.Time {
	if c.fields == nil {
		return time.Time{}
	}
	for wall := c.fields.Next(onWall(t.In(c.zone)).Add(-furthest)); ; wall = c.fields.Next(wall) {
		if at := c.moment(wall); at.After(t) || wall.IsZero() {
			return at
		}
	}
}

// onWall is what a clock shows, as if that were UTC.
func onWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// moment is when the clock of the zone shows wall first, or is put past it.
func (c Calendar) moment(wall time.Time) time.Time {
	if wall.IsZero() {
		return wall
	}
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, c.zone)
	start, end := t.ZoneBounds()
	switch shown := onWall(t); {
	case shown.After(wall):
		return start
	case shown.Before(wall):
		return end
	}
	if start.IsZero() {
		return t
	}
	_, now := t.Zone()
	_, before := start.Add(-time.Second).Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); earlier.Before(start) {
		return earlier
	}
	return t
}

// shortestBetween is the least time from one of the next occurrences to the one after it.
func (c Calendar) shortestBetween(from time.Time) time.Duration {
	const enough = 100
	least := time.Duration(1<<63 - 1)
	at := c.Next(from)
	for range enough {
		next := c.Next(at)
		if next.IsZero() {
			break
		}
		least, at = min(least, next.Sub(at)), next
	}
	return least
}
