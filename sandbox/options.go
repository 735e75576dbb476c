package sandbox

import (
	"fmt"
	"net"
	"strconv"
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

	// Wall is the wall clock by which AWS's credentials and tokens run out; nil is time.Now.
	Wall func() time.Time

	// HTTP has Slack post what people do, signed, instead of a WebSocket, and Config say
	// so. airpass then listens at the port after the vendors', or any that is free if
	// Listen has none: then PostTo tells Slack which.
	HTTP bool

	// Bare leaves out what airpass setup makes: there are no permission sets and no groups of
	// targets, and Config says that they are to be made.
	Bare bool

	// Tiles makes a SAML application for each environment, as people do in the console, and
	// Config say that they come and go with access.
	Tiles bool

	// Campaign has Config ask about access each quarter.
	Campaign bool

	// Scale fills the town up to a size for load tests; the zero value adds nobody.
	Scale Scale
	// SlackRate multiplies Slack's rate limits, for stories that tell days in seconds; 0 is
	// as published.
	SlackRate float64
	// EventHistory has calls that open Airflow in CloudTrail's event history, too. AWS counts them
	// as data events, which are not in it.
	EventHistory bool
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

// after is the address n ports after Listen; port 0 stays.
func (o Options) after(n int) string {
	host, text, _ := net.SplitHostPort(o.Listen) // check has looked
	if port, err := strconv.Atoi(text); err == nil && port > 0 {
		text = strconv.Itoa(port + n)
	}
	return net.JoinHostPort(host, text)
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
