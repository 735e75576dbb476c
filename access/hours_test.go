package access_test

import (
	"testing"
	"time"

	"airpass/access"
)

func office() access.Hours {
	return access.Hours{Zone: "Europe/Berlin", From: 8 * 60, To: 18 * 60,
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Working hours are those of the clock on the wall, in summer and in winter.
func TestWorkingHoursFollowTheClockOnTheWall(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"2026-11-24T06:59:59Z": false, "2026-11-24T07:00:00Z": true, "2026-11-24T16:59:59Z": true, "2026-11-24T17:00:00Z": false, // winter
		"2026-07-21T05:59:59Z": false, "2026-07-21T06:00:00Z": true, "2026-07-21T15:59:59Z": true, "2026-07-21T16:00:00Z": false, // summer
		"2026-11-28T10:00:00Z": false, "2026-11-29T10:00:00Z": false, // the weekend
		"2026-03-30T06:00:00Z": true, "2026-10-26T06:00:00Z": false, // the Mondays after the clocks were changed
		"2026-11-22T23:30:00Z": false, "2026-11-23T07:30:00Z": true, // Sunday there is Monday here at midnight
	} {
		if got := office().Within(moment(t, text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	night := access.Hours{Zone: "Europe/Berlin", From: 2*60 + 30, To: 4 * 60, Days: []time.Weekday{time.Sunday}}
	for text, want := range map[string]bool{
		"2026-03-29T00:59:00Z": false, "2026-03-29T01:00:00Z": true, "2026-03-29T02:00:00Z": false, // 01:59, 03:00, 04:00
		"2026-10-25T00:29:00Z": false, "2026-10-25T00:30:00Z": true, "2026-10-25T01:15:00Z": false, "2026-10-25T01:30:00Z": true, // 02:29, 02:30, 02:15 again, 02:30 again
	} {
		if got := night.Within(moment(t, text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if (access.Hours{Zone: "Nowhere/Land", To: 1440, Days: office().Days}).Within(moment(t, "2026-11-24T10:00:00Z")) {
		t.Error("the hours of a zone that is not known")
	}
}

func TestWhenWorkingHoursBeginOrEndNext(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"2026-11-24T06:00:00Z": "2026-11-24T07:00:00Z", "2026-11-24T07:00:00Z": "2026-11-24T17:00:00Z", "2026-11-27T17:00:00Z": "2026-11-30T07:00:00Z",
		"2026-03-27T17:00:00Z": "2026-03-30T06:00:00Z", "2026-10-23T16:00:00Z": "2026-10-26T07:00:00Z", // over the weekend on which the clocks are changed
	} {
		if got := office().Next(moment(t, from)); !got.Equal(moment(t, want)) {
			t.Errorf("after %s: %s", from, got.UTC())
		}
	}
	if next := (access.Hours{Zone: "UTC", From: 60, To: 120}).Next(moment(t, "2026-11-24T06:00:00Z")); !next.IsZero() {
		t.Error("hours of no day begin", next)
	}
}
