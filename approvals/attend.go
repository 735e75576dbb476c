package approvals

import (
	"context"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
	"airpass/tracing"
)

var (
	lapse = access.System("lapse")
	chase = access.System("escalation")
)

// Attend does what is due about a request that waits for a decision: it lapses, its
// approvers are reminded, or more people are asked. A version that is not the current one
// is no error.
func (s *Service) Attend(ctx context.Context, requestID string, version int64) error {
	r, err := s.Store.Request(ctx, requestID)
	if err != nil || r.Version != version || r.State != access.RequestPending {
		return err
	}
	ctx, span := s.Trace.Step(ctx, "request", tracing.Request(r.ID))
	switch next := r.Course.Next(); {
	case !s.Now().Before(r.LapseAt):
		err = s.lapse(ctx, r)
	case !next.IsZero() && !s.Now().Before(next):
		err = s.escalate(ctx, r)
	}
	span.End(err)
	return err
}

// lapse ends a request that nobody decided in time. Clicks that arrived in time and
// are still being checked are judged first.
func (s *Service) lapse(ctx context.Context, r access.Request) error {
	version := r.Version
	err := s.Store.Update(ctx, lapse, func(tx *store.Tx) error {
		r, err := tx.Request(r.ID)
		if err != nil {
			return err
		}
		if r.Version != version || r.State != access.RequestPending || tx.Now().Before(r.LapseAt) {
			return nil
		}
		open, err := tx.OpenAttempts(r.ID)
		if err != nil {
			return err
		}
		for _, a := range open {
			if a.ReceivedAt.Before(r.LapseAt) {
				tx.Wake(store.Wake{Kind: store.WakeRequest, ID: r.ID, Version: r.Version, At: tx.Now().Add(15 * time.Second)})
				return nil
			}
		}
		r.State, r.DecidedAt, r.NextAt = access.RequestLapsed, tx.Now(), time.Time{}
		if _, err := tx.SaveRequest(r); err != nil {
			return err
		}
		return tx.TouchMessages(r.ID)
	})
	return ignoreStale(err)
}

// escalate reminds the people of the open stage, or asks more of them, whichever is due;
// after a long outage both. When nobody is left who may decide, requester and admins are
// told once.
func (s *Service) escalate(ctx context.Context, r access.Request) error {
	stage, now := r.Course.Open(), s.Now()
	due := func(after time.Duration) bool { return after > 0 && !now.Before(r.Course.StageAt.Add(after)) }
	remind := due(stage.RemindAfter) && !r.Course.Reminded
	widen := due(stage.WidenAfter) && !r.Course.Widened
	subject, err := s.subjectNow(ctx, r)
	if err != nil {
		return err
	}
	first, err := s.askedIn(ctx, subject, r.Course, stage, false)
	stuck := isNobody(err)
	if err != nil && !stuck {
		return err
	}
	all := first
	if widen || r.Course.Widened {
		all, err = s.askedIn(ctx, subject, r.Course, stage, true)
		stuck = isNobody(err)
		if err != nil && !stuck {
			return err
		}
	}
	return ignoreStale(s.Store.Update(ctx, chase, func(tx *store.Tx) error {
		r := r
		r.Course.Reminded = r.Course.Reminded || remind
		r.Course.Widened = r.Course.Widened || widen
		told := r.Course.Stuck
		r.Course.Stuck = r.Course.Stuck || stuck
		r.NextAt = r.Course.Next()
		r, err := tx.SaveRequest(r)
		if err != nil {
			return err
		}
		if stuck && !told {
			if err := s.tellStuck(tx, r); err != nil {
				return err
			}
		}
		if remind {
			if err := s.remind(tx, r, first.slack); err != nil {
				return err
			}
		}
		tx.Record(access.Event{Kind: "request.escalated", Request: r.ID, Facts: map[string]string{"target": r.Target.ID, "stage": stage.Name,
			"reminded": yes(remind), "widened": yes(widen), "nobody": yes(stuck)}})
		if err := s.ask(tx, r, all.slack); err != nil {
			return err
		}
		return tx.TouchMessages(r.ID)
	}))
}

// lookedFor is of how many requests it is looked at a time whether somebody can decide them:
// those that lapse first.
const lookedFor = 200

// LookForDeciders looks whether there is still somebody who may decide what waits. Where
// there is nobody any more, requester and admins are told once, without waiting for a
// reminder or for the request to lapse. What would be widened is left to that.
func (s *Service) LookForDeciders(ctx context.Context) error {
	waiting, err := s.Store.PendingRequests(ctx, lookedFor)
	if err != nil {
		return err
	}
	ctx = outbound.WithPriority(ctx, outbound.Drift)
	for _, r := range waiting {
		c := r.Needed()
		stage := c.Open()
		if r.Course.Stuck || len(stage.Approvers) == 0 || len(stage.WidenTo) > 0 && !c.Widened {
			continue
		}
		subject, err := s.subjectNow(ctx, r)
		if err != nil {
			return err
		}
		if _, err = s.decidersIn(ctx, subject, c, stage, c.Widened); isNobody(err) {
			err = s.stuck(ctx, r, stage)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stuck notes that nobody is left who may decide a request, and says so.
func (s *Service) stuck(ctx context.Context, r access.Request, stage access.Stage) error {
	return ignoreStale(s.Store.Update(ctx, chase, func(tx *store.Tx) error {
		r := r
		r.Course.Stuck = true
		r, err := tx.SaveRequest(r)
		if err != nil {
			return err
		}
		tx.Record(access.Event{Kind: "request.escalated", Request: r.ID, Facts: map[string]string{"target": r.Target.ID, "stage": stage.Name,
			"reminded": yes(false), "widened": yes(false), "nobody": yes(true)}})
		return s.tellStuck(tx, r)
	}))
}

func yes(so bool) string {
	if so {
		return "yes"
	}
	return "no"
}

func (s *Service) remind(tx *store.Tx, r access.Request, people []string) error {
	for _, id := range people {
		if err := s.notify(tx, id, reminderText(r)); err != nil {
			return err
		}
	}
	return nil
}

// tellStuck says to the requester and to those who run airpass that nobody is left.
func (s *Service) tellStuck(tx *store.Tx, r access.Request) error {
	if err := s.notify(tx, r.Slack.ID, says("Nobody is left who may decide your request of %s: "+
		"the people whom its policy names are not active. Your airpass admins have been told; it lapses if nothing changes.", r.Target.ID)); err != nil || s.AdminChannel == "" {
		return err
	}
	_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
		Text: "Nobody may decide request " + r.ID + " of " + r.Subject.Login + " for " + r.Target.ID + " (any more): look at its approvers, or let it lapse."})
	return err
}

func reminderText(r access.Request) phrase {
	return says("%s still waits for your decision about %s in %s: see the card above. It lapses %s.", r.Subject.Name, string(r.Target.Role), r.Target.Environment.Key,
		r.LapseAt.UTC().Format("2006-01-02 15:04 UTC"))
}
