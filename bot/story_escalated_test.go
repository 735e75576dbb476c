package bot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	campaignreport "airpass/campaigns/report"
	"airpass/messages"
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
	tw.sees("grace", stillNeeded, "0 of 2 are decided", "Others are asked then about what is still open")
	tw.sees("vera", stillNeeded, "0 of 1 are decided")
	tw.advance(24*time.Hour + time.Minute)
	tw.sees("grace", stillWaits+": 2 items are open, until "+day(o.DeadlineAt))
	tw.sees("vera", stillWaits+": 1 items are open, until "+day(o.DeadlineAt))
	tw.certifies("grace", map[string]string{"ada": "keep"})
	tw.stands("ada", access.ItemDecided, access.KeepItem)

	tw.advance(24 * time.Hour)
	if card := tw.sees("grace", stillNeeded, "The time to answer is over. What is still open is being passed on to others."); len(card.Buttons()) != 0 {
		t.Errorf("%v", card.Buttons())
	}
	if n := tw.waitsTold("grace"); n != 1 {
		t.Errorf("Grace was reminded %d times, the last at the deadline", n)
	}
	tw.advance(10 * time.Minute)
	tw.eventually("others are asked", func() bool { return tw.occurrence().DeadlineAt.After(o.DeadlineAt) })
	o = tw.occurrence()
	tw.sees("vera", stillWaits+": 2 items are open, until "+day(o.DeadlineAt))
	tw.sees("vera", stillNeeded, "0 of 2 are decided", "What is still open then is kept, which is a finding")
	card := tw.sees("grace", stillNeeded, "1 of 2 are decided: 1 kept, 0 taken away", "Passed on to others, because nobody has answered in time: 1", "Nothing here waits for you")
	if workspace.Saying("Thank you")(card) || len(card.Buttons()) != 0 {
		t.Errorf("she is thanked for what she has not done: %s %v", card.Visible(), card.Buttons())
	}
	tw.shows(tw.opensItems("vera"), "Nobody who was asked about it before has answered in time")
	tw.must(tw.as("vera").OpenView().CloseAll(tw.ctx()))
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
	if card := tw.sees("grace", stillNeeded, "It is over"); workspace.Saying("Thank you")(card) {
		t.Errorf("she is thanked for what she has not done: %s", card.Visible())
	}
	tw.sees("vera", stillNeeded, "It is over. Thank you.")
	tw.reportsEscalation(o)
}

// Once others are asked, because the time to answer is over, nobody is asked behind that once more:
// what was said at the last moment stays, also that somebody else is asked, whom silence would
// have escalated to as well. Of what is said from then on it is as ever.
func TestNothingIsTakenBackBehindAnEscalation(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 48h, remind_every: 24h, silence: escalate, escalate_to: [managers_manager]"), unhurried)
	for _, who := range []string{"ada", "ben", "chen", "grace"} {
		tw.must(tw.IdentityCenter.Assign(tw.byHand(who, "prod/Viewer")))
	}
	tw.idle()
	o := tw.starts()
	tw.sees("grace", stillNeeded, "0 of 3 are decided")
	tw.sees("vera", stillNeeded, "0 of 1 are decided")
	tw.eventually("it is known that both were told", func() bool { return tw.told(o) == 2 })
	tw.advance(o.DeadlineAt.Sub(tw.Clock.Now()) - 5*time.Minute)
	tw.certifies("grace", map[string]string{"ada": "keep", "ben": messages.ChoiceDelegate}, tw.other("vera"))
	tw.stands("ada", access.ItemDecided, access.KeepItem)
	tw.sees("vera", stillNeeded, "0 of 2 are decided")
	card := tw.sees("grace", stillNeeded, "1 of 2 are decided", "Take back the last")

	tw.advance(16 * time.Minute)
	tw.eventually("others are asked", func() bool { return tw.occurrence().DeadlineAt.After(o.DeadlineAt) })
	now := tw.sees("grace", stillNeeded, "1 of 2 are decided", "Passed on to others")
	if len(now.Buttons()) != 0 {
		t.Errorf("%v", now.Buttons())
	}
	tw.click(card, messages.ActionUndo) // which she has in front of her still
	tw.sees("grace", "Nothing was taken back: it cannot be taken back any more")
	tw.stands("ada", access.ItemDecided, access.KeepItem)
	if i := tw.stands("ben", access.ItemOpen, ""); len(i.Passed) != 1 || i.Panel != i.Passed[0].To {
		t.Errorf("%+v", i)
	}
	tw.certifies("vera", map[string]string{"ben": "revoke"})
	tw.click(tw.sees("vera", stillNeeded, "1 of 3 are decided", "Take back the last (1)"), messages.ActionUndo)
	tw.stands("ben", access.ItemOpen, "")
}

