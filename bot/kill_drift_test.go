package bot_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/setup"
	"airpass/store"
)

// Killed at whatever call that mends how long sessions of a permission set last: whoever comes
// after it goes on until every account has it, also where the permission set itself is right
// by then, and only that was not stored.
func TestKillWhileTheLengthOfSessionsIsMended(t *testing.T) {
	t.Parallel()
	for i, site := range []outbound.Site{outbound.UpdatePermissionSet, outbound.ProvisionPermissionSet, outbound.DescribeProvisioning} {
		for j, ph := range phases() {
			if os.Getenv("AIRPASS_MATRIX") != "full" && (i == 2 || j == 0) {
				continue // every day those between a call and what is stored of it
			}
			for store, url := range stores() {
				if os.Getenv("AIRPASS_MATRIX") != "full" && store != "sqlite" {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", store, site.Name, ph), func(t *testing.T) {
					t.Parallel()
					s := besiege(t, url(t), sandbox.Options{AssignmentDelay: 300 * time.Millisecond, PushDelay: 300 * time.Millisecond, ProvisionDelay: 300 * time.Millisecond},
						&shot{site, ph, 1})
					s.most = 10 * time.Minute
					s.sessionMended("prod/Viewer", "ben")
				})
			}
		}
	}
}

// sessionMended edits how long sessions of a target last, gives somebody a role of it, and waits
// until the role is as configured.
func (s *siege) sessionMended(target, who string) {
	at, wanted := s.Target(target), s.set(target).SessionDuration
	if err := s.IdentityCenter.SetSessionDuration(at.PermissionSet, 8*time.Hour); err != nil {
		s.Fatal(err)
	}
	if err := s.IdentityCenter.Assign(identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet,
		PrincipalType: identitycenter.PrincipalUser, PrincipalID: s.center(who)}); err != nil {
		s.Fatal(err)
	}
	if of := s.roleOf(target, who); wanted == 8*time.Hour || of != 8*time.Hour {
		s.Fatalf("the edited role's sessions last %s, and should %s", of, wanted)
	}
	s.arm()
	s.operate(func(o *bot.Operator) error { // as a look does that has found it twice
		return o.Store.Update(s.ctx(), o.Actor(), func(tx *store.Tx) error {
			return tx.RestoreSet(s.IdentityCenter.InstanceARN(), at.PermissionSet, access.RestoreSession)
		})
	})
	s.until("the role is as it was", func() error {
		if of := s.roleOf(target, who); s.set(target).SessionDuration != wanted || of != wanted || !s.latest(target) {
			return fmt.Errorf("sessions last %s, those of the role %s", s.set(target).SessionDuration, of)
		}
		return nil
	})
	db := s.open()
	s.await("nothing is left to do", func() error {
		p, err := db.SetPolicy(s.ctx(), at.PermissionSet)
		if err != nil {
			s.Fatal(err)
		}
		if !p.Provisioned || p.RequestID != "" || p.Restore != "" || !p.NextAt.IsZero() || p.LastError != "" {
			return fmt.Errorf("%+v", p)
		}
		return nil
	})
	killed := s.disarm()
	s.stop()
	s.judgeMended(db, target, killed)
	if s.Failed() {
		s.Log(s.scene(), s.log)
	}
}

func (s *siege) judgeMended(db *store.Store, target string, killed bool) {
	s.Helper()
	if !killed {
		s.Error("it was not killed")
	}
	configured, _ := s.config.Target(target)
	if policy := s.set(target).InlinePolicy; !setup.SamePolicy(policy, setup.Inline(configured, nil).String()) {
		s.Errorf("the policy is another: %s", policy)
	}
	if n := s.IdentityCenter.Faults().Count(outbound.UpdatePermissionSet.Name); n > 2 {
		s.Errorf("the length was set %d times", n)
	}
	if n := s.IdentityCenter.Faults().Count(outbound.ProvisionPermissionSet.Name); n > 2 {
		s.Errorf("it was provisioned %d times", n)
	}
	s.trail(db)
}

