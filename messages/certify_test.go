package messages_test

import (
	"encoding/json"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/messages"
)

// What a reviewer decides by: since when and through which request, in whose words and agreed
// to by whom, used last when, and what is recommended. What is not known is said.
func TestWhatAReviewerDecidesBy(t *testing.T) {
	t.Parallel()
	granted := campaigns.Item{Who: "ada@example.com", Name: "Ada Lovelace", OktaID: "00uAda", Target: "prod/Admin", Grant: "01GRANT", Request: "01REQUEST", Reason: "the *nightly* load fails <!here>",
		Since: noon.Add(-48 * time.Hour), Until: noon.Add(96 * time.Hour), Approved: "grace@example.com, henry@example.com", LastUse: noon.Add(-time.Hour).Format(time.RFC3339), Through: []string{"Okta group airflow-admins"},
		Peers: campaigns.Peers{Others: 4, OfManager: 1}, Recommended: campaigns.Keep, Because: campaigns.BecauseUsed}
	standing := campaigns.Item{Who: "marie@example.com", Name: "Marie Curie", OktaID: "00uMarie", Target: "prod/User", Standing: true, Through: []string{"account assignment"}, LastUse: "unknown",
		Recommended: campaigns.Revoke, Because: campaigns.BecauseAlone}
	wordless := granted
	wordless.Who, wordless.Name, wordless.OktaID, wordless.Reason, wordless.LastUse = "ben@example.com", "Ben", "00uBen", "", "none since 2026-09-01"
	wordless.Recommended, wordless.Because = campaigns.Revoke, campaigns.BecauseUnused
	v := messages.Certification{Reviewer: access.CampaignReviewer{ID: "01REVIEWER"}, Occurrence: access.Occurrence{Campaign: "quarterly", DeadlineAt: noon.Add(72 * time.Hour)},
		Targets: []access.Target{{ID: "prod/Admin", Role: access.Admin}, {ID: "prod/User", Role: access.User}}}
	for _, i := range []campaigns.Item{granted, standing, wordless} {
		facts, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		v.Items = append(v.Items, access.CampaignItem{ID: "01" + i.OktaID, Subject: i.OktaID, Who: i.Who, Target: i.Target, Grant: i.Grant, Standing: i.Standing, Facts: facts})
	}
	for name, p := range map[string]messages.Printer{"form-certify": {}, "german-form-certify": messages.Speaking("de-DE", messages.Printer{})} {
		form, _ := messages.CertifyForm(p, v)
		fits(t, form)
		golden(t, name, messages.Rendered{Text: "-", Blocks: form.Blocks.BlockSet})
	}
}

// Who was asked reads that what they reduced is gone although the lower role could not be given.
func TestAReviewerReadsThatALowerRoleCouldNotBeGiven(t *testing.T) {
	t.Parallel()
	v := messages.Certification{Reviewer: access.CampaignReviewer{ID: "01REVIEWER"}, Occurrence: access.Occurrence{Campaign: "quarterly", State: access.OccurrenceOpen, DeadlineAt: noon.Add(72 * time.Hour)},
		Counts: []access.ItemCount{{State: access.ItemRemoving, Verdict: access.ReduceItem, Failed: true, Items: 2}, {State: access.ItemSettled, Verdict: access.ReduceItem, Items: 3}}}
	for name, p := range map[string]messages.Printer{"campaign-without": {}, "german-campaign-without": messages.Speaking("de-DE", messages.Printer{})} {
		v.Reader = p
		golden(t, name, messages.Campaign(v, noon))
	}
}

// Around the moment in which silence escalates: who has not answered reads that their time is over,
// then that others are asked instead; who has is done all the while; and who is asked then reads
// until when, and that nobody is asked after them.
func TestCampaignCardsAroundAnEscalation(t *testing.T) {
	t.Parallel()
	o := access.Occurrence{Campaign: "quarterly", State: access.OccurrenceOpen, ScheduledAt: noon.Add(-72 * time.Hour), OpenedAt: noon.Add(-72 * time.Hour), DeadlineAt: noon,
		Rules: access.Campaign{Name: "quarterly", Silence: access.SilenceEscalates, Deadline: 72 * time.Hour}}
	later := o
	later.DeadlineAt = noon.Add(72*time.Hour + 10*time.Minute)
	kept, open := access.ItemCount{State: access.ItemDecided, Verdict: access.KeepItem, Items: 2}, access.ItemCount{State: access.ItemOpen, Items: 5}
	for name, c := range map[string]struct {
		v  messages.Certification
		at time.Time
	}{
		"before":       {messages.Certification{Occurrence: o, Counts: []access.ItemCount{kept, open}, Undo: 2, SaidAt: noon.Add(-10 * time.Minute)}, noon.Add(-5 * time.Minute)},
		"passing":      {messages.Certification{Occurrence: o, Counts: []access.ItemCount{kept, open}, Undo: 2, SaidAt: noon.Add(-10 * time.Minute)}, noon.Add(5 * time.Minute)},
		"passing-done": {messages.Certification{Occurrence: o, Counts: []access.ItemCount{kept}, Undo: 2, SaidAt: noon.Add(-10 * time.Minute)}, noon.Add(5 * time.Minute)},
		"passed":       {messages.Certification{Occurrence: later, Counts: []access.ItemCount{kept}, Undo: 2, SaidAt: noon.Add(-10 * time.Minute), Escalated: true, Unanswered: 5}, noon.Add(11 * time.Minute)},
		"asked":        {messages.Certification{Occurrence: later, Counts: []access.ItemCount{open}, Escalated: true}, noon.Add(11 * time.Minute)},
		"asked-over":   {messages.Certification{Occurrence: later, Counts: []access.ItemCount{kept, open}, Escalated: true}, noon.Add(80 * time.Hour)},
	} {
		c.v.Reviewer = access.CampaignReviewer{ID: "01REVIEWER"}
		for prefix, p := range map[string]messages.Printer{"": {}, "german-": messages.Speaking("de-DE", messages.Printer{})} {
			c.v.Reader = p
			golden(t, prefix+"campaign-escalation-"+name, messages.Campaign(c.v, c.at))
		}
	}
}
