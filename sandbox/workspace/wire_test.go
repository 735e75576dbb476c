package workspace

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/slack-go/slack"
)

// bareSocket is a Socket Mode client without the SDK's manners.
type bareSocket struct {
	conn  *websocket.Conn
	first map[string]any // hello or disconnect
}

type envelope struct {
	ID      string          `json:"envelope_id"`
	Type    string          `json:"type"`
	Reason  string          `json:"reason"`
	Accepts bool            `json:"accepts_response_payload"`
	Payload json.RawMessage `json:"payload"`
}

func dialSocket(t *testing.T, tw *town) *bareSocket {
	t.Helper()
	api := slack.New(tw.BotToken(), slack.OptionAPIURL(tw.APIURL()), slack.OptionAppLevelToken(tw.AppToken()))
	_, url, err := api.StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, resp, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body != nil {
		_ = resp.Body.Close()
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	s := &bareSocket{conn: conn}
	_, raw, err := conn.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &s.first); err != nil {
		t.Fatal(err)
	}
	if s.first["type"] == "hello" {
		if err := tw.WaitConnected(tw.ctx(), 1); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *bareSocket) envelope(ctx context.Context) (envelope, error) {
	var e envelope
	_, raw, err := s.conn.Read(ctx)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(raw, &e)
}

func (s *bareSocket) answer(ctx context.Context, v any) {
	raw, _ := json.Marshal(v)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_ = s.conn.Write(ctx, websocket.MessageText, raw)
}

func TestHelloSaysWhatSlackSays(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	hello := dialSocket(t, tw).first
	debug := obj(hello, "debug_info")
	if hello["type"] != "hello" || hello["num_connections"] != 1.0 || str(obj(hello, "connection_info"), "app_id") != tw.App().ID ||
		debug["approximate_connection_time"] != (5*time.Hour).Seconds() {
		t.Errorf("hello: %v", hello)
	}
}

func TestATicketOpensOneConnection(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	api := slack.New(tw.BotToken(), slack.OptionAPIURL(tw.APIURL()), slack.OptionAppLevelToken(tw.AppToken()))
	_, url, err := api.StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.CloseNow() }()
	if second, resp, err := websocket.Dial(t.Context(), url, nil); err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("the ticket was used twice: %v", second)
	}
}

func TestEveryEnvelopeSaysWhetherItTakesAnAnswer(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	s := dialSocket(t, tw)
	got := make(chan envelope, 10)
	go func() {
		for {
			e, err := s.envelope(tw.t.Context())
			if err != nil {
				return
			}
			got <- e
			s.answer(tw.t.Context(), map[string]any{"envelope_id": e.ID})
		}
	}()
	ctx := tw.ctx()
	if err := tw.WaitConnected(ctx, 1); err != nil {
		t.Fatal(err)
	}
	r, err := tw.As(anna).Slash(ctx, "/airflow", "  hi ", general)
	if err != nil {
		t.Fatal(err)
	}
	if e := next(t, ctx, got); e.Type != "slash_commands" || !e.Accepts {
		t.Errorf("command: %+v", e)
	}
	if _, err := tw.api.OpenView(r.TriggerID, requestForm()); err != nil {
		t.Fatal(err)
	}
	form := tw.As(anna).OpenView()
	if err := form.Select(ctx, "env", "env", "dev"); err != nil { // dispatch_action
		t.Fatal(err)
	}
	if e := next(t, ctx, got); e.Type != "interactive" || e.Accepts {
		t.Errorf("block_actions: %+v", e)
	}
	fill(t, ctx, form, "because")
	next(t, ctx, got)
	if _, err := form.Submit(ctx); err != nil {
		t.Fatal(err)
	}
	if e := next(t, ctx, got); e.Type != "interactive" || !e.Accepts {
		t.Errorf("view_submission: %+v", e)
	}
}
