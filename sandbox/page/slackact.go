package page

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
)

// act is one thing that a person does in Slack. What is filled in goes along with it,
// so that nothing typed is late for the click that follows.
type act struct {
	// Do is send, press, choose, options, fill, submit, close, shortcut, home, read or react.
	Do string `json:"do"`

	Channel string `json:"channel,omitempty"` // "" is the direct message with the app
	TS      string `json:"ts,omitempty"`      // of the message
	Thread  string `json:"thread,omitempty"`  // timestamp of a thread's first message
	View    string `json:"view,omitempty"`    // id of a modal or Home tab; empty: it is in a message

	Block    string   `json:"block,omitempty"`
	Action   string   `json:"action,omitempty"`
	Text     string   `json:"text,omitempty"` // typed message or command, query of a menu, name of an emoji
	Chosen   []string `json:"chosen,omitempty"`
	Callback string   `json:"callback,omitempty"` // of a shortcut; with ts it is a message shortcut
	All      bool     `json:"all,omitempty"`      // close: the whole stack

	Fill []filled `json:"fill,omitempty"`
}

type filled struct {
	Block  string   `json:"block"`
	Action string   `json:"action"`
	Chosen []string `json:"chosen"`
}

// outcome is what the person sees of it at once. The rest comes with the stream.
type outcome struct {
	OK bool `json:"ok"`
	// Seq is the number of the newest change afterwards: the state that shows what came
	// of it has at least this one.
	Seq uint64 `json:"seq"`
	// Error is Slack's name of what went wrong (operation_timeout), Text its words.
	Error   string             `json:"error,omitempty"`
	Text    string             `json:"text,omitempty"`
	URL     string             `json:"url,omitempty"` // where a button with a link leads
	Options []workspace.Option `json:"options,omitempty"`
}

// errUnknownAct refuses what no Slack client does.
var errUnknownAct = errors.New("no such act")

