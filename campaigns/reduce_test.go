package campaigns_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/grants"
	"airpass/store"
)

var (
	reviewer = access.Person{OktaID: "00uGrace", Login: "grace@example.com", Name: "Grace Hopper"}
	lower    = access.Target{ID: "prod/Public", Role: access.Viewer, Mode: access.ByUser, Instance: "arn:instance", PermissionSet: "arn:lower", MaxDuration: 1000 * time.Hour}
)

// reducing is a service that gives the lower role as said; refused is why it is not.
func (d *desk) reducing(refused *string, fails *error) *campaigns.Service {
	d.t.Helper()
	return d.giving(func(_ context.Context, _ access.Occurrence, i access.CampaignItem) (campaigns.Give, string, error) {
		return func(tx *store.Tx) (string, error) { return d.gives(tx, i) }, *refused, *fails
	})
}

func (d *desk) giving(reduce campaigns.Reduce) *campaigns.Service {
	d.t.Helper()
	return campaigns.New(campaigns.Options{Store: d.Store, Targets: func() []access.Target { return nil }, Now: d.Now, Log: slog.New(slog.DiscardHandler), Cap: grants.Cap{Most: 2, AdminChannel: "C1"}, Reduce: reduce})
}

// gives stores the request that gives what an item is reduced to, as package approvals does.
func (d *desk) gives(tx *store.Tx, i access.CampaignItem) (string, error) {
	higher, err := tx.Grant(i.Grant)
	if err != nil {
		return "", err
	}
	r, err := tx.CreateRequest(access.Request{ID: i.ID, Subject: higher.Subject, Slack: higher.Slack, Target: lower, Duration: higher.EndAt.Sub(tx.Now()), Reason: "less will do", State: access.RequestPending,
		LapseAt: tx.Now().Add(time.Hour), Course: access.Course{Reduced: &access.Reduced{Campaign: "quarterly", Item: i.ID, From: i.Target}}})
	if err != nil {
		return "", err
	}
	if err := tx.CreateDecision(access.Decision{RequestID: r.ID, Decider: i.Decider, Verdict: access.Approve, ReceivedAt: i.DecidedAt}); err != nil {
		return "", err
	}
	r.State, r.Decider = access.RequestApproved, i.Decider
	if r, err = tx.SaveRequest(r); err != nil {
		return "", err
	}
	_, err = grants.Start(tx, r, higher.Person)
	return r.ID, err
}

// reduces is an occurrence with one item about an active grant, of which a reviewer has said
// that less will do.
func (d *desk) reduces() (access.Occurrence, access.CampaignItem, access.Grant) {
	d.t.Helper()
	o, given := d.opened(access.SilenceKeeps, 1)
	higher := d.moves(given[0], access.GrantActive)
	items, err := d.CampaignItems(d.t.Context(), o.ID, "", 10)
	if err != nil || len(items) != 1 {
		d.t.Fatal(items, err)
	}
	i := items[0]
	i.ReduceTo = lower.ID
	d.does(func(tx *store.Tx) (err error) {
		if i, err = tx.SaveItem(campaigns.Decide(i, reviewer, access.ReduceItem, time.Time{}, "", tx.Now())); err == nil {
			err = tx.HastenOccurrence(o.ID, i.NextAt)
		}
		return err
	})
	return o, i, higher
}

func (d *desk) does(do func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.Update(d.t.Context(), access.System("test"), do); err != nil {
		d.t.Fatal(err)
	}
}

// moves brings a grant to a state, as the reconciler does.
func (d *desk) moves(g access.Grant, to access.GrantState) access.Grant {
	d.t.Helper()
	d.does(func(tx *store.Tx) (err error) {
		if g, err = tx.Grant(g.ID); err != nil {
			return err
		}
		switch g.State = to; to {
		case access.GrantActive:
			g.ActiveAt, g.EndAt = tx.Now(), g.Activate(tx.Now(), time.Hour)
		case access.GrantEnded:
			g.EndedAt = tx.Now()
		}
		g, err = tx.SaveGrant(g)
		return err
	})
	return g
}

