package grants

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"airpass/access"
	"airpass/store"
	"airpass/tracing"
)

// System is an outside system that holds entitlements of some kinds. Its methods
// are bounded in time, do not try again by themselves, and report failures as
// *access.VendorError or one that wraps access.ErrUnsafe.
type System interface {
	// Observe reads whether the person has the thing: anew, or, unless since is zero,
	// as it was read after since (domain time) for somebody else.
	Observe(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error)
	// Add and Remove change it. Doing either twice is no error.
	Add(ctx context.Context, ref access.Ref) (access.Receipt, error)
	Remove(ctx context.Context, ref access.Ref) (access.Receipt, error)
	// Progress says what became of an operation begun earlier, with the same meaning of
	// since.
	Progress(ctx context.Context, intent access.Intent, since time.Time) (access.Progress, error)
}

// Environments tells how an MWAA environment is doing.
type Environments interface {
	// Status returns MWAA's status of the environment ("AVAILABLE") and whether its
	// web server is reachable only from inside its network.
	Status(ctx context.Context, env access.Environment) (status string, private bool, err error)
}

// Directory tells whether people are still ACTIVE, and their names in Identity Center.
type Directory interface {
	// People returns what is known of these Okta users. One who is missing from the
	// answer is unknown, which never means deactivated.
	People(ctx context.Context, oktaIDs []string) (map[string]access.Person, error)
	Names
}

// Beginnings judges whether a grant that was scheduled may start, when its start has come.
type Beginnings interface {
	// MayBegin says in words why it may not; "" if it may. Everything is asked anew; the
	// error says that something did not answer.
	MayBegin(ctx context.Context, g access.Grant) (refused string, err error)
	// HeldBack says in words why nothing new is given now; "" if it is.
	HeldBack(tx *store.Tx) (why string, err error)
}

// Options configures a Service. All fields are needed, but for Trace and Settled.
type Options struct {
	Store        *store.Store
	Systems      map[access.Kind]System
	Environments Environments
	Directory    Directory
	People       People
	Beginnings   Beginnings
	Cuts         Cuts // of people who left; nil is that their sessions are not cut
	Now          func() time.Time
	Log          *slog.Logger
	Trace        *tracing.Tracer
	// Settled is told of a grant once it is stored that it is active, or has ended;
	// nil is nobody.
	Settled func(access.Grant)

	ProvisioningTimeout time.Duration // from start to verified active; then failed and rolled back
	SettleWindow        time.Duration // after which a change whose answer was lost counts as never carried out
	OverdueAfter        time.Duration // from the last hold's release to an alert
	LinkWarningAfter    time.Duration // how long a busy environment holds back its link
	RemindBefore        time.Duration // how long before its end the holder of a grant is reminded; 0 is never
	Outstanding         int           // account assignments that may be under way at once
	InferredMax         int           // removals inferred from outside data that need no confirmation: a number …
	InferredShare       float64       // … or a share of all live grants, whichever is more
	AdminChannel        string        // Slack channel for alerts
}

// Service carries out grants. It is safe for concurrent use, also by several
// processes on one store.
type Service struct {
	Options
	crowd crowd
}

// New returns a Service.
func New(o Options) *Service {
	if o.Trace == nil {
		o.Trace = tracing.New(nil)
	}
	if o.Settled == nil {
		o.Settled = func(access.Grant) {}
	}
	return &Service{Options: o}
}

// Start makes the grant of a request that the same transaction has approved: it starts
// now, or when the request asked for if that is later, and its end is stored before
// anything is granted. person is the subject's user id in
// Identity Center as resolved just now. If they have none the grant first gives them
// an account, through the target's assignment group; without one the error wraps
// access.ErrInvalid. For somebody whose sessions are cut it wraps access.ErrNotAllowed.
func Start(tx *store.Tx, r access.Request, person string) (access.Grant, error) {
	now := tx.Now()
	if err := tx.NotCut(r.Subject.OktaID, r.Target.PermissionSet); err != nil {
		return access.Grant{}, err
	}
	refs := r.Target.Entitlements(r.Subject.OktaID, person)
	if person == "" {
		account, ok := r.Target.Account(r.Subject.OktaID)
		if !ok {
			return access.Grant{}, fmt.Errorf("%w: %s is not in Identity Center, and nothing gives them an account there", access.ErrInvalid, r.Subject.OktaID)
		}
		refs = []access.Ref{account}
	}
	g := access.Grant{
		ID: tx.NewID(), RequestID: r.ID, Subject: r.Subject, Slack: r.Slack, Target: r.Target, Person: person,
		State: access.GrantProvisioning, StartAt: now, EndAt: now.Add(r.Duration), Duration: r.Duration, NextAt: now,
	}
	if r.Extends == "" {
		if r.StartAt.After(now) {
			// Nothing is given before; whether it may be is judged once more then.
			g.State, g.StartAt, g.EndAt, g.NextAt = access.GrantScheduled, r.StartAt, r.StartAt.Add(r.Duration), r.StartAt
		}
		return tx.CreateGrant(g, refs)
	}
	base, err := tx.Grant(r.Extends)
	if err != nil {
		return g, err
	}
	if base.State == access.GrantActive && now.Before(base.EndAt) {
		// Its time begins where the other's ends; its holds count from now, so that the end
		// of that one takes nothing away.
		g.StartAt, g.EndAt = base.EndAt, base.EndAt.Add(r.Duration)
		if err := tx.TouchMessages(base.RequestID); err != nil {
			return g, err
		}
	}
	return tx.CreateGrant(g, refs)
}

