package page_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// answer is what the page's server says to an act.
type answer struct {
	OK      bool               `json:"ok"`
	Error   string             `json:"error"`
	Text    string             `json:"text"`
	URL     string             `json:"url"`
	Options []workspace.Option `json:"options"`
}

// doing sends an act as somebody.
func doing(t *testing.T, url, as string, act map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(act)
	if err != nil {
		t.Fatal(err)
	}
	status, _, said := do(t, request(t, "POST", url+"/api/slack/act?as="+as, string(body), "Content-Type", "application/json"))
	if status != http.StatusOK {
		t.Fatalf("%v: %d %s", act, status, said)
	}
	var out answer
	if err := json.Unmarshal([]byte(said), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOtherSitesCannotClick(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	send := `{"do":"send","channel":"` + sandbox.RequestsChannel + `","text":"I was here"}`
	for name, header := range map[string][]string{
		"another site":            {"Sec-Fetch-Site", "cross-site"},
		"another port":            {"Sec-Fetch-Site", "same-site"},
		"an old browser's origin": {"Origin", "http://evil.example"},
		"a hidden origin":         {"Origin", "null"},
	} {
		if status, _, body := do(t, request(t, "POST", url+"/api/slack/act?as=ada", send, header...)); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if n := len(world.Slack.Messages(sandbox.RequestsChannel)); n != 0 {
		t.Errorf("%d messages came through", n)
	}
	for name, try := range map[string]struct {
		as, body string
		want     int
	}{
		"the page itself":   {"ada", send, http.StatusOK},
		"nobody":            {"nobody", send, http.StatusNotFound},
		"no such act":       {"ada", `{"do":"dance"}`, http.StatusBadRequest},
		"no such field":     {"ada", `{"do":"send","colour":"red"}`, http.StatusBadRequest},
		"not JSON":          {"ada", `do=send`, http.StatusBadRequest},
		"far too much text": {"ada", `{"do":"send","text":"` + strings.Repeat("x", 2<<20) + `"}`, http.StatusBadRequest},
	} {
		status, _, body := do(t, request(t, "POST", url+"/api/slack/act?as="+try.as, try.body, "Sec-Fetch-Site", "same-origin", "Origin", url))
		if status != try.want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestWhatSlackSaysWhenTheAppDoesNotAnswer(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	send := func(as, text, thread string) answer {
		return doing(t, url, as, map[string]any{"do": "send", "channel": sandbox.RequestsChannel, "thread": thread, "text": text})
	}
	if out := send("ada", "/airflow", ""); out.Error != "dispatch_failed" || out.Text != "/airflow failed with the error “dispatch_failed”" {
		t.Errorf("no app: %+v", out)
	}
	a := connect(t, world, func(*app, slack.SlashCommand) any { return silence }, func(_ *app, c slack.InteractionCallback) any { return silence })
	if out := send("ada", "/airflow prod", ""); out.Error != "operation_timeout" || out.Text != "/airflow failed with the error “operation_timeout”" {
		t.Errorf("a silent app: %+v", out)
	}
	_, ts, err := a.PostMessage(sandbox.RequestsChannel, slack.MsgOptionBlocks(blocks(t, cardBlocks).BlockSet...))
	if err != nil {
		t.Fatal(err)
	}
	out := doing(t, url, "ada", map[string]any{"do": "press", "channel": sandbox.RequestsChannel, "ts": ts, "block": "decide", "action": "approve"})
	if out.OK || out.Error != "operation_timeout" || out.Text == "" {
		t.Errorf("a silent button: %+v", out)
	}
	for _, try := range []struct{ as, text, thread, want string }{
		{"ada", "/nothing", "", "invalid_command"},
		{"ada", "/airflow", ts, "not_supported_in_threads"},
		{"ada", "  ", "", "no_text"},
		{"erik", "hello", "", "account_inactive"},
		{"stefan", "hello", "", "channel_not_found"},
	} {
		if out := send(try.as, try.text, try.thread); out.OK || out.Error != try.want || out.Text == "" {
			t.Errorf("%+v: %+v", try, out)
		}
	}
}

// TestEveryChoiceReachesTheApp does what the front end does with each kind of element.
func TestEveryChoiceReachesTheApp(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, func(_ *app, c slack.InteractionCallback) any {
		if c.Type != slack.InteractionTypeBlockSuggestion {
			return nil
		}
		return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("dag-"+c.Value, plainText("DAG "+c.Value), nil)}}
	})
	_, ts, err := a.PostMessage(sandbox.RequestsChannel, slack.MsgOptionBlocks(blocks(t, sinkMessage).BlockSet...))
	if err != nil {
		t.Fatal(err)
	}
	on := func(act map[string]any) answer {
		act["channel"], act["ts"] = sandbox.RequestsChannel, ts
		return doing(t, url, "ada", act)
	}
	if out := on(map[string]any{"do": "options", "block": "a2", "action": "external", "text": "sales"}); len(out.Options) != 1 || out.Options[0].Text != "DAG sales" {
		t.Fatalf("options: %+v", out)
	}
	for _, try := range []struct {
		block, action string
		chosen        []string
		got           func(*slack.BlockAction) string
		want          string
	}{
		{"a2", "static", []string{"dev"}, func(b *slack.BlockAction) string { return b.SelectedOption.Value }, "dev"},
		{"a2", "grouped", []string{"admin"}, func(b *slack.BlockAction) string { return b.SelectedOption.Value }, "admin"},
		{"a2", "external", []string{"dag-sales"}, func(b *slack.BlockAction) string { return b.SelectedOption.Text.Text }, "DAG sales"},
		{"a2", "user", []string{"U0BEN"}, func(b *slack.BlockAction) string { return b.SelectedUser }, "U0BEN"},
		{"a2", "conversation", []string{sandbox.RequestsChannel}, func(b *slack.BlockAction) string { return b.SelectedConversation }, sandbox.RequestsChannel},
		{"a2", "channel", []string{sandbox.RequestsChannel}, func(b *slack.BlockAction) string { return b.SelectedChannel }, sandbox.RequestsChannel},
		{"a2", "date", []string{"2027-01-02"}, func(b *slack.BlockAction) string { return b.SelectedDate }, "2027-01-02"},
		{"a2", "time", []string{"09:15"}, func(b *slack.BlockAction) string { return b.SelectedTime }, "09:15"},
		{"a3", "radio", []string{"record"}, func(b *slack.BlockAction) string { return b.SelectedOption.Value }, "record"},
		{"a3", "boxes", []string{"notify", "record"}, func(b *slack.BlockAction) string {
			return b.SelectedOptions[0].Value + "," + b.SelectedOptions[1].Value
		}, "notify,record"},
		{"a1", "more", []string{"staging"}, func(b *slack.BlockAction) string { return b.SelectedOption.Value }, "staging"},
		{"s2", "multi", []string{"prod", "dev"}, func(b *slack.BlockAction) string {
			return b.SelectedOptions[0].Value + "," + b.SelectedOptions[1].Value
		}, "prod,dev"},
	} {
		before := len(a.heard(slack.InteractionTypeBlockActions))
		if out := on(map[string]any{"do": "choose", "block": try.block, "action": try.action, "chosen": try.chosen}); !out.OK {
			t.Errorf("%s: %+v", try.action, out)
			continue
		}
		all := a.heard(slack.InteractionTypeBlockActions)
		if len(all) != before+1 {
			t.Errorf("%s: the app heard %d times", try.action, len(all)-before)
			continue
		}
		if got := try.got(all[before].ActionCallback.BlockActions[0]); got != try.want {
			t.Errorf("%s: the app heard %q", try.action, got)
		}
	}
	if out := on(map[string]any{"do": "press", "block": "a1", "action": "link"}); out.URL != "https://example.com/airflow" {
		t.Errorf("a link: %+v", out)
	}
	out := on(map[string]any{"do": "press", "block": "a1", "action": "plain", "fill": []map[string]any{{"block": "in", "action": "word", "chosen": []string{"typed before"}}}})
	all := a.heard(slack.InteractionTypeBlockActions)
	if last := all[len(all)-1]; !out.OK || last.BlockActionState.Values["in"]["word"].Value != "typed before" {
		t.Errorf("what was typed goes along with a click: %+v", last.BlockActionState)
	}
	for _, wrong := range []map[string]any{
		{"do": "choose", "block": "a2", "action": "static", "chosen": []string{"no such"}}, {"do": "press", "block": "a1", "action": "nothing"}, {"do": "submit", "view": "V0"},
	} {
		if out := on(wrong); out.OK || out.Error == "" {
			t.Errorf("%v: %+v", wrong, out)
		}
	}
}

func TestReadingMarksRead(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	if _, err := world.As("grace").Say(sandbox.RequestsChannel, "", "for <@"+world.Person("ada").SlackID+">"); err != nil {
		t.Fatal(err)
	}
	unread := func(state map[string]any) (float64, float64) {
		for _, c := range state["channels"].([]any) {
			if c := c.(map[string]any); c["id"] == sandbox.RequestsChannel {
				return c["unread"].(float64), c["mentions"].(float64)
			}
		}
		t.Fatal("no such channel")
		return 0, 0
	}
	state, more := firstState(t, url+"/api/slack/stream?as=ada")
	if n, m := unread(state); n != 1 || m != 1 {
		t.Errorf("%v unread, %v mentions", n, m)
	}
	if out := doing(t, url, "ada", map[string]any{"do": "read", "channel": sandbox.RequestsChannel}); !out.OK {
		t.Fatalf("%+v", out)
	}
	for n := 1.0; n != 0; n, _ = unread(nextState(t, more)) {
	}
	shut, _ := firstState(t, url+"/api/slack/stream?as=erik")
	if why := shut["me"].(map[string]any)["shut"]; why != "This account has been deactivated." || shut["channels"] != nil {
		t.Errorf("somebody deactivated: %v", shut)
	}
}
