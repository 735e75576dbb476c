package chat

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/outbound"
)

// MetadataEvent is the event type of the metadata of our messages. The app's
// manifest must declare it, or Slack does not keep the key.
// See https://docs.slack.dev/messaging/message-metadata.
const MetadataEvent = "airpass_message"

// Message is what a message says. Text and Blocks are sent as they are: who renders
// them escapes. Text is what notifications and screen readers have of it.
type Message struct {
	Text   string
	Blocks []slack.Block
	// Key is kept in the message's metadata; FindByKey finds it. Empty is no metadata.
	Key string
}

// OpenDM returns the channel of the app's direct message with a person, opening it
// where there is none; asked twice it answers the same.
// See https://docs.slack.dev/reference/methods/conversations.open.
func (c *Client) OpenDM(ctx context.Context, userID string) (channel string, err error) {
	if userID == "" {
		return "", fmt.Errorf("%w: no Slack user id", access.ErrInvalid)
	}
	err = c.caller.DoIn(ctx, outbound.SlackOpenConversation, "", func(ctx context.Context) error {
		ch, _, _, err := c.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{userID}})
		if err == nil && (ch == nil || ch.ID == "") {
			return implausible(outbound.SlackOpenConversation, "no channel")
		}
		if err == nil {
			channel = ch.ID
		}
		return classified(outbound.SlackOpenConversation, err)
	})
	return channel, err
}

// Post posts a message and returns its timestamp, which with the channel is its id.
// After an error that may have happened, look for it with FindByKey first.
// See https://docs.slack.dev/reference/methods/chat.postMessage.
func (c *Client) Post(ctx context.Context, channel string, m Message) (ts string, err error) {
	if channel == "" {
		return "", fmt.Errorf("%w: no Slack channel", access.ErrInvalid)
	}
	err = c.caller.DoIn(ctx, outbound.SlackPostMessage, channel, func(ctx context.Context) error {
		_, at, err := c.api.PostMessageContext(ctx, channel, m.options()...)
		if err == nil && at == "" {
			return implausible(outbound.SlackPostMessage, "no timestamp")
		}
		ts = at
		return classified(outbound.SlackPostMessage, err)
	})
	if err != nil {
		return "", err
	}
	return ts, nil
}

// Update replaces what a message of ours says; without Blocks its blocks go.
// See https://docs.slack.dev/reference/methods/chat.update.
func (c *Client) Update(ctx context.Context, channel, ts string, m Message) error {
	if channel == "" || ts == "" {
		return fmt.Errorf("%w: no Slack channel or timestamp", access.ErrInvalid)
	}
	return c.caller.DoIn(ctx, outbound.SlackUpdateMessage, "", func(ctx context.Context) error {
		_, at, _, err := c.api.UpdateMessageContext(ctx, channel, ts, m.options()...)
		if err == nil && at == "" {
			return implausible(outbound.SlackUpdateMessage, "no timestamp")
		}
		return classified(outbound.SlackUpdateMessage, err)
	})
}

// Ephemeral says something to one person in a channel; its Key is not kept. Slack does
// not promise to deliver it, and it cannot be changed later.
// See https://docs.slack.dev/reference/methods/chat.postEphemeral.
func (c *Client) Ephemeral(ctx context.Context, channel, user string, m Message) error {
	if channel == "" || user == "" {
		return fmt.Errorf("%w: no Slack channel or user", access.ErrInvalid)
	}
	m.Key = ""
	return c.caller.DoIn(ctx, outbound.SlackPostEphemeral, "", func(ctx context.Context) error {
		at, err := c.api.PostEphemeralContext(ctx, channel, user, m.options()...)
		if err == nil && at == "" {
			return implausible(outbound.SlackPostEphemeral, "no timestamp")
		}
		return classified(outbound.SlackPostEphemeral, err)
	})
}

// Permalink is a link to a message, for whoever may see it.
// See https://docs.slack.dev/reference/methods/chat.getPermalink.
func (c *Client) Permalink(ctx context.Context, channel, ts string) (link string, err error) {
	if channel == "" || ts == "" {
		return "", fmt.Errorf("%w: no Slack channel or timestamp", access.ErrInvalid)
	}
	err = c.caller.DoIn(ctx, outbound.SlackGetPermalink, "", func(ctx context.Context) error {
		link, err = c.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channel, Ts: ts})
		if err == nil && link == "" {
			return implausible(outbound.SlackGetPermalink, "no link")
		}
		return classified(outbound.SlackGetPermalink, err)
	})
	return link, err
}

// options are a message as the SDK wants it. Links are not unfolded: a preview of a
// login link is no use, and asks the linked host for one.
func (m Message) options() []slack.MsgOption {
	out := []slack.MsgOption{
		slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
	if m.Key != "" {
		out = append(out, slack.MsgOptionMetadata(slack.SlackMetadata{
			EventType: MetadataEvent, EventPayload: map[string]any{"key": m.Key},
		}))
	}
	return out
}
