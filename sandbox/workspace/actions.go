package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// source is what a person sees while touching something: a message in the
// rendering they have in front of them, or a view.
type source struct {
	p       *Person
	message *Message
	view    string
}

func (s source) key() surfaceKey {
	if s.message != nil {
		return surfaceKey{id: s.message.surface(), user: s.p.id}
	}
	return surfaceKey{id: s.view}
}

// check makes sure that the person can still see it. The caller holds the lock.
func (s source) check() (*User, error) {
	u, err := s.p.signedIn()
	if err != nil {
		return nil, err
	}
	if s.message == nil {
		v := s.p.w.views[s.view]
		if v == nil || !v.Open || v.User != s.p.id {
			return nil, fmt.Errorf("view %s: %w", s.view, ErrGone)
		}
		return u, nil
	}
	c, err := s.p.in(s.message.Channel)
	if err != nil {
		return nil, err
	}
	stored := s.p.w.findMessage(c.ID, s.message.TS)
	if stored == nil || stored.Deleted {
		return nil, fmt.Errorf("message %s: %w", s.message.TS, ErrGone)
	}
	if stored.EphemeralFor != "" && stored.EphemeralFor != s.p.id {
		return nil, fmt.Errorf("message %s: %w", s.message.TS, ErrNotThere)
	}
	return u, nil
}

// blocks are the blocks in front of the person. The caller holds the lock.
func (s source) blocks() []Block {
	if s.message != nil {
		return s.message.Blocks
	}
	if v := s.p.w.views[s.view]; v != nil {
		return v.Blocks
	}
	return nil
}

