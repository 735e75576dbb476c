package workspace

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// town is a workspace with people in it, served over HTTP, and the real SDK's
// client of the app.
type town struct {
	*Workspace
	t      *testing.T
	api    *slack.Client
	server *httptest.Server
}

const (
	anna    = "U0ANNA"
	boris   = "U0BORIS"
	guest   = "U0GUEST"
	gone    = "U0GONE"
	visitor = "U0VISITOR"
	general = "C0GENERAL"
	ops     = "C0OPS" // private, with the app
	secret  = "C0SECRET"
	old     = "C0OLD"
	joint   = "C0JOINT" // shared with another organisation
)

func newTown(t *testing.T, change func(*Options)) *town {
	t.Helper()
	opts := Options{Rate: -1, App: App{
		Commands:       []Command{{Name: "/airflow", Description: "Ask for access"}},
		Shortcuts:      []Shortcut{{Type: "global", CallbackID: "ask"}, {Type: "message", CallbackID: "about"}},
		Events:         []string{"app_home_opened", "message.im", "app_mention"},
		MetadataEvents: []string{"card"},
	}}
	if change != nil {
		change(&opts)
	}
	w := New(opts)
	server := httptest.NewServer(w.Handler())
	w.SetBaseURL(server.URL)
	t.Cleanup(func() { w.Close(); server.Close() })
	bot := w.App().BotUserID
	w.AddUser(User{ID: anna, Name: "anna", RealName: "Anna Arndt", DisplayName: "Anna", Email: "anna@example.com", TZ: "Europe/Berlin", Locale: "de-DE", Title: "Data engineer"})
	w.AddUser(User{ID: boris, Name: "boris", RealName: "Boris Berg", DisplayName: "Boris", Email: "boris@example.com"})
	w.AddUser(User{ID: "U0ANNA2", Name: "anna2", RealName: "Anna Arndt", DisplayName: "Anna", Email: "a.arndt@example.com"})
	w.AddUser(User{ID: guest, Name: "guest", RealName: "Gus Guest", Email: "gus@contractor.example", IsRestricted: true})
	w.AddUser(User{ID: gone, Name: "gone", RealName: "Greta Gone", Email: "greta@example.com", Deleted: true})
	w.AddUser(User{ID: visitor, TeamID: "T0OTHER", Name: "vera", RealName: "Vera Visitor", Email: "vera@other.example"})
	w.AddUserGroup(UserGroup{ID: "S0DATA", Handle: "data", Name: "Data", Users: []string{anna, gone}})
	w.AddChannel(Channel{ID: general, Name: "general", Members: []string{anna, boris, guest, bot}})
	w.AddChannel(Channel{ID: ops, Name: "ops", Private: true, Members: []string{boris, bot}})
	w.AddChannel(Channel{ID: secret, Name: "secret", Private: true, Members: []string{boris}})
	w.AddChannel(Channel{ID: old, Name: "old", Archived: true, Members: []string{anna, bot}})
	w.AddChannel(Channel{ID: joint, Name: "joint", ExtShared: true, Members: []string{anna, visitor, bot}, SharedTeams: []string{w.TeamID(), "T0OTHER"}})
	return &town{Workspace: w, t: t, server: server, api: slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL()))}
}

func (tw *town) ctx() context.Context {
	ctx, cancel := context.WithTimeout(tw.t.Context(), 10*time.Second)
	tw.t.Cleanup(cancel)
	return ctx
}

// app is the real SDK's Socket Mode client with what the app under test does.
type app struct {
	*socketmode.Client
	mu   sync.Mutex
	seen []socketmode.Event
}

// handler does something with an event; it acknowledges itself.
type handler func(a *app, e socketmode.Event)

// run connects the app and waits until it takes payloads.
func (tw *town) run(handle handler) *app {
	tw.t.Helper()
	ready := 0
	for _, c := range tw.Connections() {
		if !c.Leaving {
			ready++
		}
	}
	a := tw.start(handle)
	if err := tw.WaitConnected(tw.ctx(), ready+1); err != nil {
		tw.t.Fatal(err)
	}
	return a
}

func (tw *town) start(handle handler) *app {
	api := slack.New(tw.BotToken(), slack.OptionAPIURL(tw.APIURL()), slack.OptionAppLevelToken(tw.AppToken()))
	a := &app{Client: socketmode.New(api)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = a.RunContext(ctx) }()
	go func() {
		for {
			select {
			case e := <-a.Events:
				a.mu.Lock()
				a.seen = append(a.seen, e)
				a.mu.Unlock()
				if e.Request != nil && e.Request.EnvelopeID != "" {
					handle(a, e)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	tw.t.Cleanup(func() { cancel(); <-done })
	return a
}

// agree acknowledges and does nothing.
func agree(a *app, e socketmode.Event) { _ = a.Ack(*e.Request) }

// silent never acknowledges.
func silent(*app, socketmode.Event) {}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, false)
}

func opt(value, words string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(value, plain(words), nil)
}

// requestForm is a modal like the app's own.
func requestForm() slack.ModalViewRequest {
	env := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Pick"), "env", opt("prod", "Production"), opt("dev", "Development"))
	role := slack.NewInputBlock("role", plain("Role"), nil,
		slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Pick"), "role", opt("viewer", "Viewer"), opt("admin", "Admin")))
	reason := slack.NewPlainTextInputBlockElement(plain("Why"), "reason").WithMultiline(true).WithMaxLength(500)
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain("Ask for Airflow"), Submit: plain("Ask"), Close: plain("Cancel"), CallbackID: "request",
		PrivateMetadata: "from=slash", NotifyOnClose: true,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("env", plain("Environment"), nil, env).WithDispatchAction(true),
			role,
			slack.NewInputBlock("reason", plain("Reason"), plain("Say what for"), reason),
		}},
	}
}

// card is an approval card.
func card(words string) []slack.Block {
	approve := slack.NewButtonBlockElement("approve", "req-1", plain("Approve")).WithStyle(slack.StylePrimary)
	deny := slack.NewButtonBlockElement("deny", "req-1", plain("Deny")).WithStyle(slack.StyleDanger).
		WithConfirm(slack.NewConfirmationBlockObject(plain("Deny?"), plain("They will be told."), plain("Deny"), plain("Back")))
	return []slack.Block{slack.NewSectionBlock(mrkdwn(words), nil, nil), slack.NewActionBlock("decide", approve, deny)}
}

// next takes what comes next from a channel, and ends the test when nothing comes.
func next[T any](t *testing.T, ctx context.Context, from <-chan T) T {
	t.Helper()
	var none T
	select {
	case v := <-from:
		return v
	case <-ctx.Done():
		t.Fatal("nothing came")
		return none
	}
}

func decode[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return out
}
