package approvals

import (
	"context"
	"fmt"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/outbound"
	"airpass/starts"
	"airpass/store"
)

// startOf is when an attempt asks the access to begin; zero is at once. Words are read in
// the requester's own zone, and as of when they were written.
func startOf(a access.Attempt, zone string, t access.Target, base access.Grant) (time.Time, error) {
	if a.Begins == "" {
		return time.Time{}, nil
	}
	if base.ID != "" {
		return time.Time{}, fmt.Errorf("%w: more time begins where the access ends that it makes longer", access.ErrInvalid)
	}
	written, err := starts.Parse(a.Begins)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	var here *time.Location
	if zone != "" {
		if here, err = time.LoadLocation(zone); err != nil {
			here = nil // said by At, if it matters
		}
	}
	at, err := written.At(a.ReceivedAt, here)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	at = at.Truncate(time.Second)
	if starts.AtOnce(at, a.ReceivedAt) {
		return time.Time{}, nil
	}
	return at, t.CheckStart(at, a.ReceivedAt)
}

// HeldBack says why nothing new is given now; "" if it is.
func (s *Service) HeldBack(tx *store.Tx) (why string, err error) { return grants.HeldBack(tx) }

// MayBegin says why a grant that was approved for later may not start now that its start
// has come; "" if it may. Requester, target and policy are asked for as they are now.
func (s *Service) MayBegin(ctx context.Context, g access.Grant) (refused string, err error) {
	err = s.mayBegin(outbound.WithPriority(ctx, outbound.Judge), g)
	if err != nil && refusal(err) {
		return Words(err), nil
	}
	return "", err
}

func (s *Service) mayBegin(ctx context.Context, g access.Grant) error {
	r, err := s.Store.Request(ctx, g.RequestID)
	if err != nil {
		return err
	}
	subject, err := s.subjectNow(ctx, r)
	if err != nil {
		return err
	}
	current, exists := s.target(g.Target.ID)
	if !exists {
		return refuse("%s is no longer offered", g.Target.ID)
	}
	if g.Duration > current.MaxDuration {
		return refuse("%s can be had for %s at most now", g.Target.ID, current.MaxDuration)
	}
	r.Target = g.Target // what was approved
	person, err := s.readyToGrant(ctx, &r, subject)
	if err != nil {
		return err
	}
	if g.Person != "" && person != g.Person {
		return refuse("the account of %s in AWS IAM Identity Center is no longer the one that it was approved for", r.Subject.Login)
	}
	switch c, cut, err := s.Store.CutOf(ctx, r.Subject.OktaID, g.Target.PermissionSet); {
	case err != nil:
		return err
	case cut:
		return c.Refusal()
	}
	if _, err := s.askEnvironment(ctx, current); err != nil {
		return err
	}
	return s.stillSuffices(ctx, r, g, subject, current)
}

// stillSuffices says whether what was decided about a request is enough for the policy in
// force. Who has agreed is not asked again whether they would.
func (s *Service) stillSuffices(ctx context.Context, r access.Request, g access.Grant, subject access.Person, current access.Target) error {
	needs, err := s.needsOf(ctx, subject, current, asking{r.Asked(), g.StartAt, r.Extends != ""})
	if err != nil {
		return err
	}
	if err := shortEnough(needs, g.Duration); err != nil {
		return err
	}
	if needs.Auto != "" {
		return nil
	}
	if r.Course.Auto != "" {
		return refuse("the rule “%s”, by which nobody had to decide it, does not let it pass any more", r.Course.Auto)
	}
	given, err := s.Store.DecisionsOf(ctx, r.ID)
	if err == nil && !access.Suffice(needs.Stages, current.Policy.Fallback, current.Policy.CountTwice, given) {
		err = refuse("its policy asks for more now than was agreed; it has to be asked for anew")
	}
	return err
}