// find locates an element by its action id, in the block named or, when block is
// "", in any. The caller holds the lock.
func (s source) find(block, action string) (b, e Block, err error) {
	for _, b := range s.blocks() {
		if block != "" && str(b, "block_id") != block {
			continue
		}
		for _, e := range elementsOf(b) {
			if str(e, "action_id") == action {
				return b, e, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("element %s/%s: %w", block, action, ErrNoSuchElement)
}

// describe adds to a payload where it comes from. The caller holds the lock.
func (s source) describe(payload map[string]any) {
	w := s.p.w
	if s.message == nil {
		payload["container"] = map[string]any{"type": "view", "view_id": s.view}
		payload["view"] = w.viewObject(w.views[s.view])
		return
	}
	m := s.message
	container := map[string]any{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.EphemeralFor != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload["container"], payload["channel"] = container, channelInPayload(w.channels[m.Channel])
	if m.EphemeralFor == "" { // Slack does not keep ephemeral messages, and sends none
		payload["message"] = w.inPayload(m)
	}
}

// inPayload is a message as interaction payloads show it, without the metadata's
// payload, which an app should not count on there.
func (w *Workspace) inPayload(m *Message) map[string]any {
	return w.messageObject(m, false)
}

// send delivers block_actions for one element.
// See https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
func (s source) send(ctx context.Context, b, e Block, chosen map[string]any) (*Response, error) {
	w := s.p.w
	w.mu.Lock()
	u, err := s.check()
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	payload := w.common("block_actions", u)
	r := &Response{TriggerID: w.newTrigger(s.p.id, s.view), Confirm: confirmOf(e), URL: str(e, "url")}
	s.describe(payload)
	payload["trigger_id"] = r.TriggerID
	if s.message != nil {
		r.ResponseURL = w.newResponseURL(s.message.Channel, s.p.id, s.message.TS)
		payload["response_url"] = r.ResponseURL
		payload["state"] = map[string]any{"values": w.valuesOf(s.key(), s.blocks())}
	}
	action := map[string]any{
		"type": str(e, "type"), "action_id": str(e, "action_id"), "block_id": str(b, "block_id"), "action_ts": actionTS(),
	}
	for _, name := range []string{"text", "value", "style", "confirm", "placeholder", "url"} {
		if v, ok := e[name]; ok && v != nil && (name != "text" || str(e, "type") == "button") {
			action[name] = v
		}
	}
	maps.Copy(action, chosen)
	payload["actions"] = []any{action}
	w.mu.Unlock()
	r.Delivery = w.deliver(ctx, outgoing{kind: "interactive", typ: "block_actions", user: s.p.id, payload: payload})
	return r, r.Delivery.err()
}

func confirmOf(e Block) *Confirm {
	c := obj(e, "confirm")
	if c == nil {
		return nil
	}
	word := func(name string) string { return str(obj(c, name), "text") }
	return &Confirm{Title: word("title"), Text: word("text"), Yes: word("confirm"), No: word("deny"), Style: str(c, "style")}
}

// Button is a button in front of a person. One that is not there fails with
// ErrNoSuchElement when it is clicked.
type Button struct {
	from           source
	block, element Block
	missing        error
}

// button finds a button by its label, its accessibility label or its action id.
func (s source) button(name string) *Button {
	w := s.p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	var labels []string
	for _, b := range s.blocks() {
		for _, e := range elementsOf(b) {
			if str(e, "type") != "button" {
				continue
			}
			label := str(obj(e, "text"), "text")
			if label == name || str(e, "action_id") == name || str(e, "accessibility_label") == name {
				return &Button{from: s, block: b, element: e}
			}
			labels = append(labels, label)
		}
	}
	return &Button{missing: fmt.Errorf("button %q among %q: %w", name, labels, ErrNoSuchElement)}
}

// There says whether the button is on the screen.
func (b *Button) There() bool { return b.missing == nil }

// Label returns the button's text.
func (b *Button) Label() string { return str(obj(b.element, "text"), "text") }

// ActionID and Value return what the app gave the button.
func (b *Button) ActionID() string { return str(b.element, "action_id") }

// Value returns the value the app gave the button.
func (b *Button) Value() string { return str(b.element, "value") }

// Style returns "primary", "danger" or "".
func (b *Button) Style() string { return str(b.element, "style") }

// Confirm returns the dialog that comes before the click counts, or nil.
func (b *Button) Confirm() *Confirm { return confirmOf(b.element) }

// Click presses the button, says yes in its confirmation dialog if it has one, and
// returns when the app has acknowledged.
func (b *Button) Click(ctx context.Context) (*Response, error) {
	if b.missing != nil {
		return nil, b.missing
	}
	return b.from.send(ctx, b.block, b.element, nil)
}

// Decline presses the button and says no in the confirmation dialog: the app hears
// nothing. It returns ErrDeclined, or ErrNoSuchElement when nothing asks.
func (b *Button) Decline() error {
	switch {
	case b.missing != nil:
		return b.missing
	case b.Confirm() == nil:
		return fmt.Errorf("button %q has no confirmation dialog: %w", b.Label(), ErrNoSuchElement)
	default:
		return ErrDeclined
	}
}

// DoubleClick presses the button twice at once, as an impatient person does. The
// error is the first click's, else the second's.
func (b *Button) DoubleClick(ctx context.Context) (first, second *Response, err error) {
	var wg sync.WaitGroup
	var err2 error
	wg.Go(func() { second, err2 = b.Click(ctx) })
	first, err = b.Click(ctx)
	wg.Wait()
	if err == nil {
		err = err2
	}
	return first, second, err
}

// Button returns a button of the message by its label or action id. The message
// must come from a Person.
func (m Message) Button(name string) *Button {
	if m.person == nil {
		return &Button{missing: fmt.Errorf("nobody looks at this message: %w", ErrNoSuchElement)}
	}
	return source{p: m.person, message: &m}.button(name)
}

// Buttons returns the labels of the message's buttons, in order.
func (m Message) Buttons() []string { return buttonLabels(m.Blocks) }

func buttonLabels(blocks []Block) []string {
	var out []string
	for _, b := range blocks {
		for _, e := range elementsOf(b) {
			if str(e, "type") == "button" {
				out = append(out, str(obj(e, "text"), "text"))
			}
		}
	}
	return out
}

// Select chooses in a menu, overflow menu, picker or box of the message.
func (m Message) Select(ctx context.Context, block, action string, chosen ...string) (*Response, error) {
	if m.person == nil {
		return nil, fmt.Errorf("nobody looks at this message: %w", ErrNoSuchElement)
	}
	return source{p: m.person, message: &m}.choose(ctx, block, action, chosen)
}

// Shortcut uses a message shortcut on the message.
func (m Message) Shortcut(ctx context.Context, callbackID string) (*Response, error) {
	if m.person == nil {
		return nil, fmt.Errorf("nobody looks at this message: %w", ErrNoSuchElement)
	}
	return m.person.shortcut(ctx, callbackID, "message", &m)
}

// Now returns the message as it is now; ok is false when it was deleted. The
// rendering already in hand stays as it is, so that an old one can be clicked.
func (m Message) Now() (now Message, ok bool) {
	if m.person == nil {
		return m, false
	}
	now, ok = m.person.w.Message(m.Channel, m.TS)
	now.person = m.person
	return now, ok && !now.Deleted
}

// See returns a message as a handle of this person, to try what others could do
// with it.
func (p *Person) See(m Message) Message {
	m.person = p
	return m
}

// Options returns what a menu offers: its own options, or, for an external select,
// what the app answers to the query.
func (s source) options(ctx context.Context, block, action, query string) ([]Option, error) {
	w := s.p.w
	w.mu.Lock()
	b, e, err := s.find(block, action)
	var u *User
	if err == nil {
		u, err = s.check()
	}
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	if !strings.HasSuffix(str(e, "type"), "external_select") {
		w.mu.Unlock()
		return optionsOf(e), nil
	}
	payload := w.common("block_suggestion", u)
	s.describe(payload)
	payload["action_id"], payload["block_id"], payload["value"] = action, str(b, "block_id"), query
	w.mu.Unlock()
	d := w.deliver(ctx, outgoing{kind: "interactive", typ: "block_suggestion", user: s.p.id, payload: payload, response: true})
	if err := d.err(); err != nil {
		return nil, err
	}
	found, err := readOptions(d.Answer)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	key := s.key()
	if w.loaded[key] == nil {
		w.loaded[key] = map[string][]Option{}
	}
	w.loaded[key][str(b, "block_id")+"/"+action] = found
	return found, nil
}

// readOptions decodes the answer to block_suggestion: at most 100 options, or
// groups of them.
func readOptions(answer json.RawMessage) ([]Option, error) {
	var fields map[string]any
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &fields); err != nil {
			return nil, fmt.Errorf("options: %w: %w", ErrAppFailed, err)
		}
	}
	c := &blockChecker{}
	if v, ok := fields["options"]; ok {
		array(0, maxOptions, option(true))(c, "/options", v)
	}
	if v, ok := fields["option_groups"]; ok {
		array(0, maxOptions, optionGroup())(c, "/option_groups", v)
	}
	if len(c.problems) > 0 {
		return nil, fmt.Errorf("options: %w: %s", ErrAppFailed, strings.Join(c.problems, "; "))
	}
	return flatten(list(fields, "options"), list(fields, "option_groups")), nil
}

// choose enters values into a menu, picker or box, and tells the app where Slack does.
func (s source) choose(ctx context.Context, block, action string, chosen []string) (*Response, error) {
	b, e, value, err := s.put(ctx, block, action, chosen)
	if err != nil {
		return nil, err
	}
	if str(b, "type") == "input" && b["dispatch_action"] != true {
		return nil, nil
	}
	told := maps.Clone(value)
	delete(told, "type")
	return s.send(ctx, b, e, told)
}

// put enters values into an element. An overflow menu holds nothing.
func (s source) put(ctx context.Context, block, action string, chosen []string) (b, e, value Block, err error) {
	w := s.p.w
	w.mu.Lock()
	b, e, err = s.find(block, action)
	if err == nil {
		_, err = s.check()
	}
	w.mu.Unlock()
	if err != nil {
		return nil, nil, nil, err
	}
	value, err = s.value(ctx, b, e, chosen)
	if err != nil || str(e, "type") == "overflow" {
		return b, e, value, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enter(s.key(), str(b, "block_id"), action, value)
	change := Change{Kind: "input", ID: s.view, User: s.p.id}
	if s.message != nil {
		change.ID, change.Channel = s.message.TS, s.message.Channel
	}
	w.announce(change)
	return b, e, value, nil
}

// value builds what an element holds when a person has chosen these.
func (s source) value(ctx context.Context, b, e Block, chosen []string) (Block, error) {
	kind := str(e, "type")
	state, _, many, ok := valueForm(kind)
	if kind == "overflow" {
		state, ok = "selected_option", true
	}
	switch {
	case !ok || kind == "file_input":
		return nil, fmt.Errorf("%s takes no choice: %w", kind, ErrNoSuchElement)
	case !many && len(chosen) > 1:
		return nil, fmt.Errorf("%s takes one choice: %w", kind, ErrNoSuchElement)
	}
	var picked []any
	for _, c := range chosen {
		v, err := s.pick(ctx, b, e, state, c)
		if err != nil {
			return nil, err
		}
		picked = append(picked, v)
	}
	out := Block{"type": kind}
	switch {
	case many:
		if high, limited := e["max_selected_items"].(float64); limited && len(picked) > int(high) {
			return nil, fmt.Errorf("%s takes %d choices: %w", kind, int(high), ErrNoSuchElement)
		}
		out[state] = append([]any{}, picked...)
	case len(picked) == 0:
		out[state] = nil
	default:
		out[state] = picked[0]
	}
	return out, nil
}

// pick turns one choice into what Slack stores: an option by its value or words, a
// person, a conversation, a date.
func (s source) pick(ctx context.Context, b, e Block, state, choice string) (any, error) {
	w := s.p.w
	switch {
	case strings.HasPrefix(state, "selected_option"):
		offered := optionsOf(e)
		if strings.HasSuffix(str(e, "type"), "external_select") {
			var err error
			if offered, err = s.offered(ctx, b, e, choice); err != nil {
				return nil, err
			}
		}
		for _, o := range offered {
			if o.Value == choice || o.Text == choice {
				return o.raw, nil
			}
		}
		return nil, fmt.Errorf("option %q in %s: %w", choice, str(e, "action_id"), ErrNoSuchElement)
	case strings.HasPrefix(state, "selected_user"):
		if u, ok := w.User(choice); !ok || u.Deleted {
			return nil, fmt.Errorf("person %q: %w", choice, ErrNoSuchElement)
		}
	case strings.HasPrefix(state, "selected_c"):
		if _, ok := w.Channel(choice); !ok {
			return nil, fmt.Errorf("conversation %q: %w", choice, ErrNoSuchElement)
		}
	case state == "selected_date_time":
		var n json.Number
		if err := json.Unmarshal([]byte(choice), &n); err != nil {
			return nil, fmt.Errorf("time %q: %w", choice, ErrNoSuchElement)
		}
		return n, nil
	}
	return choice, nil
}

// offered returns the options last loaded into an external select and those already
// chosen in it, or, when the choice is in neither, those for the choice as the query.
func (s source) offered(ctx context.Context, b, e Block, choice string) ([]Option, error) {
	w := s.p.w
	block, action := str(b, "block_id"), str(e, "action_id")
	w.mu.Lock()
	known := append(slices.Clone(w.loaded[s.key()][block+"/"+action]), chosenOptions(w.valuesOf(s.key(), []Block{b})[block][action])...)
	w.mu.Unlock()
	if slices.ContainsFunc(known, func(o Option) bool { return o.Value == choice || o.Text == choice }) {
		return known, nil
	}
	return s.options(ctx, block, action, choice)
}

// chosenOptions are the options that an element's value holds.
func chosenOptions(value Block) []Option {
	many := list(value, "selected_options")
	if one := obj(value, "selected_option"); one != nil {
		many = append(many[:len(many):len(many)], one)
	}
	return flatten(many, nil)
}
