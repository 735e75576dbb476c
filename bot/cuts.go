package bot

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/config"
	"airpass/cuts"
	"airpass/identitycenter"
	"airpass/outbound"
	"airpass/setup"
	"airpass/store"
)

// sets is Identity Center as package cuts wants it.
type sets struct{ *identitycenter.Client }

// Policy reads the inline policy of a permission set and how long its sessions last.
func (s sets) Policy(ctx context.Context, instance, arn string) (policy string, session time.Duration, err error) {
	set, err := s.PermissionSet(ctx, instance, arn)
	return set.Policy, set.Session, err
}

// newSets is Identity Center as the role that writes policies sees it; nil where sessions
// are not cut.
func newSets(c *config.Config, caller *outbound.Caller, now func() time.Time) (cuts.Sets, error) {
	if c.AWS.Cuts == nil {
		return nil, nil
	}
	o := identitycenter.Options{
		Region: c.AWS.Region, IdentityStore: c.AWS.IdentityStoreID, Lookup: identitycenter.Lookup(c.AWS.AssignmentLookup),
		Role:             awsconfig.Role{RoleARN: cmp.Or(c.AWS.Cuts.RoleARN, c.AWS.RoleARN), ExternalID: c.AWS.Cuts.ExternalID},
		SSOAdminURL:      cmp.Or(c.AWS.Endpoints.SSOAdmin, c.AWS.EndpointURL),
		IdentityStoreURL: cmp.Or(c.AWS.Endpoints.IdentityStore, c.AWS.EndpointURL),
		STSURL:           cmp.Or(c.AWS.Endpoints.STS, c.AWS.EndpointURL), Profile: c.AWS.Profile, Now: now, Caller: caller,
	}
	if c.AWS.Cuts.RoleARN == "" {
		o.Role.ExternalID = c.AWS.ExternalID
	}
	client, err := identitycenter.New(o)
	if err != nil {
		return nil, fmt.Errorf("aws identity center, to cut sessions: %w", err)
	}
	return sets{client}, nil
}

// newCuts cuts sessions; without sets it only stores what is asked for.
func newCuts(c *config.Config, st *store.Store, outside cuts.Sets, now func() time.Time, log *slog.Logger) *cuts.Service {
	o := cuts.Options{Store: st, Sets: outside, Render: rendering(c), Same: setup.SamePolicy, Most: setup.MostBytes, Tag: setup.Tag,
		AdminChannel: c.Slack.AdminChannel, Now: now, Log: log}
	if c.AWS.Cuts != nil {
		o.On, o.Margin = true, c.AWS.Cuts.Margin
	}
	return cuts.New(o)
}

// rendering is the policy of a permission set as airpass setup would put it, with those
// denied who are cut.
func rendering(c *config.Config) func(access.Target, []string) (cuts.Rendered, error) {
	return func(fallback access.Target, users []string) (cuts.Rendered, error) {
		t, found := fallback, false
		for _, now := range c.Targets() {
			if now.PermissionSet != fallback.PermissionSet {
				continue
			}
			if found && setup.Inline(now, c.AWS.ConsoleActions).String() != setup.Inline(t, c.AWS.ConsoleActions).String() {
				return cuts.Rendered{}, fmt.Errorf("%w: the permission set is that of %s and of %s, and airpass writes the policy of one target only", access.ErrInvalid, t.ID, now.ID)
			}
			t, found = now, true
		}
		if !found && fallback.ID == "" {
			return cuts.Rendered{}, fmt.Errorf("%w: the configuration has no target of the permission set %s", access.ErrInvalid, fallback.PermissionSet)
		}
		d := setup.Inline(t, c.AWS.ConsoleActions, users...)
		return cuts.Rendered{Text: d.String(), Bytes: d.Bytes(), Session: t.Session()}, nil
	}
}
