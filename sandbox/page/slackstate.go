package page

import (
	"time"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// shownMessages is how many messages of a conversation are sent, the newest.
const shownMessages = 400

// slackState is a person's whole Slack, as the front end draws it.
type slackState struct {
	// Seq is the number of a change that the state has in it, and all before.
	Seq uint64 `json:"seq"`
	// AheadMS is how far the sandbox clock is ahead of the wall clock.
	AheadMS  int64                `json:"ahead_ms"`
	Team     string               `json:"team"`
	App      appState             `json:"app"`
	Me       personState          `json:"me"`
	People   []personState        `json:"people"` // everybody whom one can be
	Users    map[string]userState `json:"users"`  // everybody who can be mentioned, by id
	Groups   map[string]string    `json:"groups"` // handle of a user group by id
	Channels []channelState       `json:"channels"`
	// Messages by channel id, oldest first, replies in threads among them.
	Messages map[string][]messageState `json:"messages"`
	// Modals are those open in front of the person, the root first.
	Modals []viewState `json:"modals"`
	Home   *viewState  `json:"home,omitempty"`
}

type appState struct {
	Name      string               `json:"name"`
	User      string               `json:"user"` // the bot's user id
	Connected bool                 `json:"connected"`
	HasHome   bool                 `json:"has_home"`
	Commands  []workspace.Command  `json:"commands"`
	Shortcuts []workspace.Shortcut `json:"shortcuts"`
}

// personState is somebody of the town in front of a Slack client, or not let in.
type personState struct {
	sandbox.Person
	Mark string `json:"mark,omitempty"` // guest, external, deactivated or bot
	// Shut says why they cannot use Slack; empty when they can.
	Shut string `json:"shut,omitempty"`
	TZ   string `json:"tz"`
}

type userState struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	Mark  string `json:"mark,omitempty"`
}

type channelState struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Topic    string   `json:"topic,omitempty"`
	Kind     string   `json:"kind"` // channel, private, app, dm or group
	Shared   bool     `json:"shared,omitempty"`
	Archived bool     `json:"archived,omitempty"`
	Members  []string `json:"members"`
	Unread   int      `json:"unread"`
	Mentions int      `json:"mentions"`
}

type messageState struct {
	TS        string               `json:"ts"`
	Thread    string               `json:"thread,omitempty"`
	User      string               `json:"user"`
	FromApp   bool                 `json:"from_app,omitempty"`
	Text      string               `json:"text,omitempty"`
	Blocks    []workspace.Block    `json:"blocks,omitempty"`
	Edited    bool                 `json:"edited,omitempty"`
	Ephemeral bool                 `json:"ephemeral,omitempty"`
	Broadcast bool                 `json:"broadcast,omitempty"`
	Reactions []workspace.Reaction `json:"reactions,omitempty"`
	Values    entered              `json:"values,omitempty"`
}

// entered is what elements hold: block id -> action id -> value in Slack's form.
type entered = map[string]map[string]workspace.Block

type viewState struct {
	ID     string            `json:"id"`
	Hash   string            `json:"hash"`
	Title  workspace.Block   `json:"title,omitempty"`
	Submit workspace.Block   `json:"submit,omitempty"`
	Close  workspace.Block   `json:"close,omitempty"`
	Blocks []workspace.Block `json:"blocks"`
	Errors map[string]string `json:"errors,omitempty"`
	Values entered           `json:"values"`
}

