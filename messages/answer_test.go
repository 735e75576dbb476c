package messages_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/messages"
)

func TestAnswersReadAsTheyDid(t *testing.T) {
	t.Parallel()
	now := noon.Add(10 * time.Minute)
	held := []messages.View{active(nil), given(access.GrantProvisioning, nil), given(access.GrantScheduled, nil),
		active(func(v *messages.View) {
			v.Grant.State, v.Grant.EndReason, v.Overdue = access.GrantRevoking, access.EndExpired, true
			v.Grant.Subject.Name = "Eve <!channel> *x*"
		}),
		active(func(v *messages.View) { v.Grant.LinkState = access.LinkHeld })}
	denied := decided(access.RequestDenied)
	everything := messages.Overview{Command: "/airflow", Access: held, Holders: held, More: 3, Requests: []messages.View{pending(), denied, active(nil)}, Paused: true}
	held1 := messages.Overview{Command: "/airflow", Access: held[:1], Asked: access.Attempt{ID: "a7", Duration: 90 * time.Minute}}
	again := messages.Overview{Command: "/airflow", Requests: []messages.View{pending()}, Link: "https://example.slack.com/archives/D1/p1"}
	golden(t, "answer-held", messages.Answer(access.Question{About: access.AboutHeld, Words: "Your request was not made: <!here>", Attempt: "a7"}, held1, now))
	golden(t, "answer-same", messages.Answer(access.Question{About: access.AboutSame, Words: "Your request was not made: <!here>"}, again, now))
	nothing := messages.Overview{Command: "/airflow"}
	for _, about := range []access.Topic{access.AboutMe, access.AboutStatus, access.AboutExtend, access.AboutReturn, access.AboutWho} {
		q := access.Question{About: about, Environment: "prod<&>"}
		golden(t, "answer-"+string(about), messages.Answer(q, everything, now))
		golden(t, "answer-"+string(about)+"-nothing", messages.Answer(q, nothing, now))
	}
	golden(t, "answer-notice", messages.Answer(access.Question{Words: "Your request was not made: <!here>"}, nothing, now))
}
