package bot_test

import (
	"strings"
	"testing"

	"airpass/bot"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// lists presses the button for requests that are alike and returns the form that lists them.
func (tw *town) lists(who string, home *workspace.ViewHandle) *workspace.ViewHandle {
	tw.Helper()
	if _, err := home.Button("Approve together…").Click(tw.ctx()); err != nil {
		tw.Fatal(err)
	}
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackTogether })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	return form
}

// together submits the form by which requests are approved together, as somebody who was
// not shown it.
func (tw *town) together(who, view, ids string) {
	tw.Helper()
	tw.deliver(map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person(who).SlackID},
		"view": map[string]any{"id": view, "callback_id": messages.CallbackTogether, "private_metadata": ids, "state": map[string]any{"values": map[string]any{}}}})
}

func TestRequestsThatAreAlikeAreApprovedTogether(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.home("grace", "Nothing waits for you")
	tw.ask("ada", "prod/Viewer", "1 hour", "a look at <!channel> ledger")
	tw.ask("chen", "prod/Viewer", "1 hour", "a look at the load")
	tw.ask("chen", "prod/User", "1 hour", "a run of it")
	home := tw.home("grace", "2 requests are alike", "Viewer in prod", "a run of it")
	form := tw.lists("grace", home)
	for _, words := range []string{"Ada Lindqvist", tw.Person("ada").Login, "ledger", "the load"} {
		if !strings.Contains(form.View().Visible(), words) {
			t.Errorf("the form does not say %q:\n%s", words, form.View().Visible())
		}
	}
	if strings.Contains(form.View().Visible(), "a run of it") {
		t.Error("what is not alike is listed too")
	}
	// One of them is decided meanwhile: the first decision counts, the other goes on.
	tw.writes("grace", "V0DENY", messages.CallbackDeny, tw.sees("grace", "ledger", "Ask a question…").Button("Deny").Value(), "not today")
	tw.sees("ada", "ledger", "Denied")
	if _, err := form.Submit(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	tw.sees("chen", "the load", "Access is active")
	tw.sees("grace", "Your decision was not applied")
	tw.home("grace", "a run of it")
	if n := tw.decisions(); n != 2 {
		t.Errorf("%d decisions", n)
	}
	if !tw.untouched("ada", "prod/Viewer") || !tw.untouched("chen", "prod/User") {
		t.Error("something was given that nobody approved")
	}
}

// decisions counts what was decided, by whomever.
func (tw *town) decisions() int {
	tw.Helper()
	n := 0
	tw.operate(func(o *bot.Operator) error {
		return o.Store.DB().QueryRowContext(tw.ctx(), "SELECT count(*) FROM decisions").Scan(&n)
	})
	return n
}

func TestApprovingTogetherGivesNobodyMoreThanTheirOwnClicks(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "my own look")
	tw.ask("chen", "prod/Viewer", "1 hour", "the other look")
	home := tw.home("grace", "2 requests are alike")
	ids := home.Button("Approve together…").Value()
	if strings.Count(ids, ",") != 1 {
		t.Fatalf("the button has %q", ids)
	}
	tw.together("ada", "V0OWN", ids)
	tw.eventually("she is told twice that it was not applied", func() bool { return strings.Count(tw.inbox("ada"), "Your decision was not applied") == 2 })
	tw.together("grace", "V0MANY", strings.Repeat(ids+",", 10)+ids)
	tw.together("grace", "V0STRANGE", "no such; DROP TABLE requests")
	tw.idle()
	if n := tw.decisions(); n != 0 {
		t.Fatalf("%d decisions of whom nobody asked", n)
	}
	tw.together("grace", "V0TWICE", ids)
	tw.together("grace", "V0TWICE", ids) // Slack sends it again
	tw.sees("ada", "my own look", "Access is active")
	tw.sees("chen", "the other look", "Access is active")
	tw.home("grace", "Nothing waits for you")
	if n := tw.decisions(); n != 2 || strings.Contains(tw.inbox("grace"), "Your decision was not applied") {
		t.Errorf("%d decisions\n%s", n, tw.inbox("grace"))
	}
}

func TestTheHomeTabShowsTheReviewsThatSomebodyOwes(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), glass)
	for _, who := range []string{"sam", "olivia", "grace", "pavel"} {
		tw.home(who, "Nothing waits for you")
	}
	tw.breaks("pavel", "prod/User", "1 hour", "the scheduler is down")
	tw.sees("sam", "the scheduler is down", "Break-glass")
	home := tw.home("sam", "Reviews that you owe", "the scheduler is down", "Its review is owed until")
	for _, who := range []string{"grace", "pavel"} {
		if v := tw.home(who, "Nothing waits for you"); strings.Contains(v.View().Visible(), "Reviews that you owe") {
			t.Errorf("%s owes a review:\n%s", who, v.View().Visible())
		}
	}
	if _, err := home.Button("Review…").Click(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	form, err := tw.as("sam").WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackReview })
	if err != nil {
		t.Fatal("the form does not open:", err)
	}
	if err := form.Select(tw.ctx(), messages.FieldVerdict, messages.FieldVerdict, "justified"); err != nil {
		t.Fatal(err)
	}
	tw.sends(form, "it was down indeed")
	tw.seesIn("olivia", sandbox.AdminChannel, "the scheduler is down", "Reviewed by Sam")
	tw.eventually("it is owed no more", func() bool {
		return !strings.Contains(tw.home("sam", "Nothing waits for you").View().Visible(), "Reviews that you owe")
	})
}
