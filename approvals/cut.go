package approvals

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/store"
)

// Cuts cuts sessions.
type Cuts interface {
	// Begin cuts the sessions that the person of a grant has of its permission set. The error
	// wraps access.ErrInvalid if that cannot be, and access.ErrDecided if they are cut already.
	Begin(tx *store.Tx, g access.Grant, reason string) (access.Cut, error)
	// End lifts a cut before its time. The error wraps access.ErrBadMove for one that is
	// lifted, or is being.
	End(tx *store.Tx, c access.Cut, reason string) (access.Cut, error)
}

// cut ends the sessions that somebody has by their access, and with them the access. Only
// those who run airpass may; who they are is asked when it is applied.
func (s *Service) cut(ctx context.Context, a access.Attempt, who Identity) error {
	r, err := s.Store.Request(ctx, a.Request)
	if err != nil {
		return err
	}
	why := strings.TrimSpace(a.Reason)
	switch {
	case !slices.Contains(s.Admins, who.Person.Login):
		return refuse("only airpass admins can cut sessions")
	case s.Cuts == nil:
		return refuse("cutting sessions is not set up")
	case why == "":
		return fmt.Errorf("%w: say why the sessions are cut", access.ErrInvalid)
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		g, found, err := tx.GrantOf(r.ID)
		switch {
		case err != nil:
			return err
		case !found || g.State == access.GrantEnded:
			return refuse("there is no access any more whose sessions could be cut here; airpass sessions cut does it at the command line")
		}
		if _, is, err := tx.CutOf(g.Subject.OktaID, g.Target.PermissionSet); err != nil || is {
			return cmp.Or(err, refuse("the sessions of %s are being cut already", g.Subject.Login))
		}
		c, err := s.Cuts.Begin(tx, g, why+" – "+who.Person.Name)
		if err != nil {
			return err
		}
		if err := s.notify(tx, a.Slack.ID, says("The sessions of %s with the permission set %s are being cut, in every account that uses it; then the access is taken away.",
			g.Subject.Login, g.Target.PermissionSetName)); err != nil {
			return err
		}
		return done(tx, a, c.ID)
	})
}

// lift ends a cut before its time. Only those who run airpass may, and nobody for themselves:
// whoever has taken over their account would.
func (s *Service) lift(ctx context.Context, a access.Attempt, who Identity) error {
	if !slices.Contains(s.Admins, who.Person.Login) {
		return refuse("only airpass admins can lift what cuts sessions")
	}
	c, err := s.Store.Cut(ctx, a.Target)
	why := strings.TrimSpace(a.Reason)
	switch {
	case err != nil:
		return err
	case s.Cuts == nil:
		return refuse("cutting sessions is not set up")
	case why == "":
		return fmt.Errorf("%w: say why it is lifted", access.ErrInvalid)
	case who.Person.Same(c.Subject):
		return refuse("these are your own sessions; another admin has to lift it")
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		now, err := s.Cuts.End(tx, c, why+" – "+who.Person.Name)
		if errors.Is(err, access.ErrBadMove) {
			return refuse("the sessions of %s are cut no longer, or not for long: somebody has lifted it, or its time was over", c.Subject.Login)
		}
		if err != nil {
			return err
		}
		if err := s.notify(tx, a.Slack.ID, says("The sessions of %s with the permission set %s are let in again as soon as the policy is written without the deny. What was taken away stays so, and can be asked for then.",
			now.Subject.Login, now.Target.PermissionSetName)); err != nil {
			return err
		}
		return done(tx, a, now.ID)
	})
}
