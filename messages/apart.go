package messages

import (
	"fmt"
	"strings"
	"time"

	"airpass/access"
)

// namesakes says that somebody else is called like the requester, and who is who.
func (p Printer) namesakes(v View) string {
	var others []string
	for _, o := range v.Namesakes {
		others = append(others, p.apart(o))
	}
	if len(others) == 0 {
		return ""
	}
	return clip(p.Say(textNamesake, p.apart(v.Request.Subject), strings.Join(others, "; ")), 2000)
}

// apart is somebody by what tells them from others of their name.
func (p Printer) apart(of access.Person) string {
	var more []string
	for _, w := range []string{of.Email, of.Login, of.Title} {
		if strings.TrimSpace(w) != "" && (len(more) == 0 || !strings.EqualFold(w, of.Email)) {
			more = append(more, clipEscaped(w, 120))
		}
	}
	if len(more) == 0 {
		return p.whose(of)
	}
	return p.whose(of) + " (" + strings.Join(more, ", ") + ")"
}

// outsideHours says that access would begin outside of the target's working hours, were it
// approved now. The card reads differently once they begin or end.
func (c *card) outsideHours(r access.Request, now time.Time) string {
	h := r.Target.Hours
	if h == nil {
		return ""
	}
	start := now
	if r.StartAt.After(now) {
		start = r.StartAt
	} else if next := h.Next(now); !next.IsZero() && (c.again.IsZero() || next.Before(c.again)) {
		c.again = next
	}
	if h.Within(start) {
		return ""
	}
	return c.p.Say(textOutsideHours, clock(h.From), clock(h.To), h.Zone, when(start))
}

// clock writes minutes since midnight as a time of day.
func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
