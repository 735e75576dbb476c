package store

import (
	"fmt"

	"airpass/access"
	"airpass/store/db"
)

func intentOf(row db.Intent) (access.Intent, error) {
	i := access.Intent{ID: row.ID, EntitlementID: row.EntitlementID, Operation: access.Operation(row.Operation), State: access.IntentState(row.State),
		RequestID: row.VendorRequest, Answer: row.Answer, CreatedAt: row.CreatedAt.UTC(), ResolvedAt: timeOf(row.ResolvedAt)}
	var d decoder
	d.decode("intents.ref", row.Ref, &i.Ref)
	return i, d.err
}

// CreateIntent stores what is about to be done and appends intent.<operation>.
// Adding needs a live hold of a grant whose request is approved; without one the
// error wraps access.ErrNotAllowed. What is part of the set-up is nobody's, and needs none.
func (tx *Tx) CreateIntent(i access.Intent) error {
	if i.ID == "" {
		i.ID = tx.NewID()
	}
	if i.CreatedAt.IsZero() {
		i.CreatedAt = tx.now
	}
	if i.Operation == access.Add && !i.Ref.Kind.SetUp() {
		n, err := tx.q.CountApprovedHolds(tx.ctx, i.EntitlementID)
		if err != nil {
			return fmt.Errorf("holds of entitlement %s: %w", i.EntitlementID, err)
		}
		if n == 0 {
			return fmt.Errorf("%w: no approved grant needs entitlement %s", access.ErrNotAllowed, i.EntitlementID)
		}
	}
	err := tx.q.InsertIntent(tx.ctx, db.InsertIntentParams{ID: i.ID, EntitlementID: i.EntitlementID, Kind: string(i.Ref.Kind), Ref: encode(i.Ref),
		Operation: string(i.Operation), State: string(i.State), VendorRequest: i.RequestID, Answer: words(i.Answer), CreatedAt: moment(i.CreatedAt), ResolvedAt: maybe(i.ResolvedAt)})
	if err != nil {
		return saved(err, "intent", i.ID)
	}
	tx.logIntent(i, access.EventKind("intent."+string(i.Operation)), "")
	return nil
}

// SaveIntent stores what became of an intent and, if its state or the vendor's
// request id is new, appends intent.<state>. An intent that is resolved stays so:
// the error wraps access.ErrBadMove.
func (tx *Tx) SaveIntent(i access.Intent) error {
	row, err := tx.q.Intent(tx.ctx, i.ID)
	if err != nil {
		return found(err, "intent", i.ID)
	}
	old, err := intentOf(row)
	if err != nil {
		return err
	}
	if !old.State.Unresolved() && i.State != old.State {
		return fmt.Errorf("%w: an intent that is %s cannot become %s", access.ErrBadMove, old.State, i.State)
	}
	err = tx.q.UpdateIntent(tx.ctx, db.UpdateIntentParams{ID: i.ID, State: string(i.State), VendorRequest: i.RequestID, Answer: words(i.Answer), ResolvedAt: maybe(i.ResolvedAt)})
	if err != nil {
		return saved(err, "intent", i.ID)
	}
	if i.State != old.State || i.RequestID != old.RequestID {
		tx.logIntent(i, access.EventKind("intent."+string(i.State)), old.State)
	}
	return nil
}

func (tx *Tx) logIntent(i access.Intent, kind access.EventKind, from access.IntentState) {
	facts := map[string]string{"intent": i.ID, "entitlement": i.EntitlementID, "operation": string(i.Operation), "state": string(i.State)}
	for name, fact := range map[string]string{"from": string(from), "vendor_request": i.RequestID, "answer": i.Answer} {
		if fact != "" {
			facts[name] = fact
		}
	}
	tx.Record(access.Event{Kind: kind, Ref: i.Ref.Key(), Facts: facts})
}

// Intents are the unresolved intents of an entitlement, oldest first.
func (tx *Tx) Intents(entitlementID string) ([]access.Intent, error) {
	return tx.r.Intents(tx.ctx, entitlementID)
}

// CountOutstanding counts the account assignments that are being made: AWS bounds
// how many may be under way.
func (tx *Tx) CountOutstanding() (int, error) {
	n, err := tx.q.CountOutstanding(tx.ctx, tx.now.Add(-unanswered))
	return int(n), err
}
