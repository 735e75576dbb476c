package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func cutOf(row db.Cut) (access.Cut, error) {
	c := access.Cut{ID: row.ID, Person: row.Person, State: access.CutState(row.State), Reason: row.Reason, Note: row.Note, Longest: time.Duration(row.Longest),
		CreatedAt: row.CreatedAt.UTC(), DeniedAt: timeOf(row.DeniedAt), CutAt: timeOf(row.CutAt), LiftAt: row.LiftAt.UTC(), LiftedAt: timeOf(row.LiftedAt), Version: row.Version}
	var d decoder
	d.decode("cuts.subject", row.Subject, &c.Subject)
	d.decode("cuts.target", row.Target, &c.Target)
	return c, d.err
}

func setPolicyOf(row db.SetPolicy) (access.SetPolicy, error) {
	p := access.SetPolicy{PermissionSet: row.PermissionSet, Instance: row.Instance, Digest: row.Digest, Restore: access.SetRestore(row.ToRestore), RequestID: row.VendorRequest, Provisioned: row.Provisioned,
		CheckedAt: timeOf(row.CheckedAt), Attempts: int(row.Attempts), LastError: row.LastError, NextAt: timeOf(row.NextAt), Claim: row.Claim, Version: row.Version}
	var d decoder
	d.decode("set_policies.users", row.Users, &p.Users)
	return p, d.err
}

// CreateCut stores a cut that is asked for, wakes the policy of its permission set, and
// appends cut.asked. If the person is cut there already the error wraps access.ErrDecided.
func (tx *Tx) CreateCut(c access.Cut) (access.Cut, error) {
	if err := tx.WantSetPolicy(c); err != nil { // which is locked first, always
		return c, err
	}
	c.ID, c.State, c.CreatedAt, c.Version = tx.NewID(), access.CutAsked, tx.now, 1
	n, err := tx.q.InsertCut(tx.ctx, db.InsertCutParams{ID: c.ID, SubjectID: c.Subject.OktaID, Subject: encode(c.Subject), Person: c.Person,
		PermissionSet: c.Target.PermissionSet, TargetID: c.Target.ID, Target: encode(c.Target), State: string(c.State), Reason: words(c.Reason),
		Longest: int64(c.Longest), CreatedAt: c.CreatedAt, LiftAt: moment(c.LiftAt)})
	if err != nil {
		return c, saved(err, "cut", c.ID)
	}
	if n == 0 {
		return c, fmt.Errorf("%w: the sessions of %s are cut there already", access.ErrDecided, c.Subject.Login)
	}
	tx.logCut(c, "")
	return c, tx.TouchAdminHomes()
}

// SaveCut stores what can change of a cut, if the version is still the stored one; else
// the error wraps access.ErrStale. Another state has to be a move that access allows; it
// appends cut.<state> and wakes the policy of the permission set.
func (tx *Tx) SaveCut(c access.Cut) (access.Cut, error) {
	old, err := tx.r.Cut(tx.ctx, c.ID)
	if err != nil {
		return c, err
	}
	if c.State != old.State {
		if err := access.CheckCutMove(old.State, c.State); err != nil {
			return c, err
		}
	}
	row, err := tx.q.UpdateCut(tx.ctx, db.UpdateCutParams{ID: c.ID, Version: c.Version, State: string(c.State), Note: words(c.Note), Longest: int64(c.Longest),
		DeniedAt: maybe(c.DeniedAt), CutAt: maybe(c.CutAt), LiftAt: moment(c.LiftAt), LiftedAt: maybe(c.LiftedAt)})
	if err != nil {
		return c, saved(err, "cut", c.ID)
	}
	if c, err = cutOf(row); err != nil || c.State == old.State {
		return c, err
	}
	tx.logCut(c, old.State)
	return c, tx.TouchAdminHomes()
}

