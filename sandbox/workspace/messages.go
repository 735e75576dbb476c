package workspace

import (
	"encoding/json"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Block is a Block Kit block, element or object as JSON. Treat it as read-only.
type Block = map[string]any

// Metadata is what an app attaches to a message for itself.
// See https://docs.slack.dev/messaging/message-metadata.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload,omitempty"`
}

// Version is one rendering of a message.
type Version struct {
	At       time.Time `json:"at"`
	Text     string    `json:"text"`
	Blocks   []Block   `json:"blocks,omitempty"`
	Metadata *Metadata `json:"metadata,omitempty"`
}

// Reaction is one emoji on a message with those who chose it.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

// Message is a message as it is now, with every rendering it had. A Message got
// from a Person is also a handle: Button, Menu.
type Message struct {
	Channel  string    `json:"channel"`
	TS       string    `json:"ts"`
	ThreadTS string    `json:"thread_ts,omitempty"`
	User     string    `json:"user"`
	FromApp  bool      `json:"from_app,omitempty"`
	Text     string    `json:"text"`
	Blocks   []Block   `json:"blocks,omitempty"`
	Metadata *Metadata `json:"metadata,omitempty"`
	Posted   time.Time `json:"posted"`
	Edited   time.Time `json:"edited,omitzero"`
	Deleted  bool      `json:"deleted,omitempty"`
	// EphemeralFor is the only person who sees an ephemeral message.
	EphemeralFor string     `json:"ephemeral_for,omitempty"`
	Broadcast    bool       `json:"reply_broadcast,omitempty"`
	Reactions    []Reaction `json:"reactions,omitempty"`
	// Versions are all renderings, the current one last.
	Versions []Version `json:"versions"`

	person *Person
}

// content is what an app may set of a message.
type content struct {
	text      string
	blocks    []Block
	metadata  *Metadata
	thread    string
	broadcast bool
	// noMetadata takes the metadata away in an update that otherwise keeps it.
	noMetadata bool
}

// Messages returns a channel's messages as they are now, oldest first, without
// deleted ones; ephemeral messages and replies in threads are among them.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	for _, m := range w.messages[channel] {
		if !m.Deleted {
			out = append(out, *m)
		}
	}
	return out
}

// AllMessages returns every message of every channel in the order of posting,
// deleted ones included.
func (w *Workspace) AllMessages() []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	for _, list := range w.messages {
		for _, m := range list {
			out = append(out, *m)
		}
	}
	sort.Slice(out, func(i, j int) bool { return tsLess(out[i].TS, out[j].TS) })
	return out
}

// Message returns one message, deleted or not.
func (w *Workspace) Message(channel, ts string) (Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.findMessage(channel, ts)
	if m == nil {
		return Message{}, false
	}
	return *m, true
}

// Duplicates returns the live messages of the app that say the same to the same
// conversation: equal metadata, or without metadata equal text and blocks. Each
// group has at least two.
func (w *Workspace) Duplicates() [][]Message {
	groups := map[string][]Message{}
	for _, m := range w.AllMessages() {
		if m.Deleted || !m.FromApp || m.EphemeralFor != "" {
			continue
		}
		var same any = m.Metadata
		if m.Metadata == nil || m.Metadata.EventPayload == nil {
			same = []any{m.Text, m.Blocks, m.Metadata}
		}
		key, _ := json.Marshal([]any{m.Channel, m.ThreadTS, same})
		groups[string(key)] = append(groups[string(key)], m)
	}
	var out [][]Message
	for _, g := range groups {
		if len(g) > 1 {
			out = append(out, g)
		}
	}
	sort.Slice(out, func(i, j int) bool { return tsLess(out[i][0].TS, out[j][0].TS) })
	return out
}

func (w *Workspace) findMessage(channel, ts string) *Message {
	list := w.messages[channel]
	i := sort.Search(len(list), func(i int) bool { return !tsLess(list[i].TS, ts) })
	if i < len(list) && list[i].TS == ts {
		return list[i]
	}
	return nil
}

// tsLess compares timestamps of the form seconds.micros.
func tsLess(a, b string) bool {
	as, am, _ := strings.Cut(a, ".")
	bs, bm, _ := strings.Cut(b, ".")
	if len(as) != len(bs) {
		return len(as) < len(bs)
	}
	if as != bs {
		return as < bs
	}
	return am < bm
}

// post stores a new message. The caller holds the lock.
func (w *Workspace) post(channel, author string, fromApp bool, c content, ephemeralFor string) *Message {
	now := w.clock.Now()
	m := &Message{
		Channel: channel, TS: w.newTS(), ThreadTS: c.thread, User: author, FromApp: fromApp, Text: c.text, Blocks: c.blocks,
		Metadata: c.metadata, Posted: now, EphemeralFor: ephemeralFor, Broadcast: c.broadcast,
	}
	m.Versions = []Version{{At: now, Text: c.text, Blocks: c.blocks, Metadata: c.metadata}}
	w.messages[channel] = append(w.messages[channel], m)
	w.announce(Change{Kind: "message", ID: m.TS, Channel: channel, User: ephemeralFor})
	return m
}