// later moves the clock, and looks at an occurrence as long as it is due.
func (d *desk) later(s *campaigns.Service, o access.Occurrence, by time.Duration) {
	d.t.Helper()
	d.at(d.Now().Add(by).Format(time.RFC3339))
	d.steps(s, o.ID)
}

// stands is an item with its grant, and the grant of what takes its place, if there is one.
func (d *desk) stands(i access.CampaignItem) (access.CampaignItem, access.Grant, access.Grant) {
	d.t.Helper()
	i, err := d.CampaignItem(d.t.Context(), i.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	higher, err := d.Grant(d.t.Context(), i.Grant)
	if err != nil {
		d.t.Fatal(err)
	}
	instead, _, err := d.GrantOf(d.t.Context(), i.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return i, higher, instead
}

func TestTheLowerRoleIsThereBeforeTheHigherIsTakenAway(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	refused, fails := "", error(nil)
	s := d.reducing(&refused, &fails)
	o, i, before := d.reduces()
	d.later(s, o, access.GraceOfReview-time.Minute)
	if i, higher, instead := d.stands(i); i.State != access.ItemDecided || higher.State != access.GrantActive || instead.ID != "" {
		t.Fatalf("something has come of it while it can be taken back: %+v", i)
	}
	d.later(s, o, 2*time.Minute)
	// Another replica, and one that was killed and begins again, find what is in the rows.
	again := d.reducing(&refused, &fails)
	for range 3 {
		d.later(again, o, 2*time.Minute)
		if i, higher, instead := d.stands(i); i.State != access.ItemRemoving || higher.State != access.GrantActive || instead.State != access.GrantProvisioning {
			t.Fatalf("%s, %s while the lower is %s", i.State, higher.State, instead.State)
		}
	}
	_, _, instead := d.stands(i)
	d.moves(instead, access.GrantActive)
	d.later(again, o, 2*time.Minute)
	i, higher, instead := d.stands(i)
	if higher.State != access.GrantRevoking || !strings.Contains(higher.EndNote, "campaign quarterly: reduced to prod/Public") || strings.Contains(higher.EndNote, "Grace") || i.State != access.ItemRemoving || i.LowerFailed != "" {
		t.Errorf("%+v %+v", i, higher)
	}
	if !instead.EndAt.Equal(before.EndAt) {
		t.Errorf("it ends %s, and not when the higher would have, %s", instead.EndAt, before.EndAt)
	}
	d.moves(higher, access.GrantEnded)
	d.later(s, o, 2*time.Minute)
	if i, _, instead := d.stands(i); i.State != access.ItemSettled || i.Verdict != access.ReduceItem || instead.State != access.GrantActive {
		t.Errorf("%+v %s", i, instead.State)
	}
}

func TestWhatCannotBeReducedIsTakenAwayAllTheSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refused string
		fails   error
		then    func(d *desk, instead access.Grant)
		why     string
	}{
		"refused":         {refused: "ada may not ask for it", why: "ada may not ask for it"},
		"it changes":      {fails: fmt.Errorf("%w: grant g, which they have of it, changes", access.ErrPaused), why: "for a day"},
		"nobody answers":  {fails: fmt.Errorf("%w: Okta", access.ErrUnavailable), why: "for a day"},
		"it has failed":   {then: func(d *desk, g access.Grant) { d.moves(g, access.GrantRevoking) }, why: "it has ended"},
		"it is not there": {then: func(*desk, access.Grant) {}, why: "within a day"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, file(t), "2026-02-01T00:00:00Z")
			refused, fails := c.refused, c.fails
			s := d.reducing(&refused, &fails)
			o, i, _ := d.reduces()
			d.later(s, o, access.GraceOfReview)
			if now, higher, instead := d.stands(i); c.refused == "" && (higher.State != access.GrantActive || now.LowerFailed != "") {
				t.Fatalf("%s before a day is over: %+v", higher.State, now)
			} else if c.then != nil {
				c.then(d, instead)
			}
			for range 3 {
				d.later(s, o, 13*time.Hour)
			}
			i, higher, _ := d.stands(i)
			if higher.State != access.GrantRevoking || i.State != access.ItemRemoving || !strings.Contains(i.LowerFailed, c.why) {
				t.Fatalf("%s: %+v", higher.State, i)
			}
			var told int
			if err := d.DB().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM messages WHERE kind = 'admin'").Scan(&told); err != nil || told != 1 {
				t.Error("the admins were told", told, "times", err)
			}
			d.moves(higher, access.GrantEnded)
			d.later(s, o, 2*time.Minute)
			if i, _, _ := d.stands(i); i.State != access.ItemSettled || i.LowerFailed == "" {
				t.Errorf("%+v", i)
			}
		})
	}
}

