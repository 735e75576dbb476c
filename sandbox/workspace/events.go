package workspace

import (
	"context"
	"slices"
	"time"
)

// event sends an Events API payload if the app subscribes to its type, again and
// again until it is acknowledged or the redeliveries are used up. It returns at
// once. The event's type decides by "type" or, for messages, "message.im" and its
// like. The caller does not hold the lock.
// See https://docs.slack.dev/apis/events-api.
func (w *Workspace) event(subscribed, user string, inner map[string]any) {
	if !slices.Contains(w.opts.App.Events, subscribed) {
		return
	}
	w.mu.Lock()
	id := w.newID("Ev")
	payload := map[string]any{
		"token": "sandbox", "team_id": w.opts.TeamID, "context_team_id": w.opts.TeamID, "api_app_id": w.opts.App.ID,
		"event": inner, "type": "event_callback", "event_id": id, "event_time": w.clock.Now().Unix(), "is_ext_shared_channel": false,
		"authorizations": []map[string]any{{
			"enterprise_id": nil, "team_id": w.opts.TeamID, "user_id": w.opts.App.BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
	}
	w.mu.Unlock()
	typ, _ := inner["type"].(string)
	go w.deliverEvent(outgoing{kind: "events_api", typ: typ, user: user, payload: payload})
}

func (w *Workspace) deliverEvent(o outgoing) {
	for retry := 0; ; retry++ {
		o.retry = retry
		d := w.deliver(context.Background(), o)
		if d.Acked || d.Error == noRetry || d.Error == "abandoned" || retry == len(w.opts.EventRetries) {
			return
		}
		o.reason = retryReason(d)
		if !w.waitUntil(d.Ended.Add(w.opts.EventRetries[retry])) {
			return
		}
	}
}

func retryReason(d Delivery) string {
	switch {
	case d.Via == "socket":
		return "timeout"
	case d.Error == timedOut:
		return "http_timeout"
	case d.Error == dispatchFailed:
		return "connection_failed"
	default:
		return "http_error"
	}
}

// waitUntil waits for a time of the sandbox clock, which goes on by itself or is
// moved by hand. It returns false when the workspace is closed.
func (w *Workspace) waitUntil(due time.Time) bool {
	for {
		w.mu.Lock()
		changed := w.changed // also closed when the clock is moved
		w.mu.Unlock()
		left := due.Sub(w.clock.Now())
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-changed:
		case <-w.done:
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

// announceMessage sends a message event for a message that anybody posted, after
// the call has been answered.
func (c *call) announceMessage(ch *Channel, m *Message) {
	inner := c.w.messageEvent(ch, m)
	c.after = append(c.after, func() { c.w.event(messageSubscription(ch), m.User, inner) })
}

func messageSubscription(ch *Channel) string {
	return "message." + ch.kind()
}

// messageEvent is the inner event of a posted message. The caller holds the lock.
func (w *Workspace) messageEvent(ch *Channel, m *Message) map[string]any {
	inner := w.messageObject(m, true)
	inner["channel"], inner["event_ts"] = ch.ID, m.TS
	kinds := map[string]string{"im": "im", "mpim": "mpim", "groups": "group", "channels": "channel"}
	inner["channel_type"] = kinds[ch.kind()]
	return inner
}
