package bot

import (
	"cmp"
	"fmt"
	"maps"
	"time"

	"airpass/awsanchors"
	"airpass/awsconfig"
	"airpass/chat"
	"airpass/cloudtrail"
	"airpass/config"
	"airpass/identitycenter"
	"airpass/mwaa"
	"airpass/okta"
	"airpass/oncall"
	"airpass/outbound"
)

// vendors are the clients of everything outside.
type vendors struct {
	slack          *chat.Client
	okta           *okta.Client
	identityCenter *identitycenter.Client
	mwaa           *mwaa.Client
	trail          *cloudtrail.Client
	onCall         *oncall.Client     // nil where none is configured
	anchors        *awsanchors.Client // the same
}

func newVendors(c *config.Config, caller *outbound.Caller, now func() time.Time) (vendors, error) {
	return newVendorsHeard(c, caller, now, nil)
}

// newVendorsHeard are vendors whose answers somebody listens to; nil is nobody.
func newVendorsHeard(c *config.Config, caller *outbound.Caller, now func() time.Time, heard *ear) (v vendors, err error) {
	if v.slack, err = chat.New(chat.Options{BotToken: c.Slack.BotToken.Reveal(), AppToken: c.Slack.AppToken.Reveal(), APIURL: c.Slack.APIURL, Caller: caller, HTTPClient: heard.at("Slack")}); err != nil {
		return v, fmt.Errorf("slack: %w", err)
	}
	directory := oktaOptions(c, caller)
	directory.HTTPClient = heard.at("Okta")
	if v.okta, err = okta.New(directory); err != nil {
		return v, fmt.Errorf("okta: %w", err)
	}
	center := centerOptions(c, awsconfig.Role{RoleARN: c.AWS.RoleARN, ExternalID: c.AWS.ExternalID}, caller, now)
	if client := heard.at("AWS"); client != nil {
		center.HTTPClient = client
	}
	if v.identityCenter, err = identitycenter.New(center); err != nil {
		return v, fmt.Errorf("aws identity center: %w", err)
	}
	if v.mwaa, err = newMWAA(c, caller); err != nil {
		return v, err
	}
	if v.trail, err = newTrail(c, caller); err != nil {
		return v, err
	}
	if token := c.PagerDuty.APIToken.Reveal(); token != "" {
		if v.onCall, err = oncall.New(oncall.Options{Token: token, URL: c.PagerDuty.APIURL, Caller: caller, Now: now}); err != nil {
			return v, fmt.Errorf("pagerduty: %w", err)
		}
	}
	if v.anchors, err = newAnchors(c, roleOfAnchors(c), caller, now); err != nil {
		return v, err
	}
	return v, nil
}

func newMWAA(c *config.Config, caller *outbound.Caller) (*mwaa.Client, error) {
	roles, logins := rolesOf(c), map[string]awsconfig.Role{}
	for account, a := range c.AWS.Accounts {
		logins[account] = awsconfig.Role{RoleARN: a.LoginRoleARN, ExternalID: a.LoginExternalID}
	}
	client, err := mwaa.New(mwaa.Options{Roles: roles, Logins: logins, EndpointURL: cmp.Or(c.AWS.Endpoints.MWAA, c.AWS.EndpointURL), STSURL: stsOf(c), Profile: c.AWS.Profile, Caller: caller})
	if err != nil {
		return nil, fmt.Errorf("aws mwaa: %w", err)
	}
	return client, nil
}

// rolesOf are the roles that are assumed to read what is in an account.
func rolesOf(c *config.Config) map[string]awsconfig.Role {
	roles := map[string]awsconfig.Role{}
	for account, a := range c.AWS.Accounts {
		roles[account] = awsconfig.Role{RoleARN: a.RoleARN, ExternalID: a.ExternalID}
	}
	return roles
}

