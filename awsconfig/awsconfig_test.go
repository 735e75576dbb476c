package awsconfig

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"airpass/access"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

const roleARN = "arn:aws:iam::444455556666:role/airpass-reader"

// setup is STS over HTTP with a role, and options to reach it.
func setup(t *testing.T) (*sts.Server, Options) {
	t.Helper()
	s := sts.New(sts.Options{})
	if err := s.AddRole(sts.Role{ARN: roleARN, ExternalID: "e-1"}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	base := s.BaseKey()
	return s, Options{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(base.ID, base.Secret, base.Session),
		STSURL: server.URL, Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second}),
	}
}

// whoami asks STS who a configuration calls as.
func whoami(t *testing.T, o Options) (string, error) {
	t.Helper()
	cfg, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := awssts.NewFromConfig(cfg, func(so *awssts.Options) { so.BaseEndpoint = aws.String(o.STSURL) }).
		GetCallerIdentity(t.Context(), &awssts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Arn), nil
}

func TestARoleIsAssumedUnderOurName(t *testing.T) {
	t.Parallel()
	s, o := setup(t)
	if who, err := whoami(t, o); err != nil || who != s.BaseKey().ARN {
		t.Errorf("our own: %s %v", who, err)
	}
	o.Role = Role{RoleARN: roleARN, ExternalID: "e-1"}
	if who, err := whoami(t, o); err != nil || who != "arn:aws:sts::444455556666:assumed-role/airpass-reader/airpass" {
		t.Errorf("as the role: %s %v", who, err)
	}
}

func TestARefusalOfSTSSaysSo(t *testing.T) {
	t.Parallel()
	s, o := setup(t)
	o.Role = Role{RoleARN: roleARN, ExternalID: "wrong"}
	_, err := whoami(t, o)
	err = Failure(outbound.GetEnvironment, err)
	var v *access.VendorError
	if !errors.As(err, &v) || v.Vendor != "mwaa" || v.Class != access.Denied || !strings.Contains(err.Error(), "sts AssumeRole") {
		t.Error(err)
	}
	if strings.Contains(err.Error(), s.BaseKey().Secret) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a secret in %v", err)
	}
}

// Nothing is tried twice, whatever the environment says about attempts.
func TestNothingIsTriedTwice(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "5")
	t.Setenv("AWS_RETRY_MODE", "adaptive")
	s, o := setup(t)
	s.Faults().Add(control.Fault{Op: "GetCallerIdentity", Answer: "throttled"})
	if _, err := whoami(t, o); err == nil {
		t.Fatal("no error")
	}
	if n := s.Faults().Count("GetCallerIdentity"); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// Somebody's own HTTP client is used as it is, also where a bundle of certificates is
// configured for the SDK's.
func TestAnHTTPClientOfOnesOwn(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "/nowhere/bundle.pem")
	_, o := setup(t)
	o.HTTPClient = &http.Client{}
	if _, err := Load(o); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("a bundle that does not exist: %v", err)
	}
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if _, err := whoami(t, o); err != nil {
		t.Error(err)
	}
}

// The SDK closes a request's body once the answer begins; whoever still looks for
// more of it must find its end, not an error.
func TestABodyThatIsClosedHasEnded(t *testing.T) {
	t.Parallel()
	_, o := setup(t)
	looked := false
	o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
		body := r.Body
		answer, err := http.DefaultTransport.RoundTrip(r)
		_ = body.Close()
		n, late := io.Copy(io.Discard, body)
		if looked = true; n != 0 || late != nil {
			t.Errorf("%d bytes, %v", n, late)
		}
		return answer, err
	})
	if _, err := whoami(t, o); err != nil || !looked {
		t.Error(err, looked)
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func TestFailureOfNothingIsNothing(t *testing.T) {
	t.Parallel()
	if err := Failure(outbound.GetEnvironment, nil); err != nil {
		t.Error(err)
	}
}
