package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"airpass/access"
	"airpass/approvals"
	"airpass/campaigns"
	"airpass/config"
	"airpass/cuts"
	"airpass/grants"
	"airpass/messages"
	"airpass/store"
)

// works are what one configuration makes of airpass: the vendors' clients, and the
// services upon them. They keep nothing but what is in the store, so that a reload
// makes new ones and puts them in the place of the old behind the running engine and
// the connection to Slack. What the old ones have begun they finish.
type works struct {
	config   *config.Config
	vendors  vendors
	granting *grants.Service
	cutting  *cuts.Service
	deciding *approvals.Service
	asking   *campaigns.Service
	outbox   *messages.Outbox
	whose    *identity
}

// build makes the works of a configuration; nobody is called.
func (b *Bot) build(c *config.Config) (*works, error) {
	w := &works{config: c}
	var err error
	if w.vendors, err = newVendors(c, b.caller, b.now); err != nil {
		return nil, err
	}
	outside, err := newSets(c, b.caller, b.now)
	if err != nil {
		return nil, err
	}
	w.cutting = newCuts(c, b.store, outside, b.now, b.log)
	w.asking = newCampaigns(c, b.store, w.vendors, func(ctx context.Context, o access.Occurrence, i access.CampaignItem) (campaigns.Give, string, error) {
		return w.deciding.Reduce(ctx, o, i)
	}, b.now, b.log)
	w.deciding = newApprovals(c, b.store, w.vendors, w.cutting, w.asking, b.pace, b.now, b.log, b.trace, b.metrics.judged)
	w.granting = newGrants(c, b.store, w.vendors, w.cutting, w.deciding, b.now, b.log, b.trace, b.metrics.settled)
	w.outbox = messages.NewOutbox(messages.OutboxOptions{Store: b.store, Sender: sender{w.vendors.slack}, Link: linkOf(c), Instant: instantOf(c), Now: b.now,
		OverdueAfter: c.Times.OverdueAfter, Paused: b.paused, Admin: func(login string) bool { return slices.Contains(c.Admins, login) }, Cuts: c.AWS.Cuts != nil, Target: c.Target, Command: c.Slack.Command, Language: spoken(c), Log: b.log, Trace: b.trace})
	w.whose = &identity{ask: w.vendors.slack.Identity, team: c.Slack.Team, log: b.log}
	return w, nil
}

// paused says whether nothing new is given.
func (b *Bot) paused(ctx context.Context) (bool, error) {
	paused, err := b.store.Setting(ctx, grants.Paused)
	if err != nil || paused != "" {
		return paused != "", err
	}
	restored, err := b.store.Restoration(ctx)
	return restored != nil, err
}

// steps says which service moves which rows: always one of the works in place.
func (b *Bot) steps() map[store.WakeKind]step {
	return map[store.WakeKind]step{
		store.WakeAttempt: func(ctx context.Context, id string, v int64) error { return b.works.Load().deciding.Judge(ctx, id, v) },
		store.WakeRequest: func(ctx context.Context, id string, v int64) error { return b.works.Load().deciding.Attend(ctx, id, v) },
		store.WakeGrant: func(ctx context.Context, id string, v int64) error {
			return b.works.Load().granting.StepGrant(ctx, id, v)
		},
		store.WakeReview: func(ctx context.Context, id string, v int64) error {
			return b.works.Load().deciding.Chase(ctx, id, v)
		},
		store.WakeSetPolicy: func(ctx context.Context, id string, v int64) error {
			return b.works.Load().cutting.Step(ctx, id, v)
		},
		store.WakeCampaign: func(ctx context.Context, name string, v int64) error {
			return b.works.Load().asking.StepCampaign(ctx, name, v)
		},
		store.WakeOccurrence: func(ctx context.Context, id string, v int64) error {
			return b.works.Load().asking.StepOccurrence(ctx, id, v)
		},
		store.WakeCampaignReviewer: func(ctx context.Context, id string, v int64) error {
			return b.works.Load().deciding.Invite(ctx, id, v)
		},
		store.WakeAnchor: b.placeAnchor,
		store.WakeEntitlement: func(ctx context.Context, id string, v int64) error {
			return b.works.Load().granting.StepEntitlement(ctx, id, v)
		},
		store.WakeMessage: func(ctx context.Context, id string, v int64) error {
			_, err := b.works.Load().outbox.Step(ctx, id, v) // when to try again is in the row
			return err
		},
	}
}

// deactivationLimit is how long a deactivation sweep may ask Okta about everybody: 100
// calls a minute, about 50 people each, are 5,000 people a minute.
const deactivationLimit = 30 * time.Minute

// shownEvery is how often it is looked for what was shown so long ago that nobody needs to
// know it any more.
const shownEvery = 10 * time.Minute

// schedules says what is done at which times.
func (b *Bot) schedules(c *config.Config) []schedule {
	all := []schedule{
		{name: "sweep", every: c.Schedules.Sweep, do: b.engine.sweep, always: true},
		{name: "deactivation", every: c.Schedules.Deactivation, do: b.sweepDirectory, limit: deactivationLimit},
		{name: "shown", every: cron.Every(shownEvery), do: func(ctx context.Context) error { return b.works.Load().deciding.ForgetShown(ctx) }, always: true},
		{name: "audit_head", every: c.Schedules.AuditHead, do: b.anchor},
		{name: "drift_confirmed", every: c.Schedules.Sweep, do: b.lookIfConfirmed, limit: driftLimit, always: true},
	}
	if c.Doctor.On() {
		all = append(all, schedule{name: "doctor", every: c.Doctor.Calendar, do: b.examineIfOn, limit: examineLimit})
	}
	if c.Retention.On() {
		all = append(all, schedule{name: "retention", every: c.Retention.Schedule, do: b.retain, limit: retentionLimit})
	}
	if c.Drift.On() {
		all = append(all, schedule{name: "drift", every: c.Drift.Calendar, do: b.lookIfOn, limit: driftLimit})
	}
	return all
}

// examineIfOn is Examine, unless the schedule was taken out of the configuration since.
func (b *Bot) examineIfOn(ctx context.Context) error {
	if !b.works.Load().config.Doctor.On() {
		return nil
	}
	return b.Examine(ctx)
}

// sweepDirectory looks for people who have left: who have access, who were to decide, and who
// are asked in campaigns.
func (b *Bot) sweepDirectory(ctx context.Context) error {
	w := b.works.Load()
	return errors.Join(w.granting.SweepDeactivated(ctx), w.deciding.LookForDeciders(ctx), w.asking.LookForReviewers(ctx))
}
