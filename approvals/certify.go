package approvals

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/store"
)

// certify applies what a reviewer says of items of a campaign. Each item is judged by
// itself: what cannot be recorded of some says nothing about the others.
func (s *Service) certify(ctx context.Context, a access.Attempt, who Identity) error {
	said, err := access.ParseCertified(a.Target)
	if err != nil {
		return err
	}
	until, err := access.KeptUntilOf(a.Begins)
	if err != nil {
		return err
	}
	return s.sayOf(ctx, a, who, said, until)
}

const wordsKeptUntil = "the date until which access is kept has to be later than today"

// sayOf records what somebody says of items.
func (s *Service) sayOf(ctx context.Context, a access.Attempt, who Identity, said access.Certified, until time.Time) error {
	if !until.IsZero() && !until.After(a.ReceivedAt) { // a list lay there over night
		return refuse(wordsKeptUntil)
	}
	refused, err := s.reducing(ctx, said)
	if err != nil {
		return err
	}
	return s.onItems(ctx, a, who, said, func(tx *store.Tx, _ access.Occurrence, i access.CampaignItem) (access.CampaignItem, error) {
		i.ReduceTo = said.To[i.ID]
		comment := cmp.Or(strings.TrimSpace(a.Comments[i.ID]), strings.TrimSpace(a.Reason))
		return campaigns.Decide(i, who.Person, said.Verdicts[i.ID], until, comment, tx.Now()), refused[i.ID]
	})
}

// certifyMany applies what a reviewer says of many items: of exactly those that they were
// shown, or of none.
func (s *Service) certifyMany(ctx context.Context, a access.Attempt, who Identity) error {
	many, err := access.ParseCertifiedMany(a.Target)
	if err != nil {
		return err
	}
	r, err := s.Store.CampaignReviewer(ctx, many.Reviewer)
	if err != nil {
		return err
	}
	open, err := s.Store.ItemsFor(ctx, r, access.ItemOpen, "", campaigns.OpenRead)
	if err != nil {
		return err
	}
	items, _ := campaigns.Chosen(open, many.Choice)
	if many.Verdict == access.ReduceItem {
		items, _, _ = campaigns.Reducible(s.Targets(), open, many.Choice)
	}
	if campaigns.Digest(items) != many.Digest {
		return refuse("what is open is not what you were shown any more: look at it again")
	}
	said := access.Certified{Reviewer: r.ID, Verdicts: map[string]access.ItemVerdict{}, To: map[string]string{}}
	for _, i := range items {
		said.Verdicts[i.ID], said.To[i.ID] = many.Verdict, i.ReduceTo
	}
	return s.sayOf(ctx, a, who, said, many.Until)
}

// delegate has somebody else be asked about items.
func (s *Service) delegate(ctx context.Context, a access.Attempt, who Identity) error {
	said, err := access.ParseCertified(a.Target)
	if err != nil {
		return err
	}
	to, err := s.Identify(ctx, a.Slack.Team, a.Channel)
	if errors.Is(err, access.ErrNotAllowed) {
		return refuse("they cannot be asked: airpass does not know them, or Okta has no active user of theirs")
	}
	if err != nil {
		return err
	}
	if to.Person.Same(who.Person) {
		return refuse("that is yourself")
	}
	theirs, err := s.humans(ctx, said, to.Person)
	if err != nil {
		return err
	}
	panel, people := campaigns.PanelOf(to.Person)
	return s.onItems(ctx, a, who, said, func(tx *store.Tx, o access.Occurrence, i access.CampaignItem) (access.CampaignItem, error) {
		if err := notTheirOwn(i, to.Person, theirs); err != nil {
			return i, refuse("nobody is asked about their own access")
		}
		comment := cmp.Or(strings.TrimSpace(a.Comments[i.ID]), strings.TrimSpace(a.Reason))
		return campaigns.Delegate(i, who.Person, panel, comment, tx.Now()), tx.AskAlso(o, panel, people)
	})
}

