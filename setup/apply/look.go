package apply

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"airpass/access"
	"airpass/setup"
)

// look reads what is there for a target.
func (w *Work) look(ctx context.Context, want setup.Wanted) (seen setup.Seen, err error) {
	if seen.Group, err = w.oktaGroup(ctx, want); err != nil {
		return seen, err
	}
	if seen.Set, err = w.set(ctx, want); err != nil {
		return seen, err
	}
	t := want.Target
	if t.Mode == access.ByGroup && t.IdentityCenterGroup == "" && seen.Group != nil {
		seen.Pushed, err = w.Groups.GroupID(ctx, seen.Group.Name)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return seen, err
		}
	}
	if holder := holder(t, seen); holder != "" && (seen.Set == nil || seen.Set.Tag == t.ID) {
		members, err := w.Groups.MembersOf(ctx, t.IdentityStore, holder)
		if err != nil {
			return seen, err
		}
		seen.Members = len(members)
	}
	return seen, nil
}

// holder is the group that is to hold the permission set all the time; empty is none,
// or one that nobody has pushed yet.
func holder(t access.Target, seen setup.Seen) string {
	switch {
	case t.Mode == access.ByUser:
		return t.Anchor
	case t.IdentityCenterGroup != "":
		return t.IdentityCenterGroup
	}
	return seen.Pushed
}

// oktaGroup reads the target's group; nil if there is none, or none is wanted.
func (w *Work) oktaGroup(ctx context.Context, want setup.Wanted) (*setup.SeenGroup, error) {
	id := want.Target.OktaGroup
	if id == "" && !want.MakeGroup {
		return nil, nil //nolint:nilnil // none is wanted
	}
	found, err := w.Directory.GroupNamed(ctx, want.Group())
	if !want.MakeGroup {
		found, err = w.Directory.Group(ctx, id)
	}
	switch {
	case want.MakeGroup && errors.Is(err, access.ErrNotFound):
		return nil, nil //nolint:nilnil // it is still to be made
	case err != nil:
		return nil, err
	}
	seen := &setup.SeenGroup{ID: found.ID, Name: found.Name, Description: found.Description, Plain: found.Plain}
	err = w.Directory.GroupIsSafe(ctx, found.ID)
	if errors.Is(err, access.ErrUnsafe) {
		seen.Unsafe, err = err.Error(), nil
	}
	return seen, err
}

// set reads the target's permission set; nil if there is none. Of one that is not
// airpass's nothing more is read than whose it is.
func (w *Work) set(ctx context.Context, want setup.Wanted) (*setup.SeenSet, error) {
	t := want.Target
	arn := t.PermissionSet
	if want.MakeSet {
		var err error
		if arn, err = w.named(ctx, want); err != nil || arn == "" {
			return nil, err
		}
	}
	is, err := w.Sets.PermissionSet(ctx, t.Instance, arn)
	if errors.Is(err, access.ErrNotFound) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	seen := &setup.SeenSet{ARN: arn, PermissionSet: setup.PermissionSet(is)}
	tags, err := w.Sets.Tags(ctx, t.Instance, arn)
	if seen.Tag = tags[setup.Tag]; err != nil || seen.Tag != t.ID {
		return seen, err
	}
	if seen.In, err = w.Accounts.ProvisionedIn(ctx, t.Instance, arn, false); err != nil {
		return nil, err
	}
	if seen.Outdated, err = w.Accounts.ProvisionedIn(ctx, t.Instance, arn, true); err != nil {
		return nil, err
	}
	if seen.CutsKnown = w.Cut != nil; seen.CutsKnown {
		if seen.Cut, err = w.Cut(ctx, arn); err != nil {
			return nil, err
		}
	}
	_, seen.Groups, err = w.Accounts.Assigned(ctx, t.Instance, t.Environment.Account, arn)
	return seen, err
}

// names are the permission sets of the instance by name, which is not how AWS finds
// them: each is asked for what it is called, once for all targets.
type names struct {
	mu   sync.Mutex
	arns map[string]string // by name; nil while nobody has asked
}

// named finds the permission set that a target is to have; empty if there is none.
func (w *Work) named(ctx context.Context, want setup.Wanted) (string, error) {
	w.names.mu.Lock()
	defer w.names.mu.Unlock()
	if w.names.arns == nil {
		arns, err := w.index(ctx, want)
		if err != nil {
			return "", err
		}
		w.names.arns = arns
	}
	return w.names.arns[want.Set().Name], nil
}

func (w *Work) index(ctx context.Context, want setup.Wanted) (map[string]string, error) {
	all, err := w.Sets.PermissionSets(ctx, want.Target.Instance)
	if err != nil {
		return nil, err
	}
	if many := 50; len(all) >= many {
		w.say(want, "looking through %d permission sets for the names", len(all))
	}
	var mu sync.Mutex
	arns := map[string]string{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, arn := range all {
		group.Go(func() error {
			return w.patiently(ctx, want, func() (bool, error) {
				name, err := w.Sets.NameOf(ctx, want.Target.Instance, arn)
				if errors.Is(err, access.ErrNotFound) {
					return false, nil // deleted meanwhile
				}
				mu.Lock()
				defer mu.Unlock()
				arns[name] = arn
				return false, err
			})
		})
	}
	return arns, group.Wait()
}

// isNamed notes a permission set that was made.
func (w *Work) isNamed(name, arn string) {
	w.names.mu.Lock()
	defer w.names.mu.Unlock()
	w.names.arns[name] = arn
}

// forget lets the names be read anew: one may have been made without our hearing of it.
func (w *Work) forget() {
	w.names.mu.Lock()
	defer w.names.mu.Unlock()
	w.names.arns = nil
}
