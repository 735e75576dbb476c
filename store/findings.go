package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func findingOf(row db.DriftFinding) (access.Finding, error) {
	f := access.Finding{Key: row.Key, Kind: row.Kind, Subject: row.SubjectID, FoundAt: row.FoundAt.UTC(), Done: access.DriftAction(row.Done), DoneAt: timeOf(row.DoneAt)}
	var d decoder
	d.decode("drift_findings.finding", row.Finding, &f.FindingFacts)
	return f, d.err
}

// Findings are all that the last look for drift has found, by kind.
func (r reads) Findings(ctx context.Context) ([]access.Finding, error) {
	rows, err := r.q.Findings(ctx)
	return all(rows, err, findingOf)
}

// OldestFindings are those that were found first.
func (r reads) OldestFindings(ctx context.Context, limit int) ([]access.Finding, error) {
	rows, err := r.q.OldestFindings(ctx, int64(limit))
	return all(rows, err, findingOf)
}

// CountFindings counts them by kind.
func (r reads) CountFindings(ctx context.Context) (map[string]int, error) {
	rows, err := r.q.CountFindings(ctx)
	if err != nil {
		return nil, fmt.Errorf("count what was found: %w", err)
	}
	counts := map[string]int{}
	for _, row := range rows {
		counts[row.Kind] = int(row.Findings)
	}
	return counts, nil
}

// CountFindings counts them by kind.
func (tx *Tx) CountFindings() (map[string]int, error) { return tx.r.CountFindings(tx.ctx) }

// AddFinding stores a finding and appends drift.found, unless it is stored already.
func (tx *Tx) AddFinding(f access.Finding) error {
	n, err := tx.q.InsertFinding(tx.ctx, db.InsertFindingParams{Key: words(f.Key), Kind: f.Kind, SubjectID: f.Subject, Finding: words(encode(f.FindingFacts)), FoundAt: moment(tx.now)})
	if err != nil || n == 0 {
		return saved(err, "finding", f.Key)
	}
	tx.logFinding("found", f, nil)
	return nil
}

// SaveFinding stores how a finding is told now.
func (tx *Tx) SaveFinding(f access.Finding) error {
	return saved(tx.q.UpdateFinding(tx.ctx, db.UpdateFindingParams{Key: f.Key, Finding: words(encode(f.FindingFacts))}), "finding", f.Key)
}

// ResolveFinding forgets a finding that is found no more and appends drift.resolved.
func (tx *Tx) ResolveFinding(f access.Finding) error {
	n, err := tx.q.DeleteFinding(tx.ctx, f.Key)
	if err != nil || n == 0 {
		return saved(err, "finding", f.Key)
	}
	facts := map[string]string{"found": moment(f.FoundAt).Format(timeLayout)}
	if f.Done != "" {
		facts["done"] = string(f.Done)
	}
	tx.logFinding("resolved", f, facts)
	return nil
}

// FindingDone notes what was done about a finding, to which things, and appends drift.done.
func (tx *Tx) FindingDone(f access.Finding, done access.DriftAction, to []access.Ref) error {
	n, err := tx.q.FindingDone(tx.ctx, db.FindingDoneParams{Key: f.Key, Done: string(done), DoneAt: maybe(tx.now)})
	if err != nil || n == 0 {
		return saved(err, "finding", f.Key)
	}
	facts := map[string]string{"done": string(done)}
	if len(to) > 0 {
		facts["refs"] = strings.Join(access.Keys(to), " ")
	}
	tx.logFinding("done", f, facts)
	return nil
}

func (tx *Tx) logFinding(what string, f access.Finding, facts map[string]string) {
	e := access.Event{Kind: access.EventKind("drift." + what), Facts: map[string]string{"kind": f.Kind, "system": f.System, "place": f.Place}}
	if len(f.Targets) > 0 {
		e.Facts["target"] = strings.Join(f.Targets, " ")
	}
	if f.Wrong != "" {
		e.Facts["wrong"] = f.Wrong
	}
	if len(f.Refs) > 0 {
		e.Facts["refs"] = strings.Join(f.Refs, " ")
	}
	if f.PermissionSet != "" {
		e.Facts["permission_set"], e.Facts["account"] = f.PermissionSet, f.Account
	}
	for k, v := range facts {
		e.Facts[k] = v
	}
	if f.Subject != "" {
		e.Facts["subject"] = f.Subject
	}
	if f.Who != "" {
		e.Personal = map[string]string{"who": f.Who}
	}
	tx.log(f.Subject, e)
}

// KnowStanding notes that what is there was not made by airpass and stays: standing access
// of the targets. It appends entitlement.adopted. What is ours, or a grant holds, is not that: then the
// error wraps access.ErrNotAllowed.
func (tx *Tx) KnowStanding(ref access.Ref, targets ...string) error {
	row, wanted, err := tx.lockRef(ref)
	switch {
	case err != nil:
		return err
	case wanted || access.Origin(row.Origin) == access.OriginOurs:
		return fmt.Errorf("%w: airpass has made %s, or a grant holds it", access.ErrNotAllowed, row.Key)
	case access.Origin(row.Origin) == access.OriginStanding:
		return nil
	}
	now, err := tx.q.AdoptEntitlement(tx.ctx, db.AdoptEntitlementParams{ID: row.ID, Now: &tx.now})
	if err != nil {
		return saved(err, "entitlement", row.ID)
	}
	tx.wakeEntitlement(now, tx.now)
	tx.logOf(ref, targets, access.Event{Kind: "entitlement.adopted", Ref: row.Key, Facts: map[string]string{"entitlement": row.ID, "origin": now.Origin, "origin_before": row.Origin}})
	return nil
}

