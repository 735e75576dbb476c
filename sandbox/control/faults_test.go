package control

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// vendor is a server that counts what it carried out and can misbehave.
type vendor struct {
	*httptest.Server
	faults *Faults
	clock  *Clock

	mu     sync.Mutex
	bodies []string
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{clock: new(Clock)}
	v.faults = NewFaults(v.clock)
	op := func(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/") }
	refuse := func(w http.ResponseWriter, _ *http.Request, _ string, f Fault) bool {
		if f.Answer != "denied" {
			return false
		}
		w.Header().Set("X-Why", "denied")
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	v.Server = httptest.NewServer(v.faults.Middleware(op, refuse, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v.mu.Lock()
		v.bodies = append(v.bodies, string(body))
		v.mu.Unlock()
		_, _ = io.WriteString(w, "done")
	})))
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) done() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.bodies)
}

// call sends a request and returns its status, or 0 and an error.
func (v *vendor) call(ctx context.Context, op string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.URL+"/"+op, strings.NewReader("body of "+op))
	if err != nil {
		return 0, err
	}
	resp, err := v.Client().Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// arrivals tells of each call as it reaches the vendor.
func (v *vendor) arrivals() <-chan string {
	out := make(chan string, 100)
	v.faults.OnCall = func(op, phase string) { out <- op + " " + phase }
	return out
}

func TestFaultsHitTheCallsTheyName(t *testing.T) {
	t.Parallel()
	v, ctx := newVendor(t), within(t)
	v.faults.Add(Fault{Op: "create", Skip: 1, Times: 2, Answer: "denied"})
	var got []int
	for range 4 {
		status, err := v.call(ctx, "create")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status)
	}
	if want := []int{200, 403, 403, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	v.faults.Add(Fault{Op: "*", Answer: "unheard-of"})
	if status, _ := v.call(ctx, "read"); status != http.StatusNotImplemented {
		t.Errorf("an answer the vendor does not have: %d", status)
	}
	v.faults.Clear()
	if status, _ := v.call(ctx, "read"); status != 200 || len(v.faults.Active()) != 0 {
		t.Errorf("after Clear: %d", status)
	}
	if v.faults.Count("create") != 4 || v.faults.Count("read") != 2 || v.done() != 3 {
		t.Errorf("calls: %+v, carried out %d", v.faults.Calls(), v.done())
	}
	if c := v.faults.Calls()[1]; c.Done || c.Status != http.StatusForbidden {
		t.Errorf("a refused call is not done: %+v", c)
	}
}

func TestLostRequestLostReply(t *testing.T) {
	t.Parallel()
	v, ctx := newVendor(t), within(t)
	v.faults.Add(Fault{Op: "create", Times: 1, LoseRequest: true})
	if _, err := v.call(ctx, "create"); err == nil || v.done() != 0 {
		t.Errorf("a lost request was carried out: %v, %d", err, v.done())
	}
	v.faults.Add(Fault{Op: "create", Times: 1, LoseReply: true})
	if _, err := v.call(ctx, "create"); err == nil || v.done() != 1 {
		t.Errorf("a request with a lost reply was not carried out: %v, %d", err, v.done())
	}
	v.faults.Add(Fault{Op: "create", Times: 1, LoseRequest: true, CarryOutAfter: Duration(time.Minute)})
	if _, err := v.call(ctx, "create"); err == nil {
		t.Error("the reply was not lost")
	}
	v.faults.RunLate()
	if v.done() != 1 {
		t.Error("it was carried out before its time")
	}
	if _, err := v.clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	v.faults.RunLate()
	v.faults.RunLate()
	if v.done() != 2 || v.bodies[1] != "body of create" {
		t.Errorf("a minute later, once, with its body: %q", v.bodies)
	}
}

func TestAHeldCallGoesOnWhenTheFaultIsCleared(t *testing.T) {
	t.Parallel()
	for name, times := range map[string]int{"until cleared": 0, "one call only": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, ctx := newVendor(t), within(t)
			arrived := v.arrivals()
			v.faults.Add(Fault{Op: "create", Times: times, Hang: true})
			answered := make(chan int, 1)
			go func() {
				status, _ := v.call(ctx, "create")
				answered <- status
			}()
			<-arrived
			// The fault may be taken a moment after the arrival: clear until it is let go.
			for {
				v.faults.Clear()
				select {
				case status := <-answered:
					if status != 200 || v.done() != 1 {
						t.Errorf("status %d, carried out %d", status, v.done())
					}
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
}

func TestAHeldCallEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	v, ctx := newVendor(t), within(t)
	arrived := v.arrivals()
	v.faults.Add(Fault{Op: "create", Hang: true})
	ctx, leave := context.WithCancel(ctx)
	answered := make(chan error, 1)
	go func() { _, err := v.call(ctx, "create"); answered <- err }()
	<-arrived
	leave()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller: %v", err)
	}
	// Close waits for every handler: one that is still held would hold it for ever.
	closed := make(chan struct{})
	go func() { v.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		v.faults.Clear()
		t.Error("the call is held although its caller has gone")
	}
	if v.done() != 0 {
		t.Error("a held call was carried out")
	}
}

func TestOutcomesStayWithTheirCalls(t *testing.T) {
	t.Parallel()
	v, ctx := newVendor(t), within(t)
	v.faults.Add(Fault{Op: "slow", Hang: true})
	var arrivals atomic.Int32
	first := make(chan struct{})
	v.faults.OnCall = func(op, phase string) {
		if op == "slow" && phase == "arrived" && arrivals.Add(1) == 1 {
			close(first)
		}
	}
	answered := make(chan struct{})
	go func() { defer close(answered); _, _ = v.call(ctx, "slow") }()
	<-first
	v.faults.ResetCalls()
	v.faults.Add(Fault{Op: "create", Answer: "denied"})
	if _, err := v.call(ctx, "create"); err != nil {
		t.Fatal(err)
	}
	v.faults.Clear()
	<-answered
	if c := v.faults.Calls(); len(c) != 1 || c[0].Op != "create" || c[0].Status != http.StatusForbidden || c[0].Done {
		t.Errorf("a forgotten call's outcome went to another: %+v", c)
	}
}

func TestAWatcherThatAbortsAnArrivingCallKeepsItFromBeingCarriedOut(t *testing.T) {
	t.Parallel()
	v, ctx := newVendor(t), within(t)
	if _, err := v.call(ctx, "create"); err != nil { // served before anybody watches
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen []string
	v.faults.Watch(func(op, phase string) {
		mu.Lock()
		seen = append(seen, op+" "+phase)
		mu.Unlock()
		if op == "create" {
			panic(http.ErrAbortHandler)
		}
	})
	if status, err := v.call(ctx, "create"); err == nil {
		t.Errorf("answered with %d", status)
	}
	if _, err := v.call(ctx, "read"); err != nil {
		t.Fatal(err)
	}
	v.faults.Watch(nil)
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"create arrived", "read arrived", "read done"}; !slices.Equal(seen, want) {
		t.Errorf("heard %q, want %q", seen, want)
	}
	if v.done() != 2 {
		t.Errorf("%d calls were carried out, want 2", v.done())
	}
}
