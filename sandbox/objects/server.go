package objects

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"airpass/sandbox/control"
)

// Callers tells whom an access key belongs to; sts.Server is one.
type Callers interface {
	Identity(accessKeyID string) (arn, account string, ok bool)
}

// Options describes the service. Callers is needed.
type Options struct {
	// Clock is the sandbox clock, by which objects are dated and locks end; nil is a clock
	// of its own.
	Clock   *control.Clock
	Callers Callers
}

// Server is S3. It is safe for concurrent use.
type Server struct {
	opts    Options
	faults  *control.Faults
	handler http.Handler

	mu      sync.Mutex
	buckets map[string]*bucket
	denied  map[string]bool // actions of IAM that nobody may
}

type bucket struct {
	locks    bool
	versions []version // the oldest first
}

// version is one of an object; marker is one that hides those before it.
type version struct {
	key, id     string
	body        []byte
	contentType string
	checksum    string // SHA-256 in base64, if it was sent
	at          time.Time
	mode        string // of the lock; empty is none
	until       time.Time
	marker      bool
}

// New returns the service without a bucket.
func New(opts Options) *Server {
	if opts.Clock == nil {
		opts.Clock = new(control.Clock)
	}
	s := &Server{opts: opts, faults: control.NewFaults(opts.Clock), buckets: map[string]*bucket{}, denied: map[string]bool{}}
	s.handler = s.newHandler()
	return s
}

// Handler serves the API.
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the service misbehaves; see the package comment.
func (s *Server) Faults() *control.Faults { return s.faults }

// Make makes a bucket, with object lock or without; one of that name is emptied.
func (s *Server) Make(name string, locks bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = &bucket{locks: locks}
}

// Stored is a version of an object as it is kept.
type Stored struct {
	Key, Version string
	Body         []byte
	ContentType  string
	Mode         string // of the lock
	Until        time.Time
	Marker       bool // hides the versions before it
}

// Stored lists the versions in a bucket, the oldest first.
func (s *Server) Stored(name string) []Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[name]
	if b == nil {
		return nil
	}
	var all []Stored
	for _, v := range b.versions {
		all = append(all, Stored{Key: v.key, Version: v.id, Body: v.body, ContentType: v.contentType, Mode: v.mode, Until: v.until, Marker: v.marker})
	}
	return all
}

// Hide deletes an object as somebody does who may delete and lift no lock: a mark hides what
// is there.
func (s *Server) Hide(name, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name].add(version{key: key, at: s.opts.Clock.Now(), marker: true})
}

// Deny lets nobody do what IAM calls so ("s3:PutObjectRetention"), until Allow.
func (s *Server) Deny(action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[action] = true
}

// Allow takes back what Deny did.
func (s *Server) Allow(action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.denied, action)
}

// newest is the version of a key that is written last; nil if there is none.
func (b *bucket) newest(key string) *version {
	for i := len(b.versions) - 1; i >= 0; i-- {
		if b.versions[i].key == key {
			return &b.versions[i]
		}
	}
	return nil
}

// add stores a version. Without versions an object is replaced.
func (b *bucket) add(v version) string {
	v.id = "null"
	if b.locks {
		v.id = rand.Text()
	} else {
		b.drop(v.key, v.id)
	}
	b.versions = append(b.versions, v)
	return v.id
}

func (b *bucket) drop(key, id string) {
	for i, v := range b.versions {
		if v.key == key && v.id == id {
			b.versions = append(b.versions[:i:i], b.versions[i+1:]...)
			return
		}
	}
}
