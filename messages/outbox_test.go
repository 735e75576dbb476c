package messages_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/chat"
	"airpass/messages"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// copyWait is after how long copies are looked for.
const copyWait = 2 * time.Minute

// wire is the chat client as a Sender, with a place to misbehave in.
type wire struct {
	*chat.Client
	mu           sync.Mutex
	afterPost    func() // runs when Slack has the message, before the outbox knows
	beforeUpdate func()
}

func (w *wire) hooks() (post, update func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.afterPost, w.beforeUpdate
}

func (w *wire) set(post, update func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.afterPost, w.beforeUpdate = post, update
}

func (w *wire) Post(ctx context.Context, channel string, m messages.Outgoing) (string, error) {
	ts, err := w.Client.Post(ctx, channel, chat.Message(m))
	if post, _ := w.hooks(); post != nil {
		post()
	}
	return ts, err
}

func (w *wire) Update(ctx context.Context, channel, ts string, m messages.Outgoing) error {
	if _, update := w.hooks(); update != nil {
		update()
	}
	return w.Client.Update(ctx, channel, ts, chat.Message(m))
}

func (w *wire) Ephemeral(ctx context.Context, channel, user string, m messages.Outgoing) error {
	return w.Client.Ephemeral(ctx, channel, user, chat.Message(m))
}

func (w *wire) PublishHome(ctx context.Context, user string, m messages.Outgoing) error {
	return w.Client.PublishHome(ctx, user, m.Blocks)
}

// office is a workspace, a store and the outbox between them.
type office struct {
	t     *testing.T
	ws    *workspace.Workspace
	store *store.Store
	box   *messages.Outbox
	wire  *wire
	clock *control.Clock
	mu    sync.Mutex
	wakes []store.Wake
}

func newOffice(t *testing.T) *office {
	t.Helper()
	clock := &control.Clock{}
	ws := workspace.New(workspace.Options{Rate: -1, Clock: clock, App: workspace.App{MetadataEvents: []string{chat.MetadataEvent}}})
	server := httptest.NewServer(ws.Handler())
	ws.SetBaseURL(server.URL)
	t.Cleanup(func() { ws.Close(); server.Close() })
	ws.AddUser(workspace.User{ID: "U0ADA", Name: "ada"})
	ws.AddUser(workspace.User{ID: "U0BOB", Name: "bob"})
	ws.AddChannel(workspace.Channel{ID: "C0REQUESTS", Name: "requests", Members: []string{"U0ADA", "U0BOB", ws.App().BotUserID}})
	client, err := chat.New(chat.Options{BotToken: ws.BotToken(), APIURL: ws.APIURL(), Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second, Now: clock.Now})})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, ws: ws, clock: clock, wire: &wire{Client: client}}
	o.store, err = store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "airpass.db"), store.Options{Now: clock.Now,
		Key: store.AuditKey{ID: "test", Key: []byte("0123456789abcdef0123456789abcdef")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.store.Close() })
	o.store.OnWake(func(_ context.Context, _ *sql.Tx, wakes []store.Wake) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.wakes = append(o.wakes, wakes...)
		return nil
	})
	o.box = messages.NewOutbox(messages.OutboxOptions{Store: o.store, Sender: o.wire, Now: clock.Now, Command: "/airflow",
		Link: func(access.Grant) string { return "https://start.example/console" },
		Log:  slog.New(slog.NewTextHandler(t.Output(), nil))})
	return o
}

func (o *office) change(change func(*store.Tx) error) {
	o.t.Helper()
	if err := o.store.Update(o.t.Context(), access.System("test"), change); err != nil {
		o.t.Fatal(err)
	}
}

