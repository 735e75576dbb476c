package chat_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/chat"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
)

const (
	anna    = "U0ANNA"
	boris   = "U0BORIS"
	guest   = "U0GUEST"
	gone    = "U0GONE"
	visitor = "U0VISITOR"
	general = "C0GENERAL"
	secret  = "C0SECRET" // private, without the app
	old     = "C0OLD"
)

// town is a workspace with people in it, served over HTTP, and our client of it.
type town struct {
	*workspace.Workspace
	t      *testing.T
	clock  *control.Clock
	client *chat.Client
}

func newTown(t *testing.T, change func(*workspace.Options)) *town {
	t.Helper()
	clock := new(control.Clock)
	opts := workspace.Options{Clock: clock, Rate: -1, App: workspace.App{
		Commands: []workspace.Command{{Name: "/airflow"}}, MetadataEvents: []string{chat.MetadataEvent},
	}}
	if change != nil {
		change(&opts)
	}
	w := workspace.New(opts)
	server := httptest.NewServer(w.Handler())
	w.SetBaseURL(server.URL)
	t.Cleanup(func() { w.Close(); server.Close() })
	bot := w.App().BotUserID
	for _, u := range []workspace.User{
		{ID: anna, Name: "anna", RealName: "Anna Arndt", DisplayName: "Anna", Email: "anna+test@example.com", TZ: "Europe/Berlin", Locale: "de-DE"},
		{ID: boris, Name: "boris", RealName: "Boris Berg", Email: "boris@example.com", EmailUnconfirmed: true, IsInvited: true},
		{ID: guest, RealName: "Gus Guest", Email: "gus@contractor.example", IsRestricted: true, IsUltraRestricted: true},
		{ID: gone, RealName: "Greta Gone", Email: "greta@example.com", Deleted: true},
		{ID: visitor, TeamID: "T0OTHER", RealName: "Vera Visitor", Email: "vera@other.example"},
	} {
		w.AddUser(u)
	}
	w.AddChannel(workspace.Channel{ID: general, Name: "general", Members: []string{anna, boris, guest, bot}})
	w.AddChannel(workspace.Channel{ID: secret, Name: "secret", Private: true, Members: []string{boris}})
	w.AddChannel(workspace.Channel{ID: old, Name: "old", Archived: true, Members: []string{anna, bot}})
	w.AddChannel(workspace.Channel{ID: "C0JOINT", Name: "joint", ExtShared: true, Members: []string{anna, visitor, bot}, SharedTeams: []string{w.TeamID(), "T0OTHER"}})
	tw := &town{Workspace: w, t: t, clock: clock}
	tw.client = tw.with(w.BotToken())
	return tw
}

// with is a client with another token.
func (tw *town) with(token string) *chat.Client {
	tw.t.Helper()
	c, err := chat.New(chat.Options{BotToken: token, APIURL: tw.APIURL(), Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second, Now: tw.clock.Now})})
	must(tw.t, err)
	return c
}

// odd is a client of a server that answers as this handler does.
func odd(t *testing.T, answer http.HandlerFunc) *chat.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := chat.New(chat.Options{BotToken: "xoxb-verysecret", APIURL: server.URL + "/api", Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second})})
	must(t, err)
	return c
}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func section(s string) slack.Block { return slack.NewSectionBlock(plain(s), nil, nil) }

func modal(words string) slack.ModalViewRequest {
	return slack.ModalViewRequest{Type: slack.VTModal, Title: plain("Ask"), Blocks: slack.Blocks{BlockSet: []slack.Block{section(words)}}}
}

func ctxOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// failure is the vendor error of this class.
func failure(t *testing.T, what string, err error, class access.Class) access.VendorError {
	t.Helper()
	var v *access.VendorError
	if !errors.As(err, &v) {
		t.Fatalf("%s: %v is no failure of a vendor's", what, err)
	}
	if v.Class != class || v.Vendor != "slack" || v.Op == "" {
		t.Errorf("%s: got %s of %s %s, want %s: %v", what, v.Class, v.Vendor, v.Op, class, err)
	}
	return *v
}
