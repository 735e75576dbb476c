package handlers

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
	"airpass/starts"
)

// submission stores what was filled into a modal, or says at its fields what is
// wrong with it.
func (r *Router) submission(ctx context.Context, d Delivery, p interaction) (Ack, error) {
	if p.View.CallbackID == messages.CallbackTogether {
		return r.approveTogether(ctx, d, p)
	}
	if p.View.CallbackID == messages.CallbackCertify {
		return r.certified(ctx, d, p)
	}
	if p.View.CallbackID == messages.CallbackMany {
		return r.whichOfMany(ctx, d, p)
	}
	a, wrong, known := r.filled(messages.Printer{}, d, p)
	if !known {
		return r.unknown(d, p.Type, p.View.CallbackID)
	}
	if len(wrong) > 0 {
		r.o.Count(p.Type, outcomeRefused)
		_, wrong, _ = r.filled(r.speaking(ctx, p.User.ID), d, p) // looked up only if there is something to say
		return Ack{Body: slack.NewErrorsViewSubmissionResponse(p.at(wrong))}, nil
	}
	if validID(p.View.ID) {
		// A modal is about one thing however often it is submitted: Slack offers to try
		// again when it did not hear our answer, with another envelope.
		a.Delivery = "view:" + p.View.ID
	}
	if err := r.record(ctx, d, p.User.ID, p.Type, a); err != nil {
		return formError(p, r.speaking(ctx, p.User.ID).Say(wordsNotStored)), err
	}
	return Ack{Body: slack.NewClearViewSubmissionResponse()}, nil
}

// filled reads what was filled into a modal, and says what is wrong with it; known is false
// for a modal that is none of ours.
func (r *Router) filled(lang messages.Printer, d Delivery, p interaction) (a access.Attempt, wrong map[string]string, known bool) {
	switch p.View.CallbackID {
	case messages.CallbackAsk:
		a, wrong = asked(lang, p, r.o.Targets(), d.ReceivedAt)
	case messages.CallbackExtend:
		a, wrong = extended(lang, p)
	case messages.CallbackDeny:
		a, wrong = explained(lang, p, access.AttemptDeny)
	case messages.CallbackRevoke:
		a, wrong = explained(lang, p, access.AttemptRevoke)
	case messages.CallbackCut:
		a, wrong = explained(lang, p, access.AttemptCut)
	case messages.CallbackLift:
		a, wrong = explained(lang, p, access.AttemptLift)
		a.Request, a.Target = "", a.Request // it names the cut
	case messages.CallbackQuestion:
		a, wrong = inquired(lang, p, access.AttemptQuestion)
	case messages.CallbackReply:
		a, wrong = inquired(lang, p, access.AttemptReply)
	case messages.CallbackSure:
		a = access.Attempt{Kind: access.AttemptCertifyMany, Target: p.View.Metadata, Reason: p.field(messages.FieldReason)}
	case messages.CallbackShorter:
		a, wrong = shortened(lang, p)
	case messages.CallbackBreakGlass:
		a, wrong = taken(lang, p)
	case messages.CallbackReview:
		a, wrong = reviewed(lang, p)
	default:
		return a, nil, false
	}
	return a, wrong, true
}

// formError says something that is about the form as a whole. Slack shows errors at
// input fields only. An unknown form is left alone.
func formError(p interaction, text string) Ack {
	field := messages.FieldReason
	switch p.View.CallbackID {
	case messages.CallbackAsk, messages.CallbackExtend, messages.CallbackDeny, messages.CallbackRevoke, messages.CallbackCut, messages.CallbackLift, messages.CallbackBreakGlass, messages.CallbackReview,
		messages.CallbackQuestion, messages.CallbackReply, messages.CallbackSure:
	case messages.CallbackShorter:
		field = messages.FieldDuration
	default:
		return Ack{}
	}
	return Ack{Body: slack.NewErrorsViewSubmissionResponse(p.at(map[string]string{field: text}))}
}

// at puts what is wrong with fields at the blocks that show them.
func (p interaction) at(wrong map[string]string) map[string]string {
	blocks := make(map[string]string, len(wrong))
	for field, words := range wrong {
		blocks[p.block(field)] = words
	}
	return blocks
}

