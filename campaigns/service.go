package campaigns

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// Dated is a campaign and when it takes place.
type Dated struct {
	access.Campaign
	Schedule string
	Next     func(after time.Time) time.Time
}

// Options is what New needs.
type Options struct {
	Store     *store.Store
	Planner   Planner // of those who only start and close campaigns it may be zero
	Campaigns []Dated
	Targets   func() []access.Target
	Cap       grants.Cap       // on what silence takes away
	Reduce    Reduce           // gives lower roles; nil of those who only start and close campaigns
	Now       func() time.Time // the domain clock
	Log       *slog.Logger
}

// Service lets campaigns take place.
type Service struct{ o Options }

// New builds a Service.
func New(o Options) *Service { return &Service{o} }

// actor is who does what no person asked for.
var actor = access.System("campaigns")

func (s *Service) campaign(name string) (Dated, bool) {
	for _, c := range s.o.Campaigns {
		if c.Name == name {
			return c, true
		}
	}
	return Dated{}, false
}

// Schedule reckons when each campaign takes place next, where that is not reckoned by its
// schedule of now: what a new schedule would have had before does not count as missed.
func (s *Service) Schedule(ctx context.Context) error {
	return s.o.Store.Update(ctx, actor, func(tx *store.Tx) error {
		dates, err := tx.CampaignDates()
		if err != nil {
			return err
		}
		known := map[string]access.CampaignDate{}
		for _, d := range dates {
			known[d.Name] = d
		}
		for _, c := range s.o.Campaigns {
			d := known[c.Name]
			delete(known, c.Name)
			if d.Schedule == c.Schedule && !d.DueAt.IsZero() {
				continue
			}
			d.Name, d.Schedule, d.DueAt = c.Name, c.Schedule, c.Next(tx.Now())
			d.NextAt = d.DueAt
			if err := ignoring(access.ErrStale, tx.SetCampaignDate(d)); err != nil {
				return err // somebody else reckons the same
			}
		}
		for _, d := range known {
			if d.DueAt.IsZero() {
				continue
			}
			d.DueAt, d.NextAt = time.Time{}, time.Time{}
			if err := ignoring(access.ErrStale, tx.SetCampaignDate(d)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ignoring is an error unless it is of one sort.
func ignoring(sort, err error) error {
	if errors.Is(err, sort) {
		return nil
	}
	return err
}

// StepCampaign begins the occurrence of a campaign whose time has come: the latest, if
// several were missed, because nobody can be asked today about last year. As long as
// the one before is not over it waits, so that nobody is asked twice at once.
func (s *Service) StepCampaign(ctx context.Context, name string, version int64) error {
	c, is := s.campaign(name)
	return ignoring(access.ErrStale, s.o.Store.Update(ctx, actor, func(tx *store.Tx) error {
		d, known, err := tx.CampaignDate(name)
		if err != nil || !known || d.Version != version || d.NextAt.IsZero() || tx.Now().Before(d.NextAt) {
			return err
		}
		if !is || d.Schedule != c.Schedule {
			return nil // who has the configuration of now looks at it
		}
		live, waits, err := tx.LiveOccurrence(name)
		if err != nil {
			return err
		}
		if waits {
			d.NextAt = tx.Now().Add(waitFor(live, tx.Now()))
			return tx.SetCampaignDate(d)
		}
		o := access.Occurrence{Campaign: name, ScheduledAt: d.DueAt, Rules: c.Campaign}
		for next := c.Next(o.ScheduledAt); !next.IsZero() && !next.After(tx.Now()); next = c.Next(o.ScheduledAt) {
			o.ScheduledAt = next
			o.Missed++
		}
		if _, _, err := tx.BeginOccurrence(o); err != nil {
			return err
		}
		d.DueAt = c.Next(tx.Now())
		d.NextAt = d.DueAt
		return tx.SetCampaignDate(d)
	}))
}

// waitFor is how long an occurrence waits for the one before, which Close ends earlier.
func waitFor(live access.Occurrence, now time.Time) time.Duration {
	return max(time.Hour, live.DeadlineAt.Sub(now))
}

// Start begins an occurrence now, whatever the schedule says. If one is not over the error
// wraps access.ErrNotAllowed.
func (s *Service) Start(ctx context.Context, by access.Actor, name string) (access.Occurrence, error) {
	c, is := s.campaign(name)
	if !is {
		return access.Occurrence{}, fmt.Errorf("%w: the configuration has no campaign %q", access.ErrNotFound, name)
	}
	var begun access.Occurrence
	err := s.o.Store.Update(ctx, by, func(tx *store.Tx) error {
		live, is, err := tx.LiveOccurrence(name)
		if err != nil {
			return err
		}
		if is {
			return fmt.Errorf("%w: occurrence %s of %s is %s", access.ErrNotAllowed, live.ID, name, live.State)
		}
		o, first, err := tx.BeginOccurrence(access.Occurrence{Campaign: name, ScheduledAt: tx.Now(), Rules: c.Campaign})
		if err == nil && !first {
			err = fmt.Errorf("%w: %s begins at this moment", access.ErrNotAllowed, name)
		}
		begun = o
		return err
	})
	return begun, err
}

// Close ends an occurrence before its time: nobody is asked any more, and what nobody has
// said anything about stays as it is.
func (s *Service) Close(ctx context.Context, by access.Actor, id, reason string) (access.Occurrence, error) {
	var closed access.Occurrence
	err := s.o.Store.Update(ctx, by, func(tx *store.Tx) error {
		o, err := tx.Occurrence(id)
		if err != nil {
			return err
		}
		if o.State == access.OccurrenceClosed {
			return fmt.Errorf("%w: occurrence %s is closed", access.ErrDecided, id)
		}
		o.Note = reason
		closed, err = end(tx, o)
		return err
	})
	return closed, err
}

// end closes an occurrence and lets the next one begin that has waited for it.
func end(tx *store.Tx, o access.Occurrence) (access.Occurrence, error) {
	next, err := tx.NextItem(o.ID) // what is decided is carried out
	if err != nil {
		return o, err
	}
	o.State, o.ClosedAt, o.NextAt = access.OccurrenceClosed, tx.Now(), next
	if o, err = tx.SaveOccurrence(o); err != nil {
		return o, err
	}
	if err := tx.TouchOccurrence(o.ID); err != nil {
		return o, err
	}
	if err := grants.ForgetSilence(tx, o.ID); err != nil {
		return o, err
	}
	d, known, err := tx.CampaignDate(o.Campaign)
	if err != nil || !known || d.DueAt.IsZero() || d.DueAt.After(tx.Now()) {
		return o, err
	}
	d.NextAt = tx.Now()
	return o, tx.SetCampaignDate(d)
}
