package workspace

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// View is a modal or a Home tab as it is now.
// See https://docs.slack.dev/reference/views.
type View struct {
	ID              string    `json:"id"`
	Type            string    `json:"type"` // modal or home
	User            string    `json:"user"` // who sees it
	CallbackID      string    `json:"callback_id"`
	PrivateMetadata string    `json:"private_metadata"`
	ExternalID      string    `json:"external_id"`
	Hash            string    `json:"hash"`
	Title           Block     `json:"title,omitempty"`
	SubmitText      Block     `json:"submit,omitempty"`
	CloseText       Block     `json:"close,omitempty"`
	Blocks          []Block   `json:"blocks"`
	ClearOnClose    bool      `json:"clear_on_close"`
	NotifyOnClose   bool      `json:"notify_on_close"`
	RootID          string    `json:"root_view_id"`
	PreviousID      string    `json:"previous_view_id,omitempty"`
	Open            bool      `json:"open"`
	Opened          time.Time `json:"opened"`
	// Errors are the messages shown at input blocks after the last submission.
	Errors map[string]string `json:"errors,omitempty"`
	// Versions are all renderings, the current one last.
	Versions []ViewVersion `json:"versions"`
}

// ViewVersion is one rendering of a view.
type ViewVersion struct {
	At     time.Time `json:"at"`
	Hash   string    `json:"hash"`
	Title  Block     `json:"title,omitempty"`
	Blocks []Block   `json:"blocks"`
}

// Visible returns the words a person reads in the view, its title first.
func (v View) Visible() string {
	title := str(v.Title, "text")
	if title == "" {
		return visibleText(v.Blocks)
	}
	return title + "\n" + visibleText(v.Blocks)
}

// View returns a view, open or closed.
func (w *Workspace) View(id string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.views[id]
	if !ok {
		return View{}, false
	}
	return *v, true
}

// Views returns every modal and Home tab there ever was, oldest first.
func (w *Workspace) Views() []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []View
	for _, v := range w.views {
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b View) int { return a.Opened.Compare(b.Opened) })
	return out
}

// OpenViews returns a person's open modals, the root first.
func (w *Workspace) OpenViews(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []View
	for _, id := range w.stacks[user] {
		out = append(out, *w.views[id])
	}
	return out
}

// HomeView returns what the app has published on a person's Home tab.
func (w *Workspace) HomeView(user string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.views[w.homes[user]]
	if !ok {
		return View{}, false
	}
	return *v, true
}

// viewRequest is a view as apps send it.
type viewRequest struct {
	Type            string  `json:"type"`
	Title           Block   `json:"title"`
	Submit          Block   `json:"submit"`
	Close           Block   `json:"close"`
	Blocks          []Block `json:"blocks"`
	PrivateMetadata string  `json:"private_metadata"`
	CallbackID      string  `json:"callback_id"`
	ExternalID      string  `json:"external_id"`
	ClearOnClose    bool    `json:"clear_on_close"`
	NotifyOnClose   bool    `json:"notify_on_close"`
}

func viewShape(kind string) shape {
	s := shape{required: []string{"type", "blocks"}, props: map[string]rule{
		"type": anything, "blocks": anything, "private_metadata": text(0, maxPrivateMetadata),
		"callback_id": text(0, maxID), "external_id": text(0, maxID),
	}}
	if kind != "modal" {
		return s
	}
	return s.with(map[string]rule{
		"title": textObject(true, maxViewTitle), "submit": textObject(true, maxViewTitle), "close": textObject(true, maxViewTitle),
		"clear_on_close": boolean, "notify_on_close": boolean, "submit_disabled": boolean,
	}, "title")
}

