package control

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// Fault is one way in which a vendor misbehaves. The JSON form is what the
// control API takes; durations are written as nanoseconds or "1.5s".
type Fault struct {
	// Op names the operation it applies to, as in the vendor's own list of
	// operations; "*" is every operation.
	Op string `json:"op"`
	// Times is how many calls it applies to; 0 means until cleared.
	Times int `json:"times,omitempty"`
	// Skip lets this many matching calls through first.
	Skip int `json:"skip,omitempty"`
	// Latency is waited before the call is carried out (wall time).
	Latency Duration `json:"latency,omitempty"`
	// Answer makes the vendor answer with this named error instead of doing
	// anything: "throttled", "unavailable", "denied", "conflict" and whatever
	// else the vendor documents in its package comment.
	Answer string `json:"answer,omitempty"`
	// RetryAfter goes into the answer where the vendor's error carries one.
	RetryAfter Duration `json:"retry_after,omitempty"`
	// LoseRequest closes the connection before the call is carried out.
	LoseRequest bool `json:"lose_request,omitempty"`
	// LoseReply carries the call out and closes the connection before the
	// answer: "request accepted, reply lost".
	LoseReply bool `json:"lose_reply,omitempty"`
	// Hang holds the call, not carried out, until the fault is cleared or the
	// caller has gone.
	Hang bool `json:"hang,omitempty"`
	// CarryOutAfter, with LoseRequest, carries the call out that long after the
	// connection was closed: "answered after the caller died" (sandbox clock).
	CarryOutAfter Duration `json:"carry_out_after,omitempty"`
}

// Call is one request a vendor has received.
type Call struct {
	Op string    `json:"op"`
	At time.Time `json:"at"`
	// Done is set when the vendor carried the call out, whether or not the
	// answer reached the caller.
	Done   bool `json:"done"`
	Status int  `json:"status"`

	wall time.Time // when it arrived
}

// Faults holds the faults of one vendor and counts the calls it received.
// The zero value is ready to use and safe for concurrent use.
type Faults struct {
	mu     sync.Mutex
	active []*armed
	// spent are the faults that have hit their last call, which may still be held.
	spent []*armed
	calls []*Call
	clock *Clock
	late  []late

	// OnCall, where set before serving, is called twice for each call: with
	// phase "arrived" before it is carried out and "done" after it was carried
	// out but before it is answered. Tests kill the caller there.
	OnCall func(op, phase string)

	watcher func(op, phase string)
}

type armed struct {
	Fault
	left    int // calls still to hit; -1 is without end
	cleared chan struct{}
}

type late struct {
	at time.Time
	do func()
}

// NewFaults returns the faults of a vendor whose late work follows clock.
func NewFaults(clock *Clock) *Faults { return &Faults{clock: clock} }

// Watch sets, also while calls are served, a function that is called as OnCall is;
// nil is nobody. A panic with http.ErrAbortHandler at "arrived" keeps the call from
// being carried out.
func (f *Faults) Watch(watcher func(op, phase string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watcher = watcher
}

func (f *Faults) tell(op, phase string) {
	f.mu.Lock()
	watcher := f.watcher
	f.mu.Unlock()
	for _, told := range []func(op, phase string){f.OnCall, watcher} {
		if told != nil {
			told(op, phase)
		}
	}
}

// Add arms a fault. Faults are tried in the order in which they were added.
func (f *Faults) Add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := fault.Times
	if left == 0 {
		left = -1
	}
	f.active = append(f.active, &armed{Fault: fault, left: left, cleared: make(chan struct{})})
}

// Clear disarms every fault and lets hanging calls go.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range slices.Concat(f.active, f.spent) {
		close(a.cleared)
	}
	f.active, f.spent = nil, nil
}

// Active lists the armed faults.
func (f *Faults) Active() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Fault, 0, len(f.active))
	for _, a := range f.active {
		out = append(out, a.Fault)
	}
	return out
}

// Calls returns the calls received so far, oldest first (the last 10,000).
func (f *Faults) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Call, 0, len(f.calls))
	for _, c := range f.calls {
		out = append(out, *c)
	}
	return out
}

// Count returns how many of the calls received had this operation.
func (f *Faults) Count(op string) int {
	n := 0
	for _, c := range f.Calls() {
		if c.Op == op {
			n++
		}
	}
	return n
}

// ResetCalls forgets the calls received so far.
func (f *Faults) ResetCalls() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

