package handlers

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// certifyForm is the form in which a reviewer of a campaign says whether access is needed,
// about the first items that are open now.
func (r *Router) certifyForm(ctx context.Context, lang messages.Printer, p interaction) (view slack.ModalViewRequest, words string, err error) {
	v, err := r.o.Certification(ctx, p.Actions[0].Value, p.User.ID, "")
	return someOrWords(lang, v, err, messages.CertifyForm)
}

// someOrWords is a form about items, or words if none is open, or if somebody else is asked.
func someOrWords(lang messages.Printer, v messages.Certification, err error, form func(messages.Printer, messages.Certification) (slack.ModalViewRequest, bool)) (view slack.ModalViewRequest, words string, _ error) {
	if errors.Is(err, access.ErrNotAllowed) {
		return view, lang.Say(wordsNotAsked), nil
	}
	if err != nil {
		return view, "", err
	}
	view, some := form(lang, v)
	if !some {
		words = lang.Say(wordsNothingOpen)
	}
	return view, words, nil
}

// certified stores what a reviewer says of the items of a form: one attempt for what they
// decide, and one for what somebody else is to be asked about.
func (r *Router) certified(ctx context.Context, d Delivery, p interaction) (Ack, error) {
	page := messages.ParseCertifyPage(p.View.Metadata)
	if !validID(page.Reviewer) || !validID(p.View.ID) || page.After != "" && !validID(page.After) {
		return r.unknown(d, p.Type, p.View.CallbackID)
	}
	decided, others := p.certifies(page.Reviewer)
	comments := p.comments()
	for item := range comments {
		_, passed := others.Verdicts[item]
		if decided.Verdicts[item] == "" && !passed {
			return r.refusedAt(p, messages.FieldComment+"."+item, r.speaking(ctx, p.User.ID).Say(wordsOnlyComment)), nil
		}
	}
	until, wrong := r.keptUntil(ctx, d, p)
	if wrong != "" {
		return r.refusedAt(p, messages.FieldUntil, wrong), nil
	}
	other := p.field(messages.FieldOther)
	switch n := len(decided.Verdicts) + len(others.Verdicts); {
	case n == 0 && page.Next != "": // they look first, and decide later
		return r.nextPage(ctx, d, p, page), nil
	case n == 0 || n > access.MaxCertified:
		return r.refusedAt(p, messages.FieldReason, r.speaking(ctx, p.User.ID).Say(wordsNothingSaid)), nil
	case len(others.Verdicts) > 0 && !validID(other):
		return r.refusedAt(p, messages.FieldOther, r.speaking(ctx, p.User.ID).Say(wordsNoOther)), nil
	}
	delivery := "view:" + p.View.ID + page.After // the view stays the same from page to page
	var errs []error
	if len(decided.Verdicts) > 0 {
		errs = append(errs, r.record(ctx, d, p.User.ID, p.Type, access.Attempt{Kind: access.AttemptCertify, Target: decided.String(), Reason: p.field(messages.FieldReason),
			Comments: comments, Begins: access.SaysKeptUntil(until), Delivery: delivery}))
	}
	if len(others.Verdicts) > 0 {
		errs = append(errs, r.record(ctx, d, p.User.ID, p.Type, access.Attempt{Kind: access.AttemptDelegate, Target: others.String(), Reason: p.field(messages.FieldReason),
			Comments: comments, Channel: other, Delivery: delivery + ":other"}))
	}
	if err := errors.Join(errs...); err != nil {
		return Ack{Body: fieldError(p.block(messages.FieldReason), r.speaking(ctx, p.User.ID).Say(wordsNotStored))}, err
	}
	if page.Next != "" {
		return r.nextPage(ctx, d, p, page), nil
	}
	return Ack{Body: slack.NewClearViewSubmissionResponse()}, nil
}

// certifies is what is said of the items of a form: what is decided, and about which somebody
// else is to be asked.
func (p interaction) certifies(reviewer string) (decided, others access.Certified) {
	decided = access.Certified{Reviewer: reviewer, Verdicts: map[string]access.ItemVerdict{}, To: map[string]string{}}
	others = access.Certified{Reviewer: reviewer, Verdicts: map[string]access.ItemVerdict{}}
	for item, fields := range p.View.State.Values {
		choice := fields[messages.FieldChoice].Selected
		if choice == nil || !validID(item) {
			continue
		}
		switch v := access.ItemVerdict(choice.Value); v {
		case access.KeepItem, access.RevokeItem:
			decided.Verdicts[item] = v
		case messages.ChoiceDelegate:
			others.Verdicts[item] = ""
		default:
			if to, reduces := strings.CutPrefix(choice.Value, messages.ChoiceReduce); reduces && validTarget(to) {
				decided.Verdicts[item], decided.To[item] = access.ReduceItem, to
			}
		}
	}
	return decided, others
}

// comments are those on single items, by their ids.
func (p interaction) comments() map[string]string {
	all := map[string]string{}
	for block, fields := range p.View.State.Values {
		item, is := messages.CommentedItem(block)
		said := fields[messages.FieldComment].Value
		if !is || !validID(item) || said == nil || strings.TrimSpace(*said) == "" {
			continue
		}
		all[item] = clean(*said)
	}
	return all
}

