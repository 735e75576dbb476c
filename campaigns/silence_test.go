package campaigns_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/grants"
	"airpass/store"
)

var viewer = access.Target{ID: "prod/Viewer", Role: access.Viewer, Mode: access.ByUser, Instance: "arn:instance", PermissionSet: "arn:set", MaxDuration: 1000 * time.Hour}

// opened is an occurrence that is open, with an item about the grant of each of some
// people; silence does with it what is said.
func (d *desk) opened(silence access.Silence, people int) (o access.Occurrence, given []access.Grant) {
	d.t.Helper()
	err := d.Update(d.t.Context(), access.System("test"), func(tx *store.Tx) (err error) {
		o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: tx.Now(), Rules: access.Campaign{Name: "quarterly", Deadline: 24 * time.Hour, Silence: silence}})
		var items []access.CampaignItem
		for n := 0; err == nil && n < people; n++ {
			var g access.Grant
			p := access.Person{OktaID: fmt.Sprintf("00u%d", n), Login: fmt.Sprintf("p%d@example.com", n), Status: "ACTIVE"}
			r := access.Request{Subject: p, Slack: access.SlackUser{Team: "T1", ID: fmt.Sprintf("U%d", n)}, Target: viewer, Duration: 500 * time.Hour, Reason: "the nightly run", State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)}
			if r, err = tx.CreateRequest(r); err != nil {
				break
			}
			r.State = access.RequestApproved
			if r, err = tx.SaveRequest(r); err != nil {
				break
			}
			if g, err = grants.Start(tx, r, "person-"+p.OktaID); err != nil {
				break
			}
			given = append(given, g)
			facts, _ := json.Marshal(campaigns.Item{Target: viewer.ID, Who: p.Login, OktaID: p.OktaID, Grant: g.ID, Silence: silence})
			items = append(items, access.CampaignItem{Target: viewer.ID, Subject: p.OktaID, Who: p.Login, Grant: g.ID, Facts: facts})
		}
		if err != nil {
			return err
		}
		if err := tx.AddItems(o, items, nil); err != nil {
			return err
		}
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, people, tx.Now(), tx.Now().Add(24*time.Hour)
		o.NextAt = o.DeadlineAt
		o, err = tx.SaveOccurrence(o)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return o, given
}

// steps looks at an occurrence as long as it is due, with the clock standing still.
func (d *desk) steps(s *campaigns.Service, id string) access.Occurrence {
	d.t.Helper()
	for range 100 {
		o, err := d.Occurrence(d.t.Context(), id)
		if err != nil {
			d.t.Fatal(err)
		}
		if o.NextAt.IsZero() || d.Now().Before(o.NextAt) {
			return o
		}
		if err := s.StepOccurrence(d.t.Context(), id, o.Version); err != nil {
			d.t.Fatal(err)
		}
	}
	d.t.Fatal("there is no end of it")
	return access.Occurrence{}
}

// revoking counts the grants that are being taken away.
func (d *desk) revoking(given []access.Grant) (n int) {
	d.t.Helper()
	for _, g := range given {
		now, err := d.Grant(d.t.Context(), g.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		if now.State == access.GrantRevoking {
			n++
		}
	}
	return n
}

func TestSilenceTakesAwayAfterTheDeadlineAndIsListedUntilItIsGone(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceRevokes, 2)
	d.at("2026-02-02T00:05:00Z") // who answered in time may not have been judged yet
	if o := d.steps(s, o.ID); o.State != access.OccurrenceOpen || d.revoking(given) != 0 {
		t.Fatalf("%+v", o)
	}
	d.at("2026-02-02T00:11:00Z")
	if o := d.steps(s, o.ID); o.State != access.OccurrenceClosed || o.NextAt.IsZero() || d.revoking(given) != 2 {
		t.Fatalf("%+v, and %d are taken away", o, d.revoking(given))
	}
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil || len(items) != 2 || items[0].State != access.ItemRemoving || !items[0].Silent || !items[0].SettledAt.IsZero() {
		t.Errorf("%+v %v", items, err)
	}
}

func TestMoreThanTheCapWaitsForAnAdminAndOnlyThat(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceRevokes, 3)
	d.at("2026-02-03T00:00:00Z")
	if o := d.steps(s, o.ID); o.State != access.OccurrenceOpen || d.revoking(given) != 0 {
		t.Fatalf("%+v, and %d are taken away", o, d.revoking(given))
	}
	var told string
	if err := d.DB().QueryRowContext(t.Context(), "SELECT text FROM messages WHERE kind = 'admin'").Scan(&told); err != nil || !strings.Contains(told, "3 of 3 items") {
		t.Fatal(told, err)
	}
	batch := told[strings.LastIndex(told, " ")+1:]
	confirm := grants.New(grants.Options{Store: d.Store, Now: d.Now})
	if err := confirm.ConfirmRemovals(t.Context(), access.System("test"), batch); err != nil {
		t.Fatal(err)
	}
	d.at("2026-02-03T00:02:00Z")
	if o := d.steps(s, o.ID); o.State != access.OccurrenceClosed || d.revoking(given) != 3 {
		t.Errorf("%+v, and %d are taken away", o, d.revoking(given))
	}
}

func TestSilenceThatKeepsIsAFinding(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceKeeps, 3)
	d.at("2026-02-03T00:00:00Z")
	if o := d.steps(s, o.ID); o.State != access.OccurrenceClosed || !o.NextAt.IsZero() || d.revoking(given) != 0 {
		t.Errorf("%+v, and %d are taken away", o, d.revoking(given))
	}
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil || len(items) != 3 || items[0].State != access.ItemSettled || items[0].Verdict != access.KeepItem || items[0].LastError == "" {
		t.Errorf("%+v %v", items, err)
	}
}

func TestWhatIsClosedWithItemsOpenLeavesThemAsTheyAre(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceRevokes, 2)
	d.close(s, o)
	d.at("2026-02-05T00:00:00Z")
	if o := d.steps(s, o.ID); o.State != access.OccurrenceClosed || !o.NextAt.IsZero() || d.revoking(given) != 0 {
		t.Errorf("%+v, and %d are taken away", o, d.revoking(given))
	}
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil || len(items) != 2 || items[0].State != access.ItemOpen {
		t.Errorf("%+v %v", items, err)
	}
}
