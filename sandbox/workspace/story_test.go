package workspace

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"airpass/sandbox/control"
)

// asks answers the command with the modal, and submissions with a card to Boris.
func asks(t *testing.T) handler {
	return func(a *app, e socketmode.Event) {
		switch data := e.Data.(type) {
		case slack.SlashCommand:
			_ = a.Ack(*e.Request)
			if _, err := a.OpenView(data.TriggerID, requestForm()); err != nil {
				t.Errorf("views.open: %v", err)
			}
		case slack.InteractionCallback:
			submitted(t, a, e, data)
		default:
			_ = a.Ack(*e.Request)
		}
	}
}

func submitted(t *testing.T, a *app, e socketmode.Event, data slack.InteractionCallback) {
	if data.Type != slack.InteractionTypeViewSubmission {
		_ = a.Ack(*e.Request)
		return
	}
	reason := data.View.State.Values["reason"]["reason"].Value
	if len(reason) < 5 {
		_ = a.Ack(*e.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"reason": "Say more."}))
		return
	}
	_ = a.Ack(*e.Request)
	im, _, _, err := a.OpenConversation(&slack.OpenConversationParameters{Users: []string{boris}})
	if err != nil {
		t.Errorf("conversations.open: %v", err)
		return
	}
	words := "*Anna* wants " + data.View.State.Values["role"]["role"].SelectedOption.Value + ": " + reason
	_, _, err = a.PostMessage(im.ID, slack.MsgOptionText("A request", true), slack.MsgOptionBlocks(card(words)...),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "card", EventPayload: map[string]any{"request": "req-1"}}))
	if err != nil {
		t.Errorf("chat.postMessage: %v", err)
	}
}

func TestAnnaAsksAndBorisApproves(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	clicks := make(chan slack.InteractionCallback, 10)
	handle := asks(t)
	tw.run(func(a *app, e socketmode.Event) {
		if data, ok := e.Data.(slack.InteractionCallback); ok && data.Type == slack.InteractionTypeBlockActions && data.Message.Timestamp != "" {
			_ = a.Ack(*e.Request)
			clicks <- data
			if _, _, _, err := a.UpdateMessage(data.Channel.ID, data.Message.Timestamp, slack.MsgOptionText("Approved", true)); err != nil {
				t.Errorf("chat.update: %v", err)
			}
			return
		}
		handle(a, e)
	})
	ctx := tw.ctx()
	p := tw.As(anna)
	r, err := p.Slash(ctx, "/airflow", "prod", general)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Delivery.Acked || r.Delivery.Latency <= 0 || r.Delivery.Latency > time.Second {
		t.Fatalf("the acknowledgement was not recorded: %+v", r.Delivery)
	}
	form, err := p.WaitView(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}

	// Slack itself does not send an incomplete form.
	if s, err := form.Submit(ctx); !errors.Is(err, ErrIncomplete) || len(s.Errors) != 3 {
		t.Fatalf("an empty form went through: %v", err)
	}
	fill(t, ctx, form, "why")
	s, err := form.Submit(ctx)
	if err != nil || s.Errors["reason"] != "Say more." || s.Closed {
		t.Fatalf("the app's errors were not shown: %+v %v", s, err)
	}
	if err := form.Type(ctx, "reason", "reason", "backfill <!channel>"); err != nil {
		t.Fatal(err)
	}
	s, err = form.Submit(ctx)
	if err != nil || !s.Closed || p.OpenView() != nil {
		t.Fatalf("the form stayed open: %+v %v", s, err)
	}

	b := tw.As(boris)
	m, err := b.WaitMessage(ctx, Saying("wants admin", "backfill"))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Notifies(); len(got) != 1 || got[0] != "channel" {
		t.Errorf("an unescaped mention in mrkdwn notifies the channel; got %v", got)
	}
	if len(p.Messages(tw.DM(boris))) != 0 {
		t.Error("Anna reads Boris's direct messages")
	}
	if _, err := m.Button("Approve").Click(ctx); err != nil {
		t.Fatal(err)
	}
	click := next(t, ctx, clicks)
	if click.User.ID != boris || click.Team.ID != tw.TeamID() || click.Container.ChannelID != m.Channel || click.ResponseURL == "" ||
		click.ActionCallback.BlockActions[0].Value != "req-1" || click.Channel.ID != m.Channel || click.APIAppID != tw.App().ID {
		t.Errorf("the payload is not Slack's: %+v", click)
	}
	done, err := b.WaitMessage(ctx, Saying("Approved"))
	if err != nil {
		t.Fatal(err)
	}
	if done.TS != m.TS || len(done.Blocks) != 0 || len(done.Versions) != 2 || len(done.Versions[0].Blocks) != 2 {
		t.Errorf("chat.update with text only removes the blocks and keeps the history: %+v", done)
	}
	if tw.Stats().Posts != 1 || len(tw.Duplicates()) != 0 {
		t.Errorf("posts: %+v", tw.Stats())
	}
}

