package store

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func grantOf(row db.Grant) (access.Grant, error) {
	g := access.Grant{ID: row.ID, RequestID: row.RequestID, Person: row.Person, State: access.GrantState(row.State), Version: row.Version,
		StartAt: row.StartAt.UTC(), EndAt: row.EndAt.UTC(), Duration: time.Duration(row.Duration), ActiveAt: timeOf(row.ActiveAt), EndedAt: timeOf(row.EndedAt),
		EndReason: access.EndReason(row.EndReason), EndNote: row.EndNote, LastError: row.LastError, Attempts: int(row.Attempts),
		LinkState: access.LinkState(row.LinkState), LinkNote: row.LinkNote, LinkPrivate: row.LinkPrivate,
		RevokingSince: timeOf(row.RevokingSince), NextAt: timeOf(row.NextAt)}
	var d decoder
	d.decode("grants.subject", row.Subject, &g.Subject)
	d.decode("grants.slack", row.Slack, &g.Slack)
	d.decode("grants.target", row.Target, &g.Target)
	return g, d.err
}

// CreateGrant stores the grant of an approved request with its holds on the
// entitlements of refs, in their order. Entitlements that are new are stored too;
// if the grant is live they are wanted from now on and woken. It appends
// grant.<state>. Without a request that is approved, which the same transaction may
// have done, the error wraps access.ErrNotAllowed: there is no grant without a decision.
func (tx *Tx) CreateGrant(g access.Grant, refs []access.Ref) (access.Grant, error) {
	r, err := tx.Request(g.RequestID)
	if err != nil {
		return g, err
	}
	if r.State != access.RequestApproved {
		return g, fmt.Errorf("%w: request %s is %s, not approved", access.ErrNotAllowed, r.ID, r.State)
	}
	if r.Course.BreakGlass {
		if _, owed, err := tx.ReviewOf(r.ID); err != nil || !owed {
			return g, errors.Join(err, fmt.Errorf("%w: request %s was decided by nobody, and nobody owes its review", access.ErrNotAllowed, r.ID))
		}
	}
	if err := tx.reduced(r); err != nil {
		return g, err
	}
	if g.ID == "" {
		g.ID = tx.NewID()
	}
	err = tx.q.InsertGrant(tx.ctx, db.InsertGrantParams{
		ID: g.ID, RequestID: g.RequestID, SubjectID: g.Subject.OktaID, SubjectLogin: strings.ToLower(g.Subject.Login), SubjectEmail: strings.ToLower(g.Subject.Email),
		Subject: encode(g.Subject), Slack: encode(g.Slack), TargetID: g.Target.ID, Target: encode(g.Target), Person: g.Person, State: string(g.State),
		StartAt: moment(g.StartAt), EndAt: moment(g.EndAt), Duration: int64(g.Duration), ActiveAt: maybe(g.ActiveAt), EndedAt: maybe(g.EndedAt),
		EndReason: string(g.EndReason), EndNote: words(g.EndNote), LastError: words(g.LastError), Attempts: int64(g.Attempts),
		LinkState: string(g.LinkState), LinkNote: words(g.LinkNote), LinkPrivate: g.LinkPrivate,
		RevokingSince: maybe(g.RevokingSince), NextAt: maybe(g.NextAt), Version: 1,
	})
	if err != nil {
		return g, saved(err, "grant", g.ID)
	}
	held, err := tx.hold(g.ID, nil, refs)
	if err != nil {
		return g, err
	}
	if g.State.Live() {
		if err := tx.wantHolds(g.ID, held); err != nil {
			return g, err
		}
	}
	if g, err = tx.Grant(g.ID); err != nil {
		return g, err
	}
	tx.wakeGrant(g)
	return g, tx.logGrant(g, "")
}

// reduced makes sure that what takes the place of something in a campaign is what a reviewer
// has decided, who is not the subject.
func (tx *Tx) reduced(r access.Request) error {
	if r.Course.Reduced == nil {
		return nil
	}
	i, err := tx.CampaignItem(r.Course.Reduced.Item)
	if err != nil {
		return err
	}
	if i.Verdict != access.ReduceItem || i.ReduceTo != r.Target.ID || i.Subject != r.Subject.OktaID || i.Decider.OktaID == "" || i.Decider.Same(r.Subject) {
		return fmt.Errorf("%w: nobody has decided that %s takes the place of what item %s is about", access.ErrNotAllowed, r.Target.ID, i.ID)
	}
	return nil
}