// As long as nothing new is given to anybody the day of a lower role does not begin: a pause
// takes nothing away.
func TestAPauseTakesNothingAwayThatIsToBeReduced(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.giving(func(_ context.Context, _ access.Occurrence, i access.CampaignItem) (campaigns.Give, string, error) {
		return func(tx *store.Tx) (string, error) {
			if why, err := grants.HeldBack(tx); err != nil || why != "" {
				return "", errors.Join(err, fmt.Errorf("%w %s", access.ErrPaused, why))
			}
			return d.gives(tx, i)
		}, "", nil
	})
	o, i, _ := d.reduces()
	d.does(func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, "yes") })
	for range 4 {
		d.later(s, o, 20*time.Hour)
	}
	if i, higher, _ := d.stands(i); i.State != access.ItemDecided || higher.State != access.GrantActive || i.LowerFailed != "" {
		t.Fatalf("%s: %+v", higher.State, i)
	}
	d.does(func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, "") })
	d.later(s, o, 2*time.Minute)
	if i, higher, instead := d.stands(i); i.State != access.ItemRemoving || higher.State != access.GrantActive || instead.State != access.GrantProvisioning {
		t.Errorf("%s, %s, %+v", higher.State, instead.State, i)
	}
}

// Pauses one after the other put a reduction off for a week and no longer: a day later it is
// taken away without the lower role, which is an exception in the report.
func TestPausesPutAReductionOffForAWeek(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	paused := func() (why string) {
		d.does(func(tx *store.Tx) (err error) {
			why, err = grants.HeldBack(tx)
			return err
		})
		return why
	}
	s := d.giving(func(_ context.Context, _ access.Occurrence, i access.CampaignItem) (campaigns.Give, string, error) {
		return func(tx *store.Tx) (string, error) {
			return "", fmt.Errorf("%w by an operator", access.ErrPaused)
		}, "", nil
	})
	o, i, _ := d.reduces()
	for range 7 { // each ends, and another begins before anything could be given
		d.does(func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, "yes") })
		d.later(s, o, 20*time.Hour)
		if paused() == "" {
			t.Fatal("it is not paused")
		}
		d.does(func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, "") })
	}
	d.does(func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, "yes") })
	if i, higher, _ := d.stands(i); i.State != access.ItemDecided || higher.State != access.GrantActive || i.LowerFailed != "" {
		t.Fatalf("%s: %+v", higher.State, i)
	}
	for range 4 {
		d.later(s, o, 20*time.Hour)
	}
	if i, higher, _ := d.stands(i); i.State != access.ItemRemoving || higher.State != access.GrantRevoking || !strings.Contains(i.LowerFailed, "for a day") {
		t.Errorf("%s: %+v", higher.State, i)
	}
}