func fill(t *testing.T, ctx context.Context, form *ViewHandle, reason string) {
	t.Helper()
	for _, err := range []error{
		form.Select(ctx, "env", "env", "prod"), form.Select(ctx, "role", "role", "Admin"), form.Type(ctx, "reason", "reason", reason),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestStaleCardIsClickedTwiceAndDialogIsHonoured(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	ctx := tw.ctx()
	dm := tw.DM(boris)
	_, ts, err := tw.api.PostMessage(dm, slack.MsgOptionBlocks(card("first")...))
	if err != nil {
		t.Fatal(err)
	}
	stale, err := tw.As(boris).WaitMessage(ctx, Saying("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := tw.api.UpdateMessage(dm, ts, slack.MsgOptionText("decided", false)); err != nil {
		t.Fatal(err)
	}
	first, second, err := stale.Button("Approve").DoubleClick(ctx)
	if err != nil || first.Delivery.ID == second.Delivery.ID || first.TriggerID == second.TriggerID {
		t.Fatalf("two clicks are two deliveries: %v", err)
	}
	payload := decode[slack.InteractionCallback](t, first.Delivery.Payload)
	if len(payload.Message.Blocks.BlockSet) != 2 {
		t.Error("a click on an old rendering sends the rendering in front of the person")
	}
	if now, ok := stale.Now(); !ok || now.Button("Approve").There() {
		t.Error("the current rendering has no button any more")
	}
	deny := stale.Button("Deny")
	if c := deny.Confirm(); c == nil || c.Yes != "Deny" || c.No != "Back" {
		t.Fatalf("the dialog is lost: %+v", c)
	}
	before := len(tw.Deliveries())
	if err := deny.Decline(); !errors.Is(err, ErrDeclined) || len(tw.Deliveries()) != before {
		t.Error("saying no in the dialog must not reach the app")
	}
	if r, err := deny.Click(ctx); err != nil || r.Confirm == nil {
		t.Errorf("saying yes does: %v", err)
	}
	if _, err := stale.Button("Extend").Click(ctx); !errors.Is(err, ErrNoSuchElement) {
		t.Errorf("a button that is not there: %v", err)
	}
	if _, _, err := tw.api.DeleteMessage(dm, ts); err != nil {
		t.Fatal(err)
	}
	if _, err := stale.Button("Approve").Click(ctx); !errors.Is(err, ErrGone) {
		t.Errorf("a deleted message: %v", err)
	}
	if _, err := tw.As(anna).See(stale).Button("Approve").Click(ctx); !errors.Is(err, ErrNotThere) {
		t.Errorf("somebody else's direct message: %v", err)
	}
}

func TestTriggerExpiresAndServesOnce(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.TriggerTTL = 500 * time.Millisecond })
	tw.run(agree)
	ctx := tw.ctx()
	r, err := tw.As(anna).Slash(ctx, "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	fresh := r.TriggerID
	if _, err := tw.api.OpenView(fresh, requestForm()); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.api.OpenView(fresh, requestForm()); err == nil || err.Error() != "exchanged_trigger_id" {
		t.Errorf("a trigger id serves once: %v", err)
	}
	r, err = tw.As(anna).Slash(ctx, "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	expired := time.After(510 * time.Millisecond)
	<-expired
	if _, err := tw.api.OpenView(r.TriggerID, requestForm()); err == nil || err.Error() != "expired_trigger_id" {
		t.Errorf("a trigger id lives half a second here: %v", err)
	}
	if _, err := tw.api.OpenView("12345.98765.abcd", requestForm()); err == nil || err.Error() != "invalid_trigger_id" {
		t.Errorf("an invented trigger id: %v", err)
	}
}

func TestAppThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.AckTimeout = 100 * time.Millisecond })
	ctx := tw.ctx()
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); !errors.Is(err, ErrDispatchFailed) {
		t.Errorf("no connection: %v", err)
	}
	a := tw.run(silent)
	r, err := tw.As(anna).Slash(ctx, "/airflow", "", "")
	if !errors.Is(err, ErrTimedOut) || r.Delivery.Error != "operation_timeout" || tw.Stats().TimedOut != 1 {
		t.Errorf("no acknowledgement: %v %+v", err, r)
	}
	// An acknowledgement that comes too late is seen, and changes nothing.
	if err := a.AckCtx(ctx, r.Delivery.ID, nil); err != nil {
		t.Fatal(err)
	}
	err = tw.WaitFor(ctx, func() bool { return tw.Stats().LateAcks == 1 })
	if err != nil {
		t.Errorf("the late acknowledgement was not recorded: %v", err)
	}
}

