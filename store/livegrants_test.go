package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

func TestAGrantBeganWithTheFirstOfItsChain(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		first := w.grant(w.ask(ada, prod), access.GrantProvisioning)
		first.ActiveAt = noon.Add(time.Minute)
		first = w.move(first, access.GrantActive)
		w.clock.Add(30 * time.Minute)
		// Of the extensions somebody else has decided; one refusal is no approval.
		second := w.extension(first)
		w.clock.Add(30 * time.Minute)
		third := w.extension(second)
		other := w.grant(w.ask(grace, prod), access.GrantProvisioning)
		began, err := w.Beginnings(t.Context(), []string{third.ID, second.ID, other.ID, third.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range []access.Grant{second, third} {
			b := began[g.ID]
			if b.Request != first.RequestID || b.Reason == "" || !b.StartAt.Equal(noon) || !b.ActiveAt.Equal(first.ActiveAt) || strings.Join(b.Approvers, " ") != grace.Login {
				t.Errorf("%s began with %+v, want the first grant, %+v", g.ID, b, first)
			}
		}
		if b := began[other.ID]; b.Request != other.RequestID || !b.StartAt.Equal(noon.Add(time.Hour)) || !b.ActiveAt.IsZero() {
			t.Errorf("what extends nothing began with %+v", b)
		}
		if _, err := w.Beginnings(t.Context(), []string{third.ID, "nothing"}); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("of a grant that is not there: %v", err)
		}
	})
}

// extension is an approved extension of a grant.
func (w *world) extension(g access.Grant) access.Grant {
	w.t.Helper()
	var r access.Request
	w.update(func(tx *store.Tx) (err error) {
		r, err = tx.CreateRequest(access.Request{Subject: g.Subject, Slack: g.Slack, Target: g.Target, Duration: 2 * time.Hour, Reason: "not done yet", Extends: g.ID, State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
		return err
	})
	return w.grant(r, access.GrantProvisioning)
}

func TestLiveGrantsAreThoseThatAreLive(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		want := map[string]access.Grant{}
		for range 3 {
			g := w.grant(w.ask(ada, prod), access.GrantProvisioning)
			want[g.ID] = g
		}
		later := w.grant(w.ask(ada, prod), access.GrantScheduled)
		want[later.ID] = later
		w.move(w.grant(w.ask(grace, prod), access.GrantProvisioning), access.GrantRevoking)
		active := w.move(w.grant(w.ask(grace, prod), access.GrantProvisioning), access.GrantActive)
		want[active.ID] = active
		all, err := w.LiveGrants(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		people := map[*access.Person]bool{}
		for _, g := range all {
			people[g.Subject] = true
			if g.ID == later.ID != (!g.From.IsZero() && g.From.Equal(later.StartAt)) {
				t.Errorf("%+v starts at %s", later, g.From)
			}
			if is := want[g.ID]; g.Subject.OktaID != is.Subject.OktaID || g.Subject.Login != is.Subject.Login || g.Target != prod.ID || !g.EndAt.Equal(is.EndAt) {
				t.Errorf("%+v, want %+v", g, is)
			}
		}
		if len(all) != len(want) || len(people) != 2 {
			t.Errorf("%d grants of %d people, want %d of 2", len(all), len(people), len(want))
		}
	})
}
