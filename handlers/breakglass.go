package handlers

import (
	"time"

	"airpass/access"
	"airpass/messages"
)

// taken reads the form in which access is taken at once. Which target, and whether by this
// person, is judged later.
func taken(lang messages.Printer, p interaction) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	length, err := time.ParseDuration(p.field(messages.FieldDuration))
	if err != nil || length <= 0 || length%time.Minute != 0 {
		wrong[messages.FieldDuration] = lang.Say(wordsNoDuration)
	}
	a := access.Attempt{Kind: access.AttemptBreakGlass, Target: p.field(messages.FieldTarget), Duration: length, Reason: reasonIn(lang, p, wrong)}
	if a.Target == "" {
		wrong[messages.FieldTarget] = lang.Say(wordsNoTarget)
	}
	return a, wrong
}

// reviewed reads the form in which a review is given.
func reviewed(lang messages.Printer, p interaction) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	a := access.Attempt{Kind: access.AttemptKind(p.field(messages.FieldVerdict)), Request: p.View.Metadata, Reason: reasonIn(lang, p, wrong)}
	switch a.Kind {
	case access.AttemptJustified, access.AttemptNotJustified, access.AttemptTakeBack:
	default:
		wrong[messages.FieldVerdict] = lang.Say(wordsNoVerdict)
	}
	if !validID(a.Request) {
		wrong[messages.FieldReason] = lang.Say(wordsNoRequest)
	}
	return a, wrong
}
