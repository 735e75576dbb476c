package approvals

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
)

// acquaintance is what was found out about somebody for a form. It is used for what that
// form offers and for nothing else: who asks is found out anew.
type acquaintance struct {
	person access.Person
	groups map[string]bool
	asOf   time.Time
}

// How long, and of how many people, it is remembered.
const (
	knownFor  = 5 * time.Minute
	knownMost = 2000
)

type acquaintances struct {
	mu       sync.Mutex
	seen     map[string]acquaintance // by Slack user
	underWay map[string]*inquiry     // the same, the newest of each
}

// inquiry is finding out about somebody, and what came of it once it is done. Whoever
// fills a form in quickly chooses while it is under way: without it each choice would ask
// anew, and use up the calls to Okta that their request waits for.
type inquiry struct {
	done  chan struct{}
	found acquaintance
	err   error
}

func (k *acquaintances) of(slackID string, now time.Time) (acquaintance, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fresh(slackID, now)
}

// fresh is of. The lock is held.
func (k *acquaintances) fresh(slackID string, now time.Time) (acquaintance, bool) {
	a, found := k.seen[slackID]
	return a, found && now.Sub(a.asOf) < knownFor
}

func (k *acquaintances) put(slackID string, a acquaintance) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen == nil || len(k.seen) >= knownMost {
		k.seen = map[string]acquaintance{}
	}
	k.seen[slackID] = a
}

// errCutShort is of an inquiry that came to nothing, not even to an error.
var errCutShort = fmt.Errorf("%w: who somebody is was not found out", access.ErrUnavailable)

// inquire is what is known of somebody, or is found out now: by find, or by whoever does
// so already. Anew, what is known or under way is too old.
func (k *acquaintances) inquire(ctx context.Context, slackID string, now time.Time, anew bool, find func() (acquaintance, error)) (acquaintance, error) {
	known, i, mine := k.begin(slackID, now, anew)
	switch {
	case i == nil:
		return known, nil
	case mine:
		defer k.end(slackID, i) // also after a panic: others wait
		i.found, i.err = find()
		return i.found, i.err
	}
	select {
	case <-i.done:
		return i.found, i.err
	case <-ctx.Done():
		return acquaintance{}, fmt.Errorf("%w: %w", errCutShort, ctx.Err())
	}
}

// begin is what is known, or else the inquiry that will tell; it is mine if there was none.
func (k *acquaintances) begin(slackID string, now time.Time, anew bool) (known acquaintance, i *inquiry, mine bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !anew {
		if known, fresh := k.fresh(slackID, now); fresh {
			return known, nil, false
		}
		if i, is := k.underWay[slackID]; is {
			return known, i, false
		}
	}
	if k.underWay == nil {
		k.underWay = map[string]*inquiry{}
	}
	i = &inquiry{done: make(chan struct{}), err: errCutShort}
	k.underWay[slackID] = i
	return known, i, true
}

// end lets those know who wait for an inquiry.
func (k *acquaintances) end(slackID string, i *inquiry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.underWay[slackID] == i { // and not a newer one
		delete(k.underWay, slackID)
	}
	close(i.done)
}

// Prospect says what somebody who is about to ask is to be shown. Who they are and which
// groups they are in is asked live when a form opens (anew), once for all choices that are
// made meanwhile, and remembered for five minutes while they fill it in; what they have comes
// from the store.
func (s *Service) Prospect(ctx context.Context, slackID string, c access.Choice, anew bool) (access.Prospect, error) {
	a, err := s.known.inquire(ctx, slackID, s.Now(), anew, func() (acquaintance, error) {
		return s.acquainted(outbound.WithPriority(ctx, outbound.Drift), slackID)
	})
	if errors.Is(err, access.ErrNotAllowed) {
		return access.Prospect{Refused: Words(err)}, nil
	}
	if err != nil {
		return access.Prospect{}, err
	}
	p := access.Prospect{Subject: a.person, Targets: s.offered(a)}
	if p.Held, err = s.Store.GrantsOf(ctx, a.person.OktaID, true); err != nil {
		return access.Prospect{}, err
	}
	if p.Waiting, err = s.Store.Requests(ctx, store.RequestFilter{Subject: a.person.OktaID, State: access.RequestPending, Limit: maxPending}); err != nil {
		return access.Prospect{}, err
	}
	i := slices.IndexFunc(p.Targets, func(t access.Target) bool { return t.ID == c.Target })
	if i < 0 {
		return p, nil
	}
	facts := factsOf(requesterOf(a.person, slices.Sorted(maps.Keys(a.groups))), p.Targets[i], c.Duration, s.Now())
	if c.Duration == 0 {
		facts.Duration = p.Targets[i].DefaultDuration
	}
	if c.Start.After(facts.Start) {
		facts.Start = c.Start
	}
	facts.Requester.OnCall, facts.Unsure = s.onCall(ctx, a.person, p.Targets[i].Policy)
	needs := s.Conditions.Needs(p.Targets[i].Policy, facts)
	p.Target, p.Course, p.Longest = c.Target, courseOf(needs, p.Targets[i].Policy, s.Now()), needs.MaxDuration
	return p, nil
}

// Offered are the targets that somebody may ask for, as far as it is known without asking
// anybody: all, unless a form of theirs has found it out just now.
func (s *Service) Offered(slackID string) []access.Target {
	a, known := s.known.of(slackID, s.Now())
	if !known {
		return s.Targets()
	}
	return s.offered(a)
}

// offered are the targets that somebody may ask for.
func (s *Service) offered(a acquaintance) []access.Target {
	in := slices.Collect(maps.Keys(a.groups))
	return slices.DeleteFunc(slices.Clone(s.Targets()), func(t access.Target) bool { return inRequesters(t, in) != nil })
}

// acquainted finds out who somebody is, and in which groups if that matters to any target.
func (s *Service) acquainted(ctx context.Context, slackID string) (acquaintance, error) {
	who, err := s.Identify(ctx, s.Team, slackID)
	if err != nil {
		return acquaintance{}, err
	}
	a := acquaintance{person: who.Person, asOf: s.Now()}
	if slices.ContainsFunc(s.Targets(), func(t access.Target) bool { return len(t.Requesters) > 0 || len(t.Policy.Rules) > 0 }) {
		if a.groups, err = s.Directory.GroupsOf(ctx, who.Person.OktaID); err != nil {
			return a, err
		}
	}
	s.known.put(slackID, a)
	return a, nil
}
