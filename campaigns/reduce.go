package campaigns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// Reduce gives the target to which an item is reduced. It looks live at whether the person may
// have it, and returns what gives it in a transaction, which says by which request; or why it
// is refused, in words. An error says nothing about either. See package approvals.
type Reduce func(ctx context.Context, o access.Occurrence, i access.CampaignItem) (give Give, refused string, err error)

// Give gives what Reduce has looked at. Nothing was stored if the error wraps
// access.ErrNotAllowed or access.ErrPaused.
type Give func(tx *store.Tx) (request string, err error)

// lowerWithin is how long it may take until the lower role is there: after that the access is
// taken away without it. Domain time.
const lowerWithin = 24 * time.Hour

// putOff is for how long at most, from what the reviewer has said, a time in which nothing new is
// given to anybody puts that day off: pauses one after the other are no way to keep something.
const putOff = 7 * 24 * time.Hour

// Lower are the targets to which an item can be reduced, the highest of them first: lower roles
// of the same environment, of access that a grant gives and nothing else.
func Lower(targets []access.Target, i access.CampaignItem) []access.Target {
	at := slices.IndexFunc(targets, func(t access.Target) bool { return t.ID == i.Target })
	if at < 0 || i.Standing || i.Grant == "" || i.Subject == "" {
		return nil
	}
	below := slices.DeleteFunc(slices.Clone(targets), func(t access.Target) bool { return !t.Below(targets[at]) })
	slices.SortFunc(below, func(a, b access.Target) int {
		return cmp.Compare(slices.Index(access.Roles(), b.Role), slices.Index(access.Roles(), a.Role))
	})
	return below
}

// lower is what was seen of a lower role before the transaction in which it is given.
type lower struct {
	give    Give
	refused string
	err     error
}

// lookAtLower looks at the lower roles that are to be given now.
func (s *Service) lookAtLower(ctx context.Context, o access.Occurrence, due []access.CampaignItem) map[string]lower {
	all := map[string]lower{}
	for _, i := range due {
		if i.Verdict != access.ReduceItem || i.State != access.ItemDecided {
			continue
		}
		l := lower{err: errors.New("nobody here gives lower roles")}
		if s.o.Reduce != nil {
			l.give, l.refused, l.err = s.o.Reduce(ctx, o, i)
		}
		if l.err != nil {
			s.o.Log.WarnContext(ctx, "a lower role cannot be given yet; tried again", "campaign", o.Campaign, "item", i.ID, "target", i.ReduceTo, "error", l.err)
		}
		all[i.ID] = l
	}
	return all
}

// giveLower gives the lower role, before the higher is taken away.
func (s *Service) giveLower(tx *store.Tx, o access.Occurrence, i access.CampaignItem, l lower) error {
	g, err := grantOf(tx, i)
	if err != nil {
		return err
	}
	if access.CheckGrantMove(g.State, access.GrantRevoking) != nil {
		return gone(tx, o, i) // it ends, or has ended, by itself
	}
	if i, err = reckoned(tx, i); err != nil {
		return err
	}
	if l.refused != "" {
		return s.without(tx, o, i, l.refused)
	}
	request, err := "", l.err
	if err == nil {
		request, err = l.give(tx)
	}
	switch {
	case errors.Is(err, access.ErrNotAllowed):
		return s.without(tx, o, i, err.Error())
	case l.err == nil && err != nil && !errors.Is(err, access.ErrPaused):
		return err
	case err != nil && tooLate(tx, i):
		return s.without(tx, o, i, "it could not be given for a day: "+err.Error())
	case err == nil:
		i.State, i.Lower = access.ItemRemoving, request
	}
	i.NextAt = tx.Now().Add(between)
	_, err = tx.SaveItem(i)
	return err
}

