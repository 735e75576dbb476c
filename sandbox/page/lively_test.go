package page_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/slack-go/slack"

	"airpass/sandbox"
)

func TestChoosingWhoOneIs(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	b := newTab(t)
	b.open(url + "/?as=ada")
	b.click(".who")
	if n := value[int](b, `document.querySelectorAll('.menu-list [role=menuitemradio]').length`); n != len(world.People()) {
		t.Errorf("%d of %d people can be chosen", n, len(world.People()))
	}
	b.press(kb.Escape)
	b.until(`!document.querySelector('.menu-list')`) // or the next click closes it instead
	for key, words := range map[string][]string{
		"carl":   {".who", "You are: Carl Dietrich — Contractor", "Guest"},
		"alex2":  {".who", "You are: Alex Kim — Recruiter"},
		"stefan": {".side", "partners"},
		"erik":   {".shut", "This account has been deactivated."},
		"grace":  {".bar", "# airflow-access"},
	} {
		b.click(".who")
		b.click(`.menu-list [data-key="` + key + `"]`)
		b.until(`new URL(location).searchParams.get('as') === ` + quote(key) + ` && !document.querySelector('.menu-list')`)
		b.sees(words[0], words[1:]...)
	}
	b.script(`history.back()`)
	b.until(`document.querySelector('.slack')?.dataset.as === new URL(location).searchParams.get('as')`)
	was := value[string](b, `document.querySelector('.slack').dataset.as`)
	b.open(value[string](b, `location.href`))
	if now := value[string](b, `document.querySelector('.slack').dataset.as`); now != was {
		t.Errorf("a reload turns %s into %s", was, now)
	}
}

func TestThreadsReactionsAndUnread(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, nil)
	_, ts, err := a.PostMessage(sandbox.RequestsChannel, slack.MsgOptionText("a request", false))
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t)
	b.open(url + "/?as=ada")
	b.sees(".msg", "a request")
	b.until(`document.querySelector('.entry.here')`)
	b.click(".msg [aria-label='Reply in thread']")
	b.sees(".thread", "a request")
	b.until(`document.activeElement.closest('.thread')`)
	b.typed("in the thread, @gra")
	b.sees(".thread .suggestions", "Grace Adeyemi")
	b.press(kb.Enter)
	b.typed("& <all>")
	b.press(kb.Enter)
	b.sees(".thread .msg", "in the thread, @Grace Adeyemi & <all>")
	b.sees(".thread .mention", "@Grace Adeyemi")
	if _, _, err := a.PostMessage(sandbox.RequestsChannel, slack.MsgOptionTS(ts), slack.MsgOptionText("answered", false)); err != nil {
		t.Fatal(err)
	}
	b.sees(".thread .msg", "answered")
	b.shot("thread")
	b.press(kb.Escape)
	b.until(`!document.querySelector('.thread')`)
	b.sees(".replies", "2 replies")
	b.click(".msg [aria-label='React with thumbs up']")
	b.until(`document.querySelector('.reactions .mine')`)
	if _, _, err := a.PostMessage(world.As("ada").DM(), slack.MsgOptionText("only for you", false)); err != nil {
		t.Fatal(err)
	}
	b.sees(".side .badge", "1")
	b.until(`document.title.startsWith('(1) Ada Lindqvist')`)
	b.click(`[data-channel="app"]`)
	b.sees(".msg", "only for you")
	b.until(`!document.querySelector('.side .badge')`)
	b.shot("app")
}

