package mwaa

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
	sandbox "airpass/sandbox/mwaa"
	"airpass/sandbox/sts"
)

const (
	home    = "111122223333" // where our own credentials are from
	account = "444455556666" // where the environment is
)

func prod() access.Environment {
	return access.Environment{Key: "prod", Account: account, Region: "eu-west-1", Partition: "aws", Name: "analytics"}
}

// world is MWAA and STS over HTTP, and a client that assumes a role in account.
type world struct {
	mwaa   *sandbox.Server
	sts    *sts.Server
	client *Client
	opts   Options

	mu    sync.Mutex
	calls []outbound.Call
}

func (w *world) after(c outbound.Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, c)
}

// classes are the classes of failure that the outbound door saw, by site.
func (w *world) classes(site outbound.Site) (seen []access.Class) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.Site == site && c.Err != nil {
			seen = append(seen, access.ClassOf(c.Err))
		}
	}
	return seen
}

const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"airflow:GetEnvironment","Resource":"*"}]}`

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{sts: sts.New(sts.Options{})}
	w.mwaa = sandbox.New(sandbox.Options{Callers: w.sts})
	must(t, w.sts.AddRole(sts.Role{ARN: "arn:aws:iam::" + account + ":role/airpass-reader", ExternalID: "e-17"}))
	must(t, w.mwaa.SetPolicy(account, "role/airpass-reader", policy))
	must(t, w.mwaa.SetPolicy(home, "role/airpass", policy))
	_, err := w.mwaa.Add(sandbox.Environment{Account: account, Region: "eu-west-1", Name: "analytics"})
	must(t, err)
	api, tokens := httptest.NewServer(w.mwaa.Handler()), httptest.NewServer(w.sts.Handler())
	t.Cleanup(api.Close)
	t.Cleanup(tokens.Close)
	base := w.sts.BaseKey()
	w.opts = Options{
		Roles:       map[string]awsconfig.Role{account: {RoleARN: "arn:aws:iam::" + account + ":role/airpass-reader", ExternalID: "e-17"}},
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(base.ID, base.Secret, base.Session)),
		EndpointURL: api.URL, STSURL: tokens.URL,
		Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second, After: w.after}),
	}
	w.client = w.make(t)
	return w
}

func (w *world) make(t *testing.T) *Client {
	t.Helper()
	c, err := New(w.opts)
	must(t, err)
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
