package handlers

import (
	"context"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// formsFor are the forms that buttons open for what their value names.
var formsFor = map[string]func(messages.Printer, string) slack.ModalViewRequest{
	messages.ActionReply:  messages.ReplyForm,
	messages.ActionRevoke: messages.RevokeForm,
	messages.ActionReview: messages.ReviewForm,
	messages.ActionDeny:   messages.DenyForm,
}

// formsAbout are the forms for which the request has to be read first.
var formsAbout = map[string]func(messages.Printer, access.Request) (slack.ModalViewRequest, string){
	messages.ActionShorter:  shorterForm,
	messages.ActionQuestion: questionForm,
	messages.ActionCut:      cutForm,
}

// kindsOnTarget are the buttons whose value is no request, but the attempt's target.
var kindsOnTarget = map[string]access.AttemptKind{
	messages.ActionInstead: access.AttemptInstead,
	messages.ActionOlder:   access.AttemptHome,
	messages.ActionNewer:   access.AttemptHome,
	messages.ActionUndo:    access.AttemptUndo,
}

// click stores what a button asks for. Anybody who sees a message can press its
// buttons, so nothing is decided here: who it was is in the attempt, whether they
// may is judged when it is applied.
func (r *Router) click(ctx context.Context, d Delivery, p interaction) (Ack, error) {
	if len(p.Actions) == 0 {
		return r.unknown(d, p.Type, "")
	}
	a := p.Actions[0] // Slack sends one at a time
	var kind access.AttemptKind
	switch a.ID {
	case messages.FieldEnvironment, messages.FieldRole, messages.FieldDuration, messages.FieldStart:
		if p.asking() {
			return r.chosen(d, p), nil
		}
		return r.ignore(d, p.Type)
	case messages.ActionOpen, messages.FieldTarget, messages.FieldVerdict, messages.FieldChoice, messages.FieldUntil, messages.FieldOther, messages.FieldWhich:
		return r.ignore(d, p.Type)
	case messages.ActionApprove:
		kind = access.AttemptApprove
	case messages.ActionLogin:
		kind = access.AttemptLogin
	case messages.ActionCancel, messages.ActionGiveBack:
		kind = access.AttemptCancel
	case messages.ActionInstead, messages.ActionOlder, messages.ActionNewer, messages.ActionUndo:
		if validID(a.Value) {
			return Ack{}, r.record(ctx, d, p.User.ID, p.Type, access.Attempt{Kind: kindsOnTarget[a.ID], Target: a.Value})
		}
	case messages.ActionAsk:
		r.o.Count(p.Type, outcomeAnswered)
		return r.ask(d, p.Trigger, p.channel(), p.User.ID, messages.Asked{}), nil
	case messages.ActionShorter, messages.ActionQuestion, messages.ActionCut:
		if validID(a.Value) {
			r.o.Count(p.Type, outcomeAnswered)
			return r.openAbout(d, p, formsAbout[a.ID]), nil
		}
	case messages.ActionReply, messages.ActionRevoke, messages.ActionReview, messages.ActionDeny:
		if validID(a.Value) {
			r.o.Count(p.Type, outcomeAnswered)
			form := func(lang messages.Printer) slack.ModalViewRequest { return formsFor[a.ID](lang, a.Value) }
			return r.open(d, p.Trigger, p.channel(), p.User.ID, form), nil
		}
	case messages.ActionLift:
		if validID(a.Value) {
			r.o.Count(p.Type, outcomeAnswered)
			return r.lift(d, p), nil
		}
	case messages.ActionExtend:
		if validID(a.Value) {
			r.o.Count(p.Type, outcomeAnswered)
			if p.asking() {
				return r.extendInstead(d, p, a), nil
			}
			form := func(lang messages.Printer) slack.ModalViewRequest {
				return messages.ExtendForm(lang, a.Value, r.o.Targets(), messages.Asked{})
			}
			return r.open(d, p.Trigger, p.channel(), p.User.ID, form), nil
		}
	case messages.ActionCertify:
		if validID(a.Value) {
			r.o.Count(p.Type, outcomeAnswered)
			return r.certify(d, p, a.Value), nil
		}
	case messages.ActionMany:
		if validID(a.Value) {
			r.o.Count(p.Type, outcomeAnswered)
			return r.many(d, p, a.Value), nil
		}
	case messages.ActionTogether:
		if ids := several(a.Value); len(ids) > 0 {
			r.o.Count(p.Type, outcomeAnswered)
			return r.together(d, p, ids), nil
		}
	}
	if kind == "" || !validID(a.Value) {
		return r.unknown(d, p.Type, a.ID)
	}
	err := r.record(ctx, d, p.User.ID, p.Type, access.Attempt{Kind: kind, Request: a.Value, Channel: p.channel()})
	if err != nil {
		return r.tell(d, p.channel(), p.User.ID, wordsNotStored), err
	}
	return Ack{}, nil
}

// shorterForm is the form in which less time is given, if there is less to give.
func shorterForm(lang messages.Printer, request access.Request) (slack.ModalViewRequest, string) {
	form, less := messages.ShorterForm(lang, request)
	switch {
	case request.State != access.RequestPending:
		return form, lang.Say(wordsDecided)
	case !less:
		return form, lang.Say(wordsNoLess)
	}
	return form, ""
}

// questionForm is the form in which the requester is asked something, while it can matter.
func questionForm(lang messages.Printer, request access.Request) (slack.ModalViewRequest, string) {
	if request.State != access.RequestPending {
		return slack.ModalViewRequest{}, lang.Say(wordsDecided)
	}
	return messages.QuestionForm(lang, request), ""
}

// cutForm is the form in which sessions are cut.
func cutForm(lang messages.Printer, request access.Request) (slack.ModalViewRequest, string) {
	return messages.CutForm(lang, request), ""
}
