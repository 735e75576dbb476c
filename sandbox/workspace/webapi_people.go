package workspace

import (
	"slices"
	"strings"
)

func (c *call) authTest() (map[string]any, *apiError) {
	o := c.w.opts
	return map[string]any{
		"url": "https://" + o.Domain + ".slack.com/", "team": o.TeamName, "team_id": o.TeamID,
		"user": strings.ToLower(o.App.Name), "user_id": o.App.BotUserID, "bot_id": o.App.BotID, "is_enterprise_install": false,
	}, nil
}

func (c *call) teamInfo() (map[string]any, *apiError) {
	o := c.w.opts
	if t := c.args["team"]; t != "" && t != o.TeamID {
		return nil, &apiError{code: "team_not_found"}
	}
	return map[string]any{"team": map[string]any{
		"id": o.TeamID, "name": o.TeamName, "domain": o.Domain, "email_domain": o.EmailDomain, "icon": map[string]any{"image_default": true},
	}}, nil
}

func (c *call) botInfo() (map[string]any, *apiError) {
	o := c.w.opts.App
	if b := c.args["bot"]; b != "" && b != o.BotID {
		return nil, &apiError{code: "bot_not_found"}
	}
	return map[string]any{"bot": map[string]any{
		"id": o.BotID, "deleted": false, "name": o.Name, "updated": 1700000000, "app_id": o.ID, "user_id": o.BotUserID,
		"icons": map[string]any{},
	}}, nil
}

// withEmail says whether the token may see addresses.
func (c *call) withEmail() bool {
	return slices.Contains(c.w.opts.App.BotScopes, "users:read.email")
}

// known finds a person whom the app can see: of this workspace, or an external
// member of a channel that the app is in too.
func (c *call) known(id string) *User {
	u := c.w.users[id]
	if u == nil || (c.w.external(u) && !c.w.sharesChannel(id)) {
		return nil
	}
	return u
}

func (c *call) userInfo() (map[string]any, *apiError) {
	u := c.known(c.args["user"])
	if u == nil {
		return nil, &apiError{code: "user_not_found"}
	}
	return map[string]any{"user": c.w.userObject(u, c.withEmail(), c.args.bool("include_locale"))}, nil
}

func (c *call) lookupByEmail() (map[string]any, *apiError) {
	if c.args["email"] == "" {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"missing required field: email"}}
	}
	for _, id := range c.w.userOrder {
		u := c.w.users[id]
		// Deactivated people are not found by their address.
		if strings.EqualFold(u.Email, c.args["email"]) && !u.Deleted && !c.w.external(u) {
			return map[string]any{"user": c.w.userObject(u, true, false)}, nil
		}
	}
	return nil, &apiError{code: "users_not_found"}
}

func (c *call) listUsers() (map[string]any, *apiError) {
	limit, bad := c.args.limit(1000, 1000)
	if bad != nil {
		return nil, bad
	}
	var known []*User
	for _, id := range c.w.userOrder {
		if u := c.known(id); u != nil {
			known = append(known, u)
		}
	}
	part, next, bad := page(c, known, limit)
	if bad != nil {
		return nil, bad
	}
	members := []map[string]any{}
	for _, u := range part {
		members = append(members, c.w.userObject(u, c.withEmail(), c.args.bool("include_locale")))
	}
	return map[string]any{
		"members": members, "cache_ts": c.w.clock.Now().Unix(), "response_metadata": map[string]any{"next_cursor": next},
	}, nil
}

func (c *call) presence() (map[string]any, *apiError) {
	u := c.known(c.args["user"])
	if u == nil {
		return nil, &apiError{code: "user_not_found"}
	}
	if u.Away || u.Deleted {
		return map[string]any{"presence": "away"}, nil
	}
	return map[string]any{"presence": "active"}, nil
}

func (c *call) listGroups() (map[string]any, *apiError) {
	out := []map[string]any{}
	for _, g := range c.w.groups {
		if g.Disabled && !c.args.bool("include_disabled") {
			continue
		}
		o := map[string]any{
			"id": g.ID, "team_id": c.w.opts.TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name, "description": g.Description,
			"handle": g.Handle, "is_external": false, "date_create": 1700000000, "date_update": 1700000000, "date_delete": 0,
			"auto_type": nil, "created_by": "USLACKBOT", "updated_by": "USLACKBOT", "deleted_by": nil,
			"prefs": map[string]any{"channels": []string{}, "groups": []string{}},
		}
		if g.Disabled {
			o["date_delete"], o["deleted_by"] = 1700000001, "USLACKBOT"
		}
		if c.args.bool("include_users") {
			o["users"] = c.groupMembers(g)
		}
		if c.args.bool("include_count") {
			o["user_count"] = len(c.groupMembers(g))
		}
		out = append(out, o)
	}
	return map[string]any{"usergroups": out}, nil
}

// groupMembers are a group's people; those deactivated have dropped out.
func (c *call) groupMembers(g *UserGroup) []string {
	out := []string{}
	for _, id := range g.Users {
		if u := c.w.users[id]; u != nil && !u.Deleted {
			out = append(out, id)
		}
	}
	return out
}

func (c *call) listGroupUsers() (map[string]any, *apiError) {
	for _, g := range c.w.groups {
		if g.ID == c.args["usergroup"] && (!g.Disabled || c.args.bool("include_disabled")) {
			return map[string]any{"users": c.groupMembers(g)}, nil
		}
	}
	return nil, &apiError{code: "no_such_subteam"}
}
