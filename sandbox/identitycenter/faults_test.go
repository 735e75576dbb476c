package identitycenter

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"airpass/sandbox/control"
)

func TestFaultsAnswerInAWSForm(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	for answer, want := range map[string]struct {
		code   string
		status int
	}{
		"throttled": {"ThrottlingException", 400}, "too_many": {"ThrottlingException", 400}, "unavailable": {"InternalServerException", 500},
		"conflict": {"ConflictException", 400}, "denied": {"AccessDeniedException", 400}, "not_found": {"ResourceNotFoundException", 400},
		"validation": {"ValidationException", 400}, "quota": {"ServiceQuotaExceededException", 400}, "expired_token": {"ExpiredTokenException", 400},
	} {
		i.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Times: 1, Answer: answer})
		_, err := i.create(i.user(anna))
		wantCode(t, err, want.code)
		var response *smithyhttp.ResponseError
		if !errors.As(err, &response) || response.HTTPStatusCode() != want.status {
			t.Errorf("%s: %v", answer, err)
		}
	}
	// The SDK tells the types apart, so that callers can.
	i.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Times: 1, Answer: "throttled"})
	_, err := i.create(i.user(anna))
	var throttled *types.ThrottlingException
	if !errors.As(err, &throttled) || throttled.ErrorMessage() != "Rate exceeded" {
		t.Errorf("%v", err)
	}
	i.Faults().Add(control.Fault{Op: "GetUserId", Times: 1, Answer: "throttled", RetryAfter: control.Duration(7 * time.Second)})
	_, err = i.find("userName", anna)
	var slow *idtypes.ThrottlingException
	if !errors.As(err, &slow) || slow.RetryAfterSeconds != 7 {
		t.Errorf("%v", err)
	}
	i.Faults().Add(control.Fault{Op: "ListInstances", Times: 1, Answer: "gateway"})
	_, err = i.admin.ListInstances(i.ctx(), &ssoadmin.ListInstancesInput{})
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.HTTPStatusCode() != http.StatusServiceUnavailable {
		t.Errorf("%v", err)
	}
	if n := len(i.Operations()); n != 0 {
		t.Errorf("%d operations were accepted", n)
	}
}

func TestALostReplyIsFoundInTheStatusList(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	i.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Times: 1, LoseReply: true})
	if _, err := i.create(i.user(anna)); err == nil {
		t.Fatal("the reply arrived")
	}
	list, err := i.admin.ListAccountAssignmentCreationStatus(i.ctx(), &ssoadmin.ListAccountAssignmentCreationStatusInput{
		InstanceArn: aws.String(i.InstanceARN()), Filter: &types.OperationStatusFilter{Status: types.StatusValuesInProgress},
	})
	must(t, err)
	if l := list.AccountAssignmentsCreationStatus; len(l) != 1 || *i.creation(l[0].RequestId).PrincipalId != i.id(anna) {
		t.Errorf("%+v", l)
	}
}

func TestALostRequestIsCarriedOutAfterTheCallerDied(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	i.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Times: 1, LoseRequest: true, CarryOutAfter: control.Duration(time.Hour)})
	if _, err := i.create(i.user(anna)); err == nil {
		t.Fatal("the reply arrived")
	}
	i.advance(59 * time.Minute)
	if len(i.Operations()) != 0 {
		t.Error("it was accepted before its time")
	}
	i.advance(time.Minute)
	i.advance(time.Minute)
	if l := i.list(data, i.set.ARN); len(l) != 1 {
		t.Errorf("%+v", l)
	}
}

