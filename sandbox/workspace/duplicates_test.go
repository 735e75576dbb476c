package workspace

import (
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/sandbox/control"
)

// A caller that does not know whether its message was posted finds out by the
// metadata in the conversation's history; one that just posts again has posted twice.
func TestPostingAgainAfterALostReplyPostsTwice(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	card := func(request string) []slack.MsgOption {
		return []slack.MsgOption{slack.MsgOptionBlocks(card("Anna asks")...), slack.MsgOptionText("Anna asks", false),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "card", EventPayload: map[string]any{"request": request}})}
	}
	tw.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, LoseReply: true})
	if _, _, err := tw.api.PostMessage(ops, card("r1")...); err == nil {
		t.Fatal("the reply was not lost")
	}
	if d := tw.Duplicates(); len(d) != 0 {
		t.Fatalf("one message is no duplicate: %+v", d)
	}
	h, err := tw.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ops, IncludeAllMetadata: true})
	if err != nil || len(h.Messages) != 1 || h.Messages[0].Metadata.EventPayload["request"] != "r1" {
		t.Fatalf("the message can be found by its metadata: %+v %v", h, err)
	}
	_, second, err := tw.api.PostMessage(ops, card("r1")...)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []struct{ channel, request string }{{ops, "r2"}, {general, "r1"}} { // alike, but not the same
		if _, _, err := tw.api.PostMessage(other.channel, card(other.request)...); err != nil {
			t.Fatal(err)
		}
	}
	d := tw.Duplicates()
	if len(d) != 1 || len(d[0]) != 2 || d[0][0].TS != h.Messages[0].Timestamp || d[0][1].TS != second {
		t.Fatalf("Slack does not deduplicate: %+v", d)
	}
	if _, _, err := tw.api.DeleteMessage(ops, second); err != nil {
		t.Fatal(err)
	}
	if d := tw.Duplicates(); len(d) != 0 {
		t.Errorf("a deleted message is no duplicate: %+v", d)
	}
}

// "Answered after the caller died": the post is carried out a while after its
// caller had lost the connection.
func TestAPostThatIsCarriedOutLate(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, LoseRequest: true, CarryOutAfter: control.Duration(30 * time.Second)})
	if _, _, err := tw.api.PostMessage(ops, slack.MsgOptionText("late", false)); err == nil {
		t.Fatal("the request was not lost")
	}
	history := func() int {
		h, err := tw.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ops})
		if err != nil {
			t.Fatal(err)
		}
		return len(h.Messages)
	}
	if n := history(); n != 0 {
		t.Errorf("%d messages before its time", n)
	}
	if _, err := tw.Clock().Advance(30 * time.Second); err != nil {
		t.Fatal(err)
	}
	if n := history(); n != 1 {
		t.Errorf("%d messages half a minute later", n)
	}
}

func TestAHeldCallDoesNotKeepTheWorkspaceOpen(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	arrived := make(chan struct{}, 2)
	tw.Faults().OnCall = func(string, string) { arrived <- struct{}{} }
	tw.Faults().Add(control.Fault{Op: "chat.postMessage", Hang: true})
	answered := make(chan struct{})
	go func() { defer close(answered); _, _, _ = tw.api.PostMessage(ops, slack.MsgOptionText("x", false)) }()
	<-arrived
	for held := true; held; { // the fault is taken a moment after the arrival
		tw.Close()
		select {
		case <-answered:
			held = false
		case <-time.After(time.Millisecond):
		case <-tw.ctx().Done():
			t.Fatal("Close does not let go of a held call")
		}
	}
}
