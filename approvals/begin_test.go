package approvals_test

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
)

// asksFrom asks for a target with a start in words, as a command does.
func (b *bench) asksFrom(who, begins string) access.Attempt {
	b.Helper()
	return b.tries(who, access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: time.Hour, Reason: "because", Begins: begins})
}

// Words are read in the zone that Slack has of the requester: Europe/Berlin, in the town.
func TestAStartInWordsIsReadInTheRequestersZone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := b.world.Clock.Now().In(berlin).AddDate(0, 0, 2)
	a := b.asksFrom("ada", day.Format(time.DateOnly)+" 09:00")
	want := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, berlin)
	if r := b.now(a.Answer); a.State != access.AttemptDone || !r.StartAt.Equal(want) {
		t.Fatalf("%s %s: starts %s, want %s", a.State, a.Answer, r.StartAt, want)
	}
	b.says("grace", access.AttemptApprove, a.Answer)
	g, found, err := b.store.GrantOf(t.Context(), a.Answer)
	if err != nil || !found || g.State != access.GrantScheduled || !g.StartAt.Equal(want) || !g.EndAt.Equal(want.Add(time.Hour)) {
		t.Fatalf("%+v %v", g, err)
	}
	if live, err := b.store.GrantEntitlements(t.Context(), g.ID); err != nil || len(live) == 0 || !live[0].NextAt.IsZero() {
		t.Errorf("something is looked at before the start: %+v %v", live, err)
	}
}

func TestAStartThatCannotBeIsRefusedInWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ahead = 3 * 366 * 24 * time.Hour
	year := b.world.Clock.Now().Year() + 1
	for begins, words := range map[string]string{
		"some day":                      "write something like",
		"2000-01-01 08:00":              "the start lies in the past",
		"in 90000 hours":                "days ahead, which is the most",
		lastSunday(year, 3) + " 02:30":  "the clocks go forward then",
		lastSunday(year, 10) + " 02:30": "the clocks go back then",
	} {
		if a := b.asksFrom("ada", begins); a.State != access.AttemptRefused || !strings.Contains(a.Answer, words) {
			t.Errorf("%s: %s %q", begins, a.State, a.Answer)
		}
	}
	if a := b.asksFrom("ada", lastSunday(year, 10)+"T02:30+01:00"); a.State != access.AttemptDone {
		t.Error("with its offset:", a.Answer)
	}
	b.ahead = 0
	if a := b.asksFrom("ada", "in 2 hours"); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "can only be had at once") {
		t.Error(a.State, a.Answer)
	}
}

// lastSunday is when the clocks of Europe change in a month.
func lastSunday(year int, month time.Month) string {
	day := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -int(day.Weekday())).Format(time.DateOnly)
}
