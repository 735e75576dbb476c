package chat

import (
	"context"

	"github.com/slack-go/slack"

	"airpass/outbound"
)

// OpenView opens a modal for whoever did what the trigger id stands for; the id
// lives 3 seconds, so that it goes before messages.
// See https://docs.slack.dev/reference/methods/views.open.
func (c *Client) OpenView(ctx context.Context, triggerID string, view slack.ModalViewRequest) error {
	ctx = outbound.WithPriority(ctx, outbound.Judge)
	return c.caller.DoIn(ctx, outbound.SlackOpenView, "", func(ctx context.Context) error {
		r, err := c.api.OpenViewContext(ctx, triggerID, view)
		return classified(outbound.SlackOpenView, viewError(r, err))
	})
}

// UpdateView replaces a modal that is open. A modal that was closed is
// access.ErrNotFound. See https://docs.slack.dev/reference/methods/views.update.
func (c *Client) UpdateView(ctx context.Context, viewID string, view slack.ModalViewRequest) error {
	return c.caller.DoIn(ctx, outbound.SlackUpdateView, "", func(ctx context.Context) error {
		r, err := c.api.UpdateViewContext(ctx, view, "", "", viewID)
		return classified(outbound.SlackUpdateView, viewError(r, err))
	})
}

// viewError adds the answer that names neither a view nor an error.
func viewError(r *slack.ViewResponse, err error) error {
	if err == nil && !r.Ok {
		return errNothingSaid
	}
	return err
}