// undo takes back what a reviewer has said last and of which nothing has come yet: of a button
// that says when that was, that and nothing before it.
func (s *Service) undo(ctx context.Context, a access.Attempt, who Identity) error {
	id, when := access.ParseUndo(a.Target)
	r, err := s.Store.CampaignReviewer(ctx, id)
	if err != nil {
		return err
	}
	const most = 1000
	items, err := s.Store.SaidBy(ctx, r.Occurrence, who.Person.OktaID, most)
	if err != nil {
		return err
	}
	items, at := campaigns.Last(items, who.Person.OktaID)
	if !when.IsZero() && !when.Equal(at) { // also if nothing is left
		return refuse("it was taken back already, or something was said since")
	}
	if len(items) == 0 {
		return refuse("there is nothing that can be taken back")
	}
	said := access.Certified{Reviewer: r.ID, Verdicts: map[string]access.ItemVerdict{}}
	for _, i := range items {
		said.Verdicts[i.ID] = ""
	}
	return s.onItems(ctx, a, who, said, func(_ *store.Tx, o access.Occurrence, i access.CampaignItem) (access.CampaignItem, error) {
		at, theirs := i.SaidBy(who.Person.OktaID)
		if !theirs || !o.TakesBack(at, a.ReceivedAt) { // though nothing has come of it yet
			return i, refuse("it cannot be taken back any more")
		}
		return campaigns.Undo(i), nil
	})
}

// onItems changes items for a reviewer, in one transaction with what becomes of the attempt.
func (s *Service) onItems(ctx context.Context, a access.Attempt, who Identity, said access.Certified, change func(*store.Tx, access.Occurrence, access.CampaignItem) (access.CampaignItem, error)) error {
	r, err := s.Store.CampaignReviewer(ctx, said.Reviewer)
	if err != nil {
		return err
	}
	theirs, err := s.humans(ctx, said, who.Person)
	if err != nil {
		return err
	}
	by := clicker{who.Person, theirs, a.Kind == access.AttemptUndo}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		o, err := tx.Occurrence(r.Occurrence)
		if err != nil {
			return err
		}
		if err := takes(o, a.ReceivedAt); err != nil {
			return err
		}
		n, not := 0, error(nil)
		next, panels := time.Time{}, map[string]bool{}
		for _, id := range said.Items() {
			i, err := s.onItem(tx, o, id, by, panels, change)
			switch {
			case err == nil:
				n++
				next = access.Sooner(next, i.NextAt)
			case refusal(err) && !errors.Is(err, access.ErrStale):
				not = err
			default:
				return err
			}
		}
		if n == 0 {
			return not
		}
		if err := holds(tx, o); err != nil {
			return err
		}
		for _, panel := range slices.Sorted(maps.Keys(panels)) {
			if err := tx.TouchCampaign(o.ID, panel); err != nil {
				return err
			}
		}
		if !next.IsZero() {
			if err := tx.HastenOccurrence(o.ID, next); err != nil {
				return err
			}
		}
		if not != nil {
			if err := s.inform(tx, a, says("Of %d items, %d were not recorded: %s", len(said.Verdicts), len(said.Verdicts)-n, told(not))); err != nil {
				return err
			}
		}
		return done(tx, a, said.Reviewer)
	})
}

// takes refuses what is said too late. Of what is open yet silence is about to decide, or to ask
// others.
func takes(o access.Occurrence, at time.Time) error {
	switch {
	case o.Takes(at):
		return nil
	case o.State == access.OccurrenceOpen:
		return refuse("the time to answer is over")
	}
	return refuse("the campaign is over")
}

// holds makes sure that an occurrence is what it was when it was read, and stays so until the
// transaction ends: who closes it, or asks others, in the same moment waits, or has come first.
func holds(tx *store.Tx, o access.Occurrence) error {
	now, err := tx.LockOccurrence(o.ID)
	if err == nil && (now.State != o.State || !now.DeadlineAt.Equal(o.DeadlineAt)) {
		err = fmt.Errorf("%w: occurrence %s was closed, or others are asked", access.ErrStale, o.ID)
	}
	return err
}

// clicker is who says something, what is known of those of whom it is said, and whether it is
// taken back.
type clicker struct {
	access.Person
	humans  humans
	undoing bool
}