func newTrail(c *config.Config, caller *outbound.Caller) (*cloudtrail.Client, error) {
	client, err := cloudtrail.New(cloudtrail.Options{Roles: rolesOf(c), Profile: c.AWS.Profile, URL: cmp.Or(c.AWS.Endpoints.CloudTrail, c.AWS.EndpointURL),
		LogsURL: cmp.Or(c.AWS.Endpoints.Logs, c.AWS.EndpointURL), STSURL: stsOf(c), Caller: caller})
	if err != nil {
		return nil, fmt.Errorf("aws cloudtrail: %w", err)
	}
	return client, nil
}

func stsOf(c *config.Config) string { return cmp.Or(c.AWS.Endpoints.STS, c.AWS.EndpointURL) }

// centerOptions reach Identity Center under a role.
func centerOptions(c *config.Config, role awsconfig.Role, caller *outbound.Caller, now func() time.Time) identitycenter.Options {
	return identitycenter.Options{
		Region: c.AWS.Region, IdentityStore: c.AWS.IdentityStoreID, Lookup: identitycenter.Lookup(c.AWS.AssignmentLookup), Role: role,
		SSOAdminURL:      cmp.Or(c.AWS.Endpoints.SSOAdmin, c.AWS.EndpointURL),
		IdentityStoreURL: cmp.Or(c.AWS.Endpoints.IdentityStore, c.AWS.EndpointURL),
		STSURL:           stsOf(c), Profile: c.AWS.Profile, Now: now, Caller: caller,
	}
}

func oktaOptions(c *config.Config, caller *outbound.Caller) okta.Options {
	return okta.Options{
		URL: c.Okta.OrgURL, Caller: caller, Token: c.Okta.APIToken.Reveal(),
		ClientID: c.Okta.ClientID, PrivateKey: c.Okta.PrivateKey.Reveal(), KeyID: c.Okta.KeyID, Scopes: c.Okta.Scopes,
		EmailAttribute: c.Okta.EmailAttribute, ManagerAttribute: c.Okta.Manager.Attribute, ManagerKind: okta.ManagerKind(c.Okta.Manager.Kind),
		PersonAttribute: c.Okta.PersonAttribute, IdentityCenterApp: c.Okta.IdentityCenterApp, AssignmentGroup: c.Okta.EnsureProvisioned.Group, UserNameAttribute: c.Okta.IdentityCenterUserName.Attribute,
	}
}

// budgets are the calls that airpass allows itself, as configured, for all replicas
// together; and how many calls this process has under way at once in each system, so
// that one that hangs holds up few of its workers. Slack's limits are per method and
// channel, which Slack itself tells with Retry-After.
func budgets(q config.Quotas) map[outbound.Vendor]outbound.Budget {
	all := map[outbound.Vendor]outbound.Budget{
		// Okta counts by the minute, so that ten seconds' worth may come at once.
		outbound.Okta:           {PerSecond: float64(q.OktaPerMinute) / 60, Burst: max(q.OktaPerMinute/6, 1), Concurrent: q.OktaConcurrent},
		outbound.IdentityCenter: {PerSecond: float64(q.IdentityCenterPerSecond), Here: 16},
		outbound.IdentityStore:  {PerSecond: float64(q.IdentityStorePerSecond), Here: 16},
		outbound.MWAA:           {Here: 8},
		outbound.STS:            {Here: 8},
		outbound.Slack:          {Here: 16},
		// Far below what an API key may ask, and a whole judgement asks once or twice.
		outbound.PagerDuty: {PerSecond: 4, Burst: 20, Here: 8},
		// AWS allows two a second in an account and region, to everybody together; a
		// campaign has time.
		outbound.CloudTrail:     {PerSecond: 1, Burst: 1, Here: 1},
		outbound.CloudWatchLogs: {PerSecond: 1, Burst: 1, Here: 1},
		// A head an hour; and an auditor who reads them all.
		outbound.S3: {PerSecond: 50, Burst: 100, Here: 8},
	}
	maps.Copy(all, secretBudgets())
	return all
}
