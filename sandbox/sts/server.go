package sts

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Options describes the service. The zero value of each field has a usable meaning.
type Options struct {
	// Clock is the sandbox clock, which faults follow; nil is a clock of its own.
	Clock *control.Clock
	// Wall is the wall clock, which sessions follow; nil is time.Now.
	Wall func() time.Time

	// BaseKeyID and BaseSecret are the access key of the bot's own identity.
	// Empty: made; see Server.BaseKey.
	BaseKeyID, BaseSecret string
	// ManagementAccount is the account of the base key.
	ManagementAccount string
	// BaseARN is whom the base key belongs to; empty is the role session
	// assumed-role/airpass/bot of the management account.
	BaseARN string
}

// DefaultManagementAccount is the account of the base key when none is named.
const DefaultManagementAccount = "111122223333"

// Server is STS for every account of the sandbox. It is safe for concurrent use.
type Server struct {
	wall    func() time.Time
	faults  *control.Faults
	handler http.Handler
	base    Key

	mu    sync.Mutex
	keys  map[string]Key
	roles map[string]Role
}

// New returns the service with the base key and no roles. It panics only when the
// given BaseARN is not an ARN, which is a mistake in the sandbox's own wiring.
func New(opts Options) *Server {
	if opts.Clock == nil {
		opts.Clock = new(control.Clock)
	}
	if opts.Wall == nil {
		opts.Wall = time.Now
	}
	if opts.ManagementAccount == "" {
		opts.ManagementAccount = DefaultManagementAccount
	}
	if opts.BaseARN == "" {
		opts.BaseARN = "arn:aws:sts::" + opts.ManagementAccount + ":assumed-role/airpass/bot"
	}
	s := &Server{wall: opts.Wall, faults: control.NewFaults(opts.Clock), keys: map[string]Key{}, roles: map[string]Role{}}
	base, err := s.AddKey(Key{ID: opts.BaseKeyID, Secret: opts.BaseSecret, ARN: opts.BaseARN, Account: opts.ManagementAccount, UserID: "AROA" + letters(17) + ":bot"})
	if err != nil {
		panic(err)
	}
	s.base = base
	s.handler = s.newHandler()
	return s
}

// Handler serves the API at "/".
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the service misbehaves; see the package comment for
// the operations and answers.
func (s *Server) Faults() *control.Faults { return s.faults }

// BaseKey is the configured access key.
func (s *Server) BaseKey() Key { return s.base }

// letters returns n capital letters and digits, as keys are made of.
func letters(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the program instead
	for i, b := range raw {
		raw[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(raw)
}
