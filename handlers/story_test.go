package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/chat"
	"airpass/handlers"
	"airpass/handlers/socket"
	"airpass/messages"
	"airpass/outbound"
	"airpass/sandbox/workspace"
)

const (
	ada  = "U0ADA"
	bob  = "U0BOB"
	desk = "C0REQUESTS"
)

// bench is a workspace, the real SDK connected to it over WebSocket, and a router
// whose attempts end in memory.
type bench struct {
	t *testing.T
	*workspace.Workspace
	api      *slack.Client
	chat     *chat.Client
	router   *handlers.Router
	listener *socket.Listener
	stop     func()

	mu       sync.Mutex
	attempts []access.Attempt
	stored   map[string]bool
	down     error         // what Record answers
	hold     chan struct{} // what Record waits for
	counts   map[string]int
	targets  []access.Target
	decided  bool // request 01REQ does not wait

	// prospect is what is found out about who asks; nil is nothing.
	prospect      func(ctx context.Context, user string, c access.Choice, anew bool) (access.Prospect, error)
	certification func(context.Context, string, string, string) (messages.Certification, error)
}

func target(key string, role access.Role, longest time.Duration) access.Target {
	return access.Target{ID: access.TargetID(key, role), Role: role, MaxDuration: longest, DefaultDuration: time.Hour,
		Environment: access.Environment{Key: key, Name: "mwaa-" + key, Account: "111122223333", Region: "eu-west-1"}}
}

func start(t *testing.T, change func(*bench)) *bench {
	t.Helper()
	w := workspace.New(workspace.Options{Rate: -1, PingEvery: time.Second, App: workspace.App{
		Commands: []workspace.Command{{Name: "/airflow"}, {Name: "/airflow-dev"}}}})
	server := httptest.NewServer(w.Handler())
	w.SetBaseURL(server.URL)
	w.AddUser(workspace.User{ID: ada, Name: "ada", RealName: "Ada Arndt", Email: "ada@example.com"})
	w.AddUser(workspace.User{ID: bob, Name: "bob", RealName: "Bob Berg", Email: "bob@example.com"})
	w.AddChannel(workspace.Channel{ID: desk, Name: "requests", Members: []string{ada, bob, w.App().BotUserID}})
	b := &bench{t: t, Workspace: w, stored: map[string]bool{}, counts: map[string]int{},
		api:     slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL())),
		targets: []access.Target{target("prod", access.Viewer, 8*time.Hour), target("prod", access.Op, 2*time.Hour), target("dev", access.Admin, 12*time.Hour)}}
	var err error
	if b.chat, err = chat.New(chat.Options{BotToken: w.BotToken(), APIURL: w.APIURL(), Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second})}); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(b)
	}
	b.router = handlers.NewRouter(handlers.Options{Team: w.TeamID(), Command: func() string { return "/airflow" }, Record: b.record,
		Request: b.request, Targets: b.configured, Views: b, Tell: b.tell, Count: b.count, Prospect: b.prospect, Certification: b.certification})
	b.listener = socket.New(socket.Options{AppToken: w.AppToken(), APIURL: w.APIURL(), Router: b.router, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = b.listener.Run(ctx) }()
	b.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(func() { b.stop(); w.Close(); server.Close() })
	if err := w.WaitConnected(b.ctx(), 2); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(b.t.Context(), 15*time.Second)
	b.t.Cleanup(cancel)
	return ctx
}

func (b *bench) record(ctx context.Context, a access.Attempt) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if hold := b.hold; hold != nil {
		b.mu.Unlock()
		select {
		case <-hold:
		case <-ctx.Done():
		}
		b.mu.Lock()
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
	if b.down != nil {
		return false, b.down
	}
	if b.stored[a.Delivery] {
		return false, nil
	}
	b.stored[a.Delivery] = true
	b.attempts = append(b.attempts, a)
	return true, nil
}

