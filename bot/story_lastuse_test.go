package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/campaigns"
	"airpass/sandbox"
)

// readsTheTrail is a campaign that looks up who has opened Airflow.
func readsTheTrail(w *sandbox.World, yaml string) string {
	yaml = strings.Replace(yaml, "  endpoints:\n", fmt.Sprintf("  endpoints:\n    cloudtrail: %q\n    logs: %q\n", w.Addresses().CloudTrail, w.Addresses().CloudTrail), 1)
	return campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d")(w, yaml) + fmt.Sprintf("last_use: {log_groups: [%q]}\n", sandbox.LogGroupARN)
}

// Who has opened Airflow through the link that was posted has used their access, and who has not
// is known not to have.
func TestACampaignSaysWhenAccessWasUsedLast(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), readsTheTrail, unhurried)
	tw.given("ada", "prod/Viewer", "8 hours", "a look", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "another look", "grace")
	tw.console("ada", "prod/Viewer", "a look")
	tw.advance(time.Hour) // AWS delivers late
	tw.CloudTrail.Deny("FilterLogEvents")
	tw.operate(func(op *bot.Operator) error {
		_, err := op.Campaigns.Start(tw.ctx(), op.Actor(), "quarterly")
		return err
	})
	tw.eventually("it was tried to read it", func() bool { return tw.occurrence().Attempts > 0 })
	if o := tw.occurrence(); o.State != access.OccurrenceBuilding || !strings.Contains(o.LastError, "not authorized") {
		t.Errorf("%+v", o)
	}
	tw.CloudTrail.Allow("FilterLogEvents")
	tw.advance(time.Hour)
	o := tw.becomesOccurrence(access.OccurrenceOpen)
	items, _ := tw.itemsOf(o)
	for who, want := range map[string]bool{"ada": true, "ben": false} {
		i, is := items["prod/Viewer "+tw.Person(who).Login]
		facts, err := campaigns.Facts(i)
		_, used := facts.Used()
		_, not := facts.Unused()
		if !is || err != nil || used != want || not == want {
			t.Errorf("%s: %s %v", who, facts.LastUse, err)
		}
	}
	if len(o.Population.Uses) == 0 || !strings.Contains(o.Population.Uses[0], sandbox.LogGroup) {
		t.Errorf("%v", o.Population.Uses)
	}
}
