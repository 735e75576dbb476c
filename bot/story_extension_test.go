package bot_test

import (
	"testing"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

// extends asks for more time with the button of somebody's card.
func (tw *town) extends(who, card, duration, reason string) {
	tw.Helper()
	p := tw.as(who)
	tw.press(who, "Extend", card, "Access is active")
	form, err := p.WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackExtend })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	if err := form.Select(tw.ctx(), messages.FieldDuration, messages.FieldDuration, duration); err != nil {
		tw.Fatal(err)
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, reason); err != nil {
		tw.Fatal(err)
	}
	if _, err := form.Submit(tw.ctx()); err != nil {
		tw.Fatal(err)
	}
}

func TestAnExtensionLeavesNoGapAndMakesNoSecondAssignment(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.extends("ada", "the nightly run", "2 hours", "it takes longer")
	tw.sees("grace", "it takes longer", "It makes access longer that is held already")
	tw.press("grace", "Approve", "it takes longer")
	tw.sees("ada", "it takes longer", "Access is active")
	tw.sees("ada", "the nightly run", "It was extended until")
	tw.advance(time.Hour + 2*time.Minute)
	tw.sees("ada", "the nightly run", "It was extended until", "Access has ended")
	tw.advance(90 * time.Minute)
	if !tw.has("ada", "prod/User") || tw.creations("ada", "prod/User") != 1 || tw.deletions("ada", "prod/User") != 0 {
		t.Fatalf("a gap, or a second assignment: has %v, %d created, %d deleted", tw.has("ada", "prod/User"), tw.creations("ada", "prod/User"), tw.deletions("ada", "prod/User"))
	}
	tw.advance(30 * time.Minute)
	tw.sees("ada", "it takes longer", "Access has ended")
	if !tw.free("ada", "prod/User") {
		t.Error("something is left after the extension's end")
	}
}

func TestWhoGivesBackWhatWasExtendedGivesAllOfItBack(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.extends("ada", "the nightly run", "2 hours", "it takes longer")
	tw.press("grace", "Approve", "it takes longer")
	tw.sees("ada", "it takes longer", "Access is active")
	tw.press("ada", "Give back", "the nightly run", "It was extended until")
	tw.sees("ada", "it takes longer", "Access has ended")
	tw.eventually("all of it is gone", func() bool { return tw.free("ada", "prod/User") })
}

func TestWhatCannotBeExtendedIsRefusedWithWords(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), chained("prod/User", "8h"), func(*config.Config) {})
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.extends("ada", "the nightly run", "8 hours", "far too long")
	tw.sees("ada", "Your request was not made", "may go on for 8h0m0s at a stretch", "7h0m0s are left")
	tw.extends("ada", "the nightly run", "1 hour", "first")
	tw.sees("grace", "first", "held already")
	tw.extends("ada", "the nightly run", "1 hour", "second")
	tw.sees("ada", "an extension of it waits for a decision already")
	// What was taken away before its time is not given again by an old request.
	tw.operate(func(o *bot.Operator) error {
		grants, err := o.Store.GrantsOf(tw.ctx(), tw.Person("ada").OktaID, true)
		if err != nil {
			return err
		}
		return o.Grants.Revoke(tw.ctx(), o.Actor(), grants[0].ID, "revoked", "an incident")
	})
	tw.eventually("it is gone", func() bool { return tw.free("ada", "prod/User") })
	tw.press("grace", "Approve", "first")
	tw.sees("grace", "was ended before its time")
	if !tw.free("ada", "prod/User") {
		t.Error("given again")
	}
}
