package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/approvals"
	"airpass/awsconfig"
	"airpass/chat"
	"airpass/config"
	"airpass/messages"
	"airpass/mwaa"
	"airpass/oncall"
	"airpass/setup"
)

// workspace is Slack's directory as package approvals wants it.
type workspace struct{ slack *chat.Client }

// User returns one user's profile.
func (w workspace) User(ctx context.Context, id string) (approvals.Profile, error) {
	return profile(w.slack.User(ctx, id))
}

// UserByEmail returns the profile of the user with an address.
func (w workspace) UserByEmail(ctx context.Context, email string) (approvals.Profile, error) {
	return profile(w.slack.UserByEmail(ctx, email))
}

func profile(p chat.Profile, err error) (approvals.Profile, error) {
	return approvals.Profile{
		Team: p.Team, ID: p.ID, Name: p.Name, Email: p.Email, Zone: p.TZ, Status: p.Status, Locale: p.Locale, EmailConfirmed: p.EmailConfirmed, Deleted: p.Deleted, Bot: p.Bot,
		Guest: p.Restricted || p.UltraRestricted, Stranger: p.Stranger, NotYetIn: p.Invited,
	}, err
}

// others finds whom neither Okta nor the configuration names.
type others struct {
	slack  *chat.Client
	onCall *oncall.Client // nil where no PagerDuty is configured
}

// Names says whether a Slack user group has somebody with an address, or they are on call.
func (o others) Names(ctx context.Context, rule access.Approver, email string) (bool, error) {
	switch {
	case rule.Kind == access.ApproverSlack:
		return o.slack.GroupNames(ctx, rule.Value, email)
	case rule.Kind == access.ApproverOnCall && o.onCall != nil:
		return o.onCall.Names(ctx, rule.Value, email)
	}
	return false, nobodyKnows(rule)
}

// Emails returns addresses of a Slack user group, or of who is on call.
func (o others) Emails(ctx context.Context, rule access.Approver, limit int) ([]string, error) {
	switch {
	case rule.Kind == access.ApproverSlack:
		return o.slack.GroupEmails(ctx, rule.Value, limit)
	case rule.Kind == access.ApproverOnCall && o.onCall != nil:
		return o.onCall.Emails(ctx, rule.Value, limit)
	}
	return nil, nobodyKnows(rule)
}

func nobodyKnows(rule access.Approver) error {
	return fmt.Errorf("%w: a rule of kind %q, which nobody can look up", access.ErrInvalid, rule.Kind)
}

// sender is Slack as the outbox wants it.
type sender struct{ slack *chat.Client }

// OpenDM opens a direct message.
func (s sender) OpenDM(ctx context.Context, user string) (string, error) {
	return s.slack.OpenDM(ctx, user)
}

// Post posts a message.
func (s sender) Post(ctx context.Context, channel string, m messages.Outgoing) (string, error) {
	return s.slack.Post(ctx, channel, chat.Message{Text: m.Text, Blocks: m.Blocks, Key: m.Key})
}

// Update replaces a message.
func (s sender) Update(ctx context.Context, channel, ts string, m messages.Outgoing) error {
	return s.slack.Update(ctx, channel, ts, chat.Message{Text: m.Text, Blocks: m.Blocks, Key: m.Key})
}

// Ephemeral says something to one person in a channel.
func (s sender) Ephemeral(ctx context.Context, channel, user string, m messages.Outgoing) error {
	return s.slack.Ephemeral(ctx, channel, user, chat.Message{Text: m.Text, Blocks: m.Blocks})
}

// Permalink is a link to a message.
func (s sender) Permalink(ctx context.Context, channel, ts string) (string, error) {
	return s.slack.Permalink(ctx, channel, ts)
}

// PublishHome replaces what somebody's Home tab shows.
func (s sender) PublishHome(ctx context.Context, user string, m messages.Outgoing) error {
	return s.slack.PublishHome(ctx, user, m.Blocks)
}

// FindByKey finds a message whose post was not answered.
func (s sender) FindByKey(ctx context.Context, channel, key string, since time.Time) (string, bool, error) {
	return s.slack.FindByKey(ctx, channel, key, since)
}

// logins signs people in to Airflow, and shows them how in Slack.
type logins struct {
	mwaa   *mwaa.Client
	slack  *chat.Client
	reader func(ctx context.Context, slackID string) messages.Printer
}

// Login makes a way in to what a target opens, in a person's name.
func (l logins) Login(ctx context.Context, t access.Target, p access.Person) (access.Login, error) {
	return l.mwaa.Login(ctx, t.Environment, inTheirName(t, p))
}

// inTheirName is the session under which somebody is signed in: it opens one Airflow role
// of one environment. Its name is what Airflow and CloudTrail show; its source identity is
// an id that nobody else ever has.
func inTheirName(t access.Target, p access.Person) awsconfig.Session {
	name := p.Login
	if !awsconfig.Nameable(name) {
		name = p.OktaID
	}
	return awsconfig.Session{Name: name, Source: p.OktaID, Policy: setup.LoginPolicy(t).String()}
}

// Show shows a way in to the person where they clicked, or where that cannot be, in their
// direct messages; there too only until they close Slack.
func (l logins) Show(ctx context.Context, channel, slackID string, g access.Grant, in access.Login) error {
	shown := messages.Login(l.reader(ctx, slackID), g, in)
	m := chat.Message{Text: shown.Text, Blocks: shown.Blocks}
	if channel != "" {
		err := l.slack.Ephemeral(ctx, channel, slackID, m)
		if err == nil || errors.Is(err, access.ErrUnavailable) {
			return err
		}
	}
	dm, err := l.slack.OpenDM(ctx, slackID)
	if err != nil {
		return err
	}
	return l.slack.Ephemeral(ctx, dm, slackID, m)
}

// instantOf says of which grants the link is made when it is clicked: those of targets that
// have it so now, and open what was approved.
func instantOf(c *config.Config) func(access.Grant) bool {
	return func(g access.Grant) bool {
		t, exists := c.Target(g.Target.ID)
		return exists && t.Instant && t.OpensTheSame(g.Target)
	}
}

// linkOf builds the login link of a grant from the configuration. A grant whose link
// cannot be built has none, and the card says so.
func linkOf(c *config.Config) func(access.Grant) string {
	return func(g access.Grant) string {
		link, err := mwaa.Link(c.AWS.PortalURL, g.Target.Environment, g.Target.PermissionSetName, c.ConsoleURL(g.Target.Environment))
		if err != nil {
			return ""
		}
		return link
	}
}
