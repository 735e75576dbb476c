package approvals

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
)

// Logins signs people in to Airflow.
type Logins interface {
	// Login makes a way in to what a target opens, once, in a person's name.
	Login(ctx context.Context, t access.Target, p access.Person) (access.Login, error)
	// Show shows it to the person, and to nobody else: in the channel where that is
	// possible, else in their direct messages. Nothing of it is kept.
	Show(ctx context.Context, channel, slackID string, g access.Grant, l access.Login) error
}

// loginFor is how long after a click a login is still made, domain time: later nobody
// looks at where it would appear.
const loginFor = time.Minute

// wordsNoSuchAccess is said alike of what there is not and of what is somebody else's.
const wordsNoSuchAccess = "you have no such access; the button signs in only the person whose access it is"

// login signs somebody in to what they have now. Every login is in the audit trail
// before it is made, and again with what came of it; after a death between the two it is
// made once more, which harms nobody: each works once, within a minute, for who clicked.
func (s *Service) login(ctx context.Context, a access.Attempt, who Identity) error {
	if s.Now().Sub(a.ReceivedAt) > loginFor {
		return refuse("it took too long until your click could be looked at; click again")
	}
	// A click that is judged again has been counted.
	if a.Tries == 0 && !s.Pace.may(who.Person.OktaID, time.Now()) {
		return refuse("you have opened several links in a short time; wait a moment and click again")
	}
	actor := access.PersonActor(who.Person)
	var g access.Grant
	err := s.Store.Update(ctx, actor, func(tx *store.Tx) (err error) {
		if err := bind(tx, who); err != nil {
			return err
		}
		if g, err = s.opensNow(tx, a.Request, who.Person); err == nil {
			tx.Record(loginEvent("login.begun", g, nil))
		}
		return err
	})
	if err != nil {
		return err
	}
	cause := outbound.Cause{Actor: actor, Request: g.RequestID, Grant: g.ID, Facts: map[string]string{"target": g.Target.ID}}
	l, err := s.Logins.Login(outbound.For(ctx, cause), g.Target, who.Person)
	if err != nil {
		return errors.Join(s.loginFailed(ctx, actor, g, err), loginRefused(err))
	}
	var ended error
	err = s.Store.Update(ctx, actor, func(tx *store.Tx) (err error) {
		_, ended = s.opensNow(tx, a.Request, who.Person)
		if ended != nil && !errors.Is(ended, access.ErrNotAllowed) {
			return ended
		}
		e := loginEvent("login.made", g, map[string]string{"kept_back": yes(ended != nil)})
		e.Personal = map[string]string{"airflow_identity": l.AirflowIdentity, "iam_identity": l.IAMIdentity}
		tx.Record(e)
		return nil
	})
	if err != nil || ended != nil {
		return errors.Join(err, ended)
	}
	if err := s.Logins.Show(ctx, a.Channel, a.Slack.ID, g, l); err != nil {
		return notShown(err)
	}
	return s.Store.Update(ctx, actor, func(tx *store.Tx) error { return done(tx, a, "shown") })
}

// opensNow is the grant of a request, if the person may be signed in with it at this
// moment: it is theirs, it is active, its time is not over, nothing of it is missing, and
// the configuration in force gives what was approved an instant link. While it is in
// doubt what is so, because the database was restored, nobody is.
func (s *Service) opensNow(tx *store.Tx, requestID string, p access.Person) (access.Grant, error) {
	g, found, err := tx.GrantOf(requestID)
	if err != nil {
		return g, err
	}
	if !found || g.Subject.OktaID == "" || g.Subject.OktaID != p.OktaID {
		return g, refuse(wordsNoSuchAccess)
	}
	restored, err := tx.Restoration()
	if err != nil {
		return g, err
	}
	current, exists := s.target(g.Target.ID)
	switch {
	case restored != nil:
		return g, refuse("nobody is signed in until an operator has looked at a database that was restored")
	case g.State == access.GrantScheduled || g.State == access.GrantProvisioning:
		return g, refuse("your access to %s is not there yet", g.Target.ID)
	case g.State != access.GrantActive || !tx.Now().Before(g.EndAt):
		return g, refuse("your access to %s has ended", g.Target.ID)
	case !exists || !current.Instant || !current.OpensTheSame(g.Target):
		return g, refuse("%s has no instant link any more; open your access anew to see its link", g.Target.ID)
	case g.LinkState != access.LinkReady && g.LinkState != access.LinkBusy && g.LinkState != access.LinkWarned:
		return g, refuse("the link to %s is held back at the moment; its message says why", g.Target.ID)
	}
	return g, nil
}

func loginEvent(kind access.EventKind, g access.Grant, facts map[string]string) access.Event {
	all := map[string]string{"target": g.Target.ID, "airflow_role": string(g.Target.Role)}
	for k, v := range facts {
		all[k] = v
	}
	return access.Event{Kind: kind, Request: g.RequestID, Grant: g.ID, Facts: all}
}

// loginFailed records that a login was not made, as far as it is known: without an answer
// it may have been, and nobody has it.
func (s *Service) loginFailed(ctx context.Context, actor access.Actor, g access.Grant, cause error) error {
	s.Log.WarnContext(ctx, "a login could not be made", "grant", g.ID, "target", g.Target.ID, "err", cause)
	return s.Store.Update(ctx, actor, func(tx *store.Tx) error {
		tx.Record(loginEvent("login.failed", g, map[string]string{"why": access.Result(cause)}))
		return nil
	})
}

// loginRefused is a failure of which it makes no sense to wait for the end, as a refusal
// with words; any other is left as it is, to be tried again.
func loginRefused(err error) error {
	var v *access.VendorError
	switch {
	case errors.Is(err, access.ErrUnverifiable):
		return refuse("AWS answered something that is not understood; ask your airpass admins (airpass link tells what)")
	case errors.Is(err, access.ErrNotAllowed), errors.Is(err, access.ErrUnavailable):
		return err
	case errors.As(err, &v):
		return refuse("%s does not let airpass sign you in (%s); ask your airpass admins (airpass link tells why)", called(v.Vendor), v.Class)
	case errors.Is(err, access.ErrInvalid):
		return refuse("your sign-in cannot be made from the configuration; ask your airpass admins (airpass link tells why)")
	}
	return err
}

// notShown is a failure to show a login: it is made anew where that may help.
func notShown(err error) error {
	if errors.Is(err, access.ErrUnavailable) {
		return err
	}
	return refuse("the link was made, and Slack did not take the message that shows it; click again, or ask your airpass admins")
}

// How often one person may have a login made: so many at once, and then one in a while.
const (
	loginsAtOnce = 3
	loginEvery   = 20 * time.Second
)

// Pace is how often people have logins made, wall time, as one process sees it. A nil Pace
// holds nobody back.
type Pace struct {
	mu sync.Mutex
	of map[string]*rate.Limiter // by Okta user id
}

// NewPace returns a Pace at which nobody has had one yet.
func NewPace() *Pace { return &Pace{of: map[string]*rate.Limiter{}} }

// may says whether somebody may have one more now, and counts it.
func (p *Pace) may(person string, now time.Time) bool {
	if p == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l, known := p.of[person]
	if !known {
		for id, other := range p.of { // who has waited long enough is as new
			if other.TokensAt(now) >= loginsAtOnce {
				delete(p.of, id)
			}
		}
		l = rate.NewLimiter(rate.Every(loginEvery), loginsAtOnce)
		p.of[person] = l
	}
	return l.AllowN(now, 1)
}
