package okta

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
)

func TestAssigningProvisionsAndUnassigningDisables(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	_, _, err := o.sdk.Application.AssignUserToApplication(o.ctx(), o.app.ID, sdk.AppUser{Id: o.id(anna), Scope: "USER"})
	must(t, err)
	if !o.center.isEnabled(anna) {
		t.Fatal("not provisioned")
	}
	_, err = o.sdk.Application.DeleteApplicationUser(o.ctx(), o.app.ID, o.id(anna), nil)
	must(t, err)
	if o.center.isEnabled(anna) {
		t.Fatal("unassigned and still enabled")
	}
	// In two ways at once: only when the last has gone.
	must(t, o.SetMember(o.assigns, anna, true))
	must(t, o.SetAppUser(o.app.ID, anna, true))
	_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.assigns, o.id(anna))
	must(t, err)
	if !o.center.isEnabled(anna) {
		t.Fatal("disabled, though assigned by themselves")
	}
	must(t, o.SetAppUser(o.app.ID, anna, false))
	if o.center.isEnabled(anna) {
		t.Fatal("still enabled after the last assignment")
	}
}

func TestDeactivatingDisablesAndReactivatingGivesBack(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	must(t, o.SetMember(o.assigns, anna, true))
	_, err := o.sdk.User.DeactivateUser(o.ctx(), o.id(anna), nil)
	must(t, err)
	_, _, err = o.sdk.Application.GetApplicationUser(o.ctx(), o.app.ID, o.id(anna), nil)
	wantCode(t, err, "E0000007")
	if o.center.isEnabled(anna) || !o.IsMember(o.assigns, anna) {
		t.Fatalf("enabled %v, member %v", o.center.isEnabled(anna), o.IsMember(o.assigns, anna))
	}
	must(t, o.SetStatus(anna, Active))
	if !o.center.isEnabled(anna) {
		t.Error("not given back")
	}
	must(t, o.SetStatus(anna, Suspended))
	if !o.center.isEnabled(anna) {
		t.Error("suspending does not deprovision")
	}
}

func TestAPushArrivesAfterItsDelay(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.PushDelay = time.Minute })
	must(t, o.SetMember(o.assigns, anna, true))
	_, err := o.sdk.Group.AddUserToGroup(o.ctx(), o.pushed, o.id(anna))
	must(t, err)
	in := func() bool { return o.center.isMember("airflow-prod-viewer", anna) }
	if in() || len(o.Pushes()) != 1 {
		t.Fatalf("arrived at once %v; under way: %+v", in(), o.Pushes())
	}
	o.advance(50 * time.Second)
	if in() {
		t.Fatal("arrived early")
	}
	o.advance(11 * time.Second)
	if !in() || len(o.Pushes()) != 0 {
		t.Fatalf("arrived %v; under way: %+v", in(), o.Pushes())
	}
	_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.pushed, o.id(anna))
	must(t, err)
	o.SetPushDelay(0) // while it is under way
	if in() {
		t.Error("the removal did not follow the new delay")
	}
}

func TestAPushDueByTheClockArrivesWithoutARequest(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.PushDelay = 20 * time.Millisecond })
	must(t, o.SetMember(o.assigns, anna, true))
	must(t, o.SetMember(o.pushed, anna, true))
	deadline := time.After(5 * time.Second)
	for !o.center.isMember("airflow-prod-viewer", anna) {
		select {
		case <-time.After(5 * time.Millisecond):
			o.Sync() // as Identity Center's handler is preceded by it
		case <-deadline:
			t.Fatal("never arrived")
		}
	}
}

func TestAPushThatNeverArrivesArrivesLate(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	must(t, o.SetMember(o.assigns, anna, true))
	o.SetPushNever(true)
	_, err := o.sdk.Group.AddUserToGroup(o.ctx(), o.pushed, o.id(anna))
	must(t, err)
	o.advance(2 * time.Hour)
	if o.center.isMember("airflow-prod-viewer", anna) {
		t.Fatal("arrived")
	}
	_, err = o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.pushed, o.id(anna))
	must(t, err)
	pushes := o.Pushes()
	if len(pushes) != 2 || !pushes[0].Member || pushes[1].Member {
		t.Fatalf("%+v", pushes)
	}
	// The late push: out of its turn, so that it undoes what was taken away since.
	must(t, o.DeliverPush(pushes[1].ID))
	must(t, o.DeliverPush(pushes[0].ID))
	if !o.center.isMember("airflow-prod-viewer", anna) || o.IsMember(o.pushed, anna) {
		t.Fatal("the late push did not arrive")
	}
	o.SetPushNever(false)
	must(t, o.SetMember(o.pushed, anna, true))
	must(t, o.SetMember(o.pushed, anna, false))
	o.DeliverPushes()
	if o.center.isMember("airflow-prod-viewer", anna) {
		t.Error("in order, the last one counts")
	}
	if err := o.DeliverPush(999_999); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestMembershipsFollowTheAssignment(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.PushDelay = -1 })
	must(t, o.SetMember(o.pushed, anna, true)) // not assigned: not pushed
	if o.center.isMember("airflow-prod-viewer", anna) {
		t.Fatal("pushed without an assignment")
	}
	must(t, o.SetMember(o.assigns, anna, true))
	if !o.center.isMember("airflow-prod-viewer", anna) {
		t.Error("the membership did not follow the assignment")
	}
}

