package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

const stillNeeded = "Is this access still needed?"

// starts lets the campaign begin now, and waits until people are asked.
func (tw *town) starts() access.Occurrence {
	tw.Helper()
	tw.operate(func(op *bot.Operator) error {
		_, err := op.Campaigns.Start(tw.ctx(), op.Actor(), "quarterly")
		return err
	})
	return tw.becomesOccurrence(access.OccurrenceOpen)
}

// certifies opens the form on the message of a campaign and says something of items, named
// by whose they are; then fill fills in the rest. It returns what became of it.
func (tw *town) certifies(who string, says map[string]string, fill ...func(*workspace.ViewHandle)) *workspace.Submission {
	tw.Helper()
	form := tw.opensItems(who)
	items, _ := tw.itemsOf(tw.occurrence())
	for of, choice := range says {
		for _, i := range items {
			if strings.HasPrefix(i.Who, of) {
				tw.must(form.Select(tw.ctx(), i.ID, messages.FieldChoice, choice))
			}
		}
	}
	for _, f := range fill {
		f(form)
	}
	sent, err := form.Submit(tw.ctx())
	if err != nil {
		tw.Fatal(err)
	}
	return sent
}

// stands waits until the item of somebody is in a state.
func (tw *town) stands(of string, state access.ItemState, verdict access.ItemVerdict) (found access.CampaignItem) {
	tw.Helper()
	tw.eventually(of+" is "+string(state)+" "+string(verdict), func() bool {
		items, _ := tw.itemsOf(tw.occurrence())
		for _, i := range items {
			if strings.HasPrefix(i.Who, of) {
				found = i
			}
		}
		return found.State == state && found.Verdict == verdict
	})
	return found
}

func TestReviewersSayInSlackWhatIsStillNeeded(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d"), unhurried)
	tw.given("ada", "prod/Viewer", "8 hours", "kept", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "taken", "grace")
	tw.must(tw.IdentityCenter.Assign(tw.byHand("vera", "prod/Viewer"))) // her own manager
	tw.idle()
	tw.starts()
	asks := tw.sees("grace", stillNeeded, "0 of 2 are decided")
	tw.deliver(tw.forgedClick(tw.Person("chen").SlackID, messages.ActionCertify, asks.Button(messages.ActionCertify).Value()))
	tw.sees("chen", "This message asks somebody else")
	tw.home("sam", "For those who run airpass", "quarterly", "0 of 3 are decided")

	sent := tw.certifies("grace", nil)
	if sent.Closed || len(sent.Errors) == 0 {
		t.Errorf("nothing was said, and it was taken: %+v", sent)
	}
	tw.must(tw.as("grace").OpenView().CloseAll(tw.ctx()))
	tw.certifies("grace", map[string]string{"ada": "keep", "ben": "revoke"})
	card := tw.sees("grace", stillNeeded, "2 of 2 are decided: 1 kept, 1 taken away")
	tw.click(card, messages.ActionUndo)
	tw.sees("grace", stillNeeded, "0 of 2 are decided")
	tw.stands("ben", access.ItemOpen, "")
	tw.certifies("grace", map[string]string{"ada": "keep", "ben": "revoke"}, func(form *workspace.ViewHandle) {
		tw.must(form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, "ben has moved on"))
	})
	if i := tw.stands("ben", access.ItemDecided, access.RevokeItem); i.Comment != "ben has moved on" || i.Decider.OktaID != tw.Person("grace").OktaID {
		t.Errorf("%+v", i)
	}
	if !tw.has("ben", "prod/Viewer") {
		t.Error("it was taken away while it could be taken back")
	}

	// Nobody is asked about their own access, whoever sends them.
	tw.certifies("olivia", map[string]string{"vera": messages.ChoiceDelegate}, tw.other("vera"))
	tw.sees("olivia", "Nobody else was asked: nobody is asked about their own access")
	tw.certifies("olivia", map[string]string{"vera": messages.ChoiceDelegate}, tw.other("sam"))
	tw.sees("sam", stillNeeded, "0 of 1 are decided")
	tw.certifies("sam", map[string]string{"vera": "revoke"})
	tw.stands("vera", access.ItemDecided, access.RevokeItem)

	tw.advance(access.GraceOfReview + time.Minute)
	tw.eventually("ben's access is gone", func() bool { return tw.free("ben", "prod/Viewer") })
	tw.sees("ben", "taken", "Access has ended")
	tw.advance(5 * time.Minute)
	tw.stands("ben", access.ItemSettled, access.RevokeItem)
	tw.stands("ada", access.ItemSettled, access.KeepItem)
	if i := tw.stands("vera", access.ItemSettled, access.RevokeItem); !strings.Contains(i.LastError, "standing access") {
		t.Errorf("%+v", i)
	}
	if !tw.has("ada", "prod/Viewer") {
		t.Error("what is kept was taken away")
	}
	tw.advance(8 * 24 * time.Hour)
	tw.becomesOccurrence(access.OccurrenceClosed)
	tw.sees("grace", stillNeeded, "It is over")
	tw.home("sam", "quarterly", "3 of 3 are decided: 1 kept, 2 taken away", "It is over")

	// The trail says of each, once, that they were asked, and that Slack has taken the message.
	for _, who := range []string{"grace", "olivia", "sam"} {
		m := tw.sees(who, stillNeeded, "It is over")
		var told []string
		for _, kind := range []access.EventKind{"reviewer.asked", "reviewer.told"} {
			for _, e := range tw.events(kind) {
				if e.Facts["reviewer"] == tw.Person(who).OktaID {
					told = append(told, strings.TrimSpace(string(kind)+" "+e.Facts["channel"]+" "+e.Facts["ts"]))
				}
			}
		}
		if want := "reviewer.asked, reviewer.told " + m.Channel + " " + m.TS; strings.Join(told, ", ") != want {
			t.Errorf("of %s the trail says %q, not %q", who, told, want)
		}
	}
}

