package messages

import (
	"context"
	"time"

	"airpass/access"
)

// Reminder renders what reminds somebody that their access ends soon. What becomes of the
// access later it says too, without its button.
func Reminder(v View, now time.Time) Rendered {
	c := &card{}
	g := v.Grant
	headline := textEndsSoon
	if g.State != access.GrantActive || v.Extension.ID != "" || !now.Before(g.EndAt) {
		headline = headlineOf(v)
		c.lines(headline, "*"+what(v.Request.Target)+"*", goesOn(v))
		return c.rendered(v.Request, headline)
	}
	c.lines(headline, "*"+what(v.Request.Target)+"*: "+until(g))
	if v.MoreTime {
		c.lines(textEndsSoonSays)
		c.buttons(extendButton(v.Request))
	} else {
		c.lines(textNoMoreTime)
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
