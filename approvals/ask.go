package approvals

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"airpass/access"
	"airpass/grants"
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
		return t, t.Policy.Reason.Check(reason)
	}
	return access.Target{}, noTarget(a.Target)
}

// request makes a request of an attempt, with the cards that show it; one that a rule lets
// pass is granted in the same transaction.
func (s *Service) request(ctx context.Context, a access.Attempt, who Identity) error {
	base, err := s.extended(ctx, &a, who.Person)
	if err != nil {
		return err
	}
	target, err := CheckForm(s.Targets(), a)
	if err != nil {
		return err
	}
	if err := s.mayExtend(ctx, base, target, a.Duration); err != nil {
		return err
	}
	start, err := startOf(a, who.Zone, target, base)
	if err != nil {
		return err
	}
	if err := s.mayAsk(ctx, who.Person, target); err != nil {
		return err
	}
	if err := s.notHeld(ctx, a, who.Person, target, start, base); err != nil {
		return err
	}
	account, err := s.inIdentityCenter(ctx, who.Person, target)
	if err != nil {
		return err
	}
	seen, err := s.askEnvironment(ctx, target)
	if err != nil {
		return err
	}
	needs, err := s.needsOf(ctx, who.Person, target, asking{a.Duration, start, base.ID != ""})
	if err != nil {
		return err
	}
	if err := shortEnough(needs, a.Duration); err != nil {
		return err
	}
	course := courseOf(needs, target.Policy, s.Now())
	cards, err := s.whoIsAsked(ctx, who.Person, course)
	if err != nil {
		return err
	}
	r := access.Request{Subject: who.Person, Slack: who.Slack, Target: target, Duration: a.Duration, Reason: strings.TrimSpace(a.Reason), StartAt: start,
		Extends: base.ID, NewAccount: account == "", State: access.RequestPending, Course: course, NextAt: course.Next(), Seen: seen}
	return s.create(ctx, a, who, r, account, cards)
}

// create stores a request with its cards, and grants it if a rule lets it pass.
func (s *Service) create(ctx context.Context, a access.Attempt, who Identity, r access.Request, account string, cards []string) error {
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := tx.NotCut(who.Person.OktaID, r.Target.PermissionSet); err != nil {
			return err
		}
		if err := notAgain(tx, r); err != nil {
			return err
		}
		if err := bind(tx, who); err != nil {
			return err
		}
		// The request has the attempt's id: it is known from the click on, and one click
		// is never two requests.
		if err := done(tx, a, a.ID); err != nil {
			return err
		}
		r := r
		r.ID, r.CreatedAt, r.LapseAt = a.ID, tx.Now(), tx.Now().Add(s.RequestLapse)
		r, err := tx.CreateRequest(r)
		if err != nil {
			return err
		}
		if r.Course.Auto != "" {
			if err := s.pass(tx, r, account); err != nil {
				return err
			}
		}
		return s.cards(tx, r, cards)
	})
}

// pass approves a request that a rule lets pass, and makes its grant.
func (s *Service) pass(tx *store.Tx, r access.Request, person string) error {
	if err := notPaused(tx); err != nil {
		return err
	}
	r.State, r.DecidedAt = access.RequestApproved, tx.Now()
	r, err := tx.SaveRequest(r)
	if err != nil {
		return err
	}
	_, err = grants.Start(tx, r, person)
	return err
}

// whoIsAsked finds the Slack users of those who may decide the first stage, and makes sure
// that each later stage has enough people too: who is to wait should not wait in vain.
func (s *Service) whoIsAsked(ctx context.Context, subject access.Person, c access.Course) ([]string, error) {
	var first []string
	for i, stage := range c.Stages {
		in, err := s.askedIn(ctx, subject, c, stage, false)
		if err != nil {
			return nil, err
		}
		if len(in.slack) == 0 && s.RequestsChannel == "" {
			return nil, fmt.Errorf("%w in Slack: the people who may decide it have no account there", access.ErrNobody)
		}
		if i == 0 {
			first = in.slack
		}
	}
	return first, nil
}

func (s *Service) mayAsk(ctx context.Context, p access.Person, t access.Target) error {
	if len(t.Requesters) == 0 {
		return nil
	}
	groups, err := s.Directory.GroupsOf(ctx, p.OktaID)
	if err != nil {
		return err
	}
	return inRequesters(t, slices.Collect(maps.Keys(groups)))
}

// askEnvironment refuses what can never be opened. That AWS does not answer says
// nothing about it: the environment is looked at again before a link is posted.
func (s *Service) askEnvironment(ctx context.Context, t access.Target) (access.Seen, error) {
	status, private, err := s.Environments.Status(ctx, t.Environment)
	if errors.Is(err, access.ErrNotFound) {
		return access.Seen{}, refuse("AWS has no environment named %s in account %s, %s; ask your airpass admins", t.Environment.Name, t.Environment.Account, t.Environment.Region)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "environment not known when asked", "target", t.ID, "err", err)
		return access.Seen{}, nil
	}
	if access.LinkFor(status) == access.LinkRefused {
		return access.Seen{}, refuse("the environment %s is %s", t.Environment.Key, status)
	}
	return access.Seen{Private: private}, nil
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
			s.meet(ctx, bound[0].SlackID, p.OktaID)
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
		s.meet(ctx, profile.ID, p.OktaID)
		ids = append(ids, profile.ID)
	}
	return ids, nil
}

// cards creates the messages that show a request: one to the requester, one to each
// approver, one in the channel of requests.
func (s *Service) cards(tx *store.Tx, r access.Request, approvers []string) error {
	if err := show(tx, r, access.RequesterCard, r.Slack.ID); err != nil {
		return err
	}
	if err := s.ask(tx, r, approvers); err != nil || s.RequestsChannel == "" {
		return err
	}
	return show(tx, r, access.ChannelCard, s.RequestsChannel)
}

// ask creates a card for each of some Slack users who has none of the request yet.
func (s *Service) ask(tx *store.Tx, r access.Request, approvers []string) error {
	have, err := tx.MessagesOf(r.ID)
	if err != nil {
		return err
	}
	for _, id := range approvers {
		if slices.ContainsFunc(have, func(m access.Message) bool { return m.Kind == access.ApproverCard && m.To == id }) {
			continue
		}
		if err := show(tx, r, access.ApproverCard, id); err != nil {
			return err
		}
	}
	return nil
}

func show(tx *store.Tx, r access.Request, kind access.MessageKind, to string) error {
	_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: kind, To: to, Request: r.ID, State: access.MessageNew, NextAt: tx.Now()})
	return err
}
