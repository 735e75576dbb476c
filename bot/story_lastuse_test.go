package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/campaigns"
	campaignreport "airpass/campaigns/report"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/cloudtrail"
	"airpass/sandbox/control"
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

// readsTheHistory is a campaign that looks in the event history who has opened Airflow.
func readsTheHistory(w *sandbox.World, yaml string) string {
	yaml = strings.Replace(yaml, "  endpoints:\n", fmt.Sprintf("  endpoints:\n    cloudtrail: %q\n    logs: %q\n", w.Addresses().CloudTrail, w.Addresses().CloudTrail), 1)
	return campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d")(w, yaml) + "last_use: {event_history: true}\n"
}

// settledWithHistory is a town whose CloudTrail has in its event history who opens Airflow: Ada
// has, with what she was given, and Ben has not.
func settledWithHistory(t *testing.T) *town {
	t.Helper()
	o := quick()
	o.EventHistory = true
	tw := settleWith(t, o, readsTheHistory, unhurried)
	tw.given("ada", "prod/Viewer", "8 hours", "a look", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "another look", "grace")
	tw.given("ben", "dev/User", "8 hours", "what nobody opens", "grace")
	tw.console("ada", "prod/Viewer", "a look")
	tw.advance(time.Hour) // AWS delivers late
	return tw
}

// lookups are the calls of LookupEvents, and how many of them came right after another: they
// are made a second apart, and on a busy machine one may take a while to arrive.
func (tw *town) lookups() (all, hurried int) {
	var last time.Time
	for _, c := range tw.CloudTrail.Faults().Calls() {
		if c.Op != "LookupEvents" {
			continue
		}
		if all++; !last.IsZero() && c.At.Sub(last) < 300*time.Millisecond {
			hurried++
		}
		last = c.At
	}
	return all, hurried
}

// The history of each account is looked up once for an occurrence, at the pace that AWS allows:
// what was read stays when that of another account cannot be read at first.
func TestACampaignLooksInTheEventHistoryOnce(t *testing.T) {
	t.Parallel()
	tw := settledWithHistory(t)
	// The second account refuses at first.
	tw.CloudTrail.Faults().Add(control.Fault{Op: "LookupEvents", Skip: 2, Times: 1, Answer: "denied"})
	tw.operate(func(op *bot.Operator) error {
		_, err := op.Campaigns.Start(tw.ctx(), op.Actor(), "quarterly")
		return err
	})
	tw.eventually("it was tried to read it", func() bool { return tw.occurrence().Attempts > 0 })
	if o := tw.occurrence(); o.State != access.OccurrenceBuilding || !strings.Contains(o.LastError, "event history of") {
		t.Errorf("%+v", o)
	}
	if n, _ := tw.lookups(); n != 3 {
		t.Errorf("%d lookups before it could be read, of which 2 are of the first account", n)
	}
	tw.advance(time.Hour)
	o := tw.becomesOccurrence(access.OccurrenceOpen)
	n, hurried := tw.lookups()
	if n != 5 || hurried > 0 {
		t.Errorf("%d lookups, %d of them hurried: two of each account, and one that was refused", n, hurried)
	}
	tw.useOf(o, "prod/Viewer", "ada", true, false)
	tw.useOf(o, "prod/Viewer", "ben", false, true)
	tw.useOf(o, "dev/User", "ben", false, false) // nobody has opened anything in that account: nothing is known
	if all := strings.Join(o.Population.Uses, "\n"); !strings.Contains(all, "event history of "+tw.Target("prod/Viewer").Account) || !strings.Contains(all, "event history of "+tw.Target("dev/User").Account) ||
		!strings.Contains(all, tw.Target("dev/User").Account+" in") {
		t.Errorf("what was read: %s", all)
	}

	// Who is asked reads it in the form, and the report has it.
	form := tw.opensItems("grace")
	tw.shows(form, "Last use: none since", "Last use: not known")
	var page strings.Builder
	tw.operate(func(op *bot.Operator) error { return campaignreport.Write(tw.ctx(), op.Store, o.ID, "json", "", &page) })
	for _, words := range []string{"event history of " + tw.Target("prod/Viewer").Account, `"last_use":"none since `, `"last_use":"unknown"`} {
		if !strings.Contains(strings.ReplaceAll(page.String(), `": "`, `":"`), words) {
			t.Errorf("the report does not say %s", words)
		}
	}
	// The same beforehand; and whoever looks beforehand does not read it unless asked to.
	before, _ := tw.lookups()
	if i := items(tw.preview())["prod/Viewer ada"]; i.LastUse != "unknown" {
		t.Errorf("%+v", i)
	}
	if n, _ := tw.lookups(); n != before {
		t.Errorf("%d lookups for a preview that was not to look", n-before)
	}
	var p campaigns.Preview
	tw.operate(func(op *bot.Operator) (err error) {
		p, err = op.Preview(tw.ctx(), tw.config, "quarterly", true)
		return err
	})
	if _, used := items(p)["prod/Viewer ada"].Used(); !used {
		t.Errorf("%+v", items(p)["prod/Viewer ada"])
	}
}

