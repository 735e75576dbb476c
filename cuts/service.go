package cuts

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"airpass/access"
	"airpass/store"
)

// Sets is where permission sets and their inline policies are. Its methods are bounded in
// time, do not try again by themselves, and report failures as *access.VendorError.
type Sets interface {
	Tags(ctx context.Context, instance, set string) (map[string]string, error)
	// Policy reads the inline policy, and how long sessions last; zero is unknown.
	Policy(ctx context.Context, instance, set string) (policy string, session time.Duration, err error)
	PutInlinePolicy(ctx context.Context, instance, set, policy string) error
	// SetSession says how long sessions last, and leaves everything else as it is.
	SetSession(ctx context.Context, instance, set string, lasts time.Duration) error
	// Provision asks to bring the policy to all accounts that have the permission set;
	// Provisioned says what became of that.
	Provision(ctx context.Context, instance, set string) (requestID string, err error)
	Provisioned(ctx context.Context, instance, requestID string) (done bool, failed string, err error)
	// ProvisionedIn lists the accounts that have the permission set.
	ProvisionedIn(ctx context.Context, instance, set string, outdated bool) ([]string, error)
}

// Rendered is the inline policy of a permission set.
type Rendered struct {
	Text  string
	Bytes int // as AWS counts them
	// Session is how long sessions are to last; zero where nobody has said so.
	Session time.Duration
}

// Options configures a Service. Sets may be nil where nothing is done outside.
type Options struct {
	Store *store.Store
	Sets  Sets
	On    bool // cutting is set up
	// Render is the inline policy of a permission set in which users are denied; fallback
	// is the target where the configuration has none of the permission set any more. The
	// error says why there is none.
	Render func(fallback access.Target, users []string) (Rendered, error)
	// Same says whether two policies differ only in how they are written.
	Same func(a, b string) bool
	// Most is how many bytes AWS takes.
	Most int
	// Tag is the tag that a permission set of airpass's carries: no other is changed.
	Tag string
	// Margin is how much longer than a session may last the deny stays.
	Margin       time.Duration
	AdminChannel string // where those who run airpass are told what does not work; empty is nowhere
	Now          func() time.Time
	Log          *slog.Logger
}

// Service cuts sessions. It is safe for concurrent use, also by several processes on one
// store.
type Service struct{ Options }

// New returns a Service.
func New(o Options) *Service { return &Service{Options: o} }

// Ask begins to cut the sessions that somebody has of a target's permission set. who is an
// Okta login, e-mail address or user id of somebody who was granted it once: only their
// grants say who they are in Identity Center. The error wraps access.ErrInvalid if cutting
// is not set up or the policy is full, access.ErrNotFound if they never had it, and
// access.ErrDecided if they are cut already.
func (s *Service) Ask(ctx context.Context, actor access.Actor, who, target, reason string) (access.Cut, error) {
	if !s.On {
		return access.Cut{}, errOff
	}
	last, err := s.lastOf(ctx, who, target)
	if err != nil {
		return access.Cut{}, err
	}
	var c access.Cut
	err = s.Store.Update(ctx, actor, func(tx *store.Tx) (err error) {
		c, err = s.Begin(tx, last, strings.TrimSpace(reason)+" – "+actor.ID) // as it says who does so in Slack
		return err
	})
	return c, err
}

// Begin begins to cut the sessions that the person of a grant has of its permission set, in
// a transaction that says who wishes it. Its errors are those of Ask.
func (s *Service) Begin(tx *store.Tx, g access.Grant, reason string) (access.Cut, error) {
	switch {
	case !s.On:
		return access.Cut{}, errOff
	case g.Person == "":
		return access.Cut{}, fmt.Errorf("%w: it is not known who %s is in Identity Center, and so no session can be", access.ErrInvalid, g.Subject.Login)
	}
	c, err := tx.CreateCut(access.Cut{Subject: g.Subject, Person: g.Person, Target: g.Target, Reason: strings.TrimSpace(reason),
		Longest: longest(g.Target.SessionDuration), LiftAt: tx.Now().Add(longest(g.Target.SessionDuration) + s.Margin)})
	if err != nil {
		return c, err
	}
	if err := s.fits(tx, c.Target); err != nil {
		return c, err
	}
	return c, holdLinks(tx, c)
}

