package page_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/slack-go/slack"

	"airpass/sandbox"
)

// found is what a kitchen sink holds: its block types and its elements' action ids.
func found(t *testing.T, sink string) (types, actions []string) {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal([]byte(sink), &all); err != nil {
		t.Fatal(err)
	}
	add := func(e any) {
		if m, ok := e.(map[string]any); ok && m["action_id"] != nil {
			actions = append(actions, m["action_id"].(string))
		}
	}
	for _, b := range all {
		types = append(types, b["type"].(string))
		add(b["accessory"])
		add(b["element"])
		if elements, ok := b["elements"].([]any); ok {
			for _, e := range elements {
				add(e)
			}
		}
	}
	return types, actions
}

func TestEveryBlockAndElementOfAMessageIsDrawn(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, nil)
	if _, _, err := a.PostMessage(sandbox.RequestsChannel, slack.MsgOptionBlocks(blocks(t, sinkMessage).BlockSet...)); err != nil {
		t.Fatal(err)
	}
	b := newTab(t)
	b.open(url + "/?as=ada")
	b.sees(".msg", "Everything a message can hold")
	b.shot("end")
	types, actions := found(t, sinkMessage)
	for _, typ := range types {
		if n := value[int](b, fmt.Sprintf(`document.querySelectorAll('.msg .block[data-type="%s"]').length`, typ)); n == 0 {
			t.Errorf("no %s is drawn", typ)
		}
	}
	for _, action := range actions {
		if n := value[int](b, fmt.Sprintf(`document.querySelectorAll('.msg [data-action="%s"]').length`, action)); n == 0 {
			t.Errorf("element %s is not drawn", action)
		}
	}
	if n := value[int](b, `document.querySelectorAll('.unknown').length`); n != 0 {
		t.Errorf("%d unknown: %s", n, b.text(".unknown"))
	}
	b.script(`document.querySelector('.messages').scrollTop = 0`)
	b.shot("start")
	for selector, words := range map[string]string{
		".msg strong": "bold", ".msg em": "italic", ".msg s": "struck", ".msg code": "code", ".msg .mention.me": "@Ada Lindqvist",
		".msg blockquote": "quoted words\nsecond line", ".msg .bullet": "second with bold", ".msg .mention.link": "#airflow-access",
		".msg time.date": "Jan 1, 2026 at 1:00 AM", ".msg pre": "*not bold*", ".msg .b-fields": "*not bold*", ".msg ol": "two", ".msg th": "Target",
		`.msg a[href="https://example.com/a?b=1&c=2"]`: "a link", `.msg a[href="https://example.com/raw"]`: "https://example.com/raw",
		".msg .b-text": "a_snake_case 2*3*4 <escaped> &amp;", `[data-action="user"]`: "Grace Adeyemi", ".msg .app-badge": "APP",
	} {
		b.sees(selector, words)
	}
	if got := value[string](b, `document.querySelector('[data-action="datetime"]').value`); got != "2026-01-01T01:00" {
		t.Errorf("a time in the viewer's zone: %q", got)
	}
}

func TestEveryElementOfAModalIsDrawn(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	a := connect(t, world, nil, nil)
	b := newTab(t)
	b.open(url + "/?as=ada")
	r, err := world.As("ada").Slash(t.Context(), "/airflow", "", sandbox.RequestsChannel)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.OpenView(r.TriggerID, modal(t, "Kitchen sink", sinkModal)); err != nil {
		t.Fatal(err)
	}
	b.sees(".modal h1", "Kitchen sink")
	b.shot("start")
	_, actions := found(t, sinkModal)
	if n := value[int](b, `[...document.querySelectorAll('.modal .b-input')].filter(e => e.querySelector('[data-action="v"]')).length`); n != len(actions) {
		t.Errorf("%d of %d inputs are drawn", n, len(actions))
	}
	if n := value[int](b, `document.querySelectorAll('.unknown').length`); n != 0 {
		t.Errorf("%d unknown: %s", n, b.text(".unknown"))
	}
	b.script(`document.querySelector('.modal-body').scrollTop = 1e6`)
	b.shot("end")
	if got := value[bool](b, `document.querySelector('.modal').getBoundingClientRect().bottom <= innerHeight`); !got {
		t.Error("the modal's foot is below the window")
	}
	more := modal(t, "Not for here", `[{"type":"input","block_id":"f","label":{"type":"plain_text","text":"File"},"element":{"type":"file_input","action_id":"v"}},
		{"type":"rich_text","elements":[{"type":"rich_text_hologram","elements":[]}]}]`)
	if _, err := a.UpdateView(more, "", "", world.As("ada").OpenView().View().ID); err != nil {
		t.Fatal(err)
	}
	b.sees(".modal .unknown", "unknown element type file_input", "unknown rich text element type rich_text_hologram")
}
