package bot_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox/workspace"
	"airpass/store"
)

const stillWaits = "still waits for you"

// waitsTold counts how often somebody was reminded of a campaign, after those who are due to be
// were seen to.
func (tw *town) waitsTold(who string) int {
	tw.Helper()
	tw.eventually("everybody who is due to be told was", func() bool { return !tw.due(store.WakeCampaignReviewer) })
	n, p, says := 0, tw.as(who), workspace.Saying(stillWaits)
	for _, m := range p.Messages(p.DM()) {
		if says(m) {
			n++
		}
	}
	return n
}

// day is a moment as a reminder has it.
func day(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// Nobody answers about something in time, and others are asked: also who was asked about
// something else before is told at once, and reminded up to the new deadline. The first are
// reminded no more, and not at the deadline.
func TestWhatNobodyAnswersInTimeIsAskedOfOthers(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 48h, remind_every: 24h, silence: escalate, escalate_to: [managers_manager]"), unhurried)
	for _, who := range []string{"ada", "ben", "grace"} {
		tw.must(tw.IdentityCenter.Assign(tw.byHand(who, "prod/Viewer")))
	}
	tw.idle()
	o := tw.starts()
	tw.sees("grace", stillNeeded, "0 of 2 are decided")
	tw.sees("vera", stillNeeded, "0 of 1 are decided")
	tw.advance(24*time.Hour + time.Minute)
	tw.sees("grace", stillWaits+": 2 items are open, until "+day(o.DeadlineAt))
	tw.sees("vera", stillWaits+": 1 items are open, until "+day(o.DeadlineAt))
	tw.certifies("grace", map[string]string{"ada": "keep"})
	tw.stands("ada", access.ItemDecided, access.KeepItem)

	tw.advance(24 * time.Hour)
	tw.sees("grace", stillNeeded, "It is over")
	if n := tw.waitsTold("grace"); n != 1 {
		t.Errorf("Grace was reminded %d times, the last at the deadline", n)
	}
	tw.advance(10 * time.Minute)
	tw.eventually("others are asked", func() bool { return tw.occurrence().DeadlineAt.After(o.DeadlineAt) })
	o = tw.occurrence()
	tw.sees("vera", stillWaits+": 2 items are open, until "+day(o.DeadlineAt))
	tw.sees("vera", stillNeeded, "0 of 2 are decided")
	tw.advance(25 * time.Hour)
	tw.eventually("Vera is reminded before the new deadline", func() bool { return tw.waitsTold("vera") == 3 })
	if n := tw.waitsTold("grace"); n != 1 {
		t.Errorf("Grace was reminded %d times, of what others are asked now", n)
	}
	tw.certifies("vera", map[string]string{"ben": "revoke", "grace": "keep"})
	if i := tw.stands("ben", access.ItemDecided, access.RevokeItem); i.Decider.OktaID != tw.Person("vera").OktaID {
		t.Errorf("%+v", i)
	}
	tw.advance(24 * time.Hour)
	tw.becomesOccurrence(access.OccurrenceClosed)
}

// What silence would take away waits for an admin: meanwhile the campaign takes no answers, and
// nobody is told that it waits for them.
func TestNobodyIsRemindedOfWhatTakesNoAnswers(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 24h, remind_every: 8h, remove_standing: true"), unhurried, inferred(0))
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")), tw.IdentityCenter.Assign(tw.byHand("ben", "prod/Viewer")))
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 2 are decided")
	for want := 1; want < 3; want++ {
		tw.advance(8*time.Hour + time.Minute)
		tw.eventually("Grace is reminded", func() bool { return tw.waitsTold("grace") == want })
	}
	for range 3 {
		tw.advance(8*time.Hour + time.Minute)
		if n := tw.waitsTold("grace"); n != 2 {
			t.Fatalf("Grace was reminded %d times, also of what is over", n)
		}
	}
	tw.eventually("silence waits for an admin", func() bool { return len(tw.about("airpass removals confirm")) == 1 })
	if card := tw.sees("grace", stillNeeded, "It is over"); len(card.Buttons()) != 0 {
		t.Errorf("%v", card.Buttons())
	}
	tw.stands("ada", access.ItemOpen, "")
}
