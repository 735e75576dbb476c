package config

import (
	"log/slog"
	"strings"
	"time"

	"airpass/access"
	"airpass/policy"
)

// Config is one valid configuration file, defaults filled in.
type Config struct {
	Slack        Slack
	Okta         Okta
	AWS          AWS
	PagerDuty    PagerDuty
	Environments []Environment
	Hours        *access.Hours // working hours of targets that have none of their own; nil is none
	Times        Times
	Schedules    Schedules
	Doctor       Doctor
	Drift        Drift
	Retention    Retention
	Caps         Caps
	Quotas       Quotas
	Store        Store
	Audit        Audit
	HTTP         HTTP
	Log          Log
	Tracing      Tracing
	Secrets      Secrets
	Admins       []string // Okta logins
	Campaigns    []Campaign
	LastUse      LastUse
	Webhooks     []Webhook
	Sandbox      Sandbox

	// Conditions has compiled the conditions of the policies.
	Conditions *policy.Conditions

	// Warnings are the problems that airpass runs with, in the order of the file.
	Warnings Problems
	// Stale are the secrets that could not be fetched from AWS when the file was read again,
	// and are as they were before.
	Stale Problems

	kept    map[Kept]bool   // what is kept in AWS …
	fetched map[Kept]Secret // … and what it was
	targets []access.Target
	made    map[string]Made // by target
}

// Made is what airpass setup makes for a target; the zero value is nothing.
type Made struct {
	PermissionSet bool   // of the target's PermissionSetName, which may be empty
	OktaGroup     bool   // of the name …
	OktaGroupName string // … that may be empty
}

// Made says what airpass setup is to make for the target of an id.
func (c *Config) Made(id string) Made { return c.made[id] }

// Targets returns what people may ask for, in the order of the file. The slice is
// the caller's; what its elements point to is shared.
func (c *Config) Targets() []access.Target {
	return append([]access.Target(nil), c.targets...)
}

// Target returns the target of an id such as "prod/Viewer".
func (c *Config) Target(id string) (access.Target, bool) {
	for _, t := range c.targets {
		if t.ID == id {
			return t, true
		}
	}
	return access.Target{}, false
}

// InAWS is how many secrets are kept in AWS.
func (c *Config) InAWS() int { return len(c.kept) }

// Environment returns the environment that people call key.
func (c *Config) Environment(key string) (Environment, bool) {
	for _, e := range c.Environments {
		if e.Key == key {
			return e, true
		}
	}
	return Environment{}, false
}

// Slack is how airpass reaches its workspace.
type Slack struct {
	Mode            string // socket or http
	APIURL          string // ends with "/"
	BotToken        Secret // xoxb-…
	AppToken        Secret // xapp-…; socket mode
	SigningSecret   Secret // http mode
	Listen          string // host:port where Slack's requests arrive; http mode
	Path            string // of the one request URL: "/slack"; http mode
	Team            string // T…: clicks from other workspaces are refused
	Command         string // "/airflow"
	AllowedDomains  []string
	RequestsChannel string   // C…; empty posts request cards to approvers only
	AdminChannel    string   // C…: what a person must look at
	NotifyMax       int      // direct messages per request, at most
	AwayStatus      []string // emoji of a status, ":palm_tree:", by which an approver is absent
	Language        string   // "en" or "de": of channels, and of whom no other is known
}

// Okta is how airpass reaches the Okta org and what it reads there. Either APIToken
// is set, or ClientID, PrivateKey, KeyID and Scopes are.
type Okta struct {
	OrgURL     string // without a trailing "/"
	APIToken   Secret
	ClientID   string
	PrivateKey Secret // PEM, always PKCS#1, which is the only form the SDK takes
	KeyID      string
	Scopes     []string

	EmailAttribute string // profile attribute that must equal the Slack e-mail
	Manager        Manager
	// PersonAttribute is the attribute that two Okta users of one human share; may be empty.
	PersonAttribute string
	// IdentityCenterApp is the application that provisions Identity Center: never touched,
	// and no target's group may assign it.
	IdentityCenterApp      string
	IdentityCenterUserName UserName
	EnsureProvisioned      EnsureProvisioned

	// Setup is as whom airpass setup signs in, only its credentials; nil is as airpass itself.
	Setup *Okta
}

