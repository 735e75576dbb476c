package handlers

import (
	"time"

	"airpass/access"
	"airpass/messages"
)

// taken reads the form in which access is taken at once. Which target, and whether by this
// person, is judged later.
func taken(p interaction) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	length, err := time.ParseDuration(p.field(messages.FieldDuration))
	if err != nil || length <= 0 || length%time.Minute != 0 {
		wrong[messages.FieldDuration] = wordsNoDuration
	}
	a := access.Attempt{Kind: access.AttemptBreakGlass, Target: p.field(messages.FieldTarget), Duration: length, Reason: reasonIn(p, wrong)}
	if a.Target == "" {
		wrong[messages.FieldTarget] = wordsNoTarget
	}
	return a, wrong
}

// reviewed reads the form in which a review is given.
func reviewed(p interaction) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	a := access.Attempt{Kind: access.AttemptKind(p.field(messages.FieldVerdict)), Request: p.View.Metadata, Reason: reasonIn(p, wrong)}
	switch a.Kind {
	case access.AttemptJustified, access.AttemptNotJustified, access.AttemptTakeBack:
	default:
		wrong[messages.FieldVerdict] = wordsNoVerdict
	}
	if !validID(a.Request) {
		wrong[messages.FieldReason] = wordsNoRequest
	}
	return a, wrong
}
