package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/access"
)

// extended is the grant that an attempt asks to extend: the one of the request that it
// names. It fills in the target. The zero grant is of a request that extends nothing, also
// because what it was to extend has ended in the meantime.
func (s *Service) extended(ctx context.Context, a *access.Attempt, p access.Person) (access.Grant, error) {
	if a.Request == "" {
		return access.Grant{}, nil
	}
	r, err := s.Store.Request(ctx, a.Request)
	if err != nil {
		return access.Grant{}, err
	}
	if r.Subject.OktaID != p.OktaID {
		return access.Grant{}, refuse("only the person who has the access can ask for more of it")
	}
	g, found, err := s.Store.GrantOf(ctx, r.ID)
	if err != nil || !found {
		return access.Grant{}, errors.Join(err, refuse("there is no access to extend"))
	}
	a.Target = r.Target.ID
	switch {
	case g.State == access.GrantActive && a.ReceivedAt.Before(g.EndAt):
		return g, nil
	case g.EndReason == access.EndExpired || g.State == access.GrantActive:
		return access.Grant{}, nil // too late to extend it: an ordinary request
	case g.State == access.GrantProvisioning || g.State == access.GrantScheduled:
		return access.Grant{}, refuse("the access is being set up; it can be extended once it is there")
	}
	return access.Grant{}, refuse("the access was ended before its time, and cannot be extended; ask for it anew")
}

// mayExtend refuses an extension of something else, and one that makes the whole longer than
// it may be.
func (s *Service) mayExtend(ctx context.Context, base access.Grant, t access.Target, d time.Duration) error {
	if base.ID == "" {
		return nil
	}
	if !t.OpensTheSame(base.Target) {
		return refuse("what %s opens was changed since; ask for it anew", t.ID)
	}
	return s.withinChain(ctx, base, t, d)
}

// withinChain refuses what would make a chain of extensions longer than a target allows.
func (s *Service) withinChain(ctx context.Context, base access.Grant, t access.Target, d time.Duration) error {
	if t.MaxContinuous == 0 {
		return nil
	}
	began, err := s.chainBegan(ctx, base)
	if err != nil {
		return err
	}
	if left := t.MaxContinuous - base.EndAt.Sub(began); d > left {
		return fmt.Errorf("%w: access to %s may go on for %s at a stretch; of this one %s are left", access.ErrInvalid, t.ID, t.MaxContinuous, max(left, 0).Round(time.Minute))
	}
	return nil
}

// chainBegan is when the access began that a grant and those before it have extended.
func (s *Service) chainBegan(ctx context.Context, g access.Grant) (time.Time, error) {
	for {
		r, err := s.Store.Request(ctx, g.RequestID)
		if err != nil || r.Extends == "" {
			return g.StartAt, err
		}
		if g, err = s.Store.Grant(ctx, r.Extends); err != nil {
			return g.StartAt, err
		}
	}
}

// stillExtends looks once more, when an extension is decided, at what it extends: what was
// ended before its time is not given again by an old request.
func (s *Service) stillExtends(ctx context.Context, r access.Request) error {
	if r.Extends == "" {
		return nil
	}
	g, err := s.Store.Grant(ctx, r.Extends)
	if err != nil {
		return err
	}
	if g.EndReason != "" && g.EndReason != access.EndExpired {
		return refuse("the access that it was to extend was ended before its time; %s has to ask for it anew", r.Subject.Login)
	}
	return s.withinChain(ctx, g, r.Target, r.Duration)
}
