package bot

import (
	"context"

	"airpass/access"
	"airpass/config"
	"airpass/webhook"
)

// receivers are who is to be told of events now.
func (b *Bot) receivers() []webhook.Hook {
	var all []webhook.Hook
	for _, h := range b.works.Load().config.Webhooks {
		all = append(all, webhook.Hook{Name: h.Name, URL: h.URL, Secret: config.SigningKey(h.Secret), Kinds: h.Kinds, Personal: h.Personal, Whole: h.Whole})
	}
	return all
}

// ring says to those who tell others that something has happened.
func (b *Bot) ring(context.Context, []access.Event) {
	if hooks := b.hooks.Load(); hooks != nil {
		hooks.Happened()
	}
}

// sourceOf is this airpass among others, by its workspace.
func sourceOf(c *config.Config) string {
	if c.Slack.Team == "" {
		return "urn:airpass"
	}
	return "urn:airpass:" + c.Slack.Team
}