// ask stores a pending request with one message of a kind.
func (o *office) ask(kind access.MessageKind, to string) (r access.Request, m access.Message) {
	o.t.Helper()
	o.change(func(tx *store.Tx) (err error) {
		r = pending().Request
		r.ID, r.Slack = tx.NewID(), access.SlackUser{Team: "T0SANDBOX", ID: "U0ADA"}
		r.CreatedAt, r.LapseAt = tx.Now(), tx.Now().Add(8*time.Hour)
		if r, err = tx.CreateRequest(r); err != nil {
			return err
		}
		m, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: kind, To: to, Request: r.ID, State: access.MessageNew, CreatedAt: tx.Now()})
		return err
	})
	return r, m
}

// deny moves a request and touches its messages.
func (o *office) deny(id string) {
	o.t.Helper()
	o.change(func(tx *store.Tx) error {
		r, err := tx.Request(id)
		if err != nil {
			return err
		}
		r.State, r.DecidedAt, r.Decider, r.DeciderNote = access.RequestDenied, tx.Now(), access.Person{OktaID: "00uBOB", Name: "Bob Berg"}, "not today"
		if _, err = tx.SaveRequest(r); err != nil {
			return err
		}
		return tx.TouchMessages(id)
	})
}

// lapses moves when a request lapses, which its cards show, and touches its messages.
func (o *office) lapses(id string, at time.Time) {
	o.t.Helper()
	o.change(func(tx *store.Tx) error {
		r, err := tx.Request(id)
		if err != nil {
			return err
		}
		r.LapseAt = at
		if _, err = tx.SaveRequest(r); err != nil {
			return err
		}
		return tx.TouchMessages(id)
	})
}

func (o *office) message(id string) access.Message {
	o.t.Helper()
	m, err := o.store.Message(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return m
}

func (o *office) step(id string) time.Duration {
	o.t.Helper()
	again, err := o.box.Step(o.t.Context(), id, o.message(id).Version)
	if err != nil {
		o.t.Fatal(err)
	}
	return again
}

func (o *office) forward(d time.Duration) {
	o.t.Helper()
	if _, err := o.clock.Advance(d); err != nil {
		o.t.Fatal(err)
	}
}

// stands checks that exactly one message stands in a channel, saying words.
func (o *office) stands(channel string, words ...string) workspace.Message {
	o.t.Helper()
	all := o.ws.Messages(channel)
	if len(all) != 1 || !workspace.Saying(words...)(all[0]) {
		o.t.Fatalf("in %s: %d messages, wanted one saying %q: %+v", channel, len(all), words, all)
	}
	if d := o.ws.Duplicates(); len(d) != 0 {
		o.t.Errorf("duplicates: %+v", d)
	}
	return all[0]
}

func (o *office) settled(id string) {
	o.t.Helper()
	m := o.message(id)
	if m.State != access.MessagePosted || m.Shown != m.Wanted || m.TS == "" || m.Claim != "" || m.Attempts != 0 || m.LastError != "" {
		o.t.Errorf("not settled: %+v", m)
	}
}

func TestACardIsPostedOnceAndFollowsItsRequest(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r, m := o.ask(access.ApproverCard, "U0BOB")
	o.step(m.ID)
	card := o.stands(o.ws.DM("U0BOB"), "Waiting for approval", "Ada Arndt", "ledger")
	if !slices.Contains(card.Buttons(), "Approve") || card.Metadata == nil || card.Metadata.EventPayload["key"] != m.ID {
		t.Errorf("card: %v %+v", card.Buttons(), card.Metadata)
	}
	o.settled(m.ID)
	o.step(m.ID) // nothing changed: nothing is sent
	o.deny(r.ID)
	o.step(m.ID)
	card = o.stands(o.ws.DM("U0BOB"), "Denied by Bob Berg", "not today")
	if len(card.Buttons()) != 0 || len(card.Versions) != 2 {
		t.Errorf("card: %v, %d versions", card.Buttons(), len(card.Versions))
	}
	o.settled(m.ID)
	if s := o.ws.Stats(); s.Posts != 1 || s.Updates != 1 {
		t.Errorf("calls: %+v", s)
	}
}

func TestALostReplyMakesNoDuplicate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, m := o.ask(access.ChannelCard, "C0REQUESTS")
	o.ws.Faults().Add(control.Fault{Op: "chat.postMessage", LoseReply: true, Times: 1})
	if again := o.step(m.ID); again <= 0 || o.message(m.ID).State != access.MessagePosting {
		t.Fatalf("after a lost reply: again %v, %+v", again, o.message(m.ID))
	}
	o.forward(time.Minute)
	o.step(m.ID)
	o.stands("C0REQUESTS", "Waiting for approval")
	o.settled(m.ID)
}

