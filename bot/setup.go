package bot

import (
	"context"
	"fmt"

	"airpass/awsconfig"
	"airpass/config"
	"airpass/identitycenter"
	"airpass/okta"
	"airpass/outbound"
	"airpass/setup"
	"airpass/setup/apply"
)

// Setup is what airpass setup plan and setup apply work with: credentials of its own, and
// half of the budgets, because a process may be serving beside it. op has each call that
// changes something in the audit trail, and says whose sessions are cut; nil is that
// there is no store yet. say is told how it goes on.
func Setup(c *config.Config, op *Operator, say func(string)) (*apply.Work, error) {
	half := budgets(c.Quotas)
	for vendor, b := range half {
		half[vendor] = outbound.Budget{PerSecond: b.PerSecond / 2, Burst: 2, Concurrent: 4}
	}
	caller := outbound.New(outbound.Options{Budgets: half, Record: op.record(say)})
	role := awsconfig.Role{RoleARN: c.AWS.Setup.RoleARN, ExternalID: c.AWS.Setup.ExternalID}
	center, err := identitycenter.New(centerOptions(c, role, caller, nil))
	if err != nil {
		return nil, fmt.Errorf("aws identity center: %w", err)
	}
	o := oktaOptions(c, caller)
	if s := c.Okta.Setup; s != nil {
		o.Token, o.ClientID, o.PrivateKey, o.KeyID, o.Scopes = s.APIToken.Reveal(), s.ClientID, s.PrivateKey.Reveal(), s.KeyID, s.Scopes
	}
	directory, err := okta.New(o)
	if err != nil {
		return nil, fmt.Errorf("okta: %w", err)
	}
	w := &apply.Work{Sets: center, Accounts: center, Groups: center, Directory: directory, Wanted: Wanted(c), Say: say}
	if op != nil {
		w.Actor = op.Actor()
		if c.AWS.Cuts != nil {
			w.Hold, w.Cut = op.HoldPolicy, op.Cuts.Denied
		}
	}
	return w, nil
}

// record has each call that changes something outside in the audit trail, and says of
// one that is missing there; nil without a store.
func (o *Operator) record(say func(string)) func(context.Context, outbound.Call) {
	if o == nil {
		return nil
	}
	return func(ctx context.Context, made outbound.Call) {
		if err := recordCall(ctx, o.Store, made); err != nil {
			say(fmt.Sprintf("%s %s (%s) is missing in the audit trail: %v", made.Site.Vendor, made.Site.Name, made.RequestID, err))
		}
	}
}

// HoldPolicy keeps cuts from writing the inline policy of a permission set while airpass
// setup does.
func (o *Operator) HoldPolicy(ctx context.Context, instance, arn string) (apply.Hold, error) {
	held, err := o.Cuts.Hold(ctx, o.Actor(), instance, arn)
	if err != nil {
		return apply.Hold{}, err
	}
	return apply.Hold{Denied: held.Denied, Until: held.Until, Release: func(ctx context.Context, wrote bool) error { return held.Release(ctx, o.Actor(), wrote) }}, nil
}

// Wanted is what airpass setup sees to for each target.
func Wanted(c *config.Config) []setup.Wanted {
	var all []setup.Wanted
	for _, t := range c.Targets() {
		made := c.Made(t.ID)
		all = append(all, setup.Wanted{Target: t, MakeSet: made.PermissionSet, MakeGroup: made.OktaGroup, GroupName: made.OktaGroupName,
			RelayState: c.ConsoleURL(t.Environment), Console: c.AWS.ConsoleActions})
	}
	return all
}