// A database that was restored says nothing of what has become of a lower role since: nothing is
// taken away before somebody has looked at it, however long that takes, and a day after.
func TestARestoredDatabaseTakesNothingAwayThatIsToBeReduced(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	s := d.giving(func(context.Context, access.Occurrence, access.CampaignItem) (campaigns.Give, string, error) {
		return func(*store.Tx) (string, error) { return "", fmt.Errorf("%w by an operator", access.ErrPaused) }, "", nil
	})
	o, i, _ := d.reduces()
	stays := func(when string) {
		t.Helper()
		if i, higher, _ := d.stands(i); i.State != access.ItemDecided || higher.State != access.GrantActive || i.LowerFailed != "" {
			t.Fatalf("%s: %s: %+v", when, higher.State, i)
		}
	}
	d.later(s, o, access.GraceOfReview)
	d.does(func(tx *store.Tx) error { return tx.SetRestoration(&access.Restoration{At: tx.Now()}) })
	for range 12 {
		d.later(s, o, 20*time.Hour)
	}
	stays("restored")
	d.does(func(tx *store.Tx) error { return tx.SetRestoration(nil) })
	d.later(s, o, 20*time.Hour)
	stays("within a day after")
	d.later(s, o, 5*time.Hour)
	if i, higher, _ := d.stands(i); higher.State != access.GrantRevoking || !strings.Contains(i.LowerFailed, "for a day") {
		t.Errorf("%s: %+v", higher.State, i)
	}
}

// Nobody has looked while the week went by, paused or stopped: the lower role has its day from then on.
func TestTheDayOfALowerRoleBeginsWhenTheWeekIsSeenToBeOver(t *testing.T) {
	t.Parallel()
	for _, paused := range []string{"", "yes"} {
		t.Run("paused "+paused, func(t *testing.T) {
			t.Parallel()
			d := open(t, file(t), "2026-02-01T00:00:00Z")
			s := d.giving(func(context.Context, access.Occurrence, access.CampaignItem) (campaigns.Give, string, error) {
				return func(*store.Tx) (string, error) { return "", fmt.Errorf("%w: a busy grant", access.ErrPaused) }, "", nil
			})
			o, i, _ := d.reduces()
			d.later(s, o, access.GraceOfReview)
			d.does(func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, paused) })
			for _, stopped := range []time.Duration{9 * 24 * time.Hour, 20 * time.Hour} {
				d.later(s, o, stopped)
				if i, higher, _ := d.stands(i); higher.State != access.GrantActive || i.LowerFailed != "" {
					t.Fatalf("%s: %+v", higher.State, i)
				}
			}
			d.later(s, o, 5*time.Hour)
			if i, higher, _ := d.stands(i); higher.State != access.GrantRevoking || i.LowerFailed == "" {
				t.Errorf("%s: %+v", higher.State, i)
			}
		})
	}
}

// A lower role that cannot be given right now, since what somebody has of it is being
// extended, holds up nothing else that is due with it.
func TestAReductionThatWaitsHoldsUpNoRemoval(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	waits := true
	s := d.giving(func(_ context.Context, _ access.Occurrence, i access.CampaignItem) (campaigns.Give, string, error) {
		return func(tx *store.Tx) (string, error) {
			if waits {
				return "", fmt.Errorf("%w: grant g, which they have of it, changes", access.ErrPaused)
			}
			return d.gives(tx, i)
		}, "", nil
	})
	o, given := d.opened(access.SilenceKeeps, 3)
	for _, g := range given {
		d.moves(g, access.GrantActive)
	}
	d.refuses(o)
	reduced := d.items(o)[1]
	d.does(func(tx *store.Tx) error {
		reduced.Verdict, reduced.ReduceTo, reduced.Decider = access.ReduceItem, lower.ID, reviewer
		if _, err := tx.SaveItem(reduced); err != nil {
			return err
		}
		return tx.HastenOccurrence(o.ID, tx.Now())
	})
	d.later(s, o, time.Minute)
	if n := d.revoking(given); n != 2 {
		t.Errorf("%d are taken away", n)
	}
	if i, higher, instead := d.stands(reduced); i.State != access.ItemDecided || higher.State != access.GrantActive || instead.ID != "" {
		t.Errorf("%+v, %s", i, higher.State)
	}
	waits = false
	d.later(s, o, 2*time.Minute)
	if i, _, instead := d.stands(reduced); i.State != access.ItemRemoving || instead.ID == "" || i.LowerFailed != "" {
		t.Errorf("%+v", i)
	}
}

