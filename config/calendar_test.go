package config

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // the zones of these tests, wherever they run
)

// occurrences are the next few after a moment, as the zone's clock shows them.
func occurrences(t *testing.T, expression, after string, n int) []string {
	t.Helper()
	c, err := ParseCalendar(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	at, err := time.Parse(time.RFC3339, after)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for range n {
		at = c.Next(at)
		all = append(all, at.In(c.Zone()).Format("2006-01-02T15:04Z07:00"))
	}
	return all
}

func TestNoOccurrenceIsSkippedAndNoneComesTwiceWhenTheClockIsChanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, expression, after string
		want                    []string
	}{
		{"left out in spring", "CRON_TZ=America/New_York 30 2 * * *", "2026-03-07T12:00:00Z", []string{"2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"}},
		{"twice in autumn", "CRON_TZ=America/New_York 30 1 * * *", "2026-11-01T00:00:00Z", []string{"2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"}},
		{"after the first of the two", "CRON_TZ=America/New_York 30 1 * * *", "2026-11-01T05:30:00Z", []string{"2026-11-02T01:30-05:00"}},
		{"between the two", "CRON_TZ=America/New_York 30 1 * * *", "2026-11-01T06:00:00Z", []string{"2026-11-02T01:30-05:00"}},
		{"a day without midnight", "CRON_TZ=America/Santiago 0 0 * * *", "2026-09-05T12:00:00Z", []string{"2026-09-06T01:00-03:00", "2026-09-07T00:00-03:00"}},
		{"two that are left out are one", "CRON_TZ=Europe/Berlin 15,45 2 29 3 *", "2026-01-01T00:00:00Z", []string{"2026-03-29T03:00+02:00", "2027-03-29T02:15+02:00"}},
		{"half an hour", "CRON_TZ=Australia/Lord_Howe 15 2 * * *", "2026-10-03T00:00:00Z", []string{"2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"}},
		{"a day that there was not", "CRON_TZ=Pacific/Apia 0 9 30 12 *", "2011-12-29T00:00:00Z", []string{"2011-12-31T00:00+14:00", "2012-12-30T09:00+14:00"}},
		{"a quarter's first day", "CRON_TZ=Europe/Berlin 0 9 1 1,4,7,10 *", "2026-02-01T00:00:00Z", []string{"2026-04-01T09:00+02:00", "2026-07-01T09:00+02:00", "2026-10-01T09:00+02:00", "2027-01-01T09:00+01:00"}},
		{"UTC without a zone", "0 9 1 * *", "2026-02-01T09:00:00Z", []string{"2026-03-01T09:00Z"}},
		{"a word", "CRON_TZ=Asia/Tokyo @monthly", "2026-02-01T00:00:00Z", []string{"2026-03-01T00:00+09:00"}},
	} {
		got := occurrences(t, c.expression, c.after, len(c.want))
		for i, want := range c.want {
			if got[i] != want {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}

// Each minute of five days around either change: what comes next is later than now, and
// from whichever minute one looks the same occurrences are seen.
func TestWhateverTheMomentTheOccurrencesAreTheSame(t *testing.T) {
	t.Parallel()
	c, err := ParseCalendar("CRON_TZ=Europe/Berlin 30 0-4 * * *")
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]int{"2026-03-27T00:00:00Z": 4 + 4*5 + 2, "2026-10-23T00:00:00Z": 3 + 4*5 + 1} {
		at, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		next, seen := c.Next(at), 0
		for range 5 * 24 * 60 {
			at = at.Add(time.Minute)
			if !at.Before(next) {
				next, seen = c.Next(next), seen+1
			}
			if got := c.Next(at); !got.Equal(next) || !got.After(at) {
				t.Fatalf("after %s comes %s, and before it was %s", at, got, next)
			}
		}
		if seen != want {
			t.Errorf("%d occurrences in five days from %s, want %d", seen, day, want)
		}
	}
}

func TestACalendarHasMomentsOfItsOwn(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]error{"@every 720h": errInterval, "CRON_TZ=Local 0 9 1 * *": errLocal, "CRON_TZ=UTC": errNoFields, "0 0 31 2 *": errNever} {
		if _, err := ParseCalendar(expression); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", expression, err, want)
		}
	}
	if at := (Calendar{}).Next(time.Now()); !at.IsZero() {
		t.Errorf("none has the next at %s", at)
	}
}
