package identitycenter

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/outbound"
)

// scripted is a client of a server that always gives one answer.
func scripted(t *testing.T, answer http.HandlerFunc) (*Client, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	c, err := New(Options{
		Region: "eu-west-1", IdentityStore: "d-9067f2ab3c", Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "very-secret", ""),
		SSOAdminURL: server.URL, IdentityStoreURL: server.URL, Tick: time.Millisecond,
		Caller: outbound.New(outbound.Options{Timeout: 2 * time.Second}),
	})
	must(t, err)
	return c, &calls
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Requestid", "req-1")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func someRef() access.Ref {
	return access.Ref{
		Kind: access.AccountAssignment, OktaUser: "00u1", Person: "11111111-2222-3333-4444-555555555555",
		Instance: "arn:aws:sso:::instance/ssoins-72230a4b1c9d5e6f", Account: "444455556666",
		PermissionSet: "arn:aws:sso:::permissionSet/ssoins-72230a4b1c9d5e6f/ps-0123456789abcdef",
	}
}

// What every answer means, for the one call after which it matters most: a creation.
func TestFailuresOfCreationsByClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   access.Class
	}{
		{"throttling", 400, `{"__type":"ThrottlingException","Message":"Rate exceeded"}`, access.Throttled},
		{"too many under way", 400, `{"__type":"ThrottlingException","Message":"There are too many requests processing."}`, access.Throttled},
		{"429 of something between", 429, `{"__type":"SomethingNew"}`, access.Throttled},
		{"conflict", 400, `{"__type":"ConflictException","Message":"a previous write"}`, access.Conflict},
		{"denied", 400, `{"__type":"AccessDeniedException","Message":"not authorized"}`, access.Denied},
		{"expired", 400, `{"__type":"ExpiredTokenException","Message":"expired"}`, access.Denied},
		{"unknown key", 400, `{"__type":"UnrecognizedClientException","Message":"invalid"}`, access.Denied},
		{"missing", 400, `{"__type":"ResourceNotFoundException","Message":"no such permission set"}`, access.Missing},
		{"the instance's key is gone", 400, `{"__type":"ResourceNotFoundException","Message":"key","Reason":"KMS_NotFoundException"}`, access.Denied},
		{"invalid", 400, `{"__type":"ValidationException","Message":"invalid"}`, access.Rejected},
		{"namespaced", 400, `{"__type":"com.amazonaws.sso#ValidationException","Message":"invalid"}`, access.Rejected},
		{"quota", 400, `{"__type":"ServiceQuotaExceededException","Message":"quota"}`, access.Quota},
		{"a refusal not heard of", 400, `{"__type":"UnknownOperationException"}`, access.Rejected},
		{"internal", 500, `{"__type":"InternalServerException","Message":"unknown"}`, access.Unavailable},
		{"gateway", 503, `<html>Service Unavailable</html>`, access.Unavailable},
		{"a proxy's 404", 404, `<html>Not Found</html>`, access.Unavailable},
		{"a proxy's 403", 403, `<html>Forbidden</html>`, access.Unavailable},
		{"nothing in it", 200, `{}`, access.Unavailable},
		{"no request id", 200, `{"AccountAssignmentCreationStatus":{"Status":"IN_PROGRESS"}}`, access.Unavailable},
		{"a status not heard of", 200, `{"AccountAssignmentCreationStatus":{"Status":"PONDERING","RequestId":"r"}}`, access.Unavailable},
		{"not JSON", 200, `<html>Welcome to the hotel's network</html>`, access.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, calls := scripted(t, answering(c.status, c.body))
			_, err := client.Add(t.Context(), someRef())
			var v *access.VendorError
			if !errors.As(err, &v) || v.Class != c.want || v.Vendor != "identitycenter" || v.Op != "CreateAccountAssignment" {
				t.Fatalf("%v, want %s", err, c.want)
			}
			if v.MayHaveHappened() != (c.want == access.Unavailable) {
				t.Error("may have happened:", v.MayHaveHappened())
			}
			if c.status >= 400 && v.RequestID != "req-1" {
				t.Errorf("request id %q", v.RequestID)
			}
			if calls.Load() != 1 {
				t.Errorf("tried %d times", calls.Load())
			}
			if strings.Contains(err.Error(), "very-secret") || strings.Contains(err.Error(), "AKIAEXAMPLE") {
				t.Errorf("a key in %v", err)
			}
		})
	}
}

