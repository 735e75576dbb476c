package bot_test

import (
	"slices"
	"strings"
	"testing"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/messages"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
)

// theCut waits until the sessions of one person are cut, or are being, and returns that cut.
func (tw *town) theCut() (c access.Cut) {
	tw.Helper()
	tw.eventually("somebody is cut", func() bool {
		tw.operate(func(o *bot.Operator) error {
			all, err := o.Store.LiveCuts(tw.ctx())
			if len(all) == 1 {
				c = all[0]
			}
			return err
		})
		return c.ID != ""
	})
	return c
}

// submits fills in why sessions are cut, in the form that says what that reaches.
func (tw *town) submits(who, why string) {
	tw.Helper()
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackCut })
	if err != nil {
		tw.Fatal("no form to say why:", err)
	}
	for _, words := range []string{"in every account that uses it", "an Airflow tab that is open", "Active sessions"} {
		if !strings.Contains(form.View().Visible(), words) {
			tw.Errorf("the form does not say %q:\n%s", words, form.View().Visible())
		}
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, why); err != nil {
		tw.Fatal(err)
	}
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		tw.Fatalf("the form stays: %+v %v", s, err)
	}
}

func TestAnAdminCutsSessionsInSlack(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Admins = []string{"sam@example.com", "grace@example.com"} })
	tw.home("grace", "For those who run airpass")
	tw.given("ada", "prod/Viewer", "2 hours", "a long look", "grace")
	card := tw.sees("grace", "a long look", "Cut sessions…")
	home := tw.home("sam", "Access that is live", "Ada Lindqvist")
	if _, err := home.Button("Cut sessions…").Click(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	tw.submits("sam", "laptop stolen")
	tw.sees("sam", "The sessions of ada@example.com", "are being cut")
	tw.comesTo(tw.theCut(), access.CutDone)
	tw.sees("ada", "a long look", "has ended", "sessions cut: laptop stolen – Sam Whitfield")
	tw.home("sam", "Ada Lindqvist", "are cut since", "laptop stolen – Sam Whitfield")

	tw.click(card, "Cut sessions…") // of an old rendering
	tw.submits("grace", "once more")
	tw.sees("grace", "No sessions were cut", "there is no access any more")
}

func TestOnlyAdminsCutSessions(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/Viewer", "2 hours", "a long look", "grace")
	id := tw.sees("grace", "a long look", "Take away…").Button("Take away…").Value()
	for _, who := range []string{"grace", "ada", "chen"} {
		tw.deliver(map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person(who).SlackID},
			"view": map[string]any{"id": "V0CUT" + who, "callback_id": messages.CallbackCut, "private_metadata": id, "state": map[string]any{"values": map[string]any{
				messages.FieldReason: map[string]any{messages.FieldReason: map[string]any{"value": "I would like to"}}}}}})
		tw.sees(who, "No sessions were cut", "only airpass admins")
	}
	tw.idle()
	if !tw.has("ada", "prod/Viewer") {
		t.Error("a forged form took access away")
	}
	if slices.ContainsFunc(tw.about("a long look"), func(m workspace.Message) bool { return strings.Contains(m.Visible(), "Cut sessions") }) {
		t.Error("somebody who is no admin is offered it")
	}
}

func TestTheSessionsOfPeopleWhoLeftAreCut(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) {
		every, err := config.ParseSchedule("@every 3s")
		if err != nil {
			panic(err)
		}
		c.Schedules.Deactivation = every
		own := *c.AWS.Cuts
		own.Deactivated = true
		c.AWS.Cuts = &own
	})
	tw.given("ada", "prod/Viewer", "8 hours", "last day", "grace")
	if err := tw.Okta.SetStatus(tw.Person("ada").Login, okta.Deprovisioned); err != nil {
		t.Fatal(err)
	}
	tw.comesTo(tw.theCut(), access.CutDone)
	tw.sees("grace", "last day", "Access ended", "sessions cut: Okta says DEPROVISIONED")
	if !tw.denies(tw.set("prod/Viewer").InlinePolicy, "ada") || tw.assignments("ada", "prod/Viewer") > 0 {
		t.Error("she is not denied, or has it still")
	}
	if tw.denies(tw.set("prod/Viewer").InlinePolicy, "ben") {
		t.Error("somebody else is cut too")
	}
}
