package messages_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/campaigns"
	"airpass/messages"
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
		sure, some := messages.SureForm(messages.Printer{}, v, choice, access.RevokeItem)
		if !some {
			t.Fatalf("%s chooses nothing", choice)
		}
		fits(t, sure)
		said, err := access.ParseCertifiedMany(sure.PrivateMetadata)
		if err != nil || said.Choice != choice || said.Verdict != access.RevokeItem || said.Reviewer != v.Reviewer.ID {
			t.Errorf("%q is read as %+v, %v", sure.PrivateMetadata, said, err)
		}
		if items, all := campaigns.Chosen(v.Items, choice); len(items) != want || all < want || campaigns.Digest(items) != said.Digest {
			t.Errorf("%s chooses %d of %d, want %d", choice, len(items), all, want)
		}
	}
	if _, some := messages.SureForm(messages.Printer{}, v, campaigns.ChooseKeep, access.KeepItem); some {
		t.Error("what nobody recommends is chosen")
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