func TestWhoLacksANameIsNotProvisioned(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	must(t, o.SetProfile(anna, map[string]any{"displayName": nil}))
	must(t, o.SetMember(o.assigns, anna, true))
	au, _, err := o.sdk.Application.GetApplicationUser(o.ctx(), o.app.ID, o.id(anna), nil)
	must(t, err)
	if au.SyncState != "ERROR" || au.ExternalId != "" || o.center.isEnabled(anna) {
		t.Errorf("%+v", au)
	}
	must(t, o.SetProfile(anna, map[string]any{"displayName": "Anna"}))
	o.DeliverPushes()
	if !o.center.isEnabled(anna) {
		t.Error("not provisioned when it was mended")
	}
}

func TestAFailedPushStaysAndIsToldInTheLog(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	o.center.breakWith(errors.New("SCIM token expired"))
	must(t, o.SetMember(o.assigns, anna, true))
	if p := o.Pushes(); len(p) != 1 || p[0].Error == "" || p[0].User != anna {
		t.Fatalf("%+v", p)
	}
	log := o.Log()
	if last := log[len(log)-1]; last.Result != "FAILURE" || last.Targets[0] != o.id(anna) {
		t.Errorf("%+v", last)
	}
	o.center.breakWith(nil)
	o.DeliverPushes()
	if !o.center.isEnabled(anna) || len(o.Pushes()) != 0 {
		t.Error("not delivered when it was mended")
	}
}

func TestAGroupIsAssignedOrPushedButNotBoth(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	if _, err := o.PushGroup(o.assigns); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if _, err := o.PushGroup("00gdoesnotexist00000"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	first, err := o.PushGroup(o.pushed)
	must(t, err)
	if first == "" || o.Apps()[0].Pushed[o.pushed] != first {
		t.Errorf("%q %+v", first, o.Apps()[0])
	}
}

func TestARenamedPersonIsRenamedDownstream(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	must(t, o.SetMember(o.assigns, anna, true))
	must(t, o.SetProfile(anna, map[string]any{"login": "anna.new@example.com"}))
	if o.center.isEnabled(anna) || !o.center.isEnabled("anna.new@example.com") {
		t.Error("not renamed")
	}
}

func TestManyPeopleComeAndGoAtOnce(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) {
		opts.PushDelay = time.Second
		opts.Limits = map[string]int{familyGroup: -1}
	})
	const many = 60
	var ids, logins []string
	for i := range many {
		u := o.person(fmt.Sprintf("crowd%02d@example.com", i), nil)
		must(t, o.SetMember(o.assigns, u.ID, true))
		ids, logins = append(ids, u.ID), append(logins, u.Login())
	}
	everybody := func(do func(id string) error) {
		t.Helper()
		var wait sync.WaitGroup
		for _, id := range ids {
			wait.Go(func() {
				if err := do(id); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Go(func() { o.advance(500 * time.Millisecond) })
		wait.Wait()
		o.advance(2 * time.Second)
	}
	in := func() (n int) {
		for _, login := range logins {
			if o.center.isMember("airflow-prod-viewer", login) {
				n++
			}
		}
		return n
	}
	everybody(func(id string) error { _, err := o.sdk.Group.AddUserToGroup(o.ctx(), o.pushed, id); return err })
	if in() != many || len(o.Members(o.pushed)) != many {
		t.Fatalf("%d of %d arrived", in(), many)
	}
	everybody(func(id string) error { _, err := o.sdk.Group.RemoveUserFromGroup(o.ctx(), o.pushed, id); return err })
	if in() != 0 || len(o.Members(o.pushed)) != 0 {
		t.Fatalf("%d of %d are still there", in(), many)
	}
}
