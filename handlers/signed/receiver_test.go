package signed_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/handlers"
	"airpass/handlers/signed"
	"airpass/sandbox/workspace"
)

const (
	bob    = "U0BOB"
	secret = "8f742231b10e8888abcd99yyyzzz85a5"
	form   = "application/x-www-form-urlencoded"
)

// line is a workspace in HTTP mode and a receiver that it posts to.
type line struct {
	t *testing.T
	*workspace.Workspace
	*signed.Receiver
	stop   func()
	record func(ctx context.Context) // runs inside Record; nil is nothing
	view   func(ctx context.Context) // runs inside OpenView

	mu       sync.Mutex
	attempts []access.Attempt
	stored   map[string]bool
	counts   map[string]int
	shown    atomic.Int64 // forms opened and words said
}

func connect(t *testing.T, change func(*line, *signed.Options)) *line {
	t.Helper()
	w := workspace.New(workspace.Options{Rate: -1, SigningSecret: secret, EventRetries: []time.Duration{0, 0, 0},
		App: workspace.App{Commands: []workspace.Command{{Name: "/airflow"}}, Events: []string{"app_home_opened"}}})
	server := httptest.NewServer(w.Handler())
	w.SetBaseURL(server.URL)
	w.AddUser(workspace.User{ID: bob, Name: "bob"})
	l := &line{t: t, Workspace: w, stored: map[string]bool{}, counts: map[string]int{}}
	o := signed.Options{Secret: func() string { return secret }, Listen: "127.0.0.1:0", Path: "/slack", Count: l.count,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if change != nil {
		change(l, &o)
	}
	o.Router = handlers.NewRouter(handlers.Options{Team: w.TeamID(), Command: func() string { return "/airflow" }, Record: l.store, Views: l, Count: l.count,
		Targets: func() []access.Target {
			return []access.Target{{ID: "prod/Viewer", Role: access.Viewer, MaxDuration: time.Hour, Environment: access.Environment{Key: "prod"}}}
		},
		Tell: func(context.Context, string, string, string) error { l.shown.Add(1); return nil }})
	var err error
	if l.Receiver, err = signed.Listen(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx) }()
	l.stop = sync.OnceFunc(func() { cancel(); <-done })
	w.SetRequestURLs(workspace.RequestURLs{Interactivity: l.URL(), Events: l.URL()})
	t.Cleanup(func() { l.stop(); w.Close(); server.Close() })
	return l
}

func (l *line) store(ctx context.Context, a access.Attempt) (bool, error) {
	if l.record != nil {
		l.record(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stored[a.Delivery] {
		return false, nil
	}
	l.stored[a.Delivery] = true
	l.attempts = append(l.attempts, a)
	return true, nil
}

func (l *line) OpenView(ctx context.Context, _ string, _ slack.ModalViewRequest) (id, hash string, err error) {
	if l.view != nil {
		l.view(ctx)
	}
	l.shown.Add(1)
	return "V0", "1.a", nil
}

func (l *line) UpdateView(context.Context, string, string, slack.ModalViewRequest) (string, error) {
	return "1.b", nil
}

func (l *line) count(what, outcome string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[what+" "+outcome]++
}

func (l *line) counted(key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[key]
}

func (l *line) recorded() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.attempts)
}

func (l *line) ctx() context.Context {
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	l.t.Cleanup(cancel)
	return ctx
}

// post is a request as somebody could make it, signed as Slack does.
type post struct {
	method, url, contentType, body string
	at                             time.Time
	change                         func(h http.Header)
}

func (l *line) click() post {
	payload, _ := json.Marshal(map[string]any{"type": "block_actions", "team": map[string]any{"id": l.TeamID()}, "user": map[string]any{"id": bob},
		"actions": []any{map[string]any{"action_id": "request.approve", "value": "01R"}}})
	return l.made(url.Values{"payload": {string(payload)}}.Encode())
}

func (l *line) command(text string) post {
	return l.made(url.Values{"team_id": {l.TeamID()}, "user_id": {bob}, "command": {"/airflow"}, "text": {text}, "trigger_id": {"1.2.3"}}.Encode())
}

func (l *line) made(body string) post {
	return post{method: http.MethodPost, url: l.URL(), contentType: form, body: body, at: time.Now()}
}

