package bot_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

// Many are kept until a date at once: who does so reads until when, and of which the date is not
// true, before it is recorded. A day that is over, or one for what is taken away, is said at its
// field. What is kept is there until then, and no longer.
func TestManyAreKeptUntilADate(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [{person: grace@example.com}], deadline: 7d, remove_standing: true"), unhurried)
	tw.given("ada", "prod/User", "4 hours", "ends before that by itself", "grace")
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ben", "prod/Viewer")), tw.IdentityCenter.Assign(tw.byHand("chen", "prod/Viewer")), tw.IdentityCenter.Assign(tw.byHand("alex", "prod/User")))
	tw.Slack.UpdateUser(tw.Person("grace").SlackID, func(u *workspace.User) { u.TZ = "America/Los_Angeles" })
	tw.operate(func(op *bot.Operator) error { // as if an earlier version had met her
		_, err := op.Store.DB().ExecContext(tw.ctx(), "UPDATE readers SET zone = ''")
		return err
	})
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 4 are decided")
	// Grace sits far behind UTC: what she calls a day ends when it is the next elsewhere.
	here, err := time.LoadLocation("America/Los_Angeles")
	tw.must(err)
	today := tw.Clock.Now().In(here)
	until := today.AddDate(0, 0, 20).Format(time.DateOnly)
	ends := time.Date(today.Year(), today.Month(), today.Day()+20, 23, 59, 59, 0, here)

	form := tw.choosing("grace", "all", "keep")
	tw.shows(form, "To the end of that day, by the clock of your time zone in Slack (America/Los_Angeles).")
	for verdict, day := range map[string]string{"keep": today.Format(time.DateOnly), "revoke": until, "reduce": until} {
		tw.must(form.Select(tw.ctx(), messages.FieldVerdict, messages.FieldVerdict, verdict), form.Select(tw.ctx(), messages.FieldUntil, messages.FieldUntil, day))
		if sent, err := form.Submit(tw.ctx()); err != nil || sent.Closed || len(sent.Errors) != 1 || sent.Errors[messages.FieldUntil] == "" {
			t.Fatalf("%s until %s: %+v, %v", verdict, day, sent, err)
		}
	}
	tw.must(form.Select(tw.ctx(), messages.FieldVerdict, messages.FieldVerdict, "keep"), form.Select(tw.ctx(), messages.FieldUntil, messages.FieldUntil, until))
	form = tw.listed("grace", form)
	tw.shows(form, "4 are kept until <!date^", ends.UTC().Format("2006-01-02 15:04 UTC")+">, and taken away then", "ben@example.com – prod/Viewer", "1 of them end before that by themselves, with their grants", "ada@example.com – prod/User, ")
	tw.records(form)
	tw.click(tw.sees("grace", stillNeeded, "4 of 4 are decided: 4 kept", "What you have kept last for a time is kept until", ends.UTC().Format("2006-01-02 15:04 UTC")), "Take back the last (4)")
	tw.sees("grace", stillNeeded, "0 of 4 are decided")

	form = tw.choosing("grace", "target:prod/Viewer", "keep")
	tw.must(form.Select(tw.ctx(), messages.FieldUntil, messages.FieldUntil, until))
	tw.records(tw.listed("grace", form))
	tw.sees("grace", stillNeeded, "2 of 4 are decided: 2 kept")

	single := tw.opensItems("grace")
	for _, item := range tw.asksAbout(single) {
		tw.must(single.Select(tw.ctx(), item, messages.FieldChoice, "keep"))
	}
	tw.must(single.Select(tw.ctx(), messages.FieldUntil, messages.FieldUntil, today.Format(time.DateOnly)))
	if sent, err := single.Submit(tw.ctx()); err != nil || sent.Closed || sent.Errors[messages.FieldUntil] == "" {
		t.Fatalf("a day that is over is taken: %+v, %v", sent, err)
	}
	tw.must(single.CloseAll(tw.ctx()))
	tw.certifies("grace", map[string]string{"ada": "keep", "alex": "keep"})
	tw.sees("grace", stillNeeded, "4 of 4 are decided: 4 kept")
	for who, day := range map[string]string{"ben": until, "chen": until, "ada": "", "alex": ""} {
		if i := tw.stands(who, access.ItemDecided, access.KeepItem); day == "" != i.KeepUntil.IsZero() || day != "" && !i.KeepUntil.Equal(ends) {
			t.Errorf("%+v", i)
		}
	}

	tw.advance(ends.Sub(tw.Clock.Now()) - time.Hour)
	tw.idle()
	if !tw.has("ben", "prod/Viewer") || !tw.has("chen", "prod/Viewer") {
		t.Error("what is kept is gone before its day")
	}
	tw.advance(2 * time.Hour)
	tw.eventually("what was kept until now is gone", func() bool { return tw.free("ben", "prod/Viewer") && tw.free("chen", "prod/Viewer") })
	if tw.assignments("alex", "prod/User") != 1 {
		t.Error("what is kept for good is gone")
	}
}