func TestAdminOperationsShareOneRate(t *testing.T) {
	t.Parallel()
	i := newInstance(t, func(o *Options) { o.AdminTPS, o.StoreTPS = 1, 3 })
	var refused error
	for n := 0; n < 200 && refused == nil; n++ {
		if _, refused = i.admin.ListInstances(i.ctx(), &ssoadmin.ListInstancesInput{}); refused != nil {
			break
		}
		_, refused = i.admin.ListPermissionSets(i.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: aws.String(i.InstanceARN())})
	}
	if e := wantCode(t, refused, "ThrottlingException"); e.ErrorMessage() != "Rate exceeded" {
		t.Error(e)
	}
	// The identity store has rates of its own, one for each operation.
	for range 3 {
		_, err := i.find("userName", anna)
		must(t, err)
		_, err = i.store.ListGroups(i.ctx(), &identitystore.ListGroupsInput{IdentityStoreId: aws.String(i.IdentityStoreID())})
		must(t, err)
	}
	i.SetLimits(-1, -1)
	for range 10 {
		_, err := i.admin.ListInstances(i.ctx(), &ssoadmin.ListInstancesInput{})
		must(t, err)
	}
}

// TestABucketFillsWithTime needs no waiting: the limiter is told the time.
func TestABucketFillsWithTime(t *testing.T) {
	t.Parallel()
	l, op, now := newLimiter(2, 1), operation{service: admin, name: "ListInstances"}, time.Now()
	taken := func(want ...bool) {
		t.Helper()
		for n, w := range want {
			if got := l.take(op, now); got != w {
				t.Errorf("request %d: %v", n, got)
			}
		}
	}
	taken(true, true, false)
	now = now.Add(500 * time.Millisecond)
	taken(true, false)
	used := func(want ...int) {
		t.Helper()
		got := []int{}
		for _, b := range l.budgets(now) {
			got = append(got, b.Used, b.Limit)
		}
		if !slices.Equal(got, want) {
			t.Errorf("used and limits %v, want %v", got, want)
		}
	}
	used(2, 2)
	now = now.Add(time.Hour)
	used(0, 2)
	taken(true, true, false)
	op = operation{service: identityStore, name: "GetUserId"}
	taken(true, false)
	op.name = "ListUsers"
	taken(true, false)
	used(2, 2, 1, 1, 1, 1)
}

func TestWhatIsNotAnAWSRequest(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	ask := func(target, authorization, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(i.ctx(), http.MethodPost, i.url, strings.NewReader(body))
		must(t, err)
		r.Header.Set("X-Amz-Target", target)
		r.Header.Set("Authorization", authorization)
		resp, err := http.DefaultClient.Do(r)
		must(t, err)
		defer func() { _ = resp.Body.Close() }()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	signed := "AWS4-HMAC-SHA256 Credential=AKIASANDBOX123456/20261124/eu-west-1/sso/aws4_request, SignedHeaders=host, Signature=0"
	for want, c := range map[string][3]string{
		"UnknownOperationException":           {"SWBExternalService.Nonsense", signed, "{}"},
		"MissingAuthenticationTokenException": {"SWBExternalService.ListInstances", "", "{}"},
		"SerializationException":              {"SWBExternalService.ListInstances", signed, "nonsense"},
	} {
		if status, body := ask(c[0], c[1], c[2]); status != 400 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", want, status, body)
		}
	}
}

func TestChangesAreKeptApart(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	_, err := i.create(i.user(anna))
	must(t, err)
	_, err = i.create(i.user(anna))
	wantCode(t, err, "ConflictException")
	i.list(data, i.set.ARN)
	changes := i.Changes()
	if len(changes) != 2 || changes[0].Op != "CreateAccountAssignment" || changes[0].Error != "" || changes[1].Error != "ConflictException" {
		t.Errorf("%+v", changes)
	}
	if !Mutates("DeleteAccountAssignment") || Mutates("ListAccountAssignments") || Mutates("Nonsense") {
		t.Error("what changes is not told from what reads")
	}
	if i.Faults().Count("CreateAccountAssignment") != 2 || i.Faults().Count("ListAccountAssignments") != 1 {
		t.Errorf("%+v", i.Faults().Calls())
	}
}
