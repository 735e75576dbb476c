package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/reviews"
	"airpass/sandbox"
	"airpass/sandbox/okta"
)

// driftDoes has drift looked for by itself, soon after the start and then when the year
// turns, and something done about it.
func driftDoes(actions map[string]access.DriftAction) func(*config.Config) {
	return func(c *config.Config) {
		rarely(c)
		c.Drift = config.Drift{Calendar: c.Doctor.Calendar, Actions: actions}
		c.Doctor = config.Doctor{}
	}
}

// unlimited is a quick world that throttles nobody: what is asked of it here is asked at
// once, and what was throttled would be unknown.
func unlimited() sandbox.Options {
	o := quick()
	o.Unlimited = true
	return o
}

// look looks as the schedule does.
func (tw *town) look() {
	tw.Helper()
	tw.must(tw.bot.LookForDrift(tw.Context()))
	tw.idle()
}

// findings are those that are kept, by kind.
func (tw *town) findings() map[string]int {
	tw.Helper()
	kept := map[string]int{}
	tw.operate(func(o *bot.Operator) (err error) {
		kept, err = o.Store.CountFindings(tw.ctx())
		return err
	})
	return kept
}

// looked waits for the look that comes with the start.
func (tw *town) looked() {
	tw.Helper()
	tw.eventually("it has looked by itself", func() (looked bool) {
		tw.operate(func(o *bot.Operator) error {
			kept, err := o.Store.Setting(tw.ctx(), access.DriftSetting)
			looked = kept != ""
			return err
		})
		return looked
	})
}

const driftHeadline = "What is in Okta and AWS is"

func TestDriftIsKeptAndShownOnce(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(nil))
	tw.looked()
	tw.must(tw.IdentityCenter.Assign(tw.byHand("vera", "prod/Viewer")))
	tw.look()
	vera := tw.Person("vera").Login
	tw.seesIn("sam", sandbox.AdminChannel, driftHeadline+" not what grants say", vera, "1 `extra`", "wrong: AWS; only reported (suggested: `adopt`)")
	tw.home("sam", "airpass drift", "looked", "1 `extra`")

	// What is found next is told in the same message; what could not be read stays.
	tw.must(tw.IdentityCenter.Assign(tw.byHand("zoe", "prod/Viewer")))
	tw.look()
	tw.seesIn("sam", sandbox.AdminChannel, driftHeadline+" not what grants say", vera, tw.Person("zoe").Login, "2 `extra`")
	down(tw.IdentityCenter.Faults())
	tw.look()
	tw.seesIn("sam", sandbox.AdminChannel, vera, "could not be read")
	tw.IdentityCenter.Faults().Clear()

	tw.must(tw.IdentityCenter.Unassign(tw.byHand("vera", "prod/Viewer")), tw.IdentityCenter.Unassign(tw.byHand("zoe", "prod/Viewer")))
	tw.look()
	tw.seesIn("sam", sandbox.AdminChannel, driftHeadline+" what grants say again", "everything is as grants say")
	if n := len(tw.about(driftHeadline)); n != 1 || len(tw.findings()) > 0 {
		t.Errorf("%d messages; kept: %v", n, tw.findings())
	}

	// What is found after nothing was is news.
	tw.must(tw.IdentityCenter.Assign(tw.byHand("vera", "prod/Viewer")))
	tw.look()
	tw.eventually("another message", func() bool { return len(tw.about(driftHeadline)) == 2 })
}

func TestDriftIsMended(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(map[string]access.DriftAction{string(reviews.Missing): reviews.Repair, string(reviews.HalfOkta): reviews.Repair,
		string(reviews.HalfAWS): reviews.Remove, string(reviews.Extra): reviews.Adopt, string(reviews.Inactive): reviews.Remove, string(reviews.PolicyEdited): reviews.Repair,
		string(reviews.SessionEdited): reviews.Repair}))
	tw.looked()
	tw.given("ada", "prod/Viewer", "8 hours", "to be missing", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "to stay", "grace")
	tw.given("chen", "prod/User", "8 hours", "to be half", "grace")
	tw.given("ben", "prod/User", "8 hours", "to stay as well", "grace") // an empty list is not believed
	tw.idle()
	tw.must(
		tw.IdentityCenter.Unassign(tw.byHand("ada", "prod/Viewer")),
		tw.IdentityCenter.Unassign(tw.byHand("chen", "prod/User")),
		tw.IdentityCenter.Assign(tw.byHand("zoe", "prod/Viewer")),
		tw.IdentityCenter.Assign(tw.byHand("pavel", "prod/Viewer")),
		tw.Okta.SetStatus(tw.Person("pavel").OktaID, okta.Suspended),
		tw.IdentityCenter.SetInlinePolicy(tw.Target("prod/Admin").PermissionSet, strings.ReplaceAll(tw.policyOf("prod/Admin"), "/Admin", "/*")),
		tw.IdentityCenter.SetSessionDuration(tw.Target("prod/Admin").PermissionSet, 8*time.Hour),
		tw.IdentityCenter.SetSessionDuration(tw.Target("prod/Op").PermissionSet, 12*time.Hour),
	)
	tw.look()
	if found := tw.findings(); found["missing"] != 1 || found["half_okta"] != 1 || found["extra"] != 1 || found["inactive_holder"] != 1 || found["policy_edited"] != 1 || found["session_edited"] != 2 {
		t.Fatalf("found: %v", found)
	}
	if tw.has("ada", "prod/Viewer") || tw.has("chen", "prod/User") || tw.assignments("pavel", "prod/Viewer") == 0 || !strings.Contains(tw.policyOf("prod/Admin"), "/*") || tw.sessionOf("prod/Op") != 12*time.Hour {
		t.Fatal("something was done about what one look has found")
	}
	tw.look()
	tw.eventually("what grants say is there again", func() bool { return tw.has("ada", "prod/Viewer") && tw.has("chen", "prod/User") })
	tw.eventually("whoever is not ACTIVE has nothing", func() bool { return tw.assignments("pavel", "prod/Viewer") == 0 })
	tw.eventually("the policy is as it was", func() bool { return !strings.Contains(tw.policyOf("prod/Admin"), "/*") })
	tw.eventually("sessions last as long as is configured", func() bool { return tw.sessionOf("prod/Admin") == time.Hour && tw.sessionOf("prod/Op") == time.Hour })
	tw.advance(20 * time.Minute) // past the settle window
	tw.idle()
	tw.look()
	if left := tw.findings(); len(left) > 0 || tw.assignments("zoe", "prod/Viewer") == 0 {
		t.Errorf("left: %v", left)
	}
	if found := tw.drift(); found.Standing != 1 || found.Explained != 4 {
		t.Errorf("%+v", found)
	}
	// Adopted access outlives a grant of the same.
	tw.given("zoe", "prod/Viewer", "1 hour", "on top of it", "henry")
	tw.advance(61 * time.Minute)
	tw.idle()
	if tw.assignments("zoe", "prod/Viewer") == 0 {
		t.Error("adopted access went with a grant")
	}
}
