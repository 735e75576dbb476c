package mwaa

import (
	"html/template"
	"net/http"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Server is MWAA in every account and region of the sandbox. It is safe for
// concurrent use.
type Server struct {
	opts    Options
	clock   *control.Clock
	faults  *control.Faults
	pages   *template.Template
	handler http.Handler

	mu           sync.Mutex
	environments []*Environment
	policies     map[string]string // by account and principal
	tokens       map[string]*token
	made         Tokens
	sessions     []*session
	insideVPC    bool
}

// New returns the service without environments.
func New(opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{
		opts: opts, clock: opts.Clock, faults: control.NewFaults(opts.Clock), pages: parsePages(),
		policies: map[string]string{}, tokens: map[string]*token{},
	}
	s.handler = s.newHandler()
	s.clock.OnMove(func(time.Time) { s.faults.RunLate() })
	return s
}

// Handler serves the control API and the web servers.
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the API misbehaves; see the package comment for the
// operations and answers.
func (s *Server) Faults() *control.Faults { return s.faults }

// SetInsideVPC puts every browser inside every VPC, so that private web servers
// answer, or outside again.
func (s *Server) SetInsideVPC(inside bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.insideVPC = inside
}

func (s *Server) now() time.Time { return s.clock.Now().Truncate(time.Second) }
