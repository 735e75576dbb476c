package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// form fills the request form in and leaves it open.
func (tw *town) form(who, target, duration, reason string) *workspace.ViewHandle {
	tw.Helper()
	p := tw.as(who)
	environment, role, _ := strings.Cut(target, "/")
	if _, err := p.Slash(tw.ctx(), sandbox.Command, "", p.DM()); err != nil {
		tw.Fatal(err)
	}
	form, err := p.WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackAsk })
	if err != nil {
		tw.Fatal("the form does not open:", err)
	}
	for _, choice := range [][2]string{{messages.FieldEnvironment, environment}, {messages.FieldRole, role}, {messages.FieldDuration, duration}} {
		if err := form.Select(tw.ctx(), "", choice[0], choice[1]); err != nil {
			tw.Fatal(choice, err)
		}
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, reason); err != nil {
		tw.Fatal(err)
	}
	return form
}

func TestWhatSlackDeliversTwiceHappensOnce(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.Slack.Misdeliver(workspace.Misdelivery{Copies: 1})
	tw.ask("ada", "prod/User", "1 hour", "everything twice")
	tw.sees("ada", "everything twice", "Waiting")
	if n := len(tw.Slack.OpenViews(tw.Person("ada").SlackID)); n != 0 {
		t.Errorf("%d forms are open", n)
	}
	tw.press("grace", "Approve", "everything twice")
	tw.sees("ada", "everything twice", "Access is active")
	tw.idle()
	if n := len(tw.about("everything twice")); n != 4 { // ada, grace, olivia, the channel
		t.Errorf("%d cards", n)
	}
	if wrong := tw.about("was not applied"); len(wrong) > 0 || tw.creations("ada", "prod/User") != 1 {
		t.Errorf("happened twice: %+v", wrong)
	}
	// And the same envelope again, much later.
	for _, d := range tw.Slack.Deliveries() {
		if d.Type == "block_actions" || d.Type == "view_submission" {
			if again, err := tw.Slack.Replay(tw.ctx(), d); err != nil || !again.Acked {
				t.Errorf("a replay is not acknowledged: %+v, %v", again, err)
			}
		}
	}
	tw.idle()
	if n := len(tw.about("everything twice")); n != 4 || tw.creations("ada", "prod/User") != 1 {
		t.Errorf("a replay did something: %d cards", n)
	}
}

func TestAFormThatIsSubmittedTwiceIsOneRequest(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	form := tw.form("ada", "prod/Viewer", "1 hour", "did it work")
	tw.Slack.Misdeliver(workspace.Misdelivery{Types: []string{"view_submission"}, Times: 1, LoseAck: true})
	if _, err := form.Submit(tw.ctx()); err == nil {
		t.Fatal("the acknowledgement was not lost")
	}
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed { // Slack said that it had not worked
		t.Fatalf("%+v %v", s, err)
	}
	tw.sees("ada", "did it work", "Waiting")
	tw.idle()
	if n := len(tw.about("did it work")); n != 3 {
		t.Errorf("%d cards for one form", n)
	}
}

func TestForgedValuesDoNothing(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "mine alone")
	card := tw.sees("grace", "mine alone")
	id := card.Button("Approve").Value()
	chen, ben := tw.Person("chen").SlackID, tw.Person("ben").SlackID
	tw.deliver(tw.forgedClick(chen, messages.ActionApprove, "no-such-request"))
	tw.sees("chen", "Your decision was not applied", "not found")
	tw.deliver(tw.forgedClick(ben, messages.ActionCancel, id))
	tw.sees("ben", "Nothing was cancelled or given back", "only the requester can cancel")
	tw.deliver(tw.forgedClick(chen, messages.ActionApprove, id))
	tw.sees("chen", "Your decision was not applied", "not one of the people who may decide")
	deny := func(slackID, request string) map[string]any {
		return map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": slackID},
			"view": map[string]any{"callback_id": messages.CallbackDeny, "private_metadata": request, "state": map[string]any{"values": map[string]any{
				messages.FieldReason: map[string]any{messages.FieldReason: map[string]any{"value": "because I can"}}}}}}
	}
	tw.deliver(deny(ben, id))
	tw.sees("ben", "Your decision was not applied", "not one of the people who may decide")
	tw.deliver(deny(tw.Person("ada").SlackID, id))
	tw.sees("ada", "Your decision was not applied", "nobody decides their own request")
	tw.idle()
	tw.sees("ada", "mine alone", "Waiting for approval")
	tw.click(card, "Approve")
	tw.sees("ada", "mine alone", "Access is active")
	// A grant is not given back by somebody else either.
	tw.deliver(tw.forgedClick(ben, messages.ActionGiveBack, id))
	tw.eventually("he is refused again", func() bool { return len(tw.about("only the requester can cancel")) == 2 })
	if !tw.has("ada", "prod/Viewer") {
		t.Error("somebody else gave it back")
	}
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "mine alone", "Access has ended")
}
