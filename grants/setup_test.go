package grants_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/store"
)

// group is what the pushed group of a target holds, as AWS has it and as drift asks for it.
func (b *bench) group(target string) (identitycenter.Assignment, access.Ref) {
	at := b.world.Target(target)
	return identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet, PrincipalType: identitycenter.PrincipalGroup, PrincipalID: at.IdentityCenterGroup},
		access.Ref{Kind: access.GroupAssignment, Instance: b.world.IdentityCenter.InstanceARN(), Account: at.Account, PermissionSet: at.PermissionSet, IdentityCenterGroup: at.IdentityCenterGroup}
}

func (b *bench) holds(a identitycenter.Assignment) bool {
	b.world.IdentityCenter.Sync()
	return slices.ContainsFunc(b.world.IdentityCenter.Assignments(), func(is identitycenter.Assignment) bool {
		return is.PrincipalID == a.PrincipalID && is.PermissionSetARN == a.PermissionSetARN && is.Account == a.Account
	})
}

func (b *bench) asks(do func(tx *store.Tx) error) {
	b.Helper()
	if err := b.store.Update(b.Context(), access.System("drift"), do); err != nil {
		b.Fatal(err)
	}
}

// idle steps for a while of domain time.
func (b *bench) idle(d time.Duration) {
	b.Helper()
	for end := b.world.Clock.Now().Add(d); b.world.Clock.Now().Before(end); b.advance(d / 20) {
		for b.step() {
			b.advance(time.Second)
		}
	}
}

func (b *bench) named(ref access.Ref) access.Entitlement {
	b.Helper()
	e, known, err := b.store.EntitlementByKey(b.Context(), ref.Key())
	if err != nil || !known {
		b.Fatal(known, err)
	}
	return e
}

// What drift asked for opens the permission set to a whole group. It is tried when it is asked for
// and not hours later, when somebody may have thought better of it: no grant's end says so.
func TestWhatBelongsToTheSetUpIsTriedOnceForEachAsking(t *testing.T) {
	t.Parallel()
	for name, asked := range map[string]func(b *bench, ref access.Ref){
		"AWS throttles": func(b *bench, ref access.Ref) {
			b.world.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Answer: "throttled"})
			b.asks(func(tx *store.Tx) error { return tx.SetUp(ref) })
			b.idle(time.Minute)
			if n := b.calls["CreateAccountAssignment"]; n != 1 {
				b.Errorf("it was tried %d times", n)
			}
			if e := b.named(ref); e.LastError == "" || !e.NextAt.IsZero() {
				b.Errorf("%+v", e)
			}
			b.world.IdentityCenter.Faults().Clear()
			b.asks(func(tx *store.Tx) error { return tx.SetSetting("unrelated", "something wakes") })
		},
		"airpass was stopped": func(b *bench, ref access.Ref) {
			b.asks(func(tx *store.Tx) error { return tx.SetUp(ref) })
			b.advance(3 * time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sandbox.Options{})
			group, ref := b.group("dev/User")
			if err := b.world.IdentityCenter.Unassign(group); err != nil {
				t.Fatal(err)
			}
			asked(b, ref)
			b.idle(2 * time.Hour)
			if e := b.named(ref); b.holds(group) || e.LastError == "" || !e.NextAt.IsZero() {
				t.Fatalf("it was added hours after it was asked for: %t, %+v", b.holds(group), e)
			}
			b.asks(func(tx *store.Tx) error { return tx.SetUp(ref) })
			b.until("what is asked for anew is there", time.Minute, func() bool { return b.holds(group) && b.named(ref).Ready })
		})
	}
}

// An id that somebody has after all is left alone: it was nobody's in a list that had a gap.
func TestWhatIsSomebodysIsNotTakenForNobodys(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	at := b.world.Target("prod/Viewer")
	theirs := identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: b.center("erik")}
	if err := b.world.IdentityCenter.Assign(theirs); err != nil {
		t.Fatal(err)
	}
	ref := access.Ref{Kind: access.AccountAssignment, Person: theirs.PrincipalID, Instance: b.world.IdentityCenter.InstanceARN(), Account: at.Account, PermissionSet: at.PermissionSet}
	b.asks(func(tx *store.Tx) error { return tx.TakeOver(ref, tx.Now()) })
	b.idle(time.Hour)
	if n := b.calls["DeleteAccountAssignment"]; n > 0 || !b.holds(theirs) {
		t.Errorf("it was taken away: %d calls", n)
	}
	if e := b.named(ref); !strings.Contains(e.LastError, "somebody has the user id") || !e.NextAt.IsZero() || !e.UnwantedSince.IsZero() {
		t.Errorf("%+v", e)
	}
}
