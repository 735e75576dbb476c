package messages

import (
	"context"
	"time"

	"github.com/slack-go/slack"
)

// Outgoing is a message on its way to Slack.
type Outgoing struct {
	Text   string
	Blocks []slack.Block
	// Key is kept in Slack's message metadata, so that a message whose post was not
	// answered can be found again.
	Key string
}

// Sender is what the outbox needs of Slack. Errors are access.VendorError.
type Sender interface {
	// OpenDM returns the channel of the direct message with a person.
	OpenDM(ctx context.Context, user string) (channel string, err error)
	Post(ctx context.Context, channel string, m Outgoing) (ts string, err error)
	Update(ctx context.Context, channel, ts string, m Outgoing) error
	// Ephemeral says something to one person in a channel, seen by nobody else.
	Ephemeral(ctx context.Context, channel, user string, m Outgoing) error
	// Permalink is a link to a message.
	Permalink(ctx context.Context, channel, ts string) (string, error)
	// PublishHome replaces what somebody's Home tab shows.
	PublishHome(ctx context.Context, user string, m Outgoing) error
	// FindByKey looks for a message of ours with this key, not older than since.
	FindByKey(ctx context.Context, channel, key string, since time.Time) (ts string, found bool, err error)
}
