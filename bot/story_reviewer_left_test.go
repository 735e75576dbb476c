package bot_test

import (
	"slices"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/messages"
	"airpass/sandbox/okta"
	"airpass/store"
)

// A reviewer leaves while a campaign goes on: others are asked what they have not answered.
func TestAReviewerLeavesDuringACampaign(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d"), unhurried, func(c *config.Config) {
		every, err := config.ParseSchedule("@every 3s")
		if err != nil {
			panic(err)
		}
		c.Schedules.Deactivation = every
	})
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")), tw.IdentityCenter.Assign(tw.byHand("ben", "prod/Viewer")))
	tw.starts()
	card := tw.sees("grace", stillNeeded, "0 of 2 are decided")
	tw.certifies("grace", map[string]string{"ada": "keep"})
	tw.stands("ada", access.ItemDecided, access.KeepItem)
	value := card.Button(messages.ActionCertify).Value()

	if err := tw.Okta.SetStatus(tw.Person("grace").Login, okta.Deprovisioned); err != nil {
		t.Fatal(err)
	}
	tw.sees("olivia", stillNeeded, "0 of 1 are decided")
	i := tw.stands("ben", access.ItemOpen, "")
	tw.deliver(map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": tw.Person("grace").SlackID},
		"view": map[string]any{"id": "V0LEFT", "callback_id": messages.CallbackCertify, "private_metadata": value, "state": map[string]any{"values": map[string]any{
			i.ID: map[string]any{messages.FieldChoice: map[string]any{"selected_option": map[string]any{"value": "revoke"}}}}}}})
	tw.eventually("her click is refused", func() bool { return len(tw.answers(tw.Person("grace").SlackID)) > 0 })
	tw.certifies("olivia", map[string]string{"ben": "keep"})
	if i := tw.stands("ben", access.ItemDecided, access.KeepItem); i.Decider.OktaID != tw.Person("olivia").OktaID {
		t.Errorf("%+v", i)
	}
	if i := tw.stands("ada", access.ItemDecided, access.KeepItem); i.Decider.OktaID != tw.Person("grace").OktaID {
		t.Errorf("what she has said does not count any more: %+v", i)
	}
}

// due says whether something of a kind is to be looked at now.
func (tw *town) due(kind store.WakeKind) (is bool) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		all, err := o.Store.Due(tw.ctx(), tw.Clock.Now(), 100)
		is = slices.ContainsFunc(all, func(w store.Wake) bool { return w.Kind == kind })
		return err
	})
	return is
}

// Slack is down for a day while a campaign begins: nobody else is asked for that, and who is
// finds one message when it is back.
func TestSlackIsDownForADayDuringACampaign(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d, remind_every: 8h"), unhurried)
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")))
	down(tw.Slack.Faults())
	tw.starts()
	for range 3 {
		tw.advance(8 * time.Hour)
		tw.eventually("it was tried to tell her", func() bool { return !tw.due(store.WakeCampaignReviewer) })
	}
	if _, asked := tw.itemsOf(tw.occurrence()); asked["prod/Viewer "+tw.Person("ada").Login] != "grace@example.com " {
		t.Errorf("others are asked: %v", asked)
	}
	tw.Slack.Faults().Clear()
	tw.advance(time.Hour)
	tw.sees("grace", stillNeeded, "0 of 1 are decided")
	tw.certifies("grace", map[string]string{"ada": "keep"})
	tw.stands("ada", access.ItemDecided, access.KeepItem)
	if n := len(tw.about(stillNeeded)); n != 1 {
		t.Errorf("%d messages ask, want 1", n)
	}
}

// Slack is down over the deadline: silence is not that of people whom nobody has asked. When it
// is back they are asked, and have time.
func TestSlackIsDownOverTheDeadlineOfACampaign(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 24h, remind_every: 8h, remove_standing: true"), unhurried)
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")), tw.IdentityCenter.Assign(tw.byHand("ben", "prod/Viewer")))
	down(tw.Slack.Faults())
	tw.starts()
	waits := func() bool {
		o := tw.occurrence()
		return o.State == access.OccurrenceOpen && o.LastError != ""
	}
	for range 5 {
		tw.advance(8 * time.Hour)
	}
	tw.eventually("it waits for those whom it asks", waits)
	tw.stands("ada", access.ItemOpen, "")
	tw.Slack.Faults().Clear()
	tw.advance(time.Hour)
	tw.sees("grace", stillNeeded, "0 of 2 are decided")
	tw.advance(2 * time.Minute)
	tw.eventually("she has time to answer", func() bool { return !waits() })
	tw.sees("grace", stillNeeded, "What is still open then is taken away")
	tw.certifies("grace", map[string]string{"ada": "keep"})
	tw.stands("ada", access.ItemDecided, access.KeepItem)
	tw.advance(25 * time.Hour)
	tw.eventually("silence decides what she has left out", func() bool { return tw.occurrence().State == access.OccurrenceClosed })
	tw.eventually("it is taken away", func() bool { return tw.assignments("ben", "prod/Viewer") == 0 })
	if tw.assignments("ada", "prod/Viewer") != 1 {
		t.Error("what was kept is gone")
	}
}