// send sends it and returns the status and what was answered.
func (l *line) send(p post) (status int, answer string) {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.ctx(), p.method, p.url, strings.NewReader(p.body))
	if err != nil {
		l.t.Fatal(err)
	}
	stamp := strconv.FormatInt(p.at.Unix(), 10)
	req.Header.Set("Content-Type", p.contentType)
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", workspace.Sign(secret, stamp, []byte(p.body)))
	if p.change != nil {
		p.change(req.Header)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// until waits for what is not announced.
func (l *line) until(what string, done func() bool) {
	l.t.Helper()
	ctx := l.ctx()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			l.t.Fatalf("never: %s", what)
		}
	}
}

func TestWhatIsNotSignedByTheBookIsRefused(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	header := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	for name, c := range map[string]struct {
		edit   func(*post)
		status int
	}{
		"no signature":             {func(p *post) { p.change = func(h http.Header) { h.Del("X-Slack-Signature") } }, 401},
		"no timestamp":             {func(p *post) { p.change = func(h http.Header) { h.Del("X-Slack-Request-Timestamp") } }, 401},
		"another's signature":      {func(p *post) { p.change = header("X-Slack-Signature", workspace.Sign("other", "1", nil)) }, 401},
		"another scheme":           {func(p *post) { p.change = header("X-Slack-Signature", "v1=00") }, 401},
		"a short signature":        {func(p *post) { p.change = header("X-Slack-Signature", "v0=00") }, 401},
		"a tampered timestamp":     {func(p *post) { p.change = header("X-Slack-Request-Timestamp", strconv.FormatInt(p.at.Unix()+1, 10)) }, 401},
		"a timestamp of words":     {func(p *post) { p.change = header("X-Slack-Request-Timestamp", "now") }, 401},
		"the end of time":          {func(p *post) { p.change = header("X-Slack-Request-Timestamp", "9223372036854775807") }, 401},
		"too old":                  {func(p *post) { p.at = time.Now().Add(-5*time.Minute - 2*time.Second) }, 401},
		"too far ahead":            {func(p *post) { p.at = time.Now().Add(5*time.Minute + 3*time.Second) }, 401},
		"GET":                      {func(p *post) { p.method = http.MethodGet }, 405},
		"another path":             {func(p *post) { p.url += "/other" }, 404},
		"the root":                 {func(p *post) { p.url = strings.TrimSuffix(p.url, "slack") }, 404},
		"text":                     {func(p *post) { p.contentType = "text/plain" }, 415},
		"no type":                  {func(p *post) { p.contentType = "" }, 415},
		"multipart":                {func(p *post) { p.contentType = "multipart/form-data; boundary=x" }, 415},
		"compressed":               {func(p *post) { p.change = header("Content-Encoding", "gzip") }, 415},
		"a form as JSON":           {func(p *post) { p.contentType = "application/json" }, 400},
		"JSON as a form":           {func(p *post) { p.body = `{"type":"event_callback","event_id":"Ev1"}` }, 400},
		"neither this nor that":    {func(p *post) { p.body = "a=b" }, 400},
		"both":                     {func(p *post) { p.body += "&command=%2Fairflow" }, 400},
		"two payloads":             {func(p *post) { p.body += "&payload=%7B%7D" }, 400},
		"a broken escape":          {func(p *post) { p.body += "&a=%zz" }, 400},
		"payload in the query":     {func(p *post) { p.url += "?" + p.body; p.body = "" }, 400},
		"too large":                {func(p *post) { p.body += "&pad=" + strings.Repeat("x", 1<<20) }, 413},
		"a body of another's size": {func(p *post) { body := p.body; p.body = ""; p.url += "?" + body }, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := l.click()
			c.edit(&p)
			if status, answer := l.send(p); status != c.status {
				t.Errorf("HTTP %d %q, want %d", status, answer, c.status)
			}
		})
	}
	t.Cleanup(func() {
		if l.recorded() != 0 || l.shown.Load() != 0 {
			t.Errorf("%d attempts, %d forms or words", l.recorded(), l.shown.Load())
		}
	})
}

