package messages_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/messages"
)

// Only what a card has nothing to say about is offered to be approved together, and only
// where one yes suffices.
func TestWhatIsAlikeIsHarmlessAndTheSame(t *testing.T) {
	t.Parallel()
	plain := func() access.Request { return pending().Request }
	tests := map[string]struct {
		change func(*access.Request)
		alike  bool
	}{
		"the same":                 {func(*access.Request) {}, true},
		"of somebody else":         {func(r *access.Request) { r.Subject.OktaID, r.Reason = "00uBEN", "something else" }, true},
		"another target":           {func(r *access.Request) { r.Target.ID = "dev/Viewer" }, false},
		"another duration":         {func(r *access.Request) { r.Duration = time.Hour }, false},
		"a role that writes":       {func(r *access.Request) { r.Target.Role = access.Op }, false},
		"the command line":         {func(r *access.Request) { r.Target.CLI = true }, false},
		"a private web server":     {func(r *access.Request) { r.Seen.Private = true }, false},
		"opens more":               {func(r *access.Request) { r.Target.SharesWith = []string{"prod/Op"} }, false},
		"a new account":            {func(r *access.Request) { r.NewAccount = true }, false},
		"an extension":             {func(r *access.Request) { r.Extends = "01GRANT" }, false},
		"a later start":            {func(r *access.Request) { r.StartAt = noon }, false},
		"a broken rule":            {func(r *access.Request) { r.Course.Broken = []string{"night"} }, false},
		"decided":                  {func(r *access.Request) { r.State = access.RequestDenied }, false},
		"outside of working hours": {func(r *access.Request) { r.Target.Hours = &access.Hours{From: 13 * 60, To: 17 * 60, Zone: "UTC"} }, false},
		"two are missing": {func(r *access.Request) {
			r.Course.Stages = []access.Stage{{Required: 2}}
			r.Course.Tally = access.Tally{Need: 2}
		}, false},
		"the last of two": {func(r *access.Request) {
			r.Course.Stages = []access.Stage{{Required: 2}}
			r.Course.Tally = access.Tally{Need: 2, Have: 1}
		}, true},
		"the first stage of two": {func(r *access.Request) {
			r.Course.Stages = []access.Stage{{Required: 1}, {Required: 1}}
			r.Course.Tally = access.Tally{Need: 1}
		}, false},
	}
	for name, tt := range tests {
		r := plain()
		tt.change(&r)
		groups := messages.Alike([]access.Request{plain(), r}, noon)
		if got := len(groups) == 1 && len(groups[0]) == 2; got != tt.alike {
			t.Errorf("%s: %v", name, got)
		}
	}
	many := make([]access.Request, 3*messages.MaxBulk)
	for i := range many {
		many[i] = plain()
	}
	if groups := messages.Alike(many, noon); len(groups) != 1 || len(groups[0]) != messages.MaxBulk {
		t.Errorf("of many: %d groups", len(groups))
	}
}
