package access_test

import (
	"testing"
	"time"

	"airpass/access"
)

// What is said of many is read as it was written, also as earlier versions wrote it, with a day
// alone; it is of what is kept alone.
func TestWhatIsSaidOfManyIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	day := time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]access.CertifiedMany{
		"01R keep:2027-06-30T21:59:59Z d1 target:prod/Viewer": {Reviewer: "01R", Verdict: access.KeepItem, Until: day.Add(22*time.Hour - time.Second), Digest: "d1", Choice: "target:prod/Viewer"},
		"01R keep d1 all":             {Reviewer: "01R", Verdict: access.KeepItem, Digest: "d1", Choice: "all"},
		"01R revoke d1 through:a b c": {Reviewer: "01R", Verdict: access.RevokeItem, Digest: "d1", Choice: "through:a b c"},
	} {
		if got, err := access.ParseCertifiedMany(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q is %+v, written %q: %v", text, got, got, err)
		}
	}
	if got, err := access.ParseCertifiedMany("01R keep:2027-06-30 d1 all"); err != nil || !got.Until.Equal(day) {
		t.Errorf("of an earlier version: %+v, %v", got, err)
	}
	for _, text := range []string{"", "01R keep d1", "01R keep: d1 all", "01R keep:soon d1 all", "01R revoke:2027-06-30 d1 all", "01R lose d1 all", "01R lose:2027-06-30 d1 all"} {
		if got, err := access.ParseCertifiedMany(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// A day until which something is kept is its last: it ends with the day on the wall of whoever chose
// it, whatever is done to the clocks then, and is later than today there.
func TestWhatIsKeptUntilADayIsKeptToItsEndWhereItWasChosen(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, c := range []struct{ zone, at, day, until string }{
		{"", "2026-12-01T10:00:00Z", "2026-12-10", "2026-12-10T23:59:59Z"},
		{"Mars/Olympus", "2026-12-01T10:00:00Z", "2026-12-10", "2026-12-10T23:59:59Z"},
		{"America/Los_Angeles", "2026-12-01T10:00:00Z", "2026-12-10", "2026-12-11T07:59:59Z"},
		{"Europe/Berlin", "2026-12-01T10:00:00Z", "2026-12-10", "2026-12-10T22:59:59Z"},
		// The day on which clocks are changed has 23 or 25 hours; the other half of the year has another offset.
		{"Europe/Berlin", "2026-12-01T10:00:00Z", "2027-03-28", "2027-03-28T21:59:59Z"},
		{"Europe/Berlin", "2026-12-01T10:00:00Z", "2027-10-31", "2027-10-31T22:59:59Z"},
		{"America/New_York", "2026-10-20T10:00:00Z", "2026-11-01", "2026-11-02T04:59:59Z"},
		// Clocks that go forward at midnight, that skip the last hour of a day, and that have it twice.
		{"Africa/Cairo", "2027-04-01T10:00:00Z", "2027-04-29", "2027-04-29T21:59:59Z"},
		{"America/Nuuk", "2027-03-01T10:00:00Z", "2027-03-27", "2027-03-28T00:59:59Z"},
		{"America/Santiago", "2027-04-01T10:00:00Z", "2027-04-03", "2027-04-04T03:59:59Z"},
		// Today where it was chosen is over soon, and tomorrow there is today elsewhere.
		{"America/Los_Angeles", "2026-12-10T01:00:00Z", "2026-12-09", none},
		{"America/Los_Angeles", "2026-12-10T01:00:00Z", "2026-12-10", "2026-12-11T07:59:59Z"},
		{"Pacific/Auckland", "2026-12-09T12:00:00Z", "2026-12-10", none},
		{"Pacific/Auckland", "2026-12-09T12:00:00Z", "2026-12-11", "2026-12-11T10:59:59Z"},
		{"", "2026-12-10T00:00:00Z", "2026-12-10", none},
		{"", "2026-12-10T00:00:00Z", "2026-02-30", none},
		{"", "2026-12-10T00:00:00Z", "soon", none},
	} {
		at, _ := time.Parse(time.RFC3339, c.at)
		until, is := access.KeptUntil(c.day, c.zone, at)
		got := access.SaysKeptUntil(until)
		if !is {
			got = none
		}
		if got != c.until {
			t.Errorf("%s in %q, said at %s, ends %q, not %q", c.day, c.zone, c.at, got, c.until)
		}
		if read, err := access.KeptUntilOf(got); is && (err != nil || !read.Equal(until)) {
			t.Errorf("%s is read as %s: %v", got, read, err)
		}
	}
	if until, is := access.KeptUntil("", "Europe/Berlin", time.Time{}); !is || !until.IsZero() {
		t.Errorf("without a day: %s %v", until, is)
	}
}