// SaveGrant stores everything of a grant that can change, if the version is still
// the stored one; else the error wraps access.ErrStale. Another state than the
// stored one has to be a move that access allows; it appends grant.<state>, and
// makes the grant's holds live or releases them. The grant is woken for its next
// look, and its messages if there is something new to show.
func (tx *Tx) SaveGrant(g access.Grant) (access.Grant, error) {
	old, err := tx.Grant(g.ID)
	if err != nil {
		return g, err
	}
	if old.Version != g.Version {
		return g, fmt.Errorf("%w: grant %s", access.ErrStale, g.ID)
	}
	if old.Person != g.Person {
		return g, fmt.Errorf("%w: grant %s is for another account, see ResolveGrant", access.ErrBadMove, g.ID)
	}
	var held []string
	if g.State != old.State {
		if err := access.CheckGrantMove(old.State, g.State); err != nil {
			return g, err
		}
		if held, err = tx.lockHeld(g.ID); err != nil {
			return g, err
		}
	}
	if g, err = tx.updateGrant(g); err != nil {
		return g, err
	}
	if g.State != access.GrantEnded {
		tx.wakeGrant(g)
	}
	if g.State != old.State {
		if err := tx.moveHolds(old, g, held); err != nil {
			return g, err
		}
		if err := tx.logGrant(g, old.State); err != nil {
			return g, err
		}
	}
	if shows(old) != shows(g) {
		return g, tx.TouchMessages(g.RequestID)
	}
	return g, nil
}

// ResolveGrant gives a live grant that waited for the person's account in Identity
// Center the id of it, and the holds on refs, which that id is part of: they are
// wanted from now on and woken. It appends grant.resolved. If the version is not the
// stored one the error wraps access.ErrStale; access.ErrBadMove for a grant that is
// not live, or whose account is known already.
func (tx *Tx) ResolveGrant(g access.Grant, refs []access.Ref) (access.Grant, error) {
	old, err := tx.Grant(g.ID)
	switch {
	case err != nil:
		return g, err
	case old.Version != g.Version:
		return g, fmt.Errorf("%w: grant %s", access.ErrStale, g.ID)
	case old.Person != "" || g.Person == "" || old.State != g.State || !g.State.Live():
		return g, fmt.Errorf("%w: grant %s is %s and does not wait for an account", access.ErrBadMove, g.ID, old.State)
	}
	before, err := tx.GrantEntitlements(g.ID)
	if err != nil {
		return g, err
	}
	added, err := tx.hold(g.ID, before, refs)
	if err != nil {
		return g, err
	}
	if g, err = tx.updateGrant(g); err != nil {
		return g, err
	}
	if err := tx.wantHolds(g.ID, added); err != nil {
		return g, err
	}
	tx.wakeGrant(g)
	held, err := tx.heldKeys(g.ID)
	if err != nil {
		return g, err
	}
	tx.log(g.Subject.OktaID, access.Event{Kind: "grant.resolved", Request: g.RequestID, Grant: g.ID,
		Facts: map[string]string{"subject": g.Subject.OktaID, "target": g.Target.ID, "person": g.Person, "holds": held}})
	return g, tx.TouchMessages(g.RequestID)
}

func (tx *Tx) updateGrant(g access.Grant) (access.Grant, error) {
	row, err := tx.q.UpdateGrant(tx.ctx, db.UpdateGrantParams{
		ID: g.ID, Version: g.Version, Person: g.Person, State: string(g.State), StartAt: moment(g.StartAt), EndAt: moment(g.EndAt), ActiveAt: maybe(g.ActiveAt), EndedAt: maybe(g.EndedAt),
		EndReason: string(g.EndReason), EndNote: words(g.EndNote), LastError: words(g.LastError), Attempts: int64(g.Attempts),
		LinkState: string(g.LinkState), LinkNote: words(g.LinkNote), LinkPrivate: g.LinkPrivate, RevokingSince: maybe(g.RevokingSince), NextAt: maybe(g.NextAt),
	})
	if err != nil {
		return g, saved(err, "grant", g.ID)
	}
	return grantOf(row)
}

// shown is what people are told about a grant.
type shown struct {
	state                    access.GrantState
	start, end, active, gone time.Time
	why                      access.EndReason
	note, failure            string
	link                     access.LinkState
	linkNote                 string
	private                  bool
}

