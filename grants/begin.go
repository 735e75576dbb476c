package grants

import (
	"context"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store"
)

var starting = access.System("start")

const (
	// beginWait is how often it is looked whether a grant may start whose start has come.
	beginWait = time.Minute
	// punctual is how much later than asked a grant may start without its time being
	// counted from then.
	punctual = time.Minute
)

// begin starts a scheduled grant once its start has come, if that is still allowed: the
// requester, the target and the policy are asked for as they are now. What does not answer,
// or a pause of everything new, is waited for, as long as the time that was asked for is
// not over; the grant then lasts as long as was approved.
func (s *Service) begin(ctx context.Context, g access.Grant) error {
	now := s.Now()
	if now.Before(g.StartAt) || now.Before(g.NextAt) {
		return nil
	}
	over := !now.Before(g.StartAt.Add(g.Duration))
	refused, err := s.Beginnings.MayBegin(ctx, g)
	switch {
	case refused != "":
		return s.refuseStart(ctx, g, refused)
	case err != nil && over:
		return s.refuseStart(ctx, g, "whether it may start could not be found out before its time was over")
	case err != nil:
		s.Log.WarnContext(ctx, "a start waits", "grant", g.ID, "request", g.RequestID, "err", err)
		g.Attempts++
		return s.waitToStart(ctx, g, "not everything that is asked about it answers", now.Add(access.Backoff(g.Attempts, beginWait)))
	}
	return s.Store.Update(ctx, starting, func(tx *store.Tx) error {
		g := g
		why, err := s.Beginnings.HeldBack(tx)
		switch {
		case err != nil:
			return err
		case why != "" && over:
			return refuseStart(tx, g, "new grants were paused until its time was over")
		case why != "":
			g.LastError, g.NextAt = "new grants are paused "+why, tx.Now().Add(beginWait)
		default:
			if tx.Now().Sub(g.StartAt) > punctual {
				g.StartAt, g.EndAt = tx.Now(), tx.Now().Add(g.Duration)
			}
			g.State, g.NextAt, g.LastError, g.Attempts = access.GrantProvisioning, tx.Now(), "", 0
		}
		_, err = tx.SaveGrant(g)
		return err
	})
}

func (s *Service) waitToStart(ctx context.Context, g access.Grant, why string, again time.Time) error {
	g.LastError, g.NextAt = why, again
	return s.save(ctx, starting, g)
}

func (s *Service) refuseStart(ctx context.Context, g access.Grant, why string) error {
	return s.Store.Update(ctx, starting, func(tx *store.Tx) error { return refuseStart(tx, g, why) })
}

// refuseStart ends a scheduled grant, and says why to the requester and to those who have
// agreed to it.
func refuseStart(tx *store.Tx, g access.Grant, why string) error {
	if _, err := Release(tx, g, access.EndRefused, why); err != nil {
		return err
	}
	given, err := tx.DecisionsOf(g.RequestID)
	if err != nil {
		return err
	}
	told := map[string]string{g.Slack.ID: fmt.Sprintf("Your access to %s, which was to start now, was not given: %s.", g.Target.ID, why)}
	for _, d := range given {
		if _, is := told[d.Slack.ID]; !is && d.Verdict == access.Approve {
			told[d.Slack.ID] = fmt.Sprintf("The access of %s to %s that you agreed to, and which was to start now, was not given: %s.", g.Subject.Name, g.Target.ID, why)
		}
	}
	for to, text := range told {
		if _, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.Notice, To: to, Text: text, State: access.MessageNew, NextAt: tx.Now()}); err != nil {
			return err
		}
	}
	return nil
}
