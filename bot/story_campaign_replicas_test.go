package bot_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
	"airpass/store/storetest"
)

// Two replicas have one campaign between them, from its date to its last removal, and look at
// it at the same moments: people are asked once, the admins are told once that silence takes
// away more than the cap lets it, and what is taken away is asked of AWS once.
func TestTwoReplicasHaveOneCampaign(t *testing.T) {
	t.Parallel()
	url := storetest.PostgreSQL(t)
	tw := &town{T: t, World: world(t, quick()), abreast: 2, log: &logLines{}}
	tw.configure(url, campaign("scope: {access: standing}, reviewers: [manager], fallback: [environment_owners], deadline: 7d, remove_standing: true"), unhurried, inferred(1))
	tw.serve()
	for _, b := range tw.bots {
		tw.eventually("they know each other", func() bool { return metric(t, b, "airpass_replicas") == 2 })
	}
	people := []string{"ada", "ben", "chen", "vera"} // of whom Vera is her own manager
	for _, who := range people {
		tw.must(tw.IdentityCenter.Assign(tw.byHand(who, "prod/Viewer")))
	}
	tw.advance(100 * 24 * time.Hour)
	o := tw.becomesOccurrence(access.OccurrenceOpen)
	tw.eventually("both are told", func() bool { return tw.told(o) == 2 })
	tw.sees("grace", stillNeeded, "0 of 3 are decided")
	tw.sees("olivia", stillNeeded, "0 of 1 are decided")
	tw.certifies("grace", map[string]string{"ada": "revoke"})
	tw.stands("ada", access.ItemDecided, access.RevokeItem)
	tw.advance(access.GraceOfReview + time.Minute)
	tw.settles("ada", "")

	tw.advance(7*24*time.Hour + time.Hour)
	notice := tw.seesIn("sam", sandbox.AdminChannel, "nobody has said anything about 3 of 4 items", "airpass removals confirm")
	for range 3 {
		tw.advance(5 * time.Minute)
		tw.idle()
	}
	for _, who := range people[1:] {
		if tw.deletions(who, "prod/Viewer") > 0 {
			t.Errorf("the access of %s was taken away before an admin has confirmed it", who)
		}
	}
	batch := regexp.MustCompile(`removals confirm ([0-9a-f]+)`).FindStringSubmatch(notice.Visible())
	if batch == nil {
		t.Fatal(notice.Visible())
	}
	tw.operate(func(op *bot.Operator) error { return op.Grants.ConfirmRemovals(tw.ctx(), op.Actor(), batch[1]) })
	tw.advance(2 * time.Minute)
	for _, who := range people[1:] {
		tw.settles(who, "")
	}
	tw.becomesOccurrence(access.OccurrenceClosed)
	tw.sees("grace", stillNeeded, "It is over")
	tw.sees("olivia", stillNeeded, "It is over")
	tw.advance(time.Hour) // past the look at whether it has come back
	tw.idle()
	tw.saidOnce(map[string]int{stillNeeded: 2, "airpass removals confirm": 1})
	tw.happenedOnce(o, people, "grace", "olivia")
}

// saidOnce says how many messages airpass has posted that show these words, also those that
// it has deleted since.
func (tw *town) saidOnce(want map[string]int) {
	tw.Helper()
	for words, n := range want {
		says, posted := workspace.Saying(words), 0
		for _, m := range tw.Slack.AllMessages() {
			if m.FromApp && says(m) {
				posted++
			}
		}
		if posted != n {
			tw.Errorf("%d messages say %q, want %d", posted, words, n)
		}
	}
}

// happenedOnce says that everything about a campaign that took away all that it was about is
// in the trail once, and was asked of AWS once.
func (tw *town) happenedOnce(o access.Occurrence, people []string, reviewers ...string) {
	tw.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, kind := range []string{"begun", "opened", "closed"} {
		want["campaign."+kind+" "+o.ID] = 1
	}
	items, _ := tw.itemsOf(o)
	for _, i := range items {
		for _, kind := range []string{"decided", "removing", "settled"} {
			want["item."+kind+" "+i.ID] = 1
		}
	}
	for _, who := range people {
		if n := tw.deletions(who, "prod/Viewer"); n != 1 || tw.assignments(who, "prod/Viewer") > 0 {
			tw.Errorf("AWS was asked %d times to take away what %s had", n, who)
		}
		for _, what := range []string{"intent.remove", "intent.done", "call.made", "entitlement.absent"} {
			want[what+" "+tw.Person(who).OktaID] = 1
		}
	}
	for _, who := range reviewers {
		want["reviewer.asked "+tw.Person(who).OktaID] = 1
	}
	for _, e := range tw.trail() {
		family, _, _ := strings.Cut(string(e.Kind), ".")
		switch what := string(e.Kind) + " "; {
		case family == "campaign":
			got[what+e.Facts["occurrence"]]++
		case e.Kind == "reviewer.asked":
			got[what+e.Facts["reviewer"]]++
		case family == "item":
			got[what+e.Facts["item"]]++
		case want[what+access.OwnerOf(e.Ref)] > 0:
			got[what+access.OwnerOf(e.Ref)]++
		}
	}
	if len(items) != len(people) || !maps.Equal(got, want) {
		tw.Errorf("%d items, and what happened how often:\n%s\nwant:\n%s", len(items), fmt.Sprint(got), fmt.Sprint(want))
	}
}
