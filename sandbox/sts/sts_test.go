package sts

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	sdk "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"airpass/sandbox/contract"
	"airpass/sandbox/control"
)

const (
	mwaaRole = "arn:aws:iam::222233334444:role/airpass-mwaa"
	baseARN  = "arn:aws:sts::111122223333:assumed-role/airpass/bot"
)

// service is the sandbox's STS over HTTP, every response of which is held to AWS's
// model, and a wall clock that the test moves.
type service struct {
	*Server
	t     *testing.T
	url   string
	ahead atomic.Int64
	sdk   *sdk.Client
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{t: t}
	s.Server = New(Options{BaseKeyID: "AKIASANDBOX123456", BaseSecret: "secret", Wall: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }})
	server := httptest.NewServer(contract.WatchAWS(t, s.Handler(), contract.AWS(t, "sts")))
	t.Cleanup(server.Close)
	s.url = server.URL
	s.sdk = s.client(credentials.NewStaticCredentialsProvider("AKIASANDBOX123456", "secret", ""))
	if err := s.AddRole(Role{ARN: mwaaRole, Trusts: []string{baseARN}, ExternalID: "airpass-1", NamesSource: true}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *service) client(c aws.CredentialsProvider) *sdk.Client {
	return sdk.NewFromConfig(aws.Config{Region: "eu-west-1", Credentials: c, BaseEndpoint: &s.url, Retryer: func() aws.Retryer { return aws.NopRetryer{} }})
}

func (s *service) ctx() context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	s.t.Cleanup(cancel)
	return ctx
}

func (s *service) assume(change func(*sdk.AssumeRoleInput)) (*sdk.AssumeRoleOutput, error) {
	in := &sdk.AssumeRoleInput{RoleArn: aws.String(mwaaRole), RoleSessionName: aws.String("airpass"), ExternalId: aws.String("airpass-1")}
	if change != nil {
		change(in)
	}
	return s.sdk.AssumeRole(s.ctx(), in)
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || e.ErrorMessage() == "" {
		t.Fatalf("got %v, want AWS's %s", err, code)
	}
}

func TestTheBaseKeyIsTheBotInTheManagementAccount(t *testing.T) {
	t.Parallel()
	s := newService(t)
	me, err := s.sdk.GetCallerIdentity(s.ctx(), &sdk.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *me.Arn != baseARN || *me.Account != DefaultManagementAccount {
		t.Errorf("%s in %s", *me.Arn, *me.Account)
	}
	stranger := s.client(credentials.NewStaticCredentialsProvider("AKIANOBODY1234567", "secret", ""))
	_, err = stranger.GetCallerIdentity(s.ctx(), &sdk.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId")
}

func TestARoleIsAssumedAndItsSessionEnds(t *testing.T) {
	t.Parallel()
	s := newService(t)
	out, err := s.assume(func(in *sdk.AssumeRoleInput) {
		in.SourceIdentity, in.DurationSeconds = aws.String("anna@example.com"), aws.Int32(900)
	})
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::222233334444:assumed-role/airpass-mwaa/airpass" || *out.SourceIdentity != "anna@example.com" {
		t.Errorf("%+v", out)
	}
	if left := time.Until(*c.Expiration); left > 15*time.Minute || left < 14*time.Minute {
		t.Errorf("it lives for %v", left)
	}
	session := s.client(credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken))
	me, err := session.GetCallerIdentity(s.ctx(), &sdk.GetCallerIdentityInput{})
	if err != nil || *me.Arn != *out.AssumedRoleUser.Arn || !strings.HasSuffix(*me.UserId, ":airpass") {
		t.Fatalf("%+v %v", me, err)
	}
	arn, account, ok := s.Identity(*c.AccessKeyId)
	k, _ := s.Lookup(*c.AccessKeyId)
	if !ok || arn != *me.Arn || account != "222233334444" || k.SourceIdentity != "anna@example.com" || k.Issued.IsZero() {
		t.Errorf("%s %s %v %+v", arn, account, ok, k)
	}
	withoutToken := s.client(credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, ""))
	_, err = withoutToken.GetCallerIdentity(s.ctx(), &sdk.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId")

	s.ahead.Store(int64(16 * time.Minute))
	_, err = session.GetCallerIdentity(s.ctx(), &sdk.GetCallerIdentityInput{})
	wantCode(t, err, "ExpiredToken")
	if _, _, ok := s.Identity(*c.AccessKeyId); ok {
		t.Error("an expired key is still somebody's")
	}
}

func TestAssumeRoleIsRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if err := s.AddRole(Role{ARN: "arn:aws:iam::222233334444:role/closed", Trusts: []string{"arn:aws:iam::999999999999:root"}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*sdk.AssumeRoleInput)
		code   string
	}{
		"an unknown role":         {func(in *sdk.AssumeRoleInput) { in.RoleArn = aws.String(mwaaRole + "x") }, "AccessDenied"},
		"a role that trusts none": {func(in *sdk.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::222233334444:role/closed") }, "AccessDenied"},
		"no external id":          {func(in *sdk.AssumeRoleInput) { in.ExternalId = nil }, "AccessDenied"},
		"another external id":     {func(in *sdk.AssumeRoleInput) { in.ExternalId = aws.String("other") }, "AccessDenied"},
		"a name with a space":     {func(in *sdk.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, "ValidationError"},
		"a source with a space":   {func(in *sdk.AssumeRoleInput) { in.SourceIdentity = aws.String("a b") }, "ValidationError"},
		"too short":               {func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(60) }, "ValidationError"},
		"longer than the role's":  {func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7200) }, "ValidationError"},
	} {
		t.Log(name)
		_, err := s.assume(c.change)
		wantCode(t, err, c.code)
	}
	if err := s.AddRole(Role{ARN: "arn:aws:iam::22:role/x"}); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if _, err := s.AddKey(Key{ARN: "somebody"}); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

// TestASourceIdentityIsSetWhereTheRoleLetsIt: it stays with what is done from the session.
func TestASourceIdentityIsSetWhereTheRoleLetsIt(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const plain = "arn:aws:iam::222233334444:role/plain"
	if err := s.AddRole(Role{ARN: plain}); err != nil {
		t.Fatal(err)
	}
	_, err := s.assume(func(in *sdk.AssumeRoleInput) { in.RoleArn, in.SourceIdentity = aws.String(plain), aws.String("anna") })
	wantCode(t, err, "AccessDenied")
	out, err := s.assume(func(in *sdk.AssumeRoleInput) { in.SourceIdentity = aws.String("anna") })
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	session := s.client(credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken))
	on := func(role, source string) error {
		in := &sdk.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("next"), ExternalId: aws.String("airpass-1")}
		if source != "" {
			in.SourceIdentity = &source
		}
		_, err := session.AssumeRole(s.ctx(), in)
		return err
	}
	if err := s.AddRole(Role{ARN: mwaaRole, ExternalID: "airpass-1", NamesSource: true}); err != nil {
		t.Fatal(err)
	}
	if err := on(mwaaRole, ""); err != nil {
		t.Error(err)
	}
	wantCode(t, on(mwaaRole, "bob"), "AccessDenied") // it cannot be changed
	wantCode(t, on(plain, ""), "AccessDenied")       // nor dropped
}

func TestASessionPolicyIsKeptForThoseWhoAsk(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const policy = `{"Version":"2012-10-17","Statement":[]}`
	out, err := s.assume(func(in *sdk.AssumeRoleInput) { in.Policy, in.SourceIdentity = aws.String(policy), aws.String("anna") })
	if err != nil {
		t.Fatal(err)
	}
	if limits, source := s.Session(*out.Credentials.AccessKeyId); limits != policy || source != "anna" {
		t.Errorf("%q %q", limits, source)
	}
	_, err = s.assume(func(in *sdk.AssumeRoleInput) { in.Policy = aws.String(`{"Version":`) })
	wantCode(t, err, "MalformedPolicyDocument")
	_, err = s.assume(func(in *sdk.AssumeRoleInput) { in.Policy = aws.String(`"` + strings.Repeat("x", 2048) + `"`) })
	wantCode(t, err, "ValidationError")
}

// TestRolesTrustRolesAndAccounts: whoever has a session of a trusted role, or is in a
// trusted account, may assume the role; chained sessions are an hour at most.
func TestRolesTrustRolesAndAccounts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for name, trust := range map[string]string{"by-role": "arn:aws:iam::111122223333:role/airpass", "by-account": "arn:aws:iam::111122223333:root"} {
		role := "arn:aws:iam::222233334444:role/team/" + name
		if err := s.AddRole(Role{ARN: role, Trusts: []string{trust}, MaxSession: 4 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		out, err := s.sdk.AssumeRole(s.ctx(), &sdk.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("airpass"), DurationSeconds: aws.Int32(7200)})
		if err != nil || *out.AssumedRoleUser.Arn != "arn:aws:sts::222233334444:assumed-role/"+name+"/airpass" {
			t.Fatalf("%s: %v", name, err)
		}
	}
	first := s.Issue("111122223333", "airpass", "bot", time.Hour)
	chained := s.client(credentials.NewStaticCredentialsProvider(first.ID, first.Secret, first.Session))
	in := &sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::222233334444:role/team/by-role"), RoleSessionName: aws.String("airpass"), DurationSeconds: aws.Int32(7200)}
	_, err := chained.AssumeRole(s.ctx(), in)
	wantCode(t, err, "ValidationError")
	in.DurationSeconds = nil
	if _, err = chained.AssumeRole(s.ctx(), in); err != nil {
		t.Error(err)
	}
}

