package workspace

// blockShape is the shape of a block or element and the surfaces that take it
// (none listed: all).
type blockShape struct {
	shape
	on []surface
}

// blockShapes are the blocks that the sandbox accepts, as Slack documents them at
// https://docs.slack.dev/reference/block-kit/blocks. Kinds that are not here are
// refused as unsupported.
func blockShapes() map[string]blockShape {
	everywhere := []surface{onMessage, onModal, onHome}
	base := shape{required: []string{"type"}, props: map[string]rule{"type": anything, "block_id": text(1, maxID)}}
	image := map[string]rule{
		"image_url": text(1, maxURL), "slack_file": anything, "alt_text": text(1, maxAltText), "title": textObject(true, maxLabel),
	}
	return map[string]blockShape{
		"section": {base.with(map[string]rule{
			"text": textObject(false, maxText), "fields": array(1, maxFields, textObject(false, maxField)),
			"accessory": element(accessories()...), "expand": boolean,
		}), everywhere},
		"actions": {base.with(map[string]rule{"elements": array(1, maxActions, element(actionElements()...))}, "elements"), everywhere},
		"input": {base.with(map[string]rule{
			"label": textObject(true, maxLabel), "element": element(inputElements()...), "hint": textObject(true, maxLabel),
			"optional": boolean, "dispatch_action": boolean,
		}, "label", "element"), everywhere},
		"context":   {base.with(map[string]rule{"elements": array(1, maxContext, contextElement)}, "elements"), everywhere},
		"header":    {base.with(map[string]rule{"text": textObject(true, maxHeader), "level": integer(1, 6)}, "text"), everywhere},
		"divider":   {base, everywhere},
		"image":     {base.with(image, "alt_text"), everywhere},
		"rich_text": {base.with(map[string]rule{"elements": array(1, 1000, anything)}, "elements"), everywhere},
		"markdown":  {base.with(map[string]rule{"text": text(1, maxMarkdown)}, "text"), []surface{onMessage}},
		"table":     {base.with(map[string]rule{"rows": array(1, 100, anything), "column_settings": anything}, "rows"), []surface{onMessage}},
		"video": {base.with(map[string]rule{
			"alt_text": text(1, 200), "title": textObject(true, 200), "thumbnail_url": text(1, maxURL), "video_url": text(1, maxURL),
			"title_url": text(1, maxURL), "author_name": text(0, 50), "description": textObject(true, 200),
			"provider_name": text(0, 50), "provider_icon_url": text(0, maxURL),
		}, "alt_text", "title", "thumbnail_url", "video_url"), everywhere},
	}
}

