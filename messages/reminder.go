package messages

import (
	"context"
	"time"

	"airpass/access"
)

// Reminder renders what reminds somebody that their access ends soon. What becomes of the
// access later it says too, without its button.
func Reminder(v View, now time.Time) Rendered {
	c := &card{p: v.Reader}
	g := v.Grant
	headline := c.p.Say(textEndsSoon)
	if g.State != access.GrantActive || v.Extension.ID != "" || !now.Before(g.EndAt) {
		headline = c.p.headlineOf(v)
		c.lines(headline, "*"+c.p.what(v.Request.Target)+"*", c.p.goesOn(v))
		return c.rendered(v.Request, headline)
	}
	c.lines(headline, "*"+c.p.what(v.Request.Target)+"*: "+c.p.until(g))
	if v.MoreTime {
		c.lines(c.p.Say(textEndsSoonSays))
		c.buttons(c.p.extendButton(v.Request))
	} else {
		c.lines(c.p.Say(textNoMoreTime))
	}
	return c.rendered(v.Request, headline)
}

// moreTime says whether a grant can be made longer: its target is there and is not used up
// by the chain of which it is the newest. Whether more is given is decided when it is asked for.
func (b *Outbox) moreTime(ctx context.Context, v View) (bool, error) {
	if b.o.Target == nil {
		return true, nil
	}
	t, there := b.o.Target(v.Grant.Target.ID)
	if !there || !t.OpensTheSame(v.Grant.Target) {
		return false, nil
	}
	if t.MaxContinuous == 0 {
		return true, nil
	}
	began, base := v.Grant.StartAt, v.Request.Extends
	for base != "" {
		g, err := b.o.Store.Grant(ctx, base)
		if err != nil {
			return false, err
		}
		r, err := b.o.Store.Request(ctx, g.RequestID)
		if err != nil {
			return false, err
		}
		began, base = g.StartAt, r.Extends
	}
	return t.MaxContinuous-v.Grant.EndAt.Sub(began) >= max(t.Policy.MinDuration, access.Shortest), nil
}