func TestARequestThatNeverReachedSlackIsPostedAfterAll(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, m := o.ask(access.ChannelCard, "C0REQUESTS")
	o.ws.Faults().Add(control.Fault{Op: "chat.postMessage", LoseRequest: true, Times: 1})
	o.step(m.ID)
	o.forward(time.Minute)
	o.step(m.ID)
	o.stands("C0REQUESTS", "Waiting for approval")
	o.settled(m.ID)
}

func TestAPostThatArrivesAfterWeGaveItUpIsRetired(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r, m := o.ask(access.ChannelCard, "C0REQUESTS")
	o.ws.Faults().Add(control.Fault{Op: "chat.postMessage", LoseRequest: true, CarryOutAfter: control.Duration(30 * time.Second), Times: 1})
	o.step(m.ID)
	o.forward(2 * time.Second)
	if again := o.step(m.ID); again < time.Minute || again > copyWait {
		t.Errorf("looked for copies in %v", again)
	}
	o.forward(time.Minute)
	o.ws.Faults().RunLate()
	if n := len(o.ws.Messages("C0REQUESTS")); n != 2 {
		t.Fatalf("%d messages; the late one has not arrived", n)
	}
	o.deny(r.ID)
	o.step(m.ID) // too early to be sure, but what is known to stand is brought up to date
	o.forward(2 * time.Minute)
	o.step(m.ID)
	o.forward(2 * time.Minute)
	if again := o.step(m.ID); again != 0 {
		t.Errorf("looked for once more in %v", again)
	}
	o.settled(m.ID)
	all := o.ws.Messages("C0REQUESTS")
	if len(all) != 2 || len(o.ws.Duplicates()) != 0 || !workspace.Saying("Denied by Bob Berg")(all[0]) || !workspace.Saying("second copy")(all[1]) || len(all[1].Buttons()) != 0 {
		t.Errorf("standing: %+v", all)
	}
}

func TestAWorkerThatDiesAfterSlackHasItLeavesNoDuplicate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r, m := o.ask(access.RequesterCard, "U0ADA")
	o.wire.set(func() { panic("killed") }, nil)
	func() {
		defer func() { _ = recover() }()
		o.step(m.ID)
		t.Error("not killed")
	}()
	o.wire.set(nil, nil)
	if o.step(m.ID); o.message(m.ID).State != access.MessagePosting {
		t.Errorf("taken over while the claim counts: %+v", o.message(m.ID))
	}
	o.deny(r.ID)
	o.box.SetWall(func() time.Time { return time.Now().Add(time.Minute) })
	o.step(m.ID)
	o.stands(o.ws.DM("U0ADA"), "Denied by Bob Berg")
	o.settled(m.ID)
}

// Most changes change nothing of what one message shows, and Slack takes 50 updates a minute.
func TestWhatLooksTheSameIsNotSentAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	now := o.clock.Now()
	o.forward(now.Truncate(time.Minute).Add(time.Minute).Sub(now)) // until about when it would last is said by the minute
	r, m := o.ask(access.ApproverCard, "U0BOB")
	o.step(m.ID)
	for range 3 {
		o.forward(5 * time.Second)
		o.change(func(tx *store.Tx) error { return tx.TouchMessages(r.ID) })
		o.step(m.ID)
		o.settled(m.ID)
	}
	if s := o.ws.Stats(); s.Updates != 0 {
		t.Errorf("%d updates to what was shown", s.Updates)
	}
	o.deny(r.ID)
	o.step(m.ID)
	o.stands(o.ws.DM("U0BOB"), "Denied by Bob Berg")
	if s := o.ws.Stats(); s.Updates != 1 {
		t.Errorf("%d updates", s.Updates)
	}
}

