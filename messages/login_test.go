package messages_test

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/messages"
)

// wayIn is a login that was made for Ada just now.
func wayIn(change func(*access.Login)) access.Login {
	l := access.Login{URL: "https://0a1b.c7.airflow.eu-west-1.on.aws/aws_mwaa/aws-console-sso?login=true#very-secret", Ends: noon.Add(time.Minute),
		AirflowIdentity: "assumed-role/airpass-login/ada@example.com", IAMIdentity: "assumed-role/airpass-login/ada@example.com"}
	if change != nil {
		change(&l)
	}
	return l
}

func TestAWayInReadsAsItDid(t *testing.T) {
	t.Parallel()
	g := active(nil).Grant
	golden(t, "login", messages.Login(messages.Printer{}, g, wayIn(nil)))
	g.LinkPrivate = true
	golden(t, "login-private-busy", messages.Login(messages.Printer{}, g, wayIn(func(l *access.Login) { l.Busy, l.AirflowIdentity = true, "<!channel> *x*" })))
}

// A way in is in its button and nowhere else; one that Slack does not take is not shown at all.
func TestAWayInIsInItsButtonAlone(t *testing.T) {
	t.Parallel()
	g := active(nil).Grant
	shown := messages.Login(messages.Printer{}, g, wayIn(nil))
	if text := readable(t, shown); strings.Count(text, "very-secret") != 1 || strings.Contains(shown.Text, "very-secret") {
		t.Error(text)
	}
	long := messages.Login(messages.Printer{}, g, wayIn(func(l *access.Login) { l.URL += access.OneTime(strings.Repeat("x", 3000)) }))
	if text := readable(t, long); strings.Contains(text, "very-secret") || !strings.Contains(text, "There is no link") {
		t.Error(text)
	}
}

// A card of an instant link has nothing of a link in it: not the portal's either.
func TestAnInstantLinkIsNotOnTheCard(t *testing.T) {
	t.Parallel()
	v := active(func(v *messages.View) { v.Instant = true })
	for name, r := range map[string]messages.Rendered{"card": messages.Requester(v, noon.Add(10*time.Minute)),
		"home": messages.Home(messages.HomeView{Access: messages.Part{Views: []messages.View{v}}}, noon.Add(10*time.Minute)),
		"me":   messages.Answer(access.Question{About: access.AboutMe}, messages.Overview{Access: []messages.View{v}}, noon.Add(10*time.Minute))} {
		if text := readable(t, r); strings.Contains(text, "https://") || !strings.Contains(text, "button request.login 01REQ") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