// request is what the store has: the request of cards.
func (b *bench) request(_ context.Context, id string) (access.Request, error) {
	if id != "01REQ" {
		return access.Request{}, access.ErrNotFound
	}
	r := b.waiting()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.decided {
		r.State = access.RequestDenied
	}
	return r, nil
}

func (b *bench) waiting() access.Request {
	return access.Request{ID: "01REQ", Subject: access.Person{Name: "Ada Arndt"}, Target: b.targets[0], Duration: time.Hour,
		Reason: "because", State: access.RequestPending, LapseAt: time.Now().Add(time.Hour)}
}

func (b *bench) recorded() []access.Attempt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]access.Attempt(nil), b.attempts...)
}

func (b *bench) count(what, outcome string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[what+" "+outcome]++
}

// configured is what can be asked for now.
func (b *bench) configured() []access.Target {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.targets
}

// withdraw takes a target out of the configuration.
func (b *bench) withdraw(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.targets = slices.DeleteFunc(slices.Clone(b.targets), func(t access.Target) bool { return t.ID == id })
}

func (b *bench) counted(key string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts[key]
}

// OpenView, UpdateView and tell are the real Web API.
func (b *bench) OpenView(ctx context.Context, trigger string, view slack.ModalViewRequest) (id, hash string, err error) {
	return b.chat.OpenView(ctx, trigger, view)
}

func (b *bench) UpdateView(ctx context.Context, id, hash string, view slack.ModalViewRequest) (string, error) {
	return b.chat.UpdateView(ctx, id, hash, view)
}

func (b *bench) tell(ctx context.Context, channel, user, words string) error {
	_, err := b.api.PostEphemeralContext(ctx, channel, user, slack.MsgOptionText(words, true))
	return err
}

// form runs the command and waits for the modal.
func (b *bench) form(user string) *workspace.ViewHandle {
	b.t.Helper()
	if _, err := b.As(user).Slash(b.ctx(), "/airflow", "", desk); err != nil {
		b.t.Fatal(err)
	}
	v, err := b.As(user).WaitView(b.ctx(), func(v workspace.View) bool { return v.CallbackID == "request.ask" })
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *bench) fill(v *workspace.ViewHandle, environment, role, duration, reason string) {
	b.t.Helper()
	err := errors.Join(v.Select(b.ctx(), "", "environment", environment), v.Select(b.ctx(), "", "role", role),
		v.Select(b.ctx(), "", "duration", duration), v.Type(b.ctx(), "reason", "reason", reason))
	if err != nil {
		b.t.Fatal(err)
	}
}

