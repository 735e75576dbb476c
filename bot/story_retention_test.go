package bot_test

import (
	"regexp"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/sandbox"
	"airpass/store"
)

// Who is done with for long enough is erased by itself, and the trail still verifies; nobody
// is before that.
func TestWhoIsDoneWithIsErasedByItself(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), func(_ *sandbox.World, yaml string) string {
		yaml = regexp.MustCompile(`(?m)^campaigns:\n(  .*\n)+`).ReplaceAllString(yaml, "") // which would ask about her meanwhile, and keep her
		return yaml + "\nretention: {personal: 90d, schedule: \"@every 1s\"}\n"
	})
	tw.ask("ada", "prod/Viewer", "1 hour", "long ago")
	tw.deny("grace", tw.card("grace", "long ago"), "not today")
	tw.operate(func(o *bot.Operator) error {
		reason := func() string {
			all, err := o.Store.Requests(tw.ctx(), store.RequestFilter{Limit: 10})
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v %v", all, err)
			}
			return all[0].Reason
		}
		tw.eventually("retention has looked", func() bool {
			runs, err := o.Store.CronRuns(tw.ctx())
			return err == nil && !runs["retention"].IsZero()
		})
		tw.eventually("it is denied", func() bool { // or that happens when she is looked at, on a busy machine
			all, err := o.Store.Requests(tw.ctx(), store.RequestFilter{Limit: 1})
			return err == nil && len(all) == 1 && all[0].State == access.RequestDenied
		})
		if reason() != "long ago" {
			t.Error("erased at once")
		}
		tw.advance(91 * 24 * time.Hour)
		tw.eventually("what she has said is erased", func() bool { return reason() == "" })
		if r, err := o.Store.VerifyAudit(tw.ctx()); err != nil || r.Why != "" || r.Erased == 0 {
			t.Errorf("%+v %v", r, err)
		}
		return nil
	})
}
