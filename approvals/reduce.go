package approvals

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"airpass/access"
	"airpass/campaigns"
	"airpass/grants"
	"airpass/outbound"
	"airpass/store"
)

// reduction is a lower role that somebody is to have instead of what an item of a campaign is
// about, as it was looked at live.
type reduction struct {
	item     access.CampaignItem
	campaign string
	request  access.Request // to be stored, unless held serves
	person   string         // in Identity Center; empty if they are to get an account there
	held     access.Grant   // what they have of the lower role, if anything
	serves   bool           // held lasts as long as it may
	until    time.Time      // when it is to end
}

// lookedAtOnce is about how many items is looked at the same time, of many that are reduced.
const lookedAtOnce = 8

// reducing looks live at what is said to be reduced, and says of which items that is refused.
func (s *Service) reducing(ctx context.Context, said access.Certified) (map[string]error, error) {
	var mu sync.Mutex
	refused := map[string]error{}
	looks, ctx := errgroup.WithContext(ctx)
	looks.SetLimit(lookedAtOnce)
	for _, id := range said.Items() {
		if said.Verdicts[id] != access.ReduceItem {
			continue
		}
		looks.Go(func() error {
			i, err := s.Store.CampaignItem(ctx, id)
			if err == nil {
				_, err = s.mayReduce(ctx, i, said.To[id])
			}
			if err != nil && !refusal(err) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			refused[id] = err
			return nil
		})
	}
	return refused, looks.Wait()
}

// mayReduce judges whether an item can be reduced to a target, and whether the person may
// have that, as if they asked for it now.
func (s *Service) mayReduce(ctx context.Context, i access.CampaignItem, to string) (reduction, error) {
	d := reduction{item: i}
	if i.Standing || i.Grant == "" {
		return d, refuse("%s of %s is standing access, which cannot be reduced", i.Target, i.Who)
	}
	g, err := campaigns.GrantOf(func(id string) (access.Grant, error) { return s.Store.Grant(ctx, id) },
		func(id string) ([]access.Grant, error) { return s.Store.Extensions(ctx, id) }, i)
	if err != nil {
		return d, err
	}
	t, exists := s.target(to)
	if !exists || !t.Below(g.Target) {
		return d, refuse("%s is not a lower role of the same environment than %s", to, i.Target)
	}
	if access.CheckGrantMove(g.State, access.GrantRevoking) != nil {
		return d, refuse("the access of %s to %s ends already", i.Who, i.Target)
	}
	subject, err := s.subjectNow(ctx, access.Request{Subject: g.Subject})
	if err != nil {
		return d, err
	}
	if !subject.Active() {
		return d, refuse("%s is no longer active in Okta", g.Subject.Login)
	}
	err = s.mayAsk(ctx, subject, t)
	if errors.Is(err, access.ErrNotAllowed) {
		err = refuse("%s may not ask for %s", g.Subject.Login, t.ID)
	}
	if err != nil {
		return d, err
	}
	if d.person, err = s.inIdentityCenter(ctx, subject, t); err != nil {
		return d, err
	}
	d.request = access.Request{Subject: subject, Slack: g.Slack, Target: t, NewAccount: d.person == "", State: access.RequestPending}
	if d.request.Seen, err = s.askEnvironment(ctx, t); err != nil {
		return d, err
	}
	return s.asLong(ctx, d, g)
}

// asLong reckons for how long the lower role is given: as long as the higher would have been
// there, or as long as it may be had. What they have of it already counts.
func (s *Service) asLong(ctx context.Context, d reduction, g access.Grant) (reduction, error) {
	t, from := d.request.Target, s.Now()
	var has bool
	var err error
	if d.held, has, err = s.held(ctx, d.request.Subject, t); err != nil {
		return d, err
	}
	if has && d.held.EndAt.After(from) {
		from, d.request.Extends = d.held.EndAt, d.held.ID
	}
	left := min(g.EndAt.Sub(from), t.MaxDuration)
	needs, err := s.needsOf(ctx, d.request.Subject, t, asking{max(left, 0), time.Time{}, d.request.Extends != ""})
	if err != nil {
		return d, err
	}
	if needs.MaxDuration > 0 {
		left = min(left, needs.MaxDuration)
	}
	if d.request.Extends != "" && t.MaxContinuous > 0 {
		began, err := s.chainBegan(ctx, d.held)
		if err != nil {
			return d, err
		}
		left = min(left, t.MaxContinuous-d.held.EndAt.Sub(began))
	}
	d.request.Duration, d.until = left, from.Add(left)
	if d.serves = d.request.Extends != "" && left <= 0; left <= 0 && !d.serves {
		return d, refuse("the access of %s to %s ends already", d.item.Who, d.item.Target)
	}
	return d, nil
}

