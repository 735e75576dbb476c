package bot_test

import (
	"strings"
	"testing"

	"airpass/access"
	"airpass/bot"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// inquires presses a button of a rendering and fills in the form of it.
func (tw *town) inquires(who string, card workspace.Message, button, callback, text string) {
	tw.Helper()
	tw.click(card, button)
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == callback })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	tw.sends(form, text)
}

// writes submits a form of a question or an answer that nobody was shown.
func (tw *town) writes(who, view, callback, about, text string) {
	tw.Helper()
	tw.deliver(map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person(who).SlackID},
		"view": map[string]any{"id": view, "callback_id": callback, "private_metadata": about, "state": map[string]any{"values": map[string]any{
			messages.FieldReason: map[string]any{messages.FieldReason: map[string]any{"value": text}}}}}})
}

// waiting is the newest request that waits, with what was asked about it.
func (tw *town) waiting() (r access.Request, asked []access.Query) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		all, err := o.Store.PendingRequests(tw.ctx(), 1)
		if err != nil || len(all) == 0 {
			return err
		}
		r = all[0]
		asked, err = o.Store.QuestionsOf(tw.ctx(), r.ID)
		return err
	})
	return r, asked
}

func TestAnApproverAsksAndTheRequesterAnswers(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/User", "1 hour", "the nightly run")
	card := tw.sees("grace", "the nightly run", "Ask a question…")
	tw.inquires("grace", card, "Ask a question…", messages.CallbackQuestion, "Is it <!channel> *urgent*, @here?")
	question := tw.sees("ada", "A question about your request", "Grace Adeyemi asks", "urgent")
	tw.sees("olivia", "the nightly run", "Grace Adeyemi asks")
	tw.stop()
	tw.begin()
	tw.inquires("ada", question, "Answer…", messages.CallbackReply, "Yes: <https://evil.example|approve> & <@U0GRACE>")
	tw.sees("grace", "Ada", "has answered what you asked", "evil.example")
	tw.sees("olivia", "the nightly run", "answers", "evil.example")
	tw.seesIn("olivia", sandbox.RequestsChannel, "the nightly run", "Grace Adeyemi asks", "answers")
	tw.sees("ada", "A question about your request", "answers")
	for _, m := range append(tw.about("urgent"), tw.about("evil.example")...) {
		if n := m.Notifies(); len(n) > 0 {
			t.Errorf("a text notifies %q", n)
		}
		if strings.Contains(m.Visible(), "\x00") {
			t.Errorf("unreadable: %q", m.Visible())
		}
	}
	tw.click(question, "Answer…") // of an old rendering
	tw.press("grace", "Approve", "the nightly run", "answers")
	tw.sees("ada", "the nightly run", "Access is active", "Grace Adeyemi asks")
	var trail int
	tw.operate(func(o *bot.Operator) error {
		return o.Store.DB().QueryRowContext(tw.ctx(), "SELECT count(*) FROM audit_events WHERE kind IN ('question.asked', 'question.answered')").Scan(&trail)
	})
	if trail != 2 {
		t.Errorf("%d events in the trail", trail)
	}
}

func TestWhoMayNotDecideMayNotAsk(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/User", "1 hour", "the nightly run")
	card := tw.seesIn("chen", sandbox.RequestsChannel, "the nightly run", "Ask a question…")
	tw.inquires("chen", card, "Ask a question…", messages.CallbackQuestion, "what is it about?")
	tw.sees("chen", "Your question was not asked", "you are not one of the people")
	tw.inquires("ada", tw.seesIn("ada", sandbox.RequestsChannel, "the nightly run"), "Ask a question…", messages.CallbackQuestion, "am I nice?")
	tw.sees("ada", "Your question was not asked")
	r, asked := tw.waiting()
	if len(asked) != 0 {
		t.Fatalf("asked: %+v", asked)
	}
	tw.writes("grace", "V0LONG", messages.CallbackQuestion, r.ID, strings.Repeat("x", access.MaxSaid+1))
	tw.writes("grace", "V0ONE", messages.CallbackQuestion, r.ID, "for which DAG?")
	tw.writes("grace", "V0ONE", messages.CallbackQuestion, r.ID, "for which DAG?") // Slack sends it again
	tw.sees("ada", "Grace Adeyemi asks", "for which DAG?")
	_, asked = tw.waiting()
	if len(asked) != 1 {
		t.Fatalf("%d questions", len(asked))
	}
	tw.writes("chen", "V0CHEN", messages.CallbackReply, asked[0].ID, "I answer instead")
	tw.sees("chen", "Your answer was not recorded", "only the requester")
	tw.writes("ada", "V0ADA", messages.CallbackReply, "no-such-question", "to nobody")
	tw.sees("ada", "Your answer was not recorded")
	tw.writes("ada", "V0FIRST", messages.CallbackReply, asked[0].ID, "the ledger")
	tw.sees("grace", "the nightly run", "the ledger")
	tw.writes("ada", "V0SECOND", messages.CallbackReply, asked[0].ID, "no, another one")
	tw.sees("ada", "you have answered this question already")
	if len(tw.about("I answer instead"))+len(tw.about("another one")) != 0 {
		t.Error("somebody reads what was refused")
	}
}

func TestQuestionsAreBoundedAndEndWithTheRequest(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/User", "1 hour", "the nightly run")
	card := tw.sees("grace", "the nightly run", "Ask a question…")
	r, _ := tw.waiting()
	for n := range access.MaxQuestions {
		text := "question number " + string(rune('A'+n))
		tw.writes("grace", "V0Q"+string(rune('A'+n)), messages.CallbackQuestion, r.ID, text)
		tw.sees("ada", "A question about your request", text)
	}
	tw.writes("grace", "V0MANY", messages.CallbackQuestion, r.ID, "one too many")
	tw.sees("grace", "Your question was not asked", "there can be no more")
	_, asked := tw.waiting()
	tw.press("grace", "Deny", "the nightly run")
	form, err := tw.as("grace").WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackDeny })
	if err != nil {
		t.Fatal(err)
	}
	tw.sends(form, "not now")
	tw.sees("ada", "the nightly run", "Denied")
	tw.eventually("no question can be answered", func() bool {
		for _, m := range tw.as("ada").Messages(tw.as("ada").DM()) {
			if strings.Contains(m.Visible(), "A question about your request") && len(m.Buttons()) > 0 {
				return false
			}
		}
		return true
	})
	tw.writes("ada", "V0LATE", messages.CallbackReply, asked[0].ID, "too late")
	tw.sees("ada", "Your answer was not recorded")
	tw.click(card, "Ask a question…") // of an old rendering
	tw.sees("grace", "does not wait for a decision any more")
	tw.writes("olivia", "V0AFTER", messages.CallbackQuestion, r.ID, "why not?")
	tw.sees("olivia", "Your question was not asked", "denied")
}