// EnsureProvisioned says how somebody who is not in Identity Center gets an account
// there once their request is approved. The zero value is not at all: they are refused.
type EnsureProvisioned struct {
	// Group is the Okta group that assigns IdentityCenterApp. People are added to it and
	// never taken out. It is no target's group.
	Group string
}

// Manager says where a person's manager is found.
type Manager struct {
	Attribute string
	Kind      string // okta_id, login, email or employee_number
}

// UserName says where a person's Identity Center user name comes from.
type UserName struct {
	From      string // app_user: of the Identity Center application; attribute: of the Okta profile
	Attribute string // with From attribute only
}

// PagerDuty is how airpass finds out who is on call. The zero value is not at all: then
// no policy may name a schedule.
type PagerDuty struct {
	APIURL   string // without a trailing "/"
	APIToken Secret
	// OnCall are the schedules in which a requester is on call, for conditions.
	OnCall []string
}

// AWS is how airpass reaches Identity Center and MWAA.
type AWS struct {
	Region     string // Identity Center's home region
	Profile    string // of the shared AWS files; may be empty
	RoleARN    string // assumed for Identity Center; may be empty
	ExternalID string

	EndpointURL string // for every service; may be empty
	Endpoints   Endpoints

	InstanceARN      string
	IdentityStoreID  string
	PortalURL        string             // without a trailing "/" or fragment
	AssignmentLookup string             // principal or list
	Accounts         map[string]Account // by 12-digit account id
	// Setup is assumed by airpass setup instead of RoleARN; empty is the own credentials.
	Setup Account
	// Cuts is how sessions are cut; nil is that they are not.
	Cuts *Cuts
	// ConsoleActions are allowed besides in permission sets, for the console's page.
	ConsoleActions []string
	// AnchorGroup is the anchor of targets of mode user that name none; may be empty.
	AnchorGroup string
	// ConsoleURL holds the template of an environment's sign-in page by partition;
	// use Config.ConsoleURL.
	ConsoleURL map[string]string
}

// Endpoints are per-service base URLs; an empty one falls back to AWS.EndpointURL, then to AWS.
type Endpoints struct {
	SSOAdmin       string
	IdentityStore  string
	MWAA           string
	STS            string
	SecretsManager string
	SSM            string
	CloudTrail     string
	Logs           string // CloudWatch Logs
	S3             string
}

// Account is the role for MWAA calls in one account; empty is the own credentials.
type Account struct {
	RoleARN    string
	ExternalID string
	// LoginRoleARN is assumed in a person's name when an instant link is clicked; empty
	// where no target of the account has one.
	LoginRoleARN    string
	LoginExternalID string
}

// Cuts is how sessions are cut.
type Cuts struct {
	Account // the role that writes policies; empty is that for Identity Center
	// Margin is how much longer than a session may last nobody is let in again.
	Margin time.Duration
	// Deactivated: the sessions of people who are no longer ACTIVE in Okta are cut, too.
	Deactivated bool
}

// Environment is one MWAA environment and what only airpass knows of it.
type Environment struct {
	access.Environment
	Label  string // shown to people; the key if none is given
	Owners []string
	Tags   map[string]string
	// SAMLName is what the SAML application is called that airpass setup saml is to find;
	// Application is its ARN, for targets that name none. Both may be empty.
	SAMLName, Application string
}

// ConsoleURL is the console page from which a person opens the environment's Airflow.
func (c *Config) ConsoleURL(e access.Environment) string {
	return strings.NewReplacer("{region}", e.Region, "{account}", e.Account, "{environment}", e.Name).
		Replace(c.AWS.ConsoleURL[e.Partition])
}

