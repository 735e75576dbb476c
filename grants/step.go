package grants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
	"airpass/tracing"
)

// How long a step may take, wall time: asking and changing outside within workFor,
// writing down what came of it within recordFor, whatever became of the work. A claim
// counts longer than both, with a margin for clocks of several replicas that differ.
const (
	workFor   = 22 * time.Second
	recordFor = 5 * time.Second
	claimFor  = 45 * time.Second
)

// The longest waits between two looks at an entitlement.
const (
	addBackoff    = time.Minute
	removeBackoff = 2 * time.Minute
	siblingWait   = 5 * time.Second // for another entitlement of the same grant
	atOnce        = time.Nanosecond // the next step need not wait
)

// sight is everything a step knows of its entitlement before it decides.
type sight struct {
	entitlement access.Entitlement
	want        access.Want
	holders     []string             // grants whose live holds make it wanted
	beside      []access.Entitlement // what the grants that hold it hold besides
	formerly    []access.Entitlement // what the grants that held it held besides
	intents     []access.Intent      // unresolved, oldest first
	now         time.Time
	settle      time.Duration
	many        bool // it is not needed, like many others at this time
	waiting     int  // how many of these wait to be asked for

	seen access.Observation
}

// outcome is what a step found or did, to be recorded in one transaction.
type outcome struct {
	looked   bool               // seen is set
	seen     access.Observation // what the vendor said
	intents  []access.Intent    // those whose state changed
	changed  bool               // a change was asked for: what was seen before it is no longer known
	origin   access.Origin      // set when it is known now and was not
	settling bool               // present, while a late removal may still take it away
	gone     bool               // verified absent, with nothing of ours under way
	settled  bool               // … and confirmed after the settle window
	failure  error              // what went wrong, nil after a success
	fatal    bool               // trying again cannot mend failure
	letBe    bool               // nobody's, and AWS has failed to take it away: see failed
	next     time.Duration      // when to look again; 0 is not before something changes
}

// StepEntitlement does the next thing that brings an entitlement closer to what its
// holds want: at most one change outside. A version that is not the current one, or
// a claim held by somebody else, is no error: whoever has it goes on.
func (s *Service) StepEntitlement(ctx context.Context, id string, version int64) error {
	token, wall := newToken(), time.Now()
	var e access.Entitlement
	var mine bool
	err := s.Store.Update(ctx, reconciler, func(tx *store.Tx) (err error) {
		e, mine, err = tx.ClaimEntitlement(id, version, token, wall, wall.Add(claimFor))
		return err
	})
	if err != nil || !mine {
		return err
	}
	work, stop := context.WithDeadline(ctx, wall.Add(workFor)) // however long the claim took to be stored
	defer stop()
	about, err := s.aboutOf(work, e.ID)
	if err != nil {
		return err
	}
	work, span := s.Trace.Step(work, "entitlement", about, attribute.String("airpass.kind", string(e.Ref.Kind)))
	done, err := s.stepEntitlement(work, e)
	span.Note(attribute.String("airpass.seen", string(done.presence())))
	span.End(errors.Join(err, done.failure))
	return err
}

// aboutOf is whom a step of an entitlement is for: the grants that need it or held it.
func (s *Service) aboutOf(ctx context.Context, entitlementID string) (tracing.About, error) {
	grants, requests, err := s.Store.HoldersNamed(ctx, entitlementID, mostNamed)
	return tracing.About{Requests: requests, Grants: grants}, err
}

// mostNamed bounds how many grants are named for a step that is for several.
const mostNamed = 4

func (s *Service) stepEntitlement(work context.Context, e access.Entitlement) (outcome, error) {
	look, err := s.sightOf(work, e)
	if err != nil {
		return outcome{}, err
	}
	done := s.converge(outbound.WithPriority(work, look.priority()), look)
	// What was done outside is written down even if the step's time is over.
	record, stop := context.WithTimeout(context.WithoutCancel(work), recordFor)
	defer stop()
	return done, s.conclude(record, look, done)
}

var reconciler = access.System("reconciler")