func TestACallThatIsCutOffMayHaveHappened(t *testing.T) {
	t.Parallel()
	client, _ := scripted(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the caller's leaving is noticed
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := client.Add(ctx, someRef())
	var v *access.VendorError
	if !errors.As(err, &v) || !v.MayHaveHappened() || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// "Gone" must be said of the thing itself, or a person would count as without it.
func TestNotFoundOfSomethingElseIsNotAbsence(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]access.Class{
		`{"__type":"ResourceNotFoundException","ResourceType":"USER"}`:           access.Missing,
		`{"__type":"ResourceNotFoundException","ResourceType":"GROUP"}`:          access.Missing,
		`{"__type":"ResourceNotFoundException","ResourceType":"IDENTITY_STORE"}`: access.Rejected,
		`{"__type":"ResourceNotFoundException","Reason":"KMS_KEY_NOT_FOUND"}`:    access.Denied,
	} {
		client, _ := scripted(t, answering(400, body))
		if _, err := client.PersonID(t.Context(), "mia@example.com"); err == nil || access.ClassOf(err) != want || errors.Is(err, access.ErrNotFound) != (want == access.Missing) {
			t.Errorf("%s: %v", body, err)
		}
		pushed := access.Ref{Kind: access.PushedMembership, OktaUser: "00u1", Person: "p", IdentityStore: "d-9067f2ab3c", IdentityCenterGroup: "g"}
		if seen, err := client.Observe(t.Context(), pushed, time.Time{}); err == nil || access.ClassOf(err) != want {
			t.Errorf("%s: %+v %v", body, seen, err)
		}
	}
	client, _ := scripted(t, answering(400, `{"__type":"ResourceNotFoundException","Reason":"KMS_NotFoundException"}`))
	if r, err := client.Remove(t.Context(), someRef()); err == nil || r.Done {
		t.Errorf("removed although nothing could be read: %+v", r)
	}
}

func TestThrottlingSaysHowLong(t *testing.T) {
	t.Parallel()
	client, _ := scripted(t, answering(400, `{"__type":"ThrottlingException","Message":"Rate exceeded","RetryAfterSeconds":7}`))
	_, err := client.PersonID(t.Context(), "mia@example.com")
	var v *access.VendorError
	if !errors.As(err, &v) || v.Class != access.Throttled || v.RetryAfter != 7*time.Second || v.Vendor != "identitystore" {
		t.Errorf("%v %+v", err, v)
	}
	client, _ = scripted(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3")
		answering(503, `{"__type":"ServiceUnavailable"}`)(w, r)
	})
	_, err = client.Add(t.Context(), someRef())
	if !errors.As(err, &v) || v.Class != access.Unavailable || v.RetryAfter != 3*time.Second {
		t.Errorf("%v %+v", err, v)
	}
}

// An answer of 200 that leaves out what was asked for is no "no".
func TestAnEmptyAnswerAboutMembershipIsUnknown(t *testing.T) {
	t.Parallel()
	client, _ := scripted(t, answering(200, `{"Results":[]}`))
	pushed := access.Ref{Kind: access.PushedMembership, OktaUser: "00u1", Person: "p", IdentityStore: "d-9067f2ab3c", IdentityCenterGroup: "g"}
	if seen, err := client.Observe(t.Context(), pushed, time.Time{}); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("%+v %v", seen, err)
	}
	client, _ = scripted(t, answering(200, `{"IdentityStoreId":"d-9067f2ab3c"}`))
	if id, err := client.PersonID(t.Context(), "mia@example.com"); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("%q %v", id, err)
	}
}

func TestRefsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	client, calls := scripted(t, answering(500, `{}`))
	incomplete := someRef()
	incomplete.Account = ""
	pushed := access.Ref{Kind: access.PushedMembership, Person: "p", IdentityStore: "d-9067f2ab3c", IdentityCenterGroup: "g"}
	for _, r := range []access.Ref{incomplete, {}, {Kind: access.OktaMembership, OktaUser: "u", OktaGroup: "g"}, {Kind: access.PushedMembership}} {
		if _, err := client.Observe(t.Context(), r, time.Time{}); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("observe %s: %v", r.Key(), err)
		}
		if _, err := client.Add(t.Context(), r); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("add %s: %v", r.Key(), err)
		}
	}
	if _, err := client.Add(t.Context(), pushed); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
	if _, err := client.Remove(t.Context(), pushed); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
	if p, err := client.Progress(t.Context(), access.Intent{Ref: pushed, Operation: access.Add}, time.Time{}); err != nil || p.Known {
		t.Error(p, err)
	}
	if _, err := client.Progress(t.Context(), access.Intent{Ref: someRef()}, time.Time{}); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
	if _, err := client.PersonID(t.Context(), ""); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
	if calls.Load() != 0 {
		t.Errorf("AWS was called %d times", calls.Load())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	good := Options{Region: "eu-west-1", IdentityStore: "d-9067f2ab3c", Caller: outbound.New(outbound.Options{})}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"region": func(o *Options) { o.Region = "" },
		"store":  func(o *Options) { o.IdentityStore = "" },
		"caller": func(o *Options) { o.Caller = nil },
		"lookup": func(o *Options) { o.Lookup = "guess" },
		"admin":  func(o *Options) { o.SSOAdminURL = "http://sso.example.com" },
		"people": func(o *Options) { o.IdentityStoreURL = "http://10.0.0.1" },
		"sts":    func(o *Options) { o.STSURL = "ftp://localhost" },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Assignments outlive their groups. That one of them is gone must neither hide the
// others nor pass for the person's absence.
func TestAGroupThatIsGoneDoesNotHideOthers(t *testing.T) {
	t.Parallel()
	client, _ := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListAccountAssignments"):
			answering(200, `{"AccountAssignments":[{"PrincipalType":"GROUP","PrincipalId":"gone"},{"PrincipalType":"GROUP","PrincipalId":"here"},{"PrincipalType":"USER","PrincipalId":"p"}]}`)(w, r)
		case strings.Contains(string(body), `"gone"`):
			answering(400, `{"__type":"ResourceNotFoundException","ResourceType":"GROUP"}`)(w, r)
		default:
			answering(200, `{"Results":[{"GroupId":"here","MembershipExists":true}]}`)(w, r)
		}
	})
	client.opts.Lookup = ByList
	ref := someRef()
	ref.Person = "p"
	seen, err := client.Observe(t.Context(), ref, time.Time{})
	if err != nil || !seen.Present || len(seen.Through) != 1 || !strings.Contains(seen.Through[0], "here") {
		t.Errorf("%+v %v", seen, err)
	}
}