func (tx *Tx) logCut(c access.Cut, before access.CutState) {
	e := access.Event{Kind: access.EventKind("cut." + string(c.State)), Facts: map[string]string{"cut": c.ID, "subject": c.Subject.OktaID, "person": c.Person,
		"target": c.Target.ID, "permission_set": c.Target.PermissionSet, "lift_at": moment(c.LiftAt).Format(timeLayout)}}
	if before != "" {
		e.Facts["before"] = string(before)
	}
	switch {
	case c.State == access.CutAsked:
		e.Personal = map[string]string{"reason": c.Reason}
	case c.State == access.CutLifting && c.Note != "":
		e.Personal = map[string]string{"note": c.Note}
	}
	tx.log(c.Subject.OktaID, e)
}

// WantSetPolicy has the policy of a cut's permission set looked at, now.
func (tx *Tx) WantSetPolicy(c access.Cut) error {
	row, err := tx.q.WantSetPolicy(tx.ctx, db.WantSetPolicyParams{PermissionSet: c.Target.PermissionSet, Instance: c.Target.Instance, Now: maybe(tx.now)})
	if err != nil {
		return saved(err, "policy of", c.Target.PermissionSet)
	}
	tx.wakeAt(WakeSetPolicy, row.PermissionSet, row.Version, tx.now)
	return nil
}

// ClaimSetPolicy takes the policy of a permission set for one worker until the given wall
// time. It returns false if the version is not the stored one or somebody's claim still
// counts.
func (tx *Tx) ClaimSetPolicy(set string, version int64, token string, wallNow, until time.Time) (access.SetPolicy, bool, error) {
	row, err := tx.q.ClaimSetPolicy(tx.ctx, db.ClaimSetPolicyParams{PermissionSet: set, Version: version, Token: token, Wall: maybe(wallNow), ClaimedUntil: maybe(until)})
	return optional(row, err, setPolicyOf, "the policy of", set)
}

// LockSetPolicy keeps the policy of a permission set that is claimed with the token, and
// who is cut there, from changing until the transaction ends. If the claim was lost the
// error wraps access.ErrStale.
func (tx *Tx) LockSetPolicy(set, token string) (access.SetPolicy, error) {
	row, err := tx.q.LockSetPolicy(tx.ctx, db.LockSetPolicyParams{PermissionSet: set, Token: token})
	if err != nil {
		return access.SetPolicy{}, saved(err, "the policy of", set)
	}
	return setPolicyOf(row)
}

// SaveSetPolicy stores what became of the policy of a permission set, gives it up, and
// wakes it for its next look. It appends cut.policy if another one was put.
func (tx *Tx) SaveSetPolicy(p access.SetPolicy) error {
	old, err := tx.r.SetPolicy(tx.ctx, p.PermissionSet)
	if err != nil {
		return err
	}
	row, err := tx.q.UpdateSetPolicy(tx.ctx, db.UpdateSetPolicyParams{PermissionSet: p.PermissionSet, Version: p.Version, Token: p.Claim, Digest: p.Digest, ToRestore: string(p.Restore), Users: encode(p.Users),
		VendorRequest: p.RequestID, Provisioned: p.Provisioned, CheckedAt: maybe(p.CheckedAt), Attempts: int64(p.Attempts), LastError: words(p.LastError), NextAt: maybe(p.NextAt)})
	if err != nil {
		return saved(err, "the policy of", p.PermissionSet)
	}
	if p.Digest != "" && old.Digest != p.Digest {
		tx.Record(access.Event{Kind: "cut.policy", Facts: map[string]string{"permission_set": p.PermissionSet, "digest": p.Digest, "denies": strconv.Itoa(len(p.Users))}})
	}
	tx.wakeAt(WakeSetPolicy, row.PermissionSet, row.Version, p.NextAt)
	return nil
}

// SetPolicy reads what was written of the policy of a permission set.
func (r reads) SetPolicy(ctx context.Context, set string) (access.SetPolicy, error) {
	row, err := r.q.SetPolicy(ctx, set)
	if err != nil {
		return access.SetPolicy{}, found(err, "the policy of", set)
	}
	return setPolicyOf(row)
}