// reckoned is an item with the moment from which its day is reckoned: as long as nothing new is
// given to anybody, that has not begun. Pauses put it off for a week at most, a restored database
// until somebody has looked at it: what it says is not known to be so. Whoever sees first that the
// week is over begins the day, also if nobody has looked for long.
func reckoned(tx *store.Tx, i access.CampaignItem) (access.CampaignItem, error) {
	why, err := grants.HeldBack(tx)
	if err != nil {
		return i, err
	}
	restored, err := tx.Restoration()
	week := i.DecidedAt.Add(putOff)
	over := !tx.Now().Before(week)
	if i.LowerSince.IsZero() || restored != nil || why != "" && !over || over && i.LowerSince.Before(week) && i.LowerFailed == "" {
		i.LowerSince = tx.Now()
	}
	return i, err
}

func tooLate(tx *store.Tx, i access.CampaignItem) bool {
	return !tx.Now().Before(i.LowerSince.Add(lowerWithin))
}

// takeHigher takes away what is reduced once what takes its place was verified, or cannot be
// given; and settles the item when that was seen to be gone.
func (s *Service) takeHigher(tx *store.Tx, o access.Occurrence, i access.CampaignItem) error {
	g, err := grantOf(tx, i)
	if err != nil {
		return err
	}
	instead, found, err := tx.GrantOf(i.Lower)
	if err == nil {
		i, err = reckoned(tx, i)
	}
	if err != nil {
		return err
	}
	coming := found && instead.State.Live() && instead.State != access.GrantActive && !tooLate(tx, i)
	if found && instead.State == access.GrantActive {
		if err := endsWith(tx, i, instead, g); err != nil {
			return err
		}
	}
	switch {
	case coming:
		return wait(tx, i)
	case g.State == access.GrantEnded:
		why, err := stays(tx, o, i, g)
		if err != nil {
			return err
		}
		return settled(tx, o, i, why)
	case access.CheckGrantMove(g.State, access.GrantRevoking) != nil: // it goes
		return wait(tx, i)
	case !found || !instead.State.Live():
		return s.without(tx, o, i, whyNot(instead))
	case instead.State != access.GrantActive:
		return s.without(tx, o, i, "it was not there within a day")
	}
	return release(tx, o, i, ": reduced to "+i.ReduceTo)
}

func wait(tx *store.Tx, i access.CampaignItem) error {
	i.NextAt = tx.Now().Add(between)
	_, err := tx.SaveItem(i)
	return err
}

func whyNot(g access.Grant) string {
	if g.EndNote != "" {
		return g.EndNote
	}
	return "it has ended: " + string(g.EndReason)
}

// endsWith has what was given instead of an item end when that would have: its time was
// reckoned from when it was there, like that of any grant. What they had already, for longer,
// stays as it is.
func endsWith(tx *store.Tx, i access.CampaignItem, instead, g access.Grant) error {
	if instead.RequestID != i.ID || !g.EndAt.Before(instead.EndAt) {
		return nil
	}
	if instead.EndAt = g.EndAt; g.EndAt.Before(instead.NextAt) {
		instead.NextAt = g.EndAt
	}
	_, err := tx.SaveGrant(instead)
	return err
}

// release takes away what is reduced.
func release(tx *store.Tx, o access.Occurrence, i access.CampaignItem, why string) error {
	if _, err := endGrants(tx, i, "campaign "+o.Campaign+why); err != nil {
		return err
	}
	i.State = access.ItemRemoving
	return wait(tx, i)
}

// without takes access away although what was to take its place could not be given: somebody
// has said that it is not needed. Who loses it reads it on their card, who is asked on their message.
func (s *Service) without(tx *store.Tx, o access.Occurrence, i access.CampaignItem, why string) error {
	i.LowerFailed = why
	if err := errors.Join(s.tellWithout(tx, o), tx.TouchCampaign(o.ID, i.Panel)); err != nil {
		return err
	}
	return release(tx, o, i, fmt.Sprintf(": %s could not be given instead", i.ReduceTo))
}

// tellWithout tells the admins once for an occurrence.
func (s *Service) tellWithout(tx *store.Tx, o access.Occurrence) error {
	return s.tellOnce(tx, "campaign_without."+o.ID, fmt.Sprintf("In the campaign %s something was to be reduced to a lower role, which could not be given. "+
		"The access is taken away all the same: a reviewer has said that it is not needed. airpass reviews show %s lists it, and why.", o.Campaign, o.Campaign))
}
