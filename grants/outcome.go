package grants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"airpass/access"
	"airpass/store"
)

// errVendorFailed is a vendor's own verdict on an operation it had accepted.
var errVendorFailed = errors.New("the vendor could not carry it out")

// mayHaveHappened says whether a change may have been carried out although the call
// failed. Only what a vendor, or our own checks before the call, refused is sure.
func mayHaveHappened(err error) bool {
	return !errors.Is(err, access.ErrUnsafe) && !errors.Is(err, access.ErrInvalid) && access.ClassOf(err) == access.Unavailable
}

// failed records a failure: what to do about it depends on its class and on whether
// something is being added or taken away. A removal is never given up.
//
//	throttled, unavailable   wait as asked, or with backoff; then again
//	conflict, quota          wait with backoff; then again, through a read
//	denied, missing, rejected, unsafe
//	                         an add fails and its grant is rolled back; a removal goes on
//	                         with backoff and is alerted when overdue; a read is tried
//	                         again, see unread
//
// One removal is given up: of what nobody has any more, and AWS has failed to take away, or says
// that somebody has it. It opens nothing, AWS says the same of it tomorrow, and drift, which tells
// it, asks for it again. One add is tried once: of what belongs to the set-up. Who asked for it may
// have thought better of it by the next time, and no grant's end would say so; the next look does.
func (l sight) failed(out outcome, err error) outcome {
	limit := removeBackoff
	if l.needed() {
		limit = addBackoff
	}
	out.failure, out.next = err, access.Backoff(l.entitlement.Attempts+1, limit)
	var v *access.VendorError
	if errors.As(err, &v) && v.RetryAfter > 0 {
		out.next = min(v.RetryAfter, longestPause)
	}
	out.fatal = l.needed() && hopeless(err)
	if l.entitlement.Ref.Nobodys() && (errors.Is(err, errVendorFailed) || errors.Is(err, access.ErrUnsafe)) {
		out.letBe, out.next = true, 0
	}
	if l.entitlement.Ref.Kind.SetUp() && !l.underWay(out) {
		out.next = 0
	}
	return out
}

// underWay says whether something of ours may still come into effect, so that it has to be read.
func (l sight) underWay(out outcome) bool {
	return slices.ContainsFunc(slices.Concat(out.intents, l.intents), func(i access.Intent) bool { return i.State.Unresolved() })
}

// askedWithin is how long what drift asked for is added: what it asked for longer ago, before a
// long stop, it has to ask for anew. Domain time.
const askedWithin = time.Hour

// asked says whether what belongs to the set-up has just been asked for, and was not tried since.
func (l sight) asked() bool {
	return l.entitlement.Attempts == 0 && l.now.Before(l.entitlement.NextAt.Add(askedWithin))
}

// unasked leaves what belongs to the set-up as it is until it is asked for again, and reads it
// as long as an add of ours may still come into effect.
func (l sight) unasked(out outcome) outcome {
	out = l.expire(out, access.Add)
	if out.failure = (failedBefore{l.entitlement.LastError, l.entitlement.LastClass}); l.entitlement.LastError == "" {
		out.failure = errUnasked
	}
	switch left := l.openLeft(access.Add); {
	case left > 0:
		out.next = min(left, 30*time.Second)
	case l.entitlement.Attempts > 0 && l.entitlement.Attempts < readAgain: // what was carried out may not be listed yet
		out.next = access.Backoff(l.entitlement.Attempts+1, addBackoff)
	}
	return out
}

// readAgain is after how many steps it is not read again whether what belongs to the set-up is there.
const readAgain = 8

// errUnasked is of what was asked for and did not come of it.
var errUnasked = errors.New("it was asked for and is not there; it is asked for again when the next look finds it missing")

// longestPause is how long we wait at most because a vendor asks to.
const longestPause = 5 * time.Minute

// unread records that a read failed. It says nothing about what is there, so that it
// is tried again until the grant's time for being set up is over; only that the
// person is not known there at all cannot be mended by waiting; and what a vendor refuses
// to be asked about, access goes on without if it can.
func (l sight) unread(out outcome, err error) outcome {
	out = l.failed(out, err)
	out.fatal = l.needed() && (errors.Is(err, access.ErrNotFound) || l.entitlement.Ref.Kind.Optional() && refused(err))
	return out
}

