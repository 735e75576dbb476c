package starts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"airpass/starts"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestWhatIsUnderstood(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	now := time.Date(2026, 11, 24, 15, 20, 30, 0, time.UTC) // a Tuesday, 16:20:30 in Berlin
	for text, want := range map[string]string{
		"in 2 hours": "2026-11-24T17:20:30Z", "in 1h30m": "2026-11-24T16:50:30Z", " In 2 hours  and 5 minutes": "2026-11-24T17:25:30Z",
		"in 1 day": "2026-11-25T15:20:00Z", "in 1 day 2 hours": "2026-11-25T17:20:00Z",
		"today 17:00": "2026-11-24T16:00:00Z", "today 09:00": "2026-11-24T08:00:00Z", "tomorrow 14:30": "2026-11-25T13:30:00Z", "tomorrow at 9am": "2026-11-25T08:00:00Z",
		"Monday 09:00": "2026-11-30T08:00:00Z", "on fri at noon": "2026-11-27T11:00:00Z", "tuesday 16:00": "2026-12-01T15:00:00Z", "tue 16:30": "2026-11-24T15:30:00Z",
		"17:00": "2026-11-24T16:00:00Z", "at 5:15pm": "2026-11-24T16:15:00Z", "9:00": "2026-11-25T08:00:00Z", "12am": "2026-11-24T23:00:00Z",
		"2026-12-01 08:00": "2026-12-01T07:00:00Z", "2026-12-01t08:00": "2026-12-01T07:00:00Z", "on 2027-07-01 at 08:00": "2027-07-01T06:00:00Z",
		"2026-12-01T08:00+05:30": "2026-12-01T02:30:00Z", "2026-12-01 08:00 -05:00": "2026-12-01T13:00:00Z", "2026-12-01T08:00:00Z": "2026-12-01T08:00:00Z",
	} {
		s, err := starts.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := s.At(now, berlin); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %s %v, want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
}

func TestWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "soon", "monday", "next monday 09:00", "morrow 09:00", "25:00", "12:60", "13pm", "0am", "in 0 hours", "in 2", "in 2 weeks", "in hours",
		"2026-02-30 08:00", "2026-13-01 08:00", "1/12 08:00", "2026-12-01", "tomorrow", "in 2 hours tomorrow", strings.Repeat("9", 1000), "in -2 hours", "\x00"} {
		if s, err := starts.Parse(text); !errors.Is(err, starts.ErrNotUnderstood) {
			t.Errorf("%q: %+v %v", text, s, err)
		}
	}
}

// The clocks of a zone skip an hour in spring and go through one twice in autumn.
func TestAroundTheChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, now, text, want string
		err                   error
		words                 []string
	}{
		{"Europe/Berlin", "2026-03-28T10:00:00Z", "tomorrow 02:30", "", starts.ErrSkipped, []string{"02:30 on 2026-03-29", "the clocks go forward", "2026-03-29T02:30+02:00", "2026-03-29T02:30+01:00"}},
		{"Europe/Berlin", "2026-03-28T10:00:00Z", "tomorrow 03:00", "2026-03-29T01:00:00Z", nil, nil},
		{"Europe/Berlin", "2026-03-28T10:00:00Z", "tomorrow 01:59", "2026-03-29T00:59:00Z", nil, nil},
		{"Europe/Berlin", "2026-03-28T20:00:00Z", "in 12 hours", "2026-03-29T08:00:00Z", nil, nil},
		{"Europe/Berlin", "2026-03-28T20:00:00Z", "in 1 day", "2026-03-29T19:00:00Z", nil, nil}, // 21:00 on both days
		{"Europe/Berlin", "2026-10-24T10:00:00Z", "sunday 02:30", "", starts.ErrTwice, []string{"02:30 on 2026-10-25", "2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"}},
		{"Europe/Berlin", "2026-10-24T10:00:00Z", "2026-10-25T02:30+01:00", "2026-10-25T01:30:00Z", nil, nil},
		{"Europe/Berlin", "2026-10-24T10:00:00Z", "sunday 03:00", "2026-10-25T02:00:00Z", nil, nil},
		{"Europe/Berlin", "2026-10-24T10:00:00Z", "sunday 01:59", "2026-10-24T23:59:00Z", nil, nil},
		{"Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-05 01:45", "", starts.ErrTwice, nil}, // by half an hour
		{"Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-04 02:15", "", starts.ErrSkipped, nil},
		{"America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-04 00:30", "", starts.ErrSkipped, nil}, // at midnight
		{"Asia/Kolkata", "2026-11-24T10:00:00Z", "tomorrow 09:00", "2026-11-25T03:30:00Z", nil, nil},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		s, err := starts.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.At(now, zone(t, c.zone))
		if !errors.Is(err, c.err) || err == nil && got.Format(time.RFC3339) != c.want {
			t.Errorf("%s, %q: %s %v, want %s %v", c.zone, c.text, got, err, c.want, c.err)
		}
		for _, w := range c.words {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %v does not say %q", c.text, err, w)
			}
		}
	}
}

func TestWithoutAZoneOnlyWhatNeedsNone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	for text, known := range map[string]bool{"in 2 hours": true, "2026-12-01T08:00+01:00": true, "17:00": false, "in 1 day": false, "monday 09:00": false} {
		s, err := starts.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.At(now, nil); (err == nil) != known || err != nil && !errors.Is(err, starts.ErrZone) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever is understood means what it says: the time of day in the zone, and never one
// of two.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"in 2 hours", "tomorrow 14:30", "monday 09:00", "2026-12-01 08:00", "2026-10-25T02:30+02:00", "sun 02:30", "in 99999 days", "9999-12-31 23:59"} {
		f.Add(text, int64(1774692000))
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		s, err := starts.Parse(text)
		if err != nil {
			if !errors.Is(err, starts.ErrNotUnderstood) {
				t.Fatal(err)
			}
			return
		}
		if unix < 0 || unix > 1<<33 {
			return
		}
		now := time.Unix(unix, 0)
		at, err := s.At(now, berlin)
		if err != nil {
			if !errors.Is(err, starts.ErrSkipped) && !errors.Is(err, starts.ErrTwice) {
				t.Fatal(err)
			}
			return
		}
		if again, err := starts.Parse(at.Format(time.RFC3339)); err == nil {
			if same, err := again.At(now, nil); err != nil || !same.Equal(at) {
				t.Fatalf("%s is read back as %s %v", at, same, err)
			}
		}
	})
}
