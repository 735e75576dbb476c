package messages_test

import (
	"strings"
	"testing"

	"airpass/access"
	"airpass/messages"
)

// A card links the ticket that the reason names, and nothing else that is written there.
func TestTheTicketIsLinked(t *testing.T) {
	t.Parallel()
	v := pending()
	v.Request.Target.Policy.Reason = access.ReasonRule{Ticket: `DATA-\S+`, TicketLink: "https://tickets.example.com/t?a=1&id={ticket}"}
	for reason, want := range map[string]string{
		"see DATA-12 please":  "<https://tickets.example.com/t?a=1&amp;id=DATA-12|DATA-12>",
		"DATA-<!channel>|x>y": "<https://tickets.example.com/t?a=1&amp;id=DATA-%3C%21channel%3E%7Cx%3Ey|",
		"no ticket":           "",
	} {
		v.Request.Reason = reason
		for name, r := range map[string]messages.Rendered{"requester": messages.Requester(v, noon), "channel": messages.Channel(v, noon)} {
			text := readable(t, r)
			if linked := strings.Contains(text, "Ticket: <https"); linked != (want != "") || !strings.Contains(text, want) {
				t.Errorf("%s, %q:\n%s", name, reason, text)
			}
			if _, after, _ := strings.Cut(text, "Ticket: <"); strings.Contains(strings.SplitN(after, "\n", 2)[0], "<!") {
				t.Errorf("%s, %q calls somebody:\n%s", name, reason, text)
			}
		}
	}
}
