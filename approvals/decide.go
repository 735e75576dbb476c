package approvals

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// Paused is the setting that stops new grants: "yes", or empty.
const Paused = "paused"

// decide applies a yes or a no. Everything that decides is asked live: who clicked,
// whether they may decide now, and for a yes whether the requester is still ACTIVE
// and known to AWS. The first decision that commits wins.
func (s *Service) decide(ctx context.Context, a access.Attempt, who Identity, verdict access.Verdict) error {
	r, err := s.Store.Request(ctx, a.Request)
	if err != nil {
		return err
	}
	if repeated(r, a, who, verdict) {
		return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error { return done(tx, a, string(r.State)) })
	}
	if err := stillOpen(r, a.ReceivedAt); err != nil {
		return err
	}
	// Who the manager is, is asked now too: not what it was when the request was made.
	subject, err := s.Directory.ByID(ctx, r.Subject.OktaID)
	if errors.Is(err, access.ErrNotFound) {
		subject, err = r.Subject, nil
		subject.Status = "" // not ACTIVE
	}
	if err != nil {
		return err
	}
	if err := s.mayDecideNow(ctx, who.Person, subject, r); err != nil {
		return err
	}
	var person string
	if verdict == access.Approve {
		if person, err = s.readyToGrant(ctx, &r, subject); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		return s.record(tx, a, r, who, verdict, person)
	})
}

// repeated says whether somebody has decided the same already: a double click is one
// decision and no reason to be told that it was not applied.
func repeated(r access.Request, a access.Attempt, who Identity, verdict access.Verdict) bool {
	return r.State == stateAfter(verdict) && r.Decider.OktaID == who.Person.OktaID && r.DeciderNote == a.Reason
}

func stateAfter(v access.Verdict) access.RequestState {
	if v == access.Approve {
		return access.RequestApproved
	}
	return access.RequestDenied
}

// stillOpen judges lapse by when the click was received.
func stillOpen(r access.Request, received time.Time) error {
	switch {
	case r.State == access.RequestLapsed || r.State == access.RequestPending && !received.Before(r.LapseAt):
		return fmt.Errorf("%w: the request waited until %s and nobody decided it", access.ErrLapsed, r.LapseAt.UTC().Format("2006-01-02 15:04 MST"))
	case r.State == access.RequestCancelled:
		return fmt.Errorf("%w: %s has cancelled the request", access.ErrDecided, r.Subject.Name)
	case r.State != access.RequestPending:
		return fmt.Errorf("%w: %s has %s the request", access.ErrDecided, r.Decider.Name, r.State)
	}
	return nil
}

// mayDecideNow asks both the policy under which the request was made and the one
// that is in force now; a target that is gone is refused. subject is the requester as
// Okta knows them now.
func (s *Service) mayDecideNow(ctx context.Context, p, subject access.Person, r access.Request) error {
	if p.Same(r.Subject) {
		subject = r.Subject // still one human, whatever the attribute says now
	}
	if err := s.MayDecide(ctx, p, subject, r.Target.Policy); err != nil {
		return err
	}
	current, exists := s.target(r.Target.ID)
	if !exists {
		return refuse(r.Target.ID + " is no longer offered, so the request cannot be decided")
	}
	if reflect.DeepEqual(current.Policy, r.Target.Policy) {
		return nil
	}
	return s.MayDecide(ctx, p, subject, current.Policy)
}

// readyToGrant checks the requester once more and brings the request up to what is
// configured now: never longer than either policy allows.
func (s *Service) readyToGrant(ctx context.Context, r *access.Request, subject access.Person) (person string, err error) {
	if !subject.Active() {
		return "", refuse(r.Subject.Login + " is no longer active in Okta")
	}
	current, _ := s.target(r.Target.ID)
	err = s.mayAsk(ctx, subject, current)
	if errors.Is(err, access.ErrNotAllowed) {
		err = refuse(fmt.Sprintf("%s may no longer ask for %s", r.Subject.Login, r.Target.ID))
	}
	if err != nil {
		return "", err
	}
	if !current.OpensTheSame(r.Target) {
		return "", refuse(fmt.Sprintf("what %s opens was changed after the request was made; %s has to ask again", r.Target.ID, r.Subject.Login))
	}
	r.Duration = min(r.Duration, current.MaxDuration)
	r.Target = current
	person, err = s.inIdentityCenter(ctx, subject, current)
	if err == nil && person == "" && !r.NewAccount {
		err = refuse(fmt.Sprintf("%s has lost their account in AWS IAM Identity Center since, and nobody was asked to give them one; they have to ask again", r.Subject.Login))
	}
	return person, err
}

