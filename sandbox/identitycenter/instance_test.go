package identitycenter

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/smithy-go"

	"airpass/sandbox/contract"
	"airpass/sandbox/control"
)

// instance is a sandbox instance with people in it, served over HTTP, and the real
// SDK's clients. Every response is held to AWS's models.
type instance struct {
	*Server
	t     *testing.T
	clock *control.Clock
	watch *contract.AWSWatch
	url   string
	admin *ssoadmin.Client
	store *identitystore.Client

	set, other PermissionSet
	team       Group
}

const (
	data  = "222233334444"
	prod  = "333344445555"
	anna  = "anna@example.com"
	boris = "boris@example.com"
	plus  = "anna+test#1@example.com"
	jens  = "josé.muñoz@exämple.com"
)

func newInstance(t *testing.T, change func(*Options)) *instance {
	t.Helper()
	i := &instance{t: t, clock: new(control.Clock)}
	// Delays are long, so that only a move of the sandbox clock completes anything.
	opts := Options{Clock: i.clock, AssignmentDelay: time.Minute, ProvisionDelay: time.Minute, AdminTPS: -1, StoreTPS: -1}
	if change != nil {
		change(&opts)
	}
	i.Server = New(opts)
	i.watch = contract.WatchAWS(t, i.Handler(), contract.AWS(t, "sso-admin"), contract.AWS(t, "identitystore"))
	server := httptest.NewServer(i.watch)
	t.Cleanup(server.Close)
	i.url = server.URL
	i.admin, i.store = i.clients("AKIASANDBOX123456")
	i.populate()
	return i
}

// clients are the real SDK's, made as an application makes them.
func (i *instance) clients(key string) (*ssoadmin.Client, *identitystore.Client) {
	cfg := aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
		BaseEndpoint: aws.String(i.url), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	return ssoadmin.NewFromConfig(cfg), identitystore.NewFromConfig(cfg)
}

func (i *instance) populate() {
	must(i.t, i.AddAccount(data, "data"))
	must(i.t, i.AddAccount(prod, "prod"))
	for _, name := range []string{anna, boris, plus, jens} {
		_, err := i.UpsertUser("00u"+name, name, name, name[:4]+" Example", name[:4], "Example")
		must(i.t, err)
	}
	var err error
	i.set, err = i.AddPermissionSet(PermissionSet{Name: "mwaa-data-op", InlinePolicy: `{"v":1}`, RelayState: "https://eu-west-1.console.aws.amazon.com/mwaa/"})
	must(i.t, err)
	i.other, err = i.AddPermissionSet(PermissionSet{Name: "mwaa-data-viewer", SessionDuration: 90 * time.Minute})
	must(i.t, err)
	i.team, err = i.AddGroup(Group{Name: "airflow-data"})
	must(i.t, err)
}

func (i *instance) ctx() context.Context {
	ctx, cancel := context.WithTimeout(i.t.Context(), 20*time.Second)
	i.t.Cleanup(cancel)
	return ctx
}

// id is a person's id.
func (i *instance) id(userName string) string {
	i.t.Helper()
	for _, u := range i.Users() {
		if u.UserName == userName {
			return u.ID
		}
	}
	i.t.Fatalf("nobody is called %s", userName)
	return ""
}

func (i *instance) user(userName string) Assignment {
	i.t.Helper()
	return Assignment{Account: data, PermissionSetARN: i.set.ARN, PrincipalType: PrincipalUser, PrincipalID: i.id(userName)}
}

func (i *instance) group() Assignment {
	return Assignment{Account: data, PermissionSetARN: i.set.ARN, PrincipalType: PrincipalGroup, PrincipalID: i.team.ID}
}

func (i *instance) create(a Assignment) (*types.AccountAssignmentOperationStatus, error) {
	i.t.Helper()
	out, err := i.admin.CreateAccountAssignment(i.ctx(), &ssoadmin.CreateAccountAssignmentInput{
		InstanceArn: aws.String(i.InstanceARN()), PermissionSetArn: &a.PermissionSetARN, PrincipalId: &a.PrincipalID,
		PrincipalType: types.PrincipalType(a.PrincipalType), TargetId: &a.Account, TargetType: types.TargetTypeAwsAccount,
	})
	if err != nil {
		return nil, err
	}
	return out.AccountAssignmentCreationStatus, nil
}

func (i *instance) delete(a Assignment) (*types.AccountAssignmentOperationStatus, error) {
	i.t.Helper()
	out, err := i.admin.DeleteAccountAssignment(i.ctx(), &ssoadmin.DeleteAccountAssignmentInput{
		InstanceArn: aws.String(i.InstanceARN()), PermissionSetArn: &a.PermissionSetARN, PrincipalId: &a.PrincipalID,
		PrincipalType: types.PrincipalType(a.PrincipalType), TargetId: &a.Account, TargetType: types.TargetTypeAwsAccount,
	})
	if err != nil {
		return nil, err
	}
	return out.AccountAssignmentDeletionStatus, nil
}

func (i *instance) creation(requestID *string) *types.AccountAssignmentOperationStatus {
	i.t.Helper()
	out, err := i.admin.DescribeAccountAssignmentCreationStatus(i.ctx(), &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
		InstanceArn: aws.String(i.InstanceARN()), AccountAssignmentCreationRequestId: requestID,
	})
	must(i.t, err)
	return out.AccountAssignmentCreationStatus
}

func (i *instance) deletion(requestID *string) *types.AccountAssignmentOperationStatus {
	i.t.Helper()
	out, err := i.admin.DescribeAccountAssignmentDeletionStatus(i.ctx(), &ssoadmin.DescribeAccountAssignmentDeletionStatusInput{
		InstanceArn: aws.String(i.InstanceARN()), AccountAssignmentDeletionRequestId: requestID,
	})
	must(i.t, err)
	return out.AccountAssignmentDeletionStatus
}

// assigned is who the service says is assigned to an account with a permission set.
func (i *instance) list(account, set string) []types.AccountAssignment {
	i.t.Helper()
	out, err := i.admin.ListAccountAssignments(i.ctx(), &ssoadmin.ListAccountAssignmentsInput{
		InstanceArn: aws.String(i.InstanceARN()), AccountId: &account, PermissionSetArn: &set,
	})
	must(i.t, err)
	return out.AccountAssignments
}

// advance moves the sandbox clock.
func (i *instance) advance(d time.Duration) {
	i.t.Helper()
	_, err := i.clock.Advance(d)
	must(i.t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode checks that err is AWS's error with this code.
func wantCode(t *testing.T, err error, code string) smithy.APIError {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Fatalf("got %v, want AWS's %s", err, code)
	}
	if e.ErrorMessage() == "" {
		t.Errorf("%s without a message", code)
	}
	return e
}