// refused says whether a vendor answered that we may not, or not like this.
func refused(err error) bool {
	class := access.ClassOf(err)
	return class == access.Denied || class == access.Rejected
}

func hopeless(err error) bool {
	if errors.Is(err, access.ErrUnsafe) || errors.Is(err, access.ErrInvalid) || errors.Is(err, errVendorFailed) {
		return true
	}
	switch access.ClassOf(err) {
	case access.Denied, access.Missing, access.Rejected:
		return true
	}
	return false
}

func hadOpen(intents []access.Intent, op access.Operation) bool {
	return slices.ContainsFunc(intents, func(i access.Intent) bool { return i.Operation == op })
}

func (l sight) hasOpen(op access.Operation) bool { return hadOpen(l.intents, op) }

// resolve marks the open intents of one operation whose effect a read has shown.
func (l sight) resolve(out outcome, op access.Operation, answer string) outcome {
	for _, i := range l.intents {
		if i.Operation == op {
			i.State, i.Answer = access.IntentDone, answer
			out.intents = append(out.intents, i)
		}
	}
	return out
}

// expire marks the open intents of one operation that are older than the settle
// window: a read made after it shows no effect.
func (l sight) expire(out outcome, op access.Operation) outcome {
	for _, i := range l.intents {
		if i.Operation == op && !l.now.Before(i.CreatedAt.Add(l.settle)) {
			i.State, i.Answer = access.IntentExpired, "no effect was seen within the settle window"
			out.intents = append(out.intents, i)
		}
	}
	return out
}

// openLeft is how long the youngest intent of an operation may still take effect.
func (l sight) openLeft(op access.Operation) time.Duration {
	var left time.Duration
	for _, i := range l.intents {
		if i.Operation == op {
			left = max(left, i.CreatedAt.Add(l.settle).Sub(l.now))
		}
	}
	return left
}

// intend writes down what is about to be done, before it is done: origin and intent
// in one transaction. Whether it is wanted is looked at once more there; if that
// has changed the error wraps access.ErrNotAllowed and nothing is written.
func (s *Service) intend(ctx context.Context, l sight, op access.Operation) (access.Intent, error) {
	intent := access.Intent{EntitlementID: l.entitlement.ID, Ref: l.entitlement.Ref, Operation: op, State: access.IntentOpen}
	err := s.Store.Update(ctx, reconciler, func(tx *store.Tx) error {
		e, err := tx.LockEntitlement(l.entitlement.ID, l.entitlement.Claim)
		if err != nil {
			return err
		}
		holds, err := tx.LiveHolds(e.ID)
		if err != nil {
			return err
		}
		if access.WantOf(e.Ref.Kind, holds) != wantedFor(op) {
			return fmt.Errorf("%w: what is wanted has changed", access.ErrNotAllowed)
		}
		if op == access.Remove && e.Origin == access.OriginStanding {
			return fmt.Errorf("%w: it was adopted meanwhile and stays", access.ErrNotAllowed)
		}
		if err := s.roomFor(tx, e.Ref, op); err != nil {
			return err
		}
		if err := notRestored(tx, op); err != nil {
			return err
		}
		if err := supersede(tx, l.intents, op); err != nil {
			return err
		}
		intent.ID, intent.CreatedAt = tx.NewID(), tx.Now()
		if err := tx.CreateIntent(intent); err != nil {
			return err
		}
		e.Origin = access.OriginOurs
		_, err = tx.SaveEntitlement(e, false)
		return err
	})
	return intent, err
}

// wantedFor is what has to be wanted of an entitlement for a change of it.
func wantedFor(op access.Operation) access.Want {
	if op == access.Add {
		return access.Needed
	}
	return access.Unneeded
}

// supersede resolves older attempts at the same change: the newest says until when
// an effect may still appear.
func supersede(tx *store.Tx, intents []access.Intent, op access.Operation) error {
	for _, i := range intents {
		if i.Operation != op {
			continue
		}
		i.State, i.Answer, i.ResolvedAt = access.IntentExpired, "tried again without an answer", tx.Now()
		if err := tx.SaveIntent(i); err != nil {
			return err
		}
	}
	return nil
}

