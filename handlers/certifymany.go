package handlers

import (
	"context"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// many opens the form in which a reviewer of a campaign chooses many items at once.
func (r *Router) many(d Delivery, p interaction, reviewer string) Ack {
	return r.shown(d, p.User.ID, func(ctx context.Context) {
		lang := r.speaking(ctx, p.User.ID)
		v, err := r.o.Open(ctx, reviewer, p.User.ID)
		if err != nil {
			r.o.Log.Warn("could not read what somebody is asked in a campaign", "reviewer", reviewer, "user", p.User.ID, "error", err)
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNoForm))
			return
		}
		form, some := messages.ManyForm(lang, v)
		if !some {
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNothingOpen))
			return
		}
		r.openNow(ctx, p.Trigger, p.channel(), p.User.ID, form)
	})
}

// whichOfMany shows which items have been chosen, before anything is said of them.
func (r *Router) whichOfMany(ctx context.Context, d Delivery, p interaction) (Ack, error) {
	which, verdict := p.field(messages.FieldWhich), access.ItemVerdict(p.field(messages.FieldVerdict))
	if !validID(p.View.Metadata) || !validID(p.View.ID) || verdict != access.KeepItem && verdict != access.RevokeItem {
		return r.unknown(d, p.Type, p.View.CallbackID)
	}
	r.o.Count(p.Type, outcomeAnswered)
	return r.turn(ctx, d, p, func(ctx context.Context, lang messages.Printer) (slack.ModalViewRequest, error) {
		v, err := r.o.Open(ctx, p.View.Metadata, p.User.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		form, _ := messages.SureForm(lang, v, which, verdict)
		return form, nil
	}), nil
}
