package chat

import (
	"context"

	"github.com/slack-go/slack"

	"airpass/outbound"
)

// OpenView opens a modal for whoever did what the trigger id stands for; the id
// lives 3 seconds, so that it goes before messages. It returns the modal's id, and the hash
// of what it shows.
// See https://docs.slack.dev/reference/methods/views.open.
func (c *Client) OpenView(ctx context.Context, triggerID string, view slack.ModalViewRequest) (id, hash string, err error) {
	ctx = outbound.WithPriority(ctx, outbound.Judge)
	err = c.caller.DoIn(ctx, outbound.SlackOpenView, "", func(ctx context.Context) error {
		r, err := c.api.OpenViewContext(ctx, triggerID, view)
		if err = viewError(r, err); err == nil {
			id, hash = r.ID, r.Hash
		}
		return classified(outbound.SlackOpenView, err)
	})
	return id, hash, err
}

// UpdateView replaces a modal that is open and returns the hash of what it shows then. With
// a hash it is replaced only if it still shows what had that one, else the error is an
// access.Conflict. A modal that was closed is access.ErrNotFound.
// See https://docs.slack.dev/reference/methods/views.update.
func (c *Client) UpdateView(ctx context.Context, viewID, hash string, view slack.ModalViewRequest) (now string, err error) {
	ctx = outbound.WithPriority(ctx, outbound.Judge)
	err = c.caller.DoIn(ctx, outbound.SlackUpdateView, "", func(ctx context.Context) error {
		r, err := c.api.UpdateViewContext(ctx, view, "", hash, viewID)
		if err = viewError(r, err); err == nil {
			now = r.Hash
		}
		return classified(outbound.SlackUpdateView, err)
	})
	return now, err
}

// viewError adds the answer that names neither a view nor an error.
func viewError(r *slack.ViewResponse, err error) error {
	if err == nil && !r.Ok {
		return errNothingSaid
	}
	return err
}
