package oncall

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/pagerduty"
)

// setup is a PagerDuty over HTTP with a schedule, and a client of it.
func setup(t *testing.T) (*pagerduty.Server, *control.Clock, *Client) {
	t.Helper()
	clock := new(control.Clock)
	s := pagerduty.New(pagerduty.Options{Clock: clock})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	for _, name := range []string{"Sam Whitfield", "Olivia Brandt"} {
		first, _, _ := strings.Cut(strings.ToLower(name), " ")
		s.AddUser(pagerduty.User{Name: name, Email: first + "@example.com"})
	}
	s.AddSchedule(pagerduty.Schedule{ID: "PSECURE", Name: "Security"})
	c, err := New(Options{Token: s.Token(), URL: server.URL + "/", Now: clock.Now, Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	return s, clock, c
}

func put(t *testing.T, s *pagerduty.Server, emails ...string) {
	t.Helper()
	if err := s.SetOnCall("PSECURE", emails...); err != nil {
		t.Fatal(err)
	}
}

func TestWhoIsOnCallNow(t *testing.T) {
	t.Parallel()
	s, clock, c := setup(t)
	if emails, err := c.Emails(t.Context(), "PSECURE", 10); err != nil || len(emails) != 0 {
		t.Errorf("nobody was put on call: %v %v", emails, err)
	}
	put(t, s, "sam@example.com")
	if err := s.AddShift("PSECURE", "olivia@example.com", clock.Now().Add(time.Hour), clock.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if emails, err := c.Emails(t.Context(), "PSECURE", 10); err != nil || !slices.Equal(emails, []string{"sam@example.com"}) {
		t.Errorf("%v %v", emails, err)
	}
	for email, want := range map[string]bool{"Sam@Example.com": true, "olivia@example.com": false, "": false} {
		if is, err := c.Names(t.Context(), "PSECURE", email); err != nil || is != want {
			t.Errorf("%q: %v %v", email, is, err)
		}
	}
	if _, err := clock.Advance(90 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if is, err := c.Names(t.Context(), "PSECURE", "olivia@example.com"); err != nil || !is {
		t.Error("her shift has begun:", err)
	}
	if emails, err := c.Emails(t.Context(), "PSECURE", 1); err != nil || len(emails) != 1 {
		t.Errorf("more than the limit: %v %v", emails, err)
	}
}

func TestWhatIsNoAnswerIsAnError(t *testing.T) {
	t.Parallel()
	s, _, c := setup(t)
	put(t, s, "sam@example.com")
	for answer, class := range map[string]access.Class{"throttled": access.Throttled, "unavailable": access.Unavailable, "internal": access.Unavailable,
		"denied": access.Denied, "unauthorized": access.Denied} {
		s.Faults().Add(control.Fault{Op: "listScheduleUsers", Times: 1, Answer: answer})
		is, err := c.Names(t.Context(), "PSECURE", "sam@example.com")
		if is || access.ClassOf(err) != class {
			t.Errorf("%s: %v %v", answer, is, err)
		}
	}
	s.Faults().Add(control.Fault{Op: "listScheduleUsers", LoseReply: true})
	if is, err := c.Names(t.Context(), "PSECURE", "sam@example.com"); is || !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("a lost reply: %v %v", is, err)
	}
	s.Faults().Clear()
	if _, err := c.Emails(t.Context(), "PNOSUCH", 1); !errors.Is(err, access.ErrNotFound) {
		t.Error("a schedule that is not there:", err)
	}
	for _, schedule := range []string{"", "PSECURE/../../users", "P?x=1"} {
		if _, err := c.Emails(t.Context(), schedule, 1); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%q: %v", schedule, err)
		}
	}
}

func TestTheTokenIsInNoError(t *testing.T) {
	t.Parallel()
	s := pagerduty.New(pagerduty.Options{})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	caller := outbound.New(outbound.Options{Timeout: 5 * time.Second})
	const wrong = "u+wrongtoken123456789"
	c, err := New(Options{Token: wrong, URL: server.URL, Caller: caller})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Emails(t.Context(), "PSECURE", 1); access.ClassOf(err) != access.Denied || strings.Contains(err.Error(), wrong) {
		t.Error(err)
	}
	// A port that nobody is given: that of a server that was closed may be another's by now.
	if c, err = New(Options{Token: wrong, URL: "http://127.0.0.1:1", Caller: caller}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Emails(t.Context(), "PSECURE", 1); access.ClassOf(err) != access.Unavailable || strings.Contains(err.Error(), wrong) {
		t.Error(err)
	}
	for _, o := range []Options{{Caller: caller}, {Token: wrong}, {Token: wrong, Caller: caller, URL: "http://pagerduty.example.com"},
		{Token: wrong, Caller: caller, URL: "https://user:" + wrong + "@example.com"}, {Token: wrong, Caller: caller, URL: "::"}} {
		if _, err := New(o); !errors.Is(err, access.ErrInvalid) || strings.Contains(err.Error(), wrong) {
			t.Errorf("%v", err)
		}
	}
}
