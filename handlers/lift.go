package handlers

import (
	"context"

	"airpass/messages"
)

// lift opens the form in which a cut is lifted, if it holds.
func (r *Router) lift(d Delivery, p interaction) Ack {
	return r.shown(d, p.User.ID, func(ctx context.Context) {
		lang := r.speaking(ctx, p.User.ID)
		cut, err := r.o.Cut(ctx, p.Actions[0].Value)
		switch {
		case err != nil:
			r.o.Log.Warn("could not read the cut that a form is about", "cut", p.Actions[0].Value, "user", p.User.ID, "error", err)
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNoForm))
		case !cut.Denies():
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsLifted))
		default:
			r.openNow(ctx, p.Trigger, p.channel(), p.User.ID, messages.LiftForm(lang, cut))
		}
	})
}
