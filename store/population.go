package store

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
	"airpass/store/db"
)

// PopulationSeal sums up about what an occurrence asks, and whom, item by item in the order
// of their ids: campaign.opened has the sum, so that no item can be added, left out or given
// to other people past the trail. docs/audit-format.md says how it is made.
type PopulationSeal struct{ sum hash.Hash }

// NewPopulationSeal begins a sum.
func NewPopulationSeal() PopulationSeal { return PopulationSeal{sha256.New()} }

// Add adds an item. Its panel is the one of when people began to be asked.
func (p PopulationSeal) Add(i access.CampaignItem) {
	line := strings.Join([]string{i.ID, i.Target, i.Subject, i.Account, i.Grant, strconv.FormatBool(i.Standing), i.Panel}, "\t") + "\n"
	p.sum.Write([]byte(line))
}

// Sum is the sum of the items that were added.
func (p PopulationSeal) Sum() string { return hex.EncodeToString(p.sum.Sum(nil)) }

// sealPage is how many items are read at once to sum them up.
const sealPage = 1000

// sealPopulation sums up the items of an occurrence, and counts them.
func (tx *Tx) sealPopulation(occurrence string) (sum string, n int, err error) {
	seal := NewPopulationSeal()
	for after := ""; ; {
		page, err := tx.q.SealedCampaignItems(tx.ctx, db.SealedCampaignItemsParams{OccurrenceID: occurrence, After: after, Max: sealPage})
		if err != nil {
			return "", n, saved(err, "the items of", occurrence)
		}
		for _, i := range page {
			after = i.ID
			seal.Add(access.CampaignItem{ID: i.ID, Target: i.TargetID, Subject: i.SubjectID, Account: i.Account, Grant: i.GrantID, Standing: i.Standing, Panel: i.Panel})
		}
		if n += len(page); len(page) < sealPage {
			return seal.Sum(), n, nil
		}
	}
}

// logEscalation appends campaign.escalated if people have longer now: others are asked about
// what nobody has said anything about.
func (tx *Tx) logEscalation(old, o access.Occurrence) error {
	if o.State != access.OccurrenceOpen || o.DeadlineAt.Equal(old.DeadlineAt) {
		return nil
	}
	counts, err := tx.r.ItemCounts(tx.ctx, o.ID)
	if err != nil {
		return err
	}
	panels, err := tx.r.CampaignPanels(tx.ctx, o.ID)
	if err != nil {
		return err
	}
	open, asked := 0, map[string]bool{}
	for _, c := range counts {
		if c.State != access.ItemOpen {
			continue
		}
		open += c.Items
		for _, p := range panels[c.Panel] {
			asked[p.OktaID] = true
		}
	}
	tx.Record(access.Event{Kind: "campaign.escalated", Facts: map[string]string{"occurrence": o.ID, "campaign": o.Campaign, "items": strconv.Itoa(open),
		"deadline_before": old.DeadlineAt.Format(timeLayout), "deadline": o.DeadlineAt.Format(timeLayout), "reviewers": strings.Join(slices.Sorted(maps.Keys(asked)), " ")}})
	return tx.TouchAdminHomes()
}
