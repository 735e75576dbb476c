// Package deploy_test holds what is handed to others, the Slack app's manifest, to
// what airpass does.
package deploy_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/slack-go/slack"

	"airpass/chat"
	"airpass/messages"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// manifest is what the tests look at.
// See https://docs.slack.dev/reference/app-manifest.
type manifest struct {
	Features struct {
		SlashCommands []struct {
			Command     string
			Description string
			URL         string
		} `yaml:"slash_commands"`
		Shortcuts []struct {
			Name, Type, Description string
			CallbackID              string `yaml:"callback_id"`
		}
	}
	OAuthConfig struct {
		Scopes struct{ Bot, User []string }
	} `yaml:"oauth_config"`
	Settings struct {
		SocketMode    bool `yaml:"socket_mode_enabled"`
		Interactivity struct {
			Enabled    bool   `yaml:"is_enabled"`
			RequestURL string `yaml:"request_url"`
			OptionsURL string `yaml:"message_menu_options_url"`
		}
	}
	Events map[string]struct {
		Type       string
		Properties map[string]struct{ Type string }
		Required   []string
	}
}

func read(t *testing.T) manifest {
	t.Helper()
	return decoded[manifest](t, "slack-manifest.yaml")
}

func decoded[T any](t *testing.T, file string) T {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var m T
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// scopesOf is what each method needs, from its page under
// https://docs.slack.dev/reference/methods. A method that is not here fails the test.
func scopesOf() map[string][]string {
	return map[string][]string{
		"auth.test":             nil,
		"apps.connections.open": nil,                                // with the app-level token, which has scopes of its own
		"users.info":            {"users:read", "users:read.email"}, // the latter for the address in the answer
		"users.lookupByEmail":   {"users:read.email"},
		"usergroups.users.list": {"usergroups:read"},
		"conversations.open":    {"im:write"}, // airpass opens direct messages only
		"conversations.history": {"im:history", "channels:history", "groups:history"},
		"chat.postMessage":      {"chat:write"},
		"chat.update":           {"chat:write"},
		"chat.postEphemeral":    {"chat:write"},
		"chat.getPermalink":     nil,
		"views.open":            nil,
		"views.update":          nil,
		"views.publish":         nil,
	}
}

func TestTheScopesAreThoseOfTheCallsAndNoMore(t *testing.T) {
	t.Parallel()
	m := read(t)
	needed := []string{"commands"}
	for _, site := range outbound.Sites() {
		if site.Vendor != outbound.Slack {
			continue
		}
		scopes, known := scopesOf()[site.Name]
		if !known {
			t.Errorf("%s: say in scopesOf which scopes it needs", site.Name)
		}
		needed = append(needed, scopes...)
	}
	slices.Sort(needed)
	needed = slices.Compact(needed)
	if got := slices.Sorted(slices.Values(m.OAuthConfig.Scopes.Bot)); !slices.Equal(got, needed) {
		t.Errorf("the manifest asks for %v\nthe calls need        %v", got, needed)
	}
	if len(m.OAuthConfig.Scopes.User) > 0 {
		t.Errorf("airpass acts for nobody: %v", m.OAuthConfig.Scopes.User)
	}
}

func TestTheAppListensOverSocketModeToWhatItAnswers(t *testing.T) {
	t.Parallel()
	m := read(t)
	if !m.Settings.SocketMode || !m.Settings.Interactivity.Enabled {
		t.Errorf("Socket Mode and interactivity are needed: %+v", m.Settings)
	}
	if c := m.Features.SlashCommands; len(c) != 1 || c[0].Command != "/airflow" || c[0].URL != "" {
		t.Errorf("one command, the configuration's default, without an address: %+v", c)
	}
	e, declared := m.Events[chat.MetadataEvent]
	if !declared || len(m.Events) != 1 {
		t.Fatalf("declared is %v, sent is %s", m.Events, chat.MetadataEvent)
	}
	if e.Type != "object" || len(e.Properties) != 1 || e.Properties["key"].Type != "string" || !slices.Equal(e.Required, []string{"key"}) {
		t.Errorf("the payload is an object with a text named key: %+v", e)
	}
}

// A shortcut that the app does not know, or that the sandbox has and Slack has not, helps
// nobody. Names have at most 24 characters, descriptions 150.
// See https://docs.slack.dev/reference/app-manifest.
func TestTheShortcutsAreThoseThatAreAnswered(t *testing.T) {
	t.Parallel()
	var all []workspace.Shortcut
	for _, s := range read(t).Features.Shortcuts {
		all = append(all, workspace.Shortcut{Name: s.Name, Type: s.Type, CallbackID: s.CallbackID, Description: s.Description})
		if len(s.Name) == 0 || len(s.Name) > 24 || len(s.Description) == 0 || len(s.Description) > 150 {
			t.Errorf("Slack does not take %+v", s)
		}
	}
	if len(all) != 2 || all[0].Type+all[0].CallbackID != "global"+messages.ShortcutAsk || all[1].Type+all[1].CallbackID != "message"+messages.ShortcutAskAbout {
		t.Errorf("the manifest has %+v", all)
	}
	world, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	if app := world.Slack.App(); !slices.Equal(app.Shortcuts, all) {
		t.Errorf("the sandbox's app has %+v", app.Shortcuts)
	}
}

// In HTTP mode everything comes to one address, over TLS; the app is the same otherwise.
func TestTheManifestOfHTTPModeDiffersInTheAddressOnly(t *testing.T) {
	t.Parallel()
	const address = "https://airpass.example.com/slack"
	m := decoded[manifest](t, "slack-manifest-http.yaml")
	i, c := m.Settings.Interactivity, m.Features.SlashCommands
	if m.Settings.SocketMode || !i.Enabled || i.RequestURL != address || i.OptionsURL != address || len(c) != 1 || c[0].URL != address {
		t.Errorf("%+v %+v", m.Settings, c)
	}
	socket, posted := decoded[map[string]any](t, "slack-manifest.yaml"), decoded[map[string]any](t, "slack-manifest-http.yaml")
	for _, all := range []map[string]any{socket, posted} {
		settings := all["settings"].(map[string]any)
		settings["socket_mode_enabled"] = nil
		interactivity := settings["interactivity"].(map[string]any)
		delete(interactivity, "request_url")
		delete(settings["event_subscriptions"].(map[string]any), "request_url")
		delete(interactivity, "message_menu_options_url")
		delete(all["features"].(map[string]any)["slash_commands"].([]any)[0].(map[string]any), "url")
	}
	if !reflect.DeepEqual(socket, posted) {
		t.Errorf("they differ in more:\n%v\n%v", socket, posted)
	}
}

const (
	anna    = "U0ANNA"
	leads   = "S0LEADS"
	public  = "C0PUBLIC"
	private = "C0PRIVATE"
)

// An app with this manifest, in a workspace that enforces scopes, can do everything
// that airpass does, in every sort of channel; without any one scope it cannot.
func TestAnAppWithThisManifestCanDoItsWork(t *testing.T) {
	t.Parallel()
	all := read(t).OAuthConfig.Scopes.Bot
	called, err := work(t, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, site := range outbound.Sites() {
		if site.Vendor == outbound.Slack && !slices.Contains(called, site.Name) {
			t.Errorf("%s was not tried", site.Name)
		}
	}
	for i, scope := range all {
		t.Run("without "+scope, func(t *testing.T) {
			t.Parallel()
			if _, err := work(t, slices.Delete(slices.Clone(all), i, i+1)); err == nil {
				t.Error("it works as well; then the manifest need not ask for it")
			}
		})
	}
}

// work does everything that airpass does in Slack, as an app with these scopes.
func work(t *testing.T, scopes []string) (called []string, err error) {
	t.Helper()
	m := read(t)
	w := workspace.New(workspace.Options{Rate: -1, App: workspace.App{
		BotScopes: scopes, Commands: []workspace.Command{{Name: m.Features.SlashCommands[0].Command}},
		MetadataEvents: slices.Collect(maps.Keys(m.Events)),
	}})
	server := httptest.NewServer(w.Handler())
	w.SetBaseURL(server.URL)
	t.Cleanup(func() { w.Close(); server.Close() })
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(receiver.Close)
	w.AddUser(workspace.User{ID: anna, RealName: "Anna Arndt", Email: "anna@example.com"})
	w.AddUserGroup(workspace.UserGroup{ID: leads, Handle: "leads", Users: []string{anna}})
	bot := w.App().BotUserID
	w.AddChannel(workspace.Channel{ID: public, Name: "public", Members: []string{anna, bot}})
	w.AddChannel(workspace.Channel{ID: private, Name: "private", Private: true, Members: []string{anna, bot}})
	client, err := chat.New(chat.Options{BotToken: w.BotToken(), AppToken: w.AppToken(), APIURL: w.APIURL(), Caller: outbound.New(outbound.Options{
		Timeout: 5 * time.Second, After: func(c outbound.Call) { called = append(called, c.Site.Name) },
	})})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := client.Connects(ctx); err != nil {
		return called, err
	}
	w.SetRequestURLs(workspace.RequestURLs{Commands: receiver.URL})
	if err := people(ctx, client); err != nil {
		return called, err
	}
	dm, err := client.OpenDM(ctx, anna)
	if err != nil {
		return called, err
	}
	for _, channel := range []string{dm, public, private} {
		if err := message(ctx, client, channel); err != nil {
			return called, err
		}
	}
	return called, form(ctx, client, w)
}

var (
	errNoAddress  = errors.New("the answer has no e-mail address")
	errNotInGroup = errors.New("the user group has not who is in it")
	errNotFound   = errors.New("the message was not found by its key")
)

func people(ctx context.Context, client *chat.Client) error {
	p, err := client.User(ctx, anna)
	if err != nil {
		return err
	}
	if p.Email == "" {
		return errNoAddress
	}
	in, err := client.GroupNames(ctx, leads, p.Email)
	if err == nil && !in {
		return errNotInGroup
	}
	return err
}

func message(ctx context.Context, client *chat.Client, channel string) error {
	m := chat.Message{Text: "a card", Key: "key-" + channel}
	ts, err := client.Post(ctx, channel, m)
	if err != nil {
		return err
	}
	if found, ok, err := client.FindByKey(ctx, channel, m.Key, time.Time{}); err != nil || !ok || found != ts {
		return errors.Join(err, errNotFound)
	}
	if err := client.Update(ctx, channel, ts, m); err != nil {
		return err
	}
	if _, err := client.Permalink(ctx, channel, ts); err != nil {
		return err
	}
	return client.Ephemeral(ctx, channel, anna, chat.Message{Text: "only for you"})
}

func form(ctx context.Context, client *chat.Client, w *workspace.Workspace) error {
	asked, err := w.As(anna).Slash(ctx, "/airflow", "", public)
	if err != nil {
		return err
	}
	if err := client.PublishHome(ctx, anna, []slack.Block{slack.NewSectionBlock(plain("Nothing yet"), nil, nil)}); err != nil {
		return err
	}
	view := slack.ModalViewRequest{Type: slack.VTModal, Title: plain("Ask"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(plain("Loading"), nil, nil)}}}
	id, hash, err := client.OpenView(ctx, asked.TriggerID, view)
	if err != nil {
		return err
	}
	_, err = client.UpdateView(ctx, id, hash, view)
	return err
}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}