// edit gives a message a new rendering. The caller holds the lock.
func (w *Workspace) edit(m *Message, c content) {
	now := w.clock.Now()
	m.Text, m.Blocks, m.Edited = c.text, c.blocks, now
	if c.metadata != nil || c.noMetadata {
		m.Metadata = c.metadata
	}
	m.Versions = append(slices.Clone(m.Versions), Version{At: now, Text: m.Text, Blocks: m.Blocks, Metadata: m.Metadata})
	for key := range w.state {
		if key.id == m.surface() {
			delete(w.state, key)
		}
	}
	w.announce(Change{Kind: "message", ID: m.TS, Channel: m.Channel, User: m.EphemeralFor})
}

// surface names the message as the place that holds input values.
func (m *Message) surface() string { return m.Channel + "/" + m.TS }

// remove deletes a message. The caller holds the lock.
func (w *Workspace) remove(m *Message) {
	m.Deleted = true
	w.announce(Change{Kind: "message_deleted", ID: m.TS, Channel: m.Channel, User: m.EphemeralFor})
}

// messageObject is a message as the Web API and payloads show it.
func (w *Workspace) messageObject(m *Message, allMetadata bool) map[string]any {
	out := map[string]any{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS, "team": w.opts.TeamID}
	if m.FromApp {
		out["bot_id"], out["app_id"] = w.opts.App.BotID, w.opts.App.ID
		out["bot_profile"] = map[string]any{
			"id": w.opts.App.BotID, "deleted": false, "name": w.opts.App.Name, "updated": 1700000000,
			"app_id": w.opts.App.ID, "team_id": w.opts.TeamID, "icons": map[string]any{},
		}
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = m.Blocks
	}
	if !m.Edited.IsZero() {
		out["edited"] = map[string]any{"user": m.User, "ts": timestamp(m.Edited)}
	}
	if m.Metadata != nil {
		if allMetadata {
			out["metadata"] = m.Metadata
		} else {
			out["metadata"] = map[string]any{"event_type": m.Metadata.EventType}
		}
	}
	w.threadFields(m, out)
	if len(m.Reactions) > 0 {
		var list []map[string]any
		for _, r := range m.Reactions {
			list = append(list, map[string]any{"name": r.Name, "users": r.Users, "count": len(r.Users)})
		}
		out["reactions"] = list
	}
	return out
}

func (w *Workspace) threadFields(m *Message, out map[string]any) {
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		out["thread_ts"] = m.ThreadTS
		if parent := w.findMessage(m.Channel, m.ThreadTS); parent != nil {
			out["parent_user_id"] = parent.User
		}
		return
	}
	var replies []*Message
	for _, r := range w.messages[m.Channel] {
		if r.ThreadTS == m.TS && r.TS != m.TS && !r.Deleted && r.EphemeralFor == "" {
			replies = append(replies, r)
		}
	}
	if len(replies) == 0 {
		return
	}
	users := []string{}
	for _, r := range replies {
		if !slices.Contains(users, r.User) {
			users = append(users, r.User)
		}
	}
	out["thread_ts"], out["reply_count"], out["reply_users"] = m.TS, len(replies), users
	out["reply_users_count"], out["latest_reply"] = len(users), replies[len(replies)-1].TS
}

func timestamp(t time.Time) string {
	return strconv.FormatInt(t.Unix(), 10) + ".000000"
}

var notification = regexp.MustCompile(`<(?:!(channel|here|everyone|subteam\^[A-Z0-9]+)|@([UW][A-Z0-9]+))(?:\|[^>]*)?>`)

// Notifies returns what the message's text or blocks notify: "channel", "here",
// "everyone", "subteam^S…" or a user id. Text in plain_text objects notifies
// nobody, and where there are blocks the text is only a fallback.
func (m Message) Notifies() []string {
	var out []string
	find := func(text string) {
		for _, hit := range notification.FindAllStringSubmatch(text, -1) {
			out = append(out, hit[1]+hit[2])
		}
	}
	if len(m.Blocks) == 0 {
		find(m.Text)
	}
	walkText(m.Blocks, func(kind, text string) {
		if kind == "mrkdwn" {
			find(text)
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// Visible returns the words a person reads in the message: its blocks' texts in
// order, one a line, or its text when there are no blocks.
func (m Message) Visible() string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	return visibleText(m.Blocks)
}

func visibleText(blocks []Block) string {
	var lines []string
	walkText(blocks, func(_, text string) { lines = append(lines, text) })
	return strings.Join(lines, "\n")
}

// walkText calls visit for every text object in v, in reading order.
func walkText(v any, visit func(kind, text string)) {
	switch v := v.(type) {
	case []Block:
		for _, b := range v {
			walkText(b, visit)
		}
	case []any:
		for _, b := range v {
			walkText(b, visit)
		}
	case map[string]any:
		kind := str(v, "type")
		if text, ok := v["text"].(string); ok && kind != "" {
			visit(kind, text)
			return
		}
		for _, key := range []string{"label", "title", "text", "fields", "element", "elements", "accessory", "hint", "description", "options", "option_groups"} {
			if child, ok := v[key]; ok {
				walkText(child, visit)
			}
		}
	}
}

// str returns a string property of a JSON object, or "".
func str(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// obj returns an object property of a JSON object, or nil.
func obj(m map[string]any, key string) map[string]any {
	o, _ := m[key].(map[string]any)
	return o
}

// list returns an array property of a JSON object, or nil.
func list(m map[string]any, key string) []any {
	l, _ := m[key].([]any)
	return l
}