// reportsEscalation looks at what the report says of Ben's access, which Grace was asked about in
// vain and Vera after her.
func (tw *town) reportsEscalation(o access.Occurrence) {
	tw.Helper()
	var said struct {
		Report struct {
			Exceptions []string
			Results    struct{ Escalated int }
			Reviewers  []struct {
				Who                          string
				Asked, Open, Silent, Decided int
				PassedOn                     int `json:"passed_on"`
			}
		}
		Items []struct {
			Who    string
			Asked  []string
			Passed []struct {
				Why      string
				From, To []string
			}
			Exceptions []string
		}
	}
	var file, table, page bytes.Buffer
	tw.operate(func(op *bot.Operator) error {
		return errors.Join(campaignreport.Write(tw.ctx(), op.Store, o.ID, campaignreport.JSON, "", &file), campaignreport.Write(tw.ctx(), op.Store, o.ID, campaignreport.CSV, "", &table),
			campaignreport.Write(tw.ctx(), op.Store, o.ID, campaignreport.HTML, "", &page))
	})
	tw.must(json.Unmarshal(file.Bytes(), &said))
	if len(said.Report.Exceptions) > 0 || said.Report.Results.Escalated != 1 {
		tw.Errorf("%+v", said.Report)
	}
	for _, r := range said.Report.Reviewers {
		want := [...]int{2, 2, 0, 0}
		if r.Who == "grace@example.com" {
			want = [...]int{2, 1, 1, 0}
		}
		if got := [...]int{r.Asked, r.Decided, r.Silent, r.PassedOn + r.Open}; got != want {
			tw.Errorf("%s: %v, want %v", r.Who, got, want)
		}
	}
	for _, i := range said.Items {
		ben := strings.HasPrefix(i.Who, "ben")
		if (len(i.Passed) == 1) != ben || ben && (i.Passed[0].Why != "unanswered" || i.Passed[0].From[0] != "grace@example.com" || i.Passed[0].To[0] != "vera@example.com" || i.Asked[0] != "vera@example.com" || !strings.Contains(strings.Join(i.Exceptions, ""), "had answered in time")) {
			tw.Errorf("%+v", i)
		}
	}
	for _, text := range []string{table.String(), page.String()} {
		for _, words := range []string{"grace@example.com until ", "nobody had answered in time", "it was escalated to vera@example.com"} {
			if !strings.Contains(text, words) {
				tw.Errorf("the report does not say %q:\n%s", words, text)
			}
		}
	}
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
	tw.home("sam", "What silence takes away is more than `caps` allow, and waits for an admin: `airpass removals confirm ")
}

// Whoever runs airpass and has the Home tab open sees there that removals wait for them, and that
// they have confirmed them, as soon as that is so: without opening it anew, and before time goes on.
func TestTheHomeTabIsDrawnAnewWhenRemovalsWaitAndAreConfirmed(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 24h, remind_every: 8h, remove_standing: true"), unhurried, inferred(0))
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")))
	tw.idle()
	o := tw.starts()
	tw.sees("grace", stillNeeded, "0 of 1 are decided")
	tw.eventually("it is known that she was told", func() bool { return tw.told(o) == 1 })
	tw.advance(o.DeadlineAt.Sub(tw.Clock.Now()) + time.Minute)
	tw.home("sam", "It is about to be seen to what nobody has answered.")
	shows := func(words string) (text string) {
		tw.Helper()
		tw.eventually("the Home tab says "+words, func() bool {
			v, is := tw.Slack.HomeView(tw.Person("sam").SlackID)
			text = v.Visible()
			return is && strings.Contains(text, words)
		})
		return text
	}
	tw.advance(10 * time.Minute)
	batch := regexp.MustCompile("removals confirm ([0-9a-f]+)").FindStringSubmatch(shows("waits for an admin: `airpass removals confirm "))
	tw.operate(func(op *bot.Operator) error { return op.Grants.ConfirmRemovals(tw.ctx(), op.Actor(), batch[1]) })
	tw.wake()
	shows("It is about to be seen to what nobody has answered.")
	tw.advance(2 * time.Minute)
	tw.becomesOccurrence(access.OccurrenceClosed)
	shows("It is over. Left open: 0; decided by silence: 1.")
}