// errOff refuses to cut where that is not set up.
var errOff = fmt.Errorf("%w: cutting sessions is not set up: write aws.cuts into the configuration, and give its role what airpass setup iam prints for it", access.ErrInvalid)

func longest(session time.Duration) time.Duration {
	if session <= 0 {
		return access.LongestSession
	}
	return session
}

// lastOf is the newest grant of a person and a target that says who they are in Identity
// Center.
func (s *Service) lastOf(ctx context.Context, who, target string) (access.Grant, error) {
	page, err := s.Store.Grants(ctx, store.GrantFilter{Subject: who, Target: target})
	if err != nil {
		return access.Grant{}, err
	}
	for _, g := range page {
		if g.Person != "" {
			return g, nil
		}
	}
	return access.Grant{}, fmt.Errorf("%w: airpass has never given %s to %s, and so knows of no sessions", access.ErrNotFound, target, who)
}

// fits says whether the policy has room for everybody who is cut.
func (s *Service) fits(tx *store.Tx, t access.Target) error {
	cuts, err := tx.CutsOfSet(t.PermissionSet)
	if err != nil {
		return err
	}
	_, err = s.render(t, denied(cuts))
	return err
}

func (s *Service) render(t access.Target, users []string) (Rendered, error) {
	r, err := s.Render(t, users)
	if err == nil && r.Bytes > s.Most {
		err = fmt.Errorf("%w: the inline policy of the permission set is full: with %d people denied it has %d bytes, and AWS takes %d. Lift a cut first, or deny them in a service control policy; see docs/security.md",
			access.ErrInvalid, len(users), r.Bytes, s.Most)
	}
	return r, err
}

// denied are the users whom the policy is to deny.
func denied(cuts []access.Cut) []string {
	users := []string{}
	for _, c := range cuts {
		if c.Denies() {
			users = append(users, c.Person)
		}
	}
	return users
}

// held is said of a link of somebody who is cut.
const held = "the sessions of this person are being cut"

// holdLinks takes the links back from the person's live grants, in the transaction that
// begins the cut.
func holdLinks(tx *store.Tx, c access.Cut) error {
	grants, err := tx.GrantsOf(c.Subject.OktaID, true)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.Target.PermissionSet != c.Target.PermissionSet || !g.State.Live() {
			continue
		}
		g.LinkState, g.LinkNote = access.LinkHeld, held
		if _, err := tx.SaveGrant(g); err != nil {
			return err
		}
	}
	return nil
}

// Lift ends a cut before its time: the policy is written without it. The error is
// access.ErrNotFound for none, and access.ErrBadMove for one that is lifted, or is being.
func (s *Service) Lift(ctx context.Context, actor access.Actor, id, reason string) (access.Cut, error) {
	found, err := s.Store.Cut(ctx, id)
	if err != nil {
		return found, err
	}
	err = s.Store.Update(ctx, actor, func(tx *store.Tx) (err error) {
		found, err = s.End(tx, found, reason)
		return err
	})
	return found, err
}

// End ends a cut before its time, in a transaction that says who wishes it. Its errors are
// those of Lift.
func (s *Service) End(tx *store.Tx, c access.Cut, reason string) (access.Cut, error) {
	if err := tx.WantSetPolicy(c); err != nil { // which is locked first, always
		return c, err
	}
	now, err := tx.Cut(c.ID)
	if err != nil {
		return c, err
	}
	if !now.Denies() { // what somebody has said before stays
		return now, access.CheckCutMove(now.State, access.CutLifting)
	}
	now.State, now.Note = access.CutLifting, strings.TrimSpace(reason)
	return tx.SaveCut(now)
}
