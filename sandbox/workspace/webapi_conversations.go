package workspace

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

func openScope(c *call) string {
	if strings.Contains(c.args["users"], ",") {
		return "mpim:write"
	}
	return "im:write"
}

func (c *call) openConversation() (map[string]any, *apiError) {
	w := c.w
	if id := c.args["channel"]; id != "" {
		ch, ok := w.channels[id]
		if !ok || !ch.Has(w.opts.App.BotUserID) {
			return nil, &apiError{code: "channel_not_found"}
		}
		return map[string]any{"channel": w.channelObject(ch), "no_op": true, "already_open": true}, nil
	}
	ids := strings.FieldsFunc(c.args["users"], func(r rune) bool { return r == ',' || r == ' ' })
	switch {
	case len(ids) == 0:
		return nil, &apiError{code: "users_list_not_supplied"}
	case len(ids) > maxConversationUsers:
		return nil, &apiError{code: "too_many_users"}
	}
	for _, id := range ids {
		switch u := w.users[id]; {
		case u == nil || u.IsBot:
			return nil, &apiError{code: "user_not_found"}
		case u.Deleted:
			return nil, &apiError{code: "user_disabled"}
		case w.external(u) && !w.sharesChannel(id):
			return nil, &apiError{code: "user_not_found"}
		}
	}
	ch, existed := w.openGroupDM(ids)
	out := map[string]any{"channel": map[string]any{"id": ch.ID}}
	if c.args.bool("return_im") {
		out["channel"] = w.channelObject(ch)
	}
	if existed {
		out["no_op"], out["already_open"] = true, true
	}
	return out, nil
}

// openGroupDM finds or opens the direct message between the app and these people.
func (w *Workspace) openGroupDM(ids []string) (ch *Channel, existed bool) {
	if len(ids) == 1 {
		existed = w.findDM(ids[0]) != nil
		return w.openDM(ids[0]), existed
	}
	members := append(slices.Clone(ids), w.opts.App.BotUserID)
	slices.Sort(members)
	members = slices.Compact(members)
	for _, c := range w.channels {
		if c.MPIM && slices.Equal(slices.Sorted(slices.Values(c.Members)), members) {
			return c, true
		}
	}
	return w.addChannel(Channel{MPIM: true, Name: "mpdm-" + strings.ToLower(strings.Join(members, "--")), Members: members}), false
}

// sharesChannel says whether the app and a person are in one channel.
func (w *Workspace) sharesChannel(user string) bool {
	for _, c := range w.channels {
		if c.Has(user) && c.Has(w.opts.App.BotUserID) {
			return true
		}
	}
	return false
}

// visible finds a conversation that the app may see.
func (c *call) visible() (*Channel, *apiError) {
	ch, ok := c.w.channels[c.args["channel"]]
	if !ok || (ch.kind() != "channels" && !ch.Has(c.w.opts.App.BotUserID)) {
		return nil, &apiError{code: "channel_not_found"}
	}
	return ch, nil
}

func (c *call) conversationInfo() (map[string]any, *apiError) {
	ch, bad := c.visible()
	if bad != nil {
		return nil, bad
	}
	o := c.w.channelObject(ch)
	if c.args.bool("include_num_members") {
		o["num_members"] = len(ch.Members)
	}
	if c.args.bool("include_locale") {
		o["locale"] = "en-US"
	}
	return map[string]any{"channel": o}, nil
}

// span is the part of a timeline that a call asks for.
type span struct {
	latest, oldest string
	inclusive      bool
}

func (c *call) span() (span, *apiError) {
	s := span{latest: c.args["latest"], oldest: c.args["oldest"], inclusive: c.args.bool("inclusive")}
	if s.oldest == "0" {
		s.oldest = ""
	}
	for _, check := range []struct{ value, code string }{{s.latest, "invalid_ts_latest"}, {s.oldest, "invalid_ts_oldest"}} {
		if check.value != "" {
			if _, err := strconv.ParseFloat(check.value, 64); err != nil {
				return s, &apiError{code: check.code}
			}
		}
	}
	return s, nil
}

func (s span) has(ts string) bool {
	if s.latest != "" && !tsLess(ts, s.latest) && (!s.inclusive || ts != s.latest) {
		return false
	}
	return s.oldest == "" || tsLess(s.oldest, ts) || (s.inclusive && ts == s.oldest)
}

func (c *call) history() (map[string]any, *apiError) {
	ch, bad := c.visible()
	if bad != nil {
		return nil, bad
	}
	if !ch.Has(c.w.opts.App.BotUserID) {
		return nil, &apiError{code: "not_in_channel"}
	}
	part, bad := c.span()
	if bad != nil {
		return nil, bad
	}
	var found []*Message
	for _, m := range slices.Backward(c.w.messages[ch.ID]) { // newest first
		reply := m.ThreadTS != "" && m.ThreadTS != m.TS && !m.Broadcast
		if !m.Deleted && m.EphemeralFor == "" && !reply && part.has(m.TS) {
			found = append(found, m)
		}
	}
	return c.timeline(found)
}

