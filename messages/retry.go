package messages

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"airpass/access"
)

// How long is waited before a message is tried again.
const (
	firstWait   = time.Second
	longestWait = time.Minute
	slowly      = 5 * time.Minute // what trying again soon does not mend
	noticeLife  = 24 * time.Hour
)

// failed stores that a message could not be brought to Slack, and when it is tried
// again. Nothing is given up that somebody still waits for:
//
//	throttled                    when Slack says; what nobody waits for, a little later
//	no answer, anything unknown  1 s, doubling to 1 min, without end
//	missing, denied, rejected    every 5 min; given up as hopeless says
func (b *Outbox) failed(ctx context.Context, m access.Message, v View, cause error) (time.Duration, error) {
	m.Attempts++
	m.LastError = cause.Error()
	m.NextAt = b.o.Now().Add(wait(m, cause))
	log := b.o.Log.With("message", m.ID, "kind", m.Kind, "to", m.To, "attempts", m.Attempts, "error", cause)
	if errors.Is(cause, errNothingToShow) || b.hopeless(m, v, access.ClassOf(cause)) {
		m.State, m.NextAt = access.MessageFailed, time.Time{}
		log.ErrorContext(ctx, "a message was given up: Slack will never take it")
		return 0, b.settle(ctx, m)
	}
	level := slog.LevelWarn
	if access.ClassOf(cause) == access.Throttled {
		level = slog.LevelDebug // a hold is told once, for all the messages that it keeps back
	}
	log.Log(ctx, level, "a message did not reach Slack; it is tried again", "at", m.NextAt)
	return b.until(m), b.settle(ctx, m)
}

// behind is how much later than others, when Slack asks to wait, the cards of those go on
// who have decided: whoever has asked looks at theirs, for the link.
const behind = 2 * time.Second

// wait is how long a message waits after its failures in a row.
func wait(m access.Message, cause error) time.Duration {
	switch access.ClassOf(cause) {
	case access.Throttled:
		var v *access.VendorError
		if errors.As(cause, &v) {
			pause := max(v.RetryAfter, firstWait)
			if m.State == access.MessagePosted && (m.Kind == access.ApproverCard || m.Kind == access.ChannelCard) {
				pause += behind
			}
			return pause
		}
	case access.Missing, access.Denied, access.Rejected:
		return slowly
	}
	return access.Backoff(m.Attempts, longestWait)
}

// hopeless says whether nobody waits for a message that Slack refuses. An approver
// who cannot be reached is one of several; a channel can be mended, and is what is
// left when nobody can be reached. A token that was refused says nothing about the
// person written to: what it kept back is brought up to date when it is mended, but
// for what is over and a day old.
func (b *Outbox) hopeless(m access.Message, v View, class access.Class) bool {
	if class != access.Missing && class != access.Denied && class != access.Rejected {
		return false
	}
	if class == access.Denied && b.o.Now().Sub(m.CreatedAt) < noticeLife {
		return false
	}
	switch m.Kind {
	case access.ApproverCard:
		return class != access.Denied || v.Request.State != access.RequestPending
	case access.RequesterCard:
		return v.Request.State != access.RequestPending && (v.Request.State != access.RequestApproved || v.HasGrant && v.Grant.State == access.GrantEnded)
	case access.Notice, access.Answer, access.HomeTab:
		return true
	}
	return false
}
