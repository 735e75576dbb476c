package grants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
	"airpass/tracing"
)

// How often the environment of an active grant is looked at while its link waits.
const linkWait = 30 * time.Second

// StepGrant moves a grant on if what it waits for has come: everything it holds is
// there, its time is over, everything nobody else holds is gone. A version that is
// not the current one is no error.
func (s *Service) StepGrant(ctx context.Context, id string, version int64) error {
	g, err := s.Store.Grant(ctx, id)
	if err != nil {
		return err
	}
	if g.Version != version {
		return nil
	}
	ctx, span := s.Trace.Step(ctx, "grant", tracing.Grant(g.RequestID, g.ID), attribute.String("airpass.state", string(g.State)))
	err = s.stepGrant(ctx, g)
	span.End(err)
	return err
}

func (s *Service) stepGrant(ctx context.Context, g access.Grant) error {
	entitlements, err := s.Store.GrantEntitlements(ctx, g.ID)
	if err != nil {
		return err
	}
	ctx = outbound.WithPriority(ctx, outbound.Grant) // only the link is asked for
	switch g.State {
	case access.GrantScheduled:
		err = s.begin(ctx, g)
	case access.GrantProvisioning:
		err = s.provision(ctx, g, entitlements)
	case access.GrantActive:
		err = s.keep(ctx, g, entitlements)
	case access.GrantRevoking:
		err = s.takeAway(ctx, g, entitlements)
	}
	if errors.Is(err, access.ErrStale) {
		return nil // somebody else moved it; the wake of that move goes on
	}
	return err
}

var expiry = access.System("expiry")

func (s *Service) save(ctx context.Context, actor access.Actor, g access.Grant) error {
	return s.Store.Update(ctx, actor, func(tx *store.Tx) error {
		_, err := tx.SaveGrant(g)
		return err
	})
}

// settle is save of a grant that has reached what it was waiting for.
func (s *Service) settle(ctx context.Context, g access.Grant) error {
	err := s.save(ctx, reconciler, g)
	if err == nil {
		s.Settled(g)
	}
	return err
}

// provision waits until everything that the grant holds is verified present. Then a
// grant whose person got an account only now holds what needs the account; any other
// is active and its end is moved once, to a full duration from now.
func (s *Service) provision(ctx context.Context, g access.Grant, entitlements []access.Entitlement) error {
	now := s.Now()
	deadline := g.StartAt.Add(s.ProvisioningTimeout)
	ready := true
	for _, e := range entitlements {
		ready = ready && (e.Ready || s.without(e, deadline))
		if e.Fatal && !e.Ref.Kind.Optional() {
			return s.release(ctx, g, access.EndFailed, e.LastError)
		}
	}
	switch {
	case ready && g.Person != "":
		g.State, g.ActiveAt, g.EndAt = access.GrantActive, now, g.Activate(now, s.ProvisioningTimeout)
		s.lookAtLink(ctx, &g, now)
		return s.settle(ctx, g)
	case !now.Before(deadline):
		return s.release(ctx, g, access.EndFailed, fmt.Sprintf("not in place %s after the start: %s", s.ProvisioningTimeout, missing(g, entitlements)))
	case ready:
		return s.locate(ctx, g, sinceReady(entitlements), deadline)
	case g.NextAt.Equal(deadline):
		return nil
	}
	g.NextAt = deadline
	return s.saveProgress(ctx, g)
}

// without says whether a grant goes on without an entitlement: access does not hang on
// it, and it was tried in vain, or for as long as anything is waited for.
func (s *Service) without(e access.Entitlement, deadline time.Time) bool {
	return e.Ref.Kind.Optional() && (e.LastError != "" || !s.Now().Before(deadline))
}

// saveProgress stores a grant that waits for its entitlements, one of which has
// changed: the messages show each.
func (s *Service) saveProgress(ctx context.Context, g access.Grant) error {
	return s.Store.Update(ctx, reconciler, func(tx *store.Tx) error {
		if _, err := tx.SaveGrant(g); err != nil {
			return err
		}
		return tx.TouchMessages(g.RequestID)
	})
}

func missing(g access.Grant, entitlements []access.Entitlement) string {
	var words []string
	if g.Person == "" {
		words = append(words, "account in AWS IAM Identity Center")
		if g.LastError != "" {
			words[0] += " (" + g.LastError + ")"
		}
	}
	for _, e := range entitlements {
		if !e.Ready {
			words = append(words, strings.ReplaceAll(string(e.Ref.Kind), "_", " "))
		}
	}
	return strings.Join(words, ", ")
}

func (s *Service) release(ctx context.Context, g access.Grant, reason access.EndReason, note string) error {
	return s.Store.Update(ctx, expiry, func(tx *store.Tx) error {
		_, err := Release(tx, g, reason, note)
		return err
	})
}

// lookAtLink asks how the environment is doing and what that means for the link,
// and sets when to look again.
func (s *Service) lookAtLink(ctx context.Context, g *access.Grant, now time.Time) {
	g.NextAt = s.nextLook(*g, now)
	status, private, err := s.Environments.Status(ctx, g.Target.Environment)
	switch {
	case err != nil:
		g.LinkState, g.LinkNote = access.LinkHeld, "AWS did not say how the environment is doing"
	default:
		g.LinkState, g.LinkNote = access.LinkFor(status), ""
		if status != "AVAILABLE" {
			g.LinkNote = "AWS says that it is " + status
		}
		if g.LinkState == access.LinkRefused {
			g.LinkState = access.LinkHeld
		}
	}
	g.LinkPrivate = private
	// A link under a deny leads to a refusal; that it is not known is no reason to show it.
	if _, cut, err := s.Store.CutOf(ctx, g.Subject.OktaID, g.Target.PermissionSet); err != nil || cut {
		g.LinkState, g.LinkNote = access.LinkHeld, "the sessions of this person are being cut"
	}
	if g.LinkState == access.LinkBusy && !now.Before(g.ActiveAt.Add(s.LinkWarningAfter)) {
		g.LinkState = access.LinkWarned
	}
	if again := now.Add(linkWait); g.LinkState != access.LinkReady && again.Before(g.NextAt) {
		g.NextAt = again
	}
}