// Reduce looks live at whether what was decided about an item can be given now; see package
// campaigns.
func (s *Service) Reduce(ctx context.Context, o access.Occurrence, i access.CampaignItem) (give campaigns.Give, refused string, err error) {
	ctx = outbound.WithPriority(ctx, outbound.Judge)
	d, err := s.mayReduce(ctx, i, i.ReduceTo)
	switch {
	case err != nil && refusal(err):
		return nil, Words(err), nil
	case err != nil:
		return nil, "", err
	}
	d.campaign = o.Campaign
	bound, err := s.Store.BindingOf(ctx, i.Decider.OktaID)
	if err != nil {
		return nil, "", err
	}
	var by access.SlackUser
	if len(bound) > 0 {
		by = access.SlackUser{Team: bound[0].Team, ID: bound[0].SlackID, Email: bound[0].Email}
	}
	return func(tx *store.Tx) (string, error) { return s.giveInstead(tx, d, by) }, "", nil
}

// giveInstead gives a lower role by a request of its subject that the reviewer's decision
// approves. It has the id of the item: one item is never two requests.
func (s *Service) giveInstead(tx *store.Tx, d reduction, by access.SlackUser) (string, error) {
	why, err := grants.HeldBack(tx)
	if err == nil && why != "" {
		err = fmt.Errorf("%w %s", access.ErrPaused, why)
	}
	if err == nil && d.item.Decider.Same(d.request.Subject) { // it may be known only now
		err = fmt.Errorf("%w: nobody says what they keep themselves", access.ErrNotAllowed)
	}
	if err == nil {
		err = tx.NotCut(d.request.Subject.OktaID, d.request.Target.PermissionSet)
	}
	if err == nil {
		err = stillHeld(tx, d)
	}
	if err != nil || d.serves {
		return d.held.RequestID, err
	}
	r := d.request
	if r.Extends == "" {
		r.Duration = d.until.Sub(tx.Now())
	}
	r.ID, r.CreatedAt, r.LapseAt = d.item.ID, tx.Now(), tx.Now().Add(s.RequestLapse)
	r.Reason = cmp.Or(strings.TrimSpace(d.item.Comment), fmt.Sprintf("campaign %s: instead of %s", d.campaign, d.item.Target))
	rule := access.Approver{Kind: access.ApproverPerson, Value: d.item.Decider.OktaID} // not a name: rules are in the trail for good
	r.Course = access.Course{Stages: []access.Stage{{Name: "campaign " + d.campaign, Approvers: []access.Approver{rule}, Required: 1}}, StageAt: tx.Now(),
		Reduced: &access.Reduced{Campaign: d.campaign, Item: d.item.ID, From: d.item.Target}}
	r.Course.Tally = r.Course.Count(nil)
	if r, err = tx.CreateRequest(r); err != nil {
		return "", err
	}
	yes := access.Decision{ID: tx.NewID(), RequestID: r.ID, Decider: d.item.Decider, Slack: by, Verdict: access.Approve, Reason: d.item.Comment, ReceivedAt: d.item.DecidedAt, Rules: []access.Approver{rule}}
	if err := tx.CreateDecision(yes); err != nil {
		return "", err
	}
	r.Course.Tally = r.Course.Count([]access.Decision{yes})
	r.State, r.DecidedAt, r.Decider, r.DeciderNote = access.RequestApproved, tx.Now(), yes.Decider, yes.Reason
	if r, err = tx.SaveRequest(r); err != nil {
		return "", err
	}
	if _, err := grants.Start(tx, r, d.person); err != nil {
		return "", err
	}
	return r.ID, s.cards(tx, r, nil)
}

// stillHeld makes sure that what somebody has of a lower role is what was looked at.
func stillHeld(tx *store.Tx, d reduction) error {
	if d.request.Extends == "" {
		return nil
	}
	now, err := tx.Grant(d.held.ID)
	if err != nil {
		return err
	}
	others, err := tx.LiveExtensions(d.held.ID)
	if err == nil && (now.State != access.GrantActive || !now.EndAt.Equal(d.held.EndAt) || len(others) > 0) {
		err = fmt.Errorf("%w: grant %s, which they have of it, changes", access.ErrPaused, d.held.ID)
	}
	return err
}
