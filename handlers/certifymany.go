package handlers

import (
	"context"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// manyForm is the form in which a reviewer of a campaign chooses many items at once.
func (r *Router) manyForm(ctx context.Context, lang messages.Printer, p interaction) (view slack.ModalViewRequest, words string, err error) {
	v, err := r.o.Open(ctx, p.Actions[0].Value, p.User.ID)
	return someOrWords(lang, v, err, messages.ManyForm)
}

// whichOfMany shows which items have been chosen, before anything is said of them.
func (r *Router) whichOfMany(ctx context.Context, d Delivery, p interaction) (Ack, error) {
	which, verdict := p.field(messages.FieldWhich), access.ItemVerdict(p.field(messages.FieldVerdict))
	if !validID(p.View.Metadata) || !validID(p.View.ID) || verdict != access.KeepItem && verdict != access.RevokeItem && verdict != access.ReduceItem {
		return r.unknown(d, p.Type, p.View.CallbackID)
	}
	until, wrong := r.keptUntil(ctx, d, p)
	switch {
	case wrong != "":
		return r.refusedAt(p, messages.FieldUntil, wrong), nil
	case !until.IsZero() && verdict != access.KeepItem:
		return r.refusedAt(p, messages.FieldUntil, r.speaking(ctx, p.User.ID).Say(wordsUntilKept)), nil
	}
	r.o.Count(p.Type, outcomeAnswered)
	return r.turn(ctx, d, p, func(ctx context.Context, lang messages.Printer) (slack.ModalViewRequest, error) {
		v, err := r.o.Open(ctx, p.View.Metadata, p.User.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		form, _ := messages.SureForm(lang, v, access.CertifiedMany{Verdict: verdict, Until: until, Choice: which})
		return form, nil
	}), nil
}