// keep ends an active grant when its time is over, or when what it holds is gone and
// cannot be added again; and it holds back the link while something is restored.
func (s *Service) keep(ctx context.Context, g access.Grant, entitlements []access.Entitlement) error {
	now := s.Now()
	if !now.Before(g.EndAt) {
		return s.release(ctx, g, access.EndExpired, "")
	}
	if due, err := s.toRemind(ctx, g, now); err != nil {
		return err
	} else if due {
		return s.remind(ctx, g, now)
	}
	for _, e := range entitlements {
		switch {
		case e.Ref.Kind.Optional(): // comes and goes beside the access
		case e.Fatal:
			return s.release(ctx, g, access.EndFailed, e.LastError)
		case !e.Ready && (e.LastError != "" || e.Presence != access.Present || waits(g)):
			return s.holdLink(ctx, g, now)
		}
	}
	if now.Before(g.NextAt) {
		return nil
	}
	if g.LinkState == access.LinkReady {
		g.NextAt = s.nextLook(g, now)
		return s.save(ctx, reconciler, g)
	}
	s.lookAtLink(ctx, &g, now)
	return s.save(ctx, reconciler, g)
}

// waits says whether the link of a grant is held until all of it is there again.
func waits(g access.Grant) bool {
	return g.LinkState == access.LinkHeld && g.LinkNote == access.Restoring
}

func (s *Service) holdLink(ctx context.Context, g access.Grant, now time.Time) error {
	again := now.Add(linkWait)
	if look := s.nextLook(g, now); again.After(look) {
		again = look
	}
	if waits(g) && g.NextAt.After(now) {
		return nil
	}
	g.LinkState, g.LinkNote, g.NextAt = access.LinkHeld, access.Restoring, again
	return s.save(ctx, reconciler, g)
}

// takeAway waits until everything that nobody else holds is verified absent.
func (s *Service) takeAway(ctx context.Context, g access.Grant, entitlements []access.Entitlement) error {
	now := s.Now()
	overdue, err := s.remaining(ctx, entitlements)
	if err != nil {
		return err
	}
	if overdue == "" {
		g.State, g.EndedAt, g.NextAt, g.LastError = access.GrantEnded, now, time.Time{}, ""
		return s.settle(ctx, g)
	}
	late := g.NextOverdue(s.OverdueAfter, now)
	if g.RevokingSince.IsZero() || now.Before(g.RevokingSince.Add(s.OverdueAfter)) {
		if g.NextAt.Equal(late) {
			return nil
		}
		g.NextAt = late
		return s.saveProgress(ctx, g)
	}
	return s.alertOverdue(ctx, g, overdue, late)
}

// remaining says in words what is still there and why, the causes first; empty is
// nothing.
func (s *Service) remaining(ctx context.Context, entitlements []access.Entitlement) (string, error) {
	var causes, waiting []string
	for _, e := range entitlements {
		gone, err := s.letGo(ctx, e)
		switch kind := strings.ReplaceAll(string(e.Ref.Kind), "_", " "); {
		case err != nil:
			return "", err
		case gone:
		case e.LastError != "":
			causes = append(causes, kind+": "+e.LastError)
		default:
			waiting = append(waiting, kind+": it is still there")
		}
	}
	return strings.Join(append(causes, waiting...), "; "), nil
}

// letGo says whether a grant need not wait for an entitlement any more: somebody
// else needs it, it is never taken away, it was not ours, or it was read back as absent.
func (s *Service) letGo(ctx context.Context, e access.Entitlement) (bool, error) {
	holds, err := s.Store.Holders(ctx, e.ID)
	if err != nil {
		return false, err
	}
	return access.WantOf(e.Ref.Kind, holds) != access.Unneeded || e.Origin == access.OriginStanding || e.Presence == access.Absent, nil
}

// alertOverdue tells log and admins, once for each grant, that access has outlived
// its end. The removal itself goes on without end.
func (s *Service) alertOverdue(ctx context.Context, g access.Grant, what string, again time.Time) error {
	first := g.LastError == ""
	g.LastError, g.NextAt = what, again
	return s.Store.Update(ctx, expiry, func(tx *store.Tx) error {
		if _, err := tx.SaveGrant(g); err != nil {
			return err
		}
		if !first {
			return nil
		}
		s.Log.ErrorContext(ctx, "removal overdue", "subject", g.Subject.OktaID, "grant", g.ID, "request", g.RequestID, "target", g.Target.ID, "why", what)
		tx.Record(access.Event{Kind: "grant.overdue", Request: g.RequestID, Grant: g.ID, Facts: map[string]string{"why": what}})
		_, err := tx.CreateMessage(access.Message{
			ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew,
			Text: fmt.Sprintf("Access of %s to %s should be gone since %s and is not: %s. airpass keeps trying. Grant %s.",
				g.Subject.Login, g.Target.ID, g.RevokingSince.UTC().Format("2006-01-02 15:04 MST"), what, g.ID),
			NextAt: tx.Now(),
		})
		return err
	})
}
