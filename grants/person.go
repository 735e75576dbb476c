package grants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store"
)

// Names tells under which name Okta provisions somebody to Identity Center. Somebody
// to whom Okta does not assign it is an error that wraps access.ErrNotFound.
type Names interface {
	IdentityCenterUserName(ctx context.Context, oktaID string) (string, error)
}

// People is Identity Center's directory.
type People interface {
	// PersonID returns the id of the user with this user name, or an error that wraps
	// access.ErrNotFound.
	PersonID(ctx context.Context, userName string) (string, error)
	// Enabled says whether the user with this id may sign in.
	Enabled(ctx context.Context, person string) (bool, error)
}

// PersonOf finds an Okta user in Identity Center: their user name and their id there.
// The error wraps access.ErrNotFound for somebody who is not there, who has a user
// name if Okta assigns Identity Center to them nevertheless.
func PersonOf(ctx context.Context, names Names, people People, oktaID string) (userName, person string, err error) {
	if userName, err = names.IdentityCenterUserName(ctx, oktaID); err != nil {
		return "", "", err
	}
	person, err = people.PersonID(ctx, userName)
	return userName, person, err
}

// locate looks whether the person of a grant has an account in Identity Center now,
// and lets the grant hold what needs its id; else it looks again later.
func (s *Service) locate(ctx context.Context, g access.Grant, since, deadline time.Time) error {
	work, stop := context.WithTimeout(ctx, workFor)
	defer stop()
	person, err := s.usable(work, g.Subject.OktaID)
	if err == nil {
		g.Person, g.NextAt, g.LastError = person, s.Now(), ""
		return s.Store.Update(ctx, reconciler, func(tx *store.Tx) error {
			_, err := tx.ResolveGrant(g, g.Target.Entitlements(g.Subject.OktaID, person))
			return err
		})
	}
	now, first := s.Now(), g.Attempts == 0
	g.Attempts++ // looks so far
	g.LastError, g.NextAt = "", now.Add(pollAfter(now.Sub(since)))
	if !errors.Is(err, access.ErrNotFound) {
		g.LastError, g.NextAt = err.Error(), now.Add(access.Backoff(g.Attempts, addBackoff))
	}
	if g.NextAt.After(deadline) {
		g.NextAt = deadline
	}
	if first {
		return s.saveProgress(ctx, g)
	}
	return s.save(ctx, reconciler, g)
}

// usable is the id of somebody's account in Identity Center, once they can sign in
// with it; before that the error wraps access.ErrNotFound.
func (s *Service) usable(ctx context.Context, oktaID string) (string, error) {
	_, person, err := PersonOf(ctx, s.Directory, s.People, oktaID)
	if err != nil {
		return "", err
	}
	enabled, err := s.People.Enabled(ctx, person)
	if err == nil && !enabled {
		err = fmt.Errorf("%w: the account is disabled (still)", access.ErrNotFound)
	}
	return person, err
}

// sinceReady is since when everything that a grant waits for has been there.
func sinceReady(entitlements []access.Entitlement) time.Time {
	var since time.Time
	for _, e := range entitlements {
		if e.VerifiedAt.After(since) {
			since = e.VerifiedAt
		}
	}
	return since
}
