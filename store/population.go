package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
)

// PopulationSeal sums up about what an occurrence asks, and whom, item by item in the order
// of their ids: campaign.opened has the sum, so that no item can be added, left out or given
// to other people past the trail. docs/audit-format.md says how it is made.
type PopulationSeal struct{ sum, shown hash.Hash }

// NewPopulationSeal begins a sum.
func NewPopulationSeal() PopulationSeal { return PopulationSeal{sha256.New(), sha256.New()} }

// Add adds an item. Its panel is the one of when people began to be asked.
func (p PopulationSeal) Add(i access.CampaignItem) {
	line := strings.Join([]string{i.ID, i.Target, i.Subject, i.Account, i.Grant, strconv.FormatBool(i.Standing), i.Panel}, "\t") + "\n"
	p.sum.Write([]byte(line))
	p.shown.Write([]byte(i.ID + "\t" + i.Digest + "\n"))
}

// Sum is the sum of the items that were added.
func (p PopulationSeal) Sum() string { return hex.EncodeToString(p.sum.Sum(nil)) }

// Shown is the sum of what is shown of the items that were added, by the digests of their facts.
func (p PopulationSeal) Shown() string { return hex.EncodeToString(p.shown.Sum(nil)) }

// newSalt is a salt for the facts of an item.
func newSalt() string {
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails
	return hex.EncodeToString(salt[:])
}

// DigestFacts is the digest of the facts of an item, which says nothing of them without the salt.
func DigestFacts(salt string, facts []byte) string {
	h := sha256.New()
	h.Write([]byte(salt + "\x00"))
	h.Write(facts)
	return hex.EncodeToString(h.Sum(nil))
}

// SealFinding is one digest over how it was found whom an occurrence is about, so that none of
// it can be changed past the trail: campaign.opened has it, and nothing changes of it later. It
// is of the JSON in the row, with three dots for whom it names: erasing somebody leaves it.
func SealFinding(p access.Population) string {
	nameless := regexp.MustCompile(`(person|environment_owners):[^\s"]+|[^\s":;,()<>]+@[^\s":;,()<>]+|\b00u\w+`)
	return hexDigest(nameless.ReplaceAllString(encode(p), "$1…"))
}

// Sealed is the sum of the items that an occurrence has while it is being built: none of
// them changes until people are asked, so as long as there are no more it is the sum of all.
type Sealed struct {
	Items                  int
	occurrence, sum, shown string
}

// Sum is the sum as the trail has it.
func (s Sealed) Sum() string { return s.sum }

// SealItems sums up the items of an occurrence that is being built, beside those who write:
// for so many it takes a while.
func (s *Store) SealItems(ctx context.Context, occurrence string) (Sealed, error) {
	return sealItems(ctx, s.look, occurrence)
}

// sealItems reads all items in one go, because each page of so many would be sorted out of
// all of them.
func sealItems(ctx context.Context, in querier, occurrence string) (Sealed, error) {
	rows, err := in.QueryContext(ctx, "SELECT id, target_id, subject_id, account, grant_id, standing, panel, digest FROM campaign_items WHERE occurrence_id = $1 ORDER BY id", occurrence)
	if err != nil {
		return Sealed{}, fmt.Errorf("read the items of %s: %w", occurrence, err)
	}
	defer func() { _ = rows.Close() }()
	out, seal := Sealed{occurrence: occurrence}, NewPopulationSeal()
	for ; rows.Next(); out.Items++ {
		var i access.CampaignItem
		if err := rows.Scan(&i.ID, &i.Target, &i.Subject, &i.Account, &i.Grant, &i.Standing, &i.Panel, &i.Digest); err != nil {
			return Sealed{}, fmt.Errorf("read the items of %s: %w", occurrence, err)
		}
		seal.Add(i)
	}
	out.sum, out.shown = seal.Sum(), seal.Shown()
	return out, rows.Err()
}

// querier is what reads, in a transaction or beside it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// OpenOccurrence is SaveOccurrence of one that opens, whose items were summed up before. If
// more have come since, all are summed up once more; from here on none can come.
func (tx *Tx) OpenOccurrence(o access.Occurrence, sealed Sealed) (access.Occurrence, error) {
	if err := tx.holdOccurrence(o); err != nil {
		return o, err
	}
	n, err := tx.q.CountItems(tx.ctx, o.ID)
	if err == nil && int(n) != sealed.Items {
		sealed, err = sealItems(tx.ctx, tx.sql, o.ID)
	}
	if err != nil {
		return o, fmt.Errorf("count the items of %s: %w", o.ID, err)
	}
	o.Items, tx.sealed = sealed.Items, sealed
	return tx.SaveOccurrence(o)
}

// population is the sum of the items of an occurrence that opens.
func (tx *Tx) population(occurrence string) (Sealed, error) {
	if tx.sealed.occurrence == occurrence {
		return tx.sealed, nil
	}
	return sealItems(tx.ctx, tx.sql, occurrence)
}

// logEscalation appends campaign.escalated if people have longer now: others are asked about
// what nobody has said anything about. An occurrence that waited for people to be told, which
// is its error, has been put off: campaign.postponed.
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
	e := access.Event{Kind: "campaign.escalated", Facts: map[string]string{"occurrence": o.ID, "campaign": o.Campaign, "items": strconv.Itoa(open),
		"deadline_before": old.DeadlineAt.Format(timeLayout), "deadline": o.DeadlineAt.Format(timeLayout), "reviewers": strings.Join(slices.Sorted(maps.Keys(asked)), " ")}}
	if old.LastError != "" {
		e.Kind = "campaign.postponed"
	}
	tx.Record(e)
	return tx.TouchAdminHomes()
}
