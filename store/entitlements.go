package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func entitlementOf(row db.Entitlement) (access.Entitlement, error) {
	e := access.Entitlement{ID: row.ID, Origin: access.Origin(row.Origin), Presence: access.Presence(row.Presence), Version: row.Version, Ready: row.Ready,
		VerifiedAt: timeOf(row.VerifiedAt), UnwantedSince: timeOf(row.UnwantedSince), SettleAt: timeOf(row.SettleAt),
		Attempts: int(row.Attempts), LastError: row.LastError, LastClass: access.Class(row.LastClass), Fatal: row.Fatal, NextAt: timeOf(row.NextAt), Claim: row.Claim, ClaimedUntil: timeOf(row.ClaimedUntil)}
	var d decoder
	d.decode("entitlements.ref", row.Ref, &e.Ref)
	d.decode("entitlements.through", row.Through, &e.Through)
	return e, d.err
}

// ClaimEntitlement takes an entitlement for one worker until the given wall time. It
// returns false if the version is not the stored one or somebody's claim still counts.
func (tx *Tx) ClaimEntitlement(id string, version int64, token string, wallNow, until time.Time) (access.Entitlement, bool, error) {
	row, err := tx.q.ClaimEntitlement(tx.ctx, db.ClaimEntitlementParams{ID: id, Version: version, Token: token, Wall: maybe(wallNow), ClaimedUntil: maybe(until)})
	if errors.Is(err, sql.ErrNoRows) {
		return access.Entitlement{}, false, nil
	}
	if err != nil {
		return access.Entitlement{}, false, saved(err, "entitlement", id)
	}
	e, err := entitlementOf(row)
	return e, err == nil, err
}

// LockEntitlements keeps entitlements from changing until the transaction ends, always
// in the order of their keys. Whoever changes more than one of them, or a grant, locks
// them first: who works on an entitlement locks first that and then its grants, and
// PostgreSQL needs a second to find out that two wait for each other.
func (tx *Tx) LockEntitlements(some ...access.Entitlement) error {
	some = slices.Clone(some)
	slices.SortFunc(some, func(a, b access.Entitlement) int { return strings.Compare(a.Ref.Key(), b.Ref.Key()) })
	for _, e := range some {
		if _, err := tx.q.LockRow(tx.ctx, e.ID); err != nil {
			return found(err, "entitlement", e.ID)
		}
	}
	return nil
}

// LockEntitlement reads an entitlement that is claimed with the token and keeps its
// row, and with it its holds, from changing until the transaction ends. If the
// claim was lost the error wraps access.ErrStale.
func (tx *Tx) LockEntitlement(id, token string) (access.Entitlement, error) {
	row, err := tx.q.LockEntitlement(tx.ctx, db.LockEntitlementParams{ID: id, Token: token})
	if err != nil {
		return access.Entitlement{}, saved(err, "the claim on entitlement", id)
	}
	return entitlementOf(row)
}

// SaveEntitlement stores what the holder of its claim found out, if version and
// claim are still the stored ones; else the error wraps access.ErrStale. With
// release the claim is given back and the next look is woken: at once if something
// else touched the entitlement meanwhile. Grants that hold it are woken when
// something changed that they wait for.
func (tx *Tx) SaveEntitlement(e access.Entitlement, release bool) (access.Entitlement, error) {
	old, err := tx.q.Entitlement(tx.ctx, e.ID)
	if err != nil {
		return e, found(err, "entitlement", e.ID)
	}
	claim, until := e.Claim, e.ClaimedUntil
	if release {
		claim, until = "", time.Time{}
		if old.Touched {
			e.NextAt = tx.now
		}
	}
	row, err := tx.q.UpdateEntitlement(tx.ctx, db.UpdateEntitlementParams{
		ID: e.ID, Version: e.Version, Token: e.Claim, Ref: encode(e.Ref), Origin: string(e.Origin), Presence: string(e.Presence), Ready: e.Ready, Through: encode(e.Through),
		VerifiedAt: maybe(e.VerifiedAt), UnwantedSince: maybe(e.UnwantedSince), SettleAt: maybe(e.SettleAt), Attempts: int64(e.Attempts),
		LastError: words(e.LastError), LastClass: string(e.LastClass), Fatal: e.Fatal, NextAt: maybe(e.NextAt), NewClaim: claim, ClaimedUntil: maybe(until),
	})
	if err != nil {
		return e, saved(err, "entitlement", e.ID)
	}
	if e, err = entitlementOf(row); err != nil {
		return e, err
	}
	if release && !e.NextAt.IsZero() {
		tx.wakeEntitlement(row, e.NextAt)
	}
	return e, tx.tellHolders(old, row)
}

