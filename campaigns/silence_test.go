package campaigns_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	return d.openedOf("quarterly", silence, 0, people)
}

// openedOf is opened of the campaign with this name, of the people from a number on.
func (d *desk) openedOf(campaign string, silence access.Silence, from, people int) (o access.Occurrence, given []access.Grant) {
	d.t.Helper()
	err := d.Update(d.t.Context(), access.System("test"), func(tx *store.Tx) (err error) {
		o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: campaign, ScheduledAt: tx.Now(), Rules: access.Campaign{Name: campaign, Deadline: 24 * time.Hour, Silence: silence}})
		var items []access.CampaignItem
		for n := from; err == nil && n < from+people; n++ {
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

// What silence decides, whichever way, has in the trail what stood on the card: all facts of the item.
func TestWhatSilenceDecidesIsInTheTrailWithTheFactsOfTheCard(t *testing.T) {
	t.Parallel()
	for silence, kind := range map[access.Silence]access.EventKind{access.SilenceKeeps: "item.settled", access.SilenceRevokes: "item.decided"} {
		d := open(t, file(t), "2026-02-01T00:00:00Z")
		s := d.with("")
		o, _ := d.opened(silence, 1)
		items, err := d.CampaignItems(t.Context(), o.ID, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		own, others := store.Apart(items[0].Facts)
		d.at("2026-02-02T00:11:00Z")
		d.steps(s, o.ID)
		lines, err := d.AuditLines(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, l := range lines {
			e, err := l.Recorded()
			if err != nil {
				t.Fatal(err)
			}
			if e.Facts["silent"] == "" {
				continue
			}
			if found++; e.Kind != kind || e.Personal["facts"] != own || e.Personal["others"] != others || !strings.Contains(own, viewer.ID) {
				t.Errorf("%s: %+v, not %q", silence, e, own)
			}
		}
		if found != 1 {
			t.Errorf("%s: %d events say that silence has decided", silence, found)
		}
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
	told := d.told()
	if len(told) != 1 || !strings.Contains(told[0], "3 of 3 items") {
		t.Fatal(told)
	}
	d.confirms(batchOf(told[0]))
	d.at("2026-02-03T00:02:00Z")
	if o := d.steps(s, o.ID); o.State != access.OccurrenceClosed || d.revoking(given) != 3 {
		t.Errorf("%+v, and %d are taken away", o, d.revoking(given))
	}
}

// batchOf is the name of the batch that a text asks about.
func batchOf(text string) string { return text[strings.LastIndex(text, " ")+1:] }

// confirms is an admin who confirms a batch.
func (d *desk) confirms(batch string) {
	d.t.Helper()
	if err := grants.New(grants.Options{Store: d.Store, Now: d.Now}).ConfirmRemovals(d.t.Context(), access.System("test"), batch); err != nil {
		d.t.Fatal(err)
	}
}

// waits checks whether a batch waits for an admin.
func (d *desk) waits(want bool) {
	d.t.Helper()
	if waits, err := grants.SilenceWaits(d.t.Context(), d.Store); err != nil || waits != want {
		d.t.Errorf("a batch waits: %v, want %v; %v", waits, want, err)
	}
}

func TestTwoCampaignsAboveTheCapAreToldAndConfirmedEachByItself(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	one, of := d.opened(access.SilenceRevokes, 3)
	other, ofOther := d.openedOf("yearly", access.SilenceRevokes, 3, 4)
	for _, minute := range []string{"2026-02-03T00:00:00Z", "2026-02-03T00:01:00Z", "2026-02-03T00:02:00Z"} {
		d.at(minute)
		d.steps(s, one.ID)
		d.steps(s, other.ID)
	}
	told := d.told()
	if len(told) != 2 || !strings.Contains(told[0], "campaign quarterly") || !strings.Contains(told[1], "campaign yearly") {
		t.Fatalf("the admins are told %q, want of each once", told)
	}
	d.waits(true)
	d.confirms(batchOf(told[0])) // the one that was told first
	d.at("2026-02-03T00:03:00Z")
	if d.steps(s, other.ID); d.revoking(ofOther) > 0 { // while the first is confirmed, and not carried out
		t.Error("a confirmation counts for another campaign")
	}
	if one, other = d.steps(s, one.ID), d.steps(s, other.ID); one.State != access.OccurrenceClosed || other.State != access.OccurrenceOpen {
		t.Errorf("one of two is confirmed: it is %s, and the other %s", one.State, other.State)
	}
	if n, left := d.revoking(of), d.revoking(ofOther); n != 3 || left != 0 {
		t.Errorf("%d of 3 and %d of 4 are taken away, and the first campaign alone is confirmed", n, left)
	}
	d.waits(true)
	d.confirms(batchOf(told[1]))
	d.waits(false)
	d.at("2026-02-03T00:04:00Z")
	if other = d.steps(s, other.ID); other.State != access.OccurrenceClosed || d.revoking(ofOther) != 4 {
		t.Errorf("it is %s, and %d of 4 are taken away", other.State, d.revoking(ofOther))
	}
	if told := d.told(); len(told) != 2 {
		t.Errorf("the admins are told %q", told)
	}
	if err := grants.New(grants.Options{Store: d.Store, Now: d.Now}).ConfirmRemovals(t.Context(), access.System("test"), batchOf(told[0])); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("what was carried out is confirmed once more: %v", err)
	}
}

func TestWhatWaitsOfAnOccurrenceThatAnAdminClosesIsForgotten(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceRevokes, 3)
	d.at("2026-02-03T00:00:00Z")
	o = d.steps(s, o.ID)
	d.waits(true)
	d.close(s, o)
	d.waits(false)
	d.at("2026-02-04T00:00:00Z")
	if d.steps(s, o.ID); d.revoking(given) != 0 {
		t.Error("silence takes away after an admin has ended it")
	}
	d.waits(false)
}

// The version before kept one batch for all campaigns. What it has told is not told again, may
// be confirmed, and what was confirmed in it counts.
func TestABatchThatTheVersionBeforeHasToldIsNotToldAgain(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceRevokes, 3)
	d.at("2026-02-03T00:00:00Z")
	d.steps(s, o.ID)
	batch := batchOf(d.told()[0])
	before := func(pending, confirmed string) { // as the version before has left it
		d.update(func(tx *store.Tx) error {
			return errors.Join(tx.SetSetting("removals.silence", ""), tx.SetSetting("removals.silence.pending", pending), tx.SetSetting("removals.silence.confirmed", confirmed))
		})
	}
	before(batch, "")
	d.at("2026-02-03T00:01:00Z")
	d.steps(s, o.ID)
	if told := d.told(); len(told) != 1 {
		t.Errorf("told again: %q", told)
	}
	d.waits(true)

	before(batch, "")
	d.confirms(batch) // before anybody of this version has looked
	d.at("2026-02-03T00:02:00Z")
	if o := d.steps(s, o.ID); o.State != access.OccurrenceClosed || d.revoking(given) != 3 {
		t.Errorf("it was confirmed, and is %s; %d of 3 are taken away", o.State, d.revoking(given))
	}
	if told := d.told(); len(told) != 1 {
		t.Errorf("told again: %q", told)
	}
}

// says has a reviewer say something of the item of the person with a number.
func (d *desk) says(o access.Occurrence, n int, v access.ItemVerdict, until time.Time) {
	d.t.Helper()
	was := d.items(o)[n]
	d.update(func(tx *store.Tx) error {
		i, err := tx.SaveItem(campaigns.Decide(was, access.Person{OktaID: "00ugrace", Name: "Grace"}, v, until, "", tx.Now()))
		if err != nil {
			return err
		}
		return tx.HastenOccurrence(o.ID, i.NextAt)
	})
}

// states checks how the items of an occurrence are, person by person.
func (d *desk) states(o access.Occurrence, want ...access.ItemState) {
	d.t.Helper()
	got := make([]access.ItemState, 0, len(want))
	for _, i := range d.items(o) {
		got = append(got, i.State)
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("at %s the items are %v, want %v", d.Now().Format(time.RFC3339), got, want)
	}
}

// What people have said by name has no cap: it does not wait for what silence waits for.
func TestWhatReviewersHaveSaidDoesNotWaitWithSilence(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceRevokes, 7) // 3 of whom nobody says anything
	d.says(o, 0, access.RevokeItem, time.Time{})
	d.says(o, 1, access.KeepItem, time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC))
	d.at("2026-02-01T23:50:00Z") // can be taken back until after silence would decide
	d.says(o, 2, access.RevokeItem, time.Time{})
	d.says(o, 3, access.KeepItem, time.Time{})

	d.at("2026-02-02T00:10:00Z")
	o = d.steps(s, o.ID)
	d.states(o, access.ItemRemoving, access.ItemSettled, access.ItemDecided, access.ItemDecided, access.ItemOpen, access.ItemOpen, access.ItemOpen)
	d.at("2026-02-02T00:20:00Z")
	o = d.steps(s, o.ID)
	d.states(o, access.ItemRemoving, access.ItemSettled, access.ItemRemoving, access.ItemSettled, access.ItemOpen, access.ItemOpen, access.ItemOpen)
	if n := d.revoking(given); n != 2 {
		t.Errorf("%d are taken away, want those two of whom a reviewer has said it", n)
	}

	d.moves(given[0], access.GrantEnded) // seen to be gone
	d.at("2026-02-02T00:21:00Z")
	o = d.steps(s, o.ID)
	d.states(o, access.ItemSettled, access.ItemSettled, access.ItemRemoving, access.ItemSettled, access.ItemOpen, access.ItemOpen, access.ItemOpen)
	d.at("2026-02-03T12:00:00Z")
	o = d.steps(s, o.ID)
	d.states(o, access.ItemSettled, access.ItemRemoving, access.ItemRemoving, access.ItemSettled, access.ItemOpen, access.ItemOpen, access.ItemOpen)
	if told := d.told(); o.State != access.OccurrenceOpen || len(told) != 1 {
		t.Errorf("the occurrence is %s, and the admins are told %q", o.State, told)
	}
	if want := d.Now().Add(time.Minute); !o.NextAt.Equal(want) {
		t.Errorf("looked at next at %s, want %s", o.NextAt, want)
	}
}

// told is what the admin channel is told, by its text.
func (d *desk) told() (texts []string) {
	d.t.Helper()
	rows, err := d.DB().QueryContext(d.t.Context(), "SELECT text FROM messages WHERE kind = 'admin' ORDER BY text")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			d.t.Fatal(err)
		}
		texts = append(texts, text)
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return texts
}

// A minute takes 20 of what was decided at once, and nothing of it is left out.
func TestRemovalsOfACampaignBeginTwentyAMinute(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceKeeps, 45)
	d.refuses(o)
	d.update(func(tx *store.Tx) error { return tx.HastenOccurrence(o.ID, tx.Now()) })
	for _, minute := range []struct {
		at   string
		want int
	}{{"2026-02-01T00:00:00Z", 20}, {"2026-02-01T00:00:59Z", 20}, {"2026-02-01T00:01:00Z", 40}, {"2026-02-01T00:01:59Z", 40}, {"2026-02-01T00:02:00Z", 45}} {
		d.at(minute.at)
		d.steps(s, o.ID)
		if n := d.revoking(given); n != minute.want {
			t.Errorf("at %s %d are being taken away, want %d", minute.at, n, minute.want)
		}
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
