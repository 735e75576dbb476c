package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// types types a command in a conversation; empty is the direct message with airpass.
func (tw *town) types(who, text, channel string) {
	tw.Helper()
	if _, err := tw.as(who).Slash(tw.ctx(), sandbox.Command, text, channel); err != nil {
		tw.Fatal(who, "types", text, err)
	}
}

// isTold waits until somebody alone is told something with these words where they typed.
func (tw *town) isTold(who, channel string, words ...string) workspace.Message {
	tw.Helper()
	p := tw.as(who)
	if channel == "" {
		channel = p.DM()
	}
	says := workspace.Saying(words...)
	m, err := p.WaitMessage(tw.ctx(), func(m workspace.Message) bool {
		return m.Channel == channel && m.EphemeralFor == p.ID() && says(m)
	})
	if err != nil {
		tw.Fatalf("%s is not told %q: %v\n%s\n%s", who, words, err, tw.inbox(who), tw.log)
	}
	return m
}

func TestACompleteCommandIsARequest(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.types("ada", "request prod Viewer 4h because the <!channel> load is stuck", sandbox.RequestsChannel)
	tw.isTold("ada", sandbox.RequestsChannel, "Noted: prod/Viewer for 4 hours")
	tw.press("grace", "Approve", "load is stuck", "4 hours")
	tw.sees("ada", "load is stuck", "Access is active")
	if !tw.has("ada", "prod/Viewer") {
		t.Error("approved, and no access")
	}
	for _, m := range tw.about("load is stuck") {
		if strings.Contains(m.Text, "<!channel>") {
			t.Errorf("everybody is mentioned: %s", m.Text)
		}
	}
	tw.types("ada", "request prod Admin 1 hour because I want to", sandbox.RequestsChannel)
	tw.isTold("ada", sandbox.RequestsChannel, "Your request was not made", "not in one of the Okta groups")
}

func TestWhatACommandLeavesOpenIsAskedInTheForm(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	p := tw.as("ada")
	form := func(typed string) *workspace.ViewHandle {
		t.Helper()
		before := p.OpenView()
		tw.types("ada", typed, "")
		v, err := p.WaitView(tw.ctx(), func(v workspace.View) bool {
			return v.CallbackID == messages.CallbackAsk && (before == nil || v.ID != before.View().ID)
		})
		if err != nil {
			t.Fatal(typed, err, tw.log)
		}
		return v
	}
	chosen := func(v *workspace.ViewHandle, field string) string {
		held := v.Values()[field][field]
		if o, is := held["selected_option"].(map[string]any); is {
			return o["value"].(string)
		}
		words, _ := held["value"].(string)
		return words
	}
	v := form("request prd Viewer 150m because of <https://evil.example|this>")
	if seen := v.View().Visible(); !strings.Contains(seen, "I did not understand “prd”. Did you mean prod?") {
		t.Errorf("the form says nothing of the typo:\n%s", seen)
	}
	for field, want := range map[string]string{messages.FieldRole: "Viewer", messages.FieldDuration: "2h30m0s", messages.FieldReason: "of <https://evil.example|this>"} {
		if got := chosen(v, field); got != want {
			t.Errorf("%s begins with %q, not %q", field, got, want)
		}
	}
	if err := v.Select(tw.ctx(), messages.FieldEnvironment, messages.FieldEnvironment, "prod"); err != nil {
		t.Fatal(err)
	}
	if s, err := v.Submit(tw.ctx()); err != nil || !s.Closed {
		t.Fatalf("%+v %v", s, err)
	}
	tw.sees("grace", "https://evil.example|this", "2 hours 30 minutes")
	for typed, empty := range map[string]string{"request prod Viewer 2 hours": messages.FieldReason, "request Viewer 1 day because x and y": messages.FieldEnvironment,
		"request prod 90m because x and y": messages.FieldRole} {
		v := form(typed)
		for _, field := range []string{messages.FieldEnvironment, messages.FieldRole, messages.FieldDuration, messages.FieldReason} {
			if got := chosen(v, field); (got == "") != (field == empty) {
				t.Errorf("%q fills %q into %s", typed, got, field)
			}
		}
	}
	if v := form("request prod Op 3 days because it takes long"); chosen(v, messages.FieldDuration) == "72h0m0s" || !strings.Contains(v.View().Visible(), "Op in prod can be had for 15 minutes to") {
		t.Errorf("what is too long is offered, or nobody says so:\n%s", v.View().Visible())
	}
}

