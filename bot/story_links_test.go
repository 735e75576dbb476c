package bot_test

import (
	"slices"
	"testing"
	"time"

	"airpass/bot"
	"airpass/grants"
	"airpass/sandbox/browser"
	"airpass/sandbox/mwaa"
	"airpass/store"
)

// environment puts an environment of the town into a state.
func (tw *town) environment(target string, s mwaa.Status) {
	tw.Helper()
	at := tw.Target(target)
	if err := tw.MWAA.SetStatus(at.Account, "eu-west-1", at.MWAAName, s); err != nil {
		tw.Fatal(err)
	}
}

// linked says whether the newest card of a request has the link.
func (tw *town) linked(who, reason string) bool {
	return slices.Contains(tw.sees(who, reason, "Access is active").Buttons(), "Open Airflow")
}

func TestALinkIsHeldUntilTheEnvironmentCanBeUsed(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.environment("prod/Viewer", mwaa.Unavailable)
	tw.ask("ada", "prod/Viewer", "1 hour", "is it up")
	tw.press("grace", "Approve", "is it up")
	tw.sees("ada", "is it up", "Access is active", "The link is held back", "UNAVAILABLE")
	if tw.linked("ada", "is it up") {
		t.Error("a link to what cannot be used")
	}
	tw.environment("prod/Viewer", mwaa.Available)
	tw.advance(31 * time.Second)
	m := tw.sees("ada", "is it up", "Access is active", "Open Airflow")
	opened, err := m.Button("Open Airflow").Click(tw.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if in, err := browser.New(tw.Person("ada").Login).Open(tw.ctx(), opened.URL); err != nil || in.AirflowRole != "Viewer" {
		t.Errorf("the link opens %+v, %v", in, err)
	}
}

func TestALinkToABusyEnvironmentComesWithAWarning(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.environment("prod/Viewer", mwaa.Updating)
	tw.ask("ada", "prod/Viewer", "1 hour", "in the middle of it")
	tw.press("grace", "Approve", "in the middle of it")
	tw.sees("ada", "in the middle of it", "The link follows, at the latest in a few minutes")
	if tw.linked("ada", "in the middle of it") {
		t.Error("a link at once")
	}
	warned := func() bool {
		return len(tw.about("in the middle of it", "Airflow may not answer until that is over", "Open Airflow")) == 1
	}
	tw.advance(5*time.Minute + time.Second)
	tw.eventually("a link with a warning", warned)
	tw.advance(time.Minute) // and it goes on saying so
	tw.eventually("AWS was asked again", func() bool { return tw.MWAA.Faults().Count("GetEnvironment") >= 4 })
	tw.idle()
	if !warned() {
		t.Error("the warning has gone:", tw.sees("ada", "in the middle of it").Visible())
	}
	tw.environment("prod/Viewer", mwaa.Available)
	tw.advance(31 * time.Second)
	tw.eventually("the warning goes when it is over", func() bool { return len(tw.about("in the middle of it", "Open Airflow")) == 1 && !warned() })
}

func TestWhatIsBeingDeletedIsRefusedWhenAsked(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	for target, status := range map[string]mwaa.Status{"prod/Viewer": mwaa.Deleted, "dev/Admin": mwaa.Deleting, "finance/Viewer": mwaa.CreateFailed} {
		tw.environment(target, status)
		tw.ask("ada", target, "1 hour", "is "+target+" still there")
		tw.sees("ada", "Your request was not made", "is "+string(status))
	}
	if cards := tw.about("still there"); len(cards) > 0 {
		t.Errorf("somebody is asked to decide: %s", cards[0].Visible())
	}
}

func TestAPrivateWebServerIsAnnounced(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	m := tw.given("ada", "finance/Viewer", "1 hour", "close the month", "grace")
	tw.sees("ada", "close the month", "Open Airflow", "The web server is private")
	if !tw.has("ada", "finance/Viewer") || !slices.Contains(tw.sees("ada", "close the month", "private").Buttons(), "Open Airflow") {
		t.Error(m.Visible())
	}
}

func TestPausedStopsNewGrantsAndNothingElse(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	pause := func(value string) {
		tw.operate(func(o *bot.Operator) error {
			return o.Store.Update(tw.ctx(), o.Actor(), func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, value) })
		})
	}
	tw.given("ben", "prod/User", "1 hour", "before the pause", "grace")
	tw.ask("ada", "prod/Viewer", "2 hours", "during the pause")
	card := tw.sees("grace", "during the pause")
	pause("yes")
	tw.click(card, "Approve")
	tw.sees("grace", "Your decision was not applied", "paused", "the request stays open")
	tw.sees("ada", "during the pause", "Waiting for approval")
	tw.ask("chen", "prod/Viewer", "1 hour", "a no is still a no")
	tw.deny("grace", tw.sees("grace", "a no is still a no"), "not today")
	tw.sees("chen", "a no is still a no", "Denied")
	tw.advance(time.Hour + time.Minute)
	tw.sees("ben", "before the pause", "Access has ended")
	if !tw.free("ben", "prod/User") || !tw.free("ada", "prod/Viewer") {
		t.Error("a pause kept access, or gave it")
	}
	pause("")
	tw.click(card, "Approve")
	tw.sees("ada", "during the pause", "Access is active")
}