// Times are the domain's waits and limits.
type Times struct {
	RequestLapse        time.Duration // an undecided request lapses after this
	ProvisioningTimeout time.Duration // an approved grant fails after this
	SettleWindow        time.Duration // absence is confirmed once more after this
	DeactivationSweep   time.Duration // a deactivated person's grants end within this; see Schedules.Deactivation
	OverdueAfter        time.Duration // a removal not confirmed by then is alerted
	ClickDeadline       time.Duration // a click that cannot be checked is refused after this
	RemindBefore        time.Duration // who has access is reminded this long before its end; 0 is never
	LinkWarningAfter    time.Duration // a link to a busy environment is posted, with a warning, after this
}

// Doctor says when everything outside is looked at.
type Doctor struct{ Calendar Calendar }

// On says whether it is looked at by itself.
func (d Doctor) On() bool { return d.Calendar.Expression != "" }

// Drift says when it is looked for, and what is done about each kind of it that is not
// only reported.
type Drift struct {
	Calendar Calendar
	Actions  map[string]access.DriftAction
}

// On says whether it is looked for by itself.
func (d Drift) On() bool { return d.Calendar.Expression != "" }

// Retention says how long what is over is kept. The zero value is for ever.
type Retention struct {
	Schedule Schedule // when what is too old is looked for
	// Personal is how long what is known of somebody is kept after they were done with; 0 is
	// for ever.
	Personal time.Duration
	// Ended is how long rows of what is over are kept; 0 is for ever.
	Ended time.Duration
}

// On says whether anything is ever deleted.
func (r Retention) On() bool { return r.Personal > 0 || r.Ended > 0 }

// Schedules say when the sweeps run.
type Schedules struct {
	Sweep        Schedule
	Deactivation Schedule
	AuditHead    Schedule
}

// Caps bound removals that are inferred from outside data.
type Caps struct {
	InferredMax   int     // this many are always carried out
	InferredShare float64 // or this share of the live grants, if that is more; 0 to 1
}

// Quotas are the budgets airpass gives itself with each vendor.
type Quotas struct {
	IdentityCenterPerSecond int
	IdentityStorePerSecond  int
	OutstandingAssignments  int // AWS allows 15
	OktaPerMinute           int
	OktaConcurrent          int
}

// StoreKind is which database holds the state.
type StoreKind string

// The stores.
const (
	SQLite   StoreKind = "sqlite"
	Postgres StoreKind = "postgres"
)

// Store is where the state is kept.
type Store struct {
	URL  Secret // password and all; of SQLite with Path in it
	Kind StoreKind
	Path string // of the SQLite file, a relative one resolved beside the configuration; empty for PostgreSQL
	// Display is the URL without user, password and parameters, for logs.
	Display string
}

// Audit is how audit events are signed.
type Audit struct {
	Key     Secret
	KeyID   string
	OldKeys map[string]Secret // by key id; they verify, they never sign
	// AnchorChannel is where in Slack the signed head is posted; empty is nowhere.
	AnchorChannel string
	// AnchorBucket is where in S3 the signed head is kept under a lock; nil is nowhere.
	AnchorBucket *AnchorBucket
}

// AnchorBucket is a bucket of S3 that keeps heads of the trail.
type AnchorBucket struct {
	Bucket string
	Prefix string // of every key; empty, or ends with "/"
	Region string
	// Account is the role that writes; empty is airpass's own credentials. It has no login role.
	Account
	Mode   string // of locks: governance or compliance
	Retain time.Duration
}

// KeyBytes decodes an audit key: hexadecimal or base64 of at least 32 bytes, or
// the bytes themselves.
func KeyBytes(s Secret) []byte { return decodeKey(s.Reveal()) }

// HTTP is where airpass listens for probes and metrics.
type HTTP struct{ Listen string }

// Log is what is logged, and how.
type Log struct {
	Level  slog.Level
	Format string // text or json
}

// Sandbox ties airpass to a sandbox; empty in production.
type Sandbox struct {
	// ClockURL is followed instead of the machine's clock for domain time.
	ClockURL string
}
