package bot

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/approvals"
	"airpass/config"
	"airpass/doctor"
	"airpass/mwaa"
	"airpass/outbound"
	"airpass/setup"
	"airpass/store"
)

// Doctor is what airpass doctor looks at: everything outside, as the configuration
// reaches it, with half of the budgets, because a process may be serving beside it.
// store says how the database is; nil where there is none yet.
func Doctor(ctx context.Context, c *config.Config, store func(context.Context) error) (doctor.Deployment, error) {
	now, _, err := clockOf(ctx, Options{Config: c})
	if err != nil {
		return doctor.Deployment{}, err
	}
	heard := newEar()
	v, err := newVendorsHeard(c, outbound.New(outbound.Options{Budgets: portion(budgets(c.Quotas), 2), Now: now}), now, heard) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return doctor.Deployment{}, err
	}
	return deploymentOf(c, v, heard, now, store)
}

// deploymentOf is what doctor looks at, by the clients given.
func deploymentOf(c *config.Config, v vendors, heard *ear, now func() time.Time, store func(context.Context) error) (doctor.Deployment, error) {
	scopes, err := setup.BotScopes()
	if err != nil {
		return doctor.Deployment{}, err
	}
	judge := newApprovals(c, nil, v, nil, nil, nil, now, slog.New(slog.DiscardHandler), nil, nil)
	d := doctor.Deployment{
		Slack: v.slack, Okta: v.okta, IdentityCenter: v.identityCenter, Airflow: v.mwaa,
		Team: c.Slack.Team, Command: c.Slack.Command, Scopes: scopes, AdminChannel: c.Slack.AdminChannel, RequestsChannel: c.Slack.RequestsChannel,
		Application: c.Okta.IdentityCenterApp, AssignmentGroup: c.Okta.EnsureProvisioned.Group, Admins: c.Admins,
		Instance: c.AWS.InstanceARN, IdentityStore: c.AWS.IdentityStoreID, ByPrincipal: c.AWS.AssignmentLookup == "principal",
		RoleAccount: accountOf(c.AWS.RoleARN), Targets: c.Targets(), ConsoleActions: c.AWS.ConsoleActions, Store: store,
		Link: func(t access.Target) (string, error) {
			return mwaa.Link(c.AWS.PortalURL, t.Environment, t.PermissionSetName, c.ConsoleURL(t.Environment))
		},
		MayLogin: func(ctx context.Context, t access.Target, p access.Person) error {
			return v.mwaa.MayLogin(ctx, t.Environment, inTheirName(t, p))
		},
		OktaPerMinute: c.Quotas.OktaPerMinute, IdentityCenterPerSecond: c.Quotas.IdentityCenterPerSecond, Heard: heard.heard,
		RemindBefore: c.Times.RemindBefore, RequestLapse: c.Times.RequestLapse, DeactivationSweep: c.Times.DeactivationSweep, PersonalKept: c.Retention.Personal, Unnamed: unnamed(c.AWS, c.Audit.AnchorBucket),
		Now: now,
		Explain: func(ctx context.Context, login, target string) (approvals.Explanation, error) {
			return judge.Explain(ctx, login, target, 0, time.Time{})
		},
	}
	if c.Slack.Mode == modeHTTP {
		d.SigningSecret = c.Slack.SigningSecret.Reveal()
	}
	d.Uses, d.Trail = sourcesOf(c), v.trail
	if v.onCall != nil {
		d.OnCall = v.onCall
	}
	if v.anchors != nil {
		bucket := c.Audit.AnchorBucket
		d.Anchors, d.AnchorBucket, d.AnchorRetain = v.anchors, bucket.Bucket, bucket.Retain
	}
	for _, one := range c.Campaigns {
		d.Campaigns = append(d.Campaigns, one.Campaign)
	}
	if d.Tiles, err = tilesInUse(c); err != nil {
		return doctor.Deployment{}, err
	}
	for _, w := range c.Warnings {
		d.Warnings = append(d.Warnings, w.String())
	}
	return d, nil
}

// unnamed are the fields of roles that are assumed without an external id.
func unnamed(a config.AWS, bucket *config.AnchorBucket) []string {
	var all []string
	add := func(field, role, external string) {
		if role != "" && external == "" {
			all = append(all, field)
		}
	}
	add("aws.role_arn", a.RoleARN, a.ExternalID)
	add("aws.setup.role_arn", a.Setup.RoleARN, a.Setup.ExternalID)
	if a.Cuts != nil {
		add("aws.cuts.role_arn", a.Cuts.RoleARN, a.Cuts.ExternalID)
	}
	if bucket != nil {
		add("audit.anchor_bucket.role_arn", bucket.RoleARN, bucket.ExternalID)
	}
	for _, id := range slices.Sorted(maps.Keys(a.Accounts)) {
		one := a.Accounts[id]
		add("aws.accounts."+id+".role_arn", one.RoleARN, one.ExternalID)
		add("aws.accounts."+id+".login_role_arn", one.LoginRoleARN, one.LoginExternalID)
	}
	return all
}

// LiveCuts reads from the configured store, which has to be there, whose sessions are cut.
// Nothing is changed in it.
func LiveCuts(c *config.Config) func(context.Context) ([]access.Cut, error) {
	return func(ctx context.Context) (cuts []access.Cut, err error) {
		st, err := asIs(ctx, c)
		if err != nil {
			return nil, err
		}
		if err = st.CheckSchema(ctx); err == nil {
			cuts, err = st.LiveCuts(ctx)
		}
		return cuts, errors.Join(err, st.Close())
	}
}

// Receivers reads from the configured store, which has to be there, how far the webhooks
// are. Nothing is changed in it.
func Receivers(c *config.Config) func(context.Context) ([]doctor.Receiver, error) {
	return func(ctx context.Context) (all []doctor.Receiver, err error) {
		st, err := asIs(ctx, c)
		if err != nil {
			return nil, err
		}
		if err = st.CheckSchema(ctx); err == nil {
			all, err = receiversIn(ctx, st, c)
		}
		return all, errors.Join(err, st.Close())
	}
}

// receiversIn are the webhooks of a configuration, with how far a store says they are.
func receiversIn(ctx context.Context, st *store.Store, c *config.Config) ([]doctor.Receiver, error) {
	behind, err := st.WebhookBacklogs(ctx)
	if err != nil {
		return nil, err
	}
	var all []doctor.Receiver
	for _, h := range c.Webhooks {
		is, begun := behind[h.Name]
		all = append(all, doctor.Receiver{Name: h.Name, Begun: begun, Events: is.Events, Since: is.Since})
	}
	return all, nil
}

// asIs opens the configured store to look at it.
func asIs(ctx context.Context, c *config.Config) (*store.Store, error) {
	return store.Open(ctx, c.Store.URL.Reveal(), store.Options{Now: time.Now, AsIs: true, Key: store.AuditKey{ID: c.Audit.KeyID, Key: config.KeyBytes(c.Audit.Key)}})
}

// accountOf is the account of a role's ARN; empty without one.
func accountOf(roleARN string) string {
	if parts := strings.Split(roleARN, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}

// StoreHealth looks at the configured store, which has to be there: whether it can be
// opened and has the tables of this version. Nothing is changed in it.
func StoreHealth(c *config.Config) func(context.Context) error {
	return func(ctx context.Context) error {
		st, err := asIs(ctx, c)
		if err != nil {
			return err
		}
		return errors.Join(st.CheckSchema(ctx), st.Close())
	}
}
