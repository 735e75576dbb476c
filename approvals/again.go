package approvals

import (
	"context"
	"slices"
	"time"

	"airpass/access"
	"airpass/store"
)

// maxPending is how many requests of one person may wait at once: each costs its
// approvers' attention.
const maxPending = 20

// instead is a refusal that shows what is there already instead of what was asked for.
type instead struct {
	error
	shows access.Question
}

func (i *instead) Unwrap() error { return i.error }

// notAgain refuses a request of which there is one already, letter for letter: its approvers
// would be asked twice for one thing. It locks the person's requests, so that of two that
// are sent in the same moment one is the first.
func notAgain(tx *store.Tx, r access.Request) error {
	waiting, err := tx.LockRequests(r.Subject.OktaID, maxPending)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		switch {
		case sameWish(w, r):
			return &instead{refuse("you have asked for exactly this already, and it waits for a decision; the message about it follows it"),
				access.Question{About: access.AboutSame, Request: w.ID}}
		case r.Extends != "" && w.Extends == r.Extends:
			return &instead{refuse("an extension of it waits for a decision already"), access.Question{About: access.AboutSame, Request: w.ID}}
		}
	}
	if len(waiting) >= maxPending {
		return refuse("%d requests of yours wait for a decision already; cancel some of them first", len(waiting))
	}
	return notGivenYet(tx, r)
}

// notGivenYet refuses what was let pass already and is being set up, and a second extension
// of one grant.
func notGivenYet(tx *store.Tx, r access.Request) error {
	if r.Extends != "" {
		others, err := tx.LiveExtensions(r.Extends)
		if err == nil && len(others) > 0 {
			err = refuse("it is extended already; extend that access instead")
		}
		return err
	}
	held, err := tx.GrantsOf(r.Subject.OktaID, true)
	if err != nil {
		return err
	}
	for _, g := range held {
		if g.Target.ID != r.Target.ID || g.State != access.GrantProvisioning && g.State != access.GrantScheduled {
			continue
		}
		w, err := tx.Request(g.RequestID)
		if err != nil {
			return err
		}
		if sameWish(w, r) {
			return &instead{refuse("you have asked for exactly this already, and it was approved; the message about it follows it"),
				access.Question{About: access.AboutSame, Request: w.ID}}
		}
	}
	return nil
}

// sameWish says whether two requests of one person are for the same, for the same reason.
func sameWish(a, b access.Request) bool {
	return a.Target.ID == b.Target.ID && a.Asked() == b.Asked() && a.Reason == b.Reason && a.StartAt.Equal(b.StartAt) && a.Extends == b.Extends
}

// notHeld offers more time to whoever asks in one line for what they have, instead of a second
// grant beside the first. The form offers it too: who sends that means a second one, which
// they may have unless the target bounds how long access may go on: it would get around that.
func (s *Service) notHeld(ctx context.Context, a access.Attempt, p access.Person, t access.Target, start time.Time, base access.Grant) error {
	if base.ID != "" || !a.Typed() && t.MaxContinuous == 0 {
		return nil
	}
	g, found, err := s.held(ctx, p, t)
	if err != nil || !found || !g.EndAt.After(s.Now()) || !start.Before(g.EndAt) {
		return err
	}
	return &instead{refuse("you have this access already; ask for more time instead"),
		access.Question{About: access.AboutHeld, Request: g.RequestID, Attempt: a.ID}}
}

// held is the active grant that somebody has of a target; of several the one that ends last,
// for what was extended is extended no more.
func (s *Service) held(ctx context.Context, p access.Person, t access.Target) (access.Grant, bool, error) {
	all, err := s.Store.GrantsOf(ctx, p.OktaID, true)
	if err != nil {
		return access.Grant{}, false, err
	}
	all = slices.DeleteFunc(all, func(g access.Grant) bool { return g.State != access.GrantActive || !t.OpensTheSame(g.Target) })
	if len(all) == 0 {
		return access.Grant{}, false, nil
	}
	return slices.MaxFunc(all, func(a, b access.Grant) int { return a.EndAt.Compare(b.EndAt) }), true, nil
}

// extendInstead asks to have for longer what somebody has, with what they have said when they
// asked for it anew. If it has ended since, that is an ordinary request.
func (s *Service) extendInstead(ctx context.Context, a access.Attempt, who Identity) error {
	asked, err := s.Store.Attempt(ctx, a.Target)
	if err != nil {
		return err
	}
	if asked.Slack != a.Slack || asked.Kind != access.AttemptAsk {
		return refuse("only the person who has the access can ask for more of it")
	}
	a.Target, a.Duration, a.Reason = asked.Target, asked.Duration, asked.Reason
	t, exists := s.target(a.Target)
	if !exists {
		return noTarget(a.Target)
	}
	g, found, err := s.held(ctx, who.Person, t)
	if err != nil {
		return err
	}
	if found {
		a.Request = g.RequestID
	}
	return s.request(ctx, a, who)
}