// tellHolders appends the event of a change and wakes the grants that wait for it.
func (tx *Tx) tellHolders(old, now db.Entitlement) error {
	seen := old.Presence != now.Presence
	if seen {
		tx.recordSeen(access.EventKind("entitlement."+now.Presence), old, now)
	} else if old.Origin != now.Origin {
		tx.recordSeen("entitlement.origin", old, now)
	}
	same := old.Origin == now.Origin && old.Fatal == now.Fatal && old.LastError == now.LastError
	asked := now.UnwantedSince != nil && access.Presence(now.Presence) == access.PresenceUnknown // to be removed: moves no grant on
	if same && (asked || !seen && old.Ready == now.Ready) {
		return nil
	}
	return tx.touchHolders(now.ID)
}

// recordSeen appends what has changed of an entitlement.
func (tx *Tx) recordSeen(kind access.EventKind, old, now db.Entitlement) {
	tx.Record(access.Event{Kind: kind, Ref: now.Key, Facts: map[string]string{"entitlement": now.ID, "presence": now.Presence,
		"presence_before": old.Presence, "origin": now.Origin, "origin_before": old.Origin}})
}

// AdoptEntitlement marks what we added as standing access, which no grant's end takes
// away, and appends entitlement.adopted. If it is not ours the error wraps
// access.ErrBadMove. See LockEntitlements.
func (tx *Tx) AdoptEntitlement(id, note string) error {
	old, err := tx.q.LockRow(tx.ctx, id)
	if err != nil {
		return found(err, "entitlement", id)
	}
	if access.Origin(old.Origin) != access.OriginOurs {
		return fmt.Errorf("%w: an entitlement whose origin is %s cannot be adopted", access.ErrBadMove, old.Origin)
	}
	row, err := tx.q.AdoptEntitlement(tx.ctx, db.AdoptEntitlementParams{ID: id, Now: &tx.now})
	if err != nil {
		return saved(err, "entitlement", id)
	}
	e, err := entitlementOf(row)
	if err != nil {
		return err
	}
	tx.wakeEntitlement(row, time.Time{})
	tx.log(e.Ref.OktaUser, access.Event{Kind: "entitlement.adopted", Ref: e.Ref.Key(),
		Facts: map[string]string{"entitlement": id, "origin": string(e.Origin), "origin_before": old.Origin}, Personal: map[string]string{"note": note}})
	return tx.touchHolders(id)
}

// RetryEntitlement forgets that an entitlement has failed and wakes it. The last
// failure stays readable until something else is known. See LockEntitlements.
func (tx *Tx) RetryEntitlement(id string) error {
	row, err := tx.q.RetryEntitlement(tx.ctx, db.RetryEntitlementParams{ID: id, Now: &tx.now})
	if err != nil {
		return found(err, "entitlement", id)
	}
	tx.wakeEntitlement(row, time.Time{})
	return nil
}

// Entitlement reads an entitlement.
func (tx *Tx) Entitlement(id string) (access.Entitlement, error) {
	return tx.r.Entitlement(tx.ctx, id)
}

// EntitlementByKey reads the entitlement with this Ref.Key, if there is one.
func (tx *Tx) EntitlementByKey(key string) (access.Entitlement, bool, error) {
	return tx.r.EntitlementByKey(tx.ctx, key)
}

// HeldEntitlement is what of an entitlement is compared with what is there; see
// access.Entitlement.
type HeldEntitlement struct {
	ID            string
	Ref           access.Ref
	Origin        access.Origin
	Presence      access.Presence
	VerifiedAt    time.Time
	UnwantedSince time.Time
	Wanted        bool // by a live grant
	Active        bool // one that is active, so that it was all there once
}

// EntitlementsWithHolds reads a page of all entitlements, by id; after is the last id of
// the page before.
func (s *Store) EntitlementsWithHolds(ctx context.Context, after string, limit int) ([]HeldEntitlement, error) {
	rows, err := s.q.EntitlementsWithHolds(ctx, db.EntitlementsWithHoldsParams{After: after, Max: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("list entitlements: %w", err)
	}
	out := make([]HeldEntitlement, 0, len(rows))
	for _, row := range rows {
		e := HeldEntitlement{ID: row.ID, Origin: access.Origin(row.Origin), Presence: access.Presence(row.Presence), VerifiedAt: timeOf(row.VerifiedAt), UnwantedSince: timeOf(row.UnwantedSince), Wanted: row.Wanted, Active: row.Active}
		var d decoder
		if d.decode("entitlements.ref", row.Ref, &e.Ref); d.err != nil {
			return nil, d.err
		}
		out = append(out, e)
	}
	return out, nil
}
