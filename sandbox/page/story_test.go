package page_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"

	"airpass/sandbox"
)

const cardBlocks = `[{"type":"section","text":{"type":"mrkdwn","text":"*<@U0ADA>* asks for *prod / Op*"}},
{"type":"actions","block_id":"decide","elements":[
 {"type":"button","action_id":"approve","style":"primary","value":"req-1","text":{"type":"plain_text","text":"Approve"}},
 {"type":"button","action_id":"deny","style":"danger","value":"req-1","text":{"type":"plain_text","text":"Deny"},
  "confirm":{"title":{"type":"plain_text","text":"Deny this request?"},"text":{"type":"plain_text","text":"Ada will be told."},"confirm":{"type":"plain_text","text":"Deny"},"deny":{"type":"plain_text","text":"Back"},"style":"danger"}}]}]`

// decided re-renders the card as the app does after a click.
func decided(t *testing.T) func(*app, slack.InteractionCallback) any {
	return func(a *app, c slack.InteractionCallback) any {
		if c.Type != slack.InteractionTypeBlockActions {
			return nil
		}
		words := c.ActionCallback.BlockActions[0].ActionID + "d by <@" + c.User.ID + ">"
		body := blocks(t, `[{"type":"section","text":{"type":"mrkdwn","text":`+quote(words)+`}}]`)
		if _, _, _, err := a.UpdateMessage(c.Channel.ID, c.Message.Timestamp, slack.MsgOptionBlocks(body.BlockSet...)); err != nil {
			t.Error(err)
		}
		if _, err := a.PostEphemeral(c.Channel.ID, c.User.ID, slack.MsgOptionText("Thank you, it is recorded.", false)); err != nil {
			t.Error(err)
		}
		return nil
	}
}

func TestTwoTabsAreTwoPeople(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, decided(t))
	ada, grace := newTab(t), newTab(t)
	ada.open(url + "/?as=ada")
	grace.open(url + "/?as=grace")
	ada.sees(".who", "You are: Ada Lindqvist — Data engineer")
	grace.sees(".who", "You are: Grace Adeyemi — Head of data engineering")
	if _, _, err := a.PostMessage(sandbox.RequestsChannel, slack.MsgOptionBlocks(blocks(t, cardBlocks).BlockSet...)); err != nil {
		t.Fatal(err)
	}
	ada.sees(".msg", "@Ada Lindqvist asks for prod / Op")
	ada.click(".composer textarea")
	ada.typed("half a sente")
	grace.clickText(".msg .btn", "Deny")
	grace.sees(".modal.small", "Deny this request?", "Ada will be told.")
	grace.shot("asked")
	grace.press(kb.Escape)
	grace.until(`!document.querySelector('.modal')`)
	if n := len(a.heard(slack.InteractionTypeBlockActions)); n != 0 {
		t.Fatalf("the app heard %d clicks of somebody who said no", n)
	}
	grace.clickText(".msg .btn", "Approve")
	ada.sees(".msg", "approved by @Grace Adeyemi")
	grace.sees(".msg.ephemeral", "Only visible to you", "Thank you, it is recorded.")
	ada.typed("nce")
	if got := value[string](ada, `document.activeElement.value`); got != "half a sentence" {
		t.Errorf("what was being typed while the message changed: %q", got)
	}
	if strings.Contains(ada.text(".messages"), "Thank you") {
		t.Error("Ada sees what only Grace should")
	}
	ada.press(kb.Enter)
	grace.sees(".msg", "half a sentence")
	ada.shot("ada")
	grace.shot("grace")
}

