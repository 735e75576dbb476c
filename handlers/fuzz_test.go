package handlers_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/handlers"
)

// nowhere takes what follows an acknowledgement and does nothing with it.
type nowhere struct{}

func (nowhere) OpenView(context.Context, string, slack.ModalViewRequest) (id, hash string, err error) {
	return "V0", "1.a", nil
}

func (nowhere) UpdateView(context.Context, string, string, slack.ModalViewRequest) (string, error) {
	return "1.b", nil
}

// FuzzHandle: whatever arrives, the router does not panic, stores only what is
// whole and of our team, and answers what Slack takes over Socket Mode.
func FuzzHandle(f *testing.F) {
	for _, seed := range []struct{ kind, payload string }{
		{"slash_commands", `{"team_id":"T1","user_id":"U1","channel_id":"C1","command":"/airflow","text":"","trigger_id":"1.2"}`},
		{"slash_commands", `{"team_id":"T1","user_id":"U1","command":"/airflow","text":"help me"}`},
		{"slash_commands", `{"team_id":"T2","user_id":"U1","command":"/other"}`},
		{"interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"channel":{"id":"C1"},"actions":[{"action_id":"request.approve","value":"01R"}]}`},
		{"interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"container":{"channel_id":"C1"},"actions":[{"action_id":"request.deny","value":"01R"}],"trigger_id":"1.2"}`},
		{"interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"action_id":"request.cancel","value":"01R"}]}`},
		{"interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"request.ask","state":{"values":{"environment":{"environment":{"selected_option":{"value":"prod"}}},"role":{"role":{"selected_option":{"value":"Viewer"}}},"duration":{"duration":{"selected_option":{"value":"1h0m0s"}}},"reason":{"reason":{"value":"because \u0000 \ud800"}}}}}}`},
		{"interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"request.deny","private_metadata":"01R","state":{"values":{"reason":{"reason":{"value":"no, thanks"}}}}}}`},
		{"interactive", `{"type":"block_suggestion","team":{"id":"T1"},"user":{"id":"U1"},"action_id":"environment","value":"pr"}`},
		{"interactive", `{"type":"view_closed","team":{"id":"T1"},"user":{"id":"U1"}}`},
		{"interactive", `{"type":"shortcut","team":null,"user":{"id":"U1"}}`},
		{"events_api", `{"type":"event_callback","event":{"type":"message"}}`},
		{"hello", `{}`},
	} {
		f.Add(seed.kind, []byte(seed.payload))
	}
	targets := []access.Target{target("prod", access.Viewer, 8*time.Hour), target("dev", access.Op, time.Hour)}
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		var stored []access.Attempt
		r := handlers.NewRouter(handlers.Options{Team: "T1", Command: func() string { return "/airflow" }, Views: nowhere{},
			Record: func(_ context.Context, a access.Attempt) (bool, error) {
				stored = append(stored, a)
				return true, nil
			},
			Targets: func() []access.Target { return targets },
			Tell:    func(context.Context, string, string, string) error { return nil },
			Now:     func() time.Time { return time.Unix(1_800_000_000, 0) }})
		ack, _ := r.Handle(t.Context(), handlers.Delivery{ID: "e1", Kind: kind, Payload: payload})
		raw, err := json.Marshal(ack.Body)
		if err != nil || len(raw) > 20_000 {
			t.Fatalf("acknowledgement of %d bytes: %v", len(raw), err)
		}
		if ack.After != nil {
			ack.After(t.Context())
		}
		if ack.Later != nil {
			ack.Later(t.Context())
		}
		if len(stored) > 1 {
			t.Fatalf("one delivery, %d attempts", len(stored))
		}
		for _, a := range stored {
			checkAttempt(t, a, targets)
		}
	})
}

func checkAttempt(t *testing.T, a access.Attempt, targets []access.Target) {
	t.Helper()
	if a.Slack.Team != "T1" || a.Slack.ID == "" || a.Slack.Email != "" || a.Slack.Name != "" || a.Delivery != "e1" || a.ReceivedAt.IsZero() {
		t.Fatalf("whose: %+v", a)
	}
	if !utf8.ValidString(a.Reason) || utf8.RuneCountInString(a.Reason) > 3000 {
		t.Fatalf("reason: %q", a.Reason)
	}
	switch a.Kind {
	case access.AttemptAsk:
		for _, target := range targets {
			if target.ID == a.Target && target.CheckDuration(a.Duration) == nil && a.Request == "" && a.Reason != "" {
				return
			}
		}
		t.Fatalf("asked for what there is not: %+v", a)
	case access.AttemptApprove, access.AttemptDeny, access.AttemptCancel:
		if a.Request == "" || len(a.Request) > 64 || a.Target != "" || a.Duration != 0 {
			t.Fatalf("about no request: %+v", a)
		}
	default:
		t.Fatalf("kind: %+v", a)
	}
}
