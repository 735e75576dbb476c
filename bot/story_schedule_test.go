package bot_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/grants"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// from picks a start in the request form.
func (tw *town) from(start time.Time) func(*workspace.ViewHandle) {
	return func(form *workspace.ViewHandle) {
		if err := form.Select(tw.ctx(), messages.FieldStart, messages.FieldStart, strconv.FormatInt(start.Unix(), 10)); err != nil {
			tw.Fatal(err)
		}
	}
}

// tomorrow is when the stories' access is to start.
func (tw *town) tomorrow() time.Time { return tw.Clock.Now().Add(20 * time.Hour).Truncate(time.Minute) }

// scheduled makes somebody have a target from a start on: asked and approved.
func (tw *town) scheduled(who, target, duration, reason, approver string, start time.Time) workspace.Message {
	tw.Helper()
	tw.ask(who, target, duration, reason, tw.from(start))
	tw.press(approver, "Approve", reason, "To begin", "until about")
	return tw.sees(who, reason, "Approved, starts later", "Starts")
}

// untouched says whether nothing was ever asked of a vendor for somebody's access.
func (tw *town) untouched(who, target string) bool {
	return tw.creations(who, target) == 0 && tw.deletions(who, target) == 0 && tw.free(who, target)
}

func TestApprovedTodayStartsTomorrow(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	start := tw.tomorrow()
	card := tw.scheduled("ada", "prod/User", "1 hour", "the release tomorrow", "grace", start)
	if !strings.Contains(card.Visible(), "<!date^"+strconv.FormatInt(start.Unix(), 10)+"^") && !strings.Contains(card.Visible(), start.Format("2006-01-02 15:04")) {
		t.Error("the card does not say when it starts:", card.Visible())
	}
	tw.sees("grace", "the release tomorrow", "Approved by Grace", "Starts")
	tw.advance(19 * time.Hour)
	tw.idle()
	if !tw.untouched("ada", "prod/User") {
		t.Fatal("something was given before the start")
	}
	tw.stop() // what is scheduled is a row, not a job of this process
	tw.begin()
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "the release tomorrow", "Access is active")
	if !tw.has("ada", "prod/User") || tw.creations("ada", "prod/User") != 1 {
		t.Error("she has it not, or twice")
	}
	tw.advance(time.Hour + 2*time.Minute)
	tw.sees("ada", "the release tomorrow", "Access has ended")
	tw.eventually("it is gone", func() bool { return tw.free("ada", "prod/User") })
}

// The rule that lets a request pass lets it start later too.
func TestWhatARulePassesStartsWhenItWasAskedTo(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), decidedBy("prod/User", twoStages))
	tw.ask("ada", "prod/User", "30 minutes", "DATA-14 early", tw.from(tw.tomorrow()))
	tw.sees("ada", "DATA-14 early", "Approved, starts later")
	if !tw.untouched("ada", "prod/User") {
		t.Fatal("given before its start")
	}
	tw.advance(20 * time.Hour)
	tw.sees("ada", "DATA-14 early", "Access is active")
}

func TestCancelledBeforeTheStartLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	if err := tw.Okta.SetMember(tw.Target("prod/User").OktaGroup, tw.Person("ada").OktaID, true); err != nil { // from elsewhere
		t.Fatal(err)
	}
	card := tw.scheduled("ada", "prod/User", "1 hour", "perhaps tomorrow", "grace", tw.tomorrow())
	if got := card.Buttons(); !slices.Equal(got, []string{"Cancel request"}) {
		t.Error(got)
	}
	tw.click(card, "Cancel request")
	tw.sees("ada", "perhaps tomorrow", "cancelled before its start", "Nothing had been given")
	tw.everyCardNow("perhaps tomorrow", "cancelled before its start")
	tw.advance(21 * time.Hour)
	tw.idle()
	if tw.creations("ada", "prod/User")+tw.deletions("ada", "prod/User") != 0 || !tw.member("ada", "prod/User") {
		t.Error("something was given, or standing access was taken away")
	}
}

func TestAStartThatHasPassedWhileItWaitedIsNow(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/User", "1 hour", "in two hours", tw.from(tw.Clock.Now().Add(2*time.Hour)))
	tw.sees("grace", "in two hours", "To begin")
	tw.advance(3 * time.Hour)
	tw.press("grace", "Approve", "in two hours", "It was to begin", "now it begins when it is approved")
	tw.sees("ada", "in two hours", "Access is active")
}

