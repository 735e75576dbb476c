package workspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

// repeat returns n copies of a JSON value, comma-separated; %d is the index.
func repeat(n int, format string) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(format, "%d", fmt.Sprint(i))
	}
	return strings.Join(out, ",")
}

func TestBlockKitLimits(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("ö", n) }
	section := func(n int) string { return `{"type":"section","text":{"type":"mrkdwn","text":"` + x(n) + `"}}` }
	button := func(props string) string {
		return `{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"ok"}` + props + `}]}`
	}
	menu := func(options string) string {
		return `{"type":"actions","elements":[{"type":"static_select","placeholder":{"type":"plain_text","text":"p"},"options":[` + options + `]}]}`
	}
	option := `{"text":{"type":"plain_text","text":"o"},"value":"v%d"}`
	confirm := func(title, text, yes string) string {
		p := func(s string) string { return `{"type":"plain_text","text":"` + s + `"}` }
		return button(`,"confirm":{"title":` + p(title) + `,"text":` + p(text) + `,"confirm":` + p(yes) + `,"deny":` + p("n") + `}`)
	}
	for name, c := range map[string]struct {
		on     surface
		blocks string
		want   string // part of a problem; "" is none
	}{
		"section at the limit":       {onMessage, section(3000), ""},
		"section over it":            {onMessage, section(3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		"empty text":                 {onMessage, section(0), "must be more than 0 characters"},
		"50 blocks":                  {onMessage, repeat(50, `{"type":"divider"}`), ""},
		"51 blocks":                  {onMessage, repeat(51, `{"type":"divider"}`), "no more than 50 items allowed [json-pointer:/blocks]"},
		"100 blocks in a modal":      {onModal, repeat(100, `{"type":"divider"}`), ""},
		"101 blocks in a modal":      {onModal, repeat(101, `{"type":"divider"}`), "no more than 100 items"},
		"header 150":                 {onMessage, `{"type":"header","text":{"type":"plain_text","text":"` + x(150) + `"}}`, ""},
		"header 151":                 {onMessage, `{"type":"header","text":{"type":"plain_text","text":"` + x(151) + `"}}`, "less than 151"},
		"header in mrkdwn":           {onMessage, `{"type":"header","text":{"type":"mrkdwn","text":"x"}}`, "valid enum value"},
		"10 fields":                  {onMessage, `{"type":"section","fields":[` + repeat(10, `{"type":"mrkdwn","text":"x"}`) + `]}`, ""},
		"11 fields":                  {onMessage, `{"type":"section","fields":[` + repeat(11, `{"type":"mrkdwn","text":"x"}`) + `]}`, "no more than 10 items"},
		"a long field":               {onMessage, `{"type":"section","fields":[{"type":"mrkdwn","text":"` + x(2001) + `"}]}`, "less than 2001"},
		"neither text nor fields":    {onMessage, `{"type":"section"}`, "must define either `text` or `fields`"},
		"11 context elements":        {onMessage, `{"type":"context","elements":[` + repeat(11, `{"type":"mrkdwn","text":"x"}`) + `]}`, "no more than 10 items"},
		"25 actions":                 {onMessage, `{"type":"actions","elements":[` + repeat(25, `{"type":"button","action_id":"a%d","text":{"type":"plain_text","text":"x"}}`) + `]}`, ""},
		"26 actions":                 {onMessage, `{"type":"actions","elements":[` + repeat(26, `{"type":"button","action_id":"a%d","text":{"type":"plain_text","text":"x"}}`) + `]}`, "no more than 25 items"},
		"one action id twice":        {onMessage, `{"type":"actions","elements":[` + repeat(2, `{"type":"button","action_id":"a","text":{"type":"plain_text","text":"x"}}`) + `]}`, "already exists"},
		"one block id twice":         {onMessage, repeat(2, `{"type":"divider","block_id":"b"}`), "already exists"},
		"a long block id":            {onMessage, `{"type":"divider","block_id":"` + x(256) + `"}`, "less than 256"},
		"a long action id":           {onMessage, button(`,"action_id":"` + x(256) + `"`), "less than 256"},
		"a long button":              {onMessage, strings.ReplaceAll(button(""), `"ok"`, `"`+x(76)+`"`), "less than 76"},
		"a long value":               {onMessage, button(`,"value":"` + x(2001) + `"`), "less than 2001"},
		"a long url":                 {onMessage, button(`,"url":"https://e/` + x(3000) + `"`), "less than 3001"},
		"a made-up style":            {onMessage, button(`,"style":"loud"`), "valid enum value"},
		"an unknown property":        {onMessage, button(`,"colour":"red"`), "invalid additional property: colour"},
		"100 options":                {onMessage, menu(repeat(100, option)), ""},
		"101 options":                {onMessage, menu(repeat(101, option)), "no more than 100 items"},
		"no options":                 {onMessage, menu(""), "no fewer than 1 items"},
		"a long option":              {onMessage, menu(`{"text":{"type":"plain_text","text":"` + x(76) + `"},"value":"v"}`), "less than 76"},
		"a long option value":        {onMessage, menu(`{"text":{"type":"plain_text","text":"o"},"value":"` + x(151) + `"}`), "less than 151"},
		"a long option description":  {onMessage, menu(`{"text":{"type":"plain_text","text":"o"},"value":"v","description":{"type":"plain_text","text":"` + x(76) + `"}}`), "less than 76"},
		"confirm at the limits":      {onMessage, confirm(x(100), x(300), x(30)), ""},
		"a long confirm title":       {onMessage, confirm(x(101), "t", "y"), "less than 101"},
		"a long confirm text":        {onMessage, confirm("t", x(301), "y"), "less than 301"},
		"a long confirm button":      {onMessage, confirm("t", "t", x(31)), "less than 31"},
		"confirm without deny":       {onMessage, button(`,"confirm":{"title":{"type":"plain_text","text":"t"},"text":{"type":"plain_text","text":"t"},"confirm":{"type":"plain_text","text":"y"}}`), "missing required field: deny"},
		"6 overflow options":         {onMessage, `{"type":"actions","elements":[{"type":"overflow","options":[` + repeat(6, option) + `]}]}`, "no more than 5 items"},
		"an image without alt text":  {onMessage, `{"type":"image","image_url":"https://e/i.png"}`, "missing required field: alt_text"},
		"a made-up block":            {onMessage, `{"type":"poster"}`, "unsupported type: poster"},
		"a text field in actions":    {onMessage, `{"type":"actions","elements":[{"type":"plain_text_input","action_id":"a"}]}`, "unsupported type"},
		"a number field in messages": {onMessage, `{"type":"input","label":{"type":"plain_text","text":"l"},"element":{"type":"number_input","is_decimal_allowed":false}}`, "unsupported type"},
		"a long label":               {onModal, `{"type":"input","label":{"type":"plain_text","text":"` + x(2001) + `"},"element":{"type":"plain_text_input"}}`, "less than 2001"},
		"a field of 3001":            {onModal, `{"type":"input","label":{"type":"plain_text","text":"l"},"element":{"type":"plain_text_input","max_length":3001}}`, "must be less than 3001"},
		"a long placeholder":         {onModal, `{"type":"input","label":{"type":"plain_text","text":"l"},"element":{"type":"plain_text_input","placeholder":{"type":"plain_text","text":"` + x(151) + `"}}}`, "less than 151"},
		"a foreign initial option":   {onModal, `{"type":"input","label":{"type":"plain_text","text":"l"},"element":{"type":"static_select","options":[` + repeat(1, option) + `],"initial_option":{"text":{"type":"plain_text","text":"o"},"value":"other"}}}`, "must be one of the options"},
	} {
		var blocks []Block
		if err := json.Unmarshal([]byte("["+c.blocks+"]"), &blocks); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		problems, _ := checkBlocks(c.on, "/blocks", blocks)
		found := slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.want) })
		if (c.want == "" && len(problems) > 0) || (c.want != "" && !found) {
			t.Errorf("%s: %q does not have %q", name, problems, c.want)
		}
	}
}

