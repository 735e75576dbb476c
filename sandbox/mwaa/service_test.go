package mwaa_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"airpass/sandbox/browser"
	"airpass/sandbox/contract"
	"airpass/sandbox/control"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/sts"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
	botARN  = "arn:aws:sts::111122223333:assumed-role/airpass/airpass"
	annRole = "AWSReservedSSO_mwaa-dev-viewer_0123456789abcdef"
)

// service is the sandbox's MWAA over HTTP with a bot's role and a movable wall clock.
type service struct {
	*mwaa.Server
	t     *testing.T
	clock *control.Clock
	roles *roles
	watch *contract.AWSWatch
	http  *httptest.Server // every answer of the API is held to AWS's model
	// unwatched is for answers that AWS gives against its own model.
	unwatched *httptest.Server

	mu   sync.Mutex
	wall time.Duration
}

// roles are the policies of Identity Center's roles.
type roles struct {
	mu sync.Mutex
	by map[string]string
}

func (r *roles) RolePolicy(acct, name string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.by[acct+"/"+name]
	return p, ok
}

func (r *roles) set(name, policy string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by[account+"/"+name] = policy
}

func (r *roles) remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.by, account+"/"+name)
}

const botPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["airflow:GetEnvironment","airflow:ListEnvironments"],"Resource":"*"}]}`

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{t: t, clock: new(control.Clock), roles: &roles{by: map[string]string{}}}
	s.Server = mwaa.New(mwaa.Options{Clock: s.clock, Wall: s.now, Roles: s.roles, Callers: callers(t)})
	must(t, s.SetPolicy(account, "role/airpass", botPolicy))
	api, err := model()
	must(t, err)
	s.watch = contract.WatchAWS(t, s.Handler(), api)
	s.http, s.unwatched = httptest.NewServer(s.watch), httptest.NewServer(s.Handler())
	t.Cleanup(s.http.Close)
	t.Cleanup(s.unwatched.Close)
	return s
}

// model is read once for the whole test binary.
var model = sync.OnceValues(func() (*contract.AWSAPI, error) { return contract.LoadAWS("mwaa") })

// callers is STS with the bot, Ann's role session and somebody without any policy.
func callers(t *testing.T) *sts.Server {
	t.Helper()
	s := sts.New(sts.Options{})
	for id, arn := range map[string]string{
		"AKIABOT": botARN, "ASIAANN": "arn:aws:sts::111122223333:assumed-role/" + annRole + "/ann@example.com",
		"AKIANOBODY": "arn:aws:iam::111122223333:user/nobody",
	} {
		_, err := s.AddKey(sts.Key{ID: id, ARN: arn, Account: account})
		must(t, err)
	}
	return s
}

func (s *service) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.wall)
}

// pass lets wall time go by.
func (s *service) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wall += d
}

func (s *service) add(e mwaa.Environment) mwaa.Environment {
	s.t.Helper()
	if e.Account == "" {
		e.Account, e.Region = account, region
	}
	out, err := s.Add(e)
	must(s.t, err)
	return out
}

// client is the real SDK's client with somebody's access key.
func (s *service) client(key string, change ...func(*sdk.Options)) *sdk.Client {
	s.t.Helper()
	return sdk.New(sdk.Options{
		Region: region, BaseEndpoint: aws.String(s.http.URL), Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
		RetryMaxAttempts: 1, HTTPClient: &http.Client{Timeout: 10 * time.Second},
		APIOptions: []func(*middleware.Stack) error{withoutHostPrefix},
	}, change...)
}

// withoutHostPrefix keeps the SDK from putting api. or env. before the host.
func withoutHostPrefix(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("WithoutHostPrefix", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
	}), middleware.After)
}

// login opens a login's page in a fresh browser.
func (s *service) login(b *browser.Browser, l mwaa.WebLogin) browser.Result {
	s.t.Helper()
	out, err := b.Open(s.t.Context(), s.http.URL+l.Path())
	must(s.t, err)
	return out
}

// ann is a role session that Identity Center made.
func ann() mwaa.Caller {
	return mwaa.Caller{ARN: "arn:aws:sts::111122223333:assumed-role/" + annRole + "/ann@example.com", Account: account, UserID: "u-ann"}
}

func allowLogin(resource string) string {
	return `{"Statement":[{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"` + resource + `"}]}`
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode checks that err is AWS's error with this code.
func wantCode(t *testing.T, err error, code string, status int) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	var resp *smithyhttp.ResponseError
	if status != 0 && (!errors.As(err, &resp) || resp.HTTPStatusCode() != status) {
		t.Fatalf("%s with %v, want %d", code, err, status)
	}
}
