package identitycenter

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

func (i *instance) provisionTo(set string, account *string) (*types.PermissionSetProvisioningStatus, error) {
	in := &ssoadmin.ProvisionPermissionSetInput{InstanceArn: aws.String(i.InstanceARN()), PermissionSetArn: &set, TargetType: types.ProvisionTargetTypeAllProvisionedAccounts}
	if account != nil {
		in.TargetType, in.TargetId = types.ProvisionTargetTypeAwsAccount, account
	}
	out, err := i.admin.ProvisionPermissionSet(i.ctx(), in)
	if err != nil {
		return nil, err
	}
	return out.PermissionSetProvisioningStatus, nil
}

func (i *instance) provisioning(id *string) *types.PermissionSetProvisioningStatus {
	i.t.Helper()
	out, err := i.admin.DescribePermissionSetProvisioningStatus(i.ctx(), &ssoadmin.DescribePermissionSetProvisioningStatusInput{
		InstanceArn: aws.String(i.InstanceARN()), ProvisionPermissionSetRequestId: id,
	})
	must(i.t, err)
	return out.PermissionSetProvisioningStatus
}

func (i *instance) putPolicy(set, policy string) error {
	_, err := i.admin.PutInlinePolicyToPermissionSet(i.ctx(), &ssoadmin.PutInlinePolicyToPermissionSetInput{
		InstanceArn: aws.String(i.InstanceARN()), PermissionSetArn: &set, InlinePolicy: &policy,
	})
	return err
}

func TestAnEditedPolicyReachesRolesWhenProvisioned(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	must(t, i.Assign(i.user(anna)))
	elsewhere := i.user(anna)
	elsewhere.Account = prod
	must(t, i.Assign(elsewhere))
	policies := func() (string, string) {
		roles := i.Roles()
		return roles[0].InlinePolicy, roles[1].InlinePolicy
	}
	stale := func() []string {
		out, err := i.admin.ListAccountsForProvisionedPermissionSet(i.ctx(), &ssoadmin.ListAccountsForProvisionedPermissionSetInput{
			InstanceArn: aws.String(i.InstanceARN()), PermissionSetArn: &i.set.ARN, ProvisioningStatus: types.ProvisioningStatusLatestPermissionSetNotProvisioned,
		})
		must(t, err)
		return out.AccountIds
	}
	must(t, i.putPolicy(i.set.ARN, `{"v":2}`))
	if a, b := policies(); a != `{"v":1}` || b != `{"v":1}` || len(stale()) != 2 {
		t.Errorf("%s %s %v", a, b, stale())
	}
	op, err := i.provisionTo(i.set.ARN, aws.String(data))
	must(t, err)
	if a, _ := policies(); op.Status != types.StatusValuesInProgress || a != `{"v":1}` {
		t.Errorf("%+v %s", op, a)
	}
	i.advance(time.Minute)
	if s := i.provisioning(op.RequestId); s.Status != types.StatusValuesSucceeded || *s.AccountId != data {
		t.Errorf("%+v", s)
	}
	if a, b := policies(); a != `{"v":2}` || b != `{"v":1}` {
		t.Errorf("%s %s", a, b)
	}
	if s := stale(); len(s) != 1 || s[0] != prod {
		t.Errorf("%v", s)
	}
	_, err = i.provisionTo(i.set.ARN, nil)
	must(t, err)
	i.advance(time.Minute)
	if _, b := policies(); b != `{"v":2}` || len(stale()) != 0 {
		t.Error(b)
	}
	// A new assignment provisions as well.
	must(t, i.putPolicy(i.set.ARN, `{"v":3}`))
	_, err = i.create(i.user(boris))
	must(t, err)
	i.advance(time.Minute)
	if a, b := policies(); a != `{"v":3}` || b != `{"v":2}` {
		t.Errorf("%s %s", a, b)
	}
	list, err := i.admin.ListPermissionSetProvisioningStatus(i.ctx(), &ssoadmin.ListPermissionSetProvisioningStatusInput{InstanceArn: aws.String(i.InstanceARN())})
	must(t, err)
	if len(list.PermissionSetsProvisioningStatus) != 2 {
		t.Errorf("%+v", list)
	}
}

