package mwaa

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/mwaa"
)

func TestEnvironmentIsReadAsTheRoleOfItsAccount(t *testing.T) {
	t.Parallel()
	w := setup(t)
	s, err := w.client.Environment(t.Context(), prod())
	must(t, err)
	if s.Status != "AVAILABLE" || s.Private || s.AccessMode != "PUBLIC_ONLY" || s.Version != "2.10.3" {
		t.Errorf("%+v", s)
	}
	for range 4 {
		if _, err := w.client.Environment(t.Context(), prod()); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.sts.Faults().Count("AssumeRole"); n != 1 {
		t.Errorf("the role was assumed %d times for five reads", n)
	}
}

func TestManyFirstReadsAssumeTheRoleOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := w.client.Environment(t.Context(), prod()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := w.sts.Faults().Count("AssumeRole"); n != 1 {
		t.Errorf("assumed %d times", n)
	}
}

func TestWebserverURLAlwaysHasItsScheme(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for name, bare := range map[string]bool{"bare": true, "full": false} {
		e, err := w.mwaa.Add(sandbox.Environment{Account: account, Region: "eu-west-1", Name: name, BareHostname: bare})
		must(t, err)
		env := prod()
		env.Name = name
		s, err := w.client.Environment(t.Context(), env)
		must(t, err)
		if want := "https://" + e.Hostname; s.WebserverURL != want {
			t.Errorf("%s: %q, want %q", name, s.WebserverURL, want)
		}
	}
}

func TestStatusTellsWhatIsPrivate(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for mode, private := range map[sandbox.AccessMode]bool{sandbox.PublicOnly: false, sandbox.PrivateOnly: true, sandbox.PublicAndPrivate: false} {
		name := "e-" + string(mode)
		_, err := w.mwaa.Add(sandbox.Environment{Account: account, Region: "us-east-1", Name: name, AccessMode: mode, AirflowVersion: "3.2.0"})
		must(t, err)
		env := prod()
		env.Name, env.Region = name, "us-east-1"
		status, got, err := w.client.Status(t.Context(), env)
		if err != nil || status != "AVAILABLE" || got != private {
			t.Errorf("%s: %s %v %v", mode, status, got, err)
		}
	}
}

func TestEveryStatusIsPassedOn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, status := range []sandbox.Status{sandbox.Creating, sandbox.CreateFailed, sandbox.Updating, sandbox.Unavailable, sandbox.UpdateFailed, sandbox.Maintenance, sandbox.Deleted} {
		must(t, w.mwaa.SetStatus(account, "eu-west-1", "analytics", status))
		s, err := w.client.Environment(t.Context(), prod())
		if err != nil || s.Status != string(status) {
			t.Errorf("%s: %+v %v", status, s, err)
		}
	}
}

func TestFailuresByClass(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]access.Class{
		"throttled": access.Throttled, "unavailable": access.Unavailable, "internal": access.Unavailable, "denied": access.Denied,
		"not_found": access.Missing, "validation": access.Rejected, "expired_token": access.Denied,
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.mwaa.Faults().Add(control.Fault{Op: "GetEnvironment", Answer: answer})
			_, err := w.client.Environment(t.Context(), prod())
			var v *access.VendorError
			if !errors.As(err, &v) || v.Class != want || v.Vendor != "mwaa" || v.Op != "GetEnvironment" {
				t.Fatalf("%v", err)
			}
			if errors.Is(err, access.ErrUnavailable) != (want == access.Unavailable || want == access.Throttled) || errors.Is(err, access.ErrNotFound) != (want == access.Missing) {
				t.Error(err)
			}
			if n := w.mwaa.Faults().Count("GetEnvironment"); n != 1 {
				t.Errorf("tried %d times", n)
			}
			if seen := w.classes(outbound.GetEnvironment); len(seen) != 1 || seen[0] != want {
				t.Errorf("the door saw %v", seen)
			}
		})
	}
}

func TestNoAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]control.Fault{
		"request lost": {Op: "GetEnvironment", LoseRequest: true},
		"reply lost":   {Op: "GetEnvironment", LoseReply: true},
		"hanging":      {Op: "GetEnvironment", Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.mwaa.Faults().Add(fault)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if _, err := w.client.Environment(ctx, prod()); access.ClassOf(err) != access.Unavailable || !errors.Is(err, access.ErrUnavailable) {
				t.Error(err)
			}
		})
	}
}

func TestNoSuchEnvironment(t *testing.T) {
	t.Parallel()
	w := setup(t)
	env := prod()
	env.Name = "analytix"
	_, err := w.client.Environment(t.Context(), env)
	var v *access.VendorError
	if !errors.Is(err, access.ErrNotFound) || !errors.As(err, &v) || v.RequestID == "" {
		t.Errorf("%v %+v", err, v)
	}
	if _, err := w.client.Environment(t.Context(), access.Environment{Account: "1", Region: "eu-west-1", Name: "x"}); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
	env.Name = "../../webtoken/analytics"
	if _, err := w.client.Environment(t.Context(), env); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
}

func TestARoleThatIsRefusedIsDenied(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.opts.Roles = map[string]awsconfig.Role{account: {RoleARN: "arn:aws:iam::" + account + ":role/airpass-reader", ExternalID: "wrong"}}
	_, err := w.make(t).Environment(t.Context(), prod())
	var v *access.VendorError
	if !errors.As(err, &v) || v.Class != access.Denied || v.Vendor != "mwaa" {
		t.Fatal(err)
	}
	if seen := w.classes(outbound.AssumeRole); len(seen) != 1 || seen[0] != access.Denied {
		t.Errorf("STS: %v", seen)
	}
	if n := w.mwaa.Faults().Count("GetEnvironment"); n != 0 {
		t.Errorf("MWAA was called %d times without credentials", n)
	}
}

func TestSTSDownIsUnavailableAndHeals(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.sts.Faults().Add(control.Fault{Op: "AssumeRole", Answer: "unavailable", Times: 1})
	w.sts.Faults().Add(control.Fault{Op: "AssumeRole", Answer: "throttled", Times: 1})
	for _, want := range []access.Class{access.Unavailable, access.Throttled} {
		if _, err := w.client.Environment(t.Context(), prod()); access.ClassOf(err) != want || err == nil {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := w.client.Environment(t.Context(), prod()); err != nil {
		t.Error(err)
	}
}

// An environment of the same name in our own account must not answer for one in an
// account whose role was forgotten.
func TestAForgottenRoleIsNotAnsweredFromOurOwnAccount(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.mwaa.Add(sandbox.Environment{Account: home, Region: "eu-west-1", Name: "analytics", Hostname: "other.example.com"})
	must(t, err)
	w.opts.Roles = nil
	if s, err := w.make(t).Environment(t.Context(), prod()); access.ClassOf(err) != access.Denied {
		t.Errorf("%+v %v", s, err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	caller := outbound.New(outbound.Options{})
	for name, o := range map[string]Options{
		"no caller":          {},
		"plain http":         {Caller: caller, EndpointURL: "http://mwaa.example.com"},
		"STS plain http":     {Caller: caller, STSURL: "http://sts.example.com"},
		"password in URL":    {Caller: caller, EndpointURL: "https://me:secret@example.com"},
		"no host":            {Caller: caller, EndpointURL: "https://"},
		"not a URL":          {Caller: caller, EndpointURL: "://"},
		"another scheme":     {Caller: caller, EndpointURL: "file:///etc/passwd"},
		"loopback by prefix": {Caller: caller, EndpointURL: "http://127.0.0.1.example.com"},
	} {
		if _, err := New(o); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, url := range []string{"", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "https://vpce-1.example.com"} {
		if _, err := New(Options{Caller: caller, EndpointURL: url}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
