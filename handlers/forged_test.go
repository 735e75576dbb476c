package handlers_test

import (
	"encoding/json"
	"strings"
	"testing"

	"airpass/sandbox/workspace"
)

func TestForgedPayloadsStoreNothingAndAreAcknowledged(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	team := b.TeamID()
	click := func(team, user, userTeam, action, value string) string {
		raw, _ := json.Marshal(map[string]any{"type": "block_actions", "team": map[string]any{"id": team}, "trigger_id": "1.2.3",
			"user": map[string]any{"id": user, "team_id": userTeam}, "channel": map[string]any{"id": desk},
			"actions": []any{map[string]any{"action_id": action, "value": value, "type": "button"}}})
		return string(raw)
	}
	ask := func(env, role, duration, reason string) string {
		selected := func(v string) map[string]any { return map[string]any{"selected_option": map[string]any{"value": v}} }
		raw, _ := json.Marshal(map[string]any{"type": "view_submission", "team": map[string]any{"id": team}, "user": map[string]any{"id": ada},
			"view": map[string]any{"callback_id": "request.ask", "state": map[string]any{"values": map[string]any{
				"environment": map[string]any{"environment": selected(env)}, "role": map[string]any{"role": selected(role)},
				"duration": map[string]any{"duration": selected(duration)}, "reason": map[string]any{"reason": map[string]any{"value": reason}}}}}})
		return string(raw)
	}
	for name, c := range map[string]struct{ kind, payload, says string }{
		"other team":           {"interactive", click("T0OTHER", ada, "", "request.approve", "01REQ"), ""},
		"no team":              {"interactive", click("", ada, "", "request.approve", "01REQ"), ""},
		"person of other team": {"interactive", click(team, ada, "T0OTHER", "request.approve", "01REQ"), ""},
		"nobody":               {"interactive", click(team, "", "", "request.approve", "01REQ"), ""},
		"user with markup":     {"interactive", click(team, "<!channel>", "", "request.approve", "01REQ"), ""},
		"revoke of nothing":    {"interactive", click(team, ada, "", "request.revoke", ""), ""},
		"revoke elsewhere":     {"interactive", forgedForm("T0OTHER", ada, "request.revoke", "01REQ", map[string]any{"reason": map[string]any{"value": "because"}}), "only works"},
		"revoke without why":   {"interactive", forgedForm(team, ada, "request.revoke", "01REQ", map[string]any{"reason": map[string]any{"value": "  "}}), "few words"},
		"revoke of markup":     {"interactive", forgedForm(team, ada, "request.revoke", "<!channel>", map[string]any{"reason": map[string]any{"value": "because"}}), "not about a request"},
		"more of markup":       {"interactive", click(team, ada, "", "request.instead", "<!channel>"), ""},
		"more elsewhere":       {"interactive", click("T0OTHER", ada, "", "request.instead", "01ATTEMPT"), ""},
		"login to markup":      {"interactive", click(team, ada, "", "request.login", "<!channel>"), ""},
		"login elsewhere":      {"interactive", click("T0OTHER", ada, "", "request.login", "01REQ"), ""},
		"unknown action":       {"interactive", click(team, ada, "", "request.destroy", "01REQ"), ""},
		"value with quotes":    {"interactive", click(team, ada, "", "request.approve", "01' OR 1=1 --"), ""},
		"no value":             {"interactive", click(team, ada, "", "request.cancel", ""), ""},
		"huge value":           {"interactive", click(team, ada, "", "request.approve", strings.Repeat("x", 100_000)), ""},
		"no actions":           {"interactive", `{"type":"block_actions","team":{"id":"` + team + `"},"user":{"id":"U0ADA"}}`, ""},
		"tampered environment": {"interactive", ask("../prod", "Viewer", "1h", "because"), "no such environment"},
		"tampered role":        {"interactive", ask("prod", "Public", "1h", "because"), "Viewer, Op"},
		"too long":             {"interactive", ask("prod", "Viewer", "87600h", "because"), "15 minutes to 8 hours"},
		"negative":             {"interactive", ask("prod", "Viewer", "-1h", "because"), "15 minutes"},
		"overflow":             {"interactive", ask("prod", "Viewer", "99999999999h", "because"), "how long"},
		"reason of 3,001":      {"interactive", ask("prod", "Viewer", "1h", strings.Repeat("é", 3001)), "3,000"},
		"reason of NULs":       {"interactive", ask("prod", "Viewer", "1h", strings.Repeat("\x00", 10)), "few words"},
		"unknown form":         {"interactive", `{"type":"view_submission","team":{"id":"` + team + `"},"user":{"id":"U0ADA"},"view":{"callback_id":"x"}}`, ""},
		"closed":               {"interactive", `{"type":"view_closed","team":{"id":"` + team + `"},"user":{"id":"U0ADA"}}`, ""},
		"shortcut":             {"interactive", `{"type":"shortcut","team":{"id":"` + team + `"},"user":{"id":"U0ADA"},"callback_id":"x"}`, ""},
		"shortcut elsewhere":   {"interactive", `{"type":"shortcut","team":{"id":"T0OTHER"},"user":{"id":"U0ADA"},"callback_id":"ask","trigger_id":"1.2.3"}`, ""},
		"message of rubbish":   {"interactive", `{"type":"message_action","team":{"id":"` + team + `"},"user":{"id":"U0ADA"},"callback_id":"ask_about","message":{"text":7}}`, ""},
		"org-wide":             {"interactive", `{"type":"block_actions","team":null,"enterprise":{"id":"E1"},"user":{"id":"U0ADA"}}`, ""},
		"not an object":        {"interactive", `[1,2]`, ""},
		"wrong types":          {"interactive", `{"type":7,"team":"T","user":[]}`, ""},
		"null":                 {"interactive", `null`, ""},
		"command elsewhere":    {"slash_commands", `{"team_id":"T0OTHER","user_id":"U0ADA","command":"/airflow","text":""}`, "only works"},
		"command wrong types":  {"slash_commands", `{"team_id":1}`, ""},
		"event":                {"events_api", `{"type":"event_callback","team_id":"` + team + `","event":{"type":"app_mention"}}`, ""},
		"broken event":         {"events_api", `{"event":7}`, ""},
		"huge":                 {"interactive", `{"type":"block_actions","x":"` + strings.Repeat("y", 2<<20) + `"}`, ""},
	} {
		d, err := b.DeliverRaw(b.ctx(), c.kind, "", json.RawMessage(c.payload))
		if err != nil || !d.Acked {
			t.Errorf("%s: not acknowledged: %s %v", name, d.Error, err)
		}
		if !strings.Contains(string(d.Answer), c.says) {
			t.Errorf("%s: answered %s", name, d.Answer)
		}
	}
	if all := b.recorded(); len(all) != 0 {
		t.Errorf("stored: %+v", all)
	}
	if n := b.counted("block_actions unknown"); n < 4 {
		t.Errorf("%d unknown clicks counted", n)
	}
	if _, err := b.As(ada).WaitMessage(b.ctx(), workspace.Saying("only works for people")); err != nil {
		t.Error("a stranger is not told why:", err)
	}
}

func TestABlockThatNobodyKnowsDoesNotLoseTheClick(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	payload := `{"type":"block_actions","team":{"id":"` + b.TeamID() + `"},"user":{"id":"U0BOB"},"container":{"channel_id":"` + desk + `"},
		"message":{"blocks":[{"type":"section","text":7},{"type":"hologram","depth":{"x":[1]}}]},"brand_new":{"a":1},
		"actions":[{"action_id":"request.approve","value":"01REQ","type":"button","text":9}]}`
	if d, err := b.DeliverRaw(b.ctx(), "interactive", "", json.RawMessage(payload)); err != nil || !d.Acked {
		t.Fatalf("%+v %v", d, err)
	}
	if a := b.one(); a.Request != "01REQ" || a.Slack.ID != bob || a.Channel != desk {
		t.Errorf("%+v", a)
	}
}
