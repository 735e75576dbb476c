package bot_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/messages"
)

// Many are kept until a date at once: who does so reads until when, and of which the date is not
// true, before it is recorded. A day that is over, or one for what is taken away, is said at its
// field. What is kept is there until then, and no longer.
func TestManyAreKeptUntilADate(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [{person: grace@example.com}], deadline: 7d, remove_standing: true"), unhurried)
	tw.given("ada", "prod/User", "4 hours", "ends before that by itself", "grace")
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ben", "prod/Viewer")), tw.IdentityCenter.Assign(tw.byHand("chen", "prod/Viewer")), tw.IdentityCenter.Assign(tw.byHand("alex", "prod/User")))
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 4 are decided")
	today := tw.Clock.Now().UTC()
	until := today.AddDate(0, 0, 20).Format(time.DateOnly)

	form := tw.choosing("grace", "all", "keep")
	for verdict, day := range map[string]string{"keep": today.Format(time.DateOnly), "revoke": until, "reduce": until} {
		tw.must(form.Select(tw.ctx(), messages.FieldVerdict, messages.FieldVerdict, verdict), form.Select(tw.ctx(), messages.FieldUntil, messages.FieldUntil, day))
		if sent, err := form.Submit(tw.ctx()); err != nil || sent.Closed || len(sent.Errors) != 1 || sent.Errors[messages.FieldUntil] == "" {
			t.Fatalf("%s until %s: %+v, %v", verdict, day, sent, err)
		}
	}
	tw.must(form.Select(tw.ctx(), messages.FieldVerdict, messages.FieldVerdict, "keep"), form.Select(tw.ctx(), messages.FieldUntil, messages.FieldUntil, until))
	form = tw.listed("grace", form)
	tw.shows(form, "4 are kept until "+until+", and taken away then", "ben@example.com – prod/Viewer", "1 of them end before that by themselves, with their grants", "ada@example.com – prod/User, ")
	tw.records(form)
	tw.click(tw.sees("grace", stillNeeded, "4 of 4 are decided: 4 kept"), "Take back the last (4)")
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
		if i := tw.stands(who, access.ItemDecided, access.KeepItem); day == "" != i.KeepUntil.IsZero() || day != "" && i.KeepUntil.Format(time.DateOnly) != day {
			t.Errorf("%+v", i)
		}
	}

	tw.advance(19 * 24 * time.Hour)
	tw.idle()
	if !tw.has("ben", "prod/Viewer") || !tw.has("chen", "prod/Viewer") {
		t.Error("what is kept is gone before its day")
	}
	tw.advance(25 * time.Hour)
	tw.eventually("what was kept until now is gone", func() bool { return tw.free("ben", "prod/Viewer") && tw.free("chen", "prod/Viewer") })
	if tw.assignments("alex", "prod/User") != 1 {
		t.Error("what is kept for good is gone")
	}
}
