package workspace

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// target finds the conversation that a message goes to. A person's id means the
// direct message with them.
func (c *call) target(id string) (*Channel, *apiError) {
	w := c.w
	if u, ok := w.users[id]; ok && !u.IsBot {
		if u.Deleted || c.known(id) == nil {
			return nil, &apiError{code: "channel_not_found"}
		}
		return w.openDM(id), nil
	}
	ch, ok := w.channels[id]
	member := ok && ch.Has(w.opts.App.BotUserID)
	switch {
	case !ok, ch.kind() != "channels" && !member:
		return nil, &apiError{code: "channel_not_found"}
	case ch.Archived:
		return nil, &apiError{code: "is_archived"}
	case ch.IM && w.users[ch.User] != nil && w.users[ch.User].Deleted:
		return nil, &apiError{code: "is_archived"}
	case !member && !slices.Contains(w.opts.App.BotScopes, "chat:write.public"):
		return nil, &apiError{code: "not_in_channel"}
	}
	return ch, nil
}

// content reads what a message is to say.
func (c *call) content() (content, *apiError) {
	out := content{text: c.args["text"], thread: c.args["thread_ts"], broadcast: c.args.bool("reply_broadcast")}
	if markdown := c.args["markdown_text"]; markdown != "" {
		if out.text != "" || c.args["blocks"] != "" {
			return out, &apiError{code: "markdown_text_conflict"}
		}
		out.text = markdown
	}
	var bad *apiError
	if out.blocks, bad = c.w.readBlocks(c.args["blocks"]); bad != nil {
		return out, bad
	}
	if out.metadata, bad = c.w.readMetadata(c.args["metadata"]); bad != nil {
		return out, bad
	}
	if out.text == "" && len(out.blocks) == 0 && c.args["attachments"] == "" {
		return out, &apiError{code: "no_text"}
	}
	return out, nil
}

// readBlocks decodes and checks a message's blocks and gives ids to those without.
func (w *Workspace) readBlocks(raw string) ([]Block, *apiError) {
	if raw == "" || raw == "null" {
		return nil, nil
	}
	var blocks []Block
	if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
		return nil, &apiError{code: "invalid_blocks_format"}
	}
	problems, _ := checkBlocks(onMessage, "/blocks", blocks)
	if len(problems) > 0 {
		return nil, &apiError{code: "invalid_blocks", messages: problems}
	}
	w.nameBlocks(blocks)
	return blocks, nil
}

// nameBlocks generates the ids that an app left out.
func (w *Workspace) nameBlocks(blocks []Block) {
	for _, b := range blocks {
		if str(b, "block_id") == "" {
			b["block_id"] = randomHex(3)
		}
		for _, e := range elementsOf(b) {
			if str(e, "action_id") == "" && str(e, "type") != "image" {
				e["action_id"] = randomHex(3)
			}
		}
	}
}

var eventType = regexp.MustCompile(`^[A-Za-z0-9_.\-]{1,255}$`)

// readMetadata decodes message metadata. The payload of an event type that the
// app's manifest does not declare is not kept.
func (w *Workspace) readMetadata(raw string) (*Metadata, *apiError) {
	if raw == "" || raw == "null" {
		return nil, nil
	}
	var m Metadata
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		return nil, &apiError{code: "invalid_metadata_format"}
	}
	switch {
	case m.EventType == "" && m.EventPayload == nil:
		return nil, nil
	case !eventType.MatchString(m.EventType) || m.EventPayload == nil:
		return nil, &apiError{code: "invalid_metadata_schema"}
	case len(raw) > maxMetadataBytes:
		return nil, &apiError{code: "metadata_too_large"}
	}
	if !slices.Contains(w.opts.App.MetadataEvents, m.EventType) {
		m.EventPayload = nil
	}
	return &m, nil
}

// postMessage posts what it is told, also twice the same: Slack does not compare
// with earlier messages. Workspace.Duplicates tells of those.
func (c *call) postMessage() (map[string]any, *apiError) {
	ch, bad := c.target(c.args["channel"])
	if bad != nil {
		return nil, bad
	}
	what, bad := c.content()
	if bad != nil {
		return nil, bad
	}
	if runes := []rune(what.text); len(runes) > maxMessageText {
		what.text = string(runes[:maxMessageText]) // Slack cuts, it does not refuse
	}
	if bad := c.w.checkThread(ch.ID, &what); bad != nil {
		return nil, bad
	}
	m := c.w.post(ch.ID, c.w.opts.App.BotUserID, true, what, "")
	c.w.stats.Posts++
	c.announceMessage(ch, m)
	return map[string]any{"channel": ch.ID, "ts": m.TS, "message": c.w.messageObject(m, true)}, nil
}

// checkThread makes thread_ts name the thread's first message.
func (w *Workspace) checkThread(channel string, what *content) *apiError {
	if what.thread == "" {
		return nil
	}
	parent := w.findMessage(channel, what.thread)
	if parent == nil || parent.EphemeralFor != "" {
		return &apiError{code: "cannot_reply_to_message"}
	}
	if parent.ThreadTS != "" {
		what.thread = parent.ThreadTS
	}
	return nil
}

