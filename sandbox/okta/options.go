package okta

import (
	"crypto/rsa"
	"time"

	"airpass/sandbox/control"
)

// Options describes the org. The zero value of each field has a usable meaning.
type Options struct {
	// Clock is the sandbox clock; nil is a clock of its own.
	Clock *control.Clock

	// Downstream is IAM Identity Center as SCIM reaches it; nil provisions nothing.
	Downstream Provisioner

	// APIToken is the SSWS token that works. Empty: one is made; see Server.APIToken.
	APIToken string
	// Clients are the OAuth 2.0 service apps (API Services) of the org.
	Clients []Client

	// PushDelay is how long a change in a pushed group takes to reach Identity
	// Center, on the sandbox clock. 0 is 3 s; negative is at once.
	PushDelay time.Duration

	// ProvisionDelay is how long it takes, on the sandbox clock, until somebody who is
	// assigned the Identity Center application has an account there. 0 is at once.
	ProvisionDelay time.Duration

	// Limits are the requests a minute and endpoint family; a missing family has its
	// default (see DefaultLimits), a negative number switches the family's limit off.
	Limits map[string]int
	// Concurrent is how many requests may be under way at once (75); negative is any
	// number.
	Concurrent int

	// SessionTTL is how long a browser session lives (2 h).
	SessionTTL time.Duration
	// TrustedOrigins are where sign-in may send a browser ("http://127.0.0.1:8080");
	// see also Server.TrustOrigin.
	TrustedOrigins []string
}

// Client is an OAuth 2.0 service app that signs in with private_key_jwt.
// See https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/.
type Client struct {
	ID   string
	Name string
	// Keys are its registered public keys by key id.
	Keys map[string]*rsa.PublicKey
	// Scopes are the okta.* scopes that an admin granted it.
	Scopes []string
	// RequireDPoP refuses token requests without a DPoP proof, as API Services apps
	// made since February 2024 do until the box is unticked.
	RequireDPoP bool
	// TokenTTL is how long an access token lives (1 h).
	TokenTTL time.Duration
}

// DefaultLimits are the requests a minute of each endpoint family. They differ from
// one org to the next; these are what a small one is given.
func DefaultLimits() map[string]int {
	return map[string]int{
		familyUsers: 600, familyUser: 600, familyGroups: 600, familyGroup: 600,
		familyApps: 600, familyApp: 600, familyLogs: 120, familyToken: 600,
	}
}

// The endpoint families that have a limit of their own.
const (
	familyUsers  = "/api/v1/users"
	familyUser   = "/api/v1/users/{id}"
	familyGroups = "/api/v1/groups"
	familyGroup  = "/api/v1/groups/{id}"
	familyApps   = "/api/v1/apps"
	familyApp    = "/api/v1/apps/{id}"
	familyLogs   = "/api/v1/logs"
	familyToken  = "/oauth2/v1/token"
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = new(control.Clock)
	}
	if o.APIToken == "" {
		o.APIToken = "00" + randomID(40)
	}
	switch {
	case o.PushDelay == 0:
		o.PushDelay = 3 * time.Second
	case o.PushDelay < 0:
		o.PushDelay = 0
	}
	limits := DefaultLimits()
	for family, n := range o.Limits {
		limits[family] = n
	}
	o.Limits = limits
	if o.Concurrent == 0 {
		o.Concurrent = 75
	}
	if o.SessionTTL == 0 {
		o.SessionTTL = 2 * time.Hour
	}
	return o
}