// revokeTries is how often a revocation is begun anew when the grant moves on at the
// same time: whoever revokes means the grant as it is then.
const revokeTries = 5

// Revoke ends a grant before its time. It returns access.ErrBadMove if the grant
// has ended or is ending already, and access.ErrNotFound if there is none.
func (s *Service) Revoke(ctx context.Context, actor access.Actor, grantID string, reason access.EndReason, note string) error {
	var err error
	for try := 0; try == 0 || try < revokeTries && errors.Is(err, access.ErrStale); try++ {
		err = s.Store.Update(ctx, actor, func(tx *store.Tx) error {
			g, err := tx.Grant(grantID)
			if err != nil {
				return err
			}
			_, err = Release(tx, g, reason, note)
			return err
		})
	}
	return err
}

// Release moves a grant to revoking in a transaction; the store releases its holds with it.
// Unless its time was over, what extends it is released too.
func Release(tx *store.Tx, g access.Grant, reason access.EndReason, note string) (access.Grant, error) {
	if err := access.CheckGrantMove(g.State, access.GrantRevoking); err != nil {
		return g, err
	}
	if reason != access.EndExpired { // whoever ends the access means all of it
		extensions, err := tx.LiveExtensions(g.ID)
		if err != nil {
			return g, err
		}
		for _, e := range extensions {
			if _, err := Release(tx, e, reason, note); err != nil {
				return g, err
			}
		}
	}
	g.State, g.EndReason, g.EndNote = access.GrantRevoking, reason, note
	g.RevokingSince, g.NextAt, g.LastError = tx.Now(), tx.Now(), ""
	return tx.SaveGrant(g)
}

// ReleaseAll is Release of a grant with what it extends and what extends it: who takes
// access away means all of it.
func ReleaseAll(tx *store.Tx, g access.Grant, reason access.EndReason, note string) error {
	r, err := tx.Request(g.RequestID)
	for err == nil && r.Extends != "" {
		base, err := tx.Grant(r.Extends)
		if err != nil {
			return err
		}
		if access.CheckGrantMove(base.State, access.GrantRevoking) != nil {
			break
		}
		if r, err = tx.Request(base.RequestID); err != nil {
			return err
		}
		g = base
	}
	if err != nil {
		return err
	}
	_, err = Release(tx, g, reason, note)
	return err
}

// Retry lets everything that failed under a grant be tried again at once.
func (s *Service) Retry(ctx context.Context, actor access.Actor, grantID string) error {
	return s.Store.Update(ctx, actor, func(tx *store.Tx) error {
		g, err := tx.Grant(grantID)
		if err != nil {
			return err
		}
		entitlements, err := tx.GrantEntitlements(grantID)
		if err != nil {
			return err
		}
		if err := tx.LockEntitlements(entitlements...); err != nil {
			return err
		}
		tx.Record(access.Event{Kind: "grant.retried", Request: g.RequestID, Grant: g.ID})
		for _, e := range entitlements {
			if err := tx.RetryEntitlement(e.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Adopt marks what a grant added and what is in place as standing access: it stays
// when the grant ends. Only an operator may do so, and why is kept in the audit trail.
// It returns the ids of the entitlements that it has marked. What is never taken away
// needs no such mark. The error is access.ErrNotFound for no grant, access.ErrBadMove for one that has
// ended, and access.ErrInvalid if there is nothing to adopt.
func (s *Service) Adopt(ctx context.Context, actor access.Actor, grantID, note string) (adopted []string, err error) {
	err = s.Store.Update(ctx, actor, func(tx *store.Tx) error {
		adopted = nil
		g, err := tx.Grant(grantID)
		if err != nil {
			return err
		}
		if g.State == access.GrantEnded {
			return fmt.Errorf("%w: grant %s has ended; what it had given is gone", access.ErrBadMove, grantID)
		}
		entitlements, err := tx.GrantEntitlements(grantID)
		if err != nil {
			return err
		}
		if err := tx.LockEntitlements(entitlements...); err != nil {
			return err
		}
		for _, e := range entitlements {
			if e.Origin != access.OriginOurs || e.Presence != access.Present || e.Ref.Kind.Sticky() {
				continue
			}
			if err := tx.AdoptEntitlement(e.ID, note); err != nil {
				return err
			}
			adopted = append(adopted, e.ID)
		}
		if len(adopted) == 0 {
			return fmt.Errorf("%w: grant %s has nothing of ours in place that could stay", access.ErrInvalid, grantID)
		}
		tx.Record(access.Event{Kind: "grant.adopted", Request: g.RequestID, Grant: g.ID,
			Facts: map[string]string{"entitlements": strconv.Itoa(len(adopted))}, Personal: map[string]string{"note": note}})
		return nil
	})
	return adopted, err
}

// newToken names one claim.
func newToken() string { return rand.Text() }
