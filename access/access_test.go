package access_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"airpass/access"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestAGrantEndsOneFullDurationAfterItWasVerifiedButNeverPastTheTimeout(t *testing.T) {
	t.Parallel()
	g := access.Grant{StartAt: noon, EndAt: noon.Add(time.Hour), Duration: time.Hour}
	for _, c := range []struct {
		after time.Duration
		want  time.Time
	}{
		{0, noon.Add(time.Hour)},
		{10 * time.Minute, noon.Add(70 * time.Minute)},
		{30 * time.Minute, noon.Add(90 * time.Minute)},
		{2 * time.Hour, noon.Add(90 * time.Minute)},
	} {
		if got := g.Activate(noon.Add(c.after), 30*time.Minute); !got.Equal(c.want) {
			t.Errorf("verified %s after the start: ends %s, want %s", c.after, got, c.want)
		}
	}
}

func TestOnlyTheMovesOfTheTableAreMade(t *testing.T) {
	t.Parallel()
	states := []access.GrantState{access.GrantScheduled, access.GrantProvisioning, access.GrantActive, access.GrantRevoking, access.GrantEnded}
	allowed := map[string]bool{
		"scheduled>provisioning": true, "scheduled>revoking": true, "provisioning>active": true,
		"provisioning>revoking": true, "active>revoking": true, "revoking>ended": true,
	}
	for _, from := range states {
		for _, to := range states {
			err := access.CheckGrantMove(from, to)
			if allowed[fmt.Sprintf("%s>%s", from, to)] != (err == nil) {
				t.Errorf("%s -> %s: %v", from, to, err)
			}
			if err != nil && !errors.Is(err, access.ErrBadMove) {
				t.Errorf("%s -> %s: %v is not ErrBadMove", from, to, err)
			}
		}
	}
	for _, to := range []access.RequestState{access.RequestApproved, access.RequestDenied, access.RequestCancelled, access.RequestLapsed} {
		if access.CheckRequestMove(access.RequestPending, to) != nil {
			t.Errorf("pending -> %s is refused", to)
		}
		if access.CheckRequestMove(to, access.RequestPending) == nil || access.CheckRequestMove(to, access.RequestApproved) == nil {
			t.Errorf("%s is not the end", to)
		}
	}
}

func TestTwoOktaUsersOfOneHumanAreTheSame(t *testing.T) {
	t.Parallel()
	anna := access.Person{OktaID: "00u1", SameAs: "E17"}
	for _, c := range []struct {
		other access.Person
		same  bool
	}{
		{access.Person{OktaID: "00u1"}, true},
		{access.Person{OktaID: "00u2", SameAs: "E17"}, true},
		{access.Person{OktaID: "00u2", SameAs: "E18"}, false},
		{access.Person{OktaID: "00u2"}, false},
	} {
		if got := anna.Same(c.other); got != c.same {
			t.Errorf("%+v: same is %v", c.other, got)
		}
	}
	if (access.Person{OktaID: "00u1"}).Same(access.Person{OktaID: "00u2"}) {
		t.Error("two people without the attribute are taken for one")
	}
}

func TestAStatusThatNobodyHasHeardOfHoldsTheLink(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]access.LinkState{
		"AVAILABLE": access.LinkReady, "UPDATE_FAILED": access.LinkReady, "MAINTENANCE": access.LinkBusy,
		"DELETED": access.LinkRefused, "UNAVAILABLE": access.LinkHeld, "SOMETHING_NEW": access.LinkHeld,
	} {
		if got := access.LinkFor(status); got != want {
			t.Errorf("%s: %s, want %s", status, got, want)
		}
	}
}

func TestFailuresOfVendorsSayWhetherTheChangeMayHaveHappened(t *testing.T) {
	t.Parallel()
	for class, c := range map[access.Class]struct{ may, unavailable, missing bool }{
		access.Throttled: {false, true, false}, access.Conflict: {}, access.Denied: {}, access.Rejected: {}, access.Quota: {},
		access.Missing: {false, false, true}, access.Unavailable: {true, true, false},
	} {
		err := &access.VendorError{Vendor: "okta", Op: "AddUserToGroup", Class: class, Err: errors.New("boom")}
		wrapped := fmt.Errorf("adding: %w", err)
		if err.MayHaveHappened() != c.may || errors.Is(wrapped, access.ErrUnavailable) != c.unavailable || errors.Is(wrapped, access.ErrNotFound) != c.missing {
			t.Errorf("%s: %v %v %v", class, err.MayHaveHappened(), errors.Is(wrapped, access.ErrUnavailable), errors.Is(wrapped, access.ErrNotFound))
		}
		if access.ClassOf(wrapped) != class {
			t.Errorf("%s is read back as %s", class, access.ClassOf(wrapped))
		}
	}
	if access.ClassOf(errors.New("anything")) != access.Unavailable {
		t.Error("an unknown error does not count as 'may have happened'")
	}
}

func TestBackoffDoublesUpToItsLimit(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 7: time.Minute, 100: time.Minute} {
		if got := access.Backoff(failures, time.Minute); got != want {
			t.Errorf("after %d failures: %s, want %s", failures, got, want)
		}
	}
}

func TestTheKeyOfAnEntitlementTellsPeopleAndThingsApart(t *testing.T) {
	t.Parallel()
	target := access.Target{Mode: access.ByUser, OktaGroup: "00g1", Instance: "i", PermissionSet: "ps", Environment: access.Environment{Account: "1"}}
	keys := map[string]bool{}
	for _, person := range []string{"00u1", "00u2"} {
		for _, ref := range target.Entitlements(person, "ic-"+person) {
			if keys[ref.Key()] {
				t.Errorf("%s is there twice", ref.Key())
			}
			keys[ref.Key()] = true
		}
	}
	if len(keys) != 4 {
		t.Errorf("%d keys, want a group and an assignment for each of two people", len(keys))
	}
}
