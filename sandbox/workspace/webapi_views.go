package workspace

import "slices"

func (c *call) openView() (map[string]any, *apiError) {
	req, bad := c.w.readView(c.args["view"], "modal")
	if bad != nil {
		return nil, bad
	}
	if c.w.duplicateExternalID(req.ExternalID, "") {
		return nil, &apiError{code: "duplicate_external_id"}
	}
	t, bad := c.w.exchange(c.args["trigger_id"])
	if bad != nil {
		return nil, bad
	}
	return map[string]any{"view": c.w.viewObject(c.w.openRoot(req, t.user))}, nil
}

// openRoot shows a modal to a person in place of whatever modals they had open.
func (w *Workspace) openRoot(req *viewRequest, user string) *View {
	w.clear(user)
	v := w.show(req, user, "", "")
	w.stacks[user] = []string{v.ID}
	return v
}

func (c *call) pushView() (map[string]any, *apiError) {
	req, bad := c.w.readView(c.args["view"], "modal")
	if bad != nil {
		return nil, bad
	}
	if c.w.duplicateExternalID(req.ExternalID, "") {
		return nil, &apiError{code: "duplicate_external_id"}
	}
	t, bad := c.w.exchange(c.args["trigger_id"])
	if bad != nil {
		return nil, bad
	}
	stack := c.w.stacks[t.user]
	if len(stack) == 0 || !slices.Contains(stack, t.view) {
		return nil, &apiError{code: "not_found"}
	}
	v, bad := c.w.push(req, t.user)
	if bad != nil {
		return nil, bad
	}
	return map[string]any{"view": c.w.viewObject(v)}, nil
}

// push shows a modal on top of a person's open ones.
func (w *Workspace) push(req *viewRequest, user string) (*View, *apiError) {
	stack := w.stacks[user]
	if len(stack) >= maxStack {
		return nil, &apiError{code: "push_limit_reached"}
	}
	v := w.show(req, user, stack[0], stack[len(stack)-1])
	w.stacks[user] = append(slices.Clone(stack), v.ID)
	return v, nil
}

func (c *call) updateView() (map[string]any, *apiError) {
	w, id, external := c.w, c.args["view_id"], c.args["external_id"]
	switch {
	case id != "" && external != "":
		return nil, &apiError{code: "invalid_arguments", messages: []string{"Cannot provide both `view_id` and `external_id`"}}
	case id == "" && external == "":
		return nil, &apiError{code: "invalid_arguments", messages: []string{"must provide either `view_id` or `external_id`"}}
	}
	v := w.views[id]
	if external != "" {
		v = w.byExternalID(external)
	}
	if v == nil || !v.Open {
		return nil, &apiError{code: "not_found"}
	}
	req, bad := w.readView(c.args["view"], v.Type)
	switch {
	case bad != nil:
		return nil, bad
	case c.args["hash"] != "" && c.args["hash"] != v.Hash:
		return nil, &apiError{code: "hash_conflict"}
	case w.duplicateExternalID(req.ExternalID, v.ID):
		return nil, &apiError{code: "duplicate_external_id"}
	}
	w.render(v, req)
	return map[string]any{"view": w.viewObject(v)}, nil
}

func (w *Workspace) byExternalID(id string) *View {
	for _, v := range w.views {
		if v.Open && v.ExternalID == id {
			return v
		}
	}
	return nil
}

func (c *call) publishView() (map[string]any, *apiError) {
	w := c.w
	user := w.users[c.args["user_id"]]
	if user == nil || user.IsBot {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"invalid `user_id`"}}
	}
	req, bad := w.readView(c.args["view"], "home")
	if bad != nil {
		return nil, bad
	}
	if w.opts.App.NoHomeTab {
		return nil, &apiError{code: "not_enabled"}
	}
	v := w.views[w.homes[user.ID]]
	switch {
	case v != nil && c.args["hash"] != "" && c.args["hash"] != v.Hash:
		return nil, &apiError{code: "hash_conflict"}
	case v == nil && w.duplicateExternalID(req.ExternalID, ""), v != nil && w.duplicateExternalID(req.ExternalID, v.ID):
		return nil, &apiError{code: "duplicate_external_id"}
	case v == nil:
		v = w.show(req, user.ID, "", "")
		w.homes[user.ID] = v.ID
	default:
		w.render(v, req)
	}
	return map[string]any{"view": w.viewObject(v)}, nil
}
