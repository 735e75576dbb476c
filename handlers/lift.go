package handlers

import (
	"context"

	"github.com/slack-go/slack"

	"airpass/messages"
)

// liftForm is the form in which a cut is lifted, if it holds.
func (r *Router) liftForm(ctx context.Context, lang messages.Printer, p interaction) (view slack.ModalViewRequest, words string, err error) {
	cut, err := r.o.Cut(ctx, p.Actions[0].Value)
	if err == nil && !cut.Denies() {
		words = lang.Say(wordsLifted)
	}
	return messages.LiftForm(lang, cut), words, err
}
