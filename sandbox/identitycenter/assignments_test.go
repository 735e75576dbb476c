package identitycenter

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

func TestAnAssignmentIsMadeAndTakenAwayLater(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	a := i.user(anna)

	made, err := i.create(a)
	must(t, err)
	if made.Status != types.StatusValuesInProgress || *made.PrincipalId != a.PrincipalID || *made.TargetId != data || *made.PermissionSetArn != i.set.ARN {
		t.Fatalf("%+v", made)
	}
	if len(i.list(data, i.set.ARN)) != 0 || i.creation(made.RequestId).Status != types.StatusValuesInProgress {
		t.Error("it is there before its time")
	}
	i.advance(time.Minute)
	if s := i.creation(made.RequestId); s.Status != types.StatusValuesSucceeded || *s.PrincipalId != a.PrincipalID {
		t.Errorf("%+v", s)
	}
	if l := i.list(data, i.set.ARN); len(l) != 1 || *l[0].PrincipalId != a.PrincipalID || l[0].PrincipalType != types.PrincipalTypeUser {
		t.Errorf("%+v", l)
	}
	if len(i.list(prod, i.set.ARN)) != 0 || len(i.list(data, i.other.ARN)) != 0 {
		t.Error("it is in another account or of another set")
	}

	gone, err := i.delete(a)
	must(t, err)
	if len(i.list(data, i.set.ARN)) != 1 {
		t.Error("it is gone before its time")
	}
	i.advance(time.Minute)
	if s := i.deletion(gone.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
	if len(i.list(data, i.set.ARN)) != 0 {
		t.Error("it is still there")
	}
	// The two kinds of request do not know each other's ids.
	_, err = i.admin.DescribeAccountAssignmentCreationStatus(i.ctx(), &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
		InstanceArn: aws.String(i.InstanceARN()), AccountAssignmentCreationRequestId: gone.RequestId,
	})
	wantCode(t, err, "ResourceNotFoundException")
}

func TestOneOperationAtATimeForAnAssignment(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	a := i.user(anna)
	_, err := i.create(a)
	must(t, err)
	_, err = i.create(a)
	wantCode(t, err, "ConflictException")
	_, err = i.delete(a)
	wantCode(t, err, "ConflictException")
	if _, err = i.create(i.user(boris)); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	elsewhere := a
	elsewhere.Account = prod
	if _, err = i.create(elsewhere); err != nil {
		t.Errorf("another account: %v", err)
	}
	i.advance(time.Minute)
	_, err = i.delete(a)
	must(t, err)
	// The next grant overlaps the end of the last.
	_, err = i.create(a)
	wantCode(t, err, "ConflictException")
	i.advance(time.Minute)
	_, err = i.create(a)
	must(t, err)
}

