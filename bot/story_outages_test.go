package bot_test

import (
	"slices"
	"testing"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
)

// inCenter says whether somebody is in the pushed group of a target in Identity Center.
func (tw *town) inCenter(who, target string) bool {
	tw.Okta.Sync()
	for _, g := range tw.IdentityCenter.Groups() {
		if g.ID == tw.Target(target).IdentityCenterGroup {
			return slices.Contains(g.Members, tw.Person(who).Login)
		}
	}
	return false
}

func TestAPushThatIsSlow(t *testing.T) {
	t.Parallel()
	tw := settle(t, sandbox.Options{PushDelay: 20 * time.Minute, AssignmentDelay: -1})
	tw.ask("ben", "dev/User", "1 hour", "first day")
	tw.press("grace", "Approve", "first day")
	tw.sees("ben", "first day", "Okta group: verified", "pushed from Okta: waiting for it to arrive")
	tw.advance(10 * time.Minute)
	tw.sees("ben", "first day", "being set up")
	tw.advance(10*time.Minute + 30*time.Second)
	tw.sees("ben", "first day", "Access is active")
	if !tw.inCenter("ben", "dev/User") {
		t.Error("active, and not in the group")
	}
	tw.advance(time.Hour + time.Minute) // a full hour from when it worked
	tw.sees("ben", "first day", "being taken away")
	if tw.eventually("out of the group in Okta", func() bool { return !tw.member("ben", "dev/User") }); !tw.inCenter("ben", "dev/User") {
		t.Fatal("the push is not slow")
	}
	tw.advance(21 * time.Minute)
	tw.sees("ben", "first day", "Access has ended")
	if tw.inCenter("ben", "dev/User") {
		t.Error("ended, and still in the group")
	}
}

func TestAPushThatNeverComesAndThenDoes(t *testing.T) {
	t.Parallel()
	tw := settle(t, sandbox.Options{PushDelay: time.Minute, AssignmentDelay: -1})
	tw.Okta.SetPushNever(true)
	tw.ask("ben", "dev/User", "1 hour", "nothing arrives")
	tw.press("grace", "Approve", "nothing arrives")
	tw.eventually("he is in the group in Okta", func() bool { return tw.member("ben", "dev/User") })
	tw.advance(time.Hour + time.Minute)
	tw.sees("ben", "nothing arrives", "Access could not be given", "not in place 1h0m0s after the start")
	tw.eventually("out of the group in Okta", func() bool { return !tw.member("ben", "dev/User") })
	// The late push of the addition arrives alone: that of the removal is still on its way.
	pushes := tw.Okta.Pushes()
	if len(pushes) != 2 || !pushes[0].Member || pushes[1].Member {
		t.Fatalf("pushes: %+v", pushes)
	}
	if err := tw.Okta.DeliverPush(pushes[0].ID); err != nil {
		t.Fatal(err)
	}
	if !tw.inCenter("ben", "dev/User") {
		t.Fatal("the push did not arrive")
	}
	tw.advance(16 * time.Minute) // the settle window: it is looked at once more
	tw.eventually("it is seen that he has it", func() bool { return tw.overdue() == 1 || tw.presence("ben", "pushed_membership") == "present" })
	tw.Okta.SetPushNever(false)
	tw.advance(2 * time.Minute)
	tw.eventually("gone from Identity Center", func() bool { return !tw.inCenter("ben", "dev/User") })
	tw.advance(2 * time.Minute)
	tw.eventually("and airpass knows", func() bool { return tw.overdue() == 0 && tw.presence("ben", "pushed_membership") == "absent" })
}

// overdue counts removals that are overdue, as the operators' tools see them.
func (tw *town) overdue() (n int) {
	tw.operate(func(o *bot.Operator) (err error) {
		n, err = o.Store.CountOverdue(tw.ctx(), tw.Clock.Now(), tw.config.Times.OverdueAfter)
		return err
	})
	return n
}

// presence is what is stored about one kind of thing that somebody's grants hold.
func (tw *town) presence(who, kind string) (presence string) {
	tw.operate(func(o *bot.Operator) error {
		all, err := o.Store.GrantsOf(tw.ctx(), tw.Person(who).OktaID, false)
		if err != nil {
			return err
		}
		for _, g := range all {
			held, err := o.Store.GrantEntitlements(tw.ctx(), g.ID)
			if err != nil {
				return err
			}
			for _, e := range held {
				if string(e.Ref.Kind) == kind {
					presence = string(e.Presence)
				}
			}
		}
		return nil
	})
	return presence
}