func TestSlackSaysThatTheAppDoesNotAnswer(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	b := newTab(t)
	b.open(url + "/?as=ada")
	b.typed("/airflow now")
	b.press(kb.Enter)
	b.sees(".toast", "/airflow failed with the error “dispatch_failed”")
	b.until(`document.querySelector('.composer textarea').value === '/airflow now'`)
	var opened bool
	a := connect(t, world, nil, func(_ *app, c slack.InteractionCallback) any {
		if c.Type == slack.InteractionTypeViewSubmission {
			return silence
		}
		return nil
	})
	open, _ := ask(t)
	r, err := world.As("ada").Slash(t.Context(), "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	opened = open(a, slack.SlashCommand{TriggerID: r.TriggerID}) == nil
	if !opened {
		t.Fatal("no form")
	}
	b.sees(".modal h1", "Ask for Airflow")
	for _, choice := range [][2]string{{"env", "Staging"}, {"role", "Viewer"}} {
		b.click(fmt.Sprintf(`[data-block="%s"] .select`, choice[0]))
		b.clickText(`.options [role="option"]`, choice[1])
		b.sees(fmt.Sprintf(`[data-block="%s"] .select`, choice[0]), choice[1])
	}
	b.click(`[data-block="reason"] .field`)
	b.typed("typed and kept")
	b.clickText(".modal-foot .btn", "Ask")
	b.until(`document.querySelector('.modal-foot .busy')`)
	b.sees(".modal-trouble", "We had some trouble connecting. Try again?")
	b.shot("trouble")
	if got := value[string](b, `document.querySelector('[data-block="reason"] .field').value`); got != "typed and kept" {
		t.Errorf("after the failure the field holds %q", got)
	}
	b.open(url + "/?as=ada") // a reload shows the same form with what was typed
	if got := value[string](b, `document.querySelector('[data-block="reason"] .field').value`); got != "typed and kept" {
		t.Errorf("after a reload the field holds %q", got)
	}
}

func TestAModalThatChangesUnderOnesHands(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, nil)
	b := newTab(t)
	b.open(url + "/?as=ada")
	r, err := world.As("ada").Slash(t.Context(), "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	field := func(hint string) string {
		return `[{"type":"section","text":{"type":"plain_text","text":"` + hint + `"}},
		{"type":"input","block_id":"reason","label":{"type":"plain_text","text":"Reason"},"element":{"type":"plain_text_input","action_id":"v","multiline":true}}]`
	}
	view, err := a.OpenView(r.TriggerID, modal(t, "First", field("as opened")))
	if err != nil {
		t.Fatal(err)
	}
	b.sees(".modal", "as opened")
	for i, word := range []string{"one ", "two ", "three"} {
		b.typed(word)
		if _, err := a.UpdateView(modal(t, "First", field(fmt.Sprint("update ", i))), "", "", view.ID); err != nil {
			t.Fatal(err)
		}
		b.sees(".modal", fmt.Sprint("update ", i))
	}
	if got := value[string](b, `document.activeElement.value`); got != "one two three" {
		t.Errorf("typed through three updates: %q", got)
	}
	r, err = world.As("ada").Slash(t.Context(), "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.PushView(r.TriggerID, modal(t, "Second", field("on top"))); err == nil {
		t.Fatal("a trigger from outside the modal pushes")
	}
	b.press(kb.Escape)
	b.until(`!document.querySelector('.modal')`)
}

