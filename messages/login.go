package messages

import (
	"github.com/slack-go/slack"

	"airpass/access"
)

// Login renders a way in to Airflow that was made for one person, for them alone. What
// notifications and screen readers say has nothing of it.
func Login(p Printer, g access.Grant, l access.Login) Rendered {
	c := &card{p: p}
	lines := []string{p.signsIn(g, l), p.knownAs(l)}
	if l.Busy {
		lines = append(lines, p.Say(textLinkBusy))
	}
	if g.LinkPrivate {
		lines = append(lines, p.Say(textPrivate))
	}
	link := l.URL.Reveal()
	if !sound(link) {
		return Notice(p.Say(textLinkTooLong))
	}
	c.lines(lines...)
	c.buttons(button(ActionOpen, g.RequestID, p.Say(textSignIn), slack.StylePrimary).WithURL(link))
	return Rendered{Text: p.Say(textSignInHere), Blocks: c.blocks}
}