// actSlack does something as the person named.
func (p *Page) actSlack(w http.ResponseWriter, r *http.Request) {
	who, ok := p.somebody(w, r)
	if !ok {
		return
	}
	var a act
	if !control.ReadJSON(w, r, &a) {
		return
	}
	// A click is not taken back by a browser that goes away.
	ctx := context.WithoutCancel(r.Context())
	person := p.world.As(who.Key)
	out, err := a.perform(ctx, person)
	if errors.Is(err, errUnknownAct) {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err != nil {
		out.Error, out.Text = a.words(err)
	}
	out.OK, out.Seq = err == nil, p.world.Slack.Seq()
	control.WriteJSON(w, http.StatusOK, out)
}

func (a act) perform(ctx context.Context, person *workspace.Person) (outcome, error) {
	var out outcome
	switch a.Do {
	case "send":
		return out, a.send(ctx, person)
	case "home":
		_, err := person.Home()
		return out, err
	case "read":
		return out, person.MarkRead(a.Channel)
	case "react":
		m, err := person.Message(a.Channel, a.TS)
		if err == nil {
			person.React(m, a.Text)
		}
		return out, err
	case "shortcut":
		return out, a.shortcut(ctx, person)
	case "press", "choose", "options", "fill", "submit", "close":
		return a.touch(ctx, person)
	}
	return out, fmt.Errorf("%q: %w", a.Do, errUnknownAct)
}

// send sends what was typed: a command when it begins with a slash, else a message.
func (a act) send(ctx context.Context, person *workspace.Person) error {
	typed := strings.TrimSpace(a.Text)
	if typed == "" {
		return errNothingTyped
	}
	if !strings.HasPrefix(typed, "/") {
		_, err := person.Say(a.Channel, a.Thread, typed)
		return err
	}
	command, text, _ := strings.Cut(typed, " ")
	if a.Thread != "" {
		return errCommandInThread
	}
	_, err := person.Slash(ctx, command, text, a.Channel)
	return err
}

func (a act) shortcut(ctx context.Context, person *workspace.Person) error {
	if a.TS == "" {
		_, err := person.Shortcut(ctx, a.Callback)
		return err
	}
	m, err := person.Message(a.Channel, a.TS)
	if err == nil {
		_, err = m.Shortcut(ctx, a.Callback)
	}
	return err
}

// screen is what a message and a view have in common for who touches their elements.
type screen interface {
	Press(ctx context.Context, block, action string) (*workspace.Response, error)
	Fill(ctx context.Context, block, action string, chosen ...string) error
	Options(ctx context.Context, block, action, query string) ([]workspace.Option, error)
}

// touch does something to an element or a modal.
func (a act) touch(ctx context.Context, person *workspace.Person) (outcome, error) {
	var out outcome
	view := person.View(a.View)
	var on screen = view
	choose := func() error { return view.Select(ctx, a.Block, a.Action, a.Chosen...) }
	if a.View == "" {
		m, err := person.Message(a.Channel, a.TS)
		if err != nil {
			return out, err
		}
		on = m
		choose = func() error { _, err := m.Select(ctx, a.Block, a.Action, a.Chosen...); return err }
	}
	for _, f := range a.Fill {
		if err := on.Fill(ctx, f.Block, f.Action, f.Chosen...); err != nil {
			return out, err
		}
	}
	var err error
	switch a.Do {
	case "press":
		var r *workspace.Response
		if r, err = on.Press(ctx, a.Block, a.Action); r != nil {
			out.URL = r.URL
		}
	case "choose":
		err = choose()
	case "options":
		out.Options, err = on.Options(ctx, a.Block, a.Action, a.Text)
	case "submit":
		_, err = view.Submit(ctx)
	case "close":
		if a.All {
			err = view.CloseAll(ctx)
		} else {
			err = view.Close(ctx)
		}
	}
	return out, err
}

var (
	errNothingTyped    = errors.New("no_text")
	errCommandInThread = errors.New("not_supported_in_threads")
)

// words are Slack's name for what went wrong and what its client says about it.
func (a act) words(err error) (name, text string) {
	name = "not_sent"
	for _, known := range []struct {
		err  error
		name string
	}{
		{workspace.ErrTimedOut, "operation_timeout"}, {workspace.ErrDispatchFailed, "dispatch_failed"}, {workspace.ErrAppFailed, "app_failed"},
		{workspace.ErrSignedOut, "account_inactive"}, {workspace.ErrNotThere, "channel_not_found"}, {workspace.ErrNoSuchCommand, "invalid_command"},
		{workspace.ErrNoSuchElement, "no_such_element"}, {workspace.ErrGone, "gone"}, {workspace.ErrIncomplete, "incomplete"},
		{errNothingTyped, "no_text"}, {errCommandInThread, "not_supported_in_threads"},
	} {
		if errors.Is(err, known.err) {
			name = known.name
		}
	}
	if a.Do == "send" {
		return name, a.commandWords(name)
	}
	switch name {
	case "operation_timeout", "dispatch_failed", "app_failed":
		if a.View != "" {
			return name, "We had some trouble connecting. Try again?"
		}
		return name, "This app isn’t responding to that right now. Try again in a moment."
	case "gone":
		return name, "This isn’t there any more."
	case "incomplete":
		return name, "" // the fields say it
	case "channel_not_found":
		return name, "You don’t have access to this conversation."
	case "account_inactive":
		return name, "This account can’t use Slack."
	}
	return name, err.Error()
}

// commandWords are what Slackbot says about a command or message that went nowhere.
func (a act) commandWords(name string) string {
	command, _, _ := strings.Cut(strings.TrimSpace(a.Text), " ")
	switch name {
	case "operation_timeout", "dispatch_failed":
		return command + " failed with the error “" + name + "”"
	case "app_failed":
		return command + " failed because the app did not respond as expected."
	case "invalid_command":
		return command + " is not a valid command. Messages that start with a “/” are read as commands."
	case "not_supported_in_threads":
		return command + " is not supported in threads. Sorry!"
	case "channel_not_found":
		return "You can’t post in this conversation."
	case "account_inactive":
		return "This account can’t use Slack."
	}
	return "Your message wasn’t sent."
}
