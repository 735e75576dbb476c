package workspace

import "strings"

// surfaceKey names a place that holds what a person has entered: a view, or a
// message as one person sees it.
type surfaceKey struct{ id, user string }

// values are entered values: block_id -> action_id -> value in Slack's form.
type values map[string]map[string]Block

// Option is an entry of a menu.
type Option struct {
	Text  string `json:"text"`
	Value string `json:"value"`
	// Description is the smaller line under it, Group the label of its group.
	Description string `json:"description,omitempty"`
	Group       string `json:"group,omitempty"`

	raw Block
}

func newOption(raw Block, group string) Option {
	return Option{Text: str(obj(raw, "text"), "text"), Value: str(raw, "value"),
		Description: str(obj(raw, "description"), "text"), Group: group, raw: raw}
}

// optionsOf returns the options an element carries itself, groups flattened.
func optionsOf(e Block) []Option {
	return flatten(list(e, "options"), list(e, "option_groups"))
}

func flatten(options, groups []any) []Option {
	var out []Option
	add := func(options []any, group string) {
		for _, it := range options {
			if o, ok := it.(map[string]any); ok {
				out = append(out, newOption(o, group))
			}
		}
	}
	add(options, "")
	for _, g := range groups {
		group, _ := g.(map[string]any)
		add(list(group, "options"), str(obj(group, "label"), "text"))
	}
	return out
}

// valueForm says how an element's value is stored: the property in the state, the
// property of the initial value, and whether it is a list. ok is false for
// elements without state (buttons, overflow menus, images).
func valueForm(kind string) (state, initial string, many, ok bool) {
	base, many := strings.CutPrefix(kind, "multi_")
	switch base {
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		return "value", "initial_value", false, true
	case "rich_text_input":
		return "rich_text_value", "initial_value", false, true
	case "static_select", "external_select", "radio_buttons":
		state, initial = "selected_option", "initial_option"
	case "checkboxes":
		return "selected_options", "initial_options", true, true
	case "users_select":
		state, initial = "selected_user", "initial_user"
	case "channels_select":
		state, initial = "selected_channel", "initial_channel"
	case "conversations_select":
		state, initial = "selected_conversation", "initial_conversation"
	case "datepicker":
		return "selected_date", "initial_date", false, true
	case "timepicker":
		return "selected_time", "initial_time", false, true
	case "datetimepicker":
		return "selected_date_time", "initial_date_time", false, true
	case "file_input":
		return "files", "", true, true
	default:
		return "", "", false, false
	}
	if many {
		state, initial = state+"s", initial+"s"
	}
	return state, initial, many, true
}

// valuesOf returns what the elements of a surface hold now: what was entered, else
// the initial value, else nothing. The caller holds the lock.
func (w *Workspace) valuesOf(key surfaceKey, blocks []Block) values {
	entered := w.state[key]
	out := values{}
	for _, b := range blocks {
		id := str(b, "block_id")
		for _, e := range elementsOf(b) {
			kind, action := str(e, "type"), str(e, "action_id")
			state, initial, many, ok := valueForm(kind)
			if !ok {
				continue
			}
			if out[id] == nil {
				out[id] = map[string]Block{}
			}
			if v, ok := entered[id][action]; ok && str(v, "type") == kind {
				out[id][action] = v
				continue
			}
			v := Block{"type": kind, state: e[initial]}
			if v[state] == nil && many {
				v[state] = []any{}
			}
			out[id][action] = v
		}
	}
	return out
}

// enter stores a value. The caller holds the lock.
func (w *Workspace) enter(key surfaceKey, block, action string, v Block) {
	if w.state[key] == nil {
		w.state[key] = values{}
	}
	if w.state[key][block] == nil {
		w.state[key][block] = map[string]Block{}
	}
	w.state[key][block][action] = v
}

// empty says whether a stored value holds nothing.
func empty(v Block) bool {
	state, _, _, _ := valueForm(str(v, "type"))
	switch held := v[state].(type) {
	case nil:
		return true
	case string:
		return held == ""
	case []any:
		return len(held) == 0
	}
	return false
}
