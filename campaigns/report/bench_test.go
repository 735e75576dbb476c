package report_test

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/campaigns/report"
	"airpass/internal/pgtest"
	"airpass/store"
)

// manyItems are as many as an occurrence is to have at most.
const manyItems = 100_000

// many is an occurrence about 100,000 items of 10,000 people, each of which is decided with a
// comment, by 100 reviewers.
func (d *desk) many() access.Occurrence {
	d.t.Helper()
	var o access.Occurrence
	d.does(tester, func(tx *store.Tx) (err error) {
		o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "many", ScheduledAt: noon, Rules: access.Campaign{Name: "many"}})
		return err
	})
	const batch = 1000
	for from := 0; from < manyItems; from += batch {
		reviewer := access.Person{OktaID: fmt.Sprintf("00uR%d", from/batch), Login: fmt.Sprintf("reviewer%d@example.com", from/batch)}
		panel, people := campaigns.PanelOf(reviewer)
		var items []access.CampaignItem
		for n := from; n < from+batch; n++ {
			i := access.CampaignItem{Target: fmt.Sprintf("env%d/Viewer", n%10), Subject: fmt.Sprintf("00u%017d", n/10), Who: fmt.Sprintf("person%d@example.com", n/10), Standing: true, Panel: panel}
			facts, err := json.Marshal(campaigns.Item{Target: i.Target, Who: i.Who, Name: fmt.Sprintf("Person Number %d", n/10), OktaID: i.Subject, Standing: true, Through: []string{"Okta group 00gData"},
				LastUse: "unknown", Peers: campaigns.Peers{Others: 400, OfManager: 2, Logins: []string{"one@example.com", "two@example.com"}}, Recommended: campaigns.Revoke, Because: campaigns.BecauseStanding,
				Asked: campaigns.Asked{Rule: "manager", Reviewers: []campaigns.Reviewer{{OktaID: reviewer.OktaID, Login: reviewer.Login}}}})
			if err != nil {
				d.t.Fatal(err)
			}
			i.Facts = facts
			items = append(items, i)
		}
		d.does(tester, func(tx *store.Tx) error { return tx.AddItems(o, items, map[string][]access.Person{panel: people}) })
	}
	d.does(tester, func(tx *store.Tx) (err error) {
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, manyItems, noon, noon.Add(14*24*time.Hour)
		o, err = tx.SaveOccurrence(o)
		return err
	})
	for after := ""; ; {
		items, err := d.CampaignItems(d.t.Context(), o.ID, after, batch)
		if err != nil {
			d.t.Fatal(err)
		}
		if len(items) == 0 {
			return o
		}
		panels, err := d.CampaignPanels(d.t.Context(), o.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		by := panels[items[0].Panel][0]
		d.does(access.PersonActor(by), func(tx *store.Tx) error {
			for n, i := range items {
				after = i.ID
				if _, err := tx.SaveItem(campaigns.Decide(i, by, access.KeepItem, time.Time{}, fmt.Sprintf("needed for the work on number %d", n), tx.Now())); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkReport writes the report of an occurrence about 100,000 items, and then of what is
// left of it once their rows were deleted past the trail, which are all exceptions. It fails
// above 2 minutes, or above 256 MiB of heap.
func BenchmarkReport(b *testing.B) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		b.Run(dialect, func(b *testing.B) {
			url := "sqlite:" + filepath.Join(b.TempDir(), "airpass.db")
			if dialect == "postgres" {
				url = pgtest.URL(b)
			}
			d := openAt(b, url)
			o := d.many()
			b.Run("whole", func(b *testing.B) {
				for b.Loop() {
					d.measure(b, o)
				}
			})
			d.past("DELETE FROM campaign_items")
			b.Run("deleted", func(b *testing.B) {
				for b.Loop() {
					d.measure(b, o)
				}
			})
		})
	}
}

func (d *desk) measure(b *testing.B, o access.Occurrence) {
	b.Helper()
	runtime.GC()
	begin, stop := time.Now(), highest()
	err := report.Write(b.Context(), d.Store, o.ID, report.JSON, b.TempDir(), io.Discard)
	took, heap := time.Since(begin), float64(stop())/(1<<20)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(took.Seconds(), "report-s")
	b.ReportMetric(heap, "heap-MiB")
	if took > 2*time.Minute || heap > 256 {
		b.Errorf("%s, %.0f MiB", took, heap)
	}
}

// highest watches the heap until it is stopped, and says how large it was at most.
func highest() (stop func() uint64) {
	var most atomic.Uint64
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(end); <-ended; return most.Load() }
}
