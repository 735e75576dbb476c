package messages

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Answer renders what answers a question that somebody typed.
func Answer(q access.Question, o Overview, now time.Time) Rendered {
	c := &card{}
	var title string
	switch q.About {
	case access.AboutMe:
		title = textMyAccess
		c.lines("*" + title + "*")
		c.access(o, now, extendButton, giveBackButton)
	case access.AboutExtend:
		title = textWhatToExtend
		c.lines("*" + title + "*")
		c.access(o, now, extendButton, nil)
	case access.AboutReturn:
		title = textWhatToReturn
		c.lines("*" + title + "*")
		c.access(o, now, nil, giveBackButton)
	case access.AboutStatus:
		title = textMyRequests
		c.lines("*" + title + "*")
		c.requests(o)
	case access.AboutWho:
		title = whoHas(q.Environment)
		c.lines("*" + title + "*")
		c.holders(o, now)
	default:
		return Notice(q.Words)
	}
	if o.Paused {
		c.lines(textPaused)
	}
	return Rendered{Text: title, Blocks: c.blocks}
}

// requestButton makes a button of a request.
type requestButton func(access.Request) *slack.ButtonBlockElement

// access lists what somebody has, with its buttons; nil is none.
func (c *card) access(o Overview, now time.Time, extend, giveBack requestButton) {
	if len(o.Access) == 0 {
		c.lines(nothingHeld(o.Command))
	}
	for _, v := range o.Access {
		c.held(v, now, extend, giveBack)
	}
	c.lines(andMore(o.More))
}

// held shows one thing that somebody has.
func (c *card) held(v View, now time.Time, extend, giveBack requestButton) {
	c.lines(held(v, now))
	g := v.Grant
	var buttons []slack.BlockElement
	if canOpen(v, now) && extend != nil && giveBack != nil {
		buttons = append(buttons, linkButton(v))
	}
	if extend != nil && g.State == access.GrantActive && v.Extension.ID == "" {
		buttons = append(buttons, extend(v.Request))
	}
	if giveBack != nil && (g.State == access.GrantScheduled || g.State.Live()) {
		buttons = append(buttons, giveBack(v.Request))
	}
	if len(buttons) > 0 {
		c.buttons(buttons...)
	}
}

// canOpen says whether there is a link that can be clicked; why not, its card says.
func canOpen(v View, now time.Time) bool {
	g := v.Grant
	if g.State != access.GrantActive || !v.opens() {
		return false
	}
	return g.LinkState == access.LinkReady || g.LinkState == access.LinkWarned || g.LinkState == access.LinkBusy && !now.Before(g.ActiveAt.Add(busyWait))
}

// requests lists what somebody has asked for.
func (c *card) requests(o Overview) {
	if len(o.Requests) == 0 {
		c.lines(nothingAsked(o.Command))
	}
	for _, v := range o.Requests {
		c.lines(askedFor(v))
	}
}

// holders lists who has access to an environment.
func (c *card) holders(o Overview, now time.Time) {
	lines := make([]string, 0, len(o.Holders)+1)
	for _, v := range o.Holders {
		lines = append(lines, holder(v, now))
	}
	if len(lines) == 0 {
		lines = append(lines, textNobodyHas)
	}
	c.lines(append(lines, andMore(o.More))...)
}

// answer sends an answer where the question was asked. Where that cannot be, because
// airpass is no member there, it becomes a direct message.
func (b *Outbox) answer(ctx context.Context, m access.Message, out Outgoing) (access.Message, error) {
	err := b.o.Sender.Ephemeral(ctx, m.Channel, m.To, out)
	if err == nil {
		m.State = access.MessagePosted
		return m, nil
	}
	switch access.ClassOf(err) {
	case access.Missing, access.Denied, access.Rejected:
	default:
		return m, err
	}
	if m, err = b.announce(ctx, m); err != nil {
		return m, err
	}
	return b.post(ctx, m, out)
}

// left is how long something still lasts, in words.
func left(end, now time.Time) string {
	if !now.Before(end) {
		return ""
	}
	return ", " + Spell(roughly(end.Sub(now))) + " left"
}

// roughly leaves out what nobody needs to know of a long time.
func roughly(d time.Duration) time.Duration {
	switch {
	case d >= 48*time.Hour:
		return d.Round(24 * time.Hour)
	case d >= 3*time.Hour:
		return d.Round(time.Hour)
	case d >= time.Hour:
		return d.Round(15 * time.Minute)
	}
	return d.Round(time.Minute)
}