func (s *Service) sightOf(ctx context.Context, e access.Entitlement) (sight, error) {
	look := sight{entitlement: e, now: s.Now(), settle: s.SettleWindow}
	holds, err := s.Store.Holders(ctx, e.ID)
	if err != nil {
		return look, err
	}
	look.want = access.WantOf(e.Ref.Kind, holds)
	for _, h := range holds {
		if h.Live {
			look.holders = append(look.holders, h.GrantID)
		}
		others, err := s.Store.GrantEntitlements(ctx, h.GrantID)
		if err != nil {
			return look, err
		}
		for _, o := range others {
			switch {
			case o.ID == e.ID:
			case h.Live:
				look.beside = append(look.beside, o)
			default:
				look.formerly = append(look.formerly, o)
			}
		}
	}
	if look.intents, err = s.Store.Intents(ctx, e.ID); err != nil || look.want != access.Unneeded {
		return look, err
	}
	look.many, look.waiting, err = s.removals(ctx)
	return look, err
}

// needed says that a live hold needs it.
func (l sight) needed() bool { return l.want == access.Needed }

// priority is that of the reads of a step: what has to go is read and taken away
// first; then comes reading whether a change has come into effect, and whether what
// is gone is still gone; then what is to be added.
func (l sight) priority() outbound.Priority {
	e := l.entitlement
	switch {
	case e.Ref.Kind.Optional():
		return outbound.Grant
	case l.want == access.Unneeded && e.Presence != access.Absent:
		return outbound.Revoke
	case !l.needed(), e.Presence == access.Present, e.Origin == access.OriginOurs, e.Ref.Kind.Derived(), len(l.intents) > 0:
		return outbound.Verify
	}
	return outbound.Grant
}

// urgency is the priority of taking it away.
func (l sight) urgency() outbound.Priority {
	if l.entitlement.Ref.Kind.Optional() {
		return outbound.Grant
	}
	return outbound.Revoke
}

// converge asks the vendor what is, and does one thing about it.
func (s *Service) converge(ctx context.Context, look sight) outcome {
	system, ok := s.Systems[look.entitlement.Ref.Kind]
	if !ok {
		return outcome{failure: fmt.Errorf("%w: no system holds entitlements of kind %s", access.ErrInvalid, look.entitlement.Ref.Kind), fatal: true}
	}
	if look.needed() && look.mustWaitToAdd() {
		return outcome{next: siblingWait}
	}
	if out, sure := s.glance(ctx, system, look); sure {
		return out
	}
	out, busy := s.followUp(ctx, system, &look)
	if busy {
		return out
	}
	seen, err := s.observe(ctx, system, look)
	if err != nil && !look.needed() && (errors.Is(err, access.ErrNotFound) || look.neverGiven(err)) {
		seen, err = access.Observation{}, nil // what no longer exists, or is refused throughout, nobody has from us
	}
	if err != nil {
		return look.unread(out, err)
	}
	out.looked, out.seen, look.seen = true, seen, seen
	switch {
	case look.needed() && seen.Present:
		return look.wantedPresent(out)
	case look.needed():
		return s.wantedAbsent(ctx, system, look, out)
	case look.want == access.Kept && seen.Present:
		return look.keptPresent(out)
	case seen.Present || look.doubts(out):
		return s.unwantedPresent(ctx, system, look, out)
	}
	return look.unwantedAbsent(out)
}

// neverGiven says whether a vendor that refuses even to be asked about something optional
// never gave it to us: nothing is added before it could be read.
func (l sight) neverGiven(err error) bool {
	return l.entitlement.Ref.Kind.Optional() && refused(err) && l.entitlement.Origin == access.OriginUnknown && len(l.intents) == 0
}

// observe reads what is, anew unless an older reading is enough.
func (s *Service) observe(ctx context.Context, system System, look sight) (access.Observation, error) {
	since := look.since()
	seen, err := system.Observe(ctx, look.entitlement.Ref, since)
	if err == nil && !look.enough(seen) {
		return system.Observe(ctx, look.entitlement.Ref, time.Time{})
	}
	return seen, err
}

// followUp asks what became of operations that are under way. While one is, nothing
// else is done: a second change of the same thing would be a conflict.
func (s *Service) followUp(ctx context.Context, system System, look *sight) (out outcome, stop bool) {
	var open []access.Intent
	var busy bool
	var failed error
	for _, i := range look.intents {
		p, err := system.Progress(ctx, i, time.Time{})
		if err != nil && (look.needed() || !refused(err)) {
			return look.unread(out, err), true
		}
		switch {
		case err != nil: // may not be asked; what is no longer needed is taken away all the same
			open = append(open, i)
			continue
		case !p.Known:
			open = append(open, i)
			continue
		case p.Failure != "":
			i.State, i.Answer = access.IntentRefused, p.Failure
			if (i.Operation == access.Add) == look.needed() {
				failed = fmt.Errorf("%w: %s", errVendorFailed, p.Failure)
			}
		case p.Done:
			i.State, i.Answer = access.IntentDone, "carried out"
		default:
			busy = true
			if i.RequestID == p.RequestID && i.State == access.IntentAccepted {
				out.next = pollAfter(look.now.Sub(i.CreatedAt))
				continue
			}
			i.State = access.IntentAccepted
		}
		if p.RequestID != "" {
			i.RequestID = p.RequestID
		}
		out.intents = append(out.intents, i)
	}
	look.intents = open
	switch {
	case busy && out.next == 0:
		out.next = pollAfter(0)
	case failed != nil && !busy:
		return look.failed(out, failed), true
	}
	return out, busy
}

