package doctor

import (
	"context"
	"fmt"
	"time"

	"airpass/access"
	"airpass/approvals"
	"airpass/chat"
	"airpass/cloudtrail"
	"airpass/identitycenter"
	"airpass/mwaa"
	"airpass/okta"
	"airpass/setup"
)

// Slack is the workspace as the bot's token sees it.
type Slack interface {
	GroupEmails(ctx context.Context, group string, limit int) ([]string, error)
	Identity(ctx context.Context) (chat.Identity, error)
	Connects(ctx context.Context) error
	Reads(ctx context.Context, channel string) error
	UserByEmail(ctx context.Context, email string) (chat.Profile, error)
}

// OnCall is PagerDuty as our key sees it.
type OnCall interface {
	Emails(ctx context.Context, schedule string, limit int) ([]string, error)
}

// Okta is the org as our credentials see it.
type Okta interface {
	Application(ctx context.Context) (active bool, err error)
	GroupIsSafe(ctx context.Context, groupID string) error
	AssignmentGroupIsSafe(ctx context.Context, groupID string) error
	GroupMembers(ctx context.Context, groupID string, limit int) ([]access.Person, error)
	Rules(ctx context.Context) ([]okta.Rule, error)
	ByLogin(ctx context.Context, login string) (access.Person, error)
	ByEmail(ctx context.Context, email string) ([]access.Person, error)
	ManagerOf(ctx context.Context, p access.Person) (access.Person, error)
	IdentityCenterUserName(ctx context.Context, oktaID string) (string, error)
	Observe(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error)
}

// IdentityCenter is the instance as our role sees it.
type IdentityCenter interface {
	Instances(ctx context.Context) ([]identitycenter.Instance, error)
	PermissionSet(ctx context.Context, instance, arn string) (identitycenter.PermissionSet, error)
	Outdated(ctx context.Context, instance, arn, account string) (bool, error)
	Assigned(ctx context.Context, instance, account, permissionSet string) (people, groups []string, err error)
	PersonID(ctx context.Context, userName string) (string, error)
	Enabled(ctx context.Context, person string) (bool, error)
	Application(ctx context.Context, arn string) (access.Application, error)
	Observe(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error)
}

// Airflow is the environments as the roles of their accounts see them.
type Airflow interface {
	Environment(ctx context.Context, env access.Environment) (mwaa.State, error)
}

// Deployment is what is looked at: the outside, and what the configuration says of it.
type Deployment struct {
	Slack          Slack
	Okta           Okta
	IdentityCenter IdentityCenter
	Airflow        Airflow
	OnCall         OnCall // nil where none is configured

	// Anchors is the bucket of anchors, nil where none is configured; AnchorRetain is how long
	// each is locked.
	Anchors      Anchors
	AnchorBucket string
	AnchorRetain time.Duration

	Team            string // T…: Slack's
	Command         string // the slash command
	Scopes          []string
	AdminChannel    string
	SigningSecret   string // where Slack comes by HTTP; else empty, and the app token counts
	RequestsChannel string

	Application     string // Identity Center's in Okta
	AssignmentGroup string // that gives people an account; may be empty
	Admins          []string

	Instance      string
	IdentityStore string
	// RoleAccount is the account of the role assumed for Identity Center; empty if none is.
	RoleAccount string
	// ByPrincipal: assignments are looked up as the management account may.
	ByPrincipal bool
	Targets     []access.Target
	Campaigns   []access.Campaign
	// Uses are where Trail reads who has opened Airflow; there may be none.
	Uses  []cloudtrail.Source
	Trail Trail
	// Tiles are the SAML applications that come and go with access.
	Tiles []setup.Tile
	// ConsoleActions are allowed besides, for the console's page; see setup.Inline.
	ConsoleActions []string
	Owners         map[string][]string // of environments, by key
	Link           func(access.Target) (string, error)
	// MayLogin says whether somebody may be signed in by an instant link; nobody is.
	MayLogin func(ctx context.Context, t access.Target, p access.Person) error
	// Grants are those of somebody, by their Okta user id, that have not ended; nil if only
	// LinkPath is not asked for.
	Grants func(ctx context.Context, oktaID, target string) ([]access.Grant, error)
	Now    func() time.Time // domain time

	// OktaPerMinute and IdentityCenterPerSecond are how often airpass allows itself to call.
	OktaPerMinute, IdentityCenterPerSecond int
	// Heard is what the vendors of this deployment have said beside their answers until now;
	// nil is that nobody listens.
	Heard func() Heard
	// Cuts are the cuts that are not lifted; nil where there is no database, and so nobody cut.
	Cuts func(ctx context.Context) ([]access.Cut, error)

	// Receivers are the webhooks that are configured; nil where there is no database, and so
	// nothing to tell.
	Receivers func(ctx context.Context) ([]Receiver, error)

	// RemindBefore, RequestLapse and DeactivationSweep are the configuration's times.
	RemindBefore, RequestLapse, DeactivationSweep time.Duration
	// PersonalKept is how long personal values of who is done with are kept; 0 is for ever.
	PersonalKept time.Duration
	// Unnamed are the fields of roles that are assumed without an external id.
	Unnamed []string
	// Warnings are the configuration's own.
	Warnings []string
	// Store says how the database is; nil where there is none yet.
	Store func(ctx context.Context) error
	// Explain says what would come of a request; see approvals.Service.Explain.
	Explain func(ctx context.Context, login, target string) (approvals.Explanation, error)
}

// Checks are all that there are, in the order in which they are told.
func (d Deployment) Checks() []Check {
	return []Check{
		{"Configuration", d.configuration},
		{"Database", d.database},
		{"Slack app", d.slackApp},
		{"Slack's way here", d.slackArrivals},
		{"Slack channels", d.slackChannels},
		{"Okta application", d.oktaApplication},
		{"Okta groups", d.oktaGroups},
		{"Okta group rules", d.oktaRules},
		{"Who may ask", d.requesters},
		{"Who decides", d.deciders},
		{"Managers", d.managers},
		{"Admins", d.admins},
		{"Campaigns", d.campaigns},
		{"Identity Center", d.instance},
		{"Permission sets", d.permissionSets},
		{"Assignments", d.assignments},
		{"Portal tiles", d.tiles},
		{"Environments", d.environments},
		{"Links", d.links},
		{"Last use", d.lastUse},
		{"Anchors", d.anchors},
		{"Webhooks", d.webhooks},
		{"Clocks", d.clocks},
		{"Rate limits", d.limits},
	}
}

// each looks at all of some things, one after another. It stops when ctx ends, and after
// a few in a row about which nothing could be found out: the next would say the same.
func each[T any](ctx context.Context, all []T, look func(context.Context, T) []Finding) []Finding {
	const enough = 3
	var found []Finding
	silent := 0
	for i, one := range all {
		if err := ctx.Err(); err != nil {
			return append(found, Finding{Severity: Unknown, Result: fmt.Sprintf("%d more were not looked at: %v", len(all)-i, err), Mend: "give it more time: --timeout"})
		}
		if silent == enough {
			return append(found, Finding{Severity: Unknown, Result: fmt.Sprintf("%d more were not looked at", len(all)-i), Mend: "mend what is above first"})
		}
		now := look(ctx, one)
		if silent++; Worst(now) != Unknown {
			silent = 0
		}
		found = append(found, now...)
	}
	return found
}

// perLookup bounds one check of one thing, wall time, so that a vendor that hangs
// leaves the others their turn.
const perLookup = 20 * time.Second