func shows(g access.Grant) shown {
	return shown{g.State, g.StartAt, g.EndAt, g.ActiveAt, g.EndedAt, g.EndReason, g.EndNote, g.LastError, g.LinkState, g.LinkNote, g.LinkPrivate}
}

func (tx *Tx) moveHolds(old, g access.Grant, held []string) error {
	switch {
	case g.State.Live() && !old.State.Live():
		return tx.wantHolds(g.ID, held)
	case g.State == access.GrantRevoking:
		return tx.releaseHolds(g.ID, held)
	}
	return nil
}

func (tx *Tx) logGrant(g access.Grant, from access.GrantState) error {
	held, err := tx.heldKeys(g.ID)
	if err != nil {
		return err
	}
	facts := map[string]string{"subject": g.Subject.OktaID, "target": g.Target.ID, "start": g.StartAt.Format(timeLayout),
		"end": g.EndAt.Format(timeLayout), "holds": held}
	if from != "" {
		facts["from"] = string(from)
	}
	if !g.EndedAt.IsZero() { // seen before the transaction
		facts["ended"] = g.EndedAt.UTC().Format(timeLayout)
	}
	if g.EndReason != "" {
		facts["why"] = string(g.EndReason)
	}
	e := access.Event{Kind: access.EventKind("grant." + string(g.State)), Request: g.RequestID, Grant: g.ID, Facts: facts}
	if g.EndNote != "" {
		e.Personal = map[string]string{"note": g.EndNote}
	}
	tx.log(g.Subject.OktaID, e)
	return nil
}

// heldKeys are the keys of what a grant holds, for the audit trail.
func (tx *Tx) heldKeys(grantID string) (string, error) {
	entitlements, err := tx.GrantEntitlements(grantID)
	var keys []string
	for _, e := range entitlements {
		keys = append(keys, e.Ref.Key())
	}
	return strings.Join(keys, " "), err
}

// hold stores the holds of a grant on refs, which come after those it has, and returns
// the ids of what they are on. Rows of entitlements are locked in the order of their
// keys, so that two grants of the same person cannot wait for each other.
func (tx *Tx) hold(grantID string, before []access.Entitlement, refs []access.Ref) (ids []string, err error) {
	byKey := slices.Clone(refs)
	for _, e := range before {
		byKey = append(byKey, e.Ref)
	}
	slices.SortFunc(byKey, func(a, b access.Ref) int { return strings.Compare(a.Key(), b.Key()) })
	for _, ref := range byKey {
		if err := tx.ensure(ref); err != nil {
			return nil, err
		}
	}
	for i, ref := range refs {
		e, err := tx.q.EntitlementByKey(tx.ctx, ref.Key())
		if err != nil {
			return nil, found(err, "entitlement", ref.Key())
		}
		err = tx.q.InsertHold(tx.ctx, db.InsertHoldParams{GrantID: grantID, EntitlementID: e.ID, Rank: int64(len(before) + i)})
		if err != nil {
			return nil, fmt.Errorf("hold of %s: %w", ref.Key(), err)
		}
		ids = append(ids, e.ID)
	}
	return ids, nil
}

func (tx *Tx) ensure(ref access.Ref) error {
	err := tx.q.UpsertEntitlement(tx.ctx, db.UpsertEntitlementParams{ID: tx.NewID(), Key: ref.Key(), Ref: encode(ref)})
	if err != nil {
		return saved(err, "entitlement", ref.Key())
	}
	return nil
}

// lockHeld locks the entitlements that a grant holds and returns their ids.
func (tx *Tx) lockHeld(grantID string) ([]string, error) {
	entitlements, err := tx.GrantEntitlements(grantID)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entitlements {
		ids = append(ids, e.ID)
	}
	return ids, tx.LockEntitlements(entitlements...)
}

// wakeGrant wakes a grant when it says so: never if NextAt is zero.
func (tx *Tx) wakeGrant(g access.Grant) {
	if !g.NextAt.IsZero() {
		tx.Wake(Wake{Kind: WakeGrant, ID: g.ID, Version: g.Version, At: g.NextAt, Ending: ending(g.State, g.EndAt, g.NextAt), Starting: g.State == access.GrantScheduled})
	}
}

