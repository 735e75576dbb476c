package mwaa_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/mwaa/types"
	"github.com/aws/smithy-go/middleware"

	"airpass/sandbox/control"
	"airpass/sandbox/mwaa"
)

func TestTheSDKReadsAnEnvironmentInEveryState(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev", AirflowVersion: "2.11.0", Tags: map[string]string{"team": "data"}})
	for _, want := range types.EnvironmentStatus("").Values() {
		must(t, s.SetStatus(account, region, "dev", mwaa.Status(want)))
		out, err := s.client("AKIABOT").GetEnvironment(t.Context(), &sdk.GetEnvironmentInput{Name: aws.String("dev")})
		must(t, err)
		got := out.Environment
		if got.Status != want || *got.Arn != e.ARN() || *got.AirflowVersion != "2.11.0" || got.Tags["team"] != "data" || got.CreatedAt.IsZero() ||
			got.WebserverAccessMode != types.WebserverAccessModePublicOnly {
			t.Errorf("%s: %+v", want, got)
		}
		hasURL := got.WebserverUrl != nil
		if early := want == types.EnvironmentStatusCreating || want == types.EnvironmentStatusCreateFailed; hasURL == early {
			t.Errorf("%s: web server %v", want, aws.ToString(got.WebserverUrl))
		}
	}
}

func TestAWebServerURLCanBeABareHostname(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "bare", BareHostname: true})
	client := s.client("AKIABOT", func(o *sdk.Options) { o.BaseEndpoint = aws.String(s.unwatched.URL) })
	out, err := client.GetEnvironment(t.Context(), &sdk.GetEnvironmentInput{Name: aws.String("bare")})
	must(t, err)
	if *out.Environment.WebserverUrl != e.Hostname || strings.Contains(e.Hostname, "/") {
		t.Error(*out.Environment.WebserverUrl)
	}
}

func TestWithoutTheOptionTheSDKLooksForAnotherHost(t *testing.T) {
	t.Parallel()
	s := newService(t)
	client := s.client("AKIABOT", func(o *sdk.Options) { o.APIOptions = []func(*middleware.Stack) error{} })
	if _, err := client.ListEnvironments(t.Context(), &sdk.ListEnvironmentsInput{}); err == nil || !strings.Contains(err.Error(), "api.127.0.0.1") {
		t.Errorf("the option is not needed any more: %v", err)
	}
}

func TestAListIsOfOneAccountAndRegionInPages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var want []string
	for i := range 27 {
		want = append(want, s.add(mwaa.Environment{Name: fmt.Sprintf("env-%02d", i)}).Name)
	}
	s.add(mwaa.Environment{Account: account, Region: "us-east-1", Name: "far"})
	s.add(mwaa.Environment{Account: "444455556666", Region: region, Name: "theirs"})
	var got []string
	pages := sdk.NewListEnvironmentsPaginator(s.client("AKIABOT"), &sdk.ListEnvironmentsInput{MaxResults: aws.Int32(10)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		got = append(got, page.Environments...)
	}
	if !slices.Equal(got, want) || s.Faults().Count("ListEnvironments") != 3 {
		t.Errorf("%v in %d calls", got, s.Faults().Count("ListEnvironments"))
	}
	far := s.client("AKIABOT", func(o *sdk.Options) { o.Region = "us-east-1" })
	out, err := far.ListEnvironments(t.Context(), &sdk.ListEnvironmentsInput{})
	must(t, err)
	if !slices.Equal(out.Environments, []string{"far"}) {
		t.Error(out.Environments)
	}
	_, err = far.ListEnvironments(t.Context(), &sdk.ListEnvironmentsInput{MaxResults: aws.Int32(26)})
	wantCode(t, err, "ValidationException", http.StatusBadRequest)
	_, err = far.ListEnvironments(t.Context(), &sdk.ListEnvironmentsInput{NextToken: aws.String("%%")})
	wantCode(t, err, "ValidationException", http.StatusBadRequest)
}

