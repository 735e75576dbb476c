package bot_test

import (
	"strings"
	"testing"

	"airpass/access"
	"airpass/config"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

// sendsLift is the form in which a cut is lifted as it arrives from somebody, whether they
// were shown it or not.
func (tw *town) sendsLift(who string, c access.Cut, view string) {
	tw.Helper()
	tw.deliver(map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person(who).SlackID},
		"view": map[string]any{"id": "V0LIFT" + view + who, "callback_id": messages.CallbackLift, "private_metadata": c.ID, "state": map[string]any{"values": map[string]any{
			messages.FieldReason: map[string]any{messages.FieldReason: map[string]any{"value": "I would like to"}}}}}})
}

func TestAnAdminLiftsACutInSlack(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Admins = []string{"sam@example.com", "ada@example.com"} })
	tw.home("sam", "For those who run airpass")
	tw.given("ada", "prod/Viewer", "2 hours", "a long look", "grace")
	c := tw.comesTo(tw.cut("ada", "prod/Viewer", "laptop stolen"), access.CutDone)
	tw.ask("ada", "prod/Viewer", "1 hour", "let me in")
	tw.sees("ada", "Your request was not made", "are cut: until "+c.LiftAt.UTC().Format("2006-01-02 15:04"), "An airpass admin can lift it earlier")

	tw.sendsLift("chen", c, "1")
	tw.sees("chen", "Nothing was lifted", "only airpass admins")
	tw.sendsLift("ada", c, "1") // who is one, of what is cut of her
	tw.sees("ada", "Nothing was lifted", "your own sessions")
	tw.cutIs(c, access.CutDone)

	home := tw.home("sam", "are cut since", "laptop stolen", "Lift…")
	if _, err := home.Button("Lift…").Click(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	form, err := tw.as("sam").WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackLift })
	if err != nil {
		t.Fatal("no form to say why:", err)
	}
	if said := form.View().Visible(); !strings.Contains(said, "Ada Lindqvist") || !strings.Contains(said, "What was taken away stays so") {
		t.Errorf("the form does not say whom it is about and what comes of it:\n%s", said)
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, "found again"); err != nil {
		t.Fatal(err)
	}
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		t.Fatalf("the form stays: %+v %v", s, err)
	}
	tw.sees("sam", "The sessions of ada@example.com", "are let in again")
	c = tw.comesTo(c, access.CutLifted)
	if c.Note != "found again – Sam Whitfield" || tw.denies(tw.set("prod/Viewer").InlinePolicy, "ada") {
		t.Errorf("not said who and why, or still denied: %+v", c)
	}
	if _, err := tw.as("sam").WaitHome(tw.ctx(), func(v workspace.View) bool { return !strings.Contains(v.Visible(), "are cut since") }); err != nil {
		t.Error("the Home tab still lists it:", err)
	}
	tw.sendsLift("sam", c, "2")
	tw.sees("sam", "Nothing was lifted", "are cut no longer")
	tw.given("ada", "prod/Viewer", "1 hour", "back at work", "grace")
}