func TestProvisioningHasLimits(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	nowhere, err := i.provisionTo(i.set.ARN, aws.String(data))
	must(t, err)
	i.advance(time.Minute)
	if s := i.provisioning(nowhere.RequestId); s.Status != types.StatusValuesFailed || *s.FailureReason != assignmentMissing {
		t.Errorf("%+v", s)
	}
	for range 3 {
		_, err = i.provisionTo(i.set.ARN, nil)
		must(t, err)
	}
	_, err = i.provisionTo(i.set.ARN, nil)
	wantCode(t, err, "ThrottlingException")
	i.advance(time.Minute)
	_, err = i.provisionTo(i.set.ARN, nil)
	must(t, err)
}

func TestPermissionSetsAreMadeAndChanged(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	made, err := i.admin.CreatePermissionSet(i.ctx(), &ssoadmin.CreatePermissionSetInput{
		InstanceArn: aws.String(i.InstanceARN()), Name: aws.String("mwaa-new"), SessionDuration: aws.String("PT2H30M"),
		Description: aws.String("made by a test"), Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("airpass")}},
	})
	must(t, err)
	arn := made.PermissionSet.PermissionSetArn
	instance := aws.String(i.InstanceARN())
	_, err = i.admin.CreatePermissionSet(i.ctx(), &ssoadmin.CreatePermissionSetInput{InstanceArn: instance, Name: aws.String("mwaa-new")})
	wantCode(t, err, "ConflictException")
	for _, wrong := range []ssoadmin.CreatePermissionSetInput{
		{Name: aws.String(strings.Repeat("a", 33))}, {Name: aws.String("a b")}, {Name: aws.String("a"), SessionDuration: aws.String("PT13H")},
		{Name: aws.String("a"), SessionDuration: aws.String("1h")}, {Name: aws.String("a"), RelayState: aws.String(strings.Repeat("a", 241))},
	} {
		wrong.InstanceArn = instance
		_, err = i.admin.CreatePermissionSet(i.ctx(), &wrong)
		wantCode(t, err, "ValidationException")
	}
	_, err = i.admin.UpdatePermissionSet(i.ctx(), &ssoadmin.UpdatePermissionSetInput{InstanceArn: instance, PermissionSetArn: arn, SessionDuration: aws.String("PT1H"), RelayState: aws.String("https://console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/prod/sso")})
	must(t, err)
	set, err := i.admin.DescribePermissionSet(i.ctx(), &ssoadmin.DescribePermissionSetInput{InstanceArn: instance, PermissionSetArn: arn})
	must(t, err)
	if s := set.PermissionSet; *s.SessionDuration != "PT1H" || *s.Description != "made by a test" || !strings.HasSuffix(*s.RelayState, "/sso") {
		t.Errorf("%+v", s)
	}
	_, err = i.admin.UpdatePermissionSet(i.ctx(), &ssoadmin.UpdatePermissionSetInput{InstanceArn: instance, PermissionSetArn: arn, SessionDuration: aws.String("PT2H")})
	must(t, err)
	set, err = i.admin.DescribePermissionSet(i.ctx(), &ssoadmin.DescribePermissionSetInput{InstanceArn: instance, PermissionSetArn: arn})
	must(t, err)
	if s := set.PermissionSet; *s.SessionDuration != "PT2H" || *s.Description != "made by a test" || s.RelayState != nil {
		t.Errorf("a relay state that is not said again is forgotten: %+v", s)
	}
	none, err := i.admin.GetInlinePolicyForPermissionSet(i.ctx(), &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: instance, PermissionSetArn: arn})
	must(t, err)
	if none.InlinePolicy != nil {
		t.Error(*none.InlinePolicy)
	}
	must(t, i.putPolicy(*arn, `{"v":1}`))
	some, err := i.admin.GetInlinePolicyForPermissionSet(i.ctx(), &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: instance, PermissionSetArn: arn})
	must(t, err)
	if *some.InlinePolicy != `{"v":1}` {
		t.Error(*some.InlinePolicy)
	}
	wantCode(t, i.putPolicy(*arn, "nonsense"), "ValidationException")
	wantCode(t, i.putPolicy(*arn, `["`+strings.Repeat("a", 10240)+`"]`), "ServiceQuotaExceededException")
	if err := i.putPolicy(*arn, "{"+strings.Repeat(" ", 20000)+"}"); err != nil {
		t.Errorf("white space does not count: %v", err)
	}
	delInline := &ssoadmin.DeleteInlinePolicyFromPermissionSetInput{InstanceArn: instance, PermissionSetArn: arn}
	_, err = i.admin.DeleteInlinePolicyFromPermissionSet(i.ctx(), delInline)
	must(t, err)
	_, err = i.admin.DeleteInlinePolicyFromPermissionSet(i.ctx(), delInline)
	wantCode(t, err, "ResourceNotFoundException")

	must(t, i.Assign(Assignment{Account: data, PermissionSetARN: *arn, PrincipalType: PrincipalUser, PrincipalID: i.id(anna)}))
	_, err = i.admin.DeletePermissionSet(i.ctx(), &ssoadmin.DeletePermissionSetInput{InstanceArn: instance, PermissionSetArn: arn})
	wantCode(t, err, "ConflictException")
	must(t, i.Unassign(Assignment{Account: data, PermissionSetARN: *arn, PrincipalType: PrincipalUser, PrincipalID: i.id(anna)}))
	_, err = i.admin.DeletePermissionSet(i.ctx(), &ssoadmin.DeletePermissionSetInput{InstanceArn: instance, PermissionSetArn: arn})
	must(t, err)
}