// other says who else is to be asked.
func (tw *town) other(who string) func(*workspace.ViewHandle) {
	return func(form *workspace.ViewHandle) {
		tw.must(form.Select(tw.ctx(), messages.FieldOther, messages.FieldOther, tw.Person(who).SlackID))
	}
}

// Those who run airpass read who is overdue: who was reminded and has not answered, about how
// many items, asked when. Who has answered is not, nor is who was only asked.
func TestTheAdminsSeeWhichReviewersAreOverdue(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d, remind_every: 24h"), unhurried)
	for _, at := range []struct{ who, target string }{{"ada", "prod/Viewer"}, {"ben", "prod/Viewer"}, {"ada", "prod/User"}, {"vera", "prod/Viewer"}} {
		tw.must(tw.IdentityCenter.Assign(tw.byHand(at.who, at.target)))
	}
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 3 are decided")
	tw.sees("olivia", stillNeeded, "0 of 1 are decided")
	asked := tw.askedAt("grace")
	if v := tw.home("sam", "quarterly", "0 of 4 are decided"); strings.Contains(v.View().Visible(), "Reminded") {
		t.Errorf("somebody is overdue who was only just asked: %s", v.View().Visible())
	}

	tw.advance(24*time.Hour + time.Minute)
	tw.sees("grace", "still waits for you: 3 items are open")
	tw.sees("olivia", "still waits for you: 1 items are open")
	grace := func(open int) string {
		return fmt.Sprintf("Grace Adeyemi (%d, asked <!date^%d^", open, asked.Unix())
	}
	tw.home("sam", "Reminded, and open: "+grace(3), "Olivia Brandt (1, asked <!date^")

	// Who answers is not overdue any more; who has answered in part is about the rest only, and since
	// when they were asked, however often they are reminded.
	tw.certifies("olivia", map[string]string{"vera": "keep"})
	tw.certifies("grace", map[string]string{"ben": "keep"})
	tw.home("sam", "2 of 4 are decided", "Reminded, and open: "+grace(2))
	tw.advance(24 * time.Hour)
	tw.sees("grace", "still waits for you: 2 items are open")
	if v := tw.home("sam", "Reminded, and open: "+grace(2)); strings.Contains(v.View().Visible(), "Olivia") {
		t.Errorf("who has answered is overdue: %s", v.View().Visible())
	}
	tw.certifies("grace", map[string]string{"ada": "keep"})
	if v := tw.home("sam", "4 of 4 are decided"); strings.Contains(v.View().Visible(), "Reminded") {
		t.Errorf("who has answered is overdue: %s", v.View().Visible())
	}
}

// askedAt is when Slack has the message that asks somebody in a campaign.
func (tw *town) askedAt(who string) (at time.Time) {
	tw.Helper()
	tw.operate(func(op *bot.Operator) error {
		asked, err := op.Store.CampaignReviewers(tw.ctx(), tw.occurrence().ID)
		for _, r := range asked {
			if r.Person.OktaID == tw.Person(who).OktaID {
				m, err := op.Store.Message(tw.ctx(), access.CampaignMessage(r.ID))
				at = m.CreatedAt
				return err
			}
		}
		return err
	})
	return at
}