func TestOversizedAckIsDropped(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.AckTimeout = 200 * time.Millisecond })
	// The SDK refuses to send 20 KB, so a bare client does it.
	conn := dialSocket(t, tw)
	go func() {
		for {
			e, err := conn.envelope(tw.t.Context())
			if err != nil {
				return
			}
			conn.answer(tw.t.Context(), map[string]any{"envelope_id": e.ID, "payload": map[string]any{"text": strings.Repeat("x", 21_000)}})
		}
	}()
	ctx := tw.ctx()
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); !errors.Is(err, ErrTimedOut) {
		t.Errorf("an oversized acknowledgement is as good as none: %v", err)
	}
	dropped := func() bool { return tw.Stats().DroppedAcks == 1 && tw.Deliveries()[0].Dropped > 20*1024 }
	if err := tw.WaitFor(ctx, dropped); err != nil {
		t.Errorf("it is not counted as dropped: %+v", tw.Deliveries())
	}
}

func TestEnvelopeSentTwiceAndAckLost(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.AckTimeout = time.Second })
	ids := make(chan string, 10)
	note := func(a *app, e socketmode.Event) { ids <- e.Request.EnvelopeID; _ = a.Ack(*e.Request) }
	tw.run(note)
	tw.run(note)
	ctx := tw.ctx()
	tw.Misdeliver(Misdelivery{Types: []string{"/airflow"}, Times: 1, Copies: 1})
	r, err := tw.As(anna).Slash(ctx, "/airflow", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if one, two := next(t, ctx, ids), next(t, ctx, ids); one != two || one != r.Delivery.ID {
		t.Errorf("both copies are the same envelope: %s %s", one, two)
	}
	if c := r.Delivery.Connections; len(c) != 2 || c[0] == c[1] {
		t.Errorf("copies go over different connections: %v", c)
	}
	tw.Misdeliver(Misdelivery{Times: 1, LoseAck: true})
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); !errors.Is(err, ErrTimedOut) {
		t.Errorf("Slack did not hear the acknowledgement: %v", err)
	}
	next(t, ctx, ids)
	tw.Misdeliver(Misdelivery{Times: 1, Delay: control.Duration(50 * time.Millisecond)})
	begin := time.Now()
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); err != nil || time.Since(begin) < 50*time.Millisecond {
		t.Errorf("a delayed delivery: %v", err)
	}
	again, err := tw.Replay(ctx, r.Delivery)
	if err != nil || again.ID != r.Delivery.ID || string(again.Payload) != string(r.Delivery.Payload) {
		t.Errorf("a replay is the same envelope: %v", err)
	}
}

