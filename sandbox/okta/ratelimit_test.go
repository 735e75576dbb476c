package okta

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"airpass/sandbox/control"
)

func TestEachFamilyHasItsMinute(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.Limits = map[string]int{familyGroups: 2} })
	for want := 1; want >= 0; want-- {
		resp := o.get("/api/v1/groups")
		reset, err := strconv.ParseInt(resp.Header.Get("X-Rate-Limit-Reset"), 10, 64)
		must(t, err)
		if in := time.Until(time.Unix(reset, 0)); in < 50*time.Second || in > time.Minute {
			t.Errorf("reset in %s", in)
		}
		if resp.Header.Get("X-Rate-Limit-Limit") != "2" || resp.Header.Get("X-Rate-Limit-Remaining") != strconv.Itoa(want) || resp.StatusCode != http.StatusOK {
			t.Errorf("%s %v", resp.Status, resp.Header)
		}
	}
	resp := o.get("/api/v1/groups")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("X-Rate-Limit-Remaining") != "0" {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
	if resp := o.get("/api/v1/groups/" + o.pushed); resp.StatusCode != http.StatusOK {
		t.Errorf("another family: %s", resp.Status)
	}
	want := map[string][2]int{familyGroups: {2, 2}, familyGroup: {1, 600}, familyUsers: {0, 600}}
	for _, b := range o.Budgets() {
		if w, told := want[b.Name]; told && (b.Used != w[0] || b.Limit != w[1] || b.Window != control.Duration(time.Minute)) {
			t.Errorf("%+v, want %v", b, w)
		}
		delete(want, b.Name)
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
	o.SetLimit(familyGroups, -1)
	if resp := o.get("/api/v1/groups"); resp.StatusCode != http.StatusOK {
		t.Errorf("without a limit: %s", resp.Status)
	}
}

func TestTheMinuteBeginsAnew(t *testing.T) {
	t.Parallel()
	l := newLimiter(map[string]int{"f": 1})
	now := time.Date(2026, 11, 24, 10, 0, 0, 500, time.UTC)
	if _, ok := l.take("f", now); !ok {
		t.Fatal("the first was refused")
	}
	left, ok := l.take("f", now)
	if ok || left.remaining != 0 {
		t.Fatalf("%+v", left)
	}
	if _, ok := l.take("f", left.reset); !ok {
		t.Fatal("refused at the reset")
	}
}

func TestOnlySoManyAtATime(t *testing.T) {
	t.Parallel()
	o := newOrg(t, func(opts *Options) { opts.Concurrent = 2 })
	o.Faults().Add(control.Fault{Op: "GetGroup", Hang: true})
	done := make(chan int, 2)
	for range 2 {
		go func() {
			r, _ := http.NewRequest(http.MethodGet, o.server.URL+"/api/v1/groups/"+o.pushed, nil)
			r.Header.Set("Authorization", "SSWS 00sandboxtoken")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				done <- 0
				return
			}
			_ = resp.Body.Close()
			done <- resp.StatusCode
		}()
	}
	deadline := time.Now().Add(5 * time.Second)
	for o.Faults().Count("GetGroup") < 2 {
		if time.Now().After(deadline) {
			t.Fatal("the two never arrived")
		}
		time.Sleep(time.Millisecond) // polling a condition
	}
	resp := o.get("/api/v1/users")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("X-Rate-Limit-Limit") != "0" {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
	o.Faults().Clear()
	for range 2 {
		if status := <-done; status != http.StatusOK {
			t.Errorf("a held call ended with %d", status)
		}
	}
	if resp := o.get("/api/v1/users"); resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
}