// Who dies has perhaps shown something else: then what looks the same as before is sent.
func TestWhatSomebodyDiedOverIsSentAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r, m := o.ask(access.ApproverCard, "U0BOB")
	o.step(m.ID)
	o.lapses(r.ID, r.LapseAt.Add(time.Hour))
	o.wire.set(nil, func() { panic("killed") })
	func() {
		defer func() { _ = recover() }()
		o.step(m.ID)
		t.Error("not killed")
	}()
	o.wire.set(nil, nil)
	o.lapses(r.ID, r.LapseAt)
	o.box.SetWall(func() time.Time { return time.Now().Add(time.Minute) })
	o.step(m.ID)
	o.settled(m.ID)
	if s := o.ws.Stats(); s.Updates != 1 {
		t.Errorf("%d updates", s.Updates)
	}
}

// When Slack asks to wait, whoever has asked for access is not kept waiting by the cards of
// those who have decided.
func TestTheRequestersMessageGoesFirst(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const asked = 7 * time.Second
	throttled := func(kind access.MessageKind, to string) (atMost, atLeast time.Duration) {
		r, m := o.ask(kind, to)
		o.step(m.ID)
		o.deny(r.ID)
		o.ws.Faults().Add(control.Fault{Op: "chat.update", Answer: "throttled", RetryAfter: control.Duration(asked), Times: 1})
		before := o.clock.Now()
		o.step(m.ID)
		next, after := o.message(m.ID).NextAt, o.clock.Now()
		o.forward(time.Minute)
		return next.Sub(before), next.Sub(after)
	}
	if _, own := throttled(access.RequesterCard, "U0ADA"); own > asked {
		t.Errorf("the requester waits %s", own)
	}
	if other, _ := throttled(access.ApproverCard, "U0BOB"); other <= asked {
		t.Errorf("the approver waits %s", other)
	}
}

func TestTwoWorkersPostOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, m := o.ask(access.ChannelCard, "C0REQUESTS")
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			if _, err := o.box.Step(t.Context(), m.ID, m.Version); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	o.stands("C0REQUESTS", "Waiting for approval")
	o.settled(m.ID)
	if n := o.ws.Faults().Count("chat.postMessage"); n != 1 {
		t.Errorf("%d posts", n)
	}
}

func TestAnOlderRenderingNeverOverwritesANewer(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r, m := o.ask(access.ChannelCard, "C0REQUESTS")
	o.step(m.ID)
	o.lapses(r.ID, r.LapseAt.Add(time.Hour))
	held, release := make(chan struct{}), make(chan struct{})
	o.wire.set(nil, sync.OnceFunc(func() { close(held); <-release }))
	slow := make(chan error, 1)
	version := o.message(m.ID).Version
	go func() { _, err := o.box.Step(t.Context(), m.ID, version); slow <- err }()
	<-held // it has rendered "waiting" and is about to say so
	o.deny(r.ID)
	o.step(m.ID) // somebody else: must leave it alone
	if s := o.ws.Stats(); s.Updates != 0 {
		t.Error("two worked on one message")
	}
	close(release)
	if err := <-slow; err != nil {
		t.Fatal(err)
	}
	if m := o.message(m.ID); m.Shown >= m.Wanted || m.NextAt.IsZero() {
		t.Errorf("nobody will show the newest: %+v", m)
	}
	o.step(m.ID)
	o.stands("C0REQUESTS", "Denied by Bob Berg")
	o.settled(m.ID)
}

