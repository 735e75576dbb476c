package handlers_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"airpass/access"
	"airpass/campaigns"
	"airpass/messages"
)

// Two fields for comments that are asked for before the form has either are both there.
func TestOfTwoQuickCommentsBothHaveAField(t *testing.T) {
	t.Parallel()
	asked := messages.Certification{Reviewer: access.CampaignReviewer{ID: "01REVIEWER"}, Occurrence: access.Occurrence{Campaign: "quarterly"}}
	for _, id := range []string{"01ADA", "01BEN"} {
		facts, err := json.Marshal(campaigns.Item{Who: id, Target: "prod/Viewer", Grant: "01GRANT", LastUse: "unknown"})
		if err != nil {
			t.Fatal(err)
		}
		asked.Items = append(asked.Items, access.CampaignItem{ID: id, Subject: id, Who: id, Target: "prod/Viewer", Grant: "01GRANT", Facts: facts})
	}
	both := make(chan struct{}, 2)
	released := make(chan struct{})
	b := start(t, func(b *bench) {
		b.certification = func(ctx context.Context, _, _, _ string) (messages.Certification, error) {
			both <- struct{}{}
			select {
			case <-released:
			case <-ctx.Done():
			}
			return asked, ctx.Err()
		}
	})
	v := b.form(ada)
	form, _ := messages.CertifyForm(messages.Printer{}, asked)
	if _, err := b.UpdateView(b.ctx(), v.View().ID, "", form); err != nil {
		t.Fatal(err)
	}
	for _, i := range asked.Items {
		if _, err := v.Press(b.ctx(), "facts."+i.ID, messages.ActionComment); err != nil {
			t.Fatal(err)
		}
	}
	for range asked.Items {
		select {
		case <-both:
		case <-b.ctx().Done():
			t.Fatal("a click came to nothing")
		}
	}
	close(released)
	err := b.WaitFor(b.ctx(), func() bool {
		shown, err := json.Marshal(v.View().Blocks) // what is shown now, not before
		return err == nil && strings.Contains(string(shown), messages.FieldComment+".01ADA") && strings.Contains(string(shown), messages.FieldComment+".01BEN")
	})
	if err != nil {
		t.Errorf("%v\n%s", err, v.View().Visible())
	}
}
