package approvals

import (
	"context"
	"errors"
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
	mu   sync.Mutex
	seen map[string]acquaintance // by Slack user
}

func (k *acquaintances) of(slackID string, now time.Time) (acquaintance, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
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

// Prospect says what somebody who is about to ask is to be shown. Who they are and which
// groups they are in is asked live when a form opens (anew), and remembered for five minutes
// while they fill it in; what they have comes from the store.
func (s *Service) Prospect(ctx context.Context, slackID string, c access.Choice, anew bool) (access.Prospect, error) {
	a, known := s.known.of(slackID, s.Now())
	if !known || anew {
		var err error
		a, err = s.acquainted(outbound.WithPriority(ctx, outbound.Drift), slackID)
		if errors.Is(err, access.ErrNotAllowed) {
			return access.Prospect{Refused: Words(err)}, nil
		}
		if err != nil {
			return access.Prospect{}, err
		}
	}
	p := access.Prospect{Subject: a.person, Targets: s.offered(a)}
	var err error
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
