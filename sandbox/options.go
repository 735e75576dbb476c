package sandbox

import (
	"fmt"
	"net"
	"time"
)

// Options describes a world. The zero value of each field has a usable meaning.
type Options struct {
	// Listen is where the control server listens, on loopback ("127.0.0.1:4700");
	// the vendors take the ports after it. Empty, or port 0: free ports.
	Listen string

	// PushDelay is how long a change in a group that Okta pushes takes to reach
	// Identity Center, on the sandbox clock. 0 is 2 s; negative is at once.
	PushDelay time.Duration
	// ProvisionDelay is how long it takes, on the sandbox clock, until somebody whom Okta
	// assigns Identity Center has an account there. 0 is at once.
	ProvisionDelay time.Duration
	// AssignmentDelay is how long creating and deleting an account assignment takes,
	// on the sandbox clock. 0 is 2 s; negative is at once.
	AssignmentDelay time.Duration

	// Scale fills the town up to a size for load tests; the zero value adds nobody.
	Scale Scale
	// Unlimited switches the vendors' rate limits off, for load tests that measure
	// airpass and not its patience.
	Unlimited bool
}

// Scale is how many there are at least of what costs time to look through, the
// town's own included.
type Scale struct {
	People         int // in Slack, Okta and Identity Center
	PermissionSets int // each a target of its own
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	for _, d := range []*time.Duration{&o.PushDelay, &o.AssignmentDelay} {
		if *d == 0 {
			*d = 2 * time.Second
		}
	}
	return o
}

// check refuses to serve the sandbox, which lets everybody do everything, to others.
func (o Options) check() error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("listen on %q: %w", o.Listen, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("listen on %q: the sandbox is for this machine only; write 127.0.0.1:PORT", o.Listen)
	}
	return nil
}