func TestPermissionSetsAreListedInPages(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	for _, name := range []string{"a", "b", "c"} {
		p, err := i.AddPermissionSet(PermissionSet{Name: name})
		must(t, err)
		must(t, i.Assign(Assignment{Account: data, PermissionSetARN: p.ARN, PrincipalType: PrincipalUser, PrincipalID: i.id(anna)}))
	}
	var all, here []string
	for pages := ssoadmin.NewListPermissionSetsPaginator(i.admin, &ssoadmin.ListPermissionSetsInput{InstanceArn: aws.String(i.InstanceARN()), MaxResults: aws.Int32(2)}); pages.HasMorePages(); {
		out, err := pages.NextPage(i.ctx())
		must(t, err)
		if len(out.PermissionSets) > 2 {
			t.Errorf("%d on a page", len(out.PermissionSets))
		}
		all = append(all, out.PermissionSets...)
	}
	for pages := ssoadmin.NewListPermissionSetsProvisionedToAccountPaginator(i.admin, &ssoadmin.ListPermissionSetsProvisionedToAccountInput{InstanceArn: aws.String(i.InstanceARN()), AccountId: aws.String(data), MaxResults: aws.Int32(1)}); pages.HasMorePages(); {
		out, err := pages.NextPage(i.ctx())
		must(t, err)
		here = append(here, out.PermissionSets...)
	}
	if len(all) != 5 || all[0] != i.set.ARN || len(here) != 3 {
		t.Errorf("%v\n%v", all, here)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	instance := aws.String(i.InstanceARN())
	_, err := i.admin.TagResource(i.ctx(), &ssoadmin.TagResourceInput{InstanceArn: instance, ResourceArn: &i.set.ARN, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("")}}})
	must(t, err)
	_, err = i.admin.UntagResource(i.ctx(), &ssoadmin.UntagResourceInput{InstanceArn: instance, ResourceArn: &i.set.ARN, TagKeys: []string{"a"}})
	must(t, err)
	out, err := i.admin.ListTagsForResource(i.ctx(), &ssoadmin.ListTagsForResourceInput{InstanceArn: instance, ResourceArn: &i.set.ARN})
	must(t, err)
	if len(out.Tags) != 1 || *out.Tags[0].Key != "b" {
		t.Errorf("%+v", out.Tags)
	}
	_, err = i.admin.ListTagsForResource(i.ctx(), &ssoadmin.ListTagsForResourceInput{InstanceArn: instance, ResourceArn: aws.String(i.set.ARN + "x")})
	wantCode(t, err, "ResourceNotFoundException")
}

func TestTheInstance(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	list, err := i.admin.ListInstances(i.ctx(), &ssoadmin.ListInstancesInput{})
	must(t, err)
	if len(list.Instances) != 1 || *list.Instances[0].InstanceArn != i.InstanceARN() || *list.Instances[0].IdentityStoreId != i.IdentityStoreID() {
		t.Errorf("%+v", list.Instances)
	}
	one, err := i.admin.DescribeInstance(i.ctx(), &ssoadmin.DescribeInstanceInput{InstanceArn: aws.String(i.InstanceARN())})
	must(t, err)
	if one.Status != types.InstanceStatusActive || *one.OwnerAccountId != DefaultManagementAccount {
		t.Errorf("%+v", one)
	}
	_, err = i.admin.DescribeInstance(i.ctx(), &ssoadmin.DescribeInstanceInput{InstanceArn: aws.String("arn:aws:sso:::instance/ssoins-0000000000000000")})
	wantCode(t, err, "AccessDeniedException")
}