// slackState gathers what a person sees now. Opening the app's direct message is part
// of looking, as it is in Slack.
func (p *Page) slackState(who sandbox.Person) slackState {
	slack := p.world.Slack
	out := slackState{
		Seq: slack.Seq(), AheadMS: p.world.Clock.Offset().Milliseconds(), Team: slack.TeamName(), App: p.appState(),
		Users: map[string]userState{}, Groups: map[string]string{}, Messages: map[string][]messageState{},
	}
	for _, u := range slack.Users() {
		out.Users[u.ID] = userState{Name: nameOf(u), Title: u.Title, Mark: markOf(u)}
	}
	for _, g := range slack.UserGroups() {
		out.Groups[g.ID] = g.Handle
	}
	for _, one := range p.world.People() {
		out.People = append(out.People, p.personState(one))
	}
	out.Me = p.personState(who)
	if out.Me.Shut != "" {
		return out
	}
	person := p.world.As(who.Key)
	p.conversations(person, &out)
	for _, v := range slack.OpenViews(who.SlackID) {
		out.Modals = append(out.Modals, viewNow(person, v))
	}
	if v, ok := slack.HomeView(who.SlackID); ok {
		home := viewNow(person, v)
		out.Home = &home
	}
	return out
}

func (p *Page) appState() appState {
	app := p.world.Slack.App()
	return appState{Name: app.Name, User: app.BotUserID, Connected: p.world.Slack.HTTPMode() || len(p.world.Slack.Connections()) > 0, HasHome: !app.NoHomeTab,
		Commands: app.Commands, Shortcuts: app.Shortcuts}
}

func (p *Page) personState(one sandbox.Person) personState {
	u, _ := p.world.Slack.User(one.SlackID)
	out := personState{Person: one, Mark: markOf(u), TZ: u.TZ}
	switch {
	case u.Deleted:
		out.Shut = "This account has been deactivated."
	case u.IsBot:
		out.Shut = "A bot has no Slack client."
	}
	if out.TZ == "" {
		out.TZ = time.UTC.String()
	}
	return out
}

func nameOf(u workspace.User) string {
	for _, name := range []string{u.DisplayName, u.RealName, u.Name} {
		if name != "" {
			return name
		}
	}
	return u.ID
}

func markOf(u workspace.User) string {
	switch {
	case u.Deleted:
		return "deactivated"
	case u.IsBot:
		return "bot"
	case u.IsStranger:
		return "external"
	case u.IsRestricted || u.IsUltraRestricted:
		return "guest"
	}
	return ""
}

// conversations adds the person's conversations and their messages.
func (p *Page) conversations(person *workspace.Person, out *slackState) {
	own := person.DM()
	for _, c := range p.world.Slack.Channels() {
		if !c.Has(person.ID()) {
			continue
		}
		s := channelState{ID: c.ID, Name: c.Name, Topic: c.Topic, Kind: kindOf(c, own), Archived: c.Archived, Members: c.Members,
			Shared: c.ExtShared || c.OrgShared || c.PendingExtShared}
		s.Unread, s.Mentions = person.Unread(c.ID)
		out.Channels = append(out.Channels, s)
		all := person.Messages(c.ID)
		all = all[max(0, len(all)-shownMessages):]
		shown := make([]messageState, 0, len(all))
		for _, m := range all {
			shown = append(shown, messageNow(m))
		}
		out.Messages[c.ID] = shown
	}
}

func kindOf(c workspace.Channel, own string) string {
	switch {
	case c.ID == own:
		return "app"
	case c.IM:
		return "dm"
	case c.MPIM:
		return "group"
	case c.Private:
		return "private"
	}
	return "channel"
}

func messageNow(m workspace.Message) messageState {
	return messageState{TS: m.TS, Thread: m.ThreadTS, User: m.User, FromApp: m.FromApp, Text: m.Text, Blocks: m.Blocks, Edited: !m.Edited.IsZero(),
		Ephemeral: m.EphemeralFor != "", Broadcast: m.Broadcast, Reactions: m.Reactions, Values: m.Values()}
}

func viewNow(person *workspace.Person, v workspace.View) viewState {
	return viewState{ID: v.ID, Hash: v.Hash, Title: v.Title, Submit: v.SubmitText, Close: v.CloseText, Blocks: v.Blocks, Errors: v.Errors,
		Values: person.View(v.ID).Values()}
}