// Whoever is refused at the start is told, and so is who had agreed.
func TestWhatIsNotAllowedAnyMoreDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(of *office, whole string)
		words   string
	}{
		"deactivated": {func(of *office, _ string) {
			of.must(of.Okta.SetStatus(of.Person("ada").Login, okta.Suspended))
		}, "is no longer active in Okta"},
		"out of the requester groups": {func(of *office, _ string) {
			for _, g := range of.Okta.Groups() {
				if g.Type == okta.OktaGroup && of.Okta.IsMember(g.ID, of.Person("ada").Login) {
					of.must(of.Okta.SetMember(g.ID, of.Person("ada").OktaID, false))
				}
			}
		}, "may no longer ask for"},
		"target gone": {func(of *office, whole string) {
			of.reloaded("loaded", func() { of.save(without("prod/User")(of.World, whole)) })
		}, "is no longer offered"},
		"opens something else": {func(of *office, whole string) {
			set := of.Target("prod/User").PermissionSet
			of.reloaded("loaded", func() { of.save(strings.Replace(whole, set, set[:len(set)-4]+"ffff", 1)) })
		}, "was changed after the request was made"},
		"more to agree": {func(of *office, whole string) {
			of.reloaded("loaded", func() { of.save(decidedBy("prod/User", twoStages)(of.World, whole)) })
		}, "asks for more now than was agreed"},
		"shorter": {func(of *office, whole string) {
			name := "permission_set_name: \"" + of.Target("prod/User").PermissionSetName + "\""
			head, rest, _ := strings.Cut(whole, name)
			of.reloaded("loaded", func() {
				of.save(head + name + strings.Replace(strings.Replace(rest, "max_duration: 8h0m0s", "max_duration: 30m", 1), "default_duration: 1h0m0s", "default_duration: 30m", 1))
			})
		}, "can be had for 30m0s at most now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := moveIn(t, quick())
			of.scheduled("ada", "prod/User", "1 hour", "the release tomorrow", "grace", of.tomorrow())
			c.happens(of, string(of.yaml()))
			of.advance(20 * time.Hour)
			if name == "deactivated" { // the sweep may have found it first
				of.seesIn("grace", sandbox.RequestsChannel, "the release tomorrow", "no longer active in Okta")
			} else {
				of.sees("ada", "the release tomorrow", "Access could not be given", c.words)
				of.sees("ada", "which was to start now, was not given", c.words)
				of.sees("grace", "that you agreed to, and which was to start now, was not given", c.words)
			}
			of.idle()
			if !of.untouched("ada", "prod/User") {
				t.Error("something was given")
			}
		})
	}
}

func (tw *town) pause(value string) {
	tw.operate(func(o *bot.Operator) error {
		return o.Store.Update(tw.ctx(), o.Actor(), func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, value) })
	})
}

// What waits for its start stays while new grants are paused, and says so; it then lasts as
// long as was approved.
func TestAPauseKeepsAStartWaiting(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	start := tw.tomorrow()
	tw.scheduled("ada", "prod/User", "2 hours", "the release tomorrow", "grace", start)
	tw.pause("yes")
	tw.advance(20*time.Hour + 10*time.Minute)
	tw.sees("ada", "the release tomorrow", "It was to start", "and waits", "new grants are paused by an operator")
	if !tw.untouched("ada", "prod/User") {
		t.Fatal("given during a pause")
	}
	tw.pause("")
	tw.advance(30 * time.Minute)
	tw.sees("ada", "the release tomorrow", "Access is active")
	tw.operate(func(o *bot.Operator) error {
		grants, err := o.Store.GrantsOf(tw.ctx(), tw.Person("ada").OktaID, true)
		if err == nil && (len(grants) != 1 || grants[0].EndAt.Sub(grants[0].StartAt) < 2*time.Hour || grants[0].StartAt.Before(start.Add(20*time.Minute))) {
			t.Errorf("not two hours from its late start: %+v", grants)
		}
		return err
	})
}

func TestAPauseLongerThanTheTimeEndsIt(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.scheduled("ada", "prod/User", "1 hour", "the release tomorrow", "grace", tw.tomorrow())
	tw.pause("yes")
	tw.advance(22 * time.Hour)
	tw.sees("ada", "the release tomorrow", "Access could not be given", "paused until its time was over")
}

// Nothing is known while Okta does not answer, so nothing starts, and nothing is lost.
func TestAStartWaitsForOkta(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.scheduled("ada", "prod/User", "2 hours", "the release tomorrow", "grace", tw.tomorrow())
	down(tw.Okta.Faults())
	tw.advance(20*time.Hour + time.Minute)
	tw.sees("ada", "the release tomorrow", "It was to start", "not everything that is asked about it answers")
	if !tw.untouched("ada", "prod/User") {
		t.Fatal("given without asking")
	}
	tw.Okta.Faults().Clear()
	tw.advance(2 * time.Minute)
	tw.sees("ada", "the release tomorrow", "Access is active")
}

func TestAStartTooFarAheadOrInThePastIsRefusedInTheForm(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	p := tw.as("ada")
	if _, err := p.Slash(tw.ctx(), sandbox.Command, "", p.DM()); err != nil {
		t.Fatal(err)
	}
	form, err := p.WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackAsk })
	if err != nil {
		t.Fatal(err)
	}
	for _, choice := range [][2]string{{messages.FieldEnvironment, "prod"}, {messages.FieldRole, "User"}, {messages.FieldDuration, "1 hour"}} {
		if err := form.Select(tw.ctx(), "", choice[0], choice[1]); err != nil {
			t.Fatal(choice, err)
		}
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, "some day"); err != nil {
		t.Fatal(err)
	}
	for _, ahead := range []time.Duration{-time.Hour, 15 * 24 * time.Hour} {
		tw.from(tw.Clock.Now().Add(ahead))(form)
		if _, err := form.Submit(tw.ctx()); err != nil {
			t.Fatal(err)
		}
		if got := form.Errors()[messages.FieldStart]; !strings.Contains(got, "14 days from now at the latest") {
			t.Errorf("%s: %q", ahead, got)
		}
	}
	tw.from(tw.Clock.Now().Add(13 * 24 * time.Hour))(form)
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		t.Fatalf("%+v %v", s, err)
	}
	tw.sees("ada", "some day", "To begin")
	// A forged form is judged by the same rule.
	forged := tw.forgedAsk(p.ID(), "prod/User", "1h0m0s", "forged")
	forged["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)[messages.FieldStart] = map[string]any{
		messages.FieldStart: map[string]any{"selected_date_time": tw.Clock.Now().Add(400 * 24 * time.Hour).Unix()}}
	tw.deliver(forged)
	tw.idle()
	if len(tw.about("forged")) > 0 {
		t.Error("a start in a year was taken")
	}
	if err := (access.Target{ID: "prod/User"}).CheckStart(tw.Clock.Now().Add(time.Hour), tw.Clock.Now()); err == nil {
		t.Error("a target without start_ahead takes a start")
	}
}