func TestReadingOldMessagesIsNotDisturbed(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	say := func(i int) {
		if _, err := world.As("grace").Say(sandbox.RequestsChannel, "", fmt.Sprintf("line %d\nof two", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 60 {
		say(i)
	}
	b := newTab(t)
	b.open(url + "/?as=ada")
	atEnd := `(() => { const e = document.querySelector('.messages'); return e.scrollHeight - e.scrollTop - e.clientHeight < 3; })()`
	b.until(atEnd)
	say(60)
	b.sees(".msg", "line 60")
	b.until(atEnd)
	b.script(`document.querySelector('.messages').scrollTop = 400`)
	b.sees(".latest", "Latest messages")
	say(61)
	b.sees(".msg", "line 61")
	if top := value[float64](b, `document.querySelector('.messages').scrollTop`); top != 400 {
		t.Errorf("a new message moves what one reads to %v", top)
	}
	b.click(".latest")
	b.until(atEnd)
	b.script(`document.querySelector('.messages').focus()`)
	b.press(kb.ArrowUp, kb.ArrowUp)
	if f := b.focused(); f == "" || value[bool](b, `!document.activeElement.matches('.msg')`) {
		t.Errorf("the arrows lead to %q", f)
	}
}

func TestTheHomeTab(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, nil)
	b := newTab(t)
	b.open(url + "/?as=ada")
	b.click(`[data-channel="app"]`)
	b.clickText(".tabs button", "Home")
	b.sees(".home", "This is a work in progress!")
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: blocks(t, `[{"type":"header","text":{"type":"plain_text","text":"Your access"}},
		{"type":"actions","block_id":"x","elements":[{"type":"button","action_id":"ask","style":"primary","text":{"type":"plain_text","text":"Ask for access"}}]}]`)}
	if _, err := a.PublishView(world.Person("ada").SlackID, home, ""); err != nil {
		t.Fatal(err)
	}
	b.sees(".home", "Your access")
	b.clickText(".home .btn", "Ask for access")
	b.until(`document.querySelector('.home .btn') && !document.querySelector('.home .busy')`)
	heard := a.heard(slack.InteractionTypeBlockActions)
	if len(heard) != 1 || heard[0].View.Type != slack.VTHomeTab {
		t.Errorf("the app heard %+v", heard)
	}
	b.shot("home")
	b.open(value[string](b, `location.href`))
	b.sees(".home", "Your access")
}

func TestMenusByMouse(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, func(_ *app, c slack.InteractionCallback) any {
		if c.Type != slack.InteractionTypeBlockSuggestion {
			return nil
		}
		var out []*slack.OptionBlockObject
		for _, name := range []string{"sales", "stock", "staff"} {
			out = append(out, slack.NewOptionBlockObject(name, plainText(c.Value+" "+name), nil))
		}
		return slack.OptionsResponse{Options: out}
	})
	r, err := world.As("ada").Slash(t.Context(), "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	view, err := a.OpenView(r.TriggerID, modal(t, "Kitchen sink", sinkModal))
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t)
	b.size(1280, 800)
	b.open(url + "/?as=ada")
	b.click(`[data-block="external"] .select`)
	b.sees(".options", "Type at least 2 characters")
	b.typed("da")
	b.clickText(`.options [role="option"]`, "da stock")
	b.sees(`[data-block="external"] .select`, "da stock")
	b.click(`[data-block="mexternal"] .select`)
	b.clickText(`.options [role="option"]`, "sales")
	b.clickText(`.options [role="option"]`, "staff")
	b.typed("more")
	b.clickText(`.options [role="option"]`, "more stock")
	b.shot("several")
	b.press(kb.Escape)
	b.until(`document.querySelectorAll('[data-block="mexternal"] .chip').length === 3`)
	b.click(`[data-block="mexternal"] .chip button`)
	b.until(`document.querySelectorAll('[data-block="mexternal"] .chip').length === 2`)
	b.click(`[data-block="musers"] .chip button`)
	b.click(`[data-block="user"] .select`)
	b.typed("alex")
	b.until(`document.querySelectorAll('.options [role="option"]').length === 2`)
	b.sees(".options", "Data engineer", "Recruiter")
	b.clickText(`.options [role="option"]`, "Recruiter")
	b.click(`[data-block="boxes"] input[value="record"]`)
	b.click(`[data-block="radio"] input[value="notify"]`)
	b.script(`document.querySelector('[data-block="date"] input').focus()`) // a click goes to the part under it
	b.typed("11302026")
	b.click(`[data-block="number"] .field`)
	b.typed("3")
	held := func() map[string]map[string]any {
		out := map[string]map[string]any{}
		for block, v := range world.As("ada").View(view.ID).Values() {
			out[block] = v["v"]
		}
		return out
	}
	wait, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	if err := world.Slack.WaitFor(wait, func() bool {
		v := held()
		return len(v["mexternal"]["selected_options"].([]any)) == 2 && len(v["musers"]["selected_users"].([]any)) == 1 && v["user"]["selected_user"] == "U0ALEX2" &&
			len(v["boxes"]["selected_options"].([]any)) == 1 && v["radio"]["selected_option"] != nil && v["date"]["selected_date"] == "2026-11-30" && v["number"]["value"] == "3"
	}); err != nil {
		b.shot("failed")
		t.Errorf("the form holds %v", held())
	}
}
