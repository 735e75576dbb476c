package handlers_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"airpass/access"
	"airpass/campaigns"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

// formOfTwo is what somebody is asked about two items.
func formOfTwo(t *testing.T) messages.Certification {
	t.Helper()
	asked := messages.Certification{Reviewer: access.CampaignReviewer{ID: "01REVIEWER"}, Occurrence: access.Occurrence{Campaign: "quarterly"}}
	for _, id := range []string{"01ADA", "01BEN"} {
		facts, err := json.Marshal(campaigns.Item{Who: id, Target: "prod/Viewer", Grant: "01GRANT", LastUse: "unknown"})
		if err != nil {
			t.Fatal(err)
		}
		asked.Items = append(asked.Items, access.CampaignItem{ID: id, Subject: id, Who: id, Target: "prod/Viewer", Grant: "01GRANT", Facts: facts})
	}
	return asked
}

// slowly shows Ada what she is asked about. Each click that looks that up is told of, and waits
// until it is released.
func slowly(t *testing.T, asked messages.Certification) (b *bench, v *workspace.ViewHandle, met chan struct{}, released chan struct{}) {
	t.Helper()
	met, released = make(chan struct{}, 2), make(chan struct{})
	b = start(t, func(b *bench) {
		b.certification = func(ctx context.Context, _, _, _ string) (messages.Certification, error) {
			met <- struct{}{}
			select {
			case <-released:
			case <-ctx.Done():
			}
			return asked, ctx.Err()
		}
	})
	v = b.form(ada)
	form, _ := messages.CertifyForm(messages.Printer{}, asked)
	if _, err := b.UpdateView(b.ctx(), v.View().ID, "", form); err != nil {
		t.Fatal(err)
	}
	return b, v, met, released
}

// A field that another replica has put into the form meanwhile stays, with what is typed there:
// a click that was made before stays without one, and the next has it.
func TestACommentOfAnotherReplicaKeepsItsField(t *testing.T) {
	t.Parallel()
	asked := formOfTwo(t)
	b, v, met, released := slowly(t, asked)
	press := func(item string) {
		t.Helper()
		if _, err := v.Press(b.ctx(), "facts."+item, messages.ActionComment); err != nil {
			t.Fatal(err)
		}
	}
	press("01ADA")
	<-met
	other := asked
	other.Commented = []string{"01BEN"}
	form, _ := messages.CertifyForm(messages.Printer{}, other)
	if _, err := b.UpdateView(b.ctx(), v.View().ID, "", form); err != nil {
		t.Fatal(err)
	}
	const typed = "what was typed meanwhile"
	if err := v.Type(b.ctx(), messages.FieldComment+".01BEN", messages.FieldComment, typed); err != nil {
		t.Fatal(err)
	}
	close(released)
	press("01ADA")
	if err := b.WaitFor(b.ctx(), func() bool {
		shown, err := json.Marshal(v.View().Blocks)
		return err == nil && strings.Contains(string(shown), messages.FieldComment+".01ADA")
	}); err != nil {
		t.Fatalf("%v\n%s", err, v.View().Visible())
	}
	if values, err := json.Marshal(v.Values()); err != nil || !strings.Contains(string(values), typed) {
		t.Errorf("%s %v", values, err)
	}
}

// Two fields for comments that are asked for before the form has either are both there.
func TestOfTwoQuickCommentsBothHaveAField(t *testing.T) {
	t.Parallel()
	asked := formOfTwo(t)
	b, v, both, released := slowly(t, asked)
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
