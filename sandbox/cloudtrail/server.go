package cloudtrail

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
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
	Clock   *control.Clock // the sandbox clock; nil is a clock of its own
	Callers Callers
	// Delay is how late events are delivered (15 min).
	Delay time.Duration
	// InHistory has what is recorded in the event history too.
	InHistory bool
	// LogGroup is where the trail writes, in LogAccount and LogRegion; empty is that there
	// is no trail.
	LogGroup, LogAccount, LogRegion string
	// Page is how many events a page of the log group has (100).
	Page int
	// Unlimited switches the rate limits off.
	Unlimited bool
}

// Event is one call as CloudTrail records it.
type Event struct {
	At              time.Time
	Account, Region string
	Name            string // of the operation: "CreateWebLoginToken"
	Environment     string
	// ARN is the caller's; SourceIdentity that of its session.
	ARN, SourceIdentity string
	ErrorCode           string // empty: it was carried out
}

// Server is both services. It is safe for concurrent use.
type Server struct {
	opts    Options
	faults  *control.Faults
	handler http.Handler

	mu     sync.Mutex
	events []event // in the order in which they were recorded
	recent map[string][]time.Time
	denied map[string]bool // operations that nobody may call
}

type event struct {
	Event
	id string
}

// New returns the services with nothing recorded.
func New(opts Options) *Server {
	if opts.Clock == nil {
		opts.Clock = new(control.Clock)
	}
	if opts.Delay == 0 {
		opts.Delay = 15 * time.Minute
	}
	if opts.Page == 0 {
		opts.Page = 100
	}
	s := &Server{opts: opts, faults: control.NewFaults(opts.Clock), recent: map[string][]time.Time{}, denied: map[string]bool{}}
	s.handler = s.newHandler()
	return s
}

// Handler serves both APIs at "/".
func (s *Server) Handler() http.Handler { return s.handler }

// Faults are the ways in which the services misbehave; see the package comment.
func (s *Server) Faults() *control.Faults { return s.faults }

// Record records a call.
func (s *Server) Record(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event{e, newUUID()})
}

// Deny lets nobody call an operation ("LookupEvents"); Allow takes that back.
func (s *Server) Deny(operation string) { s.deny(operation, true) }

// Allow takes back what Deny did.
func (s *Server) Allow(operation string) { s.deny(operation, false) }

func (s *Server) deny(operation string, denied bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[operation] = denied
}

// delivered are the events between two times that have been delivered by now and are
// chosen, the newest first.
func (s *Server) delivered(from, until time.Time, choose func(event) bool) []event {
	now := s.opts.Clock.Now()
	var all []event
	for _, e := range s.events {
		if !e.At.Before(from) && !e.At.After(until) && !e.At.Add(s.opts.Delay).After(now) && choose(e) {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return b.At.Compare(a.At) })
	return all
}

// hurried says whether somebody asks too often; a call that is refused does not count.
func (s *Server) hurried(who string, perSecond int) bool {
	if s.opts.Unlimited {
		return false
	}
	now := time.Now()
	last := slices.DeleteFunc(s.recent[who], func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(last) >= perSecond {
		return true
	}
	s.recent[who] = append(last, now)
	return false
}

// json is the record, of which only those members are written that matter here.
func (e event) json() string {
	kind := "IAMUser"
	parts := strings.SplitN(e.ARN, ":", 6)
	names := strings.Split(parts[len(parts)-1], "/")
	identity := map[string]any{"arn": e.ARN, "accountId": parts[4]}
	if names[0] == "assumed-role" {
		kind = "AssumedRole"
		issuer := map[string]any{"sessionIssuer": map[string]any{"type": "Role", "accountId": parts[4], "userName": names[1]}}
		if e.SourceIdentity != "" {
			issuer["sourceIdentity"] = e.SourceIdentity
		}
		identity["sessionContext"] = issuer
	}
	identity["type"] = kind
	out := map[string]any{"eventVersion": "1.09", "userIdentity": identity, "eventTime": e.At.UTC().Format(time.RFC3339), "eventSource": "airflow.amazonaws.com",
		"eventName": e.Name, "awsRegion": e.Region, "requestParameters": map[string]string{"Name": e.Environment}, "eventID": e.id, "readOnly": false,
		"eventType": "AwsApiCall", "managementEvent": false, "recipientAccountId": e.Account, "eventCategory": "Data"}
	if e.ErrorCode != "" {
		out["errorCode"] = e.ErrorCode
	}
	raw, _ := json.Marshal(out)
	return string(raw)
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
