package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
	"airpass/store/storetest"
	"airpass/webhook"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

// receiver takes events as somebody else would.
type receiver struct {
	*testing.T
	answer func(w http.ResponseWriter, r *http.Request, n int) bool // nil: 204; false is not taken

	mu    sync.Mutex
	asked int
	taken []event.Event
}

// ServeHTTP is the receiver's own handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // whoever sends has gone
	}
	if wrong := webhook.Wrong(q.Header, secret, time.Now(), body); wrong != "" {
		r.Error(wrong)
	}
	if q.Header.Get("Content-Type") != "application/cloudevents+json" || q.Method != http.MethodPost {
		r.Errorf("%s of %q", q.Method, q.Header.Get("Content-Type"))
	}
	var e event.Event
	if err := json.Unmarshal(body, &e); err != nil || e.Validate() != nil || q.Header.Get(webhook.HeaderID) != "airpass-"+e.ID() {
		r.Errorf("no CloudEvent: %v %v %s", err, e.Validate(), body)
	}
	r.mu.Lock()
	r.asked++
	n := r.asked
	r.mu.Unlock()
	if r.answer != nil && !r.answer(w, q, n) {
		return
	}
	r.mu.Lock()
	r.taken = append(r.taken, e)
	r.mu.Unlock()
	if r.answer == nil {
		w.WriteHeader(http.StatusNoContent)
	}
}

func (r *receiver) got() []event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]event.Event{}, r.taken...)
}

// bench is a store in which things happen, and those who are told.
type bench struct {
	*testing.T
	store  *store.Store
	caller *outbound.Caller
	now    atomic.Pointer[time.Time]

	mu  sync.Mutex
	all []*webhook.Service
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, caller: outbound.New(outbound.Options{Timeout: 5 * time.Second})}
	b.now.Store(new(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)))
	var err error
	b.store, err = store.Open(t.Context(), storetest.SQLite(t), store.Options{Now: func() time.Time { return *b.now.Load() },
		Key: store.AuditKey{ID: "k1", Key: secret}, OnEvents: func(context.Context, []access.Event) { b.ring() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	return b
}

func (b *bench) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.all {
		s.Happened()
	}
}

// tells starts a process that tells receivers, until the test ends or stop is called.
func (b *bench) tells(hooks ...webhook.Hook) (stop func()) {
	s := webhook.New(webhook.Options{Store: b.store, Caller: b.caller, Source: "urn:airpass:T1", Log: slog.New(slog.DiscardHandler),
		Hooks: func() []webhook.Hook { return hooks }})
	b.mu.Lock()
	b.all = append(b.all, s)
	b.mu.Unlock()
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	b.Cleanup(stop)
	return stop
}

// happen appends n events, each of one of three grants.
func (b *bench) happen(n int) {
	b.Helper()
	for i := range n {
		err := b.store.Update(b.Context(), access.Actor{Kind: access.ByPerson, ID: "00u1", Name: "Ada Lovelace"}, func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "test.happened", Facts: map[string]string{"n": strconv.Itoa(i), "of": "grant " + strconv.Itoa(i%3)}})
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func (b *bench) eventually(what string, so func() bool) {
	b.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatal("never:", what)
		}
	}
}

// inOrder wants the events from the first to the nth, each once.
func (b *bench) inOrder(events []event.Event, n int) {
	b.Helper()
	if len(events) != n {
		b.Errorf("%d events, want %d", len(events), n)
	}
	for i, e := range events {
		if e.ID() != strconv.Itoa(i+1) {
			b.Fatalf("event %s is at place %d", e.ID(), i+1)
		}
	}
}

func hook(name, url string) webhook.Hook {
	return webhook.Hook{Name: name, URL: url, Secret: secret, Whole: true}
}

func (b *bench) serve(r *receiver) (url string) {
	s := httptest.NewServer(r)
	b.Cleanup(s.Close)
	return s.URL
}

// lasting is a server whose address is nobody else's after it has ended: those that are given
// to whoever asks for any port are above 32,767.
func lasting(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	for range 100 {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err != nil {
			continue
		}
		s := httptest.NewUnstartedServer(h)
		_ = s.Listener.Close()
		s.Listener = l
		s.Start()
		t.Cleanup(s.Close)
		return s
	}
	t.Fatal("no free port")
	return nil
}