// roleOf is how long sessions of somebody's role of a target last, as it was provisioned last.
func (s *siege) roleOf(target, who string) time.Duration {
	_, all, err := s.IdentityCenter.AccessOf(s.Person(who).Login)
	if err != nil {
		s.Fatal(err)
	}
	for _, a := range all {
		if a.PermissionSetARN == s.Target(target).PermissionSet {
			return a.SessionDuration
		}
	}
	return 0
}

// latest says whether every account has a permission set as it is now.
func (s *siege) latest(target string) bool {
	for _, r := range s.IdentityCenter.Roles() {
		if r.PermissionSetARN == s.Target(target).PermissionSet && !r.Latest {
			return false
		}
	}
	return true
}

// Killed at whatever call that takes away what nobody has any more, or gives a pushed group its
// permission set again: whoever comes after it goes on, and does neither twice.
func TestKillWhileDriftIsMended(t *testing.T) {
	t.Parallel()
	for i, site := range []outbound.Site{outbound.DeleteAssignment, outbound.CreateAssignment} {
		for j, ph := range phases() {
			if os.Getenv("AIRPASS_MATRIX") != "full" && (i+j)%2 == 0 {
				continue
			}
			for store, url := range stores() {
				if os.Getenv("AIRPASS_MATRIX") != "full" && store != "sqlite" {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", store, site.Name, ph), func(t *testing.T) {
					t.Parallel()
					s := besiege(t, url(t), sandbox.Options{AssignmentDelay: 300 * time.Millisecond, PushDelay: 300 * time.Millisecond}, &shot{site, ph, 1})
					s.most = 10 * time.Minute
					s.mended(site)
				})
			}
		}
	}
}

// mended has what is nobody's taken away and a pushed group assigned again.
func (s *siege) mended(site outbound.Site) {
	s.IdentityCenter.SetTakesFromGone(true)
	erik, group := s.byHand("erik", "prod/Viewer"), s.ofGroup(s.Target("dev/User").IdentityCenterGroup, "dev/User")
	s.must(s.IdentityCenter.Assign(erik), s.IdentityCenter.DeleteUser(s.Person("erik").Login), s.IdentityCenter.Unassign(group))
	instance := s.IdentityCenter.InstanceARN()
	s.arm()
	s.operate(func(o *bot.Operator) error { // as a look does that has found it twice
		return o.Store.Update(s.ctx(), o.Actor(), func(tx *store.Tx) error {
			if err := tx.TakeOver(access.Ref{Kind: access.AccountAssignment, Person: erik.PrincipalID, Instance: instance, Account: erik.Account, PermissionSet: erik.PermissionSetARN}, tx.Now()); err != nil {
				return err
			}
			return tx.SetUp(access.Ref{Kind: access.GroupAssignment, IdentityCenterGroup: group.PrincipalID, Instance: instance, Account: group.Account, PermissionSet: group.PermissionSetARN})
		})
	})
	s.until("what was to be mended is", func() error {
		if s.town.holds(erik) || !s.town.holds(group) {
			return fmt.Errorf("there: %t, %t", s.town.holds(erik), s.town.holds(group))
		}
		return nil
	})
	db := s.open()
	s.await("nothing is left to do", func() error {
		for operation, n := range map[string]int{identitycenter.Deletion: len(s.asked(identitycenter.Deletion, erik)), identitycenter.Creation: len(s.asked(identitycenter.Creation, group))} {
			if n != 1 {
				s.Errorf("%s was asked for %d times", operation, n)
			}
		}
		due, err := db.Due(s.ctx(), s.Clock.Now(), 10)
		if err == nil && len(due) > 0 {
			err = fmt.Errorf("due: %+v", due)
		}
		return err
	})
	if killed := s.disarm(); !killed {
		s.Errorf("it was not killed at %s", site.Name)
	}
	s.stop()
	s.trail(db)
	if s.Failed() {
		s.Log(s.scene(), s.log)
	}
}
