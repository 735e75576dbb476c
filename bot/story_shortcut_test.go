package bot_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// asking waits for the request form in front of somebody.
func (tw *town) asking(who string) *workspace.ViewHandle {
	tw.Helper()
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackAsk })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	return form
}

// formSays waits until a form says all these words.
func (tw *town) formSays(form *workspace.ViewHandle, words ...string) {
	tw.Helper()
	says := func() bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(form.View().Visible(), w) })
	}
	if err := tw.Slack.WaitFor(tw.ctx(), says); err != nil {
		tw.Fatalf("the form does not say %q: %v\n%s\n%s", words, err, form.View().Visible(), tw.log)
	}
}

// fillsIn chooses and writes in a form, in this order.
func (tw *town) fillsIn(form *workspace.ViewHandle, environment, role, duration, reason string) {
	tw.Helper()
	for _, choice := range [][2]string{{messages.FieldEnvironment, environment}, {messages.FieldRole, role}, {messages.FieldDuration, duration}} {
		if err := form.Select(tw.ctx(), "", choice[0], choice[1]); err != nil {
			tw.Fatal(choice, err)
		}
	}
	if reason == "" {
		return
	}
	if err := form.Type(tw.ctx(), "", messages.FieldReason, reason); err != nil {
		tw.Fatal(err)
	}
}

// isTaken submits a form that is to be taken.
func (tw *town) isTaken(form *workspace.ViewHandle) {
	tw.Helper()
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		tw.Fatalf("the form stays: %+v %v", s, err)
	}
}

func TestAShortcutOpensTheForm(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	if _, err := tw.as("ada").Shortcut(tw.ctx(), messages.ShortcutAsk); err != nil {
		t.Fatal(err)
	}
	form := tw.asking("ada")
	tw.fillsIn(form, "prod", "Viewer", "1 hour", "asked from anywhere")
	tw.isTaken(form)
	tw.press("grace", "Approve", "asked from anywhere")
	tw.sees("ada", "asked from anywhere", "Access is active")
}

func TestAMessageIsTheReason(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	used := func(text string) string {
		t.Helper()
		if _, err := tw.as("olivia").Say(sandbox.RequestsChannel, "", text); err != nil {
			t.Fatal(err)
		}
		m, err := tw.as("ada").WaitMessage(tw.ctx(), func(m workspace.Message) bool { return m.Text == text })
		if err != nil {
			t.Fatal(err)
		}
		before := tw.as("ada").OpenView()
		if _, err := m.Shortcut(tw.ctx(), messages.ShortcutAskAbout); err != nil {
			t.Fatal(err)
		}
		form, err := tw.as("ada").WaitView(tw.ctx(), func(v workspace.View) bool { return before == nil || v.ID != before.View().ID })
		if err != nil {
			t.Fatal(err, tw.log)
		}
		reason, _ := form.Values()[messages.FieldReason][messages.FieldReason]["value"].(string)
		return reason
	}
	if got := len(utf16.Encode([]rune(used(strings.Repeat("é🎈", 2500))))); got > messages.MaxReason || got < messages.MaxReason-2 {
		t.Errorf("a long message becomes a reason of %d", got)
	}
	if got := used("<!channel> the load of <https://example.com/run|last night> is stuck &amp; red"); got != "channel the load of last night (https://example.com/run) is stuck & red" {
		t.Errorf("the reason begins as %q", got)
	}
	form := tw.asking("ada")
	tw.fillsIn(form, "prod", "Viewer", "1 hour", "")
	tw.isTaken(form)
	tw.sees("grace", "is stuck & red", "1 hour")
	for _, m := range tw.about("is stuck") {
		if m.FromApp && strings.Contains(m.Text, "<!channel>") {
			t.Errorf("everybody is mentioned: %s", m.Text)
		}
	}
}
