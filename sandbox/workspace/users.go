package workspace

import (
	"slices"
	"strings"
	"time"
)

// User is a person, or a bot, as Slack knows them.
// See https://docs.slack.dev/reference/objects/user-object.
type User struct {
	ID string `json:"id"`
	// TeamID is the person's home workspace; empty is this one. Another team makes
	// them an external member of a shared channel, whom the app sees as a stranger.
	TeamID      string `json:"team_id"`
	Name        string `json:"name"`
	RealName    string `json:"real_name"`
	DisplayName string `json:"display_name"`
	Email       string `json:"email"`
	// EmailUnconfirmed is true while the address is not confirmed.
	EmailUnconfirmed bool   `json:"email_unconfirmed,omitempty"`
	Title            string `json:"title,omitempty"`
	TZ               string `json:"tz,omitempty"`     // IANA name; empty is UTC
	Locale           string `json:"locale,omitempty"` // en-US when empty
	// StatusEmoji is that of the person's status, ":palm_tree:".
	StatusEmoji string `json:"status_emoji,omitempty"`
	// Away is what users.getPresence answers.
	Away bool `json:"away,omitempty"`

	Deleted           bool   `json:"deleted,omitempty"`
	IsBot             bool   `json:"is_bot,omitempty"`
	IsAppUser         bool   `json:"is_app_user,omitempty"`
	IsAdmin           bool   `json:"is_admin,omitempty"`
	IsRestricted      bool   `json:"is_restricted,omitempty"`       // guest
	IsUltraRestricted bool   `json:"is_ultra_restricted,omitempty"` // single-channel guest
	IsStranger        bool   `json:"is_stranger,omitempty"`
	IsInvited         bool   `json:"is_invited_user,omitempty"`
	Bot               string `json:"bot_id,omitempty"`
}

// UserGroup is a user group (@team).
type UserGroup struct {
	ID          string   `json:"id"`
	Handle      string   `json:"handle"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Users       []string `json:"users"`
	Disabled    bool     `json:"disabled,omitempty"`
}

// AddUser adds a person, or replaces the one with the same id. An empty id or
// team id is filled in. It returns the person as stored.
func (w *Workspace) AddUser(u User) User {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u.ID == "" {
		u.ID = w.newID("U")
	}
	def(&u.TeamID, w.opts.TeamID)
	if u.TeamID != w.opts.TeamID {
		u.IsStranger = true
	}
	def(&u.Name, strings.ToLower(strings.ReplaceAll(u.RealName, " ", ".")))
	def(&u.TZ, "UTC")
	def(&u.Locale, "en-US")
	if _, ok := w.users[u.ID]; !ok {
		w.userOrder = append(w.userOrder, u.ID)
	}
	w.users[u.ID] = &u
	w.announce(Change{Kind: "user", ID: u.ID})
	return u
}

// UpdateUser changes a stored person in place: deactivation, a new address. It
// returns false when there is no such person.
func (w *Workspace) UpdateUser(id string, change func(*User)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.users[id]
	if !ok {
		return false
	}
	next := *u
	change(&next)
	next.ID = id
	w.users[id] = &next
	w.announce(Change{Kind: "user", ID: id})
	return true
}

// User returns the person with this id.
func (w *Workspace) User(id string) (User, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.users[id]
	if !ok {
		return User{}, false
	}
	return *u, true
}

// Users returns everybody, the app's own user first, in the order of adding.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]User, 0, len(w.userOrder))
	for _, id := range w.userOrder {
		out = append(out, *w.users[id])
	}
	return out
}

// AddUserGroup adds a user group, or replaces the one with the same id.
func (w *Workspace) AddUserGroup(g UserGroup) UserGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.ID == "" {
		g.ID = w.newID("S")
	}
	g.Users = slices.Clone(g.Users)
	i := slices.IndexFunc(w.groups, func(o *UserGroup) bool { return o.ID == g.ID })
	if i < 0 {
		w.groups = append(w.groups, &g)
	} else {
		w.groups[i] = &g
	}
	w.announce(Change{Kind: "group", ID: g.ID})
	return g
}

// UserGroups returns the user groups.
func (w *Workspace) UserGroups() []UserGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]UserGroup, 0, len(w.groups))
	for _, g := range w.groups {
		out = append(out, *g)
	}
	return out
}

// external says whether u belongs to another workspace.
func (w *Workspace) external(u *User) bool { return u.TeamID != w.opts.TeamID }

// userObject is a person as the Web API shows them. The e-mail address is only
// shown to a token with users:read.email. The caller holds the lock.
func (w *Workspace) userObject(u *User, withEmail, withLocale bool) map[string]any {
	profile := map[string]any{
		"real_name": u.RealName, "real_name_normalized": u.RealName,
		"display_name": u.DisplayName, "display_name_normalized": u.DisplayName,
		"title": u.Title, "team": u.TeamID, "status_text": "", "status_emoji": u.StatusEmoji, "avatar_hash": "",
	}
	if withEmail && u.Email != "" && !w.external(u) {
		profile["email"] = u.Email
	}
	if u.Bot != "" {
		profile["bot_id"], profile["api_app_id"] = u.Bot, w.opts.App.ID
	}
	loc, err := time.LoadLocation(u.TZ)
	if err != nil {
		loc = time.UTC
	}
	label, offset := w.clock.Now().In(loc).Zone()
	out := map[string]any{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "deleted": u.Deleted, "real_name": u.RealName,
		"tz": u.TZ, "tz_label": label, "tz_offset": offset, "profile": profile,
		"is_admin": u.IsAdmin, "is_owner": false, "is_primary_owner": false,
		"is_restricted": u.IsRestricted, "is_ultra_restricted": u.IsUltraRestricted,
		"is_bot": u.IsBot, "is_app_user": u.IsAppUser, "is_email_confirmed": u.Email != "" && !u.EmailUnconfirmed,
		"updated": 1700000000, "color": "9f69e7",
	}
	if u.IsStranger {
		out["is_stranger"] = true
	}
	if u.IsInvited {
		out["is_invited_user"] = true
	}
	if withLocale {
		out["locale"] = u.Locale
	}
	return out
}

// userInPayload is a person as interaction payloads show them.
func userInPayload(u *User) map[string]any {
	return map[string]any{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID}
}
