package workspace

import (
	"errors"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// opened gives Anna the request form and returns it with the response to open it.
func opened(t *testing.T, tw *town) (*ViewHandle, *slack.ViewResponse) {
	t.Helper()
	r, err := tw.As(anna).Slash(tw.ctx(), "/airflow", "", general)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tw.api.OpenView(r.TriggerID, requestForm())
	if err != nil {
		t.Fatal(err)
	}
	return tw.As(anna).OpenView(), resp
}

func TestViewHashConflict(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	form, resp := opened(t, tw)
	ctx := tw.ctx()
	if err := form.Type(ctx, "reason", "reason", "keep me"); err != nil {
		t.Fatal(err)
	}
	next := requestForm()
	next.Title = plain("Changed")
	second, err := tw.api.UpdateView(next, "", resp.Hash, resp.ID)
	if err != nil {
		t.Fatal(err)
	}
	if second.Hash == resp.Hash || second.State.Values["reason"]["reason"].Value != "keep me" {
		t.Errorf("an update changes the hash and keeps what was typed: %+v", second.State)
	}
	_, err = tw.api.UpdateView(next, "", resp.Hash, resp.ID)
	wants(t, "an update against the old hash", err, "hash_conflict")
	if v := form.View(); len(v.Versions) != 2 || str(v.Title, "text") != "Changed" {
		t.Errorf("versions: %+v", v.Versions)
	}
	_, err = tw.api.UpdateView(next, "", "", "V0NOTHING")
	wants(t, "no such view", err, "not_found")
	_, err = tw.api.UpdateView(next, "ext", "", resp.ID)
	wants(t, "both ids", err, "invalid_arguments")
	if err := form.Close(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = tw.api.UpdateView(next, "", "", resp.ID)
	wants(t, "a closed view", err, "not_found")
	all := tw.Deliveries()
	if last := all[len(all)-1]; last.Type != "view_closed" {
		t.Errorf("notify_on_close tells the app: %s", last.Type)
	}
}

func TestStackOfThree(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	ctx := tw.ctx()
	form, root := opened(t, tw)
	push := func() (*slack.ViewResponse, error) {
		if err := tw.As(anna).OpenView().Select(ctx, "env", "env", "dev"); err != nil {
			t.Fatal(err)
		}
		all := tw.Deliveries()
		trigger := decode[slack.InteractionCallback](t, all[len(all)-1].Payload).TriggerID
		return tw.api.PushView(trigger, requestForm())
	}
	second, err := push()
	if err != nil || second.PreviousViewID != root.ID || second.RootViewID != root.ID {
		t.Fatalf("the second: %+v %v", second, err)
	}
	if _, err := push(); err != nil {
		t.Fatal(err)
	}
	_, err = push()
	wants(t, "the fourth", err, "push_limit_reached")
	if err := tw.As(anna).OpenView().Close(ctx); err != nil {
		t.Fatal(err)
	}
	if top := tw.As(anna).OpenView(); top.View().ID != second.ID {
		t.Error("closing the topmost shows the one below")
	}
	if err := tw.As(anna).OpenView().CloseAll(ctx); err != nil || tw.As(anna).OpenView() != nil || form.View().Open {
		t.Errorf("the cross closes all: %v", err)
	}
}

func TestAnswersToASubmission(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	next := requestForm()
	next.Title = plain("Next")
	tooLong := requestForm()
	tooLong.Title = plain(strings.Repeat("x", 25))
	answers := map[string]any{
		"update":      slack.NewUpdateViewSubmissionResponse(&next),
		"push":        slack.NewPushViewSubmissionResponse(&next),
		"clear":       slack.NewClearViewSubmissionResponse(),
		"bad view":    slack.NewUpdateViewSubmissionResponse(&tooLong),
		"wrong block": slack.NewErrorsViewSubmissionResponse(map[string]string{"nowhere": "x"}),
		"nonsense":    map[string]any{"response_action": "dance"},
	}
	tw.run(func(a *app, e socketmode.Event) {
		data, _ := e.Data.(slack.InteractionCallback)
		if data.Type == slack.InteractionTypeViewSubmission {
			_ = a.Ack(*e.Request, answers[data.View.State.Values["reason"]["reason"].Value])
			return
		}
		_ = a.Ack(*e.Request)
	})
	ctx := tw.ctx()
	for _, c := range []struct {
		answer, front string
		err           error
	}{
		{"update", "Next", nil}, {"push", "Next", nil}, {"clear", "", nil},
		{"bad view", "Ask for Airflow", ErrAppFailed}, {"wrong block", "Ask for Airflow", ErrAppFailed}, {"nonsense", "Ask for Airflow", ErrAppFailed},
	} {
		form, _ := opened(t, tw)
		fill(t, ctx, form, c.answer)
		s, err := form.Submit(ctx)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.answer, err)
			continue
		}
		front := ""
		if s.Front != nil {
			front = str(s.Front.View().Title, "text")
		}
		if front != c.front {
			t.Errorf("%s: in front is %q, want %q", c.answer, front, c.front)
		}
	}
}

