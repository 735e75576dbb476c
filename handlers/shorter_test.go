package handlers_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox/workspace"
)

func TestAFormAsksForHowMuchLessAndItIsAnAttemptToApprove(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	b.cards()
	b.press(bob, "request.shorter")
	v, err := b.As(bob).WaitView(b.ctx(), func(v workspace.View) bool { return v.CallbackID == "request.shorter" })
	if err != nil {
		t.Fatal(err)
	}
	options, err := v.Options(b.ctx(), "duration", "duration", "")
	if err != nil || len(options) != 1 || options[0].Value != "30m0s" {
		t.Errorf("offered instead of an hour: %+v %v", options, err)
	}
	if err := v.Select(b.ctx(), "duration", "duration", "30m0s"); err != nil {
		t.Fatal(err)
	}
	if s, err := v.Submit(b.ctx()); err != nil || !s.Closed {
		t.Fatalf("%+v %v", s, err)
	}
	if a := b.one(); a.Kind != access.AttemptApprove || a.Request != "01REQ" || a.Duration != 30*time.Minute || a.Slack.ID != bob {
		t.Errorf("%+v", a)
	}
}

func TestWhoIsTooLateToShortenIsToldInsteadOfAForm(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	b.cards()
	b.mu.Lock()
	b.decided = true
	b.mu.Unlock()
	b.press(bob, "request.shorter")
	if _, err := b.As(bob).WaitMessage(b.ctx(), workspace.Saying("does not wait for a decision any more")); err != nil {
		t.Error(err)
	}
	if n := len(b.Views()); n != 0 {
		t.Errorf("%d forms", n)
	}
}

// forgedForm is a form about a request, submitted by somebody with a debugger.
func forgedForm(team, user, callback, metadata string, fields map[string]any) string {
	values := map[string]any{}
	for name, v := range fields {
		values[name] = map[string]any{name: v}
	}
	raw, _ := json.Marshal(map[string]any{"type": "view_submission", "team": map[string]any{"id": team}, "user": map[string]any{"id": user},
		"view": map[string]any{"callback_id": callback, "private_metadata": metadata, "state": map[string]any{"values": values}}})
	return string(raw)
}

func selected(v string) map[string]any {
	return map[string]any{"selected_option": map[string]any{"value": v}}
}

func TestForgedShorteningsStoreNothing(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	form := func(team, metadata, duration string) string {
		return forgedForm(team, ada, "request.shorter", metadata, map[string]any{"duration": selected(duration)})
	}
	for name, c := range map[string]struct{ payload, says string }{
		"other team":         {form("T0OTHER", "01REQ", "30m"), "only works"},
		"no request":         {form(b.TeamID(), "", "30m"), "not about a request"},
		"request with space": {form(b.TeamID(), "01 REQ", "30m"), "not about a request"},
		"nothing":            {form(b.TeamID(), "01REQ", "0s"), "how long"},
		"negative":           {form(b.TeamID(), "01REQ", "-30m"), "how long"},
		"seconds":            {form(b.TeamID(), "01REQ", "30m1s"), "how long"},
		"overflow":           {form(b.TeamID(), "01REQ", "99999999999h"), "how long"},
	} {
		d, err := b.DeliverRaw(b.ctx(), "interactive", "", json.RawMessage(c.payload))
		if err != nil || !d.Acked || !strings.Contains(string(d.Answer), c.says) {
			t.Errorf("%s: %s %v", name, d.Answer, err)
		}
	}
	if all := b.recorded(); len(all) != 0 {
		t.Errorf("stored: %+v", all)
	}
}
