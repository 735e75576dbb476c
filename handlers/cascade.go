package handlers

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// soon is how long a form that somebody has open waits for what is being found out before
// it shows what is configured, wall time.
const soon = 400 * time.Millisecond

// ask is an acknowledgement after which the request form is opened with what somebody has
// said, and completed when it is found out what they may ask for and what they have.
func (r *Router) ask(d Delivery, trigger, channel, user string, a messages.Asked) Ack {
	targets := r.o.Targets()
	if len(targets) == 0 {
		return r.tell(d, channel, user, wordsNoTargets)
	}
	s := shownForm{user: user, form: messages.AskForm{Asked: a, Targets: targets}}
	ack := r.shown(d, user, func(ctx context.Context) {
		s.shows = messages.RequestForm(r.speaking(ctx, s.user), s.form)
		s.id, s.hash = r.openNow(ctx, trigger, channel, user, s.shows)
	})
	if r.o.Prospect == nil {
		return ack
	}
	ack.Later = func(ctx context.Context) {
		if !validID(s.id) { // it was not opened, or not by us
			return
		}
		s.form = s.form.Settled()
		s.form.Blocks = map[string]string{messages.FieldEnvironment: messages.FieldEnvironment, messages.FieldRole: messages.FieldRole, messages.FieldDuration: messages.FieldDuration}
		r.complete(ctx, &s, r.find(ctx, s, true))
	}
	return ack
}

// asking says whether something was done in the request form.
func (p interaction) asking() bool {
	return p.View.CallbackID == messages.CallbackAsk && validID(p.View.ID)
}

// chosen has the request form follow what was chosen in it: at once what is configured,
// and when it is found out the rest.
func (r *Router) chosen(d Delivery, p interaction) Ack {
	r.o.Count(p.Type, outcomeAnswered)
	at := p.Actions[0].At
	if !r.newest.is(p.View.ID, at) || !r.recent.first(d.ID) {
		return Ack{}
	}
	s := shownForm{user: p.User.ID, id: p.View.ID, hash: p.View.Hash, at: at, form: messages.AskForm{Asked: p.asked(), Targets: r.o.Offered(p.User.ID), Blocks: p.blocks()}}
	return Ack{Later: func(ctx context.Context) {
		if r.o.Prospect == nil {
			r.show(ctx, &s, messages.RequestForm(r.speaking(ctx, s.user), s.form))
			return
		}
		found := make(chan *access.Prospect, 1)
		go func() { found <- r.find(ctx, s, false) }()
		select {
		case prospect := <-found:
			r.complete(ctx, &s, prospect)
		case <-time.After(soon):
			if r.show(ctx, &s, messages.RequestForm(r.speaking(ctx, s.user), s.form)) {
				r.complete(ctx, &s, <-found)
			}
		}
	}}
}

// shownForm is a request form in front of somebody.
type shownForm struct {
	user, id, hash, at string
	form               messages.AskForm
	shows              slack.ModalViewRequest
}

// find finds out what the form is to say; nil if that cannot be found out now: what is
// offered is judged when it is asked for, as ever.
func (r *Router) find(ctx context.Context, s shownForm, anew bool) *access.Prospect {
	settled := s.form.Settled()
	choice := access.Choice{Duration: settled.Duration, Start: settled.Start}
	if t, is := settled.Target(); is {
		choice.Target = t.ID
	}
	p, err := r.o.Prospect(ctx, s.user, choice, anew)
	switch {
	case errors.Is(err, access.ErrUnavailable): // which is known, and said where it matters
		r.o.Log.Debug("a form goes without what a directory would say", "user", s.user, "error", err)
		return nil
	case err != nil:
		r.o.Log.Warn("a form goes without what could be found out", "user", s.user, "error", err)
		return nil
	}
	return &p
}

// complete shows what was found out.
func (r *Router) complete(ctx context.Context, s *shownForm, p *access.Prospect) {
	if p == nil {
		r.show(ctx, s, messages.RequestForm(r.speaking(ctx, s.user), s.form))
		return
	}
	s.form.Targets = p.Targets
	settled := s.form.Settled()
	if t, is := settled.Target(); is && t.ID != p.Target { // there is only one left to choose
		if one := r.find(ctx, *s, false); one != nil {
			p = one
		}
	}
	form := s.form
	form.Prospect = p
	r.show(ctx, s, messages.RequestForm(r.speaking(ctx, s.user), form))
}

// show replaces what a form shows; false if that came to nothing, or if somebody has chosen
// something else since, which has the form follow by itself.
func (r *Router) show(ctx context.Context, s *shownForm, view slack.ModalViewRequest) bool {
	turn := r.newest.turn(s.id)
	turn.Lock()
	defer turn.Unlock()
	if !r.newest.still(s.id, s.at) {
		return false
	}
	if reflect.DeepEqual(view, s.shows) {
		return true
	}
	hash, err := r.o.Views.UpdateView(ctx, s.id, s.hash, view)
	if err != nil && access.ClassOf(err) == access.Conflict && s.at != "" && r.newest.still(s.id, s.at) {
		// What it shows is of a choice before this one.
		hash, err = r.o.Views.UpdateView(ctx, s.id, "", view)
	}
	switch {
	case err == nil:
		s.hash, s.shows = hash, view
		return true
	case access.ClassOf(err) == access.Missing || access.ClassOf(err) == access.Conflict:
		r.o.Log.Debug("a form is closed, or shows something newer", "user", s.user, "error", err)
	default:
		r.o.Log.Warn("a form could not be changed", "user", s.user, "error", err)
	}
	return false
}

// extendInstead is an acknowledgement after which the request form has become one in which
// more time is asked for, with what was filled in.
func (r *Router) extendInstead(d Delivery, p interaction, a action) Ack {
	r.newest.is(p.View.ID, a.At)
	return r.shown(d, p.User.ID, func(ctx context.Context) {
		view := messages.ExtendForm(r.speaking(ctx, p.User.ID), a.Value, r.o.Targets(), p.asked())
		if _, err := r.o.Views.UpdateView(ctx, p.View.ID, "", view); err != nil {
			r.o.Log.Warn("could not open a form", "form", view.CallbackID, "user", p.User.ID, "error", err)
			r.say(ctx, p.channel(), p.User.ID, r.speaking(ctx, p.User.ID).Say(wordsNoForm))
		}
	})
}

// asked is what is filled into the request form so far.
func (p interaction) asked() messages.Asked {
	a := messages.Asked{Environment: p.field(messages.FieldEnvironment), Role: p.field(messages.FieldRole),
		Reason: p.field(messages.FieldReason), Start: p.moment(messages.FieldStart)}
	a.Duration, _ = time.ParseDuration(p.field(messages.FieldDuration))
	return a
}

// blocks are the ids of the fields as they are shown.
func (p interaction) blocks() map[string]string {
	all := map[string]string{}
	for _, field := range []string{messages.FieldEnvironment, messages.FieldRole, messages.FieldDuration} {
		all[field] = p.block(field)
	}
	return all
}
