package tour

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/browser"
	"airpass/sandbox/identitycenter"
)

// lookEvery is how often a vendor's state is looked at while something is awaited.
const lookEvery = 20 * time.Millisecond

// until waits until a vendor's state is as it should be; what says in words what is
// awaited.
func until(ctx context.Context, what string, holds func() bool) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain: %s", what)
		case <-ticker.C:
		}
	}
	return nil
}

// advance moves the clock of the world, and airpass with it.
func (s *story) advance(ctx context.Context, d time.Duration) error {
	_, err := s.world.Clock.Advance(d)
	if err == nil {
		s.bot.Wake(ctx)
	}
	return err
}

// assigned counts the account assignments that somebody has themselves to a target.
func (s *story) assigned(who string, t sandbox.Target) int {
	login, n := s.world.Person(who).Login, 0
	s.world.IdentityCenter.Sync()
	for _, a := range s.world.IdentityCenter.Assignments() {
		if a.PrincipalType == identitycenter.PrincipalUser && a.PrincipalName == login && a.Account == t.Account && a.PermissionSetARN == t.PermissionSet {
			n++
		}
	}
	return n
}

// member says whether somebody is in a target's Okta group.
func (s *story) member(who string, t sandbox.Target) bool {
	return s.world.Okta.IsMember(t.OktaGroup, s.world.Person(who).Login)
}

// pushed says whether who made a wish is in the group of Identity Center that the
// target's Okta group is pushed to.
func (s *story) pushed(w wish) bool {
	login, t := s.world.Person(w.who).Login, w.target
	s.world.Okta.Sync()
	for _, g := range s.world.IdentityCenter.Groups() {
		if g.ID != t.IdentityCenterGroup {
			continue
		}
		for _, m := range g.Members {
			if m == login {
				return true
			}
		}
	}
	return false
}

// role is the name of the IAM role that a target's permission set is in its account;
// empty while there is none.
func (s *story) role(t sandbox.Target) string {
	for _, r := range s.world.IdentityCenter.Roles() {
		if r.Account == t.Account && r.PermissionSetARN == t.PermissionSet {
			return r.Name
		}
	}
	return ""
}

// changes counts the calls of an operation that Identity Center carried out.
func (s *story) changes(op string) int {
	n := 0
	for _, c := range s.world.IdentityCenter.Changes() {
		if c.Op == op && c.Error == "" {
			n++
		}
	}
	return n
}

// granted counts what there is of account assignments to people and of memberships in
// targets' groups.
func (s *story) granted() (assignments, memberships int) {
	s.world.IdentityCenter.Sync()
	for _, a := range s.world.IdentityCenter.Assignments() {
		if a.PrincipalType == identitycenter.PrincipalUser {
			assignments++
		}
	}
	for _, t := range s.world.Targets() {
		if t.OktaGroup != "" {
			memberships += len(s.world.Okta.Members(t.OktaGroup))
		}
	}
	return assignments, memberships
}

// nothingGranted is an error if anybody has anything.
func (s *story) nothingGranted() error {
	if a, m := s.granted(); a+m > 0 {
		return fmt.Errorf("there are %d assignments of people and %d memberships in targets' groups", a, m)
	}
	return nil
}

// inAirflow checks that a page is Airflow's, and whom and what it names.
func (s *story) inAirflow(page browser.Result, who string, t sandbox.Target) error {
	if page.Refused != "" || page.SignedInAs == "" {
		return fmt.Errorf("not in Airflow: %d %s: %s", page.Status, page.Title, page.Refused)
	}
	as := "assumed-role/AWSReservedSSO_" + t.PermissionSetName + "_"
	if !strings.HasPrefix(page.SignedInAs, as) || !strings.HasSuffix(page.SignedInAs, "/"+s.world.Person(who).Login) {
		return fmt.Errorf("signed in as %s, not as %s…/%s", page.SignedInAs, as, s.world.Person(who).Login)
	}
	if page.AirflowRole != t.Role || page.Environment != t.MWAAName || !strings.Contains(page.HTML, page.SignedInAs) {
		return fmt.Errorf("the page shows role %s in %s", page.AirflowRole, page.Environment)
	}
	return nil
}

// refused checks that a page is a refusal.
func refused(page browser.Result, code string) error {
	if page.RefusedCode != code || page.SignedInAs != "" {
		return fmt.Errorf("not refused with %s but with %q (%d %s, signed in as %q)", code, page.RefusedCode, page.Status, page.Title, page.SignedInAs)
	}
	return nil
}

// fresh follows a link in a browser that has never been anywhere.
func (s *story) fresh(ctx context.Context, who, link string) (*browser.Browser, browser.Result, error) {
	if link == "" {
		return nil, browser.Result{}, errors.New("there is no link")
	}
	b := browser.New(s.world.Person(who).Login)
	page, err := b.Open(ctx, link)
	return b, page, err
}
