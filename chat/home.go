package chat

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/outbound"
)

// PublishHome replaces what the app shows on somebody's Home tab.
// See https://docs.slack.dev/reference/methods/views.publish.
func (c *Client) PublishHome(ctx context.Context, user string, blocks []slack.Block) error {
	if user == "" {
		return fmt.Errorf("%w: no Slack user id", access.ErrInvalid)
	}
	view := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
	return c.caller.DoIn(ctx, outbound.SlackPublishView, "", func(ctx context.Context) error {
		r, err := c.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
		return classified(outbound.SlackPublishView, viewError(r, err))
	})
}
