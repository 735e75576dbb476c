package secrets

import (
	"errors"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"airpass/sandbox/contract"
	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

// bench is both services over HTTP, every answer of which is held to AWS's models, and
// the real SDK.
type bench struct {
	*Server
	*testing.T
	watch      *contract.AWSWatch
	secrets    *secretsmanager.Client
	parameters *ssm.Client
}

func setup(t *testing.T) *bench {
	t.Helper()
	callers := sts.New(sts.Options{})
	b := &bench{T: t, Server: New(Options{Callers: callers})}
	b.watch = contract.WatchAWS(t, b.Handler(), contract.AWS(t, "secretsmanager"), contract.AWS(t, "ssm"))
	server := httptest.NewServer(b.watch)
	t.Cleanup(server.Close)
	key := callers.BaseKey()
	b.secrets, b.parameters = clients(server.URL, key.ID, key.Secret)
	return b
}

func clients(url, id, secret string) (*secretsmanager.Client, *ssm.Client) {
	cfg := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), BaseEndpoint: &url,
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	return secretsmanager.NewFromConfig(cfg), ssm.NewFromConfig(cfg)
}

func (b *bench) secret(in secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error) {
	return b.secrets.GetSecretValue(b.Context(), &in)
}

func (b *bench) parameter(name string, decrypt bool) (*ssm.GetParameterOutput, error) {
	return b.parameters.GetParameter(b.Context(), &ssm.GetParameterInput{Name: &name, WithDecryption: &decrypt})
}

func (b *bench) wantCode(err error, code string) {
	b.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		b.Errorf("got %v, want AWS's %s", err, code)
	}
}

func TestASecretIsItsCurrentVersion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	arn := b.PutSecret("airpass/slack", "first")
	b.PutSecret("airpass/slack", "second")
	for _, id := range []string{"airpass/slack", arn, arn[:len(arn)-7]} {
		out, err := b.secret(secretsmanager.GetSecretValueInput{SecretId: &id})
		if err != nil || aws.ToString(out.SecretString) != "second" || aws.ToString(out.ARN) != arn || !slices.Equal(out.VersionStages, []string{"AWSCURRENT"}) {
			t.Errorf("%s: %+v %v", id, out, err)
		}
	}
	out, err := b.secret(secretsmanager.GetSecretValueInput{SecretId: &arn, VersionStage: aws.String("AWSPREVIOUS")})
	if err != nil || aws.ToString(out.SecretString) != "first" {
		t.Errorf("the previous: %+v %v", out, err)
	}
	again, err := b.secret(secretsmanager.GetSecretValueInput{SecretId: &arn, VersionId: out.VersionId})
	if err != nil || aws.ToString(again.SecretString) != "first" {
		t.Errorf("by its version: %+v %v", again, err)
	}
	b.PutBinary("airpass/key", []byte{0, 1, 255})
	if out, err := b.secret(secretsmanager.GetSecretValueInput{SecretId: aws.String("airpass/key")}); err != nil || !slices.Equal(out.SecretBinary, []byte{0, 1, 255}) {
		t.Errorf("bytes: %+v %v", out, err)
	}
}

func TestASecretThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	name := "airpass/slack"
	ask := secretsmanager.GetSecretValueInput{SecretId: &name}
	_, err := b.secret(ask)
	b.wantCode(err, "ResourceNotFoundException")
	b.PutSecret(name, "text")
	_, err = b.secret(secretsmanager.GetSecretValueInput{SecretId: &name, VersionStage: aws.String("NOSUCH")})
	b.wantCode(err, "ResourceNotFoundException")
	b.Deny(name)
	_, err = b.secret(ask)
	b.wantCode(err, "AccessDeniedException")
	b.Allow(name)
	b.DeleteSecret(name)
	_, err = b.secret(ask)
	b.wantCode(err, "InvalidRequestException")
	b.PutSecret(name, "back")
	if _, err = b.secret(ask); err != nil {
		t.Error(err)
	}
}

func TestAParameterAndItsVersions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	arn := b.PutParameter("/airpass/okta", "first", true)
	b.PutParameter("/airpass/okta", "second", true)
	for name, want := range map[string]string{"/airpass/okta": "second", arn: "second", "/airpass/okta:1": "first", arn + ":2": "second"} {
		out, err := b.parameter(name, true)
		if err != nil || aws.ToString(out.Parameter.Value) != want || out.Parameter.Type != "SecureString" {
			t.Errorf("%s: %+v %v", name, out, err)
		}
	}
	if out, err := b.parameter("/airpass/okta", false); err != nil || aws.ToString(out.Parameter.Value) == "second" {
		t.Errorf("without decryption: %+v %v", out, err)
	}
	b.PutParameter("plain", "text", false)
	if out, err := b.parameter("plain", false); err != nil || aws.ToString(out.Parameter.Value) != "text" || out.Parameter.Type != "String" {
		t.Errorf("a plain one: %+v %v", out, err)
	}
	_, err := b.parameter("/airpass/okta:7", true)
	b.wantCode(err, "ParameterVersionNotFound")
	b.Deny("plain")
	_, err = b.parameter("plain", true)
	b.wantCode(err, "AccessDeniedException")
	b.DeleteParameter("/airpass/okta")
	_, err = b.parameter("/airpass/okta", true)
	b.wantCode(err, "ParameterNotFound")
}

func TestWhoIsNotKnownIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.PutSecret("s", "text")
	b.PutParameter("p", "text", true)
	server := httptest.NewServer(b.watch)
	defer server.Close()
	b.secrets, b.parameters = clients(server.URL, "AKIANOBODY1234567", "x")
	_, err := b.secret(secretsmanager.GetSecretValueInput{SecretId: aws.String("s")})
	b.wantCode(err, "UnrecognizedClientException")
	_, err = b.parameter("p", true)
	b.wantCode(err, "UnrecognizedClientException")
}

func TestFaultsAreAnsweredAsAWSDoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for answer, codes := range map[string][2]string{
		"throttled": {"ThrottlingException", "ThrottlingException"}, "unavailable": {"ServiceUnavailable", "ServiceUnavailable"},
		"internal": {"InternalServiceError", "InternalServerError"}, "denied": {"AccessDeniedException", "AccessDeniedException"},
	} {
		b.Faults().Add(control.Fault{Op: "*", Answer: answer, Times: 2})
		_, err := b.secret(secretsmanager.GetSecretValueInput{SecretId: aws.String("s")})
		b.wantCode(err, codes[0])
		_, err = b.parameter("p", true)
		b.wantCode(err, codes[1])
	}
	if n := b.watch.Checked()["GetParameter 400"]; n == 0 {
		t.Error("no refusal of GetParameter was held to the model")
	}
}
