package chat_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/chat"
	"airpass/sandbox/control"
)

func TestAThrottledChannelIsLeftAloneUntilSlackSays(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, Answer: "throttled", RetryAfter: control.Duration(7 * time.Second)})
	for range 30 {
		_, err := tw.client.Post(ctxOf(t), general, chat.Message{Text: "hello"})
		if v := failure(t, "throttled", err, access.Throttled); v.RetryAfter < 5*time.Second || v.RetryAfter > 7*time.Second {
			t.Fatalf("%+v", v)
		}
	}
	if n := tw.Faults().Count("chat.postMessage"); n != 1 {
		t.Errorf("Slack was asked %d times", n)
	}
	dm, err := tw.client.OpenDM(ctxOf(t), anna)
	must(t, err)
	if _, err := tw.client.Post(ctxOf(t), dm, chat.Message{Text: "hello"}); err != nil {
		t.Errorf("another channel is held too: %v", err)
	}
	if _, err := tw.clock.Advance(7 * time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.client.Post(ctxOf(t), general, chat.Message{Text: "hello"}); err != nil {
		t.Error(err)
	}
}
