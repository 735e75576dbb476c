package approvals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// decide applies a yes or a no. Everything that decides is asked live: who clicked,
// whether they may decide now, and for the last yes whether the requester is still ACTIVE
// and known to AWS. The first decision that commits wins.
func (s *Service) decide(ctx context.Context, a access.Attempt, who Identity, verdict access.Verdict) error {
	r, err := s.Store.Request(ctx, a.Request)
	if err != nil {
		return err
	}
	given, err := s.Store.DecisionsOf(ctx, r.ID)
	if err != nil {
		return err
	}
	if repeated(given, a, who, verdict) {
		return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error { return done(tx, a, string(r.State)) })
	}
	if err := stillOpen(r, a.ReceivedAt); err != nil {
		return err
	}
	if err := s.shorter(r, a); err != nil {
		return err
	}
	// Who the manager is, is asked now too: not what it was when the request was made.
	subject, err := s.subjectNow(ctx, r)
	if err != nil {
		return err
	}
	b, err := s.ballotOf(ctx, r, subject)
	if err != nil {
		return err
	}
	naming, err := s.mayDecideNow(ctx, who.Person, subject, r, b)
	if err != nil {
		return err
	}
	mine := access.Decision{RequestID: r.ID, Decider: who.Person, Slack: who.Slack, Verdict: verdict, Duration: a.Duration, Reason: a.Reason, ReceivedAt: a.ReceivedAt, Rules: naming}
	v, err := s.vote(ctx, r, subject, b, mine, given)
	if err != nil {
		return err
	}
	ctx, span := s.Trace.Within(ctx, "decision", attribute.String("airpass.verdict", string(verdict)))
	err = s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error { return s.record(tx, a, who, v) })
	span.End(err)
	return err
}

// subjectNow is the requester as Okta knows them now; who is no longer there is not ACTIVE.
func (s *Service) subjectNow(ctx context.Context, r access.Request) (access.Person, error) {
	subject, err := s.Directory.ByID(ctx, r.Subject.OktaID)
	if errors.Is(err, access.ErrNotFound) {
		subject, err = r.Subject, nil
		subject.Status = "" // not ACTIVE
	}
	return subject, err
}

// vote is a decision with everything that it brings about, prepared before the transaction
// that records it.
type vote struct {
	request  access.Request // as it is to be granted, if it is
	mine     access.Decision
	given    int // decisions there were when it was prepared
	ballot   ballot
	suffices bool
	person   string // the requester's id in Identity Center, if it suffices
	next     asked  // of the stage that it opens
	stuck    bool   // nobody is left who may decide that stage
}

func (s *Service) vote(ctx context.Context, r access.Request, subject access.Person, b ballot, mine access.Decision, given []access.Decision) (v vote, err error) {
	v = vote{request: r, mine: mine, given: len(given), ballot: b}
	if mine.Verdict == access.Deny {
		return v, nil
	}
	yes := append(slices.Clone(given), mine)
	course, suffices := b.after(yes)
	v.request, v.suffices = r.Shorten(yes), suffices
	switch {
	case suffices:
		v.person, err = s.readyToGrant(ctx, &v.request, subject)
		if err == nil {
			err = shortEnough(b.now, v.request.Duration)
		}
	case course.Tally.Stage != b.course.Tally.Stage || course.AnyOrder != b.course.AnyOrder:
		v.next, err = s.askedIn(ctx, subject, course, course.Open(), false)
		if isNobody(err) { // it is said, and does not undo a yes
			s.Log.WarnContext(ctx, "nobody can decide the next stage of a request", "request", r.ID, "error", err)
			v.stuck, err = true, nil
		}
	}
	return v, err
}

// repeated says whether somebody has decided the same already: a double click is one
// decision and no reason to be told that it was not applied.
func repeated(given []access.Decision, a access.Attempt, who Identity, verdict access.Verdict) bool {
	return slices.ContainsFunc(given, func(d access.Decision) bool {
		return d.Decider.OktaID == who.Person.OktaID && d.Verdict == verdict && d.Reason == a.Reason && d.Duration == a.Duration
	})
}

// shorter judges a yes that is for less time than was asked for: never for more, and what
// the target lets choose now.
func (s *Service) shorter(r access.Request, a access.Attempt) error {
	if a.Duration == 0 {
		return nil
	}
	if a.Duration >= r.Asked() {
		return fmt.Errorf("%w: %s is not shorter than what was asked for, %s", access.ErrInvalid, a.Duration, r.Asked())
	}
	t, exists := s.target(r.Target.ID)
	if !exists {
		t = r.Target // which is refused for that when it is judged
	}
	return t.CheckDuration(a.Duration)
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
		return because(access.ErrLapsed, "the request waited until %s and nobody decided it", r.LapseAt.UTC().Format("2006-01-02 15:04 MST"))
	case r.State == access.RequestCancelled:
		return because(access.ErrDecided, "%s has cancelled the request", r.Subject.Name)
	case r.State != access.RequestPending:
		if r.State == access.RequestDenied {
			return because(access.ErrDecided, "%s has denied the request", r.Decider.Name)
		}
		return because(access.ErrDecided, "%s has approved the request", r.Decider.Name)
	}
	return nil
}