func TestPeopleSeeExtendAndReturnWhatTheyHaveByCommand(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.types("ada", "me", "")
	tw.isTold("ada", "", "You have no access at the moment")
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.ask("ada", "prod/Viewer", "1 hour", "just looking")
	tw.sees("grace", "just looking", "Approve")
	tw.types("ada", "me", sandbox.RequestsChannel)
	m := tw.isTold("ada", sandbox.RequestsChannel, "User in prod", "1 hour left", "<!date^")
	if got := strings.Join(m.Buttons(), ", "); got != "Open Airflow, Extend, Give back" {
		t.Errorf("buttons: %s", got)
	}
	tw.types("ada", "STATUS", "")
	tw.isTold("ada", "", "User in prod", "Access is active", "Viewer in prod", "Waiting for approval")
	tw.types("ada", "extend prod 2 hours because it goes on", "")
	tw.isTold("ada", "", "Noted: 2 hours more for your access to prod")
	tw.press("grace", "Approve", "it goes on", "It makes access longer")
	tw.sees("ada", "the nightly run", "It was extended until")
	tw.types("ada", "return prod", "")
	tw.isTold("ada", "", "you have prod/User more than once")
	tw.types("ben", "return prod User", "")
	tw.isTold("ben", "", "you have no access to prod/User")
	tw.types("ada", "return", "")
	m = tw.isTold("ada", "", "Which access do you give back?", "User in prod")
	if got := m.Buttons(); len(got) != 2 || got[0] != "Give back" || m.Button("Give back").Confirm() == nil {
		t.Errorf("buttons: %q", got)
	}
	tw.click(m, "Give back")
	tw.eventually("it is gone", func() bool { return tw.free("ada", "prod/User") })
}

func TestAccessIsGivenBackInOneLine(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.types("ada", "return prod User", "")
	tw.isTold("ada", "", "Noted: your access to prod/User is given back")
	tw.sees("ada", "the nightly run", "It was given back", "Access has ended")
	if !tw.free("ada", "prod/User") {
		t.Error("something is left")
	}
}

func TestWhoHasAccessIsToldToThoseWhoAnswerForTheEnvironment(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	for _, may := range []string{"olivia", "sam"} { // who owns it, and who decides about a target there
		tw.types(may, "who PROD", "")
		tw.isTold(may, "", "Who has access to prod now", "Ada Lindqvist", "ada@example.com", "User in prod", "left")
	}
	tw.types("sam", "who dev", "")
	tw.isTold("sam", "", "Who has access to dev now", "Nobody has access through airpass")
	for _, not := range []string{"chen", "grace", "ada"} {
		tw.types(not, "who prod", "")
		m := tw.isTold(not, "", "I cannot tell you that", "the owners of the environment")
		if strings.Contains(m.Visible(), "Lindqvist") {
			t.Errorf("%s is told all the same: %s", not, m.Visible())
		}
	}
	tw.types("olivia", "who prd", "")
	tw.isTold("olivia", "", "There is no environment named “prd”. Did you mean /airflow who prod?")
}

func TestAMistypedCommandGetsTheNearest(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	for typed, meant := range map[string]string{"statsu": "status", "extned prod": "extend", "Retrun": "return", "requst prod Viewer 1h because x": "request", "hlep": "help"} {
		tw.types("ada", typed, "")
		tw.isTold("ada", "", "Did you mean `/airflow "+meant+"`?")
	}
	tw.types("ada", "<!here> open sesame", "")
	m := tw.isTold("ada", "", "I did not understand that.", "opens a form")
	if strings.Contains(m.Text, "<!here>") {
		t.Errorf("everybody is mentioned: %s", m.Text)
	}
}

func TestWhereAirpassIsNoMemberTheAnswerIsADirectMessage(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	c := tw.Slack.AddChannel(workspace.Channel{Name: "elsewhere", Members: []string{tw.Person("ada").SlackID}})
	tw.types("ada", "me", c.ID)
	if m := tw.sees("ada", "You have no access at the moment"); m.EphemeralFor != "" {
		t.Error("it is not kept")
	}
}

func TestAQuestionWaitsForADirectoryThatIsDown(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	down(tw.Okta.Faults())
	tw.types("ada", "me", "")
	tw.isTold("ada", "", "Checking…", "Okta does not answer")
	tw.Okta.Faults().Clear()
	tw.advance(time.Minute)
	tw.isTold("ada", "", "You have no access at the moment")
}
