package bot_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/campaigns"
	campaignreport "airpass/campaigns/report"
)

// Somebody may have several grants of one target, each with a time of its own. Who is asked is
// told of all of them, and their no is said of all: nothing is gone as long as one is left. What
// was given after people were asked is somebody else's decision, and said. One that is to start
// later is among them.
func TestANoIsSaidOfAllGrants(t *testing.T) {
	t.Parallel()
	for name, anew := range map[string]bool{"nothing is left": false, "given anew meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := settleWith(t, quick(), campaign("scope: {access: grants}, reviewers: [manager], fallback: [environment_owners], deadline: 7d"), unhurried)
			tw.given("ada", "prod/Viewer", "8 hours", "the first", "grace")
			tw.given("ada", "prod/Viewer", "4 hours", "beside it", "grace")
			tw.scheduled("ada", "prod/Viewer", "1 hour", "and tomorrow", "grace", tw.tomorrow())
			tw.idle()
			items, _ := tw.itemsOf(tw.starts())
			if len(items) != 1 {
				t.Fatalf("%d items: %+v", len(items), items)
			}
			for _, i := range items {
				if facts, err := campaigns.Facts(i); err != nil || len(facts.Besides) != 2 || facts.Besides[0].From.IsZero() || !facts.Besides[1].From.IsZero() || facts.Besides[1].Grant == i.Grant || !facts.Besides[1].Until.Before(facts.Until) {
					t.Errorf("%+v %v", facts, err)
				}
			}
			tw.certifies("grace", map[string]string{"ada": "revoke"})
			tw.stands("ada", access.ItemDecided, access.RevokeItem)
			if anew {
				tw.given("ada", "prod/Viewer", "1 hour", "wanted again", "grace")
			}
			tw.advance(access.GraceOfReview + time.Minute)
			left := map[bool]string{true: campaigns.GivenSince}[anew]
			tw.settles("ada", left)
			if has := tw.assignments("ada", "prod/Viewer") == 1; has != anew {
				t.Errorf("she has it: %t", has)
			}
			tw.advance(24 * time.Hour)
			tw.idle()
			if tw.assignments("ada", "prod/Viewer") > 0 {
				t.Error("what was to start later has")
			}
			var page bytes.Buffer
			tw.operate(func(op *bot.Operator) error {
				return campaignreport.Write(tw.ctx(), op.Store, tw.occurrence().ID, campaignreport.HTML, "", &page)
			})
			if !strings.Contains(page.String(), "and grant ") || strings.Contains(page.String(), campaigns.GivenSince) != anew || strings.Contains(page.String(), "changed past airpass") {
				t.Error(page.String())
			}
		})
	}
}