// roomFor keeps the number of account assignments under way below what Identity
// Center takes: 15 for everybody who uses it.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html.
func (s *Service) roomFor(tx *store.Tx, ref access.Ref, op access.Operation) error {
	if op != access.Add || ref.Kind != access.AccountAssignment && ref.Kind != access.GroupAssignment {
		return nil
	}
	n, err := tx.CountOutstanding()
	if err == nil && n >= s.Outstanding {
		err = &access.VendorError{Vendor: "identitycenter", Op: "CreateAccountAssignment", Class: access.Throttled,
			Err: fmt.Errorf("%d account assignments are under way already", n)}
	}
	return err
}

// notRestored refuses to give anything from a database that was restored until somebody
// has looked at it: it may know nothing of what was taken away since it was copied.
func notRestored(tx *store.Tx, op access.Operation) error {
	if op != access.Add {
		return nil
	}
	restored, err := tx.Restoration()
	if err == nil && restored != nil {
		err = fmt.Errorf("%w until an operator has looked at a database that was restored", access.ErrPaused)
	}
	return err
}

// conclude records an outcome and lets the entitlement go.
func (s *Service) conclude(ctx context.Context, l sight, out outcome) error {
	var now access.Entitlement
	others := l.goingOnAfter(out, s.Now(), s.SettleWindow)
	err := s.Store.Update(ctx, reconciler, func(tx *store.Tx) error {
		if len(others) > 0 {
			if err := tx.LockEntitlements(append(others, l.entitlement)...); err != nil {
				return err
			}
		}
		e, err := tx.LockEntitlement(l.entitlement.ID, l.entitlement.Claim)
		if err != nil {
			return err
		}
		for _, i := range out.intents {
			if !i.State.Unresolved() {
				i.ResolvedAt = tx.Now()
			}
			if err := tx.SaveIntent(i); err != nil {
				return err
			}
		}
		holds, err := tx.LiveHolds(e.ID)
		if err != nil {
			return err
		}
		if !l.sameHolders(holds) { // decided on what was true when the step began
			out.stale()
		}
		out.apply(&e, l.entitlement.Origin, tx.Now(), s.SettleWindow)
		now = e
		if _, err := tx.SaveEntitlement(e, true); err != nil {
			return err
		}
		if err := s.alertUnsafe(tx, l, out); err != nil {
			return err
		}
		if err := s.tellTiles(tx, l, out, e); err != nil {
			return err
		}
		return wakeWaiting(tx, l.goingOn(e), others)
	})
	if errors.Is(err, access.ErrStale) {
		return nil // the claim ran out and somebody else goes on
	}
	if err == nil {
		s.tellFailure(ctx, l, out, now)
	}
	return err
}

// alertUnsafe tells the admins that our own check refused to add something, once: a
// group is not what the configuration takes it for.
func (s *Service) alertUnsafe(tx *store.Tx, l sight, out outcome) error {
	if !out.fatal || l.entitlement.Fatal || !errors.Is(out.failure, access.ErrUnsafe) {
		return nil
	}
	_, err := tx.CreateMessage(access.Message{
		ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
		Text: fmt.Sprintf("Nothing was changed for the Okta user %s, and their grant fails: %v.", l.entitlement.Ref.OktaUser, out.failure),
	})
	return err
}

// tellFailure writes to the log that an entitlement has begun to fail in a way in
// which it did not fail before: once, however often it is tried.
func (s *Service) tellFailure(ctx context.Context, l sight, out outcome, now access.Entitlement) {
	if now.LastClass == "" || now.LastClass == l.entitlement.LastClass {
		return
	}
	vendor, operation := l.entitlement.Ref.Kind.Vendor(), ""
	var v *access.VendorError
	if errors.As(out.failure, &v) {
		vendor, operation = v.Vendor, v.Op
	}
	s.Log.WarnContext(ctx, "an entitlement cannot be brought to what is wanted", "entitlement", now.ID, "kind", string(now.Ref.Kind),
		"wanted", l.needed(), "vendor", vendor, "operation", operation, "class", string(now.LastClass), "given_up", now.Fatal, "next", now.NextAt)
}

// failedBefore is a failure that an earlier step has recorded and that still stands.
type failedBefore struct {
	words string
	class access.Class
}

// Error is what was recorded.
func (f failedBefore) Error() string { return f.words }

// classOf is the class of a step's failure, for telling one sort from another.
func classOf(err error) access.Class {
	var before failedBefore
	switch {
	case err == nil:
		return ""
	case errors.As(err, &before):
		return before.class
	case errors.Is(err, access.ErrUnsafe):
		return "unsafe"
	case errors.Is(err, errVendorFailed):
		return "failed"
	}
	return access.ClassOf(err)
}

