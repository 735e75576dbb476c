package doctor

import (
	"context"
	"fmt"
	"time"
)

// Receiver is how far a webhook's receiver is with the events of the audit trail.
type Receiver struct {
	Name   string
	Begun  bool      // it was told something, or is about to be
	Events int64     // in the trail after the last one that it has taken or that is not for it
	Since  time.Time // of the first of them; zero if there is none
}

// behindMost is how long an event may wait: as long as the alert AirpassWebhookBehind lets it.
const behindMost = 15 * time.Minute

// webhooks: each receiver takes what it is to be told.
func (d Deployment) webhooks(ctx context.Context) []Finding {
	if d.Receivers == nil {
		return nil
	}
	all, err := d.Receivers(ctx)
	if err != nil {
		return []Finding{unanswered("", err, "see what is said of the database")}
	}
	var found []Finding
	for _, r := range all {
		waits := d.Now().Sub(r.Since)
		switch {
		case !r.Begun:
			found = append(found, fine(r.Name, "nothing was told to it yet: serve begins"))
		case !r.Since.IsZero() && waits > behindMost:
			found = append(found, wrong(r.Name, fmt.Sprintf("an event has waited for %s to be taken, and %d in the audit trail have come after it", waits.Round(time.Second), r.Events-1),
				"whoever relies on the receiver does not see what has happened since; nothing is lost",
				"airpass has to serve; then airpass webhooks list says what the receiver answered last: mend it, or its url and secret. Past an event that it will never take goes airpass webhooks pass "+r.Name))
		default:
			found = append(found, fine(r.Name, "takes what it is told"))
		}
	}
	return found
}
