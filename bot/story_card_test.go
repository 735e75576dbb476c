package bot_test

import (
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

func TestTheCardSaysWhatThoseWhoDecideShouldKnow(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "30 minutes", "a first look")
	tw.sees("grace", "a first look", "They have no access through airpass now", "They have not had this before")
	tw.press("grace", "Approve", "a first look")
	tw.sees("ada", "a first look", "Access is active")
	tw.advance(31 * time.Minute)
	tw.sees("ada", "a first look", "Access has ended")
	tw.given("ada", "prod/User", "2 hours", "and now to mend it", "grace")
	tw.ask("ada", "prod/Viewer", "1 hour", "and a second look")
	for _, m := range []workspace.Message{tw.sees("grace", "and a second look"), tw.card("ben", "and a second look")} {
		if !workspace.Saying("They hold now: User in prod until", "They had this last: ", "for 30 minutes")(m) {
			t.Errorf("the card says:\n%s", m.Visible())
		}
		if workspace.Saying("more than looking")(m) || workspace.Saying("private")(m) {
			t.Errorf("the card warns of looking:\n%s", m.Visible())
		}
	}
	if mine := tw.sees("ada", "and a second look"); workspace.Saying("They hold now")(mine) {
		t.Errorf("her own card tells her about herself:\n%s", mine.Visible())
	}
}

func TestTheCardWarnsOfWhatIsMoreThanLooking(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), func(w *sandbox.World, yaml string) string {
		return withTarget(w, yaml, "prod/User", "cli: true")
	})
	tw.ask("ada", "prod/User", "1 hour", "restart a task")
	tw.sees("grace", "restart a task", "This is more than looking: User can change things in Airflow", "the Airflow command line too")
	tw.ask("ada", "finance/Viewer", "1 hour", "close the books")
	tw.seesIn("ben", sandbox.RequestsChannel, "close the books", "The web server is private")
}