func selects() []string {
	return []string{"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
}

func multiSelects() []string {
	var out []string
	for _, s := range selects() {
		out = append(out, "multi_"+s)
	}
	return out
}

func accessories() []string {
	out := append(selects(), multiSelects()...)
	return append(out, "button", "image", "overflow", "checkboxes", "radio_buttons", "datepicker", "timepicker", "workflow_button")
}

func actionElements() []string {
	return append(selects(), "button", "overflow", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "workflow_button")
}

func inputElements() []string {
	out := append(selects(), multiSelects()...)
	return append(out, "plain_text_input", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker",
		"email_text_input", "url_text_input", "number_input", "file_input", "rich_text_input")
}

func contextElement(c *blockChecker, ptr string, v any) {
	o, _ := v.(map[string]any)
	if str(o, "type") == "image" {
		element("image")(c, ptr, v)
		return
	}
	textObject(false, maxText)(c, ptr, v)
}

func confirmation() rule {
	return object(shape{required: []string{"title", "text", "confirm", "deny"}, props: map[string]rule{
		"title": textObject(true, maxConfirmTitle), "text": textObject(true, maxConfirmText),
		"confirm": textObject(true, maxConfirmButton), "deny": textObject(true, maxConfirmButton), "style": oneOf("primary", "danger"),
	}})
}

func option(plain bool) rule {
	return object(shape{required: []string{"text", "value"}, props: map[string]rule{
		"text": textObject(plain, maxOptionText), "value": text(1, maxOptionValue),
		"description": textObject(plain, maxOptionText), "url": text(0, maxURL),
	}})
}

func optionGroup() rule {
	return object(shape{required: []string{"label", "options"}, props: map[string]rule{
		"label": textObject(true, maxOptionText), "options": array(1, maxOptions, option(true)),
	}})
}

// elementShapes are the elements, as Slack documents them at
// https://docs.slack.dev/reference/block-kit/block-elements.
func elementShapes() map[string]blockShape {
	base := shape{required: []string{"type"}, props: map[string]rule{
		"type": anything, "action_id": text(1, maxID), "confirm": confirmation(), "focus_on_load": boolean,
	}}
	placeholder := map[string]rule{"placeholder": textObject(true, maxPlaceholder)}
	out := map[string]blockShape{
		"button": {shape: base.with(map[string]rule{
			"text": textObject(true, maxButtonText), "url": text(0, maxURL), "value": text(0, maxButtonValue),
			"style": oneOf("primary", "danger"), "accessibility_label": text(0, maxButtonText),
		}, "text")},
		"image": {shape: shape{required: []string{"type", "alt_text"}, props: map[string]rule{
			"type": anything, "image_url": text(1, maxURL), "slack_file": anything, "alt_text": text(1, maxAltText),
		}}},
		"overflow":        {shape: base.with(map[string]rule{"options": array(1, maxOverflow, option(true))}, "options")},
		"workflow_button": {shape: base.with(map[string]rule{"text": textObject(true, maxButtonText), "workflow": anything}, "text", "workflow"), on: []surface{onMessage}},
		"checkboxes": {shape: base.with(map[string]rule{
			"options": array(1, maxChoices, option(false)), "initial_options": array(1, maxChoices, option(false)),
		}, "options")},
		"radio_buttons": {shape: base.with(map[string]rule{
			"options": array(1, maxChoices, option(false)), "initial_option": option(false),
		}, "options")},
		"datepicker":     {shape: base.with(placeholder).with(map[string]rule{"initial_date": text(10, 10)})},
		"timepicker":     {shape: base.with(placeholder).with(map[string]rule{"initial_time": text(5, 5), "timezone": text(1, 255)})},
		"datetimepicker": {shape: base.with(map[string]rule{"initial_date_time": integer(0, 1<<40)}), on: []surface{onMessage, onModal}},
	}
	menuShapes(out, base.with(placeholder))
	inputShapes(out, base.with(placeholder))
	return out
}

func menuShapes(out map[string]blockShape, base shape) {
	flat := map[string]rule{"options": array(1, maxOptions, option(true)), "option_groups": array(1, maxOptions, optionGroup())}
	query := map[string]rule{"min_query_length": integer(0, maxText)}
	people := map[string]rule{"response_url_enabled": boolean, "filter": anything, "default_to_current_conversation": boolean}
	one := func(name string) map[string]rule { return map[string]rule{name: text(1, maxID)} }
	many := func(name string) map[string]rule { return map[string]rule{name: array(1, maxOptions, text(1, maxID))} }
	initial := map[string]rule{"initial_option": initialOption}
	initials := map[string]rule{"initial_options": array(1, maxOptions, initialOption)}
	out["static_select"] = blockShape{shape: base.with(flat).with(initial)}
	out["external_select"] = blockShape{shape: base.with(query).with(initial)}
	out["users_select"] = blockShape{shape: base.with(one("initial_user"))}
	out["channels_select"] = blockShape{shape: base.with(one("initial_channel")).with(people)}
	out["conversations_select"] = blockShape{shape: base.with(one("initial_conversation")).with(people)}
	multi := base.with(map[string]rule{"max_selected_items": integer(1, maxOptions)})
	out["multi_static_select"] = blockShape{shape: multi.with(flat).with(initials)}
	out["multi_external_select"] = blockShape{shape: multi.with(query).with(initials)}
	out["multi_users_select"] = blockShape{shape: multi.with(many("initial_users"))}
	out["multi_channels_select"] = blockShape{shape: multi.with(many("initial_channels"))}
	out["multi_conversations_select"] = blockShape{shape: multi.with(many("initial_conversations")).with(people)}
}

// initialOption takes an option; Slack tolerates an option group here too.
func initialOption(c *blockChecker, ptr string, v any) {
	if o, _ := v.(map[string]any); o["options"] != nil {
		optionGroup()(c, ptr, v)
		return
	}
	option(true)(c, ptr, v)
}

func inputShapes(out map[string]blockShape, base shape) {
	dispatch := map[string]rule{"dispatch_action_config": object(shape{props: map[string]rule{
		"trigger_actions_on": array(1, 2, oneOf("on_enter_pressed", "on_character_entered")),
	}})}
	base = base.with(dispatch)
	modal := []surface{onModal}
	out["plain_text_input"] = blockShape{shape: base.with(map[string]rule{
		"initial_value": text(0, maxInput), "multiline": boolean, "min_length": integer(0, maxInput), "max_length": integer(1, maxInput),
	})}
	out["email_text_input"] = blockShape{shape: base.with(map[string]rule{"initial_value": text(0, maxInput)}), on: modal}
	out["url_text_input"] = blockShape{shape: base.with(map[string]rule{"initial_value": text(0, maxInput)}), on: modal}
	out["number_input"] = blockShape{shape: base.with(map[string]rule{
		"is_decimal_allowed": boolean, "initial_value": text(0, 100), "min_value": text(0, 100), "max_value": text(0, 100),
	}, "is_decimal_allowed"), on: modal}
	out["file_input"] = blockShape{shape: base.with(map[string]rule{"filetypes": anything, "max_files": integer(1, 10)}), on: modal}
	out["rich_text_input"] = blockShape{shape: base.with(map[string]rule{
		"initial_value": anything, "min_lines": integer(1, 100), "max_lines": integer(1, 100),
	}), on: []surface{onModal, onHome}}
}
