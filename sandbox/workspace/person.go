package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Why something a person did came to nothing. Errors of a Person wrap one of these.
var (
	// ErrTimedOut: the app did not acknowledge in time; Slack shows operation_timeout.
	ErrTimedOut = errors.New("operation_timeout: the app did not answer in time")
	// ErrDispatchFailed: Slack could not hand the payload to the app.
	ErrDispatchFailed = errors.New("dispatch_failed: the app cannot be reached")
	// ErrAppFailed: the app answered with an error, or with something that Slack
	// does not accept ("We had some trouble connecting").
	ErrAppFailed = errors.New("the app's answer was not accepted")
	// ErrAbandoned: the caller's context ended, or the workspace was closed.
	ErrAbandoned = errors.New("abandoned before the app answered")
	// ErrSignedOut: the person is unknown, deactivated or a bot and cannot use Slack.
	ErrSignedOut = errors.New("this person cannot sign in")
	// ErrNotThere: the person is not in that conversation.
	ErrNotThere = errors.New("this person does not see that conversation")
	// ErrNoSuchCommand: the workspace has no such slash command or shortcut, or the
	// person may not use it.
	ErrNoSuchCommand = errors.New("no such command for this person")
	// ErrNoSuchElement: nothing on the screen matches.
	ErrNoSuchElement = errors.New("nothing on the screen matches")
	// ErrGone: the message was deleted or the view closed.
	ErrGone = errors.New("it is not on the screen any more")
	// ErrIncomplete: Slack itself does not send the form; see ViewHandle.Errors.
	ErrIncomplete = errors.New("the form is incomplete or wrong")
	// ErrDeclined: the person said no in the confirmation dialog.
	ErrDeclined = errors.New("declined in the confirmation dialog")
)

// err turns a delivery's outcome into an error.
func (d Delivery) err() error {
	switch {
	case d.Acked:
		return nil
	case d.Error == timedOut:
		return fmt.Errorf("%s: %w", d.Type, ErrTimedOut)
	case d.Error == dispatchFailed:
		return fmt.Errorf("%s: %w", d.Type, ErrDispatchFailed)
	case d.Error == "abandoned":
		return fmt.Errorf("%s: %w", d.Type, ErrAbandoned)
	default:
		return fmt.Errorf("%s: %w: %s", d.Type, ErrAppFailed, d.Error)
	}
}

// Person acts as somebody in the workspace, in front of a Slack client. Its
// methods return when the app has acknowledged, or Slack has given up.
type Person struct {
	w  *Workspace
	id string
}

// Response is what came of something a person did.
type Response struct {
	Delivery Delivery
	// TriggerID and ResponseURL are those that the payload carried.
	TriggerID, ResponseURL string
	// Confirm is the dialog the person agreed to, if there was one.
	Confirm *Confirm
	// URL is where a button with a link led.
	URL string
}

// Confirm is a confirmation dialog's words.
type Confirm struct {
	Title, Text, Yes, No, Style string
}

// As returns the person with this id. Everything fails with ErrSignedOut when there
// is nobody of this id, or they are deactivated.
func (w *Workspace) As(id string) *Person { return &Person{w: w, id: id} }

// ID returns the person's user id.
func (p *Person) ID() string { return p.id }

// User returns the person as Slack knows them now.
func (p *Person) User() User {
	u, _ := p.w.User(p.id)
	return u
}

// DM returns the id of the person's direct message with the app.
func (p *Person) DM() string { return p.w.DM(p.id) }

// signedIn returns the person's record. The caller holds the lock.
func (p *Person) signedIn() (*User, error) {
	u := p.w.users[p.id]
	if u == nil || u.Deleted || u.IsBot {
		return nil, fmt.Errorf("%s: %w", p.id, ErrSignedOut)
	}
	return u, nil
}

// in returns a conversation that the person sees; "" is the direct message with
// the app. The caller holds the lock.
func (p *Person) in(channel string) (*Channel, error) {
	if channel == "" {
		return p.w.openDM(p.id), nil
	}
	c, ok := p.w.channels[channel]
	if !ok || (!c.Has(p.id) && c.kind() != "channels") {
		return nil, fmt.Errorf("%s: %w", channel, ErrNotThere)
	}
	u := p.w.users[p.id]
	if !c.Has(p.id) && (u.IsRestricted || u.IsUltraRestricted || p.w.external(u)) {
		return nil, fmt.Errorf("%s: %w", channel, ErrNotThere)
	}
	return c, nil
}

// common are the fields that every interaction payload has. The caller holds the lock.
func (w *Workspace) common(typ string, u *User) map[string]any {
	return map[string]any{
		"type": typ, "token": "sandbox", "api_app_id": w.opts.App.ID, "user": userInPayload(u),
		"team":       map[string]any{"id": w.opts.TeamID, "domain": w.opts.Domain},
		"enterprise": nil, "is_enterprise_install": false,
	}
}

