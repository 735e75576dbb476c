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
	"airpass/sandbox/control"
	"airpass/sandbox/okta"
)

// occurrence is the newest of the campaign, which may be none.
func (tw *town) occurrence() (o access.Occurrence) {
	tw.Helper()
	tw.operate(func(op *bot.Operator) (err error) {
		o, _, err = op.Store.LastOccurrence(tw.ctx(), "quarterly")
		return err
	})
	return o
}

// becomesOccurrence waits until the newest occurrence of the campaign is in a state.
func (tw *town) becomesOccurrence(state access.OccurrenceState) (o access.Occurrence) {
	tw.Helper()
	tw.eventually("the campaign is "+string(state), func() bool {
		o = tw.occurrence()
		return o.State == state
	})
	return o
}

// itemsOf are the items of an occurrence by "target who", and whom each is asked of.
func (tw *town) itemsOf(o access.Occurrence) (items map[string]access.CampaignItem, asked map[string]string) {
	tw.Helper()
	items, asked = map[string]access.CampaignItem{}, map[string]string{}
	tw.operate(func(op *bot.Operator) error {
		all, err := op.Store.CampaignItems(tw.ctx(), o.ID, "", 1000)
		if err != nil {
			return err
		}
		panels, err := op.Store.CampaignPanels(tw.ctx(), o.ID)
		for _, i := range all {
			key := i.Target + " " + i.Who
			items[key] = i
			for _, p := range panels[i.Panel] {
				asked[key] += p.Login + " "
			}
		}
		return err
	})
	return items, asked
}

// What a campaign is about is read when its time has come, also if airpass was down then;
// what cannot be read is read later, and nobody is asked about half of it.
func TestACampaignTakesPlaceAlsoIfNothingWasThereWhenItsTimeCame(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d"), unhurried)
	tw.must(
		tw.IdentityCenter.Assign(tw.byHand("vera", "prod/Viewer")), // her own manager
		tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")),
		tw.IdentityCenter.Assign(tw.byHand("zoe", "prod/Viewer")), // whose manager has left
		tw.Okta.SetStatus(tw.Person("henry").OktaID, okta.Suspended),
	)
	tw.stop()
	tw.advance(100 * 24 * time.Hour)
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "ListAccountAssignments", Answer: "denied"})
	tw.begin()
	tw.eventually("it was tried to read whom it is about", func() bool { return tw.occurrence().Attempts > 0 })
	if o := tw.occurrence(); o.State != access.OccurrenceBuilding || o.LastError == "" {
		t.Errorf("half of it was taken for all: %+v", o)
	}
	tw.IdentityCenter.Faults().Clear()
	tw.advance(2 * time.Hour)
	o := tw.becomesOccurrence(access.OccurrenceOpen)
	items, asked := tw.itemsOf(o)
	if len(items) != 3 || o.Items != 3 || o.Population.Targets != 7 || len(o.Population.Unknown) > 0 || !o.DeadlineAt.Equal(o.OpenedAt.Add(7*24*time.Hour)) {
		t.Errorf("%+v: %+v", o, items)
	}
	for who, of := range map[string]string{"vera": "olivia@example.com ", "ada": "grace@example.com ", "zoe": "olivia@example.com "} {
		key := "prod/Viewer " + tw.Person(who).Login
		if asked[key] != of || items[key].Subject != tw.Person(who).OktaID || !items[key].Standing {
			t.Errorf("%s is asked of %q, want %q: %+v", key, asked[key], of, items[key])
		}
		if facts, err := campaigns.Facts(items[key]); err != nil || facts.Recommended != campaigns.Revoke || facts.LastUse != "unknown" {
			t.Errorf("%+v %v", facts, err)
		}
	}
	tw.eventually("both are told", func() bool { return tw.told(o) == 2 }) // before that silence is nobody's
	tw.advance(8 * 24 * time.Hour)
	tw.becomesOccurrence(access.OccurrenceClosed)
}

// told counts those whom an occurrence asks and of whom airpass knows that Slack has told them.
func (tw *town) told(o access.Occurrence) (n int) {
	tw.Helper()
	tw.operate(func(op *bot.Operator) error {
		reviewers, err := op.Store.CampaignReviewers(tw.ctx(), o.ID)
		if err != nil {
			return err
		}
		n = 0
		for _, r := range reviewers {
			if m, err := op.Store.Message(tw.ctx(), access.CampaignMessage(r.ID)); err == nil && m.State == access.MessagePosted {
				n++
			}
		}
		return nil
	})
	return n
}

// A group that does not exist is not waited for: nobody is in it, and people are asked about
// everything else at once.
func TestACampaignDoesNotWaitForAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	const gone = "00gnobody000000000XX"
	tw := settleWith(t, quick(), func(w *sandbox.World, yaml string) string {
		name := fmt.Sprintf("permission_set_name: %q", w.Target("dev/Admin").PermissionSetName)
		yaml = strings.Replace(yaml, name, name+"\n    okta_group: "+gone, 1)
		return campaign("reviewers: [manager], fallback: [environment_owners], deadline: 7d")(w, yaml)
	}, unhurried)
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")))
	o := tw.starts()
	if o.Items != 1 || o.Attempts != 0 || len(o.Population.Unknown) != 1 || !strings.Contains(o.Population.Unknown[0], gone) {
		t.Errorf("%+v", o)
	}
}
