package bot_test

import (
	"testing"
	"time"

	"airpass/messages"
	"airpass/sandbox/workspace"
)

// shortens approves a request for less time, with the button of a rendering.
func (tw *town) shortens(who string, m workspace.Message, duration string) {
	tw.Helper()
	tw.click(m, "Approve shorter…")
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackShorter })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	if err := form.Select(tw.ctx(), messages.FieldDuration, messages.FieldDuration, duration); err != nil {
		tw.Fatal(err)
	}
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		tw.Fatalf("the form stays: %+v %v", s, err)
	}
}

func TestApprovedForLessTimeThanWasAskedFor(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), decidedBy("prod/User", twoStages))
	tw.ask("ada", "prod/User", "2 hours", "DATA-20 half of it is enough")
	old := tw.sees("olivia", "DATA-20", "0 of 2 have agreed")
	tw.shortens("grace", tw.sees("grace", "DATA-20"), "30 minutes")
	tw.sees("ada", "DATA-20", "30 minutes (2 hours asked for)", "Grace Adeyemi for 30 minutes")
	tw.click(old, "Approve shorter…") // of a card that is older than that
	tw.sees("olivia", "nothing shorter")
	tw.click(old, "Approve")
	tw.press("sam", "Approve", "DATA-20", "30 minutes (2 hours asked for)")
	tw.sees("ada", "DATA-20", "Access is active", "30 minutes (2 hours asked for)")
	tw.advance(29 * time.Minute)
	if !tw.has("ada", "prod/User") {
		t.Error("it ended before the time that was given")
	}
	tw.advance(2 * time.Minute)
	tw.sees("ada", "DATA-20", "Access has ended")
	if !tw.free("ada", "prod/User") {
		t.Error("it outlived the time that was given")
	}
}

func TestForgedShorteningsGiveNothing(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "no more than that")
	id := tw.sees("grace", "no more than that").Button("Approve").Value()
	form := func(who, duration string) map[string]any {
		return map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person(who).SlackID},
			"view": map[string]any{"id": "V0" + who + duration, "callback_id": messages.CallbackShorter, "private_metadata": id, "state": map[string]any{"values": map[string]any{
				messages.FieldDuration: map[string]any{messages.FieldDuration: map[string]any{"selected_option": map[string]any{"value": duration}}}}}}}
	}
	tw.deliver(form("ada", "30m"))
	tw.sees("ada", "Your decision was not applied", "nobody decides their own request")
	tw.deliver(form("chen", "30m"))
	tw.sees("chen", "Your decision was not applied", "not one of the people who may decide")
	tw.deliver(form("grace", "8h"))
	tw.sees("grace", "Your decision was not applied", "not shorter than what was asked for")
	tw.idle()
	tw.sees("ada", "no more than that", "Waiting for approval")
	if !tw.free("ada", "prod/Viewer") {
		t.Error("a forged form gave access")
	}
}
