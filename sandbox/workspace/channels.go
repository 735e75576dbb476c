package workspace

import (
	"slices"
	"time"
)

// Channel is a conversation: a public or private channel, or a direct message.
// See https://docs.slack.dev/reference/objects/conversation-object.
type Channel struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Private bool      `json:"is_private,omitempty"`
	Topic   string    `json:"topic,omitempty"`
	Created time.Time `json:"created"`
	// IM marks a direct message with the app, MPIM a group direct message.
	IM   bool `json:"is_im,omitempty"`
	MPIM bool `json:"is_mpim,omitempty"`
	// User is the other side of a direct message.
	User     string   `json:"user,omitempty"`
	Archived bool     `json:"is_archived,omitempty"`
	Members  []string `json:"members"`

	// Shared with other workspaces of the organisation, with other organisations,
	// or about to be.
	OrgShared        bool     `json:"is_org_shared,omitempty"`
	ExtShared        bool     `json:"is_ext_shared,omitempty"`
	PendingExtShared bool     `json:"is_pending_ext_shared,omitempty"`
	SharedTeams      []string `json:"shared_team_ids,omitempty"`
}

// Has says whether a person is a member.
func (c Channel) Has(user string) bool { return slices.Contains(c.Members, user) }

// kind is the part of a scope's name that covers this conversation ("im:history").
func (c *Channel) kind() string {
	switch {
	case c.IM:
		return "im"
	case c.MPIM:
		return "mpim"
	case c.Private:
		return "groups"
	default:
		return "channels"
	}
}

// AddChannel adds a channel, or replaces the one with the same id, and returns it
// as stored. Put the app's bot user among the members to invite it.
func (w *Workspace) AddChannel(c Channel) Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.addChannel(c)
}

func (w *Workspace) addChannel(c Channel) *Channel {
	if c.ID == "" {
		prefix := "C"
		if c.IM {
			prefix = "D"
		}
		c.ID = w.newID(prefix)
	}
	if c.Created.IsZero() {
		c.Created = w.clock.Now()
	}
	c.Members = slices.Clone(c.Members)
	if _, ok := w.channels[c.ID]; !ok {
		w.chanOrder = append(w.chanOrder, c.ID)
	}
	w.channels[c.ID] = &c
	if c.IM {
		w.dms[c.User] = c.ID
	}
	w.announce(Change{Kind: "channel", ID: c.ID, Channel: c.ID})
	return &c
}

// UpdateChannel changes a stored channel in place: archive it, add a member. It
// returns false when there is none.
func (w *Workspace) UpdateChannel(id string, change func(*Channel)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.channels[id]
	if !ok {
		return false
	}
	next := *c
	next.Members = slices.Clone(c.Members)
	change(&next)
	next.ID = id
	w.channels[id] = &next
	w.announce(Change{Kind: "channel", ID: id, Channel: id})
	return true
}

// Channel returns the conversation with this id.
func (w *Workspace) Channel(id string) (Channel, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.channels[id]
	if !ok {
		return Channel{}, false
	}
	return *c, true
}

// Channels returns all conversations, direct messages included.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Channel, 0, len(w.chanOrder))
	for _, id := range w.chanOrder {
		out = append(out, *w.channels[id])
	}
	return out
}

// DM returns the id of the direct message between the app and a person, opening
// it when there is none; "" for somebody unknown.
func (w *Workspace) DM(user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.users[user]; !ok {
		return ""
	}
	return w.openDM(user).ID
}

func (w *Workspace) openDM(user string) *Channel {
	if c := w.findDM(user); c != nil {
		return c
	}
	return w.addChannel(Channel{IM: true, User: user, Members: []string{user, w.opts.App.BotUserID}})
}

func (w *Workspace) findDM(user string) *Channel {
	return w.channels[w.dms[user]]
}

// channelObject is a conversation as the Web API shows it to the app.
func (w *Workspace) channelObject(c *Channel) map[string]any {
	if c.IM {
		return map[string]any{
			"id": c.ID, "created": c.Created.Unix(), "is_im": true, "is_org_shared": false, "user": c.User,
			"is_user_deleted": w.users[c.User] != nil && w.users[c.User].Deleted, "is_open": true, "is_archived": c.Archived,
			"context_team_id": w.opts.TeamID,
		}
	}
	teams := c.SharedTeams
	if len(teams) == 0 {
		teams = []string{w.opts.TeamID}
	}
	return map[string]any{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "created": c.Created.Unix(),
		"is_channel": !c.Private && !c.MPIM, "is_group": c.Private, "is_im": false, "is_mpim": c.MPIM, "is_private": c.Private || c.MPIM,
		"is_archived": c.Archived, "is_general": false, "is_member": c.Has(w.opts.App.BotUserID),
		"is_shared": c.OrgShared || c.ExtShared, "is_org_shared": c.OrgShared, "is_ext_shared": c.ExtShared,
		"is_pending_ext_shared": c.PendingExtShared, "shared_team_ids": teams, "context_team_id": w.opts.TeamID,
		"pending_shared": []string{}, "previous_names": []string{}, "creator": w.opts.App.BotUserID,
		"topic":   map[string]any{"value": c.Topic, "creator": "", "last_set": 0},
		"purpose": map[string]any{"value": "", "creator": "", "last_set": 0},
	}
}

// channelInPayload is a conversation as interaction payloads show it.
func channelInPayload(c *Channel) map[string]any {
	return map[string]any{"id": c.ID, "name": payloadName(c)}
}

// payloadName is a conversation's name in payloads: direct messages and private
// channels are not named.
func payloadName(c *Channel) string {
	switch {
	case c.IM:
		return "directmessage"
	case c.Private || c.MPIM:
		return "privategroup"
	default:
		return c.Name
	}
}
