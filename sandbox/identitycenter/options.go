package identitycenter

import (
	"strings"
	"time"

	"airpass/sandbox/control"
)

// Callers says who an access key belongs to, as STS does.
type Callers interface {
	// Identity returns the caller's ARN and account; ok is false for a key that is
	// unknown or has expired.
	Identity(accessKeyID string) (arn, account string, ok bool)
}

// Options describes the organization instance. The zero value of each field has a
// usable meaning.
type Options struct {
	// Clock is the sandbox clock; nil is a clock of its own.
	Clock *control.Clock
	// Before is called before each request, without locks: whoever provisions people
	// and groups brings them up to date there (Okta's Sync). Nil is nothing.
	Before func()

	// InstanceARN is arn:aws:sso:::instance/ssoins-<16 letters and digits>.
	InstanceARN string
	// IdentityStoreID is d-<10 hex digits>.
	IdentityStoreID string
	// ManagementAccount owns the instance (12 digits).
	ManagementAccount string
	// DelegatedAdmin is the member account that may also administer the instance, but
	// not the management account. Empty is none.
	DelegatedAdmin string

	// Callers says who signs requests. Nil lets everybody in, as if from the management
	// account.
	Callers Callers

	// AssignmentDelay is how long creating and deleting an account assignment takes, on
	// the sandbox clock. 0 is 2 s; negative is at once.
	AssignmentDelay time.Duration
	// ProvisionDelay is the same for provisioning permission sets.
	ProvisionDelay time.Duration

	// OneAtATime makes operations about the same account wait for each other, as the
	// quota of roles that can be updated at a time says (1); otherwise they overlap.
	OneAtATime bool

	// AcceptMissingDeletes accepts the deletion of what is not assigned, to fail later,
	// where it is otherwise refused; see the package comment.
	AcceptMissingDeletes bool

	// AdminTPS is how many requests a second all sso-admin operations together may
	// make (20, and as many at once); negative is any number.
	AdminTPS int
	// StoreTPS is the same for each identity store operation by itself (20).
	StoreTPS int
	// OutstandingCreates is how many creations of account assignments may be under
	// way (15); negative is any number.
	OutstandingCreates int
	// ConcurrentProvisions is how many provisionings of permission sets may be under
	// way (3); negative is any number.
	ConcurrentProvisions int
}

// What an instance is made of that has not been named.
const (
	DefaultInstanceARN       = "arn:aws:sso:::instance/ssoins-72230a4b1c9d5e6f"
	DefaultIdentityStoreID   = "d-9067f2ab3c"
	DefaultManagementAccount = "111122223333"
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = new(control.Clock)
	}
	text := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	text(&o.InstanceARN, DefaultInstanceARN)
	text(&o.IdentityStoreID, DefaultIdentityStoreID)
	text(&o.ManagementAccount, DefaultManagementAccount)
	for _, d := range []*time.Duration{&o.AssignmentDelay, &o.ProvisionDelay} {
		switch {
		case *d == 0:
			*d = 2 * time.Second
		case *d < 0:
			*d = 0
		}
	}
	number := func(n *int, otherwise int) {
		if *n == 0 {
			*n = otherwise
		}
	}
	number(&o.AdminTPS, 20)
	number(&o.StoreTPS, 20)
	number(&o.OutstandingCreates, 15)
	number(&o.ConcurrentProvisions, 3)
	return o
}

// instanceID is the last part of the instance's ARN, which the ARNs of permission
// sets and applications carry.
func (o Options) instanceID() string {
	return o.InstanceARN[strings.LastIndexByte(o.InstanceARN, '/')+1:]
}
