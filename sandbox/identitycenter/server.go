package identitycenter

import (
	"net/http"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Server is one organization instance of IAM Identity Center with its identity
// store. It is safe for concurrent use.
type Server struct {
	opts    Options
	clock   *control.Clock
	faults  *control.Faults
	limits  *limiter
	handler http.Handler

	mu          sync.Mutex
	seq         int
	created     time.Time
	accounts    map[string]string // name by id
	users       []*User           // in the order of creation, as lists answer
	groups      []*Group
	memberships []*membership
	sets        []*PermissionSet
	assignments []*Assignment
	roles       map[roleKey]*role
	operations  []*Operation
	apps        []*Application
	changes     []Change

	assignmentDelay time.Duration
	provisionDelay  time.Duration
	never           bool
	takesFromGone   bool // deletions of what principals had that are gone
	failures        []*failure
	refusePrincipal bool
	refuseSAML      bool
	owner           string // of an account instance; empty: the instance is the organization's
	beside          []instanceOut
}

// New returns an instance with the management account and nobody in it.
func New(opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{
		opts: opts, clock: opts.Clock, faults: control.NewFaults(opts.Clock),
		limits:   newLimiter(opts.AdminTPS, opts.StoreTPS),
		accounts: map[string]string{opts.ManagementAccount: "management"}, roles: map[roleKey]*role{},
		assignmentDelay: opts.AssignmentDelay, provisionDelay: opts.ProvisionDelay,
	}
	s.created = s.now()
	s.handler = s.newHandler()
	s.clock.OnMove(func(time.Time) { s.Sync() })
	return s
}

// Handler serves both APIs, sso-admin and identitystore, on one address: use it as
// the base endpoint of both clients.
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the service misbehaves; see the package comment for
// the operations and answers.
func (s *Server) Faults() *control.Faults { return s.faults }

// InstanceARN names the instance.
func (s *Server) InstanceARN() string { return s.opts.InstanceARN }

// IdentityStoreID names the identity store.
func (s *Server) IdentityStoreID() string { return s.opts.IdentityStoreID }

// Sync does what is due by the sandbox clock: requests that were lost and are carried
// out late, and operations that complete. It is called at every request and move of
// the clock.
func (s *Server) Sync() {
	s.faults.RunLate()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
}

// now is the sandbox time in the milliseconds that the service tells.
func (s *Server) now() time.Time { return s.clock.Now().Truncate(time.Millisecond) }

// next numbers what is made. The caller holds the lock.
func (s *Server) next() int {
	s.seq++
	return s.seq
}
