package messages

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Asked is what somebody has said already of what they ask for; what is empty they have
// not said.
type Asked struct {
	Environment, Role string
	Duration          time.Duration
	Start             time.Time // zero is at once
	Reason            string
	Note              string // what was not understood
}

// AskForm is the request form as of one moment.
type AskForm struct {
	Asked
	// Targets are what is offered.
	Targets []access.Target
	// Prospect is what is known of whoever asks; nil is nothing (yet).
	Prospect *access.Prospect
	// Blocks are the ids of the fields as they are shown now; nil is that of a new form. A
	// field whose choice is not to be kept gets another one: what somebody has chosen stays
	// in Slack for as long as the id does.
	Blocks map[string]string

	p Printer // the language in which it is shown
}

// RequestForm is the modal in which access is asked for. It offers the roles of the
// environment that is chosen and the durations of the target that is; what is chosen and
// not offered any more is chosen anew. All of it is judged when it is submitted. With more
// than 100 environments the menu asks for its entries as people type: see
// EnvironmentOptions.
func RequestForm(p Printer, f AskForm) slack.ModalViewRequest {
	f.p = p
	var blocks []slack.Block
	if f.Note != "" {
		blocks = append(blocks, plainSection(f.Note))
	}
	if known := f.Prospect; known != nil && (known.Refused != "" || len(f.Targets) == 0) {
		m := p.modal(CallbackAsk, p.Say(textAskTitle), p.Say(textAskSubmit), append(blocks, plainSection(p.nothingToAsk(known.Refused)))...)
		m.Submit = nil
		return m
	}
	blocks = append(blocks, f.environment(), f.role(), f.duration())
	blocks = append(blocks, f.about()...)
	blocks = append(blocks, f.start()...)
	reason := reasonField(p.Say(textWhyHint))
	reason.InitialValue = clip(tame(f.Reason), MaxReason)
	return p.modal(CallbackAsk, p.Say(textAskTitle), p.Say(textAskSubmit), append(blocks, input(FieldReason, p.Say(textWhy), reason))...)
}

// Settled is the form with what is chosen in it once it is shown: what is not offered is
// not, and what there is no choice of is.
func (f AskForm) Settled() AskForm {
	_, _, _ = f.environment(), f.role(), f.duration()
	return f
}

// FieldOf is the field that a block with this id shows; see AskForm.Blocks.
func FieldOf(id string) (field string) {
	field, _, _ = strings.Cut(id, ".")
	return field
}

// shown is the id of a field that begins with a value where another was chosen: the same
// as before if it is the same value.
func (f *AskForm) shown(field, chosen, begins string) string {
	id, is := f.Blocks[field]
	if !is {
		return field
	}
	if chosen == begins {
		return id
	}
	_, n, _ := strings.Cut(id, ".")
	before, _ := strconv.Atoi(n)
	return field + "." + strconv.Itoa(before+1)
}

// environment is the menu of environments. What is not offered is not chosen.
func (f *AskForm) environment() slack.Block {
	keys, chosen := environmentKeys(f.Targets), f.Environment
	if !slices.Contains(keys, chosen) {
		f.Environment = ""
		if len(keys) == 1 {
			f.Environment = keys[0]
		}
	}
	var menu *slack.SelectBlockElement
	if len(keys) > maxOptions {
		menu = slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain(f.p.Say(textPick), 150), FieldEnvironment)
		zero := 0
		menu.MinQueryLength = &zero
	} else {
		menu = slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(f.p.Say(textPick), 150), FieldEnvironment, options(keys)...)
	}
	if f.Environment != "" {
		menu.InitialOption = options([]string{f.Environment})[0]
	}
	return telling(f.shown(FieldEnvironment, chosen, f.Environment), f.p.Say(textEnvironment), menu)
}

// there are the targets of the environment that is chosen; all, if none is.
func (f *AskForm) there() []access.Target {
	if f.Environment == "" {
		return f.Targets
	}
	return slices.DeleteFunc(slices.Clone(f.Targets), func(t access.Target) bool { return t.Environment.Key != f.Environment })
}

// role is the menu of roles of the environment that is chosen.
func (f *AskForm) role() slack.Block {
	names, chosen := roleNames(f.there()), f.Role
	if !slices.Contains(names, chosen) {
		f.Role = ""
		if len(names) == 1 {
			f.Role = names[0]
		}
	}
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(f.p.Say(textPick), 150), FieldRole, options(names)...)
	if f.Role != "" {
		menu.InitialOption = options([]string{f.Role})[0]
	}
	return telling(f.shown(FieldRole, chosen, f.Role), f.p.Say(textRole), menu)
}

// Target is the target that is chosen, if it is one that is offered.
func (f *AskForm) Target() (access.Target, bool) {
	for _, t := range f.Targets {
		if t.Environment.Key == f.Environment && string(t.Role) == f.Role {
			return t, true
		}
	}
	return access.Target{}, false
}

