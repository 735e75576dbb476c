package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

// reminders counts the messages that somebody has that remind, or reminded, of an end.
func (tw *town) reminders(who string) int {
	tw.Helper()
	n := 0
	tw.operate(func(o *bot.Operator) error {
		return o.Store.DB().QueryRowContext(tw.ctx(), "SELECT count(*) FROM messages WHERE kind = 'reminder' AND recipient = '"+tw.Person(who).SlackID+"'").Scan(&n)
	})
	return n
}

// soon is how often somebody reads that their access ends soon.
func (tw *town) soon(who string) int { return strings.Count(tw.inbox(who), "Your access ends soon") }

// The end is reminded of once, also by whoever was not there when it was time, and the
// button of it leads to an extension, which is reminded of by itself.
func TestTheEndIsRemindedOfOnceAndTheExtensionsToo(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.advance(44 * time.Minute)
	tw.idle()
	if n := tw.reminders("ada"); n != 0 {
		t.Fatalf("%d reminders too early", n)
	}
	tw.stop()
	tw.advance(2 * time.Minute)
	tw.begin()
	reminder := tw.sees("ada", "Your access ends soon", "User in prod")
	tw.stop()
	tw.advance(3 * time.Minute)
	tw.begin()
	tw.advance(time.Minute)
	tw.idle()
	if n := tw.soon("ada"); n != 1 || tw.reminders("ada") != 1 {
		t.Fatalf("reminded %d times, by %d messages", n, tw.reminders("ada"))
	}
	tw.click(reminder, "Extend")
	form, err := tw.as("ada").WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackExtend })
	if err != nil {
		t.Fatal("the form does not open:", err)
	}
	if err := form.Select(tw.ctx(), messages.FieldDuration, messages.FieldDuration, "1 hour"); err != nil {
		t.Fatal(err)
	}
	tw.sends(form, "it takes longer")
	tw.press("grace", "Approve", "it takes longer")
	tw.sees("ada", "it takes longer", "Access is active")
	tw.eventually("the reminder says that it goes on", func() bool { return tw.soon("ada") == 0 })
	tw.advance(12 * time.Minute) // past the old end
	tw.sees("ada", "the nightly run", "Access has ended")
	tw.idle()
	if n := tw.reminders("ada"); n != 1 {
		t.Fatalf("%d reminders before the new end", n)
	}
	tw.advance(44 * time.Minute)
	tw.sees("ada", "Your access ends soon")
	tw.advance(20 * time.Minute)
	tw.sees("ada", "it takes longer", "Access has ended")
	tw.eventually("no reminder offers anything any more", func() bool { return tw.soon("ada") == 0 })
	if n := tw.reminders("ada"); n != 2 || !tw.free("ada", "prod/User") {
		t.Errorf("%d reminders; free %v", n, tw.free("ada", "prod/User"))
	}
}

func TestWhatWasExtendedEndedOrIsShortIsNotRemindedOf(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Times.RemindBefore = 20 * time.Minute })
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.extends("ada", "the nightly run", "1 hour", "it takes longer")
	tw.press("grace", "Approve", "it takes longer")
	tw.sees("ada", "it takes longer", "Access is active")
	tw.given("chen", "prod/Viewer", "30 minutes", "a short look", "grace")
	tw.given("chen", "dev/User", "1 hour", "a look that ends early", "grace")
	tw.press("chen", "Give back", "a look that ends early")
	tw.sees("chen", "a look that ends early", "Access has ended")
	tw.advance(25 * time.Minute)
	tw.advance(25 * time.Minute)
	tw.sees("chen", "a short look", "Access has ended")
	tw.idle()
	if a, c := tw.reminders("ada"), tw.reminders("chen"); a != 0 || c != 0 {
		t.Errorf("%d and %d reminders", a, c)
	}
}

func TestAReminderOfWhatCannotBeMadeLongerHasNoButton(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), chained("prod/User", "8h"), func(*config.Config) {})
	tw.given("ada", "prod/User", "8 hours", "the nightly run", "grace")
	tw.advance(7*time.Hour + 50*time.Minute)
	m := tw.sees("ada", "Your access ends soon", "It cannot be made longer")
	if n := len(m.Buttons()); n != 0 {
		t.Errorf("%d buttons", n)
	}
}