func (s *Service) record(tx *store.Tx, a access.Attempt, r access.Request, who Identity, verdict access.Verdict, person string) error {
	if err := bind(tx, who); err != nil {
		return err
	}
	now, err := tx.Request(r.ID)
	if err != nil {
		return err
	}
	if repeated(now, a, who, verdict) {
		return done(tx, a, string(now.State))
	}
	if err := stillOpen(now, a.ReceivedAt); err != nil {
		return err // decided in between: the loser is told by whom
	}
	if verdict == access.Approve {
		if err := notPaused(tx); err != nil {
			return err
		}
	}
	if err := tx.CreateDecision(access.Decision{ID: tx.NewID(), RequestID: r.ID, Decider: who.Person, Slack: who.Slack,
		Verdict: verdict, Reason: a.Reason, ReceivedAt: a.ReceivedAt}); err != nil {
		return err
	}
	r.State = stateAfter(verdict)
	r.Version, r.DecidedAt, r.Decider, r.DeciderNote = now.Version, tx.Now(), who.Person, a.Reason
	if _, err = tx.SaveRequest(r); err != nil {
		return err
	}
	if verdict == access.Approve { // of what is configured now, which the stored request need not be
		if _, err := grants.Start(tx, r, person); err != nil {
			return err
		}
	}
	if err := done(tx, a, string(r.State)); err != nil {
		return err
	}
	return tx.TouchMessages(r.ID)
}

func notPaused(tx *store.Tx) error {
	paused, err := tx.Setting(Paused)
	if err == nil && paused != "" {
		err = fmt.Errorf("%w by an operator; the request stays open, try again later", access.ErrPaused)
	}
	if err != nil {
		return err
	}
	restored, err := tx.Restoration()
	if err == nil && restored != nil {
		err = fmt.Errorf("%w until an operator has looked at a database that was restored; the request stays open, try again later", access.ErrPaused)
	}
	return err
}

// cancel takes a request back while it waits, and gives the access back after that.
// Only the requester may.
func (s *Service) cancel(ctx context.Context, a access.Attempt, who Identity) error {
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		r, err := tx.Request(a.Request)
		if err != nil {
			return err
		}
		if r.Subject.OktaID != who.Person.OktaID {
			return refuse("only the requester can cancel a request or give the access back")
		}
		became := string(access.RequestCancelled)
		if r.State == access.RequestApproved {
			became, err = string(access.EndReturned), giveBack(tx, r)
		} else if err = stillOpen(r, a.ReceivedAt); err == nil {
			r.State, r.DecidedAt = access.RequestCancelled, tx.Now()
			_, err = tx.SaveRequest(r)
		}
		if err != nil {
			return err
		}
		if err := done(tx, a, became); err != nil {
			return err
		}
		return tx.TouchMessages(r.ID)
	})
}

// giveBack ends the grant of a request. What was given back already is no error: a
// double click is one wish.
func giveBack(tx *store.Tx, r access.Request) error {
	g, found, err := tx.GrantOf(r.ID)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w: the grant of request %s", access.ErrNotFound, r.ID)
	}
	switch {
	case g.EndReason == access.EndReturned:
		return nil
	case g.State == access.GrantRevoking:
		return refuse("the access is being taken away already")
	case g.State == access.GrantEnded:
		return refuse("the access has ended already")
	}
	_, err = grants.Release(tx, g, access.EndReturned, "")
	return err
}