func TestOverLimitBlocksAreRefusedInSlacksWords(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	_, _, err := tw.api.PostMessage(general, slack.MsgOptionBlocks(slack.NewSectionBlock(mrkdwn(strings.Repeat("x", 3001)), nil, nil)))
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != "invalid_blocks" {
		t.Fatalf("%v", err)
	}
	want := []string{"[ERROR] failed to match all allowed schemas [json-pointer:/blocks/0/text]", "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"}
	if !slices.Equal(refused.ResponseMetadata.Messages, want) || len(refused.Errors) != 2 {
		t.Errorf("details: %q", refused.ResponseMetadata.Messages)
	}
	if tw.Stats().Posts != 0 {
		t.Error("it was posted all the same")
	}
}

func TestModalLimits(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	for name, c := range map[string]struct {
		change func(*slack.ModalViewRequest)
		want   string
	}{
		"a long title":     {func(v *slack.ModalViewRequest) { v.Title = plain(strings.Repeat("x", 25)) }, "must be less than 25 characters [json-pointer:/view/title/text]"},
		"a long submit":    {func(v *slack.ModalViewRequest) { v.Submit = plain(strings.Repeat("x", 25)) }, "/view/submit/text"},
		"a long close":     {func(v *slack.ModalViewRequest) { v.Close = plain(strings.Repeat("x", 25)) }, "/view/close/text"},
		"no title":         {func(v *slack.ModalViewRequest) { v.Title = nil }, "missing required field: title"},
		"no submit":        {func(v *slack.ModalViewRequest) { v.Submit = nil }, "missing required field: submit"},
		"long metadata":    {func(v *slack.ModalViewRequest) { v.PrivateMetadata = strings.Repeat("x", 3001) }, "less than 3001"},
		"long callback id": {func(v *slack.ModalViewRequest) { v.CallbackID = strings.Repeat("x", 256) }, "less than 256"},
		"the wrong type":   {func(v *slack.ModalViewRequest) { v.Type = slack.VTHomeTab }, "unsupported type: home"},
	} {
		r, err := tw.As(anna).Slash(tw.ctx(), "/airflow", "", "")
		if err != nil {
			t.Fatal(err)
		}
		view := requestForm()
		c.change(&view)
		_, err = tw.api.OpenView(r.TriggerID, view)
		var refused slack.SlackErrorResponse
		if !errors.As(err, &refused) || refused.Err != "invalid_arguments" || !strings.Contains(strings.Join(refused.ResponseMetadata.Messages, "\n"), c.want) {
			t.Errorf("%s: %v %q", name, err, refused.ResponseMetadata.Messages)
		}
	}
	if tw.As(anna).OpenView() != nil {
		t.Error("a refused view opened")
	}
}
