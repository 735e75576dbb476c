package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
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

// sealPopulation sums up the items of an occurrence, and counts them: in one go, because each
// page of so many would be sorted out of all of them.
func (tx *Tx) sealPopulation(occurrence string) (sum string, n int, err error) {
	rows, err := tx.sql.QueryContext(tx.ctx, "SELECT id, target_id, subject_id, account, grant_id, standing, panel FROM campaign_items WHERE occurrence_id = $1 ORDER BY id", occurrence)
	if err != nil {
		return "", 0, fmt.Errorf("read the items of %s: %w", occurrence, err)
	}
	defer func() { _ = rows.Close() }()
	seal := NewPopulationSeal()
	for ; rows.Next(); n++ {
		var i access.CampaignItem
		if err := rows.Scan(&i.ID, &i.Target, &i.Subject, &i.Account, &i.Grant, &i.Standing, &i.Panel); err != nil {
			return "", n, fmt.Errorf("read the items of %s: %w", occurrence, err)
		}
		seal.Add(i)
	}
	return seal.Sum(), n, rows.Err()
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