func (c *call) replies() (map[string]any, *apiError) {
	ch, bad := c.visible()
	if bad != nil {
		return nil, bad
	}
	if !ch.Has(c.w.opts.App.BotUserID) {
		return nil, &apiError{code: "not_in_channel"}
	}
	part, bad := c.span()
	if bad != nil {
		return nil, bad
	}
	first := c.w.findMessage(ch.ID, c.args["ts"])
	if first == nil || first.Deleted || first.EphemeralFor != "" {
		return nil, &apiError{code: "thread_not_found"}
	}
	root := first.TS
	if first.ThreadTS != "" {
		root = first.ThreadTS
	}
	var found []*Message
	for _, m := range c.w.messages[ch.ID] { // oldest first
		if (m.TS == root || m.ThreadTS == root) && !m.Deleted && m.EphemeralFor == "" && (m.TS == root || part.has(m.TS)) {
			found = append(found, m)
		}
	}
	return c.timeline(found)
}

// timeline answers with one page of messages.
func (c *call) timeline(found []*Message) (map[string]any, *apiError) {
	limit, bad := c.args.limit(100, 999)
	if bad != nil {
		return nil, bad
	}
	part, next, bad := page(c, found, limit)
	if bad != nil {
		return nil, bad
	}
	out := []map[string]any{}
	for _, m := range part {
		out = append(out, c.w.messageObject(m, c.args.bool("include_all_metadata")))
	}
	return map[string]any{
		"messages": out, "has_more": next != "", "pin_count": 0, "response_metadata": map[string]any{"next_cursor": next},
	}, nil
}

// page cuts a list at the call's cursor and limit.
func page[T any](c *call, all []T, limit int) (part []T, next string, bad *apiError) {
	from := 0
	if cursor := c.args["cursor"]; cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		n, isNumber := strings.CutPrefix(string(raw), "from:")
		from, _ = strconv.Atoi(n)
		if err != nil || !isNumber || from < 0 || from > len(all) {
			return nil, "", &apiError{code: "invalid_cursor"}
		}
	}
	to := min(len(all), from+limit)
	if to < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte("from:" + strconv.Itoa(to)))
	}
	return all[from:to], next, nil
}

func (c *call) conversationMembers() (map[string]any, *apiError) {
	ch, bad := c.visible()
	if bad != nil {
		return nil, bad
	}
	limit, bad := c.args.limit(100, 1000)
	if bad != nil {
		return nil, bad
	}
	part, next, bad := page(c, ch.Members, limit)
	if bad != nil {
		return nil, bad
	}
	return map[string]any{"members": append([]string{}, part...), "response_metadata": map[string]any{"next_cursor": next}}, nil
}

// listed returns the conversations of the types asked for that pick accepts.
func (c *call) listed(pick func(*Channel) bool) (map[string]any, *apiError) {
	scopes := map[string]string{"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
	types := c.args["types"]
	if types == "" {
		types = "public_channel"
	}
	var kinds []string
	for t := range strings.SplitSeq(types, ",") {
		kind, ok := scopes[strings.TrimSpace(t)]
		if !ok {
			return nil, &apiError{code: "invalid_types"}
		}
		if !slices.Contains(c.w.opts.App.BotScopes, kind+":read") {
			return nil, &apiError{code: "missing_scope", needed: kind + ":read"}
		}
		kinds = append(kinds, kind)
	}
	limit, bad := c.args.limit(100, 1000)
	if bad != nil {
		return nil, bad
	}
	all := []map[string]any{}
	for _, id := range c.w.chanOrder {
		ch := c.w.channels[id]
		known := ch.kind() == "channels" || ch.Has(c.w.opts.App.BotUserID)
		if slices.Contains(kinds, ch.kind()) && known && pick(ch) && (!ch.Archived || !c.args.bool("exclude_archived")) {
			o := c.w.channelObject(ch)
			o["num_members"] = len(ch.Members)
			all = append(all, o)
		}
	}
	part, next, bad := page(c, all, limit)
	if bad != nil {
		return nil, bad
	}
	return map[string]any{"channels": part, "response_metadata": map[string]any{"next_cursor": next}}, nil
}

func (c *call) listConversations() (map[string]any, *apiError) {
	return c.listed(func(*Channel) bool { return true })
}

func (c *call) userConversations() (map[string]any, *apiError) {
	user := c.args["user"]
	def(&user, c.w.opts.App.BotUserID)
	if c.w.users[user] == nil {
		return nil, &apiError{code: "user_not_found"}
	}
	return c.listed(func(ch *Channel) bool { return ch.Has(user) })
}

func (c *call) joinConversation() (map[string]any, *apiError) {
	ch, bad := c.visible()
	if bad != nil {
		return nil, bad
	}
	switch {
	case ch.kind() != "channels":
		return nil, &apiError{code: "method_not_supported_for_channel_type"}
	case ch.Archived:
		return nil, &apiError{code: "is_archived"}
	}
	out := map[string]any{}
	if ch.Has(c.w.opts.App.BotUserID) {
		out["warning"] = "already_in_channel"
		out["response_metadata"] = map[string]any{"warnings": []string{"already_in_channel"}}
	} else {
		next := *ch
		next.Members = append(slices.Clone(ch.Members), c.w.opts.App.BotUserID)
		c.w.channels[ch.ID] = &next
		ch = &next
		c.w.announce(Change{Kind: "channel", ID: ch.ID, Channel: ch.ID})
	}
	out["channel"] = c.w.channelObject(ch)
	return out, nil
}
