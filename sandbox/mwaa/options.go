package mwaa

import (
	"time"

	"airpass/sandbox/control"
)

// Callers says who an access key belongs to, as STS does.
type Callers interface {
	// Identity returns the caller's ARN and account; ok is false for a key that is
	// unknown or has expired.
	Identity(accessKeyID string) (arn, account string, ok bool)
	// Session returns the session policy and the source identity with which the role
	// was assumed; both empty where there is none.
	Session(accessKeyID string) (policy, source string)
}

// Roles says what the roles that Identity Center makes may do.
type Roles interface {
	// RolePolicy returns the policy of a role of an account; ok is false when there
	// is no such role.
	RolePolicy(account, roleName string) (policy string, ok bool)
}

// Options describes the service. The zero value of each field has a usable meaning.
type Options struct {
	// Clock is the sandbox clock; nil is a clock of its own.
	Clock *control.Clock
	// Wall is the wall clock, which web login tokens follow; nil is time.Now.
	Wall func() time.Time

	// Callers says who signs requests; nil knows nobody, and every call is refused.
	Callers Callers
	// Roles has the policies of Identity Center's roles; nil has none. Policies of
	// others are given by SetPolicy.
	Roles Roles

	// Called is told of calls that make tokens, carried out or refused, as CloudTrail is;
	// nil is nobody.
	Called func(Call)

	// ConsoleURL is where the AWS console is, as browsers reach it, with neither path
	// nor closing slash. Empty: the region's own at AWS.
	ConsoleURL string
	// SessionTTL is how long a browser session with Airflow lives (12 h).
	SessionTTL time.Duration
}

// Call is a call that makes a token.
type Call struct {
	Caller
	Operation, Region, Environment string
	At                             time.Time
	// Code is the error with which it was refused; empty where it was carried out.
	Code string
}

// tokenTTL is the life of web login and CLI tokens.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html.
const tokenTTL = 60 * time.Second

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = new(control.Clock)
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.SessionTTL == 0 {
		o.SessionTTL = 12 * time.Hour
	}
	return o
}
