package cuts_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/cuts"
	"airpass/grants"
	"airpass/setup"
	"airpass/store"
)

var (
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	operator = access.Actor{Kind: access.ByOperator, ID: "tester"}
	viewer   = access.Target{ID: "prod/Viewer", Role: access.Viewer, Mode: access.ByUser, Instance: "arn:instance", PermissionSet: "arn:set", SessionDuration: 2 * time.Hour,
		Environment: access.Environment{Key: "prod", Account: "111122223333", Region: "eu-west-1", Partition: "aws", Name: "data-prod"}, MaxDuration: 8 * time.Hour}
)

// bench is a service on a store, with nothing outside: what is asked for is only stored.
type bench struct {
	*testing.T
	*cuts.Service
}

func newBench(t *testing.T, edit func(*cuts.Options)) bench {
	t.Helper()
	now := func() time.Time { return noon }
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "airpass.db"), store.Options{Now: now, Key: store.AuditKey{ID: "k", Key: []byte("a key of thirty-two bytes, no less")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	o := cuts.Options{Store: st, On: true, Most: setup.MostBytes, Margin: time.Hour, Now: now, Log: slog.New(slog.DiscardHandler), Render: func(t access.Target, users []string) (cuts.Rendered, error) {
		d := setup.Inline(t, nil, users...)
		return cuts.Rendered{Text: d.String(), Bytes: d.Bytes()}, nil
	}}
	edit(&o)
	return bench{t, cuts.New(o)}
}

// had gives somebody the target once.
func (b bench) had(name string) access.Grant {
	b.Helper()
	var g access.Grant
	err := b.Store.Update(b.Context(), operator, func(tx *store.Tx) error {
		r, err := tx.CreateRequest(access.Request{Subject: access.Person{OktaID: "00u" + name, Login: name + "@example.com", Email: name + "@example.com", Name: name},
			Target: viewer, Duration: time.Hour, Reason: "why", State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
		if err != nil {
			return err
		}
		r.State = access.RequestApproved
		if r, err = tx.SaveRequest(r); err == nil {
			g, err = grants.Start(tx, r, "u-"+name+strings.Repeat("0", 45-len(name)))
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func TestAFullPolicyRefusesTheCutAndLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *cuts.Options) { o.Most = setup.Inline(viewer, nil, strings.Repeat("u", 47)).Bytes() + 47 })
	b.had("ada")
	g := b.had("ben")
	c, err := b.Ask(t.Context(), operator, "ada@example.com", viewer.ID, "first")
	if err != nil || !c.LiftAt.Equal(noon.Add(3*time.Hour)) {
		t.Fatalf("%+v %v", c, err)
	}
	if _, err := b.Ask(t.Context(), operator, "ben@example.com", viewer.ID, "second"); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), "is full: with 2 people") {
		t.Errorf("got %v", err)
	}
	if all, err := b.Store.LiveCuts(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%+v %v", all, err)
	}
	if now, err := b.Store.Grant(t.Context(), g.ID); err != nil || now.Version != g.Version {
		t.Errorf("the grant was touched: %+v %v", now, err)
	}
	if _, err := b.Lift(t.Context(), operator, c.ID, "makes room"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Ask(t.Context(), operator, "ben@example.com", viewer.ID, "second"); err != nil {
		t.Errorf("there is room: %v", err)
	}
}

func TestACutIsLiftedOnceAndItsFirstReasonStays(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(*cuts.Options) {})
	b.had("ada")
	c, err := b.Ask(t.Context(), operator, "ada@example.com", viewer.ID, "first")
	if err != nil || c.Reason != "first – tester" {
		t.Fatalf("%+v %v", c, err)
	}
	if c, err = b.Lift(t.Context(), operator, c.ID, "found"); err != nil || c.State != access.CutLifting {
		t.Fatalf("%+v %v", c, err)
	}
	if _, err := b.Lift(t.Context(), operator, c.ID, "again"); !errors.Is(err, access.ErrBadMove) {
		t.Errorf("lifted twice: %v", err)
	}
	if now, err := b.Store.Cut(t.Context(), c.ID); err != nil || now.Note != "found" {
		t.Errorf("%+v %v", now, err)
	}
}

// What somebody wants mended of a permission set is not forgotten for something less.
func TestWhatIsToBeRestoredStaysUntilItIs(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(*cuts.Options) {})
	for _, step := range []struct{ wanted, is access.SetRestore }{
		{access.RestorePolicy, access.RestorePolicy}, {access.RestoreSession, access.RestoreSession}, {access.RestorePolicy, access.RestoreSession},
	} {
		var p access.SetPolicy
		err := b.Store.Update(t.Context(), operator, func(tx *store.Tx) (err error) {
			if err = tx.RestoreSet(viewer.Instance, viewer.PermissionSet, step.wanted); err == nil {
				p, err = tx.SetPolicy(viewer.PermissionSet)
			}
			return err
		})
		if err != nil || p.Restore != step.is || p.NextAt.IsZero() {
			t.Errorf("%s is wanted: %+v %v", step.wanted, p, err)
		}
	}
}

func TestACutThatIsNotSetUpIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *cuts.Options) { o.On = false })
	b.had("ada")
	if _, err := b.Ask(t.Context(), operator, "ada@example.com", viewer.ID, "why"); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), "aws.cuts") {
		t.Errorf("got %v", err)
	}
}

