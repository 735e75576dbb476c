package control

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func ask(t *testing.T, h http.Handler, method, path, body string) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
	return rec.Code, rec.Body.String()
}

func TestFaultsAPI(t *testing.T) {
	t.Parallel()
	f := NewFaults(new(Clock))
	if status, body := ask(t, f.API(), "POST", "/faults", `{"op":"create","times":2,"latency":"1.5s","answer":"denied"}`); status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	if a := f.Active(); len(a) != 1 || a[0].Latency != Duration(1500*time.Millisecond) || a[0].Times != 2 {
		t.Errorf("%+v", a)
	}
	for _, wrong := range []string{`{"answer":"denied"}`, `{"op":"x","colour":"red"}`, `{"op":"x","latency":"soon"}`, `{`} {
		if status, _ := ask(t, f.API(), "POST", "/faults", wrong); status != 400 {
			t.Errorf("%s: %d", wrong, status)
		}
	}
	if _, body := ask(t, f.API(), "GET", "/faults", ""); !strings.Contains(body, `"latency":"1.5s"`) {
		t.Error(body)
	}
	if status, _ := ask(t, f.API(), "DELETE", "/faults", ""); status != 204 || len(f.Active()) != 0 {
		t.Errorf("%d %+v", status, f.Active())
	}
	f.record("create")
	if _, body := ask(t, f.API(), "GET", "/calls", ""); !strings.Contains(body, `"op":"create"`) {
		t.Error(body)
	}
	if status, _ := ask(t, f.API(), "DELETE", "/calls", ""); status != 204 || f.Count("create") != 0 {
		t.Errorf("%d", status)
	}
}

func TestClockOnlyMovesForward(t *testing.T) {
	t.Parallel()
	c := new(Clock)
	var moved time.Time
	c.OnMove(func(now time.Time) { moved = now })
	before := c.Now()
	if status, body := ask(t, c.API(), "POST", "/advance", `{"by":"8h"}`); status != 200 || !strings.Contains(body, `"offset":"8h0m0s"`) {
		t.Fatalf("%d %s", status, body)
	}
	if d := moved.Sub(before); d < 8*time.Hour || d > 8*time.Hour+time.Minute {
		t.Errorf("moved by %v", d)
	}
	if _, err := c.Advance(-time.Second); !errors.Is(err, ErrBackwards) {
		t.Errorf("backwards: %v", err)
	}
	if status, _ := ask(t, c.API(), "POST", "/advance", `{"by":"-1s"}`); status != 400 || c.Offset() != 8*time.Hour {
		t.Errorf("backwards over HTTP: %d, %v", status, c.Offset())
	}
}

func TestDurationReadsWordsAndNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{`"1m30s"`: 90 * time.Second, `1000`: 1000, `"0s"`: 0} {
		var d Duration
		if err := json.Unmarshal([]byte(text), &d); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v %v", text, d, err)
		}
	}
	var d Duration
	if err := json.Unmarshal([]byte(`"tomorrow"`), &d); err == nil {
		t.Error("tomorrow is no duration")
	}
}