func TestExternalSelectAsksTheApp(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	many := make([]*slack.OptionBlockObject, 101)
	for i := range many {
		many[i] = opt("v"+string(rune('0'+i%10)), "o")
	}
	tw.run(func(a *app, e socketmode.Event) {
		data, _ := e.Data.(slack.InteractionCallback)
		switch {
		case data.Type == slack.InteractionTypeBlockSuggestion && data.Value == "many":
			_ = a.Ack(*e.Request, slack.OptionsResponse{Options: many})
		case data.Type == slack.InteractionTypeBlockSuggestion:
			if data.ActionID != "env" || data.BlockID != "env" || data.View.CallbackID != "big" {
				t.Errorf("block_suggestion: %+v", data)
			}
			_ = a.Ack(*e.Request, slack.OptionsResponse{Options: []*slack.OptionBlockObject{opt("e-"+data.Value, "Env "+data.Value)}})
		default:
			_ = a.Ack(*e.Request)
		}
	})
	ctx := tw.ctx()
	r, err := tw.As(anna).Slash(ctx, "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	env := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain("Search"), "env")
	view := slack.ModalViewRequest{Type: slack.VTModal, Title: plain("Big"), Submit: plain("Go"), CallbackID: "big",
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("env", plain("Environment"), nil, env)}}}
	if _, err := tw.api.OpenView(r.TriggerID, view); err != nil {
		t.Fatal(err)
	}
	form := tw.As(anna).OpenView()
	options, err := form.Options(ctx, "env", "env", "prod")
	if err != nil || len(options) != 1 || options[0].Value != "e-prod" {
		t.Fatalf("options: %+v %v", options, err)
	}
	if err := form.Select(ctx, "env", "env", "e-prod"); err != nil {
		t.Fatal(err)
	}
	if err := form.Select(ctx, "env", "env", "something else"); !errors.Is(err, ErrNoSuchElement) {
		t.Errorf("an option that was not offered: %v", err)
	}
	if _, err := form.Options(ctx, "env", "env", "many"); !errors.Is(err, ErrAppFailed) {
		t.Errorf("101 options: %v", err)
	}
	if got := str(obj(form.Values()["env"]["env"], "selected_option"), "value"); got != "e-prod" {
		t.Errorf("the choice stays: %q", got)
	}
}

func TestHomeTabIsOneViewPerPerson(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	home := func(words string) slack.HomeTabViewRequest {
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: append([]slack.Block{slack.NewHeaderBlock(plain(words))}, card("x")...)}}
	}
	first, err := tw.api.PublishView(anna, home("one"), "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := tw.api.PublishView(anna, home("two"), first.Hash)
	if err != nil || second.ID != first.ID {
		t.Fatalf("publishing again replaces: %v", err)
	}
	_, err = tw.api.PublishView(anna, home("three"), first.Hash)
	wants(t, "against the old hash", err, "hash_conflict")
	_, err = tw.api.PublishView("U0NOBODY", home("x"), "")
	wants(t, "for nobody", err, "invalid_arguments")
	ctx := tw.ctx()
	h, err := tw.As(anna).WaitHome(ctx, nil)
	if err != nil || !strings.Contains(h.View().Visible(), "two") {
		t.Fatalf("Anna's Home tab: %v", err)
	}
	r, err := h.Button("Approve").Click(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p := decode[slack.InteractionCallback](t, r.Delivery.Payload)
	if p.Container.Type != "view" || p.Container.ViewID != first.ID || p.View.Type != slack.VTHomeTab || p.ResponseURL != "" || p.Channel.ID != "" {
		t.Errorf("a click on the Home tab: %+v", p.Container)
	}
}

func TestShortcutsAndSelectsInMessages(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	ctx := tw.ctx()
	if _, err := tw.As(anna).Shortcut(ctx, "ask"); err != nil {
		t.Error(err)
	}
	if _, err := tw.As(anna).Shortcut(ctx, "about"); !errors.Is(err, ErrNoSuchCommand) {
		t.Errorf("a message shortcut needs a message: %v", err)
	}
	days := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Days"), "days", opt("1", "One"), opt("2", "Two"))
	more := slack.NewOverflowBlockElement("more", opt("who", "Who?"))
	date := slack.NewDatePickerBlockElement("from")
	date.InitialDate = "2026-11-30"
	blocks := []slack.Block{slack.NewActionBlock("menu", days, more, date)}
	if _, _, err := tw.api.PostMessage(general, slack.MsgOptionText("menus", false), slack.MsgOptionBlocks(blocks...)); err != nil {
		t.Fatal(err)
	}
	m := tw.As(anna).Messages(general)[0]
	r, err := m.Select(ctx, "menu", "days", "Two")
	if err != nil {
		t.Fatal(err)
	}
	p := decode[slack.InteractionCallback](t, r.Delivery.Payload)
	state := p.BlockActionState.Values["menu"]
	if p.ActionCallback.BlockActions[0].SelectedOption.Value != "2" || state["days"].SelectedOption.Value != "2" || state["from"].SelectedDate != "2026-11-30" {
		t.Errorf("a choice in a message: %+v", p.BlockActionState)
	}
	if r, err = m.Select(ctx, "menu", "more", "who"); err != nil {
		t.Fatal(err)
	}
	if p = decode[slack.InteractionCallback](t, r.Delivery.Payload); p.ActionCallback.BlockActions[0].SelectedOption.Value != "who" {
		t.Errorf("an overflow menu: %+v", p.ActionCallback.BlockActions[0])
	}
	if r, err = m.Shortcut(ctx, "about"); err != nil {
		t.Fatal(err)
	}
	if p = decode[slack.InteractionCallback](t, r.Delivery.Payload); p.Type != slack.InteractionTypeMessageAction || p.Message.Timestamp != m.TS || p.CallbackID != "about" {
		t.Errorf("a message shortcut: %+v", p)
	}
}