// onItem changes one item, if that is for this person to do, and notes the panels for which
// there is something new.
func (s *Service) onItem(tx *store.Tx, o access.Occurrence, id string, by clicker, panels map[string]bool, change func(*store.Tx, access.Occurrence, access.CampaignItem) (access.CampaignItem, error)) (access.CampaignItem, error) {
	i, err := tx.CampaignItem(id)
	if err != nil {
		return i, err
	}
	asks := i.Panel
	if by.undoing { // whoever has had others asked is asked again
		asks = campaigns.Undo(i).Panel
	}
	panel, err := tx.Panel(o.ID, asks)
	if err != nil {
		return i, err
	}
	asked := slices.ContainsFunc(panel, func(r access.CampaignReviewer) bool { return r.Person.OktaID == by.OktaID })
	if !asked || i.Occurrence != o.ID {
		return i, notAsked(tx, i, by.Person)
	}
	if err := notTheirOwn(i, by.Person, by.humans); err != nil {
		return i, err
	}
	if !by.undoing && i.State != access.ItemOpen {
		return i, because(access.ErrDecided, wordsDecided)
	}
	before := i.Panel
	if i, err = change(tx, o, i); err != nil {
		return i, err
	}
	if i, err = tx.SaveItem(i); err != nil {
		return i, err
	}
	panels[before], panels[i.Panel] = true, true
	return i, nil
}

const wordsDecided = "somebody has said something about it already"

// notAsked refuses who is not asked about an item, and says it if they were before.
func notAsked(tx *store.Tx, i access.CampaignItem, p access.Person) error {
	for _, before := range i.Passed {
		panel, err := tx.Panel(i.Occurrence, before.From)
		if err != nil {
			return err
		}
		switch {
		case !slices.ContainsFunc(panel, func(r access.CampaignReviewer) bool { return r.Person.OktaID == p.OktaID }):
		case i.State != access.ItemOpen:
			return because(access.ErrDecided, wordsDecided)
		default:
			return refuse("others are asked about it by now, not you")
		}
	}
	return refuse("you are not asked about it, or not any more")
}

// humans is by what two Okta users of one human are known, of those whose access is spoken of, as
// Okta says now: a campaign goes on for weeks. Of nobody who has none it is asked.
type humans map[string]string

func (s *Service) humans(ctx context.Context, said access.Certified, p access.Person) (humans, error) {
	if p.SameAs == "" {
		return nil, nil
	}
	var ids []string
	for _, id := range said.Items() {
		i, err := s.Store.CampaignItem(ctx, id)
		if err != nil {
			return nil, err
		}
		if i.Subject != "" {
			ids = append(ids, i.Subject)
		}
	}
	people, err := s.Directory.People(ctx, ids)
	all := humans{}
	for id, of := range people {
		all[id] = of.SameAs
	}
	return all, err
}

// notTheirOwn refuses who would say whether their own access is needed: by what is known of whose
// it is now, and by what was when people began to be asked.
func notTheirOwn(i access.CampaignItem, p access.Person, now humans) error {
	facts, err := campaigns.Facts(i)
	if err != nil {
		return err
	}
	if i.OfPerson(p, facts.SameAs) || i.OfPerson(p, now[i.Subject]) || i.Subject == "" && (strings.EqualFold(i.Who, p.Login) || strings.EqualFold(i.Who, p.Email)) {
		return because(access.ErrOwnRequest, "it is your own access")
	}
	return nil
}

