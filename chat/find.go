package chat

import (
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/outbound"
)

const (
	historyPage  = 200 // messages a call
	historyPages = 10  // calls at most
	// clockSkew is how much earlier than since a message may be dated: Slack's clock
	// dates messages, ours says since when to look.
	clockSkew = time.Minute
)

// FindByKey looks for a message of ours with this key in a channel, not older than
// since, newest first. Not found is an answer. When the channel has more messages
// since then than are looked at (2,000), it returns access.ErrUnverifiable: nothing
// is known.
func (c *Client) FindByKey(ctx context.Context, channel, key string, since time.Time) (ts string, found bool, err error) {
	if channel == "" || key == "" {
		return "", false, fmt.Errorf("%w: no Slack channel or key", access.ErrInvalid)
	}
	me, err := c.Identity(ctx)
	if err != nil {
		return "", false, err
	}
	q := slack.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: timestamp(since.Add(-clockSkew)), Limit: historyPage, Inclusive: true, IncludeAllMetadata: true,
	}
	for range historyPages {
		page, err := c.history(ctx, q)
		if err != nil {
			return "", false, err
		}
		for _, m := range page.Messages {
			if me.wrote(m) && m.Metadata.EventType == MetadataEvent && m.Metadata.EventPayload["key"] == key {
				return m.Timestamp, true, nil
			}
		}
		if q.Cursor = page.ResponseMetaData.NextCursor; q.Cursor == "" {
			return "", false, nil
		}
	}
	return "", false, fmt.Errorf("%w: more than %d messages in %s since %s", access.ErrUnverifiable,
		historyPage*historyPages, channel, since.UTC().Format(time.RFC3339))
}

// Reads says whether the app can read a channel, which it has to be in: the error is
// of class missing or denied if not.
func (c *Client) Reads(ctx context.Context, channel string) error {
	_, err := c.history(ctx, slack.GetConversationHistoryParameters{ChannelID: channel, Limit: 1})
	return err
}

// wrote says whether a message is ours. Another app can copy a key.
func (i Identity) wrote(m slack.Message) bool {
	return m.User == i.BotUser || i.Bot != "" && m.BotID == i.Bot
}

// history reads one page of a channel's messages, newest first.
// See https://docs.slack.dev/reference/methods/conversations.history.
func (c *Client) history(ctx context.Context, q slack.GetConversationHistoryParameters) (*slack.GetConversationHistoryResponse, error) {
	var page *slack.GetConversationHistoryResponse
	err := c.caller.DoIn(ctx, outbound.SlackHistory, "", func(ctx context.Context) error {
		var err error
		page, err = c.api.GetConversationHistoryContext(ctx, &q)
		if err == nil && !page.Ok {
			return implausible(outbound.SlackHistory, "neither messages nor an error")
		}
		return classified(outbound.SlackHistory, err)
	})
	return page, err
}

// timestamp writes a time as Slack does: seconds and microseconds.
func timestamp(t time.Time) string {
	if t.Unix() <= 0 {
		return "0"
	}
	return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
}