func TestAnAssignmentThatAWSCannotMake(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.IdentityCenter.FailAssignments(identitycenter.Match{Kind: identitycenter.Creation}, "Received a 403 status error: not supported role arn:aws:iam <!channel>")
	tw.ask("ada", "prod/User", "1 hour", "bad luck")
	tw.press("grace", "Approve", "bad luck")
	m := tw.sees("ada", "bad luck", "Access could not be given", "Received a 403 status error")
	if n := m.Notifies(); len(n) > 0 {
		t.Errorf("the vendor's words notify %q", n)
	}
	tw.eventually("all is rolled back", func() bool { return tw.free("ada", "prod/User") })
	tw.everyCardNow("bad luck", "could not be")
	tw.IdentityCenter.ClearFailures()
	tw.given("ada", "prod/User", "1 hour", "better luck", "grace")
	if !tw.has("ada", "prod/User") {
		t.Error("a failure in the past stands in the way")
	}
}

// throttle makes each vendor refuse its next calls.
func (tw *town) throttle(times int) {
	for _, f := range []*control.Faults{tw.Okta.Faults(), tw.IdentityCenter.Faults(), tw.STS.Faults(), tw.MWAA.Faults(), tw.Slack.Faults()} {
		f.Add(control.Fault{Op: "*", Times: times, Answer: "throttled", RetryAfter: control.Duration(time.Second)})
	}
}

// meanwhile moves the clock on, about ten times as fast as it goes, until something is so.
func (tw *town) meanwhile(what string, so func() bool) {
	tw.Helper()
	tw.eventually(what, func() bool {
		if so() {
			return true
		}
		tw.advance(200 * time.Millisecond * time.Duration(max(1, tw.abreast))) // each of them looks
		return so()
	})
}

func TestThrottledEverywhere(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/User", "8 hours", "everybody at once")
	card := tw.sees("grace", "everybody at once")
	tw.throttle(3)
	tw.click(card, "Approve")
	tw.meanwhile("she has it", func() bool { return len(tw.about("everybody at once", "Access is active")) > 0 })
	if !tw.has("ada", "prod/User") || tw.creations("ada", "prod/User") != 1 {
		t.Errorf("creations: %d", tw.creations("ada", "prod/User"))
	}
	tw.throttle(3)
	tw.advance(8*time.Hour + time.Minute)
	tw.meanwhile("she has nothing left", func() bool { return tw.free("ada", "prod/User") })
	tw.meanwhile("and reads it", func() bool { return len(tw.about("everybody at once", "Access has ended")) > 0 })
	if d := tw.Slack.Duplicates(); len(d) > 0 {
		t.Errorf("messages were posted twice: %+v", d)
	}
	if n := tw.deletions("ada", "prod/User"); n != 1 {
		t.Errorf("deletions: %d", n)
	}
}

func TestSlackIsDownWhenAccessEnds(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "no Slack tonight", "grace")
	down(tw.Slack.Faults())
	tw.advance(time.Hour + time.Minute)
	tw.eventually("gone on time", func() bool { return tw.free("ada", "prod/User") })
	if len(tw.about("no Slack tonight", "Access has ended")) > 0 {
		t.Fatal("Slack is not down")
	}
	tw.Slack.Faults().Clear()
	tw.advance(time.Minute)
	tw.everyCard("no Slack tonight", 4, "nded")
	tw.sees("ada", "no Slack tonight", "Access has ended")
	if d := tw.Slack.Duplicates(); len(d) > 0 {
		t.Errorf("messages were posted twice: %+v", d)
	}
}

func TestAClickThatCannotBeCheckedIsRefusedAfterItsDeadline(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "Okta is on holiday")
	card := tw.sees("grace", "Okta is on holiday")
	down(tw.Okta.Faults())
	tw.click(card, "Approve")
	tw.sees("grace", "Checking…")
	tw.advance(9 * time.Minute)
	tw.advance(2 * time.Minute)
	tw.sees("grace", "Your decision was not applied", "did not answer in time")
	tw.sees("ada", "Okta is on holiday", "Waiting for approval")
	if n := len(tw.about("Checking…")); n != 1 {
		t.Errorf("told %d times that it is being checked", n)
	}
	tw.Okta.Faults().Clear()
	if !tw.free("ada", "prod/Viewer") {
		t.Fatal("an unchecked click gave access")
	}
	tw.click(card, "Approve") // the request is as open as before
	tw.sees("ada", "Okta is on holiday", "Access is active")
}

