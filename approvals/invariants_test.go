package approvals_test

import (
	"errors"
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox/control"
	"airpass/sandbox/okta"
)

func TestInvariant01ALateYesGrantsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	request := b.asks("ada", "prod/User")
	if _, err := b.world.Clock.Advance(8 * time.Hour); err != nil {
		t.Fatal(err)
	}
	a := b.tries("grace", access.Attempt{Kind: access.AttemptApprove, Request: request})
	if a.State != access.AttemptRefused || b.state(request) != access.RequestPending {
		t.Fatalf("a click after the lapse is %s (%s), the request %s", a.State, a.Answer, b.state(request))
	}
	if _, found, err := b.store.GrantOf(t.Context(), request); found || err != nil {
		t.Fatal("granted", err)
	}
}

func TestInvariant02NobodyDecidesTheirOwnRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada := b.world.Person("ada")
	me, err := b.okta.ByID(t.Context(), ada.OktaID)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := b.okta.GroupsOf(t.Context(), ada.OktaID)
	if err != nil {
		t.Fatal(err)
	}
	// Every rule there is names her: as a person, as an owner, through each group.
	rules := []access.Approver{{Kind: access.ApproverPerson, Value: me.Login}, {Kind: access.ApproverOwner, Value: me.Login}}
	for g := range groups {
		rules = append(rules, access.Approver{Kind: access.ApproverGroup, Value: g})
	}
	twin := me
	twin.OktaID, twin.Login, me.SameAs, twin.SameAs = "00uTWIN", "ada.admin@example.com", "E17", "E17"
	rules = append(rules, access.Approver{Kind: access.ApproverPerson, Value: twin.Login})
	boss := me
	boss.Manager = me.Login
	for name, c := range map[string]struct{ decider, subject access.Person }{
		"herself": {me, me}, "her other Okta user": {twin, me}, "herself as her own manager": {boss, boss},
	} {
		policy := access.Single(append(rules, access.Approver{Kind: access.ApproverManager})...)
		if err := b.svc.MayDecide(t.Context(), c.decider, c.subject, policy); !errors.Is(err, access.ErrOwnRequest) {
			t.Errorf("%s may decide: %v", name, err)
		}
		people, _, err := b.svc.Deciders(t.Context(), c.subject, rules[:2], 10)
		if err == nil {
			t.Errorf("%s: asked to decide is %v", name, people)
		}
	}
	request := b.asks("ada", "prod/User")
	if a := b.tries("ada", access.Attempt{Kind: access.AttemptApprove, Request: request}); a.State != access.AttemptRefused || b.state(request) != access.RequestPending {
		t.Fatalf("her own click is %s, her request %s", a.State, b.state(request))
	}
	if a := b.tries("vera", access.Attempt{Kind: access.AttemptAsk, Target: "prod/Viewer", Duration: time.Hour, Reason: "because"}); a.State != access.AttemptRefused {
		t.Fatal("somebody who is her own manager may ask where only the manager decides:", a.Answer)
	}
}

func TestInvariant03EligibilityIsAskedWhenTheClickIsApplied(t *testing.T) {
	t.Parallel()
	b := setup(t)
	request := b.asks("ada", "prod/User") // Grace gets a card
	if err := b.world.Okta.SetProfile(b.world.Person("ada").Login, map[string]any{"managerId": b.world.Person("henry").Login}); err != nil {
		t.Fatal(err)
	}
	if a := b.tries("grace", access.Attempt{Kind: access.AttemptApprove, Request: request}); a.State != access.AttemptRefused || b.state(request) != access.RequestPending {
		t.Fatalf("who was the manager when the card was sent: %s, %s", a.State, b.state(request))
	}
	if err := b.world.Okta.SetStatus(b.world.Person("henry").Login, okta.Suspended); err != nil {
		t.Fatal(err)
	}
	if a := b.tries("henry", access.Attempt{Kind: access.AttemptApprove, Request: request}); a.State != access.AttemptRefused {
		t.Fatal("somebody who is suspended may decide:", a.State)
	}
	// Okta does not answer: nothing is known, nothing is decided, and it is tried again.
	b.world.Okta.Faults().Add(control.Fault{Op: "*", Times: 1, Answer: "unavailable"})
	if a := b.tries("olivia", access.Attempt{Kind: access.AttemptApprove, Request: request}); a.State != access.AttemptOpen || b.state(request) != access.RequestPending {
		t.Fatalf("without Okta: %s, %s", a.State, b.state(request))
	}
	if _, err := b.world.Clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if a := b.judgeAll(); a.State != access.AttemptDone || b.state(request) != access.RequestApproved {
		t.Fatalf("when Okta is back: %s %s, %s", a.State, a.Answer, b.state(request))
	}
}
