package grants

import (
	"context"
	"sync"
	"time"

	"airpass/access"
)

// When many removals are due at once, each is not looked at by itself: what they read
// is shared. Times are domain time.
const (
	crowded    = 20                    // removals that are not confirmed from which on that is so
	lately     = time.Minute           // how old a reading may be for something to be taken away
	perRemoval = 25 * time.Millisecond // of the pause until results are looked at, for each removal that still waits
	soonest    = 2 * time.Second       // the shortest and the longest such pause
	latest     = 32 * time.Second
	patience   = time.Minute // then it is found out what became of one that is still there
)

// How often removals are counted at most, and for how long after there were many the
// last few are still treated like many. Wall time.
const (
	recount = 250 * time.Millisecond
	linger  = 30 * time.Second
)

// crowd is what was counted last of the removals: ours that nobody needs and that are
// not confirmed gone.
type crowd struct {
	mu      sync.Mutex
	at      time.Time // when they were counted
	until   time.Time // until then they are many
	waiting int       // not yet asked for
}

// removals says whether there are many, and how many wait to be asked for.
func (s *Service) removals(ctx context.Context) (many bool, waiting int, err error) {
	c := &s.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.at) >= recount {
		all, waiting, err := s.Store.CountRemovals(ctx)
		if err != nil {
			return false, 0, err
		}
		due, err := s.Store.CountDueGrants(ctx, s.Now()) // most of them because their time is over
		if err != nil {
			return false, 0, err
		}
		if c.at, c.waiting = now, waiting+due; all+due > crowded {
			c.until = now.Add(linger)
		}
	}
	return now.Before(c.until), c.waiting, nil
}

// since is from when on a reading by somebody else will do for this step; zero is none.
//
// To take away what is ours it is enough that it was there lately: nothing is concluded
// from that but that asking for its removal makes sense, and if it has gone since, the
// vendor says so. What was taken away is gone if readings say so that began after the
// moment for which the look was planned, which is after the vendor took the removal, and
// stays gone if one does that began after the settle window.
func (l sight) since() time.Time {
	e := l.entitlement
	settling := e.Presence == access.Absent && !e.SettleAt.IsZero() && !l.now.Before(e.SettleAt)
	switch {
	case l.want != access.Unneeded || e.Origin != access.OriginOurs:
	case l.removing():
		if l.many && e.NextAt.After(e.VerifiedAt) {
			return e.NextAt
		}
	case len(l.intents) > 0:
	case settling:
		return e.SettleAt
	case l.many && e.Presence == access.Present:
		return l.now.Add(-lately)
	}
	return time.Time{}
}

// removing says whether all that is under way is one removal, which the vendor took.
func (l sight) removing() bool {
	return len(l.intents) == 1 && l.intents[0].Operation == access.Remove && l.intents[0].State == access.IntentAccepted &&
		l.intents[0].RequestID != ""
}

// enough says whether a reading by somebody else tells what this step needs: presence,
// or absence at a time when nobody needed it any more.
func (l sight) enough(seen access.Observation) bool {
	return seen.ReadAt.IsZero() || seen.Present || seen.ReadAt.After(l.entitlement.UnwantedSince)
}

// doubts says whether absence is not believed: what is ours and was not taken away is
// asked to be removed although a list of several pages does not have it. That it is not
// there any more is then the vendor's own word.
func (l sight) doubts(out outcome) bool {
	e := l.entitlement
	return l.seen.Unsure && e.Origin == access.OriginOurs && e.Presence != access.Absent && e.Attempts == 0 && len(l.intents) == 0 && len(out.intents) == 0
}

// glance looks whether one of many removals has been carried out, without asking about
// it by itself. Sure is false if that has to be done.
//
// A list that does not come in time is waited for at the next common moment: calls for
// single removals would take the budget that the list and the removals themselves wait
// for. One that failed is asked about alone; one that is done while the list still has
// it, only once nobody waits to be asked for: nothing is concluded meanwhile.
func (s *Service) glance(ctx context.Context, system System, l sight) (out outcome, sure bool) {
	since := l.since()
	if since.IsZero() || !l.removing() {
		return out, false
	}
	later, long := outcome{next: l.together()}, l.now.After(l.intents[0].CreatedAt.Add(patience))
	seen, err := system.Observe(ctx, l.entitlement.Ref, since)
	switch {
	case err != nil:
		return l.unlisted(ctx, err)
	case seen.Present && !long: // still, when the list was read
		return later, true
	case seen.Present, seen.Unsure:
		p, err := system.Progress(ctx, l.intents[0], since)
		switch {
		case err != nil:
			return l.unlisted(ctx, err)
		case p.Failure != "" || !p.Known:
			return out, false
		case !p.Done:
			return later, true
		case seen.Present: // the list may be the older of the two
			return later, l.waiting > 0
		}
	}
	out.looked, out.seen = true, seen
	return l.unwantedAbsent(out), true
}

// unlisted is what to do without a list that others share: wait for the next one if it
// did not come in time or the vendor takes no more calls. Sure is false if something
// else is the matter: the thing may be gone altogether.
func (l sight) unlisted(ctx context.Context, err error) (out outcome, sure bool) {
	switch {
	case ctx.Err() != nil:
		return outcome{next: l.together()}, true
	case access.ClassOf(err) == access.Throttled:
		return l.unread(out, err), true
	}
	return out, false
}

// together is how long to wait until the results of many removals are looked at: until
// a moment that is the same for all of them, the sooner the fewer wait to be asked for.
func (l sight) together() time.Duration {
	pause := soonest
	for pause < latest && pause < time.Duration(l.waiting)*perRemoval {
		pause *= 2
	}
	wait := l.now.Truncate(pause).Add(pause).Sub(l.now)
	for wait < soonest {
		wait += pause
	}
	return wait
}
