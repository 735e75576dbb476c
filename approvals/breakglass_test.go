package approvals_test

import (
	"errors"
	"testing"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// There is no grant without a decision, unless somebody owes its review.
func TestInvariant01TakenAtOnceOwesAReviewInTheSameTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.now(b.asks("pavel", "prod/User"))
	r.ID, r.State, r.Course = "", access.RequestApproved, access.Course{BreakGlass: true}
	err := b.store.Update(t.Context(), access.System("test"), func(tx *store.Tx) error {
		made, err := tx.CreateRequest(r)
		if err != nil {
			return err
		}
		_, err = grants.Start(tx, made, "ic-1")
		return err
	})
	if !errors.Is(err, access.ErrNotAllowed) {
		t.Fatal("a grant that nobody decided and nobody reviews:", err)
	}
}

func TestInvariant02NobodyReviewsWhatTheyTook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pavel := b.world.Person("pavel")
	b.svc.Guardians = func(string) []string { return []string{pavel.Login} } // he owns the environment, too
	groups, err := b.okta.GroupsOf(t.Context(), pavel.OktaID)
	if err != nil {
		t.Fatal(err)
	}
	glass := &access.BreakGlass{MaxDuration: time.Hour, Channel: "C0SECURITY", ReviewWithin: time.Hour, RemindEvery: time.Hour, Reviewers: []access.Approver{person("pavel")}}
	for g := range groups {
		glass.Requesters = append(glass.Requesters, g)
	}
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("", 1, manager)}, BreakGlass: glass}
	a := b.tries("pavel", access.Attempt{Kind: access.AttemptBreakGlass, Target: "prod/User", Duration: time.Hour, Reason: "because"})
	if a.State != access.AttemptDone {
		t.Fatal(a.Answer)
	}
	if mine := b.tries("pavel", access.Attempt{Kind: access.AttemptJustified, Request: a.Answer, Reason: "I say so"}); mine.State != access.AttemptRefused {
		t.Error("his own review is", mine.State)
	}
	if other := b.tries("ada", access.Attempt{Kind: access.AttemptJustified, Request: a.Answer, Reason: "I say so"}); other.State != access.AttemptRefused {
		t.Error("a bystander's review is", other.State)
	}
	v, found, err := b.store.ReviewOf(t.Context(), a.Answer)
	if err != nil || !found || v.State != access.ReviewOwed || v.Grant == "" {
		t.Fatalf("%+v %v", v, err)
	}
}