func TestAPolicyThatSomebodyElseWritesIsLeftToThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(*cuts.Options) {})
	b.had("ada")
	b.had("ben")
	if _, err := b.Ask(t.Context(), operator, "ada@example.com", viewer.ID, "first"); err != nil {
		t.Fatal(err)
	}
	held, err := b.Hold(t.Context(), operator, viewer.Instance, viewer.PermissionSet)
	if err != nil || len(held.Denied) != 1 {
		t.Fatalf("%+v %v", held, err)
	}
	if _, err := b.Ask(t.Context(), operator, "ben@example.com", viewer.ID, "meanwhile"); err != nil {
		t.Fatal(err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := b.Hold(ended, operator, viewer.Instance, viewer.PermissionSet); !errors.Is(err, context.Canceled) {
		t.Errorf("held twice: %v", err)
	}
	if p := b.stepped(); p.LastError != "" || p.Claim == "" {
		t.Errorf("it was written meanwhile: %+v", p)
	}
	if err := held.Release(t.Context(), operator, true); err != nil {
		t.Fatal(err)
	}
	if p := b.stepped(); !strings.Contains(p.LastError, "no longer set up") || p.Claim != "" { // nothing is outside
		t.Errorf("it was not looked at again: %+v", p)
	}
	held, err = b.Hold(t.Context(), operator, viewer.Instance, viewer.PermissionSet)
	if err != nil || len(held.Denied) != 2 {
		t.Errorf("%+v %v", held, err)
	}
	if err := errors.Join(held.Release(t.Context(), operator, false), held.Release(t.Context(), operator, false)); err != nil { // the second has lost it
		t.Error(err)
	}
}

// stepped looks at the policy as it is due, and returns what became of it.
func (b bench) stepped() access.SetPolicy {
	b.Helper()
	p, err := b.Store.SetPolicy(b.Context(), viewer.PermissionSet)
	if err == nil {
		err = b.Step(b.Context(), p.PermissionSet, p.Version)
	}
	if err != nil {
		b.Fatal(err)
	}
	if p, err = b.Store.SetPolicy(b.Context(), viewer.PermissionSet); err != nil {
		b.Fatal(err)
	}
	return p
}

func TestNothingIsGrantedToWhoIsCut(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(*cuts.Options) {})
	b.had("ada")
	c, err := b.Ask(t.Context(), operator, "00uada", viewer.ID, "why")
	if err != nil {
		t.Fatal(err)
	}
	give := func(target access.Target) error {
		return b.Store.Update(t.Context(), operator, func(tx *store.Tx) error {
			r, err := tx.CreateRequest(access.Request{Subject: c.Subject, Target: target, Duration: time.Hour, Reason: "why", State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
			if err != nil {
				return err
			}
			r.State = access.RequestApproved
			if r, err = tx.SaveRequest(r); err == nil {
				_, err = grants.Start(tx, r, c.Person)
			}
			return err
		})
	}
	if err := give(viewer); !errors.Is(err, access.ErrNotAllowed) || !strings.Contains(err.Error(), "2026-11-24 15:00 UTC") {
		t.Errorf("got %v", err)
	}
	other := viewer
	other.ID, other.PermissionSet = "prod/User", "arn:other"
	if err := give(other); err != nil {
		t.Errorf("another permission set: %v", err)
	}
}