func TestDisconnectAndReconnect(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	ctx := tw.ctx()
	first := tw.Connections()[0].Number
	tw.Disconnect("refresh_requested")
	err := tw.WaitFor(ctx, func() bool {
		c := tw.Connections()
		return len(c) == 1 && c[0].Number > first && !c[0].Leaving
	})
	if err != nil {
		t.Fatalf("the client did not come back: %v", err)
	}
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); err != nil {
		t.Error(err)
	}
	tw.RefuseConnections(true)
	tw.DropConnections()
	if err := tw.WaitFor(ctx, func() bool { return len(tw.Connections()) == 0 }); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); !errors.Is(err, ErrDispatchFailed) {
		t.Errorf("nobody is connected: %v", err)
	}
	tw.RefuseConnections(false)
	if err := tw.WaitConnected(ctx, 1); err != nil {
		t.Fatalf("the client did not come back: %v", err)
	}
}

func TestConnectionsShareTheWorkAndAreTenAtMost(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	ctx := tw.ctx()
	for range 10 {
		tw.run(agree)
	}
	conn := dialSocket(t, tw)
	if conn.first["type"] != "disconnect" || conn.first["reason"] != "too_many_websockets" {
		t.Errorf("the eleventh connection: %v", conn.first)
	}
	used := map[int]bool{}
	for range 20 {
		r, err := tw.As(anna).Slash(ctx, "/airflow", "", "")
		if err != nil {
			t.Fatal(err)
		}
		used[r.Delivery.Connections[0]] = true
	}
	if len(used) != 10 {
		t.Errorf("20 payloads went over %d of 10 connections", len(used))
	}
}

func TestCommandAnsweredInTheAck(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(func(a *app, e socketmode.Event) {
		c, _ := e.Data.(slack.SlashCommand)
		kind := "ephemeral"
		if c.Text == "loud" {
			kind = "in_channel"
		}
		_ = a.Ack(*e.Request, map[string]any{"text": "you said " + c.Text, "response_type": kind})
	})
	ctx := tw.ctx()
	for _, words := range []string{"quiet", "loud"} {
		if _, err := tw.As(anna).Slash(ctx, "/airflow", words, general); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(tw.As(anna).Messages(general)); got != 2 {
		t.Errorf("Anna sees %d answers", got)
	}
	if got := tw.As(boris).Messages(general); len(got) != 1 || got[0].Text != "you said loud" {
		t.Errorf("Boris sees %+v", got)
	}
}

func TestHomeTabAndEventsAreRedelivered(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.AckTimeout = 100 * time.Millisecond })
	attempts := make(chan socketmode.Event, 10)
	tw.run(func(a *app, e socketmode.Event) {
		attempts <- e
		if e.Request.RetryAttempt < 2 {
			return
		}
		_ = a.Ack(*e.Request)
		home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewHeaderBlock(plain("My access"))}}}
		if _, err := a.PublishView(anna, home, ""); err != nil {
			t.Errorf("views.publish: %v", err)
		}
	})
	ctx := tw.ctx()
	if h, err := tw.As(anna).Home(); err != nil || h != nil {
		t.Fatalf("nothing is published yet: %v %v", h, err)
	}
	first, second := next(t, ctx, attempts), next(t, ctx, attempts)
	if first.Request.RetryAttempt != 0 || second.Request.RetryAttempt != 1 || second.Request.RetryReason != "timeout" {
		t.Errorf("redelivery: %+v", second.Request)
	}
	if first.Request.EnvelopeID == second.Request.EnvelopeID {
		t.Error("a redelivery is an envelope of its own")
	}
	// The second redelivery is a minute away on the sandbox clock.
	if err := tw.WaitFor(ctx, func() bool { return tw.Stats().TimedOut == 2 }); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Clock().Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	third := next(t, ctx, attempts)
	type callback struct {
		EventID string `json:"event_id"`
	}
	if a, b := decode[callback](t, first.Request.Payload), decode[callback](t, third.Request.Payload); a.EventID == "" || a != b {
		t.Errorf("the event id stays: %v %v", a, b)
	}
	err := tw.WaitFor(ctx, func() bool { v, ok := tw.HomeView(anna); return ok && strings.Contains(v.Visible(), "My access") })
	if err != nil {
		t.Error(err)
	}
}

