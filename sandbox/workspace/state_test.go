package workspace

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func TestChangesComeInOrderWithoutGaps(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	ctx, cancel := context.WithCancel(tw.ctx())
	changes := tw.Subscribe(ctx)
	for range 20 {
		if _, _, err := tw.api.PostMessage(general, slack.MsgOptionText("x", false)); err != nil {
			t.Fatal(err)
		}
	}
	var last uint64
	for range 20 {
		c := <-changes
		if c.Kind != "message" || c.Channel != general || (last != 0 && c.Seq != last+1) {
			t.Fatalf("%+v after %d", c, last)
		}
		if m, ok := tw.Message(c.Channel, c.ID); !ok || m.Text != "x" {
			t.Fatalf("the change names nothing: %+v", c)
		}
		last = c.Seq
	}
	cancel()
	for range changes { // the channel closes
	}
}

func TestStateAPI(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	state := httptest.NewServer(tw.StateAPI())
	defer state.Close()
	if _, _, err := tw.api.PostMessage(general, slack.MsgOptionBlocks(card("hello")...)); err != nil {
		t.Fatal(err)
	}
	opened(t, tw)
	get := func(path string) []map[string]any {
		resp, err := http.Get(state.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		var out []map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return out
	}
	for path, want := range map[string]int{
		"/users": 7, "/groups": 1, "/channels": 5, "/messages": 1, "/messages?channel=" + ops: 0, "/views": 1, "/views?user=" + anna: 1,
		"/views?user=" + boris: 0, "/deliveries": 1, "/connections": 1, "/duplicates": 0,
	} {
		if got := len(get(path)); got != want {
			t.Errorf("%s: %d entries, want %d", path, got, want)
		}
	}
	post := func(path, body string) int {
		resp, err := http.Post(state.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if post("/refuse", `{"refuse":true}`) != 204 || post("/disconnect", `{"reason":"drop"}`) != 204 || post("/disconnect", `{"reason":"dance"}`) != 400 {
		t.Error("the control calls were not taken as documented")
	}
	if err := tw.WaitFor(tw.ctx(), func() bool { return len(tw.Connections()) == 0 }); err != nil {
		t.Error(err)
	}
	if post("/misdeliver", `{"copies":1,"times":1,"delay":"5ms"}`) != 201 || len(tw.misdeliver) != 1 {
		t.Error("no misdelivery was armed")
	}
}