// duration is the menu of durations: those of the target that is chosen, else of what is
// there. Another one that was said is offered too if the target has it.
func (f *AskForm) duration() slack.Block {
	said := f.Duration
	all, usual := Durations(f.there()), time.Hour
	if there := f.there(); len(there) > 0 && there[0].DefaultDuration > 0 {
		usual = there[0].DefaultDuration
	}
	t, chosen := f.Target()
	fits := func(d time.Duration) bool { return !chosen || t.CheckDuration(d) == nil && f.short(d) }
	if chosen {
		all, usual = Durations([]access.Target{t}), t.DefaultDuration
	}
	if said > 0 && !slices.Contains(all, said) && len(all) < maxOptions {
		all = append(all, said)
		slices.Sort(all)
	}
	all = slices.DeleteFunc(all, func(d time.Duration) bool { return !fits(d) })
	if len(all) == 0 { // a rule that lets nothing through says so when it is asked
		all = []time.Duration{usual}
	}
	if f.Duration = said; !slices.Contains(all, said) {
		f.Duration = usual
		if !slices.Contains(all, usual) {
			f.Duration = all[len(all)-1]
		}
	}
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(f.p.Say(textPick), 150), FieldDuration, f.p.spans(all)...)
	menu.InitialOption = f.p.spans([]time.Duration{f.Duration})[0]
	return telling(f.shown(FieldDuration, said.String(), f.Duration.String()), f.p.Say(textDuration), menu)
}

// short says whether the rules of the policy allow to ask for so long.
func (f *AskForm) short(d time.Duration) bool {
	if f.Prospect == nil || f.Prospect.Longest == 0 {
		return true
	}
	t, _ := f.Target()
	return f.Prospect.Target != t.ID || d <= f.Prospect.Longest
}

// start is the field for a later start; none if nothing that is offered may begin later.
// Slack shows it in the person's own zone.
// See https://docs.slack.dev/reference/block-kit/block-elements/datetime-picker-element.
func (f *AskForm) start() []slack.Block {
	offered := f.there()
	if t, chosen := f.Target(); chosen {
		offered = []access.Target{t}
	}
	if !slices.ContainsFunc(offered, func(t access.Target) bool { return t.StartAhead > 0 }) {
		return nil
	}
	picker := slack.NewDateTimePickerBlockElement(FieldStart)
	if !f.Start.IsZero() {
		picker.InitialDateTime = f.Start.Unix()
	}
	return []slack.Block{slack.NewInputBlock(FieldStart, plain(f.p.Say(textStart), 2000), nil, picker).WithOptional(true).WithDispatchAction(true)}
}

// about says what there is to know of what is chosen: what they have of it, what waits, and
// who decides.
func (f *AskForm) about() []slack.Block {
	t, chosen := f.Target()
	if f.Prospect == nil || !chosen {
		return nil
	}
	var blocks []slack.Block
	for _, r := range f.Prospect.Waiting {
		if r.Target.ID == t.ID {
			blocks = append(blocks, section(clip(f.p.waitsAlready(r), sectionText)))
			break
		}
	}
	if held := f.held(); held.ID != "" {
		blocks = append(blocks, f.heldBlock(held)...)
	}
	if words := f.p.whoWillDecide(f.Prospect.Course, f.Prospect.Subject); words != "" && f.Prospect.Target == t.ID {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(clip(words, fieldText))))
	}
	return blocks
}

// held is what somebody has of what is chosen; the zero grant if that is nothing. Of several
// it is the one that ends last: what was extended is extended no more.
func (f *AskForm) held() access.Grant {
	var held access.Grant
	t, chosen := f.Target()
	if f.Prospect == nil || !chosen {
		return held
	}
	for _, g := range f.Prospect.Held {
		if g.Target.ID == t.ID && (held.ID == "" || g.EndAt.After(held.EndAt)) {
			held = g
		}
	}
	return held
}

// heldBlock says that somebody has what they are about to ask for, with a way to make it
// longer instead where that can be.
func (f *AskForm) heldBlock(g access.Grant) []slack.Block {
	says := section(clip(f.p.holdsAlready(g), sectionText))
	extended := slices.ContainsFunc(f.Prospect.Waiting, func(r access.Request) bool { return r.Extends == g.ID })
	if g.State != access.GrantActive || extended {
		return []slack.Block{says}
	}
	return []slack.Block{says, slack.NewActionBlock("", button(ActionExtend, g.RequestID, f.p.Say(textExtendInstead), slack.StylePrimary))}
}

// telling is an input that tells at once what was chosen.
func telling(id, label string, menu *slack.SelectBlockElement) slack.Block {
	return slack.NewInputBlock(id, plain(label, 2000), nil, menu).WithDispatchAction(true)
}
