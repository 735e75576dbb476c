package handlers

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/internal/nearest"
	"airpass/messages"
)

// reply is the acknowledgement of a slash command: words that only the person sees.
type reply struct {
	Type string `json:"response_type"`
	Text string `json:"text"`
}

func words(text string) Ack { return marked(messages.Escape(text)) }

// marked is words with markup of our own.
func marked(text string) Ack { return Ack{Body: reply{Type: "ephemeral", Text: text}} }

// verbs are what can be said behind the command.
func verbs() []string {
	return []string{"request", "me", "status", "extend", "return", "who", "break-glass", "help"}
}

// command does what somebody typed: it opens the request form, helps, or stores what is
// asked for.
func (r *Router) command(ctx context.Context, d Delivery) (Ack, error) {
	p, err := decodeSlash(d.Payload)
	if err != nil {
		r.o.Count(KindCommand, outcomeMalformed)
		return Ack{}, err
	}
	if !r.ours(p.Team) || !validID(p.User) {
		r.o.Count(KindCommand, outcomeRefused)
		r.o.Log.Warn("refused: not a person of this workspace", "type", KindCommand, "team", shorten(p.Team), "user", shorten(p.User))
		return words(r.speaking(ctx, "").Say(wordsWrongTeam)), nil
	}
	if p.Command != r.o.Command() {
		return r.answer(words(wordsOtherCommand(r.speaking(ctx, p.User), r.o.Command()))), nil
	}
	verb, rest, _ := strings.Cut(strings.TrimSpace(clean(p.Text)), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(verb) {
	case "", "request":
		return r.request(ctx, d, p, rest)
	case "me", "status":
		return r.note(ctx, d, p, access.Attempt{Kind: access.AttemptTell, Target: strings.ToLower(verb)}, Ack{})
	case "who":
		return r.who(ctx, d, p, rest)
	case "extend":
		return r.extend(ctx, d, p, rest)
	case "return":
		return r.giveBack(ctx, d, p, rest)
	case "break-glass":
		return r.breakGlass(ctx, d, p), nil
	case "help":
		return r.answer(marked(wordsHelp(r.speaking(ctx, p.User), r.o.Command()))), nil
	}
	return r.answer(marked(r.misread(r.speaking(ctx, p.User), verb))), nil
}

// breakGlass opens the form of what may be taken at once.
func (r *Router) breakGlass(ctx context.Context, d Delivery, p slash) Ack {
	r.o.Count(KindCommand, outcomeAnswered)
	lang := r.speaking(ctx, p.User)
	form, some := messages.BreakGlassForm(lang, r.o.Targets())
	if !some {
		return words(lang.Say(wordsNoGlass))
	}
	return r.open(d, p.Trigger, p.Channel, p.User, func(messages.Printer) slack.ModalViewRequest { return form })
}

// answer counts a command that is answered at once.
func (r *Router) answer(a Ack) Ack {
	r.o.Count(KindCommand, outcomeAnswered)
	return a
}

// misread says what was not understood, and what may have been meant.
func (r *Router) misread(lang messages.Printer, verb string) string {
	command := messages.Escape(r.o.Command())
	if near, is := nearest.Word(verb, verbs()); is {
		return wordsDidYouMean(lang, command, near)
	}
	return lang.Say(wordsNotUnderstood) + "\n" + wordsHelp(lang, r.o.Command())
}

// note stores what a command asks for; who typed it reads the acknowledgement.
func (r *Router) note(ctx context.Context, d Delivery, p slash, a access.Attempt, ack Ack) (Ack, error) {
	if validID(p.Channel) {
		a.Channel = p.Channel
	}
	if err := r.record(ctx, d, p.User, KindCommand, a); err != nil {
		return words(r.speaking(ctx, p.User).Say(wordsNotStored)), err
	}
	return ack, nil
}

// request stores what was said if it is complete and may be asked for, and else opens the
// form with what was understood.
func (r *Router) request(ctx context.Context, d Delivery, p slash, text string) (Ack, error) {
	targets := r.o.Targets()
	if len(targets) == 0 {
		return r.answer(words(r.speaking(ctx, p.User).Say(wordsNoTargets))), nil
	}
	lang := r.speaking(ctx, p.User)
	s := understand(text, targets)
	doubt := s.doubt(lang, targets)
	if a, wrong := asked(lang, s.filledIn(), targets, d.ReceivedAt); doubt == "" && len(wrong) == 0 && validID(p.Channel) {
		return r.note(ctx, d, p, a, words(wordsAsked(lang, a)))
	}
	if s.Note = doubt; doubt == "" {
		s.Note = s.tooLong(lang, targets)
	}
	r.o.Count(KindCommand, outcomeAnswered)
	return r.ask(d, p.Trigger, p.Channel, p.User, s.Asked), nil
}

// who asks who has access to an environment.
func (r *Router) who(ctx context.Context, d Delivery, p slash, text string) (Ack, error) {
	known := keys(r.o.Targets())
	if len(known) == 0 {
		return r.answer(words(r.speaking(ctx, p.User).Say(wordsNoTargets))), nil
	}
	at := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, text) })
	if at < 0 {
		return r.answer(words(wordsWhichEnvironment(r.speaking(ctx, p.User), text, r.o.Command(), known))), nil
	}
	return r.note(ctx, d, p, access.Attempt{Kind: access.AttemptTell, Target: string(access.AboutWho), Reason: known[at]}, Ack{})
}

// extend asks for more time, or which access it is to be for.
func (r *Router) extend(ctx context.Context, d Delivery, p slash, text string) (Ack, error) {
	targets := r.o.Targets()
	s := understand(text, targets)
	if s.Environment == "" || s.Duration == 0 || s.Reason == "" || !s.clear() {
		return r.note(ctx, d, p, access.Attempt{Kind: access.AttemptTell, Target: string(access.AboutExtend)}, Ack{})
	}
	a := access.Attempt{Kind: access.AttemptExtend, Target: s.named(), Duration: s.Duration, Reason: s.Reason}
	return r.note(ctx, d, p, a, words(wordsExtending(r.speaking(ctx, p.User), a)))
}

// giveBack gives back what is named, or asks which access it is to be.
func (r *Router) giveBack(ctx context.Context, d Delivery, p slash, text string) (Ack, error) {
	targets := r.o.Targets()
	s := understand(text, targets)
	if s.Environment == "" || s.Duration != 0 || !s.clear() {
		return r.note(ctx, d, p, access.Attempt{Kind: access.AttemptTell, Target: string(access.AboutReturn)}, Ack{})
	}
	a := access.Attempt{Kind: access.AttemptCancel, Target: s.named()}
	return r.note(ctx, d, p, a, words(wordsGivingBack(r.speaking(ctx, p.User), a)))
}

// named is the target that was said, or only its environment.
func (s said) named() string {
	if s.Role == "" {
		return s.Environment
	}
	return access.TargetID(s.Environment, access.Role(s.Role))
}

// keys are the environments that can be asked for.
func keys(targets []access.Target) []string {
	var all []string
	for _, t := range targets {
		all = append(all, t.Environment.Key)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
