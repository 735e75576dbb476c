package handlers

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/messages"
)

func offered() []access.Target {
	var all []access.Target
	for _, id := range []struct {
		environment string
		role        access.Role
	}{{"prod", access.Viewer}, {"prod", access.Op}, {"dev-eu", access.User}} {
		all = append(all, access.Target{ID: access.TargetID(id.environment, id.role), Role: id.role, MaxDuration: 48 * time.Hour,
			Environment: access.Environment{Key: id.environment}})
	}
	return all
}

func TestWhatPeopleTypeIsUnderstood(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]struct {
		environment, role string
		duration          time.Duration
		reason, unclear   string
	}{
		"prod Viewer 4h because the load is stuck":         {"prod", "Viewer", 4 * time.Hour, "the load is stuck", ""},
		"PROD viewer for 90m because x":                    {"prod", "Viewer", 90 * time.Minute, "x", ""},
		"2 hours as Op in prod because DAG failed":         {"prod", "Op", 2 * time.Hour, "DAG failed", ""},
		"prod/Op 1 day reason: migration":                  {"prod", "Op", 24 * time.Hour, "migration", ""},
		"dev-eu 1d12h because: because of 4h of backlog":   {"dev-eu", "User", 36 * time.Hour, "because of 4h of backlog", ""},
		"dev-eu for an hour":                               {"dev-eu", "User", time.Hour, "", ""},
		"prod Viewer 1 hour and 30 minutes because y":      {"prod", "Viewer", 90 * time.Minute, "y", ""},
		"prod 1.5h Viewer because z":                       {"prod", "Viewer", 90 * time.Minute, "z", ""},
		"prd Viewer 4h because x":                          {"", "Viewer", 4 * time.Hour, "x", "I did not understand “prd”. Did you mean prod?"},
		"prod Viewer 4 because x":                          {"prod", "Viewer", 0, "x", "I did not understand “4”."},
		"prod Viewer Op 4h because x":                      {"prod", "Op", 4 * time.Hour, "x", "“Op” says something that was said already."},
		"prod Viewer 4h 2h2h because x":                    {"prod", "Viewer", 8 * time.Hour, "x", ""},
		"prod Viewer 99999999d":                            {"prod", "Viewer", 0, "", "I did not understand “99999999d”."},
		"prod Viewer becauseofthis":                        {"prod", "Viewer", 0, "", "I did not understand “becauseofthis”."},
		"because only a reason":                            {"", "", 0, "only a reason", ""},
		"":                                                 {"", "", 0, "", ""},
		"<!channel> prod":                                  {"prod", "", 0, "", "I did not understand “<!channel>”."},
		"prod Viewer 4h because\tof a tab and <@U1> & co.": {"prod", "Viewer", 4 * time.Hour, "of a tab and <@U1> & co.", ""},
	} {
		s := understand(typed, offered())
		if s.Environment != want.environment || s.Role != want.role || s.Duration != want.duration || s.Reason != want.reason {
			t.Errorf("%q is understood as %+v", typed, s.Asked)
		}
		if got := s.doubt(messages.Printer{}, offered()); got != want.unclear {
			t.Errorf("%q leaves the doubt %q, not %q", typed, got, want.unclear)
		}
	}
}

func FuzzWhatPeopleType(f *testing.F) {
	f.Add("prod Viewer 4h because x")
	f.Add("İİİ because\u0130 1d12h")
	f.Fuzz(func(t *testing.T, typed string) {
		s := understand(typed, offered())
		if s.Duration < 0 || s.Duration > longestSpan {
			t.Errorf("%q is for %s", typed, s.Duration)
		}
		if a, wrong := asked(messages.Printer{}, s.filledIn(), offered(), time.Now()); len(wrong) == 0 && (a.Target == "" || a.Reason == "") {
			t.Errorf("%q is complete as %+v", typed, a)
		}
	})
}