// TestTheSDKsOwnProviderWorks: this is how applications assume roles.
func TestTheSDKsOwnProviderWorks(t *testing.T) {
	t.Parallel()
	s := newService(t)
	provider := stscreds.NewAssumeRoleProvider(s.sdk, mwaaRole, func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID, o.RoleSessionName = aws.String("airpass-1"), "airpass"
	})
	me, err := s.client(aws.NewCredentialsCache(provider)).GetCallerIdentity(s.ctx(), &sdk.GetCallerIdentityInput{})
	if err != nil || *me.Account != "222233334444" {
		t.Errorf("%+v %v", me, err)
	}
}

func TestIssuedSessionsAreOfIdentityCentersRoles(t *testing.T) {
	t.Parallel()
	s := newService(t)
	k := s.Issue("222233334444", "AWSReservedSSO_mwaa-data-op_0123456789abcdef", "anna@example.com", time.Hour)
	me, err := s.client(credentials.NewStaticCredentialsProvider(k.ID, k.Secret, k.Session)).GetCallerIdentity(s.ctx(), &sdk.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *me.Arn != "arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_mwaa-data-op_0123456789abcdef/anna@example.com" {
		t.Error(*me.Arn)
	}
	if !regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`).MatchString(k.ID) {
		t.Error(k.ID)
	}
}

func TestTheKeyOfASignedRequest(t *testing.T) {
	t.Parallel()
	sign := func(presign bool) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/environments/x", nil)
		c := aws.Credentials{AccessKeyID: "AKIASANDBOX123456", SecretAccessKey: "secret"}
		if !presign {
			if err := v4.NewSigner().SignHTTP(t.Context(), c, r, strings.Repeat("0", 64), "airflow", "eu-west-1", time.Now()); err != nil {
				t.Fatal(err)
			}
			return r
		}
		url, _, err := v4.NewSigner().PresignHTTP(t.Context(), c, r, strings.Repeat("0", 64), "airflow", "eu-west-1", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	}
	for _, r := range []*http.Request{sign(false), sign(true)} {
		if key := AccessKeyID(r); key != "AKIASANDBOX123456" {
			t.Errorf("%q", key)
		}
	}
	unsigned := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?a=%zz", nil)
	if key := AccessKeyID(unsigned); key != "" {
		t.Errorf("%q", key)
	}
	unsigned.Header.Set("Authorization", "Bearer AKIASANDBOX123456")
	if key := AccessKeyID(unsigned); key != "" {
		t.Errorf("%q", key)
	}
}

func TestFaultsAnswerInAWSForm(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for answer, code := range map[string]string{
		"throttled": "Throttling", "unavailable": "ServiceUnavailable", "internal": "InternalFailure", "denied": "AccessDenied", "expired_token": "ExpiredToken",
	} {
		s.Faults().Add(control.Fault{Op: "AssumeRole", Times: 1, Answer: answer})
		_, err := s.assume(nil)
		wantCode(t, err, code)
	}
	s.Faults().Add(control.Fault{Op: "AssumeRole", Times: 1, LoseReply: true})
	if _, err := s.assume(nil); err == nil {
		t.Error("the reply arrived")
	}
	s.RemoveRole(mwaaRole)
	_, err := s.assume(nil)
	wantCode(t, err, "AccessDenied")
	if n := s.Faults().Count("AssumeRole"); n != 7 {
		t.Errorf("%d calls", n)
	}
}

func TestWhatIsNotAnOperation(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ask := func(form string) int {
		r, err := http.NewRequestWithContext(s.ctx(), http.MethodPost, s.url, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if status := ask("Action=GetFederationToken&Version=2011-06-15"); status != http.StatusBadRequest {
		t.Error(status)
	}
	if status := ask("Action=GetCallerIdentity&Version=2011-06-15"); status != http.StatusForbidden {
		t.Error(status) // not signed
	}
}
