package awssecrets

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/secrets"
	"airpass/sandbox/sts"
)

// setup is both services over HTTP, and a client in another region than they are in.
func setup(t *testing.T) (*secrets.Server, *Client) {
	t.Helper()
	callers := sts.New(sts.Options{})
	s := secrets.New(secrets.Options{Callers: callers, Region: "eu-central-1"})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	key := callers.BaseKey()
	c, err := New(Options{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, key.Session),
		SecretsManagerURL: server.URL, SSMURL: server.URL, Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestWhatIsKeptIsFetched(t *testing.T) {
	t.Parallel()
	s, c := setup(t)
	arn := s.PutSecret("airpass/slack", `{"bot": "xoxb-1"}`)
	s.PutBinary("airpass/key", []byte{1, 2, 0, 255})
	parameter := s.PutParameter("/airpass/okta", "00hush", true)
	for name, want := range map[string]string{"airpass/slack": `{"bot": "xoxb-1"}`, arn: `{"bot": "xoxb-1"}`, "airpass/key": "\x01\x02\x00\xff"} {
		if got, err := c.Secret(t.Context(), name); err != nil || got != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	for _, name := range []string{"/airpass/okta", parameter, "/airpass/okta:1"} {
		if got, err := c.Parameter(t.Context(), name); err != nil || got != "00hush" {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if len(c.regions) != 2 {
		t.Errorf("an ARN is asked for in its own region: %d regions", len(c.regions))
	}
}

func TestWhyItCannotBeFetched(t *testing.T) {
	t.Parallel()
	s, c := setup(t)
	s.PutSecret("kept", "hush")
	s.PutParameter("kept", "hush", true)
	want := func(class access.Class) {
		t.Helper()
		_, one := c.Secret(t.Context(), "kept")
		_, other := c.Parameter(t.Context(), "kept")
		for _, err := range []error{one, other} {
			var v *access.VendorError
			if !errors.As(err, &v) || v.Class != class || strings.Contains(err.Error(), "hush") {
				t.Errorf("%v, want class %s", err, class)
			}
		}
	}
	for answer, class := range map[string]access.Class{"throttled": access.Throttled, "unavailable": access.Unavailable, "internal": access.Unavailable, "denied": access.Denied} {
		s.Faults().Add(control.Fault{Op: "*", Answer: answer, Times: 2})
		want(class)
	}
	s.Faults().Add(control.Fault{Op: "*", LoseReply: true, Times: 2})
	want(access.Unavailable)
	s.DeleteParameter("kept")
	if _, err := c.Parameter(t.Context(), "kept"); access.ClassOf(err) != access.Missing {
		t.Error(err)
	}
	if _, err := c.Secret(t.Context(), "other"); access.ClassOf(err) != access.Missing {
		t.Error(err)
	}
	if n := s.Faults().Count("GetSecretValue"); n != 6 {
		t.Errorf("%d calls: something was tried twice", n)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	caller := outbound.New(outbound.Options{})
	for name, o := range map[string]Options{
		"no region": {Caller: caller}, "no caller": {Region: "eu-west-1"},
		"plain http to another machine": {Region: "eu-west-1", Caller: caller, SSMURL: "http://example.com"},
	} {
		if _, err := New(o); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