func TestThrottledWaitsAsLongAsSlackAsks(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, m := o.ask(access.ChannelCard, "C0REQUESTS")
	o.ws.Faults().Add(control.Fault{Op: "chat.postMessage", Answer: "throttled", RetryAfter: control.Duration(7 * time.Second), Times: 1})
	if again := o.step(m.ID); again < 5*time.Second || again > 7*time.Second {
		t.Errorf("again in %v", again)
	}
	stored := o.message(m.ID)
	o.mu.Lock()
	woken := slices.ContainsFunc(o.wakes, func(w store.Wake) bool {
		return w.Kind == store.WakeMessage && w.ID == m.ID && w.Version == stored.Version && w.At.Equal(stored.NextAt)
	})
	o.mu.Unlock()
	if !woken || stored.NextAt.IsZero() {
		t.Errorf("nothing wakes %+v: %+v", stored, o.wakes)
	}
	o.forward(8 * time.Second)
	o.step(m.ID)
	o.stands("C0REQUESTS", "Waiting for approval")
	o.settled(m.ID)
}

func TestSlackDownAndUpAgainCatchesUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r, m := o.ask(access.RequesterCard, "U0ADA")
	o.ws.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"})
	var longest time.Duration
	for range 12 {
		again := o.step(m.ID)
		longest = max(longest, again)
		o.forward(again)
	}
	if longest < 50*time.Second || longest > time.Minute {
		t.Errorf("longest wait %v", longest)
	}
	o.deny(r.ID)
	o.ws.Faults().Clear()
	o.step(m.ID)
	o.stands(o.ws.DM("U0ADA"), "Denied by Bob Berg")
	o.settled(m.ID)
}

func TestATokenThatWasRevokedGivesNoCardUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r, card := o.ask(access.ApproverCard, "U0BOB")
	o.step(card.ID)
	o.stands(o.ws.DM("U0BOB"), "Waiting for approval")
	was := o.ws.BotToken()
	o.ws.Rotate("xoxb-another", o.ws.AppToken())
	o.deny(r.ID)
	if again := o.step(card.ID); again < 4*time.Minute || o.message(card.ID).State == access.MessageFailed {
		t.Errorf("tried again in %v: %+v", again, o.message(card.ID))
	}
	o.ws.Rotate(was, o.ws.AppToken())
	o.forward(5 * time.Minute)
	o.step(card.ID)
	o.stands(o.ws.DM("U0BOB"), "Denied by Bob Berg")
	o.settled(card.ID)
}

func TestAnApproverWhoLeftIsGivenUpAndAChannelIsNot(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, gone := o.ask(access.ApproverCard, "U0NOBODY")
	if again := o.step(gone.ID); again != 0 || o.message(gone.ID).State != access.MessageFailed {
		t.Errorf("again %v: %+v", again, o.message(gone.ID))
	}
	_, m := o.ask(access.ChannelCard, "C0LATER")
	if again := o.step(m.ID); again < 4*time.Minute || o.message(m.ID).State == access.MessageFailed {
		t.Errorf("again %v: %+v", again, o.message(m.ID))
	}
	o.ws.AddChannel(workspace.Channel{ID: "C0LATER", Name: "later", Members: []string{o.ws.App().BotUserID}})
	o.forward(5 * time.Minute)
	o.step(m.ID)
	o.stands("C0LATER", "Waiting for approval")
}

func TestANoticeIsSaidOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var m access.Message
	o.change(func(tx *store.Tx) (err error) {
		m, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.Notice, To: "U0ADA", Text: "You cannot ask: <no> account.", State: access.MessageNew, CreatedAt: tx.Now()})
		return err
	})
	o.step(m.ID)
	o.step(m.ID)
	o.stands(o.ws.DM("U0ADA"), "You cannot ask: <no> account.")
}

func TestAStepOfSomethingThatIsNotThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if _, err := o.box.Step(t.Context(), "01NOTHING", 1); err != nil && !errors.Is(err, access.ErrNotFound) {
		t.Error(err)
	}
}