// What an operator has adopted since people were asked stays: it is not told as taken away.
func TestWhatWasAdoptedSincePeopleWereAskedIsNotToldAsReduced(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	refused, fails := "", error(nil)
	s := d.reducing(&refused, &fails)
	o, i, higher := d.reduces()
	d.later(s, o, access.GraceOfReview)
	_, _, instead := d.stands(i)
	d.moves(instead, access.GrantActive)
	d.adopts(assigned(0))
	d.later(s, o, 2*time.Minute)
	d.moves(higher, access.GrantEnded)
	d.later(s, o, 2*time.Minute)
	if i, _, instead := d.stands(i); i.State != access.ItemSettled || !strings.Contains(i.LastError, "became standing access meanwhile, which stays") || instead.State != access.GrantActive {
		t.Errorf("%+v, the lower role is %s", i, instead.State)
	}
}

// adopts has what a grant gave, and what is there, stay.
func (d *desk) adopts(r access.Ref) {
	d.t.Helper()
	e, wall := d.is(r), time.Now()
	d.does(func(tx *store.Tx) error {
		e, mine, err := tx.ClaimEntitlement(e.ID, e.Version, "token", wall, wall.Add(time.Minute))
		if err != nil || !mine {
			return fmt.Errorf("claimed: %v, %w", mine, err)
		}
		if e, err = tx.LockEntitlement(e.ID, "token"); err == nil {
			e.Origin, e.Presence, e.VerifiedAt = access.OriginOurs, access.Present, tx.Now()
			_, err = tx.SaveEntitlement(e, true)
		}
		if err == nil {
			err = tx.AdoptEntitlement(e.ID, "they need it for good")
		}
		return err
	})
}

// What is given is what a reviewer has decided, and nothing else.
func TestNothingIsGivenInsteadThatNobodyHasDecided(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(*access.CampaignItem){
		"another verdict":     func(i *access.CampaignItem) { i.Verdict = access.KeepItem },
		"another target":      func(i *access.CampaignItem) { i.ReduceTo = "prod/Admin" },
		"nobody":              func(i *access.CampaignItem) { i.Decider = access.Person{} },
		"who has it":          func(i *access.CampaignItem) { i.Decider = access.Person{OktaID: i.Subject} },
		"nothing, taken back": func(i *access.CampaignItem) { *i = campaigns.Undo(*i) },
		"what they have said": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, file(t), "2026-02-01T00:00:00Z")
			_, i, _ := d.reduces()
			was := i.Decider
			if forge != nil {
				forge(&i)
			}
			err := d.Update(t.Context(), access.System("test"), func(tx *store.Tx) (err error) {
				if i, err = tx.SaveItem(i); err != nil {
					return err
				}
				i.Decider = was
				_, err = d.gives(tx, i)
				return err
			})
			if allowed := forge == nil; allowed != (err == nil) || !allowed && !errors.Is(err, access.ErrNotAllowed) {
				t.Error(err)
			}
		})
	}
}

func TestAnItemCanBeReducedToLowerRolesOfItsEnvironment(t *testing.T) {
	t.Parallel()
	prod, test := access.Environment{Key: "prod"}, access.Environment{Key: "test"}
	targets := []access.Target{{ID: "prod/Viewer", Environment: prod, Role: access.Viewer}, {ID: "prod/Admin", Environment: prod, Role: access.Admin}, {ID: "test/Viewer", Environment: test, Role: access.Viewer},
		{ID: "prod/Op", Environment: prod, Role: access.Op}, {ID: "prod/Odd", Environment: prod, Role: "Odd"}}
	for _, c := range []struct {
		item access.CampaignItem
		want string
	}{
		{access.CampaignItem{Target: "prod/Admin", Subject: "00u1", Grant: "g"}, "[prod/Op prod/Viewer]"},
		{access.CampaignItem{Target: "prod/Op", Subject: "00u1", Grant: "g"}, "[prod/Viewer]"},
		{access.CampaignItem{Target: "prod/Viewer", Subject: "00u1", Grant: "g"}, "[]"},
		{access.CampaignItem{Target: "prod/Admin", Subject: "00u1", Grant: "g", Standing: true}, "[]"},
		{access.CampaignItem{Target: "prod/Admin", Subject: "00u1"}, "[]"},
		{access.CampaignItem{Target: "gone/Admin", Subject: "00u1", Grant: "g"}, "[]"},
	} {
		ids := []string{}
		for _, t := range campaigns.Lower(targets, c.item) {
			ids = append(ids, t.ID)
		}
		if got := fmt.Sprint(ids); got != c.want {
			t.Errorf("%+v: %s, want %s", c.item, got, c.want)
		}
	}
}