// take returns the fault that hits a call of op, if any.
func (f *Faults) take(op string) *armed {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, a := range f.active {
		if a.Op != "*" && a.Op != op {
			continue
		}
		if a.Skip > 0 {
			a.Skip--
			continue
		}
		if a.left > 0 {
			a.left--
			if a.left == 0 {
				f.active = append(f.active[:i:i], f.active[i+1:]...)
				f.spend(a)
			}
		}
		return a
	}
	return nil
}

// spend keeps a fault that has hit its last call where Clear finds it, as long as
// it may hold that call. The caller holds the lock.
func (f *Faults) spend(a *armed) {
	if a.Hang || a.Latency > 0 {
		f.spent = append(f.spent, a)
	}
}

func (f *Faults) record(op string) *Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) >= 10_000 {
		f.calls = append([]*Call{}, f.calls[5_000:]...)
	}
	at := time.Now().UTC()
	if f.clock != nil {
		at = f.clock.Now()
	}
	c := &Call{Op: op, At: at, wall: time.Now()}
	f.calls = append(f.calls, c)
	return c
}

func (f *Faults) finish(c *Call, status int, done bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.Status, c.Done = status, done
}

// RunLate carries out the calls whose CarryOutAfter has passed. A vendor calls
// it at the start of every operation; Middleware does so too.
func (f *Faults) RunLate() {
	if f.clock == nil {
		return
	}
	now := f.clock.Now()
	f.mu.Lock()
	var due, rest []late
	for _, l := range f.late {
		if l.at.After(now) {
			rest = append(rest, l)
		} else {
			due = append(due, l)
		}
	}
	f.late = rest
	f.mu.Unlock()
	for _, l := range due {
		l.do()
	}
}

// AnswerFunc writes a vendor's own form of a named error ("throttled", …).
// It returns false when it does not know the name.
type AnswerFunc func(w http.ResponseWriter, r *http.Request, op string, fault Fault) bool

// Middleware applies the faults around next. opOf names the operation of a
// request (it may read the body if it puts it back); answer writes the vendor's
// errors. Requests whose op is "" pass untouched and uncounted.
func (f *Faults) Middleware(opOf func(*http.Request) string, answer AnswerFunc, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op := opOf(r)
		if op == "" {
			next.ServeHTTP(w, r)
			return
		}
		f.RunLate()
		c := f.record(op)
		f.tell(op, "arrived")
		hit := f.take(op)
		if hit == nil {
			f.serve(w, r, op, c, next, false)
			return
		}
		f.misbehave(w, r, op, c, hit, answer, next)
	})
}

func (f *Faults) misbehave(w http.ResponseWriter, r *http.Request, op string, c *Call, hit *armed, answer AnswerFunc, next http.Handler) {
	if hit.Hang || hit.Latency > 0 {
		// net/http notices that the caller has gone only once the body is read.
		bufferBody(r)
	}
	if hit.Latency > 0 {
		select {
		case <-time.After(time.Duration(hit.Latency)):
		case <-r.Context().Done():
		case <-hit.cleared:
		}
	}
	switch {
	case hit.Hang:
		select {
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-hit.cleared:
		}
		f.serve(w, r, op, c, next, false)
	case hit.LoseRequest:
		if hit.CarryOutAfter > 0 && f.clock != nil {
			f.postpone(r, time.Duration(hit.CarryOutAfter), next)
		}
		panic(http.ErrAbortHandler)
	case hit.Answer != "":
		rec := httptest.NewRecorder()
		if !answer(rec, r, op, hit.Fault) {
			http.Error(w, fmt.Sprintf("sandbox: this vendor has no answer named %q", hit.Answer), http.StatusNotImplemented)
			return
		}
		f.finish(c, rec.Code, false)
		copyTo(w, rec)
	default:
		f.serve(w, r, op, c, next, hit.LoseReply)
	}
}

// postpone keeps a copy of the request and carries it out later, when nobody
// waits for the answer any more.
func (f *Faults) postpone(r *http.Request, after time.Duration, next http.Handler) {
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Body = bufferBody(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.late = append(f.late, late{at: f.clock.Now().Add(after), do: func() {
		next.ServeHTTP(httptest.NewRecorder(), again)
	}})
}

func (f *Faults) serve(w http.ResponseWriter, r *http.Request, op string, c *Call, next http.Handler, lose bool) {
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, r)
	f.finish(c, rec.Code, true)
	f.tell(op, "done")
	if lose {
		panic(http.ErrAbortHandler)
	}
	copyTo(w, rec)
}

func copyTo(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}
