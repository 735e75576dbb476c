package reviews

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/store"
)

// act does what is to be done about what an earlier look has found already. What the cap
// holds back is not done; everything else is.
func (k Keeper) act(ctx context.Context, actor access.Actor, look Drift, before map[string]access.Finding, out *Kept) error {
	var removals, others []Finding
	for _, f := range look.Findings {
		action := k.actionFor(f)
		if _, known := before[f.key()]; !known && action != Report {
			out.Young++
			continue
		}
		switch {
		case action == Report:
		case action == Remove && f.Kind != Leftover: // whose end was stored
			removals = append(removals, f)
		default:
			others = append(others, f)
		}
	}
	allowed, err := k.mayRemove(ctx, actor, look, removals)
	if err != nil {
		return err
	}
	if !allowed {
		out.Held, removals = len(removals), nil
	}
	for _, f := range slices.Concat(others, removals) {
		err := k.Store.Update(ctx, actor, func(tx *store.Tx) error { return k.do(tx, f, look.began) })
		switch {
		case refused(err):
			out.Refused++
		case err != nil:
			return err
		default:
			out.count(k.actionFor(f))
		}
	}
	return nil
}

// refused says whether an error is of one finding alone: nothing may be done about it, or it has
// changed since the look. The next one judges it.
func refused(err error) bool {
	return errors.Is(err, access.ErrNotAllowed) || errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrStale)
}

func (k *Kept) count(a Action) {
	switch a {
	case Adopt:
		k.Adopted++
	case Repair:
		k.Repaired++
	case Remove:
		k.Removed++
	}
}

// actionFor is what is done about a finding. What a grant says is never adopted nor taken
// away, what none says not repaired: there it is left to people.
func (k Keeper) actionFor(f Finding) Action {
	action := k.Actions[string(f.Kind)]
	half := f.Kind == HalfOkta || f.Kind == HalfAWS || f.Kind == StalePrincipal // with a grant one side is wrong, without the other
	switch {
	case action == "" || f.unsure || f.Proposed == Report && !half && f.Kind != NoAccount:
		return Report
	case half && f.granted:
		return Repair
	case half && action == Repair:
		return Report
	case f.granted && (action == Remove || action == Adopt):
		return Report // the grant's end, or the sweep for people who left, sees to it
	}
	return action
}

// Plan notes of each finding of a look what is done about it once two kept looks in a row
// have found it: what the configuration says of its kind, unless that may not be done. Without
// act nothing is.
func (k Keeper) Plan(look Drift, act bool) {
	for i, f := range look.Findings {
		action := k.actionFor(f)
		if !act || !f.may(action) {
			action = Report
		}
		look.Findings[i].Action = action
	}
}

// may says whether an action can be done about a finding, as far as the look tells: do
// refuses the others.
func (f Finding) may(a Action) bool {
	switch {
	case a == Report || f.Kind == PolicyEdited || f.Kind == NotProvisioned || f.Kind == SessionEdited:
		return true
	case a == Repair && (f.account != "" || f.Kind == StalePrincipal):
		return f.account != ""
	case a != Repair && f.Kind != Leftover && f.Kind != StalePrincipal && f.OktaID == "":
		return false
	}
	return slices.ContainsFunc(f.refs, func(r access.Ref) bool { return !r.Kind.Derived() })
}

// mayRemove applies the cap on removals that nobody asked for by name.
func (k Keeper) mayRemove(ctx context.Context, actor access.Actor, look Drift, removals []Finding) (allowed bool, err error) {
	keys := make([]string, 0, len(removals))
	for _, f := range removals {
		keys = append(keys, f.key())
	}
	slices.Sort(keys)
	err = k.Store.Update(ctx, actor, func(tx *store.Tx) (err error) {
		allowed, err = k.Cap.MayRemoveDrift(tx, "drift:"+strings.Join(keys, ","), len(removals), look.Explained+look.Standing+len(removals))
		return err
	})
	return allowed, err
}

// do writes down what is to be done about a finding of a look that began then; the
// reconciler does it.
func (k Keeper) do(tx *store.Tx, f Finding, began time.Time) error {
	var (
		err error
		to  []access.Ref
	)
	action := k.actionFor(f)
	switch {
	case f.Kind == PolicyEdited || f.Kind == NotProvisioned:
		err = tx.RestoreSet(f.at.instance, f.at.permissionSet, access.RestorePolicy)
	case f.Kind == SessionEdited:
		err = tx.RestoreSet(f.at.instance, f.at.permissionSet, access.RestoreSession)
	case action == Adopt:
		to, err = each(f.refs, f.OktaID != "", func(r access.Ref) error { return tx.KnowStanding(r, f.Targets...) })
	case f.Kind == Unassigned:
		to, err = each(f.refs, true, tx.SetUp)
	case action == Repair && f.account != "":
		to, err = f.refs, f.move(tx)
	case action == Repair && f.Kind == StalePrincipal:
		err = access.ErrNotAllowed // nobody is known to whom to give it
	case action == Repair || f.Kind == Leftover:
		to, err = each(f.refs, true, func(r access.Ref) error { return again(tx, r) })
	case action == Remove:
		takeOver := func(r access.Ref) error { return tx.TakeOver(r, began, f.Targets...) }
		to, err = each(f.refs, f.OktaID != "" || f.Kind == StalePrincipal, takeOver) // whose it is has to be known, or that it is nobody's
	}
	if err != nil {
		return err
	}
	return tx.FindingDone(f.row(), action, to)
}

// move has live grants hold under their person's account of now what they hold under one that is
// no more.
func (f Finding) move(tx *store.Tx) error {
	for _, r := range f.refs {
		if err := tx.MoveGrants(r, f.account); err != nil {
			return err
		}
	}
	return nil
}

// each does something to all refs that are not merely the consequence of another, which it
// returns; to none at all wraps access.ErrNotAllowed.
func each(refs []access.Ref, may bool, do func(access.Ref) error) ([]access.Ref, error) {
	refs = slices.DeleteFunc(slices.Clone(refs), func(r access.Ref) bool { return r.Kind.Derived() })
	if !may || len(refs) == 0 {
		return nil, access.ErrNotAllowed
	}
	// In the order of the keys, as everybody locks them.
	slices.SortFunc(refs, func(a, b access.Ref) int { return strings.Compare(a.Key(), b.Key()) })
	for _, r := range refs {
		if err := do(r); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// again has the reconciler look at what airpass knows, also if it had given up.
func again(tx *store.Tx, r access.Ref) error {
	e, known, err := tx.EntitlementByKey(r.Key())
	if err != nil {
		return err
	}
	if !known {
		return access.ErrNotFound
	}
	if err := tx.LockEntitlements(e); err != nil {
		return err
	}
	return tx.RetryEntitlement(e.ID)
}
