package reviews

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
)

// Keeper keeps what looks for drift have found, and does about it what is to be done. All
// that it does it does to rows: the reconciler carries it out.
type Keeper struct {
	Store *store.Store
	// Actions says what is done about each kind; what is not in it is reported.
	Actions map[string]Action
	// Cap is from how many removals on an admin has to confirm them.
	Cap grants.Cap
}

// Kept is what became of a look.
type Kept struct {
	New      int `json:"new"`
	Resolved int `json:"resolved"`
	Open     int `json:"open"` // after it
	// Adopted, Repaired and Removed are findings about which something was done.
	Adopted  int `json:"adopted"`
	Repaired int `json:"repaired"`
	Removed  int `json:"removed"`
	// Held are removals that wait for an admin, Refused findings about which nothing may be
	// done, and Young those that this look was the first to find.
	Held    int `json:"held"`
	Refused int `json:"refused"`
	Young   int `json:"young"`
}

// atOnce is how many rows one transaction changes: who wants to write meanwhile waits for
// one of these.
const atOnce = 200

// Keep stores what a look has found, forgets what it has found no more, and shows it to the
// admins. With act it does what is to be done about what an earlier look has found, too: the
// first look at anything only reports. What could not be read is as it was.
func (k Keeper) Keep(ctx context.Context, actor access.Actor, look Drift, act bool) (Kept, error) {
	stored, err := k.Store.Findings(ctx)
	if err != nil {
		return Kept{}, err
	}
	before := make(map[string]access.Finding, len(stored))
	for _, f := range stored {
		before[f.Key] = f
	}
	k.Plan(look, act)
	out := Kept{Open: len(look.Findings)}
	if err := k.sort(ctx, actor, look, before, &out); err != nil {
		return out, err
	}
	if act {
		if err := k.act(ctx, actor, look, before, &out); err != nil {
			return out, err
		}
	}
	return out, k.Store.Update(ctx, actor, func(tx *store.Tx) error { return k.show(tx, look) })
}

// row is a finding as it is stored.
func (f Finding) row() access.Finding {
	row := access.Finding{Key: f.key(), Kind: string(f.Kind), Subject: f.OktaID, FindingFacts: access.FindingFacts{System: f.System, Place: f.Place,
		Targets: f.Targets, Who: f.Who, Wrong: string(f.Wrong), Proposed: f.Proposed, Action: f.Action, Says: f.Words(), Refs: access.Keys(f.refs)}}
	if f.ofSet() {
		row.PermissionSet, row.Account = f.at.permissionSet, f.at.account
	}
	return row
}

// same says whether two findings are told the same.
func same(a, b access.FindingFacts) bool {
	return a.Says == b.Says && a.Wrong == b.Wrong && a.Proposed == b.Proposed && a.Action == b.Action && slices.Equal(a.Targets, b.Targets) && slices.Equal(a.Refs, b.Refs) && a.PermissionSet == b.PermissionSet && a.Account == b.Account
}

// sort stores what is new and has changed, and forgets what is no more.
func (k Keeper) sort(ctx context.Context, actor access.Actor, look Drift, before map[string]access.Finding, out *Kept) error {
	var changes []func(tx *store.Tx) error
	now := map[string]bool{}
	for _, f := range look.Findings {
		row := f.row()
		now[row.Key] = true
		switch old, is := before[row.Key]; {
		case !is:
			out.New++
			changes = append(changes, func(tx *store.Tx) error { return tx.AddFinding(row) })
		case !same(old.FindingFacts, row.FindingFacts):
			changes = append(changes, func(tx *store.Tx) error { return tx.SaveFinding(row) })
		}
	}
	for key, f := range before {
		switch {
		case now[key]:
		case look.blind(f):
			out.Open++
		default:
			out.Resolved++
			changes = append(changes, func(tx *store.Tx) error { return tx.ResolveFinding(f) })
		}
	}
	for some := range slices.Chunk(changes, atOnce) {
		err := k.Store.Update(ctx, actor, func(tx *store.Tx) error {
			for _, change := range some {
				if err := change(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// blind says whether the look may not have seen a finding although it is still so:
// something of its targets could not be read, or of everybody.
func (d Drift) blind(f access.Finding) bool {
	return slices.ContainsFunc(d.Unknown, func(u Unread) bool {
		if len(u.only) > 0 && !slices.Contains(u.only, Kind(f.Kind)) {
			return false
		}
		return len(u.Targets) == 0 || slices.ContainsFunc(u.Targets, func(t string) bool { return slices.Contains(f.Targets, t) })
	})
}

// show stores what the look was and has the admins see what is found now: a message begins
// when something is found after nothing was, and is updated until nothing is.
func (k Keeper) show(tx *store.Tx, look Drift) error {
	kept, err := tx.LockSetting(access.DriftSetting)
	if err != nil {
		return err
	}
	var was access.DriftLook
	if kept != "" {
		if err := json.Unmarshal([]byte(kept), &was); err != nil {
			return fmt.Errorf("%s: %w", access.DriftSetting, err)
		}
	}
	is := access.DriftLook{At: tx.Now(), Targets: look.Targets, Places: look.Places, Explained: look.Explained, Standing: look.Standing, Unknown: len(look.Unknown), Message: was.Message}
	counts, err := tx.CountFindings()
	if err != nil {
		return err
	}
	switch {
	case len(counts) > 0 && is.Message == "" && k.Cap.AdminChannel != "":
		is.Message = tx.NewID()
		if _, err := tx.CreateMessage(access.Message{ID: is.Message, Kind: access.DriftCard, To: k.Cap.AdminChannel, Request: is.Message, State: access.MessageNew, NextAt: tx.Now()}); err != nil {
			return err
		}
	case len(counts) == 0:
		is.Message = "" // what is found next is news
	}
	raw, err := json.Marshal(is)
	if err != nil {
		return err
	}
	if err := tx.SetSetting(access.DriftSetting, string(raw)); err != nil {
		return err
	}
	if err := tx.TouchMessages(cmp.Or(was.Message, is.Message)); err != nil {
		return err
	}
	return tx.TouchAdminHomes()
}