func TestATamperedBodyIsRefused(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	good := l.click()
	stamp := strconv.FormatInt(good.at.Unix(), 10)
	bad := good
	bad.body = strings.Replace(good.body, "01R", "02R", 1)
	bad.change = func(h http.Header) { h.Set("X-Slack-Signature", workspace.Sign(secret, stamp, []byte(good.body))) }
	if status, _ := l.send(bad); status != http.StatusUnauthorized || l.recorded() != 0 {
		t.Errorf("HTTP %d, %d attempts", status, l.recorded())
	}
	if status, _ := l.send(good); status != http.StatusOK || l.recorded() != 1 {
		t.Errorf("untouched: HTTP %d, %d attempts", status, l.recorded())
	}
}

func TestTheWindowIsFiveMinutesEitherWay(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	for n, away := range []time.Duration{-5*time.Minute + 10*time.Second, 5*time.Minute - 10*time.Second} {
		p := l.click()
		p.at = time.Now().Add(away)
		if status, _ := l.send(p); status != http.StatusOK || l.recorded() != n+1 {
			t.Errorf("%s: HTTP %d, %d attempts", away, status, l.recorded())
		}
	}
}

// The secret may change between two requests, and an empty one lets nobody in.
func TestOnlyTheSecretOfNowCounts(t *testing.T) {
	t.Parallel()
	var now atomic.Value
	now.Store("the one before")
	l := connect(t, func(_ *line, o *signed.Options) { o.Secret = func() string { return now.Load().(string) } })
	if status, _ := l.send(l.click()); status != http.StatusUnauthorized {
		t.Errorf("HTTP %d", status)
	}
	now.Store("")
	p := l.click()
	p.change = func(h http.Header) {
		h.Set("X-Slack-Signature", workspace.Sign("", h.Get("X-Slack-Request-Timestamp"), []byte(p.body)))
	}
	if status, _ := l.send(p); status != http.StatusUnauthorized {
		t.Errorf("without a secret: HTTP %d", status)
	}
	now.Store(secret)
	if status, _ := l.send(l.click()); status != http.StatusOK {
		t.Errorf("the new one: HTTP %d", status)
	}
}

func TestAReplayIsAnsweredAndDoesNothing(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	click, command := l.click(), l.command("")
	// The signature may be spelt otherwise and the query is not signed: it stays the
	// same delivery.
	spelt := func(p post) post {
		p.change = func(h http.Header) {
			h.Set("X-Slack-Signature", "v0="+strings.ToUpper(strings.TrimPrefix(h.Get("X-Slack-Signature"), "v0=")))
		}
		p.url += "?payload=%7B%7D&again=1"
		return p
	}
	for _, p := range []post{click, click, spelt(click), command, command, spelt(command)} {
		if status, _ := l.send(p); status != http.StatusOK {
			t.Errorf("HTTP %d", status)
		}
	}
	l.stop() // what follows is over
	if l.recorded() != 1 || l.shown.Load() != 1 || l.counted("block_actions duplicate") != 2 {
		t.Errorf("%d attempts, %d forms, counted %v", l.recorded(), l.shown.Load(), l.counts)
	}
}

func TestACommandAClickAndAMenuAreWhatSocketModeBrings(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	if r, err := l.As(bob).Slash(l.ctx(), "/airflow", "help", ""); err != nil || !strings.Contains(string(r.Delivery.Answer), "opens a form") {
		t.Errorf("help: %v", err)
	}
	if status, answer := l.send(l.command("what now")); status != http.StatusOK || !strings.Contains(answer, `"response_type":"ephemeral"`) {
		t.Errorf("HTTP %d %s", status, answer)
	}
	if status, answer := l.send(l.click()); status != http.StatusOK || answer != "" {
		t.Errorf("a click is answered %d %q", status, answer)
	}
	menu, _ := json.Marshal(map[string]any{"type": "block_suggestion", "team": map[string]any{"id": l.TeamID()}, "user": map[string]any{"id": bob},
		"action_id": "environment", "value": "pr"})
	if _, answer := l.send(l.made(url.Values{"payload": {string(menu)}}.Encode())); !strings.Contains(answer, `"options":[{`) {
		t.Errorf("a menu is answered %q", answer)
	}
	if status, answer := l.send(l.made("ssl_check=1&token=x")); status != http.StatusOK || answer != "" {
		t.Errorf("a check of the certificate: %d %q", status, answer)
	}
}

