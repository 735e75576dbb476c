package apply

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"airpass/access"
	"airpass/identitycenter"
	"airpass/outbound"
	"airpass/setup"
)

// carry makes the changes of one target, and reads back that nothing is left.
func (w *Work) carry(ctx context.Context, want setup.Wanted, shown setup.Plan) (left setup.Plan, err error) {
	began, rounds := false, 0
	err = w.patiently(ctx, want, func() (gotOn bool, err error) {
		for {
			seen, err := w.look(ctx, want)
			if err != nil {
				return gotOn, err
			}
			left = setup.Compare(want, seen)
			switch {
			case !began && !reflect.DeepEqual(left.Changes, shown.Changes):
				return false, fmt.Errorf("%w: it is not as it was planned; nothing was done, plan it anew", access.ErrStale)
			case len(left.Refused) > 0:
				return false, fmt.Errorf("%w: %s", access.ErrUnsafe, strings.Join(left.Refused, "; "))
			case len(left.Changes) == 0:
				w.say(want, "as it is to be")
				return true, nil
			case rounds == patience:
				return false, fmt.Errorf("%w: AWS or Okta took the changes %d times, and they are not there", access.ErrUnverifiable, rounds)
			}
			began = true
			for _, c := range left.Changes {
				if err := w.do(ctx, want, &seen, c); err != nil {
					return gotOn, err
				}
				gotOn = true
			}
			rounds++
		}
	})
	return left, err
}

// do makes one change. Those after it find in seen what it has made.
func (w *Work) do(ctx context.Context, want setup.Wanted, seen *setup.Seen, c setup.Change) error {
	instance := want.Target.Instance
	ctx = outbound.For(ctx, outbound.Cause{Actor: w.Actor, Facts: map[string]string{"target": want.Target.ID, "change": string(c.Do)}})
	switch c.Do {
	case setup.CreateGroup:
		g, err := w.Directory.CreateGroup(ctx, want.Group(), want.GroupDescription())
		if err != nil {
			return err
		}
		w.say(want, "Okta group %s made: %s", g.Name, g.ID)
		return nil
	case setup.CreateSet:
		return w.create(ctx, want, seen)
	case setup.UpdateSet:
		if err := w.Sets.UpdatePermissionSet(ctx, instance, seen.Set.ARN, identitycenter.PermissionSet(want.Set())); err != nil {
			return err
		}
		w.say(want, "permission set %s changed", c.Of)
		return nil
	case setup.PutPolicy:
		return w.put(ctx, want, seen.Set.ARN, c)
	case setup.Provision:
		return w.provision(ctx, want, seen.Set.ARN)
	case setup.Assign:
		return w.assign(ctx, want, *seen)
	}
	return fmt.Errorf("%w: nobody knows how to %s", access.ErrInvalid, c.Do)
}

// put writes the inline policy. Where sessions may be cut it is rendered from who is cut
// while nobody else writes it: what was read of it may have changed since.
func (w *Work) put(ctx context.Context, want setup.Wanted, arn string, c setup.Change) error {
	text := c.Fields[0].Wanted
	release := func(error) error { return nil }
	if w.Hold != nil {
		held, err := w.Hold(ctx, want.Target.Instance, arn)
		if err != nil {
			return fmt.Errorf("take the policy of %s from who cuts sessions: %w", c.Of, err)
		}
		within, stop := context.WithDeadline(ctx, held.Until)
		defer stop()
		ctx, text = within, want.Set(held.Denied...).Policy
		release = func(failed error) error { return held.Release(ctx, failed == nil || passes(failed)) }
	}
	err := w.Sets.PutInlinePolicy(ctx, want.Target.Instance, arn, text)
	if err = errors.Join(err, release(err)); err != nil {
		return err
	}
	w.say(want, "inline policy of %s written", c.Of)
	return nil
}

func (w *Work) create(ctx context.Context, want setup.Wanted, seen *setup.Seen) error {
	form := want.Set()
	arn, err := w.Sets.CreatePermissionSet(ctx, want.Target.Instance, identitycenter.PermissionSet(form), map[string]string{setup.Tag: want.Target.ID})
	if err != nil {
		w.forget() // it may have been made, or somebody else has made one of the name
		return err
	}
	w.isNamed(form.Name, arn)
	seen.Set = &setup.SeenSet{ARN: arn}
	w.say(want, "permission set %s made: %s", form.Name, arn)
	return nil
}

// provision has AWS bring the accounts up to date, three sets at once, and waits for it.
func (w *Work) provision(ctx context.Context, want setup.Wanted, arn string) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case w.three <- struct{}{}:
	}
	defer func() { <-w.three }()
	request, err := w.Accounts.Provision(ctx, want.Target.Instance, arn)
	if err != nil {
		return err
	}
	w.say(want, "AWS provisions %s", arn)
	return w.await(ctx, want, "provisioning", func() (bool, string, error) {
		return w.Accounts.Provisioned(ctx, want.Target.Instance, request)
	})
}

func (w *Work) assign(ctx context.Context, want setup.Wanted, seen setup.Seen) error {
	t := want.Target
	group := holder(t, seen)
	receipt, err := w.Accounts.AssignGroup(ctx, t.Instance, t.Environment.Account, seen.Set.ARN, group)
	switch {
	case err != nil:
		return err
	case receipt.Failure != "":
		return fmt.Errorf("%w: AWS could not assign the permission set to the group %s: %s", access.ErrUnverifiable, group, receipt.Failure)
	case receipt.Done:
		return nil
	}
	w.say(want, "AWS assigns %s to the group %s in %s", seen.Set.ARN, group, t.Environment.Account)
	return w.await(ctx, want, "assigning", func() (bool, string, error) {
		p, err := w.Accounts.GroupAssigned(ctx, t.Instance, receipt.RequestID)
		return p.Done || p.Failure != "" || err == nil && !p.Known, p.Failure, err
	})
}

// await looks at something that AWS works on until it is done.
func (w *Work) await(ctx context.Context, want setup.Wanted, what string, look func() (done bool, failed string, err error)) error {
	began := time.Now()
	for n := 0; ; n++ {
		var done bool
		var failed string
		err := w.patiently(ctx, want, func() (bool, error) {
			var err error
			done, failed, err = look()
			return false, err
		})
		switch {
		case err != nil:
			return err
		case failed != "":
			return fmt.Errorf("%w: AWS has failed at %s: %s", access.ErrUnverifiable, what, failed)
		case done:
			w.say(want, "%s is done", what)
			return nil
		}
		if n > 0 {
			w.say(want, "%s for %s", what, time.Since(began).Round(time.Second))
		}
		if err := w.pause(ctx, min(n, 2), 0); err != nil {
			return err
		}
	}
}