// presence is what a step saw.
func (out outcome) presence() access.Presence {
	switch {
	case !out.looked:
		return access.PresenceUnknown
	case out.seen.Present:
		return access.Present
	}
	return access.Absent
}

// sameHolders says whether the same grants need it as when the step began.
func (l sight) sameHolders(holds []access.Hold) bool {
	var now []string
	for _, h := range holds {
		now = append(now, h.GrantID)
	}
	return slices.Equal(now, l.holders)
}

// stale takes back what an outcome concludes for grants that are no longer those who
// need it: it has to be looked at again, at once.
func (out *outcome) stale() { out.fatal, out.changed, out.next = false, true, atOnce }

// goingOn are the entitlements that can go on when this one is as it is now: what is
// granted after it has come, or what is taken away after it has gone.
func (l sight) goingOn(now access.Entitlement) []access.Entitlement {
	switch before := l.entitlement; {
	case now.Ready && !before.Ready:
		return slices.DeleteFunc(slices.Clone(l.beside), func(o access.Entitlement) bool { return o.Ready || o.Fatal })
	case now.Presence == access.Absent && before.Presence != access.Absent:
		return slices.DeleteFunc(slices.Clone(l.formerly), func(o access.Entitlement) bool {
			return o.UnwantedSince.IsZero() || o.Presence == access.Absent || o.Origin == access.OriginStanding
		})
	}
	return nil
}

// goingOnAfter are those that can go on after an outcome, as it looks before it is
// recorded.
func (l sight) goingOnAfter(out outcome, now time.Time, settle time.Duration) []access.Entitlement {
	e := l.entitlement
	out.apply(&e, e.Origin, now, settle)
	return l.goingOn(e)
}

// wakeWaiting lets those that are locked and can go on do so at once. One that is not
// locked finds out by itself, a few seconds later.
func wakeWaiting(tx *store.Tx, waiting, locked []access.Entitlement) error {
	for _, o := range waiting {
		if !slices.ContainsFunc(locked, func(l access.Entitlement) bool { return l.ID == o.ID }) {
			continue
		}
		if err := tx.RetryEntitlement(o.ID); err != nil {
			return err
		}
	}
	return nil
}

// apply writes an outcome into the stored row; before is the origin that the step
// began with: what an operator has said of it meanwhile stands.
func (out outcome) apply(e *access.Entitlement, before access.Origin, now time.Time, settle time.Duration) {
	if out.looked {
		out.applySeen(e, now)
	}
	if out.origin != "" && e.Origin == before {
		e.Origin = out.origin
	}
	if out.gone && e.SettleAt.IsZero() && e.Origin == access.OriginOurs {
		e.SettleAt = now.Add(settle)
	}
	if out.settled {
		e.Origin, e.SettleAt, e.UnwantedSince = access.OriginUnknown, time.Time{}, time.Time{}
	}
	if out.letBe {
		e.Origin, e.SettleAt, e.UnwantedSince = access.OriginUnknown, time.Time{}, time.Time{}
	}
	e.NextAt = time.Time{}
	if without := out.fatal && e.Ref.Kind.Optional(); out.next > 0 && !without { // what grants do without is tried again with the next one
		e.NextAt = now.Add(out.next)
	}
	e.LastError, e.LastClass, e.Fatal = "", classOf(out.failure), false
	if out.failure != nil {
		e.LastError, e.Fatal = out.failure.Error(), out.fatal
	}
	switch {
	case out.failure != nil || out.changed:
		e.Attempts++ // a change counts until its effect has been read
	case out.looked:
		e.Attempts = 0
	}
}

// applySeen writes down what was read, unless a change came after it.
func (out outcome) applySeen(e *access.Entitlement, now time.Time) {
	e.VerifiedAt, e.Through = now, out.seen.Through
	e.Ready = out.seen.Present && out.seen.Ready && !out.changed
	switch {
	case out.changed:
		e.Presence = access.PresenceUnknown
	case out.seen.Present:
		e.Presence = access.Present
	case out.gone:
		e.Presence = access.Absent
	default:
		e.Presence = access.PresenceUnknown
	}
	if out.seen.Present && !out.settling {
		e.SettleAt = time.Time{}
	}
}
