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
// half of the budgets, because a process may be serving beside it. say is told how it
// goes on.
func Setup(c *config.Config, say func(string)) (*apply.Work, error) {
	half := budgets(c.Quotas)
	for vendor, b := range half {
		half[vendor] = outbound.Budget{PerSecond: b.PerSecond / 2, Burst: 2, Concurrent: 4}
	}
	caller := outbound.New(outbound.Options{Budgets: half})
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
	return &apply.Work{Sets: center, Accounts: center, Groups: center, Directory: directory, Wanted: Wanted(c), Say: say}, nil
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
