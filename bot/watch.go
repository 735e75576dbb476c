package bot

import (
	"context"

	"airpass/access"
	"airpass/store"
)

// Campaign is a campaign and how far its newest occurrence is, for somebody who watches.
type Campaign struct {
	access.CampaignDate
	Occurrence access.Occurrence // the zero one if it has not taken place yet
	Items      []access.CampaignItem
	Panels     map[string][]access.Person // who is asked, by access.CampaignItem.Panel
	Reviewers  []access.CampaignReviewer
}

// watchedItems is about how many items of an occurrence somebody who watches is told.
const watchedItems = 500

// Campaigns returns the campaigns of the configuration, each with its newest occurrence.
func (b *Bot) Campaigns(ctx context.Context) ([]Campaign, error) {
	dates, err := b.store.CampaignDates(ctx)
	if err != nil {
		return nil, err
	}
	var all []Campaign
	for _, d := range dates {
		if d.DueAt.IsZero() {
			continue
		}
		c := Campaign{CampaignDate: d}
		o, is, err := b.store.LastOccurrence(ctx, d.Name)
		if err == nil && is {
			err = b.watchOccurrence(ctx, &c, o)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (b *Bot) watchOccurrence(ctx context.Context, c *Campaign, o access.Occurrence) (err error) {
	c.Occurrence = o
	if c.Items, err = b.store.CampaignItems(ctx, o.ID, "", watchedItems); err != nil {
		return err
	}
	if c.Panels, err = b.store.CampaignPanels(ctx, o.ID); err != nil {
		return err
	}
	c.Reviewers, err = b.store.CampaignReviewers(ctx, o.ID)
	return err
}

// StartCampaign lets a campaign take place now, as an operator does at the command line.
func (b *Bot) StartCampaign(ctx context.Context, name string) error {
	_, err := b.works.Load().asking.Start(ctx, atCommandLine(), name)
	return err
}

// AuditEvents returns at most limit events of the audit trail with a number above
// after, oldest first, for somebody who watches.
func (b *Bot) AuditEvents(ctx context.Context, after int64, limit int) ([]store.Recorded, error) {
	return b.store.AuditEvents(ctx, after, limit)
}

// LiveGrants returns the grants that have not ended, newest first: a hundred at most.
func (b *Bot) LiveGrants(ctx context.Context) ([]access.Grant, error) {
	return b.store.Grants(ctx, store.GrantFilter{Live: true})
}