func TestManyAreChosenByWhatTheyHaveInCommon(t *testing.T) {
	t.Parallel()
	item := func(id, target, grant string, standing bool, through ...string) access.CampaignItem {
		facts, err := json.Marshal(campaigns.Item{Recommended: campaigns.Keep, Through: through})
		if err != nil {
			t.Fatal(err)
		}
		return access.CampaignItem{ID: id, Subject: "00u1", Target: target, Grant: grant, Standing: standing, Facts: facts}
	}
	items := []access.CampaignItem{item("1", "prod/Viewer", "", true, "Okta group data"), item("2", "prod/Admin", "g2", false), item("3", "prod/Admin", "g3", true, "Okta group data", "account assignment")}
	got := []string{}
	for _, c := range campaigns.Choices(items) {
		some, all := campaigns.Chosen(items, c.Value)
		if len(some) != c.Items || all != c.Items {
			t.Errorf("%+v chooses %d", c, all)
		}
		name, _, _ := strings.Cut(c.Value, ":")
		got = append(got, fmt.Sprint(name, " ", c.Name, " ", c.Items))
	}
	want := []string{"all  3", "recommended  3", "held  2", "held  1", "target prod/Admin 2", "target prod/Viewer 1", "through Okta group data 2", "through account assignment 1"}
	slices.Sort(want[6:])
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	if some, all := campaigns.Chosen(items, "nonsense"); len(some) != 0 || all != 0 {
		t.Error("a choice that means nothing chooses", all)
	}
}

// Whoever has said that less will do is told that it could not be given, and so is the person
// who loses what they had, in words that name nobody.
func TestWhoIsConcernedIsToldThatTheLowerRoleCouldNotBeGiven(t *testing.T) {
	t.Parallel()
	d := open(t, file(t), "2026-02-01T00:00:00Z")
	refused, fails := "p0@example.com may not ask for it", error(nil)
	s := d.reducing(&refused, &fails)
	o, i, _ := d.reduces()
	panel, people := campaigns.PanelOf(reviewer)
	i.Panel = panel
	var asked access.CampaignReviewer
	d.does(func(tx *store.Tx) error {
		if err := tx.AskAlso(o, panel, people); err != nil {
			return err
		}
		all, err := tx.Panel(o.ID, panel)
		if err != nil || len(all) != 1 {
			return errors.Join(err, fmt.Errorf("%d are asked", len(all)))
		}
		asked = all[0]
		if _, err := tx.SaveItem(i); err != nil {
			return err
		}
		_, err = tx.CreateMessage(access.Message{ID: access.CampaignMessage(asked.ID), Kind: access.CampaignCard, To: "U9", Request: asked.ID, State: access.MessageNew, NextAt: tx.Now()})
		return err
	})
	before, err := d.Message(t.Context(), access.CampaignMessage(asked.ID))
	if err != nil {
		t.Fatal(err)
	}
	d.later(s, o, access.GraceOfReview)
	if _, higher, _ := d.stands(i); higher.State != access.GrantRevoking || higher.EndNote != "campaign quarterly: "+lower.ID+" could not be given instead" {
		t.Errorf("%s: %q", higher.State, higher.EndNote)
	}
	if m, err := d.Message(t.Context(), before.ID); err != nil || m.Wanted == before.Wanted {
		t.Errorf("the message of who was asked stays as it was: %+v %v", m, err)
	}
	counts, err := d.ItemCountsFor(t.Context(), asked)
	if err != nil || len(counts) != 1 || !counts[0].Failed || counts[0].Items != 1 {
		t.Errorf("%+v %v", counts, err)
	}
}