// readView decodes and checks a view of the kind wanted ("modal" or "home").
func (w *Workspace) readView(raw, wanted string) (*viewRequest, *apiError) {
	bad := func(messages ...string) (*viewRequest, *apiError) {
		return nil, &apiError{code: "invalid_arguments", messages: messages}
	}
	if len(raw) > maxViewBytes {
		return nil, &apiError{code: "view_too_large"}
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(raw), &fields); err != nil {
		return bad("must provide an object [json-pointer:/view]")
	}
	if kind := str(fields, "type"); kind != wanted {
		return bad(fmt.Sprintf("unsupported type: %s [json-pointer:/view/type]", kind))
	}
	c := &blockChecker{on: surface(wanted)}
	viewShape(wanted).check(c, "/view", fields)
	var req viewRequest
	if err := json.Unmarshal([]byte(raw), &req); err != nil {
		return bad(append(c.problems, "failed to match all allowed schemas [json-pointer:/view]")...)
	}
	problems, hasInput := checkBlocks(c.on, "/view/blocks", req.Blocks)
	problems = append(c.problems, problems...)
	if hasInput && wanted == "modal" && req.Submit == nil {
		problems = append(problems, "missing required field: submit [json-pointer:/view]")
	}
	if len(problems) > 0 {
		return bad(problems...)
	}
	w.nameBlocks(req.Blocks)
	return &req, nil
}

// newHash names a view's present content.
func (w *Workspace) newHash() string {
	return fmt.Sprintf("%d.%s", w.clock.Now().Unix(), randomHex(4))
}

// show creates a view for a person. The caller holds the lock.
func (w *Workspace) show(req *viewRequest, user, root, previous string) *View {
	v := &View{ID: w.newID("V"), Type: req.Type, User: user, PreviousID: previous, Open: true, Opened: w.clock.Now()}
	v.RootID = root
	def(&v.RootID, v.ID)
	w.views[v.ID] = v
	w.render(v, req)
	return v
}

// render gives a view new content. What a person has entered stays where block_id
// and action_id are the same. The caller holds the lock.
func (w *Workspace) render(v *View, req *viewRequest) {
	v.CallbackID, v.PrivateMetadata, v.ExternalID = req.CallbackID, req.PrivateMetadata, req.ExternalID
	v.Title, v.SubmitText, v.CloseText, v.Blocks = req.Title, req.Submit, req.Close, req.Blocks
	v.ClearOnClose, v.NotifyOnClose, v.Hash, v.Errors = req.ClearOnClose, req.NotifyOnClose, w.newHash(), nil
	v.Versions = append(slices.Clone(v.Versions), ViewVersion{At: w.clock.Now(), Hash: v.Hash, Title: v.Title, Blocks: v.Blocks})
	kind := "view"
	if v.Type == "home" {
		kind = "home"
	}
	w.announce(Change{Kind: kind, ID: v.ID, User: v.User})
}

// duplicateExternalID says whether another open view has this external id.
func (w *Workspace) duplicateExternalID(id, except string) bool {
	if id == "" {
		return false
	}
	for _, v := range w.views {
		if v.Open && v.ExternalID == id && v.ID != except {
			return true
		}
	}
	return false
}

// pop closes a person's topmost modals down to, and including, the one named.
func (w *Workspace) pop(user, id string) {
	stack := w.stacks[user]
	i := slices.Index(stack, id)
	if i < 0 {
		return
	}
	for _, gone := range stack[i:] {
		w.views[gone].Open = false
		w.announce(Change{Kind: "view_closed", ID: gone, User: user})
	}
	w.stacks[user] = slices.Clone(stack[:i])
}

// clear closes all modals of a person.
func (w *Workspace) clear(user string) {
	if stack := w.stacks[user]; len(stack) > 0 {
		w.pop(user, stack[0])
	}
}

// viewObject is a view as the Web API and payloads show it.
func (w *Workspace) viewObject(v *View) map[string]any {
	out := map[string]any{
		"id": v.ID, "team_id": w.opts.TeamID, "type": v.Type, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "external_id": v.ExternalID, "hash": v.Hash,
		"state":          map[string]any{"values": w.valuesOf(surfaceKey{id: v.ID}, v.Blocks)},
		"clear_on_close": v.ClearOnClose, "notify_on_close": v.NotifyOnClose, "root_view_id": v.RootID, "previous_view_id": nil,
		"app_id": w.opts.App.ID, "app_installed_team_id": w.opts.TeamID, "bot_id": w.opts.App.BotID,
		"title": v.Title, "submit": nil, "close": nil,
	}
	if v.PreviousID != "" {
		out["previous_view_id"] = v.PreviousID
	}
	if v.SubmitText != nil {
		out["submit"] = v.SubmitText
	}
	if v.CloseText != nil {
		out["close"] = v.CloseText
	}
	if v.Title == nil {
		out["title"] = map[string]any{"type": "plain_text", "text": "View Title", "emoji": true}
	}
	return out
}