// What may not be read is unknown, and not waited for without end.
func TestACampaignThatMayNotLookInTheEventHistory(t *testing.T) {
	t.Parallel()
	tw := settledWithHistory(t)
	tw.CloudTrail.Deny("LookupEvents")
	tw.operate(func(op *bot.Operator) error {
		_, err := op.Campaigns.Start(tw.ctx(), op.Actor(), "quarterly")
		return err
	})
	tw.eventually("it was tried to read it", func() bool { return tw.occurrence().Attempts > 0 })
	tw.must(tw.IdentityCenter.Assign(tw.byHand("zoe", "prod/Viewer"))) // who has it when that is over
	tw.advance(13 * time.Hour)
	o := tw.becomesOccurrence(access.OccurrenceOpen)
	tw.useOf(o, "prod/Viewer", "zoe", false, false)
	if all := strings.Join(o.Population.Uses, "\n"); !strings.Contains(all, "could not be read") || !strings.Contains(all, "not authorized") {
		t.Errorf("what was read: %s", all)
	}
}

// A history that is not read to its end, because it has more than a campaign reads or because AWS
// says every time that others ask too much, tells nobody that they have not used what they have:
// the form says that it is not known, and the report says why.
func TestWhatIsNotReadToItsEndIsNotKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file   func(*sandbox.World, string) string
		happen func(*town)
		used   bool   // it is known that Ada has
		why    string // nothing is known of others
	}{
		"more of the history than is read": {readsTheHistory, func(tw *town) { tw.othersOpen("CreateWebLoginToken", 3000) }, true,
			"there are more than 120 calls could read: of who is not among these, the last use is unknown"},
		"more of a log group than is read": {readsTheTrail, func(tw *town) { tw.othersOpen("InvokeRestApi", 12_000) }, true,
			"there are more than 120 calls could read: of who is not among these, the last use is unknown"},
		"a history of which a page never comes": {readsTheHistory, func(tw *town) {
			tw.othersOpen("CreateWebLoginToken", 60)
			tw.CloudTrail.Faults().Add(control.Fault{Op: "LookupEvents", Skip: 1, Answer: "throttled"})
		}, false, "could not be read: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := quick()
			o.EventHistory, o.Unlimited = true, true
			tw := settleBudgeted(t, o, unpaced(), c.file, unhurried)
			tw.given("ada", "prod/Viewer", "8 hours", "a look", "grace")
			tw.must(tw.IdentityCenter.Assign(tw.byHand("ben", "prod/Viewer")))
			tw.console("ada", "prod/Viewer", "a look")
			c.happen(tw)
			tw.advance(time.Hour) // AWS delivers late
			tw.operate(func(op *bot.Operator) error {
				_, err := op.Campaigns.Start(tw.ctx(), op.Actor(), "quarterly")
				return err
			})
			if !c.used {
				tw.eventually("it was tried to read it", func() bool { return tw.occurrence().Attempts > 0 })
				tw.advance(13 * time.Hour) // no longer is it waited for
			}
			found := tw.becomesOccurrence(access.OccurrenceOpen)
			if c.used {
				tw.useOf(found, "prod/Viewer", "ada", true, false)
			}
			tw.useOf(found, "prod/Viewer", "ben", false, false)
			form := tw.opensItems("grace")
			tw.shows(form, "Last use: not known")
			if shown := form.View().Visible(); strings.Contains(shown, "none since") {
				tw.Errorf("of somebody it says that they have not:\n%s", shown)
			}
			var page strings.Builder
			tw.operate(func(op *bot.Operator) error {
				return campaignreport.Write(tw.ctx(), op.Store, found.ID, "html", "", &page)
			})
			where := tw.Target("prod/Viewer").Account + " in eu-west-1"
			for _, words := range []string{c.why, where + ": it cannot be told who has not opened Airflow: no recent call of anybody is recorded, or not all could be read"} {
				if !strings.Contains(page.String(), words) {
					tw.Errorf("the report does not say %q", words)
				}
			}
		})
	}
}

// unpaced has a campaign read CloudTrail without the pause of a second between two calls.
func unpaced() map[outbound.Vendor]outbound.Budget {
	return map[outbound.Vendor]outbound.Budget{outbound.CloudTrail: {Here: 1}, outbound.CloudWatchLogs: {Here: 1}}
}

// othersOpen has others have opened Airflow in the account of prod, before what was done by now.
func (tw *town) othersOpen(operation string, times int) {
	tw.Helper()
	of, now := tw.Target("prod/Viewer"), tw.Clock.Now()
	for n := range times {
		tw.CloudTrail.Record(cloudtrail.Event{At: now.Add(-time.Hour - time.Duration(n)*time.Second), Account: of.Account, Region: "eu-west-1", Name: operation, Environment: of.MWAAName,
			ARN: "arn:aws:sts::" + of.Account + ":assumed-role/Automation/etl"})
	}
}

// useOf says what is known of the use of an item.
func (tw *town) useOf(o access.Occurrence, target, who string, used, unused bool) {
	tw.Helper()
	items, _ := tw.itemsOf(o)
	i, is := items[target+" "+tw.Person(who).Login]
	facts, err := campaigns.Facts(i)
	_, did := facts.Used()
	_, not := facts.Unused()
	if !is || err != nil || did != used || not != unused {
		tw.Errorf("%s %s: %t, last use %q %v", target, who, is, facts.LastUse, err)
	}
}
