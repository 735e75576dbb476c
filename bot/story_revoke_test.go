package bot_test

import (
	"testing"
	"time"

	"airpass/config"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
)

// takes takes access away with the button of a rendering.
func (tw *town) takes(who string, m workspace.Message, why string) {
	tw.Helper()
	tw.click(m, "Take away…")
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackRevoke })
	if err != nil {
		tw.Fatal("no form to say why:", err)
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, why); err != nil {
		tw.Fatal(err)
	}
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		tw.Fatalf("the form stays: %+v %v", s, err)
	}
}

func TestAnApproverTakesAccessAwayEarly(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/Viewer", "1 hour", "a long look", "grace")
	card := tw.sees("grace", "a long look", "Take away…")
	tw.takes("grace", card, "incident <!channel> 4711")
	tw.sees("ada", "Your access to prod/Viewer is taken away by Grace Adeyemi", "incident")
	tw.everyCard("a long look", 3, "has ended", "It was taken away (incident", "Grace Adeyemi")
	if !tw.free("ada", "prod/Viewer") {
		t.Error("she has it still")
	}
	for _, m := range tw.about("incident") {
		if n := m.Notifies(); len(n) > 0 {
			t.Errorf("the reason notifies %q", n)
		}
	}
	tw.takes("grace", card, "once more, from an old card")
	tw.idle()
	if n := len(tw.about("Nothing was taken away")) + len(tw.about("Your access to prod/Viewer is taken away")); n != 1 {
		t.Errorf("one wish is %d notices", n)
	}
}

func TestWhoMayTakeAccessAwayIsAskedWhenItIsApplied(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/Viewer", "2 hours", "who ends it", "grace")
	cards := map[string]workspace.Message{}
	for _, who := range []string{"ada", "chen", "grace", "olivia"} {
		cards[who] = tw.seesIn(who, sandbox.RequestsChannel, "who ends it", "Take away…")
	}
	tw.takes("chen", cards["chen"], "I would like to")
	tw.sees("chen", "Nothing was taken away", "only those who may decide about it")
	tw.takes("ada", cards["ada"], "my own")
	tw.sees("ada", "Nothing was taken away", "it is your own access; give it back")
	if err := tw.Okta.SetProfile(tw.Person("ada").Login, map[string]any{"managerId": tw.Person("henry").Login}); err != nil {
		t.Fatal(err)
	}
	tw.takes("grace", cards["grace"], "no longer her manager")
	tw.sees("grace", "Nothing was taken away", "only those who may decide about it")
	if !tw.has("ada", "prod/Viewer") {
		t.Fatal("it is gone")
	}
	down(tw.Okta.Faults())
	tw.takes("olivia", cards["olivia"], "she owns the environment")
	tw.sees("olivia", "Checking…")
	tw.Okta.Faults().Clear()
	tw.advance(20 * time.Second)
	tw.sees("ada", "who ends it", "has ended", "It was taken away (she owns the environment – Olivia Brandt)")
	if !tw.free("ada", "prod/Viewer") {
		t.Error("she has it still")
	}
}

// What was made longer ends as a whole, whichever card the button is on, also while
// new grants are paused and when only an admin is left.
func TestTakingAwayMeansAllOfIt(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Admins = []string{"sam@example.com"} })
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.extends("ada", "the nightly run", "2 hours", "it takes longer")
	tw.press("grace", "Approve", "it takes longer")
	tw.sees("ada", "it takes longer", "Access is active")
	tw.takes("sam", tw.seesIn("sam", sandbox.RequestsChannel, "it takes longer", "Take away…"), "enough now")
	tw.everyCardNow("the nightly run", "has ended", "enough now")
	tw.everyCardNow("it takes longer", "has ended", "enough now")
	if !tw.free("ada", "prod/User") {
		t.Error("a part of it is left")
	}
}

func TestForgedRevocationsTakeNothing(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "not even there")
	id := tw.sees("grace", "not even there").Button("Approve").Value()
	form := func(slackID, request, why string) map[string]any {
		return map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": slackID},
			"view": map[string]any{"id": "V0" + slackID + why, "callback_id": messages.CallbackRevoke, "private_metadata": request, "state": map[string]any{"values": map[string]any{
				messages.FieldReason: map[string]any{messages.FieldReason: map[string]any{"value": why}}}}}}
	}
	tw.deliver(form(tw.Person("grace").SlackID, id, "before"))
	tw.sees("grace", "Nothing was taken away", "there is no access to take away")
	tw.deliver(form(tw.Person("chen").SlackID, "no-such-request", "nowhere"))
	tw.sees("chen", "Nothing was taken away", "not found")
	tw.press("grace", "Approve", "not even there")
	tw.sees("ada", "not even there", "Access is active")
	tw.newcomer("ada2", "ada@example.com", "", func(*okta.User) bool { return false }, nil)
	tw.deliver(form("U0ADA2", id, "by another account of hers"))
	tw.sees("ada2", "Nothing was taken away", "it is your own access")
	tw.idle()
	if !tw.has("ada", "prod/Viewer") {
		t.Error("a forged form took access away")
	}
}
