package workspace

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Workspace is one Slack workspace with one app. Use New. All methods are safe
// for concurrent use.
type Workspace struct {
	opts   Options
	clock  *control.Clock
	faults *control.Faults
	limits *limiter
	client *http.Client
	done   chan struct{} // closed by Close
	closed sync.Once

	tokens  sync.Mutex // of opts.BotToken and opts.AppToken
	mu      sync.Mutex
	baseURL string
	urls    RequestURLs
	counter uint64
	lastTS  int64 // microseconds of the newest message timestamp

	users     map[string]*User
	userOrder []string
	groups    []*UserGroup
	channels  map[string]*Channel
	chanOrder []string
	dms       map[string]string     // person -> direct message with the app
	messages  map[string][]*Message // by channel, oldest first

	views  map[string]*View
	stacks map[string][]string // user -> open modals, root first
	homes  map[string]string   // user -> Home tab view
	state  map[surfaceKey]values
	loaded map[surfaceKey]map[string][]Option // options that an external select has loaded
	read   map[readKey]string                 // timestamp of the newest message that was there when it was read

	triggers     map[string]*trigger
	responseURLs map[string]*responseURL

	sockets    socketState
	deliveries []*Delivery
	byEnvelope map[string]*Delivery
	misdeliver []*misdelivering
	stats      Stats

	seq     uint64
	changed chan struct{} // closed and replaced at each change
	subs    map[*subscription]struct{}
}

// New returns a workspace that has only the app in it. Add people and channels,
// serve Handler, and tell it its address with SetBaseURL.
func New(opts Options) *Workspace {
	opts = opts.withDefaults()
	w := &Workspace{
		opts: opts, clock: opts.Clock, faults: control.NewFaults(opts.Clock), limits: newLimiter(opts.Rate),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}},
		done:   make(chan struct{}),
		users:  map[string]*User{}, channels: map[string]*Channel{}, dms: map[string]string{}, messages: map[string][]*Message{},
		views: map[string]*View{}, stacks: map[string][]string{}, homes: map[string]string{},
		state: map[surfaceKey]values{}, loaded: map[surfaceKey]map[string][]Option{}, read: map[readKey]string{},
		triggers: map[string]*trigger{}, responseURLs: map[string]*responseURL{},
		byEnvelope: map[string]*Delivery{}, changed: make(chan struct{}), subs: map[*subscription]struct{}{},
	}
	w.sockets.init()
	w.clock.OnMove(func(time.Time) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.announce(Change{Kind: "clock"})
	})
	w.AddUser(User{
		ID: opts.App.BotUserID, Name: strings.ToLower(opts.App.Name), RealName: opts.App.Name, DisplayName: opts.App.Name,
		IsBot: true, IsAppUser: true, Bot: opts.App.BotID,
	})
	return w
}

// Close drops the Socket Mode connections, stops pending redeliveries and lets go
// of what a fault holds, so that the server of Handler can be closed after it.
func (w *Workspace) Close() {
	w.closed.Do(func() { close(w.done) })
	w.faults.Clear()
	w.DropConnections()
	w.client.CloseIdleConnections()
}

// Faults returns the faults of this vendor; see the package comment for the names.
func (w *Workspace) Faults() *control.Faults { return w.faults }

// Clock returns the sandbox clock.
func (w *Workspace) Clock() *control.Clock { return w.clock }

// TeamID returns the workspace's id.
func (w *Workspace) TeamID() string { return w.opts.TeamID }

// SigningSecret returns the secret that signs requests in HTTP mode.
func (w *Workspace) SigningSecret() string { return w.opts.SigningSecret }

// App returns the app as Slack knows it.
func (w *Workspace) App() App { return w.opts.App }

// SetBaseURL says under which address Handler is served ("http://127.0.0.1:4711"),
// for the URLs that Slack hands out.
func (w *Workspace) SetBaseURL(url string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.baseURL = strings.TrimRight(url, "/")
}

// APIURL is what the Slack SDK takes as its API address; it ends in "/", because
// the SDK concatenates it with the method's name.
func (w *Workspace) APIURL() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.baseURL + "/api/"
}

// Handler serves the Web API (/api/METHOD), Socket Mode (/link/) and response
// URLs (/response/TOKEN).
func (w *Workspace) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", w.webAPI())
	mux.HandleFunc("POST /response/{token}", w.serveResponseURL)
	outer := http.NewServeMux()
	outer.HandleFunc("GET /link/", w.serveSocket)
	outer.Handle("/", w.faults.Middleware(opOf, answer, mux))
	return outer
}

// newID returns an id of Slack's form. The caller holds the lock.
func (w *Workspace) newID(prefix string) string {
	w.counter++
	return fmt.Sprintf("%s0%07X%s", prefix, w.counter, strings.ToUpper(randomHex(1)))
}

// newTS returns a message timestamp: the sandbox time in seconds and microseconds,
// later than every one before. The caller holds the lock.
func (w *Workspace) newTS() string {
	micros := w.clock.Now().UnixMicro()
	if micros <= w.lastTS {
		micros = w.lastTS + 1
	}
	w.lastTS = micros
	return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6)
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
