package handlers

import (
	"html"
	"regexp"
	"strings"

	"airpass/messages"
)

// shortcut opens the request form. One that was used on a message takes its text for the
// reason; whoever asks reads it before they send it.
// See https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload.
func (r *Router) shortcut(d Delivery, p interaction) (Ack, error) {
	var a messages.Asked
	switch p.CallbackID {
	case messages.ShortcutAsk:
	case messages.ShortcutAskAbout:
		a.Reason = readable(p.Message.Text)
	default:
		return r.unknown(d, p.Type, p.CallbackID)
	}
	r.o.Count(p.Type, outcomeAnswered)
	return r.ask(d, p.Trigger, p.channel(), p.User.ID, a), nil
}

// marks are what Slack writes for links, people, channels and mentions, with or without
// the words that are shown for them.
// See https://docs.slack.dev/messaging/formatting-message-text.
var marks = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// readable is the text of a message as people read it.
func readable(text string) string {
	text = marks.ReplaceAllStringFunc(clean(text), func(mark string) string {
		parts := marks.FindStringSubmatch(mark)
		to, shown := parts[1], parts[2]
		switch {
		case shown == "" || shown == to:
			return strings.TrimPrefix(to, "!")
		case strings.HasPrefix(to, "#"):
			return "#" + shown
		case strings.HasPrefix(to, "@"), strings.HasPrefix(to, "!"):
			return shown
		}
		return shown + " (" + to + ")"
	})
	return strings.TrimSpace(html.UnescapeString(text))
}