// SetPolicy reads what was written of the policy of a permission set.
func (tx *Tx) SetPolicy(set string) (access.SetPolicy, error) { return tx.r.SetPolicy(tx.ctx, set) }

// CountProvisioning counts the permission sets that AWS is bringing to their accounts.
func (r reads) CountProvisioning(ctx context.Context) (int, error) {
	n, err := r.q.CountProvisioning(ctx)
	return int(n), err
}

// Cut reads a cut.
func (r reads) Cut(ctx context.Context, id string) (access.Cut, error) {
	row, err := r.q.Cut(ctx, id)
	if err != nil {
		return access.Cut{}, found(err, "cut", id)
	}
	return cutOf(row)
}

// LiveCuts are the cuts that are not lifted.
func (r reads) LiveCuts(ctx context.Context) ([]access.Cut, error) {
	rows, err := r.q.LiveCuts(ctx)
	return all(rows, err, cutOf)
}

// Cuts are the newest cuts.
func (r reads) Cuts(ctx context.Context, limit int) ([]access.Cut, error) {
	rows, err := r.q.NewestCuts(ctx, int64(limit))
	return all(rows, err, cutOf)
}

// CutsOfSet are the cuts of a permission set that are not lifted, by person.
func (r reads) CutsOfSet(ctx context.Context, set string) ([]access.Cut, error) {
	rows, err := r.q.LiveCutsOfSet(ctx, set)
	return all(rows, err, cutOf)
}

// CutsOfSet are the cuts of a permission set that are not lifted, by person.
func (tx *Tx) CutsOfSet(set string) ([]access.Cut, error) { return tx.r.CutsOfSet(tx.ctx, set) }

// CutOf is the cut of an Okta user and a permission set that is not lifted.
func (r reads) CutOf(ctx context.Context, oktaID, set string) (access.Cut, bool, error) {
	row, err := r.q.LiveCutOf(ctx, db.LiveCutOfParams{SubjectID: oktaID, PermissionSet: set})
	return optional(row, err, cutOf, "the cut of", oktaID)
}

// CutOf is the cut of an Okta user and a permission set that is not lifted.
func (tx *Tx) CutOf(oktaID, set string) (access.Cut, bool, error) {
	return tx.r.CutOf(tx.ctx, oktaID, set)
}

// NotCut says that the sessions of an Okta user and a permission set are not cut; else the
// error wraps access.ErrNotAllowed and says until when.
func (tx *Tx) NotCut(oktaID, set string) error {
	c, is, err := tx.CutOf(oktaID, set)
	if err == nil && is {
		err = c.Refusal()
	}
	return err
}

// GrantsOf are the grants of an Okta user, newest first; see Store.GrantsOf.
func (tx *Tx) GrantsOf(oktaID string, liveOnly bool) ([]access.Grant, error) {
	return tx.r.GrantsOf(tx.ctx, oktaID, liveOnly)
}

// Cut reads a cut.
func (tx *Tx) Cut(id string) (access.Cut, error) { return tx.r.Cut(tx.ctx, id) }

// eraseCuts empties what is personal in the cuts of an Okta user.
func (tx *Tx) eraseCuts(oktaID string) error {
	rows, err := tx.q.CutsOf(tx.ctx, oktaID)
	cuts, err := all(rows, err, cutOf)
	if err != nil {
		return err
	}
	for _, c := range cuts {
		if c.State != access.CutLifted {
			return fmt.Errorf("%w: their sessions are cut until %s", access.ErrNotAllowed, c.LiftAt.UTC().Format("2006-01-02 15:04 MST"))
		}
		if err := tx.q.EraseCut(tx.ctx, db.EraseCutParams{ID: c.ID, Subject: onlyIDs(c.Subject)}); err != nil {
			return saved(err, "cut", c.ID)
		}
	}
	return nil
}