// own finds a message that the app may change.
func (c *call) own(refusal string) (*Message, *apiError) {
	ch, ok := c.w.channels[c.args["channel"]]
	if !ok {
		return nil, &apiError{code: "channel_not_found"}
	}
	m := c.w.findMessage(ch.ID, c.args["ts"])
	switch {
	case m == nil || m.Deleted || m.EphemeralFor != "":
		return nil, &apiError{code: "message_not_found"}
	case !m.FromApp:
		return nil, &apiError{code: refusal}
	case ch.Archived:
		return nil, &apiError{code: "is_inactive"}
	}
	return m, nil
}

func (c *call) updateMessage() (map[string]any, *apiError) {
	m, bad := c.own("cant_update_message")
	if bad != nil {
		return nil, bad
	}
	what, bad := c.content()
	if bad != nil {
		return nil, bad
	}
	if utf8.RuneCountInString(what.text) > maxUpdateText {
		return nil, &apiError{code: "msg_too_long"}
	}
	what.noMetadata = strings.TrimSpace(c.args["metadata"]) == "{}"
	c.w.edit(m, what)
	c.w.stats.Updates++
	return map[string]any{"channel": m.Channel, "ts": m.TS, "text": m.Text, "message": c.w.messageObject(m, true)}, nil
}

func (c *call) deleteMessage() (map[string]any, *apiError) {
	m, bad := c.own("cant_delete_message")
	if bad != nil {
		return nil, bad
	}
	c.w.remove(m)
	c.w.stats.Deletes++
	return map[string]any{"channel": m.Channel, "ts": m.TS}, nil
}

func (c *call) postEphemeral() (map[string]any, *apiError) {
	ch, ok := c.w.channels[c.args["channel"]]
	if !ok {
		return nil, &apiError{code: "channel_not_found"}
	}
	user := c.w.users[c.args["user"]]
	switch {
	case ch.kind() != "channels" && !ch.Has(c.w.opts.App.BotUserID):
		return nil, &apiError{code: "channel_not_found"}
	case ch.Archived:
		return nil, &apiError{code: "is_archived"}
	case !ch.Has(c.w.opts.App.BotUserID):
		return nil, &apiError{code: "not_in_channel"}
	case user == nil || user.Deleted || !ch.Has(user.ID):
		return nil, &apiError{code: "user_not_in_channel"}
	}
	what, bad := c.content()
	if bad != nil {
		return nil, bad
	}
	what.metadata = nil
	m := c.w.post(ch.ID, c.w.opts.App.BotUserID, true, what, user.ID)
	c.w.stats.Ephemeral++
	return map[string]any{"message_ts": m.TS}, nil
}

func (c *call) permalink() (map[string]any, *apiError) {
	ch, ok := c.w.channels[c.args["channel"]]
	if !ok {
		return nil, &apiError{code: "channel_not_found"}
	}
	m := c.w.findMessage(ch.ID, c.args["message_ts"])
	if m == nil || m.Deleted || m.EphemeralFor != "" {
		return nil, &apiError{code: "message_not_found"}
	}
	link := "https://" + c.w.opts.Domain + ".slack.com/archives/" + ch.ID + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + ch.ID
	}
	return map[string]any{"channel": ch.ID, "permalink": link}, nil
}

var emojiName = regexp.MustCompile(`^[a-z0-9_+\-:]{1,100}$`)

func (c *call) addReaction() (map[string]any, *apiError) {
	ch, ok := c.w.channels[c.args["channel"]]
	if !ok {
		return nil, &apiError{code: "channel_not_found"}
	}
	name := strings.Trim(c.args["name"], ":")
	if !emojiName.MatchString(name) {
		return nil, &apiError{code: "invalid_name"}
	}
	if _, err := strconv.ParseFloat(c.args["timestamp"], 64); err != nil {
		return nil, &apiError{code: "bad_timestamp"}
	}
	m := c.w.findMessage(ch.ID, c.args["timestamp"])
	if m == nil || m.Deleted || m.EphemeralFor != "" {
		return nil, &apiError{code: "message_not_found"}
	}
	if !c.w.react(m, name, c.w.opts.App.BotUserID) {
		return nil, &apiError{code: "already_reacted"}
	}
	return map[string]any{}, nil
}

// react adds a reaction; false when it is there already.
func (w *Workspace) react(m *Message, name, user string) bool {
	reactions := slices.Clone(m.Reactions)
	i := slices.IndexFunc(reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case i >= 0 && slices.Contains(reactions[i].Users, user):
		return false
	case i >= 0:
		reactions[i].Users = append(slices.Clone(reactions[i].Users), user)
	default:
		reactions = append(reactions, Reaction{Name: name, Users: []string{user}})
	}
	m.Reactions = reactions
	w.announce(Change{Kind: "reaction", ID: m.TS, Channel: m.Channel, User: user})
	return true
}