// pollAfter spaces the looks at something asynchronous that began age ago.
func pollAfter(age time.Duration) time.Duration {
	switch {
	case age < 250*time.Millisecond:
		return 100 * time.Millisecond
	case age < 2*time.Second:
		return 250 * time.Millisecond
	case age < 15*time.Second:
		return time.Second
	case age < time.Minute:
		return 3 * time.Second
	}
	return 10 * time.Second
}

// mustWaitToAdd says whether something else of the same grant has to be there first.
func (l sight) mustWaitToAdd() bool {
	e := l.entitlement
	return e.Presence != access.Present && slices.ContainsFunc(l.beside, func(o access.Entitlement) bool {
		return o.Ref.Kind.Rank() < e.Ref.Kind.Rank() && !o.Ready
	})
}

// mustWaitToRemove says whether something else has to be gone first: what is in
// Identity Center before the membership in Okta. What merely follows, or opens nothing,
// is not awaited.
func (l sight) mustWaitToRemove() bool {
	e := l.entitlement
	return slices.ContainsFunc(l.formerly, func(o access.Entitlement) bool {
		return o.Ref.Kind.Rank() > e.Ref.Kind.Rank() && !o.Ref.Kind.Derived() && !o.Ref.Kind.Optional() && !o.UnwantedSince.IsZero() &&
			o.Origin != access.OriginStanding && o.Presence != access.Absent
	})
}

// origin says whose the entitlement is, now that it has been seen as present. What
// nobody knew before it was there before us, unless an add of ours is unanswered;
// what follows another entitlement belongs to whom that belongs.
func (l sight) origin() access.Origin {
	switch {
	case l.entitlement.Origin != access.OriginUnknown:
		return l.entitlement.Origin
	case l.hasOpen(access.Add):
		return access.OriginOurs
	case l.entitlement.Ref.Kind.Derived() && l.followsOurs():
		return access.OriginOurs
	}
	return access.OriginStanding
}

// followsOurs says whether what a derived entitlement follows was added by us. An
// account in Identity Center is not that: a push follows the pushed group.
func (l sight) followsOurs() bool {
	return slices.ContainsFunc(slices.Concat(l.beside, l.formerly), func(o access.Entitlement) bool {
		return o.Ref.Kind.Rank() < l.entitlement.Ref.Kind.Rank() && !o.Ref.Kind.Sticky() && o.Origin == access.OriginOurs
	})
}

func (l sight) wantedPresent(out outcome) outcome {
	out.origin = l.origin()
	out = l.resolve(out, access.Add, "read back as present")
	switch settleAt := l.entitlement.SettleAt; {
	case l.hasOpen(access.Remove): // a removal whose answer was lost may still land
		out.next = l.settle
		out = l.expire(out, access.Remove)
	case settleAt.After(l.now): // one of ours has just been carried out; another may be late
		out.next, out.settling = settleAt.Sub(l.now), true
	case l.entitlement.Ref.Kind.Derived() && !l.entitlement.Ready:
		out.next = l.settle // what is synchronised may go and come once more
	}
	if !out.seen.Ready {
		out.next = pollAfter(l.now.Sub(l.entitlement.VerifiedAt))
	}
	return out
}

func (s *Service) wantedAbsent(ctx context.Context, system System, l sight, out outcome) outcome {
	if l.entitlement.Fatal { // its grant is being rolled back, or waits for an operator
		out.failure, out.fatal = failedBefore{l.entitlement.LastError, l.entitlement.LastClass}, true
		return out
	}
	if l.entitlement.Ref.Kind.Derived() {
		out.next = pollAfter(l.now.Sub(l.oldestSibling()))
		return out
	}
	if l.entitlement.Ref.Kind.SetUp() && !l.asked() {
		return l.unasked(out)
	}
	out = l.resolve(out, access.Remove, "read back as absent")
	intent, err := s.intend(ctx, l, access.Add)
	if errors.Is(err, access.ErrNotAllowed) { // given back in the meantime
		out.next = atOnce
		return out
	}
	if err != nil {
		return l.failed(out, err)
	}
	receipt, err := system.Add(causing(outbound.WithPriority(ctx, outbound.Grant), intent), l.entitlement.Ref)
	return l.answered(out, intent, receipt, err)
}