// asked reads the request form: what is wrong with it is said at its fields.
func asked(lang messages.Printer, p interaction, targets []access.Target, now time.Time) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	environment, role := p.field(messages.FieldEnvironment), p.field(messages.FieldRole)
	there := in(targets, environment)
	at := slices.IndexFunc(there, func(t access.Target) bool { return string(t.Role) == role })
	length, err := time.ParseDuration(p.field(messages.FieldDuration))
	if err != nil || length%time.Minute != 0 {
		wrong[messages.FieldDuration] = lang.Say(wordsNoDuration)
	}
	a := access.Attempt{Kind: access.AttemptAsk, Duration: length}
	switch {
	case len(there) == 0:
		wrong[messages.FieldEnvironment] = lang.Say(wordsNoEnvironment)
	case at < 0:
		wrong[messages.FieldRole] = wordsNoRole(lang, there)
	default:
		a.Target = there[at].ID
		if err == nil && there[at].CheckDuration(length) != nil {
			wrong[messages.FieldDuration] = wordsBadDuration(lang, there[at])
		}
		if start := p.moment(messages.FieldStart); !start.IsZero() {
			a.Begins = start.Format(time.RFC3339)
			if !starts.AtOnce(start, now) && there[at].CheckStart(start, now) != nil {
				wrong[messages.FieldStart] = wordsBadStart(lang, there[at])
			}
		}
	}
	a.Reason = reasonIn(lang, p, wrong)
	if a.Target != "" && wrong[messages.FieldReason] == "" {
		if err := there[at].Policy.Reason.Check(a.Reason); err != nil {
			wrong[messages.FieldReason] = wordsBadReason(lang, there[at].Policy.Reason)
		}
	}
	return a, wrong
}

// in are the targets of an environment.
func in(targets []access.Target, environment string) []access.Target {
	var there []access.Target
	for i := range targets {
		if targets[i].Environment.Key == environment {
			there = append(there, targets[i])
		}
	}
	return there
}

// shortened reads the form in which an approver gives less time.
func shortened(lang messages.Printer, p interaction) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	a := access.Attempt{Kind: access.AttemptApprove, Request: p.View.Metadata, Duration: lengthIn(lang, p, wrong)}
	if !validID(a.Request) {
		wrong[messages.FieldDuration] = lang.Say(wordsNoRequest)
	}
	return a, wrong
}

func lengthIn(lang messages.Printer, p interaction, wrong map[string]string) time.Duration {
	length, err := time.ParseDuration(p.field(messages.FieldDuration))
	if err != nil || length <= 0 || length%time.Minute != 0 {
		wrong[messages.FieldDuration] = lang.Say(wordsNoDuration)
	}
	return length
}

// extended reads the form in which more time is asked for.
func extended(lang messages.Printer, p interaction) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	length := lengthIn(lang, p, wrong)
	a := access.Attempt{Kind: access.AttemptAsk, Request: p.View.Metadata, Duration: length, Reason: reasonIn(lang, p, wrong)}
	if !validID(a.Request) {
		wrong[messages.FieldReason] = lang.Say(wordsNoRequest)
	}
	return a, wrong
}

// explained reads a form in which somebody says why they deny or take away.
func explained(lang messages.Printer, p interaction, kind access.AttemptKind) (access.Attempt, map[string]string) {
	wrong := map[string]string{}
	a := access.Attempt{Kind: kind, Request: p.View.Metadata, Reason: reasonIn(lang, p, wrong)}
	if !validID(a.Request) {
		wrong[messages.FieldReason] = lang.Say(wordsNoRequest)
	}
	return a, wrong
}

// inquired reads a form in which somebody asks about a request, or answers what was asked.
func inquired(lang messages.Printer, p interaction, kind access.AttemptKind) (access.Attempt, map[string]string) {
	a, wrong := explained(lang, p, kind)
	if utf8.RuneCountInString(a.Reason) > access.MaxSaid {
		wrong[messages.FieldReason] = lang.Say(wordsLongSaid, access.MaxSaid)
	}
	if kind == access.AttemptReply { // it names the question
		a.Request, a.Target = "", a.Request
	}
	return a, wrong
}

func reasonIn(lang messages.Printer, p interaction, wrong map[string]string) string {
	reason := strings.TrimSpace(p.field(messages.FieldReason))
	switch n := utf8.RuneCountInString(reason); {
	case n < messages.MinReason:
		wrong[messages.FieldReason] = lang.Say(wordsNoReason)
	case n > messages.MaxReason:
		wrong[messages.FieldReason] = lang.Say(wordsLongReason)
	}
	return reason
}

// maxAnswer keeps the entries of a menu below the size at which Socket Mode drops
// an acknowledgement without a word (20 KB).
const maxAnswer = 16 << 10

// suggestion answers a menu that asks for its entries, from memory.
func (r *Router) suggestion(p interaction) Ack {
	if p.ActionID != messages.FieldEnvironment {
		r.o.Count(p.Type, outcomeUnknown)
		return Ack{Body: noOptions()}
	}
	r.o.Count(p.Type, outcomeAnswered)
	answer := noOptions()
	size := 0
	for _, o := range messages.EnvironmentOptions(r.o.Offered(p.User.ID), clean(p.Value)) {
		raw, err := json.Marshal(o)
		if size += len(raw) + 1; err != nil || size > maxAnswer {
			break
		}
		answer.Options = append(answer.Options, o)
	}
	return Ack{Body: answer}
}

func noOptions() slack.OptionsResponse {
	return slack.OptionsResponse{Options: []*slack.OptionBlockObject{}}
}
