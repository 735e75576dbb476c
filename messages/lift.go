package messages

import (
	"github.com/slack-go/slack"

	"airpass/access"
)

// liftsShown is how many cuts have the button that lifts them; others are listed, and lifted
// at the command line.
const liftsShown = 5

// cuts are those whose sessions are cut, what was cut first comes first, each with the button
// that lifts it.
func (c *card) cuts(all []access.Cut) {
	for _, cut := range all[:min(len(all), liftsShown)] {
		if !cut.Denies() {
			c.lines(c.p.Say(textCutsLift, c.p.whose(cut.Subject), Escape(cut.Target.PermissionSetName)))
			continue
		}
		c.lines(c.p.cutLine(cut))
		c.buttons(button(ActionLift, cut.ID, c.p.Say(textLift), slack.StyleDefault))
	}
	c.lines(c.p.andMore(len(all) - liftsShown))
}

// cutWords is how much of why somebody's sessions are cut, and by whom, is shown.
const cutWords = 300

func (p Printer) cutLine(cut access.Cut) string {
	line := p.Say(textCutsHold, p.whose(cut.Subject), Escape(cut.Target.PermissionSetName), when(cut.CreatedAt), when(cut.LiftAt))
	if cut.Reason != "" {
		line += "\n" + clipEscaped(cut.Reason, cutWords)
	}
	return line
}

// LiftForm is the modal that asks why a cut is lifted, and says what comes of that.
func LiftForm(p Printer, cut access.Cut) slack.ModalViewRequest {
	m := p.modal(CallbackLift, p.Say(textLiftTitle), p.Say(textLiftYes), section(p.cutLine(cut)), section(p.Say(textLiftText)),
		input(FieldReason, p.Say(textWhy), reasonField(p.Say(textDenyHint))))
	m.PrivateMetadata = cut.ID
	return m
}
