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
	nothing := messages.Overview{Command: "/airflow"}
	for _, about := range []access.Topic{access.AboutMe, access.AboutStatus, access.AboutExtend, access.AboutReturn, access.AboutWho} {
		q := access.Question{About: about, Environment: "prod<&>"}
		golden(t, "answer-"+string(about), messages.Answer(q, everything, now))
		golden(t, "answer-"+string(about)+"-nothing", messages.Answer(q, nothing, now))
	}
	golden(t, "answer-notice", messages.Answer(access.Question{Words: "Your request was not made: <!here>"}, nothing, now))
}