// commentField is an acknowledgement after which a form has a field for a comment on one more
// item. What is filled in stays.
func (r *Router) commentField(d Delivery, p interaction, page messages.CertifyPage) Ack {
	r.o.Count(p.Type, outcomeAnswered)
	return r.shown(d, p.User.ID, func(ctx context.Context) {
		lang := r.speaking(ctx, p.User.ID)
		v, err := r.o.Certification(ctx, page.Reviewer, p.User.ID, page.After)
		if err == nil {
			turn := r.newest.turn(p.View.ID) // each form has the fields of those before it
			turn.Lock()
			defer turn.Unlock()
			v.Commented = r.commented.also(p.View.ID, p.hasFieldsFor())
			form, some := messages.CertifyForm(lang, v)
			if !some {
				form = messages.CertifyDone(lang)
			}
			err = r.showComment(ctx, p, form)
		}
		if access.ClassOf(err) == access.Conflict {
			r.o.Log.Debug("a form shows something newer", "user", p.User.ID, "error", err)
			return
		}
		if err != nil {
			r.o.Log.Warn("could not show a field for a comment", "view", p.View.ID, "user", p.User.ID, "error", err)
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNoForm))
		}
	})
}

// showComment shows a form in place of the one in which was clicked, or of what became of that
// here by a click before this one. What another replica has made of it meanwhile stays, with
// what was typed there: the error is then a Conflict, and who looks for their field clicks again.
func (r *Router) showComment(ctx context.Context, p interaction, form slack.ModalViewRequest) error {
	hash, err := r.o.Views.UpdateView(ctx, p.View.ID, p.View.Hash, form)
	if was := r.commented.was(p.View.ID); access.ClassOf(err) == access.Conflict && was != "" {
		hash, err = r.o.Views.UpdateView(ctx, p.View.ID, was, form)
	}
	if err == nil {
		r.commented.became(p.View.ID, hash)
	}
	return err
}

// hasFieldsFor are the items on which a form has a field for a comment, or is to have one.
func (p interaction) hasFieldsFor() []string {
	items := []string{p.Actions[0].Value}
	for block := range p.View.State.Values {
		if item, is := messages.CommentedItem(block); is && validID(item) {
			items = append(items, item)
		}
	}
	return items
}

// nextPage turns a form to its next page.
func (r *Router) nextPage(ctx context.Context, d Delivery, p interaction, page messages.CertifyPage) Ack {
	return r.turn(ctx, d, p, func(ctx context.Context, lang messages.Printer) (slack.ModalViewRequest, error) {
		v, err := r.o.Certification(ctx, page.Reviewer, p.User.ID, page.Next)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		form, some := messages.CertifyForm(lang, v)
		if !some {
			form = messages.CertifyDone(lang)
		}
		return form, nil
	})
}

// turn has a form of a campaign show something else. That is too much for an answer, of which
// Slack takes 20 KB: the form says so until it is there.
func (r *Router) turn(ctx context.Context, d Delivery, p interaction, next func(context.Context, messages.Printer) (slack.ModalViewRequest, error)) Ack {
	moment := messages.CertifyNext(r.speaking(ctx, p.User.ID))
	ack := r.shown(d, p.User.ID, func(ctx context.Context) {
		lang := r.speaking(ctx, p.User.ID)
		form, err := next(ctx, lang)
		if err == nil {
			_, err = r.o.Views.UpdateView(ctx, p.View.ID, "", form)
		}
		if err != nil {
			r.o.Log.Warn("could not show what comes next of a campaign", "view", p.View.ID, "user", p.User.ID, "error", err)
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNoForm))
		}
	})
	if ack.After != nil { // else it came before, and what it has turned to may be there
		ack.Body = slack.NewUpdateViewSubmissionResponse(&moment)
	}
	return ack
}

// refusedAt says what is wrong at a field.
func (r *Router) refusedAt(p interaction, field, words string) Ack {
	r.o.Count(p.Type, outcomeRefused)
	return Ack{Body: fieldError(p.block(field), words)}
}

func fieldError(field, words string) any {
	return slack.NewErrorsViewSubmissionResponse(map[string]string{field: words})
}

// keptUntil is until when what is kept in a form is kept: to the end of the day that was chosen,
// where whoever chose it is; zero is for good. wrong is why there is no such day, in words.
func (r *Router) keptUntil(ctx context.Context, d Delivery, p interaction) (until time.Time, wrong string) {
	day := p.field(messages.FieldUntil)
	if day == "" {
		return until, ""
	}
	lang := r.speaking(ctx, p.User.ID)
	ctx, cancel := context.WithTimeout(ctx, readerTime)
	defer cancel()
	zone, err := r.o.Zone(ctx, p.User.ID)
	if err != nil {
		r.o.Log.Warn("could not read in which time zone somebody is", "user", p.User.ID, "error", err)
		return until, lang.Say(wordsNotStored)
	}
	until, is := access.KeptUntil(day, zone, d.ReceivedAt)
	if !is {
		return until, lang.Say(wordsUntilPast)
	}
	return until, ""
}
