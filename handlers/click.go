package handlers

import (
	"context"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// formsOf are the forms that buttons open about what their value names. Without a form the
// person reads the words instead. What has to be read for one is read after Slack has been
// answered.
var formsOf = map[string]func(r *Router, ctx context.Context, lang messages.Printer, p interaction) (view slack.ModalViewRequest, words string, err error){
	messages.ActionReply:    naming(messages.ReplyForm),
	messages.ActionRevoke:   naming(messages.RevokeForm),
	messages.ActionReview:   naming(messages.ReviewForm),
	messages.ActionDeny:     naming(messages.DenyForm),
	messages.ActionShorter:  about(shorterForm),
	messages.ActionQuestion: about(questionForm),
	messages.ActionCut:      about(cutForm),
	messages.ActionLift:     (*Router).liftForm,
	messages.ActionCertify:  (*Router).certifyForm,
	messages.ActionMany:     (*Router).manyForm,
}

// naming is a form for which nothing is read.
func naming(form func(messages.Printer, string) slack.ModalViewRequest) func(*Router, context.Context, messages.Printer, interaction) (slack.ModalViewRequest, string, error) {
	return func(_ *Router, _ context.Context, lang messages.Printer, p interaction) (slack.ModalViewRequest, string, error) {
		return form(lang, p.Actions[0].Value), "", nil
	}
}

// about is a form that shows a request as it is now.
func about(form func(messages.Printer, access.Request) (slack.ModalViewRequest, string)) func(*Router, context.Context, messages.Printer, interaction) (slack.ModalViewRequest, string, error) {
	return func(r *Router, ctx context.Context, lang messages.Printer, p interaction) (slack.ModalViewRequest, string, error) {
		request, err := r.o.Request(ctx, p.Actions[0].Value)
		if err != nil {
			return slack.ModalViewRequest{}, "", err
		}
		view, words := form(lang, request)
		return view, words, nil
	}
}

// openForm is an acknowledgement after which a button has opened its form.
func (r *Router) openForm(d Delivery, p interaction) Ack {
	r.o.Count(p.Type, outcomeAnswered)
	a := p.Actions[0]
	return r.shown(d, p.User.ID, func(ctx context.Context) {
		lang := r.speaking(ctx, p.User.ID)
		view, words, err := formsOf[a.ID](r, ctx, lang, p)
		switch {
		case err != nil:
			r.o.Log.Warn("could not read what a form is about", "button", a.ID, "about", a.Value, "user", p.User.ID, "error", err)
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNoForm))
		case words != "":
			r.say(ctx, p.channel(), p.User.ID, words)
		default:
			r.openNow(ctx, p.Trigger, p.channel(), p.User.ID, view)
		}
	})
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
	if formsOf[a.ID] != nil && validID(a.Value) {
		return r.openForm(d, p), nil
	}
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
	case messages.ActionComment:
		if page := messages.ParseCertifyPage(p.View.Metadata); validID(a.Value) && validID(page.Reviewer) && validID(p.View.ID) {
			return r.commentField(d, p, page), nil
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