func TestEachEventIsToldAsItIsInTheTrail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plain, named, some := &receiver{T: t}, &receiver{T: t}, &receiver{T: t}
	withNames, few := hook("named", b.serve(named)), hook("few", b.serve(some))
	withNames.Personal, few.Kinds = true, []string{"webhook"}
	b.happen(20)
	b.tells(hook("plain", b.serve(plain)), withNames, few)
	b.happen(10)
	if err := b.store.PassWebhookEvent(t.Context(), access.System("test"), "nobody", 3, time.Now()); err == nil {
		t.Error("an event is passed by a webhook that there is not")
	}
	b.eventually("all are told", func() bool { return len(plain.got()) >= 30 && len(named.got()) >= 30 })
	b.inOrder(plain.got(), 30)
	lines, err := b.store.AuditLines(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range plain.got() {
		with, err1 := lines[i].JSON(true)
		without, err2 := lines[i].JSON(false)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if string(e.Data()) != string(without) || string(named.got()[i].Data()) != string(with) {
			t.Errorf("told %s, in the trail %s", e.Data(), without)
		}
		if e.Type() != "airpass.test.happened" || e.Source() != "urn:airpass:T1" || !e.Time().Equal(lines[i].At) || e.Extensions()["sequence"] != "0000000000000000000"[:19-len(strconv.Itoa(i+1))]+"0"+strconv.Itoa(i+1) {
			t.Errorf("%s", e)
		}
		if strings.Contains(string(e.Data()), "Lovelace") || !strings.Contains(string(named.got()[i].Data()), "Lovelace") {
			t.Error("names are told where they are not asked for, or not where they are")
		}
	}
	if n := len(some.got()); n != 0 {
		t.Errorf("%d events of kinds that were not asked for", n)
	}
}

func TestWhatFailsIsToldAgainBeforeWhatFollows(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answers := []func(w http.ResponseWriter){
		func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		func(w http.ResponseWriter) {
			http.Redirect(w, &http.Request{}, "http://127.0.0.1:1/elsewhere", http.StatusFound)
		},
	}
	r := &receiver{T: t, answer: func(w http.ResponseWriter, _ *http.Request, n int) bool {
		if n <= len(answers) {
			answers[n-1](w)
			return false
		}
		w.WriteHeader(http.StatusOK)
		return true
	}}
	b.happen(5)
	b.tells(hook("r", b.serve(r)))
	b.eventually("all are told", func() bool { return len(r.got()) >= 5 })
	b.inOrder(r.got(), 5)
	b.eventually("that is stored", func() bool {
		w, _, err := b.store.Webhook(t.Context(), "r")
		return err == nil && w.Seq == 5 && w.Failures == 0 && w.LastError == "" && !w.DeliveredAt.IsZero()
	})
}

// A receiver that is dead and one that never answers hold up neither who changes something
// nor the third; the dead one has missed nothing when it is back.
func TestADeadReceiverAndASlowOneHoldUpNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good, back := &receiver{T: t}, &receiver{T: t}
	release := make(chan struct{})
	slow := &receiver{T: t, answer: func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 {
			select {
			case <-release:
			case <-r.Context().Done():
				return false
			}
		}
		w.WriteHeader(http.StatusOK)
		return true
	}}
	killed := lasting(t, back)
	address := killed.Listener.Addr().String()
	b.tells(hook("good", b.serve(good)), hook("slow", b.serve(slow)), hook("killed", killed.URL))
	b.happen(3)
	b.eventually("it is told before it is killed", func() bool { return len(back.got()) >= 3 })
	killed.CloseClientConnections()
	killed.Close()
	b.happen(10)
	b.eventually("the good one is told", func() bool { return len(good.got()) >= 13 })
	b.inOrder(good.got(), 13)
	b.eventually("it is stored that one is dead", func() bool {
		w, _, err := b.store.Webhook(t.Context(), "killed")
		return err == nil && w.Failures > 0 && strings.Contains(w.LastError, "event 4: webhook deliver: unavailable") && !strings.Contains(w.LastError, killed.URL)
	})
	if n := len(slow.got()); n != 0 {
		t.Errorf("the slow one has taken %d", n)
	}
	close(release)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	again := &http.Server{Handler: back, ReadHeaderTimeout: time.Minute}
	go func() { _ = again.Serve(l) }()
	t.Cleanup(func() { _ = again.Close() })
	b.eventually("both are told the rest", func() bool { return len(back.got()) >= 13 && len(slow.got()) >= 13 })
	b.inOrder(back.got(), 13)
	b.inOrder(slow.got(), 13)
}

