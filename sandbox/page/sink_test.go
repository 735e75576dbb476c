package page_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"airpass/sandbox"
)

// app is an app of the workspace, as the real SDK makes them.
type app struct {
	*socketmode.Client
	mu       sync.Mutex
	commands []slack.SlashCommand
	clicks   []slack.InteractionCallback
}

// connect runs an app in the world that answers commands with command and
// interactions with click. Nil acknowledges.
func connect(t *testing.T, world *sandbox.World, command func(*app, slack.SlashCommand) any, click func(*app, slack.InteractionCallback) any) *app {
	t.Helper()
	api := slack.New(world.Slack.BotToken(), slack.OptionAPIURL(world.Slack.APIURL()), slack.OptionAppLevelToken(world.Slack.AppToken()))
	a := &app{Client: socketmode.New(api)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = a.RunContext(ctx) }()
	go func() {
		for {
			select {
			case e := <-a.Events:
				go a.handle(e, command, click)
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	wait, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	if err := world.Slack.WaitConnected(wait, 1); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *app) handle(e socketmode.Event, command func(*app, slack.SlashCommand) any, click func(*app, slack.InteractionCallback) any) {
	var answer any
	switch what := e.Data.(type) {
	case slack.SlashCommand:
		a.mu.Lock()
		a.commands = append(a.commands, what)
		a.mu.Unlock()
		if command != nil {
			answer = command(a, what)
		}
	case slack.InteractionCallback:
		a.mu.Lock()
		a.clicks = append(a.clicks, what)
		a.mu.Unlock()
		if click != nil {
			answer = click(a, what)
		}
	}
	if e.Request == nil || e.Request.EnvelopeID == "" || answer == silence {
		return
	}
	if answer == nil {
		_ = a.Ack(*e.Request)
		return
	}
	_ = a.Ack(*e.Request, answer)
}

// silence as an answer is none.
const silence = "silence"

// heard returns the interactions of a type so far.
func (a *app) heard(typ slack.InteractionType) []slack.InteractionCallback {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []slack.InteractionCallback
	for _, c := range a.clicks {
		if c.Type == typ {
			out = append(out, c)
		}
	}
	return out
}

// blocks decodes Block Kit as one writes it, for the SDK to send.
func blocks(t *testing.T, text string) slack.Blocks {
	t.Helper()
	var out slack.Blocks
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

const optionsXY = `"options":[{"text":{"type":"plain_text","text":"Production"},"value":"prod","description":{"type":"plain_text","text":"eu-central-1"}},{"text":{"type":"plain_text","text":"Staging"},"value":"staging"},{"text":{"type":"plain_text","text":"Development"},"value":"dev"}]`

const groupsXY = `"option_groups":[{"label":{"type":"plain_text","text":"Read"},"options":[{"text":{"type":"plain_text","text":"Viewer"},"value":"viewer"}]},{"label":{"type":"plain_text","text":"Write"},"options":[{"text":{"type":"plain_text","text":"Op"},"value":"op"},{"text":{"type":"plain_text","text":"Admin"},"value":"admin"}]}]`

const choicesXY = `"options":[{"text":{"type":"mrkdwn","text":"*Notify* the owner"},"value":"notify","description":{"type":"mrkdwn","text":"in <#C0REQUESTS>"}},{"text":{"type":"plain_text","text":"Keep a record"},"value":"record"}]`

// sinkMessage has every block and every element that a message takes.
const sinkMessage = `[
{"type":"header","text":{"type":"plain_text","text":"Everything a message can hold"}},
{"type":"section","text":{"type":"mrkdwn","text":"*bold* _italic_ ~struck~ ` + "`code`" + ` <https://example.com/a?b=1&amp;c=2|a link> https://example.com/raw <@U0ADA> <@U0GRACE> <#C0REQUESTS> <!subteam^S0DATA> <!here> :tada: :not_an_emoji: a_snake_case 2*3*4 &lt;escaped&gt; &amp;amp;\n> quoted _words_\n> second line\n• first\n• second with *bold*\nUntil <!date^1767225600^{date_short_pretty} at {time}|a fallback>\n` + "```" + `func main() {\n\t*not bold*\n}` + "```" + `"}},
{"type":"section","fields":[{"type":"mrkdwn","text":"*Who*\nAda Lindqvist"},{"type":"mrkdwn","text":"*What*\nprod / Op"},{"type":"plain_text","text":"How long\n4 hours"},{"type":"plain_text","text":"*not bold* :wave:"}],"accessory":{"type":"image","image_url":"https://example.com/x.png","alt_text":"a chart"}},
{"type":"divider"},
{"type":"context","elements":[{"type":"image","image_url":"https://example.com/i.png","alt_text":"an icon"},{"type":"mrkdwn","text":"Request *req-42*"},{"type":"plain_text","text":"asked just now"}]},
{"type":"image","title":{"type":"plain_text","text":"A picture"},"image_url":"https://example.com/p.png","alt_text":"a picture of a graph"},
{"type":"actions","block_id":"a1","elements":[
 {"type":"button","action_id":"approve","text":{"type":"plain_text","text":"Approve"},"style":"primary","value":"1"},
 {"type":"button","action_id":"deny","text":{"type":"plain_text","text":"Deny"},"style":"danger","value":"2","confirm":{"title":{"type":"plain_text","text":"Deny this?"},"text":{"type":"plain_text","text":"They will be told."},"confirm":{"type":"plain_text","text":"Deny"},"deny":{"type":"plain_text","text":"Back"},"style":"danger"}},
 {"type":"button","action_id":"plain","text":{"type":"plain_text","text":"Details :mag:"}},
 {"type":"button","action_id":"link","text":{"type":"plain_text","text":"Open Airflow"},"url":"https://example.com/airflow"},
 {"type":"overflow","action_id":"more",` + optionsXY + `}]},
{"type":"actions","block_id":"a2","elements":[
 {"type":"static_select","action_id":"static","placeholder":{"type":"plain_text","text":"Environment"},` + optionsXY + `},
 {"type":"static_select","action_id":"grouped","placeholder":{"type":"plain_text","text":"Role"},` + groupsXY + `},
 {"type":"external_select","action_id":"external","placeholder":{"type":"plain_text","text":"Find a DAG"},"min_query_length":0},
 {"type":"users_select","action_id":"user","placeholder":{"type":"plain_text","text":"Somebody"},"initial_user":"U0GRACE"},
 {"type":"conversations_select","action_id":"conversation","placeholder":{"type":"plain_text","text":"Conversation"}},
 {"type":"channels_select","action_id":"channel","placeholder":{"type":"plain_text","text":"Channel"}},
 {"type":"datepicker","action_id":"date","initial_date":"2026-11-24"},
 {"type":"timepicker","action_id":"time","initial_time":"14:30"},
 {"type":"datetimepicker","action_id":"datetime","initial_date_time":1767225600}]},
{"type":"actions","block_id":"a3","elements":[{"type":"checkboxes","action_id":"boxes",` + choicesXY + `},{"type":"radio_buttons","action_id":"radio",` + choicesXY + `}]},
{"type":"section","block_id":"s2","text":{"type":"plain_text","text":"Several at once"},"accessory":{"type":"multi_static_select","action_id":"multi","placeholder":{"type":"plain_text","text":"Roles"},` + optionsXY + `}},
{"type":"input","block_id":"in","label":{"type":"plain_text","text":"A word"},"element":{"type":"plain_text_input","action_id":"word"}},
{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"rich "},{"type":"text","text":"bold","style":{"bold":true}},{"type":"text","text":" "},{"type":"link","url":"https://example.com","text":"link"},{"type":"text","text":" "},{"type":"user","user_id":"U0BEN"},{"type":"emoji","name":"rocket"}]},
 {"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"two"}]}]},
 {"type":"rich_text_quote","elements":[{"type":"text","text":"a quote"}]},{"type":"rich_text_preformatted","elements":[{"type":"text","text":"as it is"}]}]},
{"type":"markdown","text":"## A heading\n**strong** and a [link](https://example.com)"},
{"type":"table","rows":[[{"type":"raw_text","text":"Target"},{"type":"raw_text","text":"Left"}],[{"type":"raw_text","text":"prod / Op"},{"type":"raw_text","text":"3 h"}]]},
{"type":"video","title":{"type":"plain_text","text":"A film"},"alt_text":"a film","thumbnail_url":"https://example.com/t.png","video_url":"https://example.com/v"}
]`

// sinkModal has every element that a modal's inputs take.
const sinkModal = `[
{"type":"section","text":{"type":"mrkdwn","text":"*Ask for access.* Fields marked so are needed."}},
{"type":"input","block_id":"single","label":{"type":"plain_text","text":"Ticket"},"element":{"type":"plain_text_input","action_id":"v","placeholder":{"type":"plain_text","text":"OPS-123"}},"hint":{"type":"plain_text","text":"As in the tracker"}},
{"type":"input","block_id":"multi","label":{"type":"plain_text","text":"Reason"},"optional":true,"element":{"type":"plain_text_input","action_id":"v","multiline":true,"max_length":100}},
{"type":"input","block_id":"static","label":{"type":"plain_text","text":"Environment"},"dispatch_action":true,"element":{"type":"static_select","action_id":"v","placeholder":{"type":"plain_text","text":"Choose"},` + optionsXY + `}},
{"type":"input","block_id":"grouped","label":{"type":"plain_text","text":"Role"},"element":{"type":"static_select","action_id":"v",` + groupsXY + `}},
{"type":"input","block_id":"external","label":{"type":"plain_text","text":"DAG"},"optional":true,"element":{"type":"external_select","action_id":"v","min_query_length":2}},
{"type":"input","block_id":"mstatic","label":{"type":"plain_text","text":"Several"},"optional":true,"element":{"type":"multi_static_select","action_id":"v",` + optionsXY + `}},
{"type":"input","block_id":"mexternal","label":{"type":"plain_text","text":"Several DAGs"},"optional":true,"element":{"type":"multi_external_select","action_id":"v","min_query_length":0}},
{"type":"input","block_id":"user","label":{"type":"plain_text","text":"For whom"},"optional":true,"element":{"type":"users_select","action_id":"v"}},
{"type":"input","block_id":"musers","label":{"type":"plain_text","text":"Who else"},"optional":true,"element":{"type":"multi_users_select","action_id":"v","initial_users":["U0GRACE","U0BEN"]}},
{"type":"input","block_id":"conv","label":{"type":"plain_text","text":"Conversation"},"optional":true,"element":{"type":"conversations_select","action_id":"v"}},
{"type":"input","block_id":"mconv","label":{"type":"plain_text","text":"Conversations"},"optional":true,"element":{"type":"multi_conversations_select","action_id":"v"}},
{"type":"input","block_id":"chan","label":{"type":"plain_text","text":"Channel"},"optional":true,"element":{"type":"channels_select","action_id":"v"}},
{"type":"input","block_id":"mchan","label":{"type":"plain_text","text":"Channels"},"optional":true,"element":{"type":"multi_channels_select","action_id":"v"}},
{"type":"input","block_id":"date","label":{"type":"plain_text","text":"From"},"optional":true,"element":{"type":"datepicker","action_id":"v"}},
{"type":"input","block_id":"time","label":{"type":"plain_text","text":"At"},"optional":true,"element":{"type":"timepicker","action_id":"v"}},
{"type":"input","block_id":"datetime","label":{"type":"plain_text","text":"Until"},"optional":true,"element":{"type":"datetimepicker","action_id":"v"}},
{"type":"input","block_id":"boxes","label":{"type":"plain_text","text":"And"},"optional":true,"element":{"type":"checkboxes","action_id":"v",` + choicesXY + `}},
{"type":"input","block_id":"radio","label":{"type":"plain_text","text":"Either"},"optional":true,"element":{"type":"radio_buttons","action_id":"v",` + choicesXY + `}},
{"type":"input","block_id":"number","label":{"type":"plain_text","text":"Hours"},"optional":true,"element":{"type":"number_input","action_id":"v","is_decimal_allowed":false,"min_value":"1","max_value":"8"}},
{"type":"input","block_id":"email","label":{"type":"plain_text","text":"Mail"},"optional":true,"element":{"type":"email_text_input","action_id":"v"}},
{"type":"input","block_id":"url","label":{"type":"plain_text","text":"Page"},"optional":true,"element":{"type":"url_text_input","action_id":"v"}}
]`

func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

// modal is a view of these blocks.
func modal(t *testing.T, title, body string) slack.ModalViewRequest {
	t.Helper()
	return slack.ModalViewRequest{Type: slack.VTModal, Title: plainText(title), Submit: plainText("Ask"), Close: plainText("Cancel"),
		CallbackID: "sink", NotifyOnClose: true, Blocks: blocks(t, body)}
}
