package handlers

import (
	"strings"

	"github.com/slack-go/slack"

	"airpass/messages"
)

// reply is the acknowledgement of a slash command: words that only the person sees.
type reply struct {
	Type string `json:"response_type"`
	Text string `json:"text"`
}

func words(text string) Ack { return Ack{Body: reply{Type: "ephemeral", Text: messages.Escape(text)}} }

// command opens the request form, or helps.
func (r *Router) command(d Delivery) (Ack, error) {
	p, err := decodeSlash(d.Payload)
	if err != nil {
		r.o.Count(KindCommand, outcomeMalformed)
		return Ack{}, err
	}
	if !r.ours(p.Team) || !validID(p.User) {
		r.o.Count(KindCommand, outcomeRefused)
		r.o.Log.Warn("refused: not a person of this workspace", "type", KindCommand, "team", shorten(p.Team), "user", shorten(p.User))
		return words(wordsWrongTeam), nil
	}
	r.o.Count(KindCommand, outcomeAnswered)
	targets := r.o.Targets()
	switch text := strings.ToLower(strings.TrimSpace(p.Text)); {
	case p.Command != r.o.Command():
		return words(wordsOtherCommand(r.o.Command())), nil
	case text != "":
		return helpFor(text, r.o.Command()), nil
	case len(targets) == 0:
		return words(wordsNoTargets), nil
	}
	form := func() slack.ModalViewRequest { return messages.RequestForm(targets) }
	return r.open(d, p.Trigger, p.Channel, p.User, form), nil
}

// helpFor is the help, which begins with what was not understood unless it was
// asked for.
func helpFor(text, command string) Ack {
	body := reply{Type: "ephemeral", Text: wordsHelp(command)}
	if text != "help" {
		body.Text = wordsNotUnderstood + "\n" + body.Text
	}
	return Ack{Body: body}
}
