package messages

import (
	"slices"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Asked is what somebody has said already of what they ask for; what is empty they have
// not said.
type Asked struct {
	Environment, Role string
	Duration          time.Duration
	Reason            string
	Note              string // what was not understood
}

// FilledForm is the request form with what somebody has said already.
func FilledForm(p Printer, targets []access.Target, a Asked) slack.ModalViewRequest {
	form := RequestForm(p, targets)
	for _, block := range form.Blocks.BlockSet {
		in, is := block.(*slack.InputBlock)
		if !is {
			continue
		}
		switch e := in.Element.(type) {
		case *slack.SelectBlockElement:
			a.choose(p, in.BlockID, e)
		case *slack.PlainTextInputBlockElement:
			if in.BlockID == FieldReason {
				e.InitialValue = clip(tame(a.Reason), MaxReason)
			}
		}
	}
	if a.Note != "" {
		form.Blocks.BlockSet = append([]slack.Block{plainSection(a.Note)}, form.Blocks.BlockSet...)
	}
	return form
}

// choose makes a menu begin with what was said.
func (a Asked) choose(p Printer, field string, menu *slack.SelectBlockElement) {
	value, shown := "", ""
	switch field {
	case FieldEnvironment:
		value, shown = a.Environment, a.Environment
	case FieldRole:
		value, shown = a.Role, a.Role
	case FieldDuration:
		if a.Duration > 0 {
			value, shown = a.Duration.String(), p.Spell(a.Duration)
		}
	}
	if value == "" {
		return
	}
	option := slack.NewOptionBlockObject(value, plain(shown, 75), nil)
	at := slices.IndexFunc(menu.Options, func(o *slack.OptionBlockObject) bool { return o.Value == value })
	switch {
	case at >= 0:
		option = menu.Options[at]
	case menu.Type == slack.OptTypeExternal:
	case field == FieldDuration && len(menu.Options) < maxOptions:
		menu.Options = append(menu.Options, option)
	default:
		return
	}
	menu.InitialOption = option
}