// Slash runs a slash command ("/airflow") in a conversation ("" is the direct
// message with the app). What the app puts into its acknowledgement appears as a
// message.
// See https://docs.slack.dev/interactivity/implementing-slash-commands.
func (p *Person) Slash(ctx context.Context, command, text, channel string) (*Response, error) {
	w := p.w
	w.mu.Lock()
	u, err := p.signedIn()
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	c, err := p.in(channel)
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	known := w.opts.App.Commands == nil || slices.ContainsFunc(w.opts.App.Commands, func(k Command) bool { return k.Name == command })
	if !known || !slices.Contains(w.opts.App.BotScopes, "commands") || w.external(u) {
		w.mu.Unlock()
		return nil, fmt.Errorf("%s: %w", command, ErrNoSuchCommand)
	}
	r := &Response{TriggerID: w.newTrigger(p.id, ""), ResponseURL: w.newResponseURL(c.ID, p.id, "")}
	payload := map[string]any{
		"token": "sandbox", "team_id": w.opts.TeamID, "team_domain": w.opts.Domain, "channel_id": c.ID, "channel_name": payloadName(c),
		"user_id": p.id, "user_name": u.Name, "command": command, "text": strings.TrimSpace(text), "api_app_id": w.opts.App.ID,
		"is_enterprise_install": "false", "response_url": r.ResponseURL, "trigger_id": r.TriggerID,
	}
	w.mu.Unlock()
	r.Delivery = w.deliver(ctx, outgoing{kind: "slash_commands", typ: command, user: p.id, payload: payload, response: true})
	if err := r.Delivery.err(); err != nil {
		return r, err
	}
	return r, w.answerCommand(r.Delivery.Answer, c.ID, p.id)
}

// answerCommand shows what the acknowledgement of a command says.
func (w *Workspace) answerCommand(answer json.RawMessage, channel, user string) error {
	if len(answer) == 0 || string(answer) == "null" {
		return nil
	}
	var body reply
	if err := json.Unmarshal(answer, &body); err != nil {
		return fmt.Errorf("the command's acknowledgement: %w: %w", ErrAppFailed, err)
	}
	if body.Text == "" && len(body.Blocks) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if bad := w.say(body, channel, user, ""); bad != nil {
		return fmt.Errorf("the command's acknowledgement: %w: %s", ErrAppFailed, bad.code)
	}
	return nil
}

// Shortcut uses a global shortcut, by its callback id.
// See https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload.
func (p *Person) Shortcut(ctx context.Context, callbackID string) (*Response, error) {
	return p.shortcut(ctx, callbackID, "global", nil)
}

func (p *Person) shortcut(ctx context.Context, callbackID, kind string, m *Message) (*Response, error) {
	w := p.w
	w.mu.Lock()
	u, err := p.signedIn()
	known := slices.ContainsFunc(w.opts.App.Shortcuts, func(s Shortcut) bool { return s.CallbackID == callbackID && s.Type == kind })
	if err == nil && (!known || w.external(u)) {
		err = fmt.Errorf("shortcut %s: %w", callbackID, ErrNoSuchCommand)
	}
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	typ := "shortcut"
	if m != nil {
		typ = "message_action"
	}
	payload := w.common(typ, u)
	r := &Response{TriggerID: w.newTrigger(p.id, "")}
	payload["callback_id"], payload["trigger_id"], payload["action_ts"] = callbackID, r.TriggerID, actionTS()
	if m != nil {
		r.ResponseURL = w.newResponseURL(m.Channel, p.id, m.TS)
		payload["response_url"], payload["message_ts"] = r.ResponseURL, m.TS
		payload["channel"], payload["message"] = channelInPayload(w.channels[m.Channel]), w.inPayload(m)
	}
	w.mu.Unlock()
	r.Delivery = w.deliver(ctx, outgoing{kind: "interactive", typ: typ, user: p.id, payload: payload})
	return r, r.Delivery.err()
}

// actionTS is when something was clicked, on the wall clock as in Slack's payloads.
func actionTS() string {
	now := time.Now()
	return fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)
}

// Say posts a message as the person ("" is the direct message with the app); thread
// is the timestamp of a thread's first message, or "".
func (p *Person) Say(channel, thread, text string) (Message, error) {
	w := p.w
	w.mu.Lock()
	_, err := p.signedIn()
	var c *Channel
	if err == nil {
		c, err = p.in(channel)
	}
	if err == nil && (!c.Has(p.id) || c.Archived) {
		err = fmt.Errorf("%s: %w", channel, ErrNotThere)
	}
	if err != nil {
		w.mu.Unlock()
		return Message{}, err
	}
	m := w.post(c.ID, p.id, false, content{text: text, thread: thread}, "")
	out, inner := *m, w.messageEvent(c, m)
	out.person = p
	mention := strings.Contains(text, "<@"+w.opts.App.BotUserID+">") && c.Has(w.opts.App.BotUserID) && !c.IM
	appSees := c.Has(w.opts.App.BotUserID)
	w.mu.Unlock()
	if appSees {
		w.event(messageSubscription(c), p.id, inner)
	}
	if mention {
		w.event("app_mention", p.id, map[string]any{
			"type": "app_mention", "user": p.id, "text": text, "ts": out.TS, "channel": c.ID, "event_ts": out.TS, "thread_ts": thread,
		})
	}
	return out, nil
}