// often makes the sweep for deactivated people run every second.
func often(c *config.Config) {
	every, err := config.ParseSchedule("@every 1s")
	if err != nil {
		panic(err)
	}
	c.Schedules.Deactivation = every
}

func TestWhoIsDeactivatedInOktaLosesAccess(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]okta.Status{"deprovisioned": okta.Deprovisioned, "suspended": okta.Suspended} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := settle(t, quick(), often)
			tw.given("ada", "prod/User", "8 hours", "last day", "grace")
			tw.given("ben", "prod/User", "8 hours", "stays here", "grace")
			if err := tw.Okta.SetStatus(tw.Person("ada").Login, status); err != nil {
				t.Fatal(err)
			}
			tw.eventually("she has nothing left", func() bool { return tw.free("ada", "prod/User") })
			tw.sees("grace", "last day", "no longer active in Okta", "Access ended")
			if !tw.has("ben", "prod/User") {
				t.Error("somebody else lost access too")
			}
		})
	}
}

func TestAnEmptyAnswerTakesNothingAway(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), often)
	tw.given("ada", "prod/User", "1 hour", "Okta forgets everybody", "grace")
	for _, op := range []string{"ListUsers", "ListUserGroups", "ListGroupUsers"} {
		tw.Okta.Faults().Add(control.Fault{Op: op, Answer: "empty"})
	}
	tw.Okta.Faults().ResetCalls()
	tw.eventually("the sweep has looked three times", func() bool { return len(tw.Okta.Faults().Calls()) >= 3 })
	if !tw.has("ada", "prod/User") {
		t.Fatal("an empty answer took access away")
	}
	tw.sees("ada", "Okta forgets everybody", "Access is active")
	// At the end, "in no group at all" must not pass for "gone".
	tw.advance(time.Hour + time.Minute)
	tw.eventually("the assignment goes", func() bool { return tw.assignments("ada", "prod/User") == 0 })
	tw.sees("ada", "Okta forgets everybody", "Okta group: trying again")
	if !tw.member("ada", "prod/User") {
		t.Fatal("the group was left unread")
	}
	tw.Okta.Faults().Clear()
	tw.advance(3 * time.Minute)
	tw.eventually("the membership goes too", func() bool { return tw.free("ada", "prod/User") })
	tw.sees("ada", "Okta forgets everybody", "Access has ended")
}

func TestARemovalThatIsOverdueIsShownToTheAdmins(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "AWS does not let go", "grace")
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "unavailable"})
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "AWS does not let go", "being taken away")
	tw.advance(6 * time.Minute)
	tw.seesIn("sam", sandbox.AdminChannel, "ada@example.com", "prod/User", "should be gone since")
	tw.sees("ada", "AWS does not let go", "Overdue")
	tw.advance(6 * time.Minute)
	tw.IdentityCenter.Faults().Clear()
	tw.advance(3 * time.Minute)
	tw.eventually("gone in the end", func() bool { return tw.free("ada", "prod/User") })
	tw.sees("ada", "AWS does not let go", "Access has ended")
	n := 0
	for _, m := range tw.Slack.Messages(sandbox.AdminChannel) {
		if m.FromApp {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the admins were told %d times", n)
	}
}

func TestATargetThatIsGoneFromTheConfigurationIsStillRevoked(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the target goes first", "grace")
	tw.ask("ben", "prod/User", "1 hour", "too late for this one")
	old := tw.sees("grace", "too late for this one")
	tw.stop()
	tw.configure(tw.config.Store.URL.Reveal(), without("prod/User"))
	tw.begin()
	tw.click(old, "Approve")
	tw.sees("grace", "Your decision was not applied", "no longer offered")
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "the target goes first", "Access has ended")
	if !tw.free("ada", "prod/User") || !tw.free("ben", "prod/User") {
		t.Error("what is no longer configured is left behind")
	}
}
