package messages

import (
	"github.com/slack-go/slack"

	"airpass/access"
)

// Login renders a way in to Airflow that was made for one person, for them alone. What
// notifications and screen readers say has nothing of it.
func Login(g access.Grant, l access.Login) Rendered {
	c := &card{}
	lines := []string{signsIn(g, l), knownAs(l)}
	if l.Busy {
		lines = append(lines, textLinkBusy)
	}
	if g.LinkPrivate {
		lines = append(lines, textPrivate)
	}
	link := l.URL.Reveal()
	if !sound(link) {
		return Notice(textLinkTooLong)
	}
	c.lines(lines...)
	c.buttons(button(ActionOpen, g.RequestID, textSignIn, slack.StylePrimary).WithURL(link))
	return Rendered{Text: textSignInHere, Blocks: c.blocks}
}