func TestADuplicateIsAcceptedAndChangesNothing(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	a := i.user(anna)
	must(t, i.Assign(a))
	role := i.Roles()[0].Name
	again, err := i.create(a)
	must(t, err)
	i.advance(time.Minute)
	if s := i.creation(again.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
	if l := i.list(data, i.set.ARN); len(l) != 1 || i.Roles()[0].Name != role {
		t.Errorf("%+v", l)
	}
}

func TestDeletingWhatIsNotThere(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	_, err := i.delete(i.user(anna))
	wantCode(t, err, "ResourceNotFoundException")

	i = newInstance(t, func(o *Options) { o.AcceptMissingDeletes = true })
	gone, err := i.delete(i.user(anna))
	must(t, err)
	i.advance(time.Minute)
	if s := i.deletion(gone.RequestId); s.Status != types.StatusValuesFailed || *s.FailureReason != "Received a 404 status error: Assignment not found." {
		t.Errorf("%+v", s)
	}
}

func TestAnUnknownPrincipalFailsLater(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	a := i.user(anna)
	a.PrincipalID = "ec7d0558-60d1-709c-b30d-81f909a1dfe7"
	op, err := i.create(a)
	must(t, err)
	i.advance(time.Minute)
	s := i.creation(op.RequestId)
	if s.Status != types.StatusValuesFailed || !strings.Contains(aws.ToString(s.FailureReason), "was not found in directory") || len(i.Assignments()) != 0 {
		t.Errorf("%+v", s)
	}
	// Deleted and made again: another id; what was assigned still shows, and fails.
	old := i.user(boris)
	must(t, i.Assign(old))
	must(t, i.DeleteUser(boris))
	_, err = i.UpsertUser("00unew", boris, boris, "Boris Example", "Boris", "Example")
	must(t, err)
	if i.id(boris) == old.PrincipalID || len(i.list(data, i.set.ARN)) != 1 {
		t.Error("the old assignment is not there, or the new person has the old id")
	}
	if _, list, err := i.AccessOf(boris); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestFailuresOnRequest(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	i.FailAssignments(Match{Kind: Creation, PrincipalID: i.id(anna), Times: 1}, "Received a 500 status error: try again")
	first, err := i.create(i.user(anna))
	must(t, err)
	other, err := i.create(i.user(boris))
	must(t, err)
	i.advance(time.Minute)
	if s := i.creation(first.RequestId); s.Status != types.StatusValuesFailed || *s.FailureReason != "Received a 500 status error: try again" {
		t.Errorf("%+v", s)
	}
	if s := i.creation(other.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
	again, err := i.create(i.user(anna))
	must(t, err)
	i.advance(time.Minute)
	if s := i.creation(again.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
	i.FailAssignments(Match{Kind: Deletion}, "")
	gone, err := i.delete(i.user(anna))
	must(t, err)
	i.advance(time.Minute)
	if s := i.deletion(gone.RequestId); s.Status != types.StatusValuesFailed || len(i.list(data, i.set.ARN)) != 2 {
		t.Errorf("%+v", s)
	}
	i.ClearFailures()
	_, err = i.delete(i.user(anna))
	must(t, err)
	i.advance(time.Minute)
	if len(i.list(data, i.set.ARN)) != 1 {
		t.Error("it is still there")
	}
}

func TestOperationsThatNeverComplete(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	i.SetNeverCompletes(true)
	first, err := i.create(i.user(anna))
	must(t, err)
	second, err := i.create(i.user(boris))
	must(t, err)
	i.advance(24 * time.Hour)
	if s := i.creation(first.RequestId); s.Status != types.StatusValuesInProgress {
		t.Errorf("%+v", s)
	}
	must(t, i.CompleteOperation(*second.RequestId))
	if l := i.list(data, i.set.ARN); len(l) != 1 || *l[0].PrincipalId != i.id(boris) {
		t.Errorf("%+v", l)
	}
	i.SetNeverCompletes(false)
	if s := i.creation(first.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
}

func TestTheSixteenthCreationIsRefused(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	make := func(n int) error {
		id, err := i.UpsertUser(fmt.Sprint("00u", n), fmt.Sprintf("p%d@example.com", n), "", "P E", "P", "E")
		must(t, err)
		a := i.group()
		a.PrincipalType, a.PrincipalID = PrincipalUser, id
		_, err = i.create(a)
		return err
	}
	for n := range 15 {
		must(t, make(n))
	}
	e := wantCode(t, make(15), "ThrottlingException")
	if e.ErrorMessage() != "There are too many requests processing. Please try again later." {
		t.Error(e)
	}
	i.advance(time.Minute)
	must(t, make(16))
	if n := len(i.list(data, i.set.ARN)); n != 15 {
		t.Errorf("%d assignments", n)
	}
}

func TestStatusListsTellNeitherWhoNorWhere(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	done, err := i.create(i.user(anna))
	must(t, err)
	i.advance(time.Minute)
	var open []string
	for _, name := range []string{boris, plus, jens} {
		op, err := i.create(i.user(name))
		must(t, err)
		open = append(open, *op.RequestId)
	}
	pages := ssoadmin.NewListAccountAssignmentCreationStatusPaginator(i.admin, &ssoadmin.ListAccountAssignmentCreationStatusInput{
		InstanceArn: aws.String(i.InstanceARN()), MaxResults: aws.Int32(2), Filter: &types.OperationStatusFilter{Status: types.StatusValuesInProgress},
	})
	found := map[string]bool{}
	n := 0
	for ; pages.HasMorePages(); n++ {
		out, err := pages.NextPage(i.ctx())
		must(t, err)
		for _, m := range out.AccountAssignmentsCreationStatus {
			found[*m.RequestId] = true
			// A caller that lost the reply finds out what a request is about.
			if s := i.creation(m.RequestId); *s.TargetId != data || *s.PermissionSetArn != i.set.ARN || s.PrincipalId == nil {
				t.Errorf("%+v", s)
			}
		}
	}
	if n != 2 || len(found) != 3 || found[*done.RequestId] || !found[open[0]] {
		t.Errorf("%d pages, %v", n, found)
	}
	all, err := i.admin.ListAccountAssignmentCreationStatus(i.ctx(), &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: aws.String(i.InstanceARN())})
	must(t, err)
	if len(all.AccountAssignmentsCreationStatus) != 4 || all.NextToken != nil {
		t.Errorf("%+v", all)
	}
	deletions, err := i.admin.ListAccountAssignmentDeletionStatus(i.ctx(), &ssoadmin.ListAccountAssignmentDeletionStatusInput{InstanceArn: aws.String(i.InstanceARN())})
	must(t, err)
	if len(deletions.AccountAssignmentsDeletionStatus) != 0 {
		t.Errorf("%+v", deletions)
	}
	_, err = i.admin.ListAccountAssignmentCreationStatus(i.ctx(), &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: aws.String(i.InstanceARN()), NextToken: aws.String("nonsense")})
	wantCode(t, err, "ValidationException")
	_, err = i.admin.ListAccountAssignmentCreationStatus(i.ctx(), &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: aws.String(i.InstanceARN()), MaxResults: aws.Int32(101)})
	wantCode(t, err, "ValidationException")
}

func TestARoleLivesFromTheFirstAssignmentToTheLast(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	assign := func(a Assignment) {
		t.Helper()
		_, err := i.create(a)
		must(t, err)
		i.advance(time.Minute)
	}
	remove := func(a Assignment) {
		t.Helper()
		_, err := i.delete(a)
		must(t, err)
		i.advance(time.Minute)
	}
	assign(i.user(anna))
	first := i.Roles()[0].Name
	if !regexp.MustCompile(`^AWSReservedSSO_mwaa-data-op_[0-9a-f]{16}$`).MatchString(first) {
		t.Error(first)
	}
	assign(i.user(boris))
	elsewhere := i.user(anna)
	elsewhere.Account = prod
	assign(elsewhere)
	if roles := i.Roles(); len(roles) != 2 || roles[0].Name != first || roles[1].Name == first {
		t.Errorf("%+v", roles)
	}
	remove(i.user(anna))
	// Anna's session goes on: the role is there, for Boris.
	if !i.RoleExists(data, first) {
		t.Error("the role went with the first of two")
	}
	remove(i.user(boris))
	if _, ok := i.RolePolicy(data, first); ok || i.RoleExists(data, first) {
		t.Error("the role outlives its last assignment")
	}
	assign(i.user(anna))
	if again := i.Roles()[0].Name; again == first {
		t.Errorf("%s has an old suffix", again)
	}
}

func TestTheManagementAccountIsNotForDelegates(t *testing.T) {
	t.Parallel()
	i := newInstance(t, func(o *Options) {
		o.DelegatedAdmin = prod
		o.Callers = callers{"AKIASANDBOX123456": DefaultManagementAccount, "AKIADELEGATE12345": prod, "AKIAMEMBER1234567": data}
	})
	a := i.user(anna)
	a.Account = DefaultManagementAccount
	_, err := i.create(a)
	must(t, err)

	i.admin, i.store = i.clients("AKIADELEGATE12345")
	a.PrincipalID = i.id(boris)
	_, err = i.create(a)
	wantCode(t, err, "AccessDeniedException")
	a.Account = data
	_, err = i.create(a)
	must(t, err)
	_, err = i.forPrincipal(PrincipalUser, i.id(anna), "")
	wantCode(t, err, "AccessDeniedException")

	i.admin, i.store = i.clients("AKIAMEMBER1234567")
	_, err = i.create(a)
	wantCode(t, err, "AccessDeniedException")
	i.admin, i.store = i.clients("AKIANOBODY1234567")
	_, err = i.create(a)
	wantCode(t, err, "UnrecognizedClientException")
}

// callers has the account of each access key.
type callers map[string]string

func (c callers) Identity(key string) (arn, account string, ok bool) {
	account, ok = c[key]
	return "arn:aws:iam::" + account + ":user/bot", account, ok
}

func (i *instance) forPrincipal(kind, id, account string) ([]types.AccountAssignmentForPrincipal, error) {
	in := &ssoadmin.ListAccountAssignmentsForPrincipalInput{
		InstanceArn: aws.String(i.InstanceARN()), PrincipalId: &id, PrincipalType: types.PrincipalType(kind), MaxResults: aws.Int32(1),
	}
	if account != "" {
		in.Filter = &types.ListAccountAssignmentsFilter{AccountId: &account}
	}
	var all []types.AccountAssignmentForPrincipal
	for pages := ssoadmin.NewListAccountAssignmentsForPrincipalPaginator(i.admin, in); pages.HasMorePages(); {
		out, err := pages.NextPage(i.ctx())
		if err != nil {
			return nil, err
		}
		all = append(all, out.AccountAssignments...)
	}
	return all, nil
}

func TestWhatAPersonHasIsListedWithWhatTheirGroupsHave(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	must(t, i.SetMembership(i.team.ID, anna, true))
	must(t, i.Assign(i.user(anna)))
	must(t, i.Assign(i.group()))
	must(t, i.Assign(i.user(boris)))
	elsewhere := i.group()
	elsewhere.Account = prod
	must(t, i.Assign(elsewhere))

	all, err := i.forPrincipal(PrincipalUser, i.id(anna), "")
	must(t, err)
	here, err := i.forPrincipal(PrincipalUser, i.id(anna), data)
	must(t, err)
	if len(all) != 3 || len(here) != 2 {
		t.Fatalf("%d, %d in one account", len(all), len(here))
	}
	if here[0].PrincipalType != types.PrincipalTypeUser || here[1].PrincipalType != types.PrincipalTypeGroup || *here[1].PrincipalId != i.team.ID {
		t.Errorf("%+v", here)
	}
	group, err := i.forPrincipal(PrincipalGroup, i.team.ID, "")
	must(t, err)
	if len(group) != 2 {
		t.Errorf("%+v", group)
	}
	_, err = i.forPrincipal(PrincipalUser, "ec7d0558-60d1-709c-b30d-81f909a1dfe7", "")
	wantCode(t, err, "ResourceNotFoundException")
	i.RefusePrincipalLookup(true)
	_, err = i.forPrincipal(PrincipalUser, i.id(anna), "")
	wantCode(t, err, "AccessDeniedException")
}

func TestRequestsThatTheServiceRefuses(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	for name, c := range map[string]struct {
		change func(*Assignment)
		code   string
	}{
		"an unknown account":        {func(a *Assignment) { a.Account = "999999999999" }, "ResourceNotFoundException"},
		"no account":                {func(a *Assignment) { a.Account = "12" }, "ValidationException"},
		"an unknown permission set": {func(a *Assignment) { a.PermissionSetARN += "x" }, "ResourceNotFoundException"},
		"no principal":              {func(a *Assignment) { a.PrincipalID = "anna" }, "ValidationException"},
		"no kind of principal":      {func(a *Assignment) { a.PrincipalType = "ROLE" }, "ValidationException"},
	} {
		a := i.user(anna)
		c.change(&a)
		_, err := i.create(a)
		t.Log(name)
		wantCode(t, err, c.code)
		_, err = i.delete(a)
		wantCode(t, err, c.code)
	}
	if n := len(i.Operations()); n != 0 {
		t.Errorf("%d operations were accepted", n)
	}
}
