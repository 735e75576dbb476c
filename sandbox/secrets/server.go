package secrets

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Callers tells whom an access key belongs to; sts.Server is one.
type Callers interface {
	Identity(accessKeyID string) (arn, account string, ok bool)
}

// Options describes the services. Callers is needed.
type Options struct {
	// Clock is the sandbox clock, by which versions are dated; nil is a clock of its own.
	Clock   *control.Clock
	Callers Callers
	// Account and Region are where everything is: 111122223333 and eu-west-1 if empty.
	Account, Region string
}

// Server is both services. It is safe for concurrent use.
type Server struct {
	opts    Options
	faults  *control.Faults
	handler http.Handler

	mu         sync.Mutex
	secrets    map[string]*secret    // by name
	parameters map[string]*parameter // by name
	denied     map[string]bool       // names that nobody may read
}

type secret struct {
	name, arn string
	versions  []version // the oldest first; the last is AWSCURRENT, the one before AWSPREVIOUS
	deleted   bool      // scheduled for deletion
}

type version struct {
	id      string
	text    string
	binary  []byte
	created time.Time
}

type parameter struct {
	name, arn string
	secure    bool
	versions  []version
}

// New returns the services with nothing in them.
func New(opts Options) *Server {
	if opts.Clock == nil {
		opts.Clock = new(control.Clock)
	}
	if opts.Account == "" {
		opts.Account = "111122223333"
	}
	if opts.Region == "" {
		opts.Region = "eu-west-1"
	}
	s := &Server{opts: opts, faults: control.NewFaults(opts.Clock), secrets: map[string]*secret{}, parameters: map[string]*parameter{}, denied: map[string]bool{}}
	s.handler = s.newHandler()
	return s
}

// Handler serves both APIs at "/".
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the services misbehave; see the package comment.
func (s *Server) Faults() *control.Faults { return s.faults }

// PutSecret gives a secret a new current version, and makes it if there is none of
// that name; it is no longer scheduled for deletion then. It returns the secret's ARN.
func (s *Server) PutSecret(name, text string) string { return s.putSecret(name, version{text: text}) }

// PutBinary is PutSecret for bytes.
func (s *Server) PutBinary(name string, data []byte) string {
	return s.putSecret(name, version{binary: data})
}

func (s *Server) putSecret(name string, v version) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.secrets[name]
	if one == nil {
		one = &secret{name: name, arn: fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s-%s", s.opts.Region, s.opts.Account, name, rand.Text()[:6])}
		s.secrets[name] = one
	}
	v.id, v.created, one.deleted = newUUID(), s.opts.Clock.Now(), false
	one.versions = append(one.versions, v)
	return one.arn
}

// DeleteSecret schedules a secret for deletion, after which it cannot be read.
func (s *Server) DeleteSecret(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.secrets[name]; one != nil {
		one.deleted = true
	}
}

// PutParameter gives a parameter a new version, and makes it if there is none of that
// name: a SecureString if secure, else a String. It returns the parameter's ARN.
func (s *Server) PutParameter(name, text string, secure bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.parameters[name]
	if one == nil {
		one = &parameter{name: name, arn: fmt.Sprintf("arn:aws:ssm:%s:%s:parameter/%s", s.opts.Region, s.opts.Account, strings.TrimPrefix(name, "/"))}
		s.parameters[name] = one
	}
	one.secure = secure
	one.versions = append(one.versions, version{text: text, created: s.opts.Clock.Now()})
	return one.arn
}

// DeleteParameter takes a parameter away.
func (s *Server) DeleteParameter(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parameters, name)
}

// Deny lets nobody read what is called name, until Allow.
func (s *Server) Deny(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[name] = true
}

// Allow takes back what Deny did.
func (s *Server) Allow(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.denied, name)
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
