package campaigns_test

import (
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // the zones of these tests, wherever they run

	"airpass/access"
	"airpass/campaigns"
	"airpass/config"
	"airpass/grants"
	"airpass/store"
	"airpass/store/storetest"
)

// desk is a store with a campaign in it and a clock that a test moves.
type desk struct {
	*store.Store
	t   *testing.T
	mu  sync.Mutex
	now time.Time
}

func (d *desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) at(moment string) {
	d.t.Helper()
	at, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = at.UTC()
}

func open(t *testing.T, url, moment string) *desk {
	t.Helper()
	d := &desk{t: t}
	d.at(moment)
	var err error
	if d.Store, err = store.Open(t.Context(), url, store.Options{Now: d.Now, Key: store.AuditKey{ID: "k1", Key: []byte("a key of thirty-two bytes, no less")}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Store.Close() })
	return d
}

func file(t *testing.T) string { return storetest.SQLite(t) }

// with is a service with one campaign, or with none if schedule is empty.
func (d *desk) with(schedule string) *campaigns.Service {
	d.t.Helper()
	o := campaigns.Options{Store: d.Store, Targets: func() []access.Target { return nil }, Now: d.Now, Log: slog.New(slog.DiscardHandler), Cap: grants.Cap{Most: 2, Share: 0, AdminChannel: "C1"}}
	if schedule != "" {
		c, err := config.ParseCalendar(schedule)
		if err != nil {
			d.t.Fatal(err)
		}
		o.Campaigns = []campaigns.Dated{{Campaign: access.Campaign{Name: "quarterly", Deadline: 24 * time.Hour}, Schedule: schedule, Next: c.Next}}
	}
	s := campaigns.New(o)
	if err := s.Schedule(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	return s
}

// sweep looks at what is due, as the engine does.
func (d *desk) sweep(s *campaigns.Service) {
	d.t.Helper()
	due, err := d.Due(d.t.Context(), d.Now(), 100)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, w := range due {
		if w.Kind == store.WakeCampaign {
			if err := s.StepCampaign(d.t.Context(), w.ID, w.Version); err != nil {
				d.t.Fatal(err)
			}
		}
	}
}

// took are the occurrences there were, the oldest first, as "scheduled at" and "+missed".
func (d *desk) took() []access.Occurrence {
	d.t.Helper()
	all, err := d.Occurrences(d.t.Context(), 100)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// newest checks how many occurrences there were and which is the newest.
func (d *desk) newest(n int, scheduled string, missed int) access.Occurrence {
	d.t.Helper()
	all := d.took()
	if len(all) != n {
		d.t.Fatalf("%d occurrences, want %d: %+v", len(all), n, all)
	}
	if got := all[0].ScheduledAt.Format(time.RFC3339); got != scheduled || all[0].Missed != missed {
		d.t.Errorf("the newest is of %s and %d were missed, want %s and %d", got, all[0].Missed, scheduled, missed)
	}
	return all[0]
}

func (d *desk) close(s *campaigns.Service, o access.Occurrence) {
	d.t.Helper()
	if _, err := s.Close(d.t.Context(), access.System("test"), o.ID, "enough"); err != nil {
		d.t.Fatal(err)
	}
}

const quarterly = "CRON_TZ=Europe/Berlin 0 9 1 1,4,7,10 *"

func TestOfMissedOccurrencesTheLatestTakesPlaceOnce(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with(quarterly)
	d.at("2026-04-01T06:59:59Z")
	d.sweep(s)
	if n := len(d.took()); n != 0 {
		t.Fatalf("%d begin before their time", n)
	}
	d.at("2027-02-03T00:00:00Z") // down for most of a year
	s = d.with(quarterly)
	d.sweep(s)
	d.sweep(s)
	o := d.newest(1, "2027-01-01T08:00:00Z", 3)
	d.close(s, o)
	d.sweep(s)
	d.at("2027-04-01T07:00:00Z")
	d.sweep(s)
	d.newest(2, "2027-04-01T07:00:00Z", 0)
}

func TestOneOccurrenceOfATimeThatTheClockShowsTwiceAndNoneIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schedule, from, between, first, after, then string }{
		{"CRON_TZ=America/New_York 30 1 * * *", "2026-10-31T12:00:00Z", "2026-11-01T06:45:00Z", "2026-11-01T05:30:00Z", "2026-11-02T07:00:00Z", "2026-11-02T06:30:00Z"},
		{"CRON_TZ=America/New_York 30 2 * * *", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z", "2026-03-09T07:00:00Z", "2026-03-09T06:30:00Z"},
	} {
		d := open(t, file(t), c.from)
		s := d.with(c.schedule)
		d.at(c.between) // when it is half past one for the second time; when it would have been half past two
		d.sweep(s)
		d.close(s, d.newest(1, c.first, 0))
		d.sweep(s)
		d.newest(1, c.first, 0)
		d.at(c.after)
		d.sweep(s)
		d.newest(2, c.then, 0)
	}
}

func TestANewScheduleHasMissedNothing(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	d.with(quarterly)
	d.at("2026-03-20T00:00:00Z")
	s := d.with("CRON_TZ=Europe/Berlin 0 9 1 * *") // of which the first of March was one
	d.sweep(s)
	if n := len(d.took()); n != 0 {
		t.Fatalf("%d take place that were never to be", n)
	}
	d.with("") // taken out of the file
	d.at("2026-04-20T00:00:00Z")
	d.sweep(s)
	s = d.with(quarterly)
	d.sweep(s)
	if n := len(d.took()); n != 0 {
		t.Fatalf("%d take place while the file has no such campaign", n)
	}
	d.at("2026-07-02T00:00:00Z")
	d.sweep(d.with(quarterly))
	d.newest(1, "2026-07-01T07:00:00Z", 0)
}

func TestAnOccurrenceWaitsUntilTheOneBeforeIsOver(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-03-31T00:00:00Z")
	s := d.with(quarterly)
	by := access.Actor{Kind: access.ByOperator, ID: "grace"}
	begun, err := s.Start(t.Context(), by, "quarterly")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(t.Context(), by, "quarterly"); !errors.Is(err, access.ErrNotAllowed) {
		t.Errorf("started twice: %v", err)
	}
	if _, err := s.Start(t.Context(), by, "yearly"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("one that there is not: %v", err)
	}
	d.at("2026-04-01T07:00:00Z")
	d.sweep(s)
	d.newest(1, "2026-03-31T00:00:00Z", 0)
	d.close(s, begun)
	if _, err := s.Close(t.Context(), by, begun.ID, "again"); !errors.Is(err, access.ErrDecided) {
		t.Errorf("closed twice: %v", err)
	}
	d.sweep(s)
	d.newest(2, "2026-04-01T07:00:00Z", 0)
}

func TestOfReplicasThatBeginAnOccurrenceAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	url := storetest.PostgreSQL(t)
	one, other := open(t, url, "2026-03-31T00:00:00Z"), open(t, url, "2026-03-31T00:00:00Z")
	services := []*campaigns.Service{one.with(quarterly), other.with(quarterly)}
	one.at("2026-04-01T07:00:00Z")
	other.at("2026-04-01T07:00:00Z")
	date, known, err := one.CampaignDate(t.Context(), "quarterly")
	if err != nil || !known {
		t.Fatal(known, err)
	}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			if err := services[n%2].StepCampaign(t.Context(), "quarterly", date.Version); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	one.newest(1, "2026-04-01T07:00:00Z", 0)
}
