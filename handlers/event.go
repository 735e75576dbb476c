package handlers

import (
	"context"
	"encoding/json"
	"fmt"

	"airpass/access"
)

// opened is the event of somebody who opens the app's Home tab, or its messages.
// See https://docs.slack.dev/reference/events/app_home_opened.
type opened struct {
	ID    string `json:"event_id"`
	Team  string `json:"team_id"`
	Event struct {
		Type string `json:"type"`
		User string `json:"user"`
		Tab  string `json:"tab"`
	} `json:"event"`
}

// event takes an event of the Events API. Slack sends it again when it does not hear
// in time that it has arrived, in another envelope or request, but with the event id of
// before: what has been handled is not handled again.
// See https://docs.slack.dev/apis/events-api.
func (r *Router) event(ctx context.Context, d Delivery) (Ack, error) {
	var p opened
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		r.o.Count(KindEvent, outcomeMalformed)
		return Ack{}, fmt.Errorf("%w: event: %w", errMalformed, err)
	}
	if validID(p.ID) {
		d.ID = "event:" + p.ID
	}
	if p.Event.Type == "app_home_opened" && p.Event.Tab == "home" && r.ours(p.Team) && validID(p.Event.User) {
		// The store knows the event if it came before. One that could not be stored comes to
		// nothing: the tab shows what it showed, and is opened again.
		return Ack{}, r.record(ctx, d, p.Event.User, KindEvent, access.Attempt{Kind: access.AttemptHome})
	}
	if !r.recent.first(d.ID) {
		r.o.Count(KindEvent, outcomeDuplicate)
		return Ack{}, nil
	}
	return r.ignore(d, KindEvent)
}
