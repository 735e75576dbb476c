package messages_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/campaigns"
	"airpass/messages"
	"airpass/reviews"
)

// However many items there are, and whatever their names, Slack takes the forms: 100 blocks
// and options, 3,000 characters in a section and in private metadata.
func TestFormsAboutThousandsOfItemsFitIntoSlack(t *testing.T) {
	t.Parallel()
	v := messages.Certification{Reviewer: access.CampaignReviewer{ID: "06h29b8181kl0ai8mlr30vri6k"}, Occurrence: access.Occurrence{Campaign: "quarterly"}}
	facts, err := json.Marshal(campaigns.Item{Who: "x", Recommended: campaigns.Revoke})
	if err != nil {
		t.Fatal(err)
	}
	for i := range campaigns.OpenRead {
		v.Items = append(v.Items, access.CampaignItem{ID: fmt.Sprintf("item%05d", i), Who: strings.Repeat("&<>", 60), Target: fmt.Sprintf("environment-%d/%s", i, strings.Repeat("&", 60)), Facts: facts})
	}
	many, some := messages.ManyForm(messages.Printer{}, v)
	if !some {
		t.Fatal("nothing can be chosen")
	}
	fits(t, many)
	for choice, want := range map[string]int{campaigns.ChooseAll: campaigns.MostAtOnce, campaigns.ChooseRevoke: campaigns.MostAtOnce, campaigns.ChooseTarget + v.Items[7].Target: 1} {
		sure, some := messages.SureForm(messages.Printer{}, v, access.CertifiedMany{Choice: choice, Verdict: access.RevokeItem})
		if !some {
			t.Fatalf("%s chooses nothing", choice)
		}
		fits(t, sure)
		if raw, err := json.Marshal(sure); err != nil || strings.Count(string(raw), "• ") != want || len(raw) > 250_000 {
			t.Errorf("%s: %d are shown in %d bytes, want %d: %v", choice, strings.Count(string(raw), "• "), len(raw), want, err)
		}
		said, err := access.ParseCertifiedMany(sure.PrivateMetadata)
		if err != nil || said.Choice != choice || said.Verdict != access.RevokeItem || said.Reviewer != v.Reviewer.ID {
			t.Errorf("%q is read as %+v, %v", sure.PrivateMetadata, said, err)
		}
		if items, all := campaigns.Chosen(v.Items, choice); len(items) != want || all < want || campaigns.Digest(items) != said.Digest {
			t.Errorf("%s chooses %d of %d, want %d", choice, len(items), all, want)
		}
	}
	if _, some := messages.SureForm(messages.Printer{}, v, access.CertifiedMany{Choice: campaigns.ChooseKeep, Verdict: access.KeepItem}); some {
		t.Error("what nobody recommends is chosen")
	}
}

// Who reduces many is shown to what each is, and how many are left out; it is those, and to
// that, that are decided.
func TestWhatManyAreReducedToIsShownBefore(t *testing.T) {
	t.Parallel()
	v := messages.Certification{Reviewer: access.CampaignReviewer{ID: "06h29b8181kl0ai8mlr30vri6k"}, Occurrence: access.Occurrence{Campaign: "quarterly"}}
	long := strings.Repeat("e", 32)
	for _, role := range access.Roles() {
		v.Targets = append(v.Targets, access.Target{ID: access.TargetID(long, role), Environment: access.Environment{Key: long}, Role: role})
	}
	for i := range 100 {
		v.Items = append(v.Items, access.CampaignItem{ID: fmt.Sprintf("item%05d", i), Subject: "00u1", Grant: "g", Who: strings.Repeat("&<>", 60), Target: access.TargetID(long, access.Admin), Standing: i >= 88, Facts: []byte("{}")})
	}
	sure, some := messages.SureForm(messages.Printer{}, v, access.CertifiedMany{Choice: campaigns.ChooseAll, Verdict: access.ReduceItem})
	if !some {
		t.Fatal("nothing can be reduced")
	}
	fits(t, sure)
	shown := ""
	for _, b := range sure.Blocks.BlockSet {
		if s, is := b.(*slack.SectionBlock); is {
			shown += s.Text.Text + "\n"
		}
	}
	if n := strings.Count(shown, "/Admin → "+long+"/Op"); n != campaigns.MostReduced || !strings.Contains(shown, "12 of those that you chose cannot be reduced") || strings.Count(shown, ": standing access") != 10 || !strings.Contains(shown, "… and 2 more.") || !strings.Contains(shown, "the first 40 of 88") {
		t.Errorf("%d are shown:\n%s", n, shown)
	}
	said, err := access.ParseCertifiedMany(sure.PrivateMetadata)
	items, _, _ := campaigns.Reducible(v.Targets, v.Items, campaigns.ChooseAll)
	if err != nil || said.Verdict != access.ReduceItem || said.Digest != campaigns.Digest(items) {
		t.Errorf("%+v %v", said, err)
	}
	v.Targets = v.Targets[:2] // the configuration has changed: it would be something else
	if other, _, _ := campaigns.Reducible(v.Targets, v.Items, campaigns.ChooseAll); campaigns.Digest(other) == said.Digest {
		t.Error("what was shown cannot be told from something else")
	}
	if _, some := messages.SureForm(messages.Printer{}, v, access.CertifiedMany{Choice: campaigns.ChooseStanding, Verdict: access.ReduceItem}); some {
		t.Error("standing access can be reduced")
	}
}

