package bot_test

import (
	"strings"
	"testing"

	"airpass/sandbox/workspace"
)

// home opens somebody's Home tab and waits until it shows all these words.
func (tw *town) home(who string, words ...string) *workspace.ViewHandle {
	tw.Helper()
	v, err := tw.as(who).WaitHome(tw.ctx(), func(v workspace.View) bool {
		for _, w := range words {
			if !strings.Contains(v.Visible(), w) {
				return false
			}
		}
		return true
	})
	if err != nil {
		tw.Fatalf("%s does not see %q on the Home tab: %v\n%s", who, words, err, tw.log)
	}
	return v
}

func TestTheHomeTabShowsWhatIsSoAndItsButtonsWork(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.home("ada", "You have no access at the moment")
	tw.home("grace", "Nothing waits for you")
	tw.ask("ada", "prod/User", "1 hour", "the nightly <!here> run")
	v := tw.home("grace", "Ada Lindqvist asks for", "nightly")
	if strings.Contains(v.View().Visible(), "<!here>") || strings.Contains(v.View().Visible(), "For those who run airpass") {
		t.Errorf("a mention, or the admins' part:\n%s", v.View().Visible())
	}
	tw.deliver(tw.forgedClick(tw.Person("chen").SlackID, "request.approve", v.Button("Approve").Value()))
	tw.sees("chen", "Your decision was not applied")
	if _, err := v.Button("Approve").Click(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	tw.sees("ada", "nightly", "Access is active")
	v = tw.home("ada", "User in prod", "left")
	if _, err := v.Button("Give back").Click(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	tw.eventually("it is gone", func() bool { return tw.free("ada", "prod/User") })
	tw.home("sam", "For those who run airpass", "No removal is overdue")
	tw.home("carl", "guests of this workspace")
}
