package messages

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// maxOptions is how many entries a static menu may have.
// See https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element.
const maxOptions = 100

// ExtendForm is the modal in which more time is asked for, with what was said already. What
// is offered is the longest of all targets; whether this one allows it is judged when it is
// submitted.
func ExtendForm(p Printer, requestID string, targets []access.Target, a Asked) slack.ModalViewRequest {
	menu, reason := p.durationMenu(targets), reasonField(p.Say(textWhyHint))
	if a.Duration > 0 {
		menu.InitialOption = p.spans([]time.Duration{a.Duration})[0]
		if !slices.ContainsFunc(menu.Options, func(o *slack.OptionBlockObject) bool { return o.Value == a.Duration.String() }) {
			menu.Options = append(menu.Options[:min(len(menu.Options), maxOptions-1)], menu.InitialOption)
		}
	}
	reason.InitialValue = clip(tame(a.Reason), MaxReason)
	m := p.modal(CallbackExtend, p.Say(textExtendTitle), p.Say(textExtend), input(FieldDuration, p.Say(textExtendFor), menu), input(FieldReason, p.Say(textWhy), reason))
	m.PrivateMetadata = requestID
	return m
}

// ShorterForm is the modal in which an approver gives less time than was asked for; false
// if there is nothing less to give. What is offered is judged again when it is submitted.
func ShorterForm(p Printer, r access.Request) (slack.ModalViewRequest, bool) {
	less := shorter(r)
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.Say(textPick), 150), FieldDuration, p.spans(less)...)
	m := p.modal(CallbackShorter, p.Say(textShorterTitle), p.Say(textApprove), section(p.shorterFor(r)), input(FieldDuration, p.Say(textDuration), menu))
	m.PrivateMetadata = r.ID
	return m, len(less) > 0
}

// shorter are the durations that a request can be approved for instead of what it is for.
func shorter(r access.Request) []time.Duration {
	return slices.DeleteFunc(Durations([]access.Target{r.Target}), func(d time.Duration) bool {
		return d >= r.Duration || r.Target.CheckDuration(d) != nil
	})
}

// DenyForm is the modal that asks an approver why not.
func DenyForm(p Printer, requestID string) slack.ModalViewRequest {
	m := p.modal(CallbackDeny, p.Say(textDenyTitle), p.Say(textDeny), input(FieldReason, p.Say(textDenyWhy), reasonField(p.Say(textDenyHint))))
	m.PrivateMetadata = requestID
	return m
}

// RevokeForm is the modal that asks why access is taken away.
func RevokeForm(p Printer, requestID string) slack.ModalViewRequest {
	m := p.modal(CallbackRevoke, p.Say(textRevokeTitle), p.Say(textRevokeYes), section(p.Say(textRevokeText)), input(FieldReason, p.Say(textWhy), reasonField(p.Say(textDenyHint))))
	m.PrivateMetadata = requestID
	return m
}

// CutForm is the modal that asks why sessions are cut, and says what that ends and what not.
func CutForm(p Printer, r access.Request) slack.ModalViewRequest {
	m := p.modal(CallbackCut, p.Say(textCutTitle), p.Say(textCutYes), section(p.whose(r.Subject)+": "+p.what(r.Target)),
		section(p.Say(textCutReaches)), section(p.Say(textCutNot)), input(FieldReason, p.Say(textWhy), reasonField(p.Say(textDenyHint))))
	m.PrivateMetadata = r.ID
	return m
}

// EnvironmentOptions are the entries of the environment menu that fit what was
// typed, at most 100.
func EnvironmentOptions(targets []access.Target, typed string) []*slack.OptionBlockObject {
	typed = strings.ToLower(strings.TrimSpace(typed))
	fit := slices.DeleteFunc(environmentKeys(targets), func(key string) bool { return !strings.Contains(strings.ToLower(key), typed) })
	// What begins with it comes first.
	slices.SortStableFunc(fit, func(a, b string) int {
		return cmp.Compare(strings.Index(strings.ToLower(a), typed), strings.Index(strings.ToLower(b), typed))
	})
	return options(fit[:min(len(fit), maxOptions)])
}

// Durations are what the form offers: the usual steps up to the longest maximum,
// and each target's own default and maximum, or what its policy lets choose, ascending.
func Durations(targets []access.Target) []time.Duration {
	var longest time.Duration
	var all []time.Duration
	for _, t := range targets {
		longest = max(longest, t.MaxDuration)
		if all = append(all, t.DefaultDuration); len(t.Policy.Choices) == 0 {
			all = append(all, t.MaxDuration)
		}
		all = append(all, t.Policy.Choices...)
	}
	for _, minutes := range []int{30, 60, 120, 240, 480} {
		all = append(all, time.Duration(minutes)*time.Minute)
	}
	slices.Sort(all)
	all = slices.DeleteFunc(slices.Compact(all), func(d time.Duration) bool { return d < 15*time.Minute || d > longest })
	return all[:min(len(all), maxOptions)]
}

func (p Printer) durationMenu(targets []access.Target) *slack.SelectBlockElement {
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.Say(textPick), 150), FieldDuration)
	usual := time.Hour
	if len(targets) > 0 && targets[0].DefaultDuration > 0 {
		usual = targets[0].DefaultDuration
	}
	all := Durations(targets)
	menu.Options = p.spans(all)
	if i := slices.Index(all, usual); i >= 0 {
		menu.InitialOption = menu.Options[i]
	}
	return menu
}

// spans are durations as entries of a menu.
func (p Printer) spans(all []time.Duration) []*slack.OptionBlockObject {
	entries := make([]*slack.OptionBlockObject, 0, len(all))
	for _, d := range all {
		entries = append(entries, slack.NewOptionBlockObject(d.String(), plain(p.Spell(d), 75), nil))
	}
	return entries
}

func environmentKeys(targets []access.Target) []string {
	var keys []string
	for _, t := range targets {
		keys = append(keys, t.Environment.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func roleNames(targets []access.Target) []string {
	var names []string
	for _, role := range access.Roles() {
		if slices.ContainsFunc(targets, func(t access.Target) bool { return t.Role == role }) {
			names = append(names, string(role))
		}
	}
	return names
}

func options(values []string) []*slack.OptionBlockObject {
	all := make([]*slack.OptionBlockObject, 0, len(values))
	for _, v := range values {
		all = append(all, slack.NewOptionBlockObject(v, plain(v, 75), nil))
	}
	return all
}

func reasonField(hint string) *slack.PlainTextInputBlockElement {
	return slack.NewPlainTextInputBlockElement(plain(hint, 150), FieldReason).
		WithMultiline(true).WithMinLength(MinReason).WithMaxLength(MaxReason)
}

func input(field, label string, element slack.BlockElement) slack.Block {
	return slack.NewInputBlock(field, plain(label, 2000), nil, element)
}

func (p Printer) modal(callback, title, submit string, blocks ...slack.Block) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callback,
		Title: plain(title, 24), Submit: plain(submit, 24), Close: plain(p.Say(textClose), 24),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}