// TakeOver has what airpass has not made taken away as if it had: from now on it is ours,
// nobody needs it, and the reconciler removes it. It appends entitlement.taken_over, which
// names the targets that somebody had by it: no request does. What a
// live grant holds, what is never taken away or merely follows something else, and what was
// adopted after it was seen is refused: the error wraps access.ErrNotAllowed. What is being
// taken away already is left.
func (tx *Tx) TakeOver(ref access.Ref, seen time.Time, targets ...string) error {
	if ref.Kind.Derived() {
		return fmt.Errorf("%w: %s merely follows something else", access.ErrNotAllowed, ref.Kind)
	}
	return tx.takeOver(ref, seen, false, targets)
}

// TakeOverLater is TakeOver of what somebody has said of by name: what live grants hold is
// taken away when the last of them ends, and what follows something else that is taken over
// is awaited.
func (tx *Tx) TakeOverLater(ref access.Ref, seen time.Time, targets ...string) error {
	return tx.takeOver(ref, seen, true, targets)
}

func (tx *Tx) takeOver(ref access.Ref, seen time.Time, later bool, targets []string) error {
	if ref.Kind.Sticky() {
		return fmt.Errorf("%w: %s is never taken away by airpass", access.ErrNotAllowed, ref.Kind)
	}
	if err := tx.nobodys(ref); err != nil {
		return err
	}
	row, wanted, err := tx.lockRef(ref)
	origin := access.Origin(row.Origin)
	switch {
	case err != nil:
		return err
	case wanted && !later:
		return fmt.Errorf("%w: a grant holds %s", access.ErrNotAllowed, row.Key)
	case origin == access.OriginStanding && timeOf(row.AdoptedAt).After(seen):
		return fmt.Errorf("%w: %s was adopted since it was seen, and stays", access.ErrNotAllowed, row.Key)
	case origin == access.OriginOurs && (wanted || row.UnwantedSince != nil && access.Presence(row.Presence) != access.Absent):
		return nil
	}
	// What was said of it before counts for nothing: it has to be read once more.
	p := db.TakeOverEntitlementParams{ID: row.ID, Now: &tx.now, UnwantedSince: &tx.now, Presence: string(access.PresenceUnknown)}
	facts := map[string]string{"entitlement": row.ID, "origin": string(access.OriginOurs), "origin_before": row.Origin}
	if wanted {
		p.UnwantedSince, p.Presence, facts["held"] = nil, row.Presence, "true"
	}
	now, err := tx.q.TakeOverEntitlement(tx.ctx, p)
	if err != nil {
		return saved(err, "entitlement", row.ID)
	}
	tx.wakeEntitlement(now, tx.now)
	tx.logOf(ref, targets, access.Event{Kind: "entitlement.taken_over", Ref: row.Key, Facts: facts})
	return nil
}

// nobodys refuses to take for nobody's what a live grant gives to somebody by name: then the error
// wraps access.ErrNotAllowed.
func (tx *Tx) nobodys(ref access.Ref) error {
	if !ref.Nobodys() {
		return nil
	}
	theirs := ref
	theirs.OktaUser = "%"
	held, err := tx.q.HeldBySomebody(tx.ctx, theirs.Key())
	if err != nil {
		return fmt.Errorf("who holds %s: %w", ref.Key(), err)
	}
	if held {
		return fmt.Errorf("%w: a grant holds what is to be taken from user id %s", access.ErrNotAllowed, ref.Person)
	}
	return nil
}

// SetUp has something added that belongs to the set-up, also if that was given up before.
func (tx *Tx) SetUp(ref access.Ref) error {
	if !ref.Kind.SetUp() {
		return fmt.Errorf("%w: %s is not part of the set-up", access.ErrNotAllowed, ref.Kind)
	}
	row, _, err := tx.lockRef(ref)
	if err != nil {
		return err
	}
	return tx.RetryEntitlement(row.ID)
}

// logOf appends what becomes of a thing by which somebody has the targets.
func (tx *Tx) logOf(ref access.Ref, targets []string, e access.Event) {
	if len(targets) > 0 {
		e.Facts["target"] = strings.Join(targets, " ")
	}
	tx.log(ref.OktaUser, e)
}

// lockRef is the locked row of an entitlement, which is stored if it was not, and whether a
// live grant holds it.
func (tx *Tx) lockRef(ref access.Ref) (row db.Entitlement, wanted bool, err error) {
	if err := tx.ensure(ref); err != nil {
		return row, false, err
	}
	e, err := tx.q.EntitlementByKey(tx.ctx, ref.Key())
	if err != nil {
		return row, false, found(err, "entitlement", ref.Key())
	}
	if row, err = tx.q.LockRow(tx.ctx, e.ID); err != nil {
		return row, false, found(err, "entitlement", e.ID)
	}
	holds, err := tx.LiveHolds(row.ID)
	return row, len(holds) > 0, err
}

// RestoreSet has the policy of a permission set written anew, whether or not somebody is
// cut there, or more, as what says. access.RestoreSession stays until it is done.
func (tx *Tx) RestoreSet(instance, set string, what access.SetRestore) error {
	row, err := tx.q.RestoreSet(tx.ctx, db.RestoreSetParams{PermissionSet: set, Instance: instance, What: string(what), More: string(access.RestoreSession), Now: maybe(tx.now)})
	if err != nil {
		return saved(err, "policy of", set)
	}
	tx.wakeAt(WakeSetPolicy, row.PermissionSet, row.Version, tx.now)
	return nil
}