// causing says of the calls made under ctx that they carry out an intent.
func causing(ctx context.Context, i access.Intent) context.Context {
	return outbound.For(ctx, outbound.Cause{Actor: reconciler, Ref: i.Ref.Key(), Facts: map[string]string{"entitlement": i.EntitlementID, "for_intent": i.ID}})
}

// oldestSibling is since when something that an entitlement follows has been there.
func (l sight) oldestSibling() time.Time {
	since := l.now
	for _, o := range l.beside {
		if !o.VerifiedAt.IsZero() && o.VerifiedAt.Before(since) {
			since = o.VerifiedAt
		}
	}
	return since
}

// keptPresent notes what is there and leaves it.
func (l sight) keptPresent(out outcome) outcome {
	out.origin = l.origin()
	return l.resolve(out, access.Add, "read back as present")
}

func (s *Service) unwantedPresent(ctx context.Context, system System, l sight, out outcome) outcome {
	out = l.resolve(out, access.Add, "read back as present")
	if out.origin = l.origin(); out.origin == access.OriginStanding {
		return out // not ours to take away
	}
	if l.mustWaitToRemove() {
		out.next = siblingWait
		return out
	}
	if l.entitlement.Ref.Kind.Derived() {
		out.next = pollAfter(l.now.Sub(l.entitlement.UnwantedSince))
		return out
	}
	intent, err := s.intend(ctx, l, access.Remove)
	if errors.Is(err, access.ErrNotAllowed) { // wanted again in the meantime
		out.next = atOnce
		return out
	}
	if err != nil {
		return l.failed(out, err)
	}
	receipt, err := system.Remove(causing(outbound.WithPriority(ctx, l.urgency()), intent), l.entitlement.Ref)
	return l.answered(out, intent, receipt, err)
}

func (l sight) unwantedAbsent(out outcome) outcome {
	out = l.resolve(out, access.Remove, "read back as absent")
	out = l.expire(out, access.Add)
	if left := l.openLeft(access.Add); left > 0 {
		out.next = min(left, 30*time.Second)
		return out
	}
	out.gone = true
	if l.entitlement.Ref.Kind.Derived() && l.entitlement.Origin == access.OriginUnknown && l.followsOurs() {
		out.origin = access.OriginOurs // a push that is late may still bring it
	}
	settleAt := l.entitlement.SettleAt
	switch {
	case l.entitlement.Origin != access.OriginOurs && out.origin != access.OriginOurs:
	case settleAt.IsZero():
		out.next = l.settle
	case l.now.Before(settleAt):
		out.next = settleAt.Sub(l.now)
	default:
		out.settled = true
	}
	return out
}

// answered turns a vendor's answer to an add or a remove into an outcome.
func (l sight) answered(out outcome, intent access.Intent, receipt access.Receipt, err error) outcome {
	out.changed = true
	if err != nil {
		if !mayHaveHappened(err) {
			intent.State, intent.Answer = access.IntentRefused, err.Error()
		} else {
			intent.Answer = err.Error()
		}
		out.intents = append(out.intents, intent)
		return l.failed(out, err)
	}
	intent.RequestID = receipt.RequestID
	switch {
	case receipt.Failure != "":
		intent.State, intent.Answer = access.IntentRefused, receipt.Failure
		out.intents = append(out.intents, intent)
		out = l.failed(out, fmt.Errorf("%w: %s", errVendorFailed, receipt.Failure))
		out.fatal = intent.Operation == access.Add
		return out
	case receipt.Done:
		intent.State, intent.Answer, out.next = access.IntentDone, "carried out", atOnce
		if n := l.entitlement.Attempts; n > 0 { // the change before had no effect that could be read
			out.next = access.Backoff(n, addBackoff)
		}
	case l.many && intent.Operation == access.Remove:
		intent.State, out.next = access.IntentAccepted, l.together()
	default:
		intent.State, out.next = access.IntentAccepted, pollAfter(0)
	}
	out.intents = append(out.intents, intent)
	return out
}