func TestRefusalsHaveTheVendorsForm(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.add(mwaa.Environment{Name: "dev"})
	get := func(key, name string) error {
		_, err := s.client(key).GetEnvironment(t.Context(), &sdk.GetEnvironmentInput{Name: aws.String(name)})
		return err
	}
	wantCode(t, get("AKIABOT", "gone"), "ResourceNotFoundException", http.StatusNotFound)
	wantCode(t, get("AKIABOT", "1/%25"), "ValidationException", http.StatusBadRequest)
	wantCode(t, get("AKIANOBODY", "dev"), "AccessDeniedException", http.StatusForbidden)
	wantCode(t, get("AKIASTRANGER", "dev"), "UnrecognizedClientException", http.StatusForbidden)
	wantCode(t, get("ASIAANN", "dev"), "UnrecognizedClientException", http.StatusForbidden) // her role is gone
	var missing *types.ResourceNotFoundException
	if err := get("AKIABOT", "gone"); !errors.As(err, &missing) || !strings.Contains(missing.ErrorMessage(), "gone") {
		t.Error(err)
	}
	_, err := s.client("AKIABOT").CreateWebLoginToken(t.Context(), &sdk.CreateWebLoginTokenInput{Name: aws.String("dev")})
	var denied *types.AccessDeniedException
	if !errors.As(err, &denied) || !strings.Contains(denied.ErrorMessage(), botARN+" is not authorized to perform: airflow:CreateWebLoginToken") {
		t.Error(err)
	}
	for _, path := range []string{"/environments/dev", "/nothing"} {
		resp, err := http.Get(s.http.URL + path)
		must(t, err)
		_ = resp.Body.Close()
		if resp.StatusCode < 400 || resp.Header.Get("X-Amzn-ErrorType") == "" {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestNamedFaultsAnswerAsTheVendorDoes(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.add(mwaa.Environment{Name: "dev"})
	for answer, want := range map[string]struct {
		code   string
		status int
	}{
		"throttled": {"ThrottlingException", 429}, "unavailable": {"ServiceUnavailableException", 503}, "internal": {"InternalServerException", 500},
		"denied": {"AccessDeniedException", 403}, "not_found": {"ResourceNotFoundException", 404}, "validation": {"ValidationException", 400},
		"expired_token": {"ExpiredTokenException", 403},
	} {
		s.Faults().Add(control.Fault{Op: "GetEnvironment", Times: 1, Answer: answer})
		_, err := s.client("AKIABOT").GetEnvironment(t.Context(), &sdk.GetEnvironmentInput{Name: aws.String("dev")})
		wantCode(t, err, want.code, want.status)
	}
	// The SDK's own retries get through.
	s.Faults().ResetCalls()
	s.Faults().Add(control.Fault{Op: "GetEnvironment", Times: 1, Answer: "throttled"})
	patient := s.client("AKIABOT", func(o *sdk.Options) { o.RetryMaxAttempts = 3 })
	_, err := patient.GetEnvironment(t.Context(), &sdk.GetEnvironmentInput{Name: aws.String("dev")})
	must(t, err)
	if n := s.Faults().Count("GetEnvironment"); n != 2 {
		t.Errorf("%d calls", n)
	}
}

func TestACliTokenIsAPermissionOnTheEnvironment(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev"})
	s.roles.set(annRole, allowLogin(e.RoleARN("Admin")))
	create := func() (*sdk.CreateCliTokenOutput, error) {
		return s.client("ASIAANN").CreateCliToken(t.Context(), &sdk.CreateCliTokenInput{Name: aws.String("dev")})
	}
	_, err := create()
	wantCode(t, err, "AccessDeniedException", http.StatusForbidden)
	s.roles.set(annRole, `{"Statement":{"Effect":"Allow","Action":"airflow:CreateCliToken","Resource":"`+e.ARN()+`"}}`)
	out, err := create()
	must(t, err)
	if *out.WebServerHostname != e.Hostname || *out.CliToken == "" || s.Tokens().CLI != 1 {
		t.Errorf("%+v %+v", out, s.Tokens())
	}
}

func TestWhatCannotExistIsRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	good := mwaa.Environment{Account: account, Region: region, Name: "dev"}
	s.add(good)
	if _, err := s.Add(good); !errors.Is(err, mwaa.ErrTaken) {
		t.Error(err)
	}
	for name, change := range map[string]func(*mwaa.Environment){
		"account": func(e *mwaa.Environment) { e.Account = "1" },
		"region":  func(e *mwaa.Environment) { e.Region = "europe" },
		"name":    func(e *mwaa.Environment) { e.Name = "1dev" },
		"status":  func(e *mwaa.Environment) { e.Status = "BROKEN" },
		"version": func(e *mwaa.Environment) { e.AirflowVersion = "1.10" },
		"mode":    func(e *mwaa.Environment) { e.AccessMode = mwaa.PublicAndPrivate },
		"early":   func(e *mwaa.Environment) { e.AccessMode, e.AirflowVersion = mwaa.PublicAndPrivate, "3.0.6" },
		"host":    func(e *mwaa.Environment) { e.Hostname = "https://x" },
	} {
		bad := good
		bad.Name = "other"
		change(&bad)
		if _, err := s.Add(bad); !errors.Is(err, mwaa.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.SetStatus(account, region, "gone", mwaa.Available); !errors.Is(err, mwaa.ErrNotFound) {
		t.Error(err)
	}
	if err := s.SetStatus(account, region, "dev", "BROKEN"); !errors.Is(err, mwaa.ErrInvalid) {
		t.Error(err)
	}
}

func TestEveryAnswerIsHeldToTheModel(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev", AirflowVersion: "3.2.1", AccessMode: mwaa.PublicAndPrivate})
	must(t, s.SetPolicy(account, "role/airpass", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	ctx, client := t.Context(), s.client("AKIABOT")
	_, err := client.GetEnvironment(ctx, &sdk.GetEnvironmentInput{Name: &e.Name})
	must(t, err)
	_, err = client.ListEnvironments(ctx, &sdk.ListEnvironmentsInput{})
	must(t, err)
	_, err = client.CreateWebLoginToken(ctx, &sdk.CreateWebLoginTokenInput{Name: &e.Name})
	must(t, err)
	_, err = client.CreateCliToken(ctx, &sdk.CreateCliTokenInput{Name: &e.Name})
	must(t, err)
	for _, op := range []string{"GetEnvironment 200", "ListEnvironments 200", "CreateWebLoginToken 200", "CreateCliToken 200"} {
		if s.watch.Checked()[op] != 1 {
			t.Errorf("%s was not checked: %v", op, s.watch.Checked())
		}
	}
}
