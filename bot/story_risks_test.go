package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
)

// Two people of one name ask for the same: the cards of both say so, and who is who.
func TestPeopleOfTheSameNameAreToldApartOnBothCards(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("alex", "dev/User", "1 hour", "the first of them")
	if card := tw.sees("olivia", "the first of them"); strings.Contains(card.Visible(), "same name") {
		t.Error("nobody is known by the same name yet:", card.Visible())
	}
	tw.ask("alex2", "dev/User", "1 hour", "the second of them")
	one, two := "alex.kim@example.com, Data engineer", "alex.kim2@example.com, Recruiter"
	tw.sees("olivia", "the second of them", "Another person has the same name", "This request is of Alex Kim ("+two+"), not of Alex Kim ("+one+")")
	tw.sees("olivia", "the first of them", "Another person has the same name", "This request is of Alex Kim ("+one+"), not of Alex Kim ("+two+")")
	tw.seesIn("olivia", sandbox.RequestsChannel, "the first of them", "Another person has the same name")
}

// midday is a zone in which it is about noon by the clock of a world.
func midday(w *sandbox.World) string {
	return fmt.Sprintf("Etc/GMT%+d", w.Clock.Now().UTC().Hour()-12) // the sign is the other way round there
}

// Approvers are told when access would begin outside of working hours, and no longer once
// they have begun.
func TestApproversAreToldWhatBeginsOutsideWorkingHours(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), func(w *sandbox.World, yaml string) string {
		hours := func(from, to string) string {
			return "hours: {zone: " + midday(w) + ", from: \"" + from + "\", to: \"" + to + "\", days: [mon, tue, wed, thu, fri, sat, sun]}"
		}
		yaml = withTarget(w, yaml, "prod/Viewer", hours("00:00", "13:00"))
		return strings.Replace(yaml, "environments:\n", hours("13:00", "24:00")+"\nenvironments:\n", 1)
	})
	tw.ask("ada", "prod/User", "1 hour", "in the morning")
	tw.ask("ben", "prod/Viewer", "1 hour", "by its own hours")
	tw.sees("grace", "in the morning", "Outside working hours (13:00–24:00, Etc/GMT")
	if card := tw.sees("grace", "by its own hours"); strings.Contains(card.Visible(), "Outside working hours") {
		t.Error("within the target's own hours:", card.Visible())
	}
	tw.advance(time.Hour)
	tw.sees("grace", "by its own hours", "Outside working hours (00:00–13:00, Etc/GMT")
	tw.eventually("the hours have begun", func() bool {
		return len(tw.about("in the morning", "A request for Airflow access")) > 0 && len(tw.about("in the morning", "Outside working hours")) == 0
	})
	if !tw.untouched("ada", "prod/User") || !tw.untouched("ben", "prod/Viewer") {
		t.Error("a note gave access")
	}
}
