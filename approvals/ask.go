package approvals

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"airpass/access"
	"airpass/store"
)

// MaxReason is how many characters a reason may have: as many as Slack lets
// somebody type.
const MaxReason = 3000

// CheckForm judges what can be judged without asking anybody: target, duration and
// reason. The error wraps access.ErrInvalid.
func CheckForm(targets []access.Target, a access.Attempt) (access.Target, error) {
	for _, t := range targets {
		if t.ID != a.Target {
			continue
		}
		if err := t.CheckDuration(a.Duration); err != nil {
			return t, err
		}
		reason := strings.TrimSpace(a.Reason)
		if reason == "" || utf8.RuneCountInString(reason) > MaxReason {
			return t, fmt.Errorf("%w: a reason of 1 to %d characters is needed", access.ErrInvalid, MaxReason)
		}
		return t, nil
	}
	return access.Target{}, fmt.Errorf("%w: there is no access named %q to ask for (any more)", access.ErrInvalid, a.Target)
}

// ask makes a request of an attempt, with the cards that show it.
func (s *Service) ask(ctx context.Context, a access.Attempt, who Identity) error {
	target, err := CheckForm(s.Targets(), a)
	if err != nil {
		return err
	}
	if err := s.mayAsk(ctx, who.Person, target); err != nil {
		return err
	}
	account, err := s.inIdentityCenter(ctx, who.Person, target)
	if err != nil {
		return err
	}
	if err := s.askEnvironment(ctx, target); err != nil {
		return err
	}
	deciders, err := s.Deciders(ctx, who.Person, target.Policy, s.NotifyMax)
	if err != nil {
		return err
	}
	cards, err := s.slackIDs(ctx, deciders)
	if err != nil {
		return err
	}
	if len(cards) == 0 && s.RequestsChannel == "" {
		return fmt.Errorf("%w in Slack: the people who may decide it have no account there", access.ErrNobody)
	}
	if err := s.fewEnough(ctx, who.Person); err != nil {
		return err
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		r, err := tx.CreateRequest(access.Request{
			ID: tx.NewID(), Subject: who.Person, Slack: who.Slack, Target: target, Duration: a.Duration,
			Reason: strings.TrimSpace(a.Reason), NewAccount: account == "", State: access.RequestPending,
			CreatedAt: tx.Now(), LapseAt: tx.Now().Add(s.RequestLapse),
		})
		if err != nil {
			return err
		}
		if err := done(tx, a, r.ID); err != nil {
			return err
		}
		return s.cards(tx, r, cards)
	})
}

// maxPending is how many requests of one person may wait at once: each costs its
// approvers' attention.
const maxPending = 20

func (s *Service) fewEnough(ctx context.Context, p access.Person) error {
	waiting, err := s.Store.Requests(ctx, store.RequestFilter{Subject: p.OktaID, State: access.RequestPending, Limit: maxPending})
	if err == nil && len(waiting) >= maxPending {
		err = refuse(fmt.Sprintf("%d requests of yours wait for a decision already; cancel some of them first", len(waiting)))
	}
	return err
}

func (s *Service) mayAsk(ctx context.Context, p access.Person, t access.Target) error {
	if len(t.Requesters) == 0 {
		return nil
	}
	groups, err := s.Directory.GroupsOf(ctx, p.OktaID)
	if err != nil {
		return err
	}
	for _, g := range t.Requesters {
		if groups[g] {
			return nil
		}
	}
	return refuse("you are not in one of the Okta groups that may ask for " + t.ID)
}

// askEnvironment refuses what can never be opened. That AWS does not answer says
// nothing about it: the environment is looked at again before a link is posted.
func (s *Service) askEnvironment(ctx context.Context, t access.Target) error {
	status, _, err := s.Environments.Status(ctx, t.Environment)
	if errors.Is(err, access.ErrNotFound) {
		return refuse(fmt.Sprintf("AWS has no environment named %s in account %s, %s; ask your airpass admins", t.Environment.Name, t.Environment.Account, t.Environment.Region))
	}
	if err != nil {
		s.Log.Warn("environment not known when asked", "target", t.ID, "err", err)
		return nil
	}
	if access.LinkFor(status) == access.LinkRefused {
		return refuse(fmt.Sprintf("the environment %s is %s", t.Environment.Key, status))
	}
	return nil
}

// slackIDs finds the Slack accounts of people who may decide. Who has none gets no
// card but may still decide in the channel; that Slack does not answer is an error.
func (s *Service) slackIDs(ctx context.Context, people []access.Person) ([]string, error) {
	var ids []string
	for _, p := range people {
		bound, err := s.Store.BindingOf(ctx, p.OktaID)
		if err != nil {
			return nil, err
		}
		if len(bound) > 0 {
			ids = append(ids, bound[0].SlackID)
			continue
		}
		profile, err := s.Workspace.UserByEmail(ctx, p.Email)
		if errors.Is(err, access.ErrNotFound) || err == nil && s.acceptProfile(profile) != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, profile.ID)
	}
	return ids, nil
}

// cards creates the messages that show a request: one to the requester, one to each
// approver, one in the channel of requests.
func (s *Service) cards(tx *store.Tx, r access.Request, approvers []string) error {
	create := func(kind access.MessageKind, to string) error {
		_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: kind, To: to, Request: r.ID, State: access.MessageNew, NextAt: tx.Now()})
		return err
	}
	if err := create(access.RequesterCard, r.Slack.ID); err != nil {
		return err
	}
	for _, id := range approvers {
		if err := create(access.ApproverCard, id); err != nil {
			return err
		}
	}
	if s.RequestsChannel == "" {
		return nil
	}
	return create(access.ChannelCard, s.RequestsChannel)
}
