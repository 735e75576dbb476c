package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"airpass/access"
	"airpass/identitycenter"
	"airpass/okta"
	"airpass/setup"
)

// Sets are the permission sets of Identity Center.
type Sets interface {
	PermissionSets(ctx context.Context, instance string) ([]string, error)
	NameOf(ctx context.Context, instance, arn string) (string, error)
	PermissionSet(ctx context.Context, instance, arn string) (identitycenter.PermissionSet, error)
	Tags(ctx context.Context, instance, arn string) (map[string]string, error)
	CreatePermissionSet(ctx context.Context, instance string, p identitycenter.PermissionSet, tags map[string]string) (arn string, err error)
	UpdatePermissionSet(ctx context.Context, instance, arn string, p identitycenter.PermissionSet) error
	PutInlinePolicy(ctx context.Context, instance, arn, policy string) error
}

// Accounts are where permission sets are provisioned and assigned.
type Accounts interface {
	ProvisionedIn(ctx context.Context, instance, arn string, outdated bool) ([]string, error)
	Provision(ctx context.Context, instance, arn string) (requestID string, err error)
	Provisioned(ctx context.Context, instance, requestID string) (done bool, failed string, err error)
	Assigned(ctx context.Context, instance, account, permissionSet string) (people, groups []string, err error)
	AssignGroup(ctx context.Context, instance, account, set, group string) (access.Receipt, error)
	GroupAssigned(ctx context.Context, instance, requestID string) (access.Progress, error)
}

// Groups are the groups of the identity store.
type Groups interface {
	GroupID(ctx context.Context, name string) (string, error)
	MembersOf(ctx context.Context, store, group string) ([]string, error)
}

// Directory is Okta.
type Directory interface {
	GroupNamed(ctx context.Context, name string) (okta.Group, error)
	Group(ctx context.Context, id string) (okta.Group, error)
	GroupIsSafe(ctx context.Context, groupID string) error
	CreateGroup(ctx context.Context, name, description string) (okta.Group, error)
}

// Hold is an inline policy that nobody else writes meanwhile.
type Hold struct {
	Denied  []string
	Until   time.Time // wall time after which it is no longer held
	Release func(ctx context.Context, wrote bool) error
}

// Work is what is to be seen to, and where.
type Work struct {
	Sets      Sets
	Accounts  Accounts
	Groups    Groups
	Directory Directory
	Wanted    []setup.Wanted
	// Hold takes the inline policy of a permission set for this alone until it is released,
	// and says whose sessions are cut there; nil where there is nobody to share it with.
	Hold func(ctx context.Context, instance, arn string) (Hold, error)
	// Cut says whose sessions are cut with a permission set; nil is that nobody knows.
	Cut func(ctx context.Context, arn string) ([]string, error)
	// Actor has the changes made, as the audit trail names them.
	Actor access.Actor
	// Say is told how it goes on, one line at a time; nil is nobody.
	Say func(string)
	// Pause is the first wait for something that is under way, and after a failure that
	// passes; 0 is a second. It grows.
	Pause time.Duration

	speak sync.Mutex
	names names
	three chan struct{} // who may have AWS provision
	once  sync.Once
}

// atOnce is how many targets are looked at at the same time; what a vendor takes is
// held by the budgets. provisions is how many permission sets AWS provisions at once.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html.
const (
	atOnce     = 8
	provisions = 3
)

// Plan says what is to be done for each target, in the order of Wanted. Nothing is changed.
func (w *Work) Plan(ctx context.Context) ([]setup.Plan, error) {
	return w.each(ctx, func(ctx context.Context, want setup.Wanted, _ int) (setup.Plan, error) {
		var p setup.Plan
		err := w.patiently(ctx, want, func() (bool, error) {
			seen, err := w.look(ctx, want)
			p = setup.Compare(want, seen)
			return false, err
		})
		return p, err
	})
}

// Carry makes the changes of the plans, which are those of Plan, and says what is left.
// A target that is not as it was when it was planned is left alone. What fails for one
// target does not keep the others from being done.
func (w *Work) Carry(ctx context.Context, plans []setup.Plan) ([]setup.Plan, error) {
	return w.each(ctx, func(ctx context.Context, want setup.Wanted, i int) (setup.Plan, error) {
		if len(plans[i].Changes) == 0 {
			return plans[i], nil
		}
		return w.carry(ctx, want, plans[i])
	})
}

// each does something for each target, several at once, and joins what fails.
func (w *Work) each(ctx context.Context, do func(context.Context, setup.Wanted, int) (setup.Plan, error)) ([]setup.Plan, error) {
	w.once.Do(func() { w.three = make(chan struct{}, provisions) })
	plans, failed := make([]setup.Plan, len(w.Wanted)), make([]error, len(w.Wanted))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, want := range w.Wanted {
		group.Go(func() error {
			if plans[i], failed[i] = do(ctx, want, i); failed[i] != nil {
				failed[i] = fmt.Errorf("%s: %w", want.Target.ID, failed[i])
			}
			return nil
		})
	}
	_ = group.Wait() // what fails is kept for each
	return plans, errors.Join(failed...)
}

func (w *Work) say(want setup.Wanted, format string, args ...any) {
	if w.Say == nil {
		return
	}
	w.speak.Lock()
	defer w.speak.Unlock()
	w.Say(want.Target.ID + ": " + fmt.Sprintf(format, args...))
}