// Who keeps many until a date is shown until when, of which that is not true, and what is left to
// people then.
func TestUntilWhenManyAreKeptIsShownBefore(t *testing.T) {
	t.Parallel()
	v := messages.Certification{Reviewer: access.CampaignReviewer{ID: "06h29b8181kl0ai8mlr30vri6k"}, Occurrence: access.Occurrence{Campaign: "quarterly", Rules: access.Campaign{RemoveStanding: true}}}
	until := time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
	put := func(who string, facts campaigns.Item, standing bool) {
		facts.Who, facts.Target = who, "prod/Viewer"
		raw, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		v.Items = append(v.Items, access.CampaignItem{ID: who, Subject: who, Who: who, Target: "prod/Viewer", Grant: facts.Grant, Standing: standing, Facts: raw})
	}
	gone, hand := []reviews.Way{{Place: "an assignment", Ref: &access.Ref{}}}, []reviews.Way{{Place: "a group", ByHand: reviews.ByHandRule}}
	put("earlier@example.com", campaigns.Item{Grant: "g1", Until: until.Add(-time.Minute)}, false)
	put("later@example.com", campaigns.Item{Grant: "g2", Until: until.Add(time.Minute)}, false)
	put("stays@example.com", campaigns.Item{Grant: "g3", Until: until.Add(-time.Minute), Ways: gone}, true)
	put("standing@example.com", campaigns.Item{Ways: gone}, true)
	put("byhand@example.com", campaigns.Item{Ways: append(gone, hand...)}, true)
	said := access.CertifiedMany{Verdict: access.KeepItem, Until: until, Choice: campaigns.ChooseAll}
	for name, p := range map[string]messages.Printer{"form-sure-until": {}, "german-form-sure-until": messages.Speaking("de-DE", messages.Printer{})} {
		form, _ := messages.SureForm(p, v, said)
		fits(t, form)
		golden(t, name, messages.Rendered{Text: "-", Blocks: form.Blocks.BlockSet})
		if shown, err := access.ParseCertifiedMany(form.PrivateMetadata); err != nil || !shown.Until.Equal(until) {
			t.Errorf("%+v %v", shown, err)
		}
	}
	for i := range v.Items {
		v.Items[i].Who = strings.Repeat("&<>", 60)
	}
	for range 200 {
		put(strings.Repeat("&<>", 60), campaigns.Item{Grant: "g", Until: until.Add(-time.Minute)}, false)
	}
	form, _ := messages.SureForm(messages.Printer{}, v, said)
	fits(t, form)
}

// A page on which each item has a comment of its own, whatever the items' names, fits too.
func TestAFormFitsIntoSlackWithACommentOnEachItem(t *testing.T) {
	t.Parallel()
	v := messages.Certification{Reviewer: access.CampaignReviewer{ID: "06h29b8181kl0ai8mlr30vri6k"}, Occurrence: access.Occurrence{Campaign: "quarterly", Rules: access.Campaign{RemoveStanding: true}}, More: true}
	long := strings.Repeat("&<>", 400)
	var ways []reviews.Way
	for range 4 {
		ways = append(ways, reviews.Way{Place: long}, reviews.Way{Place: long, ByHand: reviews.ByHandRules})
	}
	facts, err := json.Marshal(campaigns.Item{Who: long, Name: long[:200], Target: "prod/Viewer", Grant: "06h29b8181kl0ai8mlr30vri6k", Request: "06h29b8181kl0ai8mlr30vri6k", Reason: long, Approved: long,
		Standing: true, Through: []string{long, long}, Ways: ways})
	if err != nil {
		t.Fatal(err)
	}
	for i := range access.MaxCertified {
		v.Items = append(v.Items, access.CampaignItem{ID: fmt.Sprintf("06h29b8181kl0ai8mlr30vri%02d", i), Who: long, Target: "prod/Viewer", Facts: facts})
	}
	form, _ := messages.CertifyForm(messages.Printer{}, v)
	without := len(form.Blocks.BlockSet)
	for _, i := range v.Items {
		v.Commented = append(v.Commented, i.ID)
	}
	form, _ = messages.CertifyForm(messages.Printer{}, v)
	fits(t, form)
	if n := len(form.Blocks.BlockSet); n != without+access.MaxCertified {
		t.Errorf("%d blocks, and %d without comments", n, without)
	}
	if raw, err := json.Marshal(form); err != nil || len(raw) > 250_000 {
		t.Errorf("the view has %d bytes: %v", len(raw), err)
	}
}

func fits(t *testing.T, m slack.ModalViewRequest) {
	t.Helper()
	if len(m.Blocks.BlockSet) > 100 || len(m.PrivateMetadata) > 3000 {
		t.Errorf("%d blocks, %d bytes of metadata", len(m.Blocks.BlockSet), len(m.PrivateMetadata))
	}
	for _, b := range m.Blocks.BlockSet {
		switch b := b.(type) {
		case *slack.SectionBlock:
			if n := len([]rune(b.Text.Text)); n > 3000 {
				t.Errorf("a section of %d characters", n)
			}
		case *slack.InputBlock:
			if s, is := b.Element.(*slack.SelectBlockElement); is && len(s.Options) > 100 {
				t.Errorf("%d options", len(s.Options))
			}
		}
	}
}