// cards posts what an approver and the requester see of request 01REQ.
func (b *bench) cards() {
	b.t.Helper()
	v := messages.View{Request: b.waiting()}
	for _, r := range []messages.Rendered{messages.Channel(v, time.Now()), messages.Requester(v, time.Now())} {
		if _, _, err := b.api.PostMessageContext(b.ctx(), desk, slack.MsgOptionText(r.Text, false), slack.MsgOptionBlocks(r.Blocks...)); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) press(user, action string) *workspace.Response {
	b.t.Helper()
	m, ok := b.As(user).Find(func(m workspace.Message) bool { return m.Button(action).There() })
	if !ok {
		b.t.Fatal("no card with", action)
	}
	r, err := m.Button(action).Click(b.ctx())
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) one() access.Attempt {
	b.t.Helper()
	all := b.recorded()
	if len(all) != 1 {
		b.t.Fatalf("attempts: %+v", all)
	}
	return all[0]
}

func TestAskingFromTheCommandToTheStoredAttempt(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	v := b.form(ada)
	b.fill(v, "prod", "Viewer", "2h0m0s", "  Re-run the <!channel> DAG & look: \"a:b\"  ")
	s, err := v.Submit(b.ctx())
	if err != nil || !s.Closed {
		t.Fatalf("submission: %+v %v", s, err)
	}
	a := b.one()
	if a.Kind != access.AttemptAsk || a.Target != "prod/Viewer" || a.Duration != 2*time.Hour || a.Reason != "Re-run the <!channel> DAG & look: \"a:b\"" {
		t.Errorf("attempt: %+v", a)
	}
	if a.Slack != (access.SlackUser{Team: b.TeamID(), ID: ada}) || a.Delivery != "view:"+v.View().ID || a.State != access.AttemptOpen || a.ReceivedAt.IsZero() {
		t.Errorf("attempt: %+v", a)
	}
}

func TestWhatIsFilledInWronglyIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	v := b.form(ada)
	b.fill(v, "prod", "Op", "1h0m0s", "      ")
	if s, err := v.Submit(b.ctx()); err != nil || s.Closed || len(s.Errors) != 1 || s.Errors["reason"] == "" {
		t.Errorf("%+v %v", s, err)
	}
	b.choose(v, "environment", "dev")
	b.follows("what dev/Admin has", v, func() bool {
		return chosen(v, "role") == "Admin" && strings.HasSuffix(b.offers(v, "duration"), "12 hours")
	})
	if err := v.Type(b.ctx(), "reason", "reason", "because"); err != nil {
		t.Fatal(err)
	}
	b.withdraw("dev/Admin")
	if s, err := v.Submit(b.ctx()); err != nil || s.Closed || !strings.Contains(s.Errors["environment"], "no such environment") {
		t.Errorf("what is not configured any more: %+v %v", s, err)
	}
	b.choose(v, "environment", "prod")
	b.follows("roles of prod", v, func() bool { return b.offers(v, "role") == "Viewer, Op" })
	b.choose(v, "role", "Op")
	b.follows("a role was chosen anew", v, func() bool { return b.offers(v, "role") == "Viewer, Op" && chosen(v, "role") == "Op" })
	b.withdraw("prod/Op")
	s, err := v.Submit(b.ctx())
	if err != nil || s.Closed || len(s.Errors) != 1 {
		t.Fatalf("%+v %v", s, err)
	}
	for block, words := range s.Errors {
		if messages.FieldOf(block) != messages.FieldRole || !strings.Contains(words, "can be asked for as: Viewer.") {
			t.Errorf("at %s: %s", block, words)
		}
	}
	if all := b.recorded(); len(all) != 0 {
		t.Errorf("stored: %+v", all)
	}
	b.choose(v, "role", "Viewer")
	b.follows("what is left", v, func() bool { return b.offers(v, "role") == "Viewer" && chosen(v, "role") == "Viewer" })
	if s, err := v.Submit(b.ctx()); err != nil || !s.Closed {
		t.Fatalf("%+v %v", s, err)
	}
}

func TestHelpAndWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	for text, says := range map[string]string{"help": "opens a form", "HELP ": "opens a form", "prod please": "did not understand"} {
		if _, err := b.As(ada).Slash(b.ctx(), "/airflow", text, desk); err != nil {
			t.Fatal(err)
		}
		if _, err := b.As(ada).WaitMessage(b.ctx(), workspace.Saying(says)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := b.As(ada).Slash(b.ctx(), "/airflow-dev", "", desk); err != nil {
		t.Fatal(err)
	}
	if _, err := b.As(ada).WaitMessage(b.ctx(), workspace.Saying("I answer to /airflow")); err != nil {
		t.Error(err)
	}
	if n := len(b.Views()); n != 0 {
		t.Errorf("%d forms opened", n)
	}
}

func TestClicksAreStoredAndDenyAsksWhy(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	b.cards()
	b.press(bob, "request.approve")
	if r := b.press(ada, "request.cancel"); r.Confirm == nil {
		t.Error("cancelling asks nothing")
	}
	b.press(bob, "request.deny")
	v, err := b.As(bob).WaitView(b.ctx(), func(v workspace.View) bool { return v.CallbackID == "request.deny" })
	if err != nil {
		t.Fatal(err)
	}
	if v.View().PrivateMetadata != "01REQ" {
		t.Errorf("metadata %q", v.View().PrivateMetadata)
	}
	if err := v.Type(b.ctx(), "reason", "reason", "not this week"); err != nil {
		t.Fatal(err)
	}
	if s, err := v.Submit(b.ctx()); err != nil || !s.Closed {
		t.Fatalf("%+v %v", s, err)
	}
	all := b.recorded()
	if len(all) != 3 {
		t.Fatalf("attempts: %+v", all)
	}
	for i, want := range []access.Attempt{
		{Kind: access.AttemptApprove, Slack: access.SlackUser{ID: bob}, Channel: desk},
		{Kind: access.AttemptCancel, Slack: access.SlackUser{ID: ada}, Channel: desk},
		{Kind: access.AttemptDeny, Slack: access.SlackUser{ID: bob}, Reason: "not this week"},
	} {
		got := all[i]
		if got.Kind != want.Kind || got.Slack.ID != want.Slack.ID || got.Channel != want.Channel || got.Reason != want.Reason || got.Request != "01REQ" {
			t.Errorf("attempt %d: %+v", i, got)
		}
	}
}

func TestAnEnvelopeSentTwiceIsOneAttemptAndOneForm(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	b.cards()
	r := b.press(bob, "request.approve")
	if d, err := b.Replay(b.ctx(), r.Delivery); err != nil || !d.Acked {
		t.Fatalf("replay: %+v %v", d, err)
	}
	b.one()
	b.Misdeliver(workspace.Misdelivery{Types: []string{"/airflow"}, Copies: 3, Times: 1})
	b.form(ada)
	b.stop() // what follows acknowledgements is over
	if n := len(b.Views()); n != 1 {
		t.Errorf("%d forms", n)
	}
	if b.Stats().Ephemeral != 0 {
		t.Error("somebody was told of a failure that was none")
	}
}

func TestAThousandEnvironmentsAreSearched(t *testing.T) {
	t.Parallel()
	b := start(t, func(b *bench) {
		for n := range 1000 {
			b.targets = append(b.targets, target(fmt.Sprintf("team-%04d-ünîcode-pipelines-<with>-&-a-rather-long-name", n), access.Viewer, 4*time.Hour))
		}
	})
	v := b.form(ada)
	for query, least := range map[string]int{"": 50, "0042": 1, "prod": 1, "nowhere": 0} {
		options, err := v.Options(b.ctx(), "environment", "environment", query)
		if err != nil || len(options) < least || len(options) > 100 || (least == 0 && len(options) > 0) {
			t.Errorf("%q: %d options, %v", query, len(options), err)
		}
	}
	b.fill(v, "prod", "Viewer", "1h0m0s", "because")
	if s, err := v.Submit(b.ctx()); err != nil || !s.Closed {
		t.Fatalf("%+v %v", s, err)
	}
	if b.Stats().DroppedAcks != 0 {
		t.Error("an answer was too large for Socket Mode")
	}
}

func TestWithTheDatabaseDownNothingIsPretended(t *testing.T) {
	t.Parallel()
	b := start(t, func(b *bench) { b.down = errors.New("database is down") })
	b.cards()
	v := b.form(ada)
	b.fill(v, "prod", "Viewer", "1h0m0s", "because")
	s, err := v.Submit(b.ctx())
	if err != nil || s.Closed || s.Errors["reason"] == "" {
		t.Errorf("%+v %v", s, err)
	}
	b.press(bob, "request.approve")
	if _, err := b.As(bob).WaitMessage(b.ctx(), workspace.Saying("probably not recorded")); err != nil {
		t.Error(err)
	}
}

func TestADatabaseThatHangsDoesNotKeepSlackWaiting(t *testing.T) {
	t.Parallel()
	b := start(t, func(b *bench) { b.hold = make(chan struct{}) })
	b.cards()
	r := b.press(bob, "request.approve")
	if r.Delivery.Latency > 2500*time.Millisecond {
		t.Errorf("acknowledged after %v", r.Delivery.Latency)
	}
	if _, err := b.As(bob).WaitMessage(b.ctx(), workspace.Saying("probably not recorded")); err != nil {
		t.Error(err)
	}
}