// React adds an emoji reaction to a message; false when it is there already.
func (p *Person) React(m Message, emoji string) bool {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	stored := p.w.findMessage(m.Channel, m.TS)
	return stored != nil && !stored.Deleted && p.w.react(stored, strings.Trim(emoji, ":"), p.id)
}

// Messages returns what the person sees in a conversation ("" is the direct message
// with the app), oldest first: no deleted messages, no ephemeral ones of others.
func (p *Person) Messages(channel string) []Message {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if _, err := p.signedIn(); err != nil {
		return nil
	}
	c, err := p.in(channel)
	if err != nil {
		return nil
	}
	return p.sees(c.ID)
}

func (p *Person) sees(channel string) []Message {
	var out []Message
	for _, m := range p.w.messages[channel] {
		if !m.Deleted && (m.EphemeralFor == "" || m.EphemeralFor == p.id) {
			seen := *m
			seen.person = p
			out = append(out, seen)
		}
	}
	return out
}

// Find returns the newest message, of all that the person sees, that match accepts.
func (p *Person) Find(match func(Message) bool) (Message, bool) {
	p.w.mu.Lock()
	var all []Message
	if _, err := p.signedIn(); err == nil {
		for _, id := range p.w.chanOrder {
			if p.w.channels[id].Has(p.id) {
				all = append(all, p.sees(id)...)
			}
		}
	}
	p.w.mu.Unlock()
	slices.SortFunc(all, func(a, b Message) int {
		if tsLess(a.TS, b.TS) {
			return 1
		}
		return -1
	})
	for _, m := range all {
		if match(m) {
			return m, true
		}
	}
	return Message{}, false
}

// WaitMessage waits until the person sees a message that match accepts and returns
// it as it is then; the newest when there are several.
func (p *Person) WaitMessage(ctx context.Context, match func(Message) bool) (Message, error) {
	var found Message
	err := p.w.WaitFor(ctx, func() bool {
		m, ok := p.Find(match)
		if ok {
			found = m
		}
		return ok
	})
	if err != nil {
		return Message{}, fmt.Errorf("%s waits for a message: %w", p.id, err)
	}
	return found, nil
}

// Saying accepts messages that contain all these words where a person reads them.
func Saying(words ...string) func(Message) bool {
	return func(m Message) bool {
		seen := m.Visible()
		for _, w := range words {
			if !strings.Contains(seen, w) {
				return false
			}
		}
		return true
	}
}

// OpenView returns the modal in front of the person, or nil.
func (p *Person) OpenView() *ViewHandle {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	stack := p.w.stacks[p.id]
	if len(stack) == 0 {
		return nil
	}
	return &ViewHandle{p: p, id: stack[len(stack)-1]}
}

// WaitView waits until the modal in front of the person is one that match accepts;
// nil accepts any.
func (p *Person) WaitView(ctx context.Context, match func(View) bool) (*ViewHandle, error) {
	var found *ViewHandle
	err := p.w.WaitFor(ctx, func() bool {
		found = p.OpenView()
		return found != nil && (match == nil || match(found.View()))
	})
	if err != nil {
		return nil, fmt.Errorf("%s waits for a modal: %w", p.id, err)
	}
	return found, nil
}

// Home opens the app's Home tab: the app is told (app_home_opened). It returns what
// is published there now, or nil when nothing is yet; WaitHome waits for it.
func (p *Person) Home() (*ViewHandle, error) {
	w := p.w
	w.mu.Lock()
	u, err := p.signedIn()
	if err == nil && (w.opts.App.NoHomeTab || w.external(u)) {
		err = fmt.Errorf("the Home tab: %w", ErrNotThere)
	}
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	inner := map[string]any{
		"type": "app_home_opened", "user": p.id, "channel": w.openDM(p.id).ID, "tab": "home", "event_ts": actionTS(),
	}
	var handle *ViewHandle
	if v := w.views[w.homes[p.id]]; v != nil {
		inner["view"] = w.viewObject(v)
		handle = &ViewHandle{p: p, id: v.ID}
	}
	w.mu.Unlock()
	w.event("app_home_opened", p.id, inner)
	return handle, nil
}

// WaitHome opens the Home tab and waits until it shows something that match
// accepts; nil accepts anything.
func (p *Person) WaitHome(ctx context.Context, match func(View) bool) (*ViewHandle, error) {
	if _, err := p.Home(); err != nil {
		return nil, err
	}
	var found *ViewHandle
	err := p.w.WaitFor(ctx, func() bool {
		v, ok := p.w.HomeView(p.id)
		if ok && (match == nil || match(v)) {
			found = &ViewHandle{p: p, id: v.ID}
		}
		return found != nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s waits for the Home tab: %w", p.id, err)
	}
	return found, nil
}
