package messages

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Answer renders what answers a question that somebody typed.
func Answer(q access.Question, o Overview, now time.Time) Rendered {
	c := &card{p: o.Reader}
	var title string
	switch q.About {
	case access.AboutMe:
		title = c.p.Say(textMyAccess)
		c.lines("*" + title + "*")
		c.access(o, now, c.p.extendButton, c.p.giveBackButton)
	case access.AboutExtend:
		title = c.p.Say(textWhatToExtend)
		c.lines("*" + title + "*")
		c.access(o, now, c.p.extendButton, nil)
	case access.AboutReturn:
		title = c.p.Say(textWhatToReturn)
		c.lines("*" + title + "*")
		c.access(o, now, nil, c.p.giveBackButton)
	case access.AboutStatus:
		title = c.p.Say(textMyRequests)
		c.lines("*" + title + "*")
		c.requests(o)
	case access.AboutWho:
		title = c.p.whoHas(q.Environment)
		c.lines("*" + title + "*")
		c.holders(o, now)
	case access.AboutSame:
		title = clipEscaped(q.Words, sectionText)
		c.same(q.Words, o)
	case access.AboutHeld:
		title = clipEscaped(q.Words, sectionText)
		c.moreInstead(q, o, now)
	default:
		return Notice(q.Words)
	}
	if o.Paused {
		c.lines(c.p.Say(textPaused))
	}
	return Rendered{Text: title, Blocks: c.blocks}
}

// same shows the request that waits already, and where the message about it is.
func (c *card) same(words string, o Overview) {
	c.blocks = append(c.blocks, plainSection(words))
	c.requests(o)
	var buttons []slack.BlockElement
	for _, v := range o.Requests {
		if sound(o.Link) {
			buttons = append(buttons, button(ActionOpen, v.Request.ID, c.p.Say(textShowMessage), slack.StyleDefault).WithURL(o.Link))
		}
		if v.Request.State == access.RequestPending {
			buttons = append(buttons, c.p.cancelButton(v.Request))
		}
	}
	if len(buttons) > 0 {
		c.buttons(buttons...)
	}
}

// moreInstead shows what somebody has who has asked for it once more, and offers to have it
// for longer, with what they have said.
func (c *card) moreInstead(q access.Question, o Overview, now time.Time) {
	c.blocks = append(c.blocks, plainSection(q.Words))
	for _, v := range o.Access {
		c.lines(c.p.held(v, now))
		c.buttons(button(ActionInstead, q.Attempt, c.p.Say(textAskMore, c.p.Spell(o.Asked.Duration)), slack.StylePrimary))
		if v.Request.Target.MaxContinuous == 0 {
			c.lines(c.p.Say(textBeside, clipEscaped(o.Command, 40)))
		}
	}
}

// requestButton makes a button of a request.
type requestButton func(access.Request) *slack.ButtonBlockElement

// access lists what somebody has, with its buttons; nil is none.
func (c *card) access(o Overview, now time.Time, extend, giveBack requestButton) {
	if len(o.Access) == 0 {
		c.lines(c.p.nothingHeld(o.Command))
	}
	for _, v := range o.Access {
		c.held(v, now, extend, giveBack)
	}
	c.lines(c.p.andMore(o.More))
}

// held shows one thing that somebody has.
func (c *card) held(v View, now time.Time, extend, giveBack requestButton) {
	c.lines(c.p.held(v, now))
	g := v.Grant
	var buttons []slack.BlockElement
	if canOpen(v, now) && extend != nil && giveBack != nil {
		buttons = append(buttons, c.p.linkButton(v))
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
		c.lines(c.p.nothingAsked(o.Command))
	}
	for _, v := range o.Requests {
		c.lines(c.p.askedFor(v))
	}
}

// holders lists who has access to an environment.
func (c *card) holders(o Overview, now time.Time) {
	lines := make([]string, 0, len(o.Holders)+1)
	for _, v := range o.Holders {
		lines = append(lines, c.p.holder(v, now))
	}
	if len(lines) == 0 {
		lines = append(lines, c.p.Say(textNobodyHas))
	}
	c.lines(append(lines, c.p.andMore(o.More))...)
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
