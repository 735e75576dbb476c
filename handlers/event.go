package handlers

import (
	"encoding/json"
	"fmt"
)

// event takes an event of the Events API. Slack sends it again when it does not hear
// in time that it has arrived, in another envelope or request, but with the event id of
// before: what has been handled is not handled again.
// See https://docs.slack.dev/apis/events-api.
func (r *Router) event(d Delivery) (Ack, error) {
	var p struct {
		ID string `json:"event_id"`
	}
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		r.o.Count(KindEvent, outcomeMalformed)
		return Ack{}, fmt.Errorf("%w: event: %w", errMalformed, err)
	}
	if validID(p.ID) {
		d.ID = "event:" + p.ID
	}
	if !r.recent.first(d.ID) {
		r.o.Count(KindEvent, outcomeDuplicate)
		return Ack{}, nil
	}
	return r.ignore(d, KindEvent)
}
