package campaigns_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/grants"
	"airpass/store"
)

// extends is an active grant that makes the time of another longer.
func (d *desk) extends(base access.Grant, longer time.Duration) (g access.Grant) {
	d.t.Helper()
	g = d.moves(d.asksMore(base, longer), access.GrantActive)
	d.does(func(tx *store.Tx) (err error) {
		g.EndAt = base.EndAt.Add(longer)
		g, err = tx.SaveGrant(g)
		return err
	})
	return g
}

// asksMore is one that is being given.
func (d *desk) asksMore(base access.Grant, longer time.Duration) (g access.Grant) {
	d.t.Helper()
	d.does(func(tx *store.Tx) error {
		r, err := tx.CreateRequest(access.Request{Subject: base.Subject, Slack: base.Slack, Target: base.Target, Duration: longer, Extends: base.ID, Reason: "not done yet", State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
		if err != nil {
			return err
		}
		r.State = access.RequestApproved
		if r, err = tx.SaveRequest(r); err == nil {
			g, err = grants.Start(tx, r, base.Person)
		}
		return err
	})
	return g
}

// runsOut is a grant whose time is over and whose access goes on by what extends it.
func (d *desk) runsOut(g access.Grant) {
	d.t.Helper()
	d.does(func(tx *store.Tx) error {
		g, err := tx.Grant(g.ID)
		if err == nil {
			_, err = grants.Release(tx, g, access.EndExpired, "")
		}
		return err
	})
	d.moves(g, access.GrantEnded)
}

func (d *desk) state(g access.Grant) access.GrantState {
	d.t.Helper()
	g, err := d.Grant(d.t.Context(), g.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return g.State
}

// What somebody has extended since people were asked goes with what they were asked about,
// also where that has come to its end meanwhile.
func TestANoTakesAwayWhatWasExtendedSincePeopleWereAsked(t *testing.T) {
	t.Parallel()
	for name, silence := range map[string]access.Silence{"said": access.SilenceKeeps, "silence": access.SilenceRevokes} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, file(t), "2026-02-01T00:00:00Z")
			s := d.with("")
			o, given := d.opened(silence, 1)
			first := d.moves(given[0], access.GrantActive)
			second := d.extends(first, 100*time.Hour)
			third := d.extends(second, 100*time.Hour)
			if silence == access.SilenceKeeps {
				d.refuses(o)
				d.does(func(tx *store.Tx) error { return tx.HastenOccurrence(o.ID, tx.Now()) })
			}
			d.runsOut(first)
			d.runsOut(second)
			d.later(s, o, 25*time.Hour)
			if i := d.items(o)[0]; i.State != access.ItemRemoving || d.state(third) != access.GrantRevoking {
				t.Fatalf("the item is %s, what extends its access %s", i.State, d.state(third))
			}
			d.later(s, o, 2*time.Minute)
			if i := d.items(o)[0]; i.State != access.ItemRemoving {
				t.Errorf("it is %s while the access is there", i.State)
			}
			d.moves(third, access.GrantEnded)
			d.later(s, o, 2*time.Minute)
			if i := d.items(o)[0]; i.State != access.ItemSettled || i.LastError != "" {
				t.Errorf("%+v", i)
			}
		})
	}
}

// An extension that is being given goes too, also where what it extends has come to its end,
// and holds up nobody else's.
func TestAnExtensionThatIsBeingGivenHoldsUpNoRemoval(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.with("")
	o, given := d.opened(access.SilenceKeeps, 4)
	for n, g := range given {
		given[n] = d.moves(g, access.GrantActive)
	}
	coming := []access.Grant{d.asksMore(given[0], 100*time.Hour), d.asksMore(given[2], 100*time.Hour)}
	d.runsOut(given[2])
	d.refuses(o)
	d.does(func(tx *store.Tx) error { return tx.HastenOccurrence(o.ID, tx.Now()) })
	d.later(s, o, time.Minute)
	for n, i := range d.items(o) {
		if i.State != access.ItemRemoving {
			t.Errorf("item %d is %s %q", n, i.State, i.LastError)
		}
	}
	for n, g := range append(coming, given[0], given[1], given[3]) {
		if now := d.state(g); now != access.GrantRevoking {
			t.Errorf("grant %d is %s", n, now)
		}
	}
}