func TestGuestsStrangersAndTheDeactivated(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	ctx := tw.ctx()
	if _, err := tw.As(gone).Slash(ctx, "/airflow", "", general); !errors.Is(err, ErrSignedOut) {
		t.Errorf("deactivated: %v", err)
	}
	if _, err := tw.As(visitor).Slash(ctx, "/airflow", "", joint); !errors.Is(err, ErrNoSuchCommand) {
		t.Errorf("a stranger has no commands here: %v", err)
	}
	if _, err := tw.As(guest).Slash(ctx, "/airflow", "", general); err != nil {
		t.Errorf("a guest may run commands; refusing them is the app's business: %v", err)
	}
	if _, err := tw.As(anna).Slash(ctx, "/jira", "", general); !errors.Is(err, ErrNoSuchCommand) {
		t.Errorf("an unknown command: %v", err)
	}
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ops); !errors.Is(err, ErrNotThere) {
		t.Errorf("a private channel she is not in: %v", err)
	}
	// A stranger can click what is posted to a shared channel, as somebody of another team.
	if _, _, err := tw.api.PostMessage(joint, slack.MsgOptionBlocks(card("shared")...)); err != nil {
		t.Fatal(err)
	}
	m, err := tw.As(visitor).WaitMessage(ctx, Saying("shared"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Button("Approve").Click(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if p := decode[slack.InteractionCallback](t, r.Delivery.Payload); p.User.TeamID != "T0OTHER" || p.Team.ID != tw.TeamID() {
		t.Errorf("the clicker's own team is in user.team_id: %+v", p.User)
	}
	u, err := tw.api.GetUserInfo(visitor)
	if err != nil || !u.IsStranger || u.Profile.Email != "" {
		t.Errorf("a stranger's address is not shown: %+v %v", u, err)
	}
}

func TestFaultsOnTheWebAPI(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	post := func() error { _, _, err := tw.api.PostMessage(general, slack.MsgOptionText("hi", false)); return err }
	arm := func(answer string) {
		tw.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, Answer: answer, RetryAfter: control.Duration(7 * time.Second)})
	}
	arm("throttled")
	var limited *slack.RateLimitedError
	if err := post(); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("throttled: %v", err)
	}
	arm("unavailable")
	var status slack.StatusCodeError
	if err := post(); !errors.As(err, &status) || status.Code != 503 {
		t.Errorf("unavailable: %v", err)
	}
	for answer, want := range map[string]string{"internal": "internal_error", "fatal_error": "fatal_error", "slack:missing_scope": "missing_scope"} {
		arm(answer)
		if err := post(); err == nil || err.Error() != want {
			t.Errorf("%s: %v", answer, err)
		}
	}
	if tw.Stats().Posts != 0 {
		t.Error("a refused call posted something")
	}
	tw.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, LoseReply: true})
	if err := post(); err == nil {
		t.Error("the reply was not lost")
	}
	if tw.Stats().Posts != 1 || tw.Faults().Count("chat.postMessage") != 6 {
		t.Errorf("the request was not accepted: %+v", tw.Stats())
	}
}