// readyToGrant checks the requester once more and brings the request up to what is
// configured now: never longer than either policy allows.
func (s *Service) readyToGrant(ctx context.Context, r *access.Request, subject access.Person) (person string, err error) {
	if !subject.Active() {
		return "", refuse("%s is no longer active in Okta", r.Subject.Login)
	}
	current, _ := s.target(r.Target.ID)
	err = s.mayAsk(ctx, subject, current)
	if errors.Is(err, access.ErrNotAllowed) {
		err = refuse("%s may no longer ask for %s", r.Subject.Login, r.Target.ID)
	}
	if err != nil {
		return "", err
	}
	if !current.OpensTheSame(r.Target) {
		return "", refuse("what %s opens was changed after the request was made; %s has to ask again", r.Target.ID, r.Subject.Login)
	}
	if r.Duration > current.MaxDuration {
		r.Duration, r.Course.Asked = current.MaxDuration, r.Asked()
	}
	r.Target = current
	if err := s.stillExtends(ctx, *r); err != nil {
		return "", err
	}
	person, err = s.inIdentityCenter(ctx, subject, current)
	if err == nil && person == "" && !r.NewAccount {
		err = refuse("%s has lost their account in AWS IAM Identity Center since, and nobody was asked to give them one; they have to ask again", r.Subject.Login)
	}
	return person, err
}

func (s *Service) record(tx *store.Tx, a access.Attempt, who Identity, v vote) error {
	if err := bind(tx, who); err != nil {
		return err
	}
	now, err := tx.Request(v.request.ID)
	if err != nil {
		return err
	}
	given, err := tx.DecisionsOf(now.ID)
	if err != nil {
		return err
	}
	if repeated(given, a, who, v.mine.Verdict) {
		return done(tx, a, string(now.State))
	}
	if err := stillOpen(now, a.ReceivedAt); err != nil {
		return err // decided in between: the loser is told by whom
	}
	if len(given) != v.given || now.Version != v.request.Version {
		return fmt.Errorf("%w: request %s", access.ErrStale, now.ID) // what it brings about is not what was prepared
	}
	if v.suffices {
		if err := notPaused(tx); err != nil {
			return err
		}
	}
	v.mine.ID = tx.NewID()
	if err := tx.CreateDecision(v.mine); err != nil {
		return err
	}
	r, err := s.moved(tx, v, append(given, v.mine))
	if err != nil {
		return err
	}
	if err := done(tx, a, string(r.State)); err != nil {
		return err
	}
	return tx.TouchMessages(r.ID)
}

// moved brings a request on to where a decision takes it: denied, approved with its grant,
// or the same stage or the next one.
func (s *Service) moved(tx *store.Tx, v vote, given []access.Decision) (access.Request, error) {
	r, before := v.request, v.ballot.course
	r.Course, _ = v.ballot.after(given)
	r.Course.Asked = v.request.Course.Asked
	if v.suffices || v.mine.Verdict == access.Deny {
		r.State, r.NextAt = stateAfter(v.mine.Verdict), time.Time{}
		r.DecidedAt, r.Decider, r.DeciderNote = tx.Now(), v.mine.Decider, v.mine.Reason
		saved, err := tx.SaveRequest(r)
		if err != nil || !v.suffices {
			return saved, err
		}
		// Of what is configured now, which the stored request need not be.
		r.Version = saved.Version
		_, err = grants.Start(tx, r, v.person)
		return r, err
	}
	if r.Course.Tally.Stage != before.Tally.Stage || r.Course.AnyOrder != before.AnyOrder {
		r.Course.StageAt, r.Course.Reminded, r.Course.Widened, r.Course.Stuck = tx.Now(), false, false, v.stuck
	}
	r.NextAt = r.Course.Next()
	r, err := tx.SaveRequest(r)
	if err == nil && v.stuck {
		err = s.tellStuck(tx, r)
	}
	if err != nil {
		return r, err
	}
	return r, s.ask(tx, r, v.next.slack)
}

func notPaused(tx *store.Tx) error {
	why, err := grants.HeldBack(tx)
	if err == nil && why != "" {
		err = fmt.Errorf("%w %s; the request stays open, try again later", access.ErrPaused, why)
	}
	return err
}

// cancel takes a request back while it waits, and gives the access back after that.
// Only the requester may.
func (s *Service) cancel(ctx context.Context, a access.Attempt, who Identity) error {
	if err := s.meant(ctx, &a, who.Person); err != nil {
		return err
	}
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
