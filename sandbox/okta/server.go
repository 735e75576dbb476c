package okta

import (
	"net/http"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Server is one Okta org. It is safe for concurrent use.
type Server struct {
	opts    Options
	clock   *control.Clock
	faults  *control.Faults
	limits  *limiter
	busy    concurrent
	handler http.Handler

	// deliver is held while something is provisioned downstream, which keeps the
	// order; it is taken before mu and never while mu is held.
	deliver sync.Mutex

	mu       sync.Mutex
	seq      int
	users    []*user // in the order of creation, as lists answer
	groups   []*group
	apps     []*app
	rules    []*rule
	everyone *group
	log      []logEvent
	asked    string // X-Okta-Request-Id of the request that is carried out
	bearers  map[string]bearer
	sessions map[string]session
	origins  map[string]bool
	// attributes are the profile attributes of the org's schema.
	attributes map[string]bool
	pushDelay  time.Duration
	pushNever  bool

	provisionDelay time.Duration
	provisionNever bool
	tasks          []*task
}

// New returns an org with the built-in group Everyone and nobody in it.
func New(opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{
		opts: opts, clock: opts.Clock, faults: control.NewFaults(opts.Clock),
		limits: newLimiter(opts.Limits), busy: concurrent{max: opts.Concurrent},
		bearers: map[string]bearer{}, sessions: map[string]session{}, origins: map[string]bool{},
		attributes: baseAttributes(), pushDelay: opts.PushDelay, provisionDelay: opts.ProvisionDelay,
	}
	for _, o := range opts.TrustedOrigins {
		s.origins[o] = true
	}
	s.everyone = s.newGroup(Group{Type: BuiltIn, Name: "Everyone", Description: "All users in your organization"})
	s.handler = s.newHandler()
	s.clock.OnMove(func(time.Time) { s.Sync() })
	return s
}

// Handler serves the org: the Management API, the token endpoint and the sign-in
// pages.
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the org misbehaves; see the package comment for the
// operations and answers.
func (s *Server) Faults() *control.Faults { return s.faults }

// APIToken is the SSWS token that works.
func (s *Server) APIToken() string { return s.opts.APIToken }

// SetLimit changes an endpoint family's requests a minute ("/api/v1/users",
// "/api/v1/users/{id}", …; see DefaultLimits). Negative is no limit.
func (s *Server) SetLimit(family string, perMinute int) { s.limits.set(family, perMinute) }

// now is the sandbox time in the milliseconds that Okta tells.
func (s *Server) now() time.Time { return s.clock.Now().Truncate(time.Millisecond) }

// next numbers what is made. The caller holds the lock.
func (s *Server) next() int {
	s.seq++
	return s.seq
}
