package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/bot"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// glass is a policy by which the platform team may take a target at once, and security and
// the owners review it.
func glass(w *sandbox.World, yaml string) string {
	platform := ""
	for _, g := range w.Okta.Groups() {
		if w.Okta.IsMember(g.ID, w.Person("pavel").OktaID) && !w.Okta.IsMember(g.ID, w.Person("ada").OktaID) && w.Okta.IsMember(g.ID, w.Person("olivia").OktaID) {
			platform = g.ID
		}
	}
	return decidedBy("prod/User", `  - name: story
    stages:
      - name: manager
        approvers: [manager]
    break_glass:
      requesters: [`+platform+`]
      max_duration: 1h
      channel: `+sandbox.AdminChannel+`
      reviewers: [{okta_group: GROUP}]
      review_within: 2d
      remind_every: 1d
`)(w, yaml)
}

// breaks takes a target at once, with the form that the command opens.
func (tw *town) breaks(who, target, duration, reason string) {
	tw.Helper()
	p := tw.as(who)
	if _, err := p.Slash(tw.ctx(), sandbox.Command, "break-glass", p.DM()); err != nil {
		tw.Fatal(err)
	}
	form, err := p.WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackBreakGlass })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	for field, value := range map[string]string{messages.FieldTarget: target, messages.FieldDuration: duration} {
		if err := form.Select(tw.ctx(), field, field, value); err != nil {
			tw.Fatal(field, err)
		}
	}
	tw.sends(form, reason)
}

// reviews gives a review with the button of a card.
func (tw *town) reviews(who string, card workspace.Message, verdict, comment string) {
	tw.Helper()
	tw.click(card, "Review…")
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackReview })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	if err := form.Select(tw.ctx(), messages.FieldVerdict, messages.FieldVerdict, verdict); err != nil {
		tw.Fatal(err)
	}
	tw.sends(form, comment)
}

func (tw *town) sends(form *workspace.ViewHandle, reason string) {
	tw.Helper()
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, reason); err != nil {
		tw.Fatal(err)
	}
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		tw.Fatalf("the form stays: %+v %v", s, err)
	}
}

func TestTakenAtOnceAndReviewed(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), glass)
	tw.breaks("pavel", "prod/User", "1 hour", "the scheduler is down")
	tw.sees("pavel", "the scheduler is down", "Access is active", "Taken at once, without a decision", "Its review is owed until")
	if !tw.has("pavel", "prod/User") {
		t.Fatal("he has it not")
	}
	tw.seesIn("olivia", sandbox.AdminChannel, "the scheduler is down", "Break-glass", "Pavel")
	card := tw.sees("sam", "the scheduler is down", "Break-glass", "Its review is owed until")
	if owed := served(tw, "airpass_reviews_owed"); owed != 1 {
		t.Error("owed:", owed)
	}
	// Nobody reviews their own; nor does who is not named.
	var request string
	tw.operate(func(o *bot.Operator) error {
		all, err := o.Store.OwedReviews(tw.ctx(), 10)
		if err == nil && len(all) == 1 {
			request = all[0].Request
		}
		return err
	})
	tw.deliver(map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person("pavel").SlackID},
		"view": map[string]any{"id": "V0OWN", "callback_id": messages.CallbackReview, "private_metadata": request, "state": map[string]any{"values": map[string]any{
			messages.FieldVerdict: map[string]any{messages.FieldVerdict: map[string]any{"selected_option": map[string]any{"value": "review_justified"}}},
			messages.FieldReason:  map[string]any{messages.FieldReason: map[string]any{"value": "I say so"}}}}}})
	tw.sees("pavel", "Your review was not recorded", "somebody else has to review what you took")
	tw.reviews("sam", card, "justified", "it was down indeed")
	tw.sees("sam", "the scheduler is down", "Reviewed by Sam", "it was justified", "it was down indeed")
	tw.sees("pavel", "the scheduler is down", "Reviewed by Sam")
	if owed := served(tw, "airpass_reviews_owed"); owed != 0 {
		t.Error("still owed:", owed)
	}
	tw.click(card, "Review…") // of an old rendering
	tw.advance(time.Hour + 2*time.Minute)
	tw.sees("pavel", "the scheduler is down", "Access has ended")
	tw.eventually("it is gone", func() bool { return tw.free("pavel", "prod/User") })
}

func TestNotJustifiedTakesItAway(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), glass)
	tw.breaks("pavel", "prod/User", "1 hour", "just looking")
	tw.sees("pavel", "just looking", "Access is active")
	tw.reviews("sam", tw.sees("sam", "just looking", "Break-glass"), "not justified: take the access away now", "there was no emergency")
	tw.sees("pavel", "just looking", "it was not justified", "Access has ended")
	tw.eventually("it is gone", func() bool { return tw.free("pavel", "prod/User") })
}

func TestWhoIsNotNamedCannotBreakTheGlass(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), glass)
	tw.breaks("ada", "prod/User", "1 hour", "I want it too")
	tw.sees("ada", "Nothing was given", "you are not in one of the Okta groups")
	tw.deliver(map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person("pavel").SlackID},
		"view": map[string]any{"id": "V0FORGED", "callback_id": messages.CallbackBreakGlass, "state": map[string]any{"values": map[string]any{
			messages.FieldTarget:   map[string]any{messages.FieldTarget: map[string]any{"selected_option": map[string]any{"value": "prod/Op"}}},
			messages.FieldDuration: map[string]any{messages.FieldDuration: map[string]any{"selected_option": map[string]any{"value": "1h0m0s"}}},
			messages.FieldReason:   map[string]any{messages.FieldReason: map[string]any{"value": "forged"}}}}}})
	tw.sees("pavel", "Nothing was given", "cannot be taken without a decision")
	if !tw.untouched("ada", "prod/User") || !tw.untouched("pavel", "prod/Op") {
		t.Error("something was given")
	}
}

// A review is chased through a week, until somebody gives it.
func TestAReviewIsChasedUntilItIsGiven(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), glass)
	tw.breaks("pavel", "prod/User", "1 hour", "the scheduler is down")
	tw.sees("sam", "the scheduler is down", "Its review is owed until")
	reminders := func() int { return strings.Count(tw.inbox("sam"), "You owe a review") }
	for day := 1; day <= 7; day++ {
		tw.advance(24*time.Hour + time.Minute)
		tw.eventually("a reminder a day", func() bool { return reminders() >= day })
	}
	tw.seesIn("olivia", sandbox.AdminChannel, "was due", "nobody has given it")
	if late := served(tw, "airpass_reviews_overdue"); late != 1 {
		t.Error("overdue:", late)
	}
	tw.reviews("olivia", tw.seesIn("olivia", sandbox.AdminChannel, "the scheduler is down", "review is overdue"), "justified", "late, but it was")
	tw.sees("pavel", "the scheduler is down", "Reviewed by Olivia")
	told := reminders()
	tw.advance(3 * 24 * time.Hour)
	tw.idle()
	if reminders() != told || served(tw, "airpass_reviews_owed") != 0 {
		t.Error("chased after it was given")
	}
}
