package bot_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/setup"
)

// Killed at whatever call of a cut, or of its lifting: the person is denied, loses the
// access only then, and is let in again, each once.
func TestKillWhileSessionsAreCut(t *testing.T) {
	t.Parallel()
	sites := slices.DeleteFunc(outbound.Cutting(), func(s outbound.Site) bool { return s == outbound.UpdatePermissionSet }) // which only mends drift
	for i, site := range sites {
		for j, ph := range phases() {
			if os.Getenv("AIRPASS_MATRIX") != "full" && i != j {
				continue // every day each phase once
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
					s.cutAndLifted(plots()[0])
				})
			}
		}
	}
}

// cutAndLifted is the whole course of a cut.
func (s *siege) cutAndLifted(p plot) {
	at := s.Target(p.target)
	if err := s.IdentityCenter.Assign(identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet,
		PrincipalType: identitycenter.PrincipalUser, PrincipalID: s.center("ben")}); err != nil { // so that there is always a role
		s.Fatal(err)
	}
	s.asks(p, firstReason)
	s.approves(p, firstReason)
	s.until("access", s.given(p, firstReason))
	s.arm()
	var c access.Cut
	s.operate(func(o *bot.Operator) (err error) {
		c, err = o.Cuts.Ask(s.ctx(), o.Actor(), s.Person(p.who).Login, p.target, "laptop stolen")
		return err
	})
	comesTo := func(state access.CutState) func() error {
		return func() error {
			s.operate(func(o *bot.Operator) (err error) {
				c, err = o.Store.Cut(s.ctx(), c.ID)
				return err
			})
			if c.State == access.CutAsked && s.deletions(p.who, p.target) > 0 {
				s.Error("taken away before the deny was there")
			}
			if c.State != state {
				return fmt.Errorf("it is %s", c.State)
			}
			return nil
		}
	}
	s.until("cut", comesTo(access.CutDone))
	if !s.inRole(p.target, p.who) || s.assignments(p.who, p.target) > 0 {
		s.Errorf("cut, and not denied or not taken away\n%s", s.scene())
	}
	s.advance(c.LiftAt.Sub(s.Clock.Now()) + time.Second)
	s.until("lifted", comesTo(access.CutLifted))
	killed := s.disarm()
	s.stop()
	if !killed {
		s.Error("it was not killed")
	}
	target, _ := s.config.Target(p.target)
	if policy := s.set(p.target).InlinePolicy; s.inRole(p.target, p.who) || !setup.SamePolicy(policy, setup.Inline(target, nil).String()) {
		s.Errorf("left behind: %s", policy)
	}
	trail := s.trail(s.open())
	for _, state := range []access.CutState{access.CutAsked, access.CutDenied, access.CutDone, access.CutLifting, access.CutLifted} {
		if n := trail.kinds["cut."+string(state)]; n != 1 {
			s.Errorf("%d events cut.%s", n, state)
		}
	}
	if s.Failed() {
		s.Log(s.scene(), s.log)
	}
}