// Invite tells somebody that they are asked in a campaign, and reminds them as long as
// something of theirs is open.
func (s *Service) Invite(ctx context.Context, id string, version int64) error {
	r, err := s.Store.CampaignReviewer(ctx, id)
	if err != nil || r.Version != version || r.NextAt.IsZero() || s.Now().Before(r.NextAt) {
		return err
	}
	o, err := s.Store.Occurrence(ctx, r.Occurrence)
	if err != nil {
		return err
	}
	counts, err := s.Store.ItemCountsFor(ctx, r)
	if err != nil {
		return err
	}
	open := 0
	for _, c := range counts {
		if c.State == access.ItemOpen {
			open += c.Items
		}
	}
	if o.State != access.OccurrenceOpen || open == 0 {
		r.NextAt = time.Time{}
		if o.State == access.OccurrenceOpen && r.Reminders > 0 { // more may come to them
			r.NextAt = s.Now().Add(o.Rules.RemindEvery)
		}
		return s.saveReviewer(ctx, r)
	}
	if untimely(o, r, s.Now()) {
		r.NextAt = s.Now().Add(inviteAgain) // as soon as it is known whether the deadline moves
		if r.Reminders > 0 {
			r.NextAt = s.Now().Add(o.Rules.RemindEvery)
		}
		return s.saveReviewer(ctx, r)
	}
	slackIDs, not, err := s.findReviewer(ctx, r)
	if not != "" && s.Campaigns != nil {
		err = s.Campaigns.PassOn(ctx, r, not)
	}
	if err == nil && len(slackIDs) == 0 {
		err = fmt.Errorf("%w: the reviewer %s", access.ErrNotFound, not)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "somebody whom a campaign asks cannot be told; tried again", "campaign", o.Campaign, "okta_user", r.Person.OktaID, "err", err)
		r.NextAt = s.Now().Add(inviteAgain)
		return s.saveReviewer(ctx, r)
	}
	return ignoreStale(s.Store.Update(ctx, campaignActor, func(tx *store.Tx) error { return s.invite(tx, o, r, open, slackIDs[0]) }))
}

// untimely says that it is of no use to tell somebody now what is open of theirs: what they say
// would not count, or, of who was told before, hardly any time is left to say it.
func untimely(o access.Occurrence, r access.CampaignReviewer, now time.Time) bool {
	return !o.Takes(now) || r.Reminders > 0 && o.DeadlineAt.Sub(now) < worthReminding
}

// worthReminding is how much time has to be left for somebody to be reminded.
const worthReminding = time.Hour

// inviteAgain is when somebody who could not be told is looked for again.
const inviteAgain = 15 * time.Minute

var campaignActor = access.System("campaigns")

func (s *Service) saveReviewer(ctx context.Context, r access.CampaignReviewer) error {
	return ignoreStale(s.Store.Update(ctx, campaignActor, func(tx *store.Tx) error { return tx.SaveCampaignReviewer(r) }))
}

// findReviewer finds in Slack whom Okta calls ACTIVE; not says why somebody cannot be asked.
func (s *Service) findReviewer(ctx context.Context, r access.CampaignReviewer) (slackIDs []string, not string, err error) {
	p, err := s.Directory.ByID(ctx, r.Person.OktaID)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return nil, "is no longer known to Okta", nil
	case err != nil:
		return nil, "", err
	case !p.Active():
		return nil, "is " + p.Status + " in Okta", nil
	}
	if not, err := s.leftSlack(ctx, p); not != "" || err != nil {
		return nil, not, err
	}
	if slackIDs, err = s.slackIDs(ctx, []access.Person{p}); err == nil && len(slackIDs) == 0 {
		not = "cannot be found in Slack"
	}
	return slackIDs, not, err
}

// leftSlack says that the account of somebody who was there is not there any more.
func (s *Service) leftSlack(ctx context.Context, p access.Person) (string, error) {
	bound, err := s.Store.BindingOf(ctx, p.OktaID)
	if err != nil || len(bound) == 0 {
		return "", err
	}
	profile, err := s.Workspace.User(ctx, bound[0].SlackID)
	if errors.Is(err, access.ErrNotFound) || err == nil && profile.Deleted {
		return "has no account in Slack any more", nil
	}
	return "", err
}

func (s *Service) invite(tx *store.Tx, o access.Occurrence, r access.CampaignReviewer, open int, slackID string) error {
	_, err := tx.Message(access.CampaignMessage(r.ID))
	switch {
	case errors.Is(err, access.ErrNotFound):
		if _, err := tx.CreateMessage(access.Message{ID: access.CampaignMessage(r.ID), Kind: access.CampaignCard, To: slackID, Request: r.ID, State: access.MessageNew, NextAt: tx.Now()}); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		until := o.DeadlineAt.UTC().Format("2006-01-02 15:04 UTC")
		if err := s.notify(tx, slackID, says("The campaign %s still waits for you: %d items are open, until %s. The message about it has the button.", o.Campaign, open, until)); err != nil {
			return err
		}
	}
	r.NextAt = tx.Now().Add(o.Rules.RemindEvery)
	return tx.TellReviewer(o, r, open)
}