// ask answers a command with a form, and its submission with an error until the
// reason says why.
func ask(t *testing.T) (func(*app, slack.SlashCommand) any, func(*app, slack.InteractionCallback) any) {
	form := `[{"type":"input","block_id":"env","dispatch_action":true,"label":{"type":"plain_text","text":"Environment"},"element":{"type":"static_select","action_id":"v","placeholder":{"type":"plain_text","text":"Choose"},` + optionsXY + `}},
{"type":"input","block_id":"role","label":{"type":"plain_text","text":"Role"},"element":{"type":"static_select","action_id":"v",` + groupsXY + `}},
{"type":"input","block_id":"reason","label":{"type":"plain_text","text":"Reason"},"element":{"type":"plain_text_input","action_id":"v"},"hint":{"type":"plain_text","text":"Your approver reads it"}}]`
	open := func(a *app, c slack.SlashCommand) any {
		if _, err := a.OpenView(c.TriggerID, modal(t, "Ask for Airflow", form)); err != nil {
			t.Error(err)
		}
		return nil
	}
	answer := func(a *app, c slack.InteractionCallback) any {
		switch {
		case c.Type == slack.InteractionTypeBlockActions:
			more := strings.Replace(form, "Your approver reads it", "Environment: "+c.View.State.Values["env"]["v"].SelectedOption.Value, 1)
			if _, err := a.UpdateView(modal(t, "Ask for Airflow", more), "", "", c.View.ID); err != nil {
				t.Error(err)
			}
		case c.Type == slack.InteractionTypeViewSubmission && c.View.State.Values["reason"]["v"].Value == "because":
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"reason": "Say a little more."})
		}
		return nil
	}
	return open, answer
}

func TestAskingByKeyboardOnly(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	open, answer := ask(t)
	a := connect(t, world, open, answer)
	b := newTab(t)
	b.open(url + "/?as=ada")
	b.tabTo("Message #airflow-access")
	b.typed("/a")
	b.sees(".suggestions", "/airflow", "Ask for access to an Airflow environment")
	b.shot("commands")
	b.press(kb.Enter) // takes the suggestion
	b.sees(".hint-line", "/airflow")
	b.press(kb.Enter) // sends it
	b.sees(".modal h1", "Ask for Airflow")
	if left := value[string](b, `document.querySelector('.composer textarea').value`); left != "" {
		t.Errorf("the box still holds %q", left)
	}
	if f := b.focused(); !strings.HasPrefix(f, "Environment") {
		t.Errorf("the form opens with the focus at %q", f)
	}
	b.chord(kb.Enter, kb.ModifierCtrl)
	b.sees(".b-error", "Please complete this required field.")
	b.shot("incomplete")
	b.press(kb.Enter) // opens the menu
	b.sees(".options", "Production")
	b.shot("menu")
	b.press(kb.ArrowDown, kb.Enter)
	b.sees(".b-hint", "Environment: staging") // the app has changed the form
	if f := b.focused(); f != "Environment: Staging" {
		t.Errorf("after choosing, the focus is at %q", f)
	}
	b.press(kb.Tab, kb.ArrowDown)
	b.typed("adm")
	b.press(kb.Enter)
	b.until(`document.activeElement.innerText.includes('Admin')`)
	b.tabTo("Reason")
	b.typed("because")
	b.press(kb.Enter)
	b.sees(".b-error", "Say a little more.")
	b.shot("refused")
	if f := b.focused(); !strings.HasPrefix(f, "Reason") {
		t.Errorf("an error takes the focus to %q", f)
	}
	b.typed(" of OPS-1")
	b.until(`!document.querySelector('.b-error')`)
	b.chord(kb.Enter, kb.ModifierCtrl)
	b.until(`!document.querySelector('.modal')`)
	got := a.heard(slack.InteractionTypeViewSubmission)
	last := got[len(got)-1].View.State.Values
	if last["env"]["v"].SelectedOption.Value != "staging" || last["role"]["v"].SelectedOption.Value != "admin" || last["reason"]["v"].Value != "because of OPS-1" {
		t.Errorf("what the app got: %+v", last)
	}
	if f := b.focused(); f != "Message #airflow-access" {
		t.Errorf("afterwards the focus is at %q", f)
	}
	b.typed("/airflow")
	b.press(kb.Enter)
	b.sees(".modal h1", "Ask for Airflow")
	for range 12 { // Tab goes round inside the form
		b.press(kb.Tab)
		if !value[bool](b, `!!document.activeElement.closest('.modal')`) {
			t.Fatalf("Tab leaves the form for %q", b.focused())
		}
	}
	b.press(kb.Escape)
	b.until(`!document.querySelector('.modal')`)
	if n := len(a.heard(slack.InteractionTypeViewClosed)); n != 1 {
		t.Errorf("the app heard of %d closed forms", n)
	}
}