func TestWhatWasExtendedSincePeopleWereAskedIsReduced(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	refused, fails := "", error(nil)
	s := d.reducing(&refused, &fails)
	o, i, first := d.reduces()
	second := d.extends(first, 100*time.Hour)
	d.runsOut(first)
	d.later(s, o, access.GraceOfReview)
	i, _, instead := d.stands(i)
	if i.State != access.ItemRemoving || instead.ID == "" || d.state(second) != access.GrantActive {
		t.Fatalf("%+v, the extension is %s", i, d.state(second))
	}
	d.moves(instead, access.GrantActive)
	d.later(s, o, 2*time.Minute)
	if d.state(second) != access.GrantRevoking {
		t.Errorf("the extension of the higher role is %s", d.state(second))
	}
}

// What somebody has of a lower role through another reduction ends when that says.
func TestTwoRolesAreReducedToOne(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	refused, fails := "", error(nil)
	s := d.reducing(&refused, &fails)
	o, i, first := d.reduces()
	d.later(s, o, access.GraceOfReview)
	_, _, instead := d.stands(i)
	instead = d.moves(instead, access.GrantActive)
	// Another item, of a role that ends earlier, is reduced to the same, which serves.
	var other access.CampaignItem
	short := d.grant(7)
	short = d.moves(short, access.GrantActive)
	d.does(func(tx *store.Tx) (err error) {
		short.EndAt = first.EndAt.Add(-time.Hour)
		if short, err = tx.SaveGrant(short); err != nil {
			return err
		}
		now, err := tx.Occurrence(o.ID)
		if err != nil {
			return err
		}
		return tx.AddItems(now, []access.CampaignItem{{Target: viewer.ID, Subject: short.Subject.OktaID, Who: "seven", Grant: short.ID, Facts: []byte("{}")}}, nil)
	})
	for _, one := range d.items(o) {
		if one.Grant == short.ID {
			other = one
		}
	}
	d.does(func(tx *store.Tx) (err error) {
		other.ReduceTo, other.Lower = lower.ID, instead.RequestID
		other = campaigns.Decide(other, reviewer, access.ReduceItem, time.Time{}, "", tx.Now())
		other.State, other.NextAt = access.ItemRemoving, tx.Now()
		if other, err = tx.SaveItem(other); err == nil {
			err = tx.HastenOccurrence(o.ID, tx.Now())
		}
		return err
	})
	d.later(s, o, 2*time.Minute)
	if d.state(short) != access.GrantRevoking {
		t.Fatalf("the second role is %s", d.state(short))
	}
	if now, err := d.Grant(t.Context(), instead.ID); err != nil || !now.EndAt.Equal(first.EndAt) {
		t.Errorf("what the first reduction gave ends %s and not %s: %v", now.EndAt, first.EndAt, err)
	}
}

// The lower role never lasts longer than the higher would have.
func TestTheHigherRoleEndsWhileTheLowerIsBeingGiven(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	refused, fails := "", error(nil)
	s := d.reducing(&refused, &fails)
	o, i, higher := d.reduces()
	d.later(s, o, access.GraceOfReview)
	d.runsOut(higher)
	d.later(s, o, 2*time.Minute)
	i, _, instead := d.stands(i)
	if i.State != access.ItemRemoving {
		t.Fatalf("it is %s while the lower role is %s", i.State, instead.State)
	}
	d.moves(instead, access.GrantActive)
	d.later(s, o, 2*time.Minute)
	i, higher, instead = d.stands(i)
	if i.State != access.ItemSettled || instead.EndAt.After(higher.EndAt) {
		t.Errorf("%+v; it ends %s, the higher would have %s", i, instead.EndAt, higher.EndAt)
	}
}

// What is lower takes the place of what is there, and lasts no longer: not as long as what was to
// start later, which goes as well.
func TestWhatStartsLaterIsNotWhatAnItemStandsBy(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	all := map[string]access.Grant{
		"now":   {ID: "now", State: access.GrantActive, EndAt: noon.Add(time.Hour)},
		"later": {ID: "later", State: access.GrantScheduled, EndAt: noon.Add(48 * time.Hour)},
	}
	find := func(id string) (access.Grant, error) { return all[id], nil }
	none := func(string) ([]access.Grant, error) { return nil, nil }
	item := access.CampaignItem{Grant: "now", Facts: []byte(`{"besides":[{"grant":"later"}]}`)}
	for _, c := range []struct {
		now  access.GrantState
		want string
	}{{access.GrantActive, "now"}, {access.GrantRevoking, "later"}, {access.GrantEnded, "later"}} {
		g := all["now"]
		g.State = c.now
		all["now"] = g
		if got, err := campaigns.GrantOf(find, none, item); err != nil || got.ID != c.want {
			t.Errorf("%s: %s %v, want %s", c.now, got.ID, err, c.want)
		}
	}
}