// How far a receiver is behind is told by the oldest event that it has not taken.
func TestHowFarAReceiverIsBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	backlog := func(name string) (store.Backlog, bool) {
		all, err := b.store.WebhookBacklogs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		is, begun := all[name]
		return is, begun
	}
	var open atomic.Bool
	r := &receiver{T: t, answer: func(w http.ResponseWriter, _ *http.Request, n int) bool {
		if n > 2 && !open.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return false
		}
		w.WriteHeader(http.StatusOK)
		return true
	}}
	b.happen(5)
	if _, begun := backlog("r"); begun {
		t.Error("nobody has begun, and something is told of it")
	}
	b.tells(hook("r", b.serve(r)))
	b.eventually("it has taken two, and no more", func() bool { is, _ := backlog("r"); return is.Events == 3 })
	third, err := b.store.AuditLines(t.Context(), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	b.now.Store(new(b.now.Load().Add(time.Hour)))
	b.happen(1)
	if is, _ := backlog("r"); is.Events != 4 || !is.Since.Equal(third[0].At) {
		t.Errorf("%+v, want 4 since %s", is, third[0].At)
	}
	open.Store(true)
	b.eventually("nothing waits", func() bool { is, begun := backlog("r"); return begun && is == store.Backlog{} })
	b.inOrder(r.got(), 6)
}

// One process after another, and two at the same time, go on where the trail was told to.
func TestSeveralProcessesTellEachEventOnceInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := &receiver{T: t}
	h := hook("r", b.serve(r))
	stop := b.tells(h)
	b.happen(5)
	b.eventually("the first tells", func() bool { return len(r.got()) >= 5 })
	stop()
	b.happen(5)
	b.tells(h)
	b.tells(h)
	b.happen(20)
	b.eventually("all are told", func() bool { return len(r.got()) >= 30 })
	b.inOrder(r.got(), 30)
}

func TestAWebhookBeginsWithWhatIsNew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := &receiver{T: t}
	h := hook("r", b.serve(r))
	h.Whole = false
	b.happen(5)
	b.tells(h)
	b.eventually("it has begun", func() bool {
		_, begun, err := b.store.Webhook(t.Context(), "r")
		return err == nil && begun
	})
	b.happen(2)
	b.eventually("what is new is told", func() bool { return len(r.got()) >= 2 })
	if first := r.got()[0].ID(); first != "6" {
		t.Errorf("it begins with event %s", first)
	}
	if err := b.store.BeginWebhook(t.Context(), "stuck", 3, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := b.store.PassWebhookEvent(t.Context(), access.System("test"), "stuck", 3, time.Now()); err != nil {
		t.Fatal(err)
	}
	if w, _, err := b.store.Webhook(t.Context(), "stuck"); err != nil || w.Seq != 4 {
		t.Errorf("%+v %v", w, err)
	}
}

// An event says by itself whose access it is about, or where its request began does; one that
// the trail says it of nowhere keeps the key that it had.
func TestThePartitionKeyIsWhoseAccessItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	err := b.store.Update(t.Context(), access.System("test"), func(tx *store.Tx) error {
		for _, e := range []access.Event{
			{Kind: "request.created", Request: "R1", Facts: map[string]string{"subject": "00ada"}},
			{Kind: "request.escalated", Request: "R1"},
			{Kind: "grant.active", Request: "R1", Grant: "G1", Facts: map[string]string{"subject": "00ada"}},
			{Kind: "grant.overdue", Grant: "G1"},
			{Kind: "item.settled", Grant: "G1", Facts: map[string]string{"subject": "00ada"}},
			{Kind: "intent.remove", Ref: "account_assignment|00ada|ssoins-1|111111111111|ps-1|user-1"},
			{Kind: "call.made", Grant: "G2", Ref: "okta_membership|00ada|00g1"}, // shared with another grant of hers
			{Kind: "personal.erased", Facts: map[string]string{"okta_user": "00ada"}},
			{Kind: "request.escalated", Request: "R0"},                                  // of which the trail has no beginning
			{Kind: "grant.overdue", Grant: "G0"},                                        // likewise
			{Kind: "intent.add", Ref: "group_assignment||ssoins-1|111111111111|ps-1|g"}, // nobody's
			{Kind: "setting.changed"},
		} {
			tx.Record(e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{T: t}
	b.tells(hook("siem", b.serve(r)))
	want := []string{"00ada", "00ada", "00ada", "00ada", "00ada", "00ada", "00ada", "00ada", "R0", "G0", "", ""}
	b.eventually("all are told", func() bool { return len(r.got()) >= len(want) })
	for i, e := range r.got() {
		key, has := e.Extensions()["partitionkey"].(string)
		if key != want[i] || has != (want[i] != "") {
			t.Errorf("%s has the key %q, want %q", e.Type(), key, want[i])
		}
	}
}
