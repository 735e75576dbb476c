package workspace

import (
	"time"

	"airpass/sandbox/control"
)

// Options describes the workspace, the app installed in it, and how exact the
// sandbox is about time. The zero value of each field has a usable meaning.
type Options struct {
	// Clock is the sandbox clock; nil is a clock of its own.
	Clock *control.Clock

	// TeamID, TeamName and Domain name the workspace (T0SANDBOX, "Sandbox",
	// "sandbox").
	TeamID, TeamName, Domain string
	// EmailDomain is what team.info answers.
	EmailDomain string

	// App is the app as its manifest declares it.
	App App

	// SigningSecret signs the requests of HTTP mode.
	SigningSecret string
	// BotToken and AppToken are the tokens that work. Empty: a token of the right
	// form is made; see Workspace.BotToken and AppToken.
	BotToken, AppToken string

	// AckTimeout is how long Slack waits for an acknowledgement (3 s).
	AckTimeout time.Duration
	// TriggerTTL is how long a trigger id can be exchanged (3 s).
	TriggerTTL time.Duration
	// EventRetries are the waits before each redelivery of an unacknowledged
	// event: nearly at once, 1 minute, 5 minutes. They follow the sandbox clock,
	// so that moving it forward brings them on.
	EventRetries []time.Duration
	// PingEvery is the interval of WebSocket pings (5 s).
	PingEvery time.Duration
	// ConnectionTime is how long a Socket Mode connection lives until Slack asks
	// for a new one, as told in hello (5 h).
	ConnectionTime time.Duration

	// Rate multiplies Slack's published rate limits: 0 means 1 (as published),
	// 10 allows ten times as many calls, a negative number switches limits off.
	Rate float64
}

// App is what Slack knows of the app from its manifest.
// See https://docs.slack.dev/reference/app-manifest.
type App struct {
	ID, Name string
	// BotUserID and BotID are the app's two identities in the workspace.
	BotUserID, BotID string
	// BotScopes and AppScopes are what its two tokens may do. Nil: all that the
	// sandbox's methods need.
	BotScopes, AppScopes []string
	// Commands are its slash commands. Nil: any command is delivered.
	Commands []Command
	// Shortcuts are its global and message shortcuts.
	Shortcuts []Shortcut
	// Events are the event types it subscribes to ("app_home_opened", "message.im").
	Events []string
	// MetadataEvents are the message metadata event types it declares. The payload
	// of any other type is not kept.
	MetadataEvents []string
	// NoHomeTab switches the Home tab off; views.publish then fails with not_enabled.
	NoHomeTab bool
}

// Command is a slash command.
type Command struct {
	Name        string `json:"command"` // with its slash
	Description string `json:"description"`
	Hint        string `json:"usage_hint,omitempty"`
}

// Shortcut is a global or message shortcut.
type Shortcut struct {
	Name        string `json:"name"`
	Type        string `json:"type"` // "global" or "message"
	CallbackID  string `json:"callback_id"`
	Description string `json:"description"`
}

// DefaultBotScopes are the scopes that the methods offered here need.
func DefaultBotScopes() []string {
	return []string{
		"channels:history", "channels:join", "channels:read", "chat:write", "chat:write.public", "commands",
		"groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write",
		"reactions:write", "team:read", "usergroups:read", "users:read", "users:read.email",
	}
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = new(control.Clock)
	}
	def(&o.TeamID, "T0SANDBOX")
	def(&o.TeamName, "Sandbox")
	def(&o.Domain, "sandbox")
	def(&o.EmailDomain, "example.com")
	def(&o.App.ID, "A0AIRPASS")
	def(&o.App.Name, "airpass")
	def(&o.App.BotUserID, "U0AIRPASS")
	def(&o.App.BotID, "B0AIRPASS")
	def(&o.SigningSecret, "8f742231b10e8888abcd99yyyzzz85a5")
	def(&o.BotToken, "xoxb-0-0-sandbox")
	def(&o.AppToken, "xapp-1-"+o.App.ID+"-0-sandbox")
	if o.App.BotScopes == nil {
		o.App.BotScopes = DefaultBotScopes()
	}
	if o.App.AppScopes == nil {
		o.App.AppScopes = []string{"connections:write"}
	}
	def(&o.AckTimeout, 3*time.Second)
	def(&o.TriggerTTL, 3*time.Second)
	if o.EventRetries == nil {
		o.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	def(&o.PingEvery, 5*time.Second)
	def(&o.ConnectionTime, 5*time.Hour)
	def(&o.Rate, 1)
	return o
}

// def gives *p a value when it has none.
func def[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}
