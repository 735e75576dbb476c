package identitycenter

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

// The services, as X-Amz-Target names them.
const (
	admin         = "SWBExternalService"
	identityStore = "AWSIdentityStore"
)

// operation is one operation of an API.
type operation struct {
	service string
	name    string // as the API calls it; faults use it
	changes bool   // whether it changes something
	do      func(*Server, *call) (any, error)
}

// action is the IAM action that allows it.
func (op operation) action() string {
	if op.service == identityStore {
		return "identitystore:" + op.name
	}
	return "sso:" + op.name
}

// call is one request.
type call struct {
	body []byte
	// account is the caller's.
	account string
	arn     string
	id      string // x-amzn-RequestId
}

// read decodes the request strictly: a member that the operation does not know is an
// error of the sandbox's, not of the caller, so it is named.
func (c *call) read(into any) error {
	dec := json.NewDecoder(strings.NewReader(string(c.body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return refused("SerializationException", "the request body: "+err.Error())
	}
	return nil
}

// in adapts an operation whose request is a T.
func in[T any](do func(*Server, *call, *T) (any, error)) func(*Server, *call) (any, error) {
	return func(s *Server, c *call) (any, error) {
		request := new(T)
		if err := c.read(request); err != nil {
			return nil, err
		}
		return do(s, c, request)
	}
}

// Change is a call of an operation that changes something.
type Change struct {
	Op string    `json:"op"`
	At time.Time `json:"at"`
	// Request is the request's body.
	Request json.RawMessage `json:"request"`
	// Error is the code that the operation refused it with; empty: it was carried out.
	Error string `json:"error,omitempty"`
	// RequestID is the x-amzn-RequestId of the answer, which CloudTrail has as requestID.
	RequestID string `json:"request_id"`
}

// Changes lists the calls of operations that change something and reached the state,
// oldest first (the last 10,000).
func (s *Server) Changes() []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Change{}, s.changes...)
}

// Mutates says whether an operation changes something ("CreateAccountAssignment").
func Mutates(op string) bool {
	for _, o := range apiOperations() {
		if o.name == op {
			return o.changes
		}
	}
	return false
}

func (s *Server) newHandler() http.Handler {
	byTarget := map[string]operation{}
	for _, op := range apiOperations() {
		byTarget[op.service+"."+op.name] = op
	}
	operationOf := func(r *http.Request) operation { return byTarget[r.Header.Get("X-Amz-Target")] }
	opOf := func(r *http.Request) string { return operationOf(r).name }
	answer := func(w http.ResponseWriter, r *http.Request, _ string, fault control.Fault) bool {
		return answerFault(w, operationOf(r), fault)
	}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(operationOf(r), w, r) })
	guarded := s.faults.Middleware(opOf, answer, serve)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.opts.Before != nil {
			s.opts.Before()
		}
		s.Sync()
		guarded.ServeHTTP(w, r)
	})
}

// serve carries out one request: who calls, how often, the deed.
func (s *Server) serve(op operation, w http.ResponseWriter, r *http.Request) {
	id := randomUUID()
	w.Header().Set("X-Amzn-Requestid", id)
	if op.name == "" {
		refused("UnknownOperationException", fmt.Sprintf("the sandbox has no operation %q", r.Header.Get("X-Amz-Target"))).write(w, "", id)
		return
	}
	out, err := s.carryOut(op, r, id)
	if err != nil {
		asAPI(err).write(w, op.service, id)
		return
	}
	if out == nil {
		out = struct{}{}
	}
	writeJSON(w, http.StatusOK, out)
}

func (s *Server) carryOut(op operation, r *http.Request, id string) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, errInternal()
	}
	c := &call{body: body, id: id}
	if err := s.authenticate(c, r); err != nil {
		return nil, err
	}
	if !s.limits.take(op, time.Now()) {
		return nil, errRate()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if err := s.authorize(op, c); err != nil {
		return nil, err
	}
	out, err := op.do(s, c)
	s.remember(op, c, err)
	s.settle() // what takes no time is done before the answer
	return out, err
}

func (s *Server) remember(op operation, c *call, err error) {
	if !op.changes {
		return
	}
	change := Change{Op: op.name, At: s.now(), Request: json.RawMessage(c.body), RequestID: c.id}
	if err != nil {
		change.Error = asAPI(err).code
	}
	if len(s.changes) >= 10_000 {
		s.changes = append([]Change{}, s.changes[5_000:]...)
	}
	s.changes = append(s.changes, change)
}

// authenticate finds out who signed the request.
func (s *Server) authenticate(c *call, r *http.Request) error {
	c.account, c.arn = s.opts.ManagementAccount, "arn:aws:iam::"+s.opts.ManagementAccount+":root"
	key := sts.AccessKeyID(r)
	if key == "" {
		return refused("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	if s.opts.Callers == nil {
		return nil
	}
	arn, account, ok := s.opts.Callers.Identity(key)
	if !ok {
		return refused("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	c.arn, c.account = arn, account
	return nil
}

// authorize lets the management account and its delegate administer the instance; what
// only the management account may do is refused where it is done.
func (s *Server) authorize(op operation, c *call) error {
	if c.account == s.opts.ManagementAccount || c.account == s.opts.DelegatedAdmin {
		return nil
	}
	return errNotAuthorized(op.action(), c)
}

func errNotAuthorized(action string, c *call) *apiError {
	return errDenied("User: " + c.arn + " is not authorized to perform: " + action)
}