// touchHolders wakes the grants that hold an entitlement and have not ended.
func (tx *Tx) touchHolders(entitlementID string) error {
	holds, err := tx.Holders(entitlementID) // in the order of the grants' ids, so that two who do this cannot wait for each other
	if err != nil {
		return err
	}
	for _, h := range holds {
		g, err := tx.q.TouchGrant(tx.ctx, db.TouchGrantParams{ID: h.GrantID, Now: &tx.now})
		if errors.Is(err, sql.ErrNoRows) {
			continue // it has ended
		}
		if err != nil {
			return fmt.Errorf("wake grant %s: %w", h.GrantID, err)
		}
		tx.Wake(Wake{Kind: WakeGrant, ID: h.GrantID, Version: g.Version, Ending: ending(access.GrantState(g.State), g.EndAt, tx.now), Starting: access.GrantState(g.State) == access.GrantScheduled})
	}
	return nil
}

// wantHolds makes the holds of a grant live. What they are of counts as not ready
// until it has been read again, and old failures are forgotten.
func (tx *Tx) wantHolds(grantID string, held []string) error {
	for _, id := range held {
		e, err := tx.q.WantEntitlement(tx.ctx, db.WantEntitlementParams{ID: id, Now: &tx.now})
		if err != nil {
			return saved(err, "entitlement", id)
		}
		tx.wakeEntitlement(e, time.Time{})
	}
	return tx.q.SetHolds(tx.ctx, db.SetHoldsParams{GrantID: grantID, Live: true})
}

// releaseHolds ends the holds of a grant. What nobody needs any more is unwanted from
// now on; everything is woken.
func (tx *Tx) releaseHolds(grantID string, held []string) error {
	if err := tx.q.SetHolds(tx.ctx, db.SetHoldsParams{GrantID: grantID, Live: false}); err != nil {
		return err
	}
	for _, id := range held {
		if err := tx.released(id); err != nil {
			return err
		}
	}
	return nil
}

// released wakes what a hold was released of: unwanted from now on, if nobody else needs it.
func (tx *Tx) released(id string) error {
	others, err := tx.LiveHolds(id)
	if err != nil {
		return err
	}
	e, err := tx.Entitlement(id)
	if err != nil {
		return err
	}
	if access.WantOf(e.Ref.Kind, others) == access.Unneeded && e.UnwantedSince.IsZero() {
		e.UnwantedSince = tx.now
	}
	row, err := tx.q.UnwantEntitlement(tx.ctx, db.UnwantEntitlementParams{ID: id, Now: &tx.now, UnwantedSince: maybe(e.UnwantedSince)})
	if err != nil {
		return saved(err, "entitlement", id)
	}
	tx.wakeEntitlement(row, time.Time{})
	return nil
}

// Grant reads a grant.
func (tx *Tx) Grant(id string) (access.Grant, error) { return tx.r.Grant(tx.ctx, id) }

// GrantOf reads the grant of a request, if there is one.
func (tx *Tx) GrantOf(requestID string) (access.Grant, bool, error) {
	return tx.r.GrantOf(tx.ctx, requestID)
}

// Extensions are the grants that make the time of another longer, whatever became of them.
func (tx *Tx) Extensions(grantID string) ([]access.Grant, error) {
	return tx.r.Extensions(tx.ctx, grantID)
}

// LiveExtensions are the grants that make the time of another longer and are scheduled
// or live.
func (tx *Tx) LiveExtensions(grantID string) ([]access.Grant, error) {
	return tx.r.LiveExtensions(tx.ctx, grantID)
}

// GrantEntitlements are what a grant holds or held, in the order in which it needs them.
func (tx *Tx) GrantEntitlements(grantID string) ([]access.Entitlement, error) {
	return tx.r.GrantEntitlements(tx.ctx, grantID)
}

// Holders are the holds on an entitlement, live or not.
func (tx *Tx) Holders(entitlementID string) ([]access.Hold, error) {
	return tx.r.Holders(tx.ctx, entitlementID)
}

// LiveHolds are the holds on an entitlement that count.
func (tx *Tx) LiveHolds(entitlementID string) ([]access.Hold, error) {
	rows, err := tx.q.LiveHolds(tx.ctx, entitlementID)
	return all(rows, err, holdOf)
}

func holdOf(row db.Hold) (access.Hold, error) {
	return access.Hold{GrantID: row.GrantID, EntitlementID: row.EntitlementID, Live: row.Live}, nil
}
