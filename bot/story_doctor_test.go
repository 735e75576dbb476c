package bot_test

import (
	"testing"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/okta"
)

// rarely has doctor look by itself: soon after the start, and then when the year turns.
func rarely(c *config.Config) {
	yearly, err := config.ParseCalendar("CRON_TZ=Europe/Berlin 0 0 1 1 *")
	if err != nil {
		panic(err)
	}
	c.Doctor.Calendar = yearly
}

func TestDoctorTellsByItselfWhatHasChanged(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), rarely)
	const changed = "airpass doctor looked at everything"
	tw.eventually("it has looked", func() (looked bool) {
		tw.operate(func(o *bot.Operator) error {
			kept, err := o.Store.Setting(tw.ctx(), access.DiagnosisSetting)
			looked = kept != ""
			return err
		})
		return looked
	})
	again := func() {
		if err := tw.bot.Examine(t.Context()); err != nil {
			t.Fatal(err)
		}
		tw.idle()
	}
	olivia := tw.Person("olivia").Login
	if err := tw.Okta.SetStatus(olivia, okta.Suspended); err != nil {
		t.Fatal(err)
	}
	again()
	tw.seesIn("sam", sandbox.AdminChannel, changed, "WRONG Who decides", olivia+" is SUSPENDED", "name somebody else")
	tw.home("sam", "airpass doctor", "looked", "is to be mended")
	again()
	if n := len(tw.about(changed, olivia+" is SUSPENDED")); n != 1 {
		t.Fatalf("told %d times", n)
	}
	if err := tw.Okta.SetStatus(olivia, okta.Active); err != nil {
		t.Fatal(err)
	}
	again()
	tw.seesIn("sam", sandbox.AdminChannel, changed, "no longer so: Who decides")
}