func TestTheChallengeIsAnsweredOnlyWhenSigned(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	if err := l.VerifyEventsURL(l.ctx()); err != nil {
		t.Error(err)
	}
	p := l.made(`{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`)
	p.contentType = "application/json"
	p.change = func(h http.Header) { h.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)) }
	if status, answer := l.send(p); status != http.StatusUnauthorized || strings.Contains(answer, "3eZ") {
		t.Errorf("HTTP %d %s", status, answer)
	}
}

func TestAnEventThatSlackRetriesIsHandledOnce(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	l.Misdeliver(workspace.Misdelivery{Types: []string{"app_home_opened"}, Times: 2, LoseAck: true})
	if _, err := l.As(bob).Home(); err != nil {
		t.Fatal(err)
	}
	l.until("the third delivery is heard", func() bool {
		all := l.Deliveries()
		return len(all) == 3 && all[2].Acked && all[2].Retry == 2
	})
	if l.counted("events_api recorded") != 1 || l.counted("events_api duplicate") != 2 {
		t.Errorf("counted %v", l.counts)
	}
}

// The answer is with Slack before anything that follows begins.
func TestNobodyIsCalledBeforeSlackIsAnswered(t *testing.T) {
	t.Parallel()
	answered, begun := make(chan struct{}), make(chan struct{})
	l := connect(t, func(l *line, _ *signed.Options) {
		l.view = func(context.Context) { close(begun); <-answered }
	})
	defer close(answered)
	r, err := l.As(bob).Slash(l.ctx(), "/airflow", "", "")
	if err != nil || !r.Delivery.Acked {
		t.Fatalf("not answered while a form is being opened: %v", err)
	}
	<-begun
}

func TestAWorkspaceThatHangsAfterwardsDoesNotDelayAnswers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	l := connect(t, func(l *line, o *signed.Options) {
		o.Afterwards = 2
		l.view = func(context.Context) { <-release }
	})
	defer close(release)
	for range 20 {
		r, err := l.As(bob).Slash(l.ctx(), "/airflow", "", "")
		if err != nil || r.Delivery.Latency > time.Second {
			t.Fatalf("%+v %v", r, err)
		}
	}
}

func TestShutdownFinishesWhatHasArrivedAndWhatFollows(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	l := connect(t, func(l *line, _ *signed.Options) {
		l.record = func(context.Context) { arrived <- struct{}{}; <-release }
		l.view = func(context.Context) { arrived <- struct{}{}; <-release }
	})
	l.until("ready", func() bool { return l.Ready() == nil })
	if _, err := l.As(bob).Slash(l.ctx(), "/airflow", "", ""); err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	go func() { s, _ := l.send(l.click()); status <- s }()
	<-arrived
	<-arrived
	stopped := make(chan struct{})
	go func() { l.stop(); close(stopped) }()
	l.until("no more requests are taken", func() bool { return errors.Is(l.Ready(), signed.ErrNotListening) })
	select {
	case <-stopped:
		t.Error("stopped with something under way")
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if s := <-status; s != http.StatusOK {
		t.Errorf("HTTP %d", s)
	}
	<-stopped
	if l.recorded() != 1 || l.shown.Load() != 1 {
		t.Errorf("%d attempts, %d forms", l.recorded(), l.shown.Load())
	}
}

// Somebody who sends a head and then waits is not waited for.
func TestASlowBodyIsCutOff(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	p := l.click()
	conn, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	stamp := strconv.FormatInt(p.at.Unix(), 10)
	_, err = io.WriteString(conn, "POST /slack HTTP/1.1\r\nHost: x\r\nContent-Type: "+form+"\r\nX-Slack-Request-Timestamp: "+stamp+
		"\r\nX-Slack-Signature: "+workspace.Sign(secret, stamp, []byte(p.body))+"\r\nContent-Length: "+strconv.Itoa(len(p.body))+"\r\n\r\n"+p.body[:10])
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := conn.SetReadDeadline(begin.Add(15 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") || time.Since(begin) > 10*time.Second {
		t.Errorf("after %s: %q %v", time.Since(begin), answer, err)
	}
	if l.recorded() != 0 {
		t.Error("stored")
	}
}

func TestAnAddressThatIsTakenIsTold(t *testing.T) {
	t.Parallel()
	l := connect(t, nil)
	if _, err := signed.Listen(t.Context(), signed.Options{Listen: l.Addr()}); err == nil {
		t.Error("two on one address")
	}
}
