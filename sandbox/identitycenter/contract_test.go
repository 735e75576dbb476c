package identitycenter

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

// tour calls operations one after the other and reports what fails.
type tour struct {
	*instance
	arn, store *string
}

func (r *tour) step(_ any, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Error(err)
	}
}

// TestEveryOperationIsApproved calls each operation through the real SDK and wants
// AWS's model to have approved a successful answer of each.
func TestEveryOperationIsApproved(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	r := &tour{instance: i, arn: aws.String(i.InstanceARN()), store: aws.String(i.IdentityStoreID())}
	r.assignments()
	r.permissionSets()
	r.applications()
	r.people()
	r.memberships()
	checked := i.watch.Checked()
	for _, op := range apiOperations() {
		if checked[op.name+" 200"] == 0 {
			t.Errorf("no answer of %s was approved", op.name)
		}
	}
}

func (r *tour) assignments() {
	r.t.Helper()
	i, ctx := r.instance, r.ctx()
	r.step(i.admin.ListInstances(ctx, &ssoadmin.ListInstancesInput{}))
	r.step(i.admin.DescribeInstance(ctx, &ssoadmin.DescribeInstanceInput{InstanceArn: r.arn}))
	made, err := i.create(i.user(anna))
	must(r.t, err)
	i.advance(time.Minute)
	i.creation(made.RequestId)
	gone, err := i.delete(i.user(anna))
	must(r.t, err)
	i.deletion(gone.RequestId)
	r.step(i.admin.ListAccountAssignmentCreationStatus(ctx, &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: r.arn}))
	r.step(i.admin.ListAccountAssignmentDeletionStatus(ctx, &ssoadmin.ListAccountAssignmentDeletionStatusInput{InstanceArn: r.arn}))
	i.list(data, i.set.ARN)
	r.step(i.forPrincipal(PrincipalUser, i.id(anna), ""))
}

func (r *tour) permissionSets() {
	r.t.Helper()
	i, ctx := r.instance, r.ctx()
	made, err := i.admin.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{InstanceArn: r.arn, Name: aws.String("tour")})
	must(r.t, err)
	set := made.PermissionSet.PermissionSetArn
	r.step(i.admin.UpdatePermissionSet(ctx, &ssoadmin.UpdatePermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set, Description: aws.String("d")}))
	r.step(i.admin.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
	r.step(i.admin.ListPermissionSets(ctx, &ssoadmin.ListPermissionSetsInput{InstanceArn: r.arn}))
	r.step(nil, i.putPolicy(*set, "{}"))
	r.step(i.admin.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
	must(r.t, i.AttachPolicies("tour", "/teams/bounds", "arn:aws:iam::aws:policy/ReadOnlyAccess", "own"))
	r.step(i.admin.ListManagedPoliciesInPermissionSet(ctx, &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
	r.step(i.admin.ListCustomerManagedPolicyReferencesInPermissionSet(ctx, &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
	r.step(i.admin.GetPermissionsBoundaryForPermissionSet(ctx, &ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
	r.step(i.admin.DeleteInlinePolicyFromPermissionSet(ctx, &ssoadmin.DeleteInlinePolicyFromPermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
	op, err := i.provisionTo(*set, nil)
	must(r.t, err)
	i.advance(time.Minute)
	i.provisioning(op.RequestId)
	r.step(i.admin.ListPermissionSetProvisioningStatus(ctx, &ssoadmin.ListPermissionSetProvisioningStatusInput{InstanceArn: r.arn}))
	r.step(i.admin.ListPermissionSetsProvisionedToAccount(ctx, &ssoadmin.ListPermissionSetsProvisionedToAccountInput{InstanceArn: r.arn, AccountId: aws.String(data)}))
	r.step(i.admin.ListAccountsForProvisionedPermissionSet(ctx, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
	r.step(i.admin.TagResource(ctx, &ssoadmin.TagResourceInput{InstanceArn: r.arn, ResourceArn: set, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}}))
	r.step(i.admin.ListTagsForResource(ctx, &ssoadmin.ListTagsForResourceInput{InstanceArn: r.arn, ResourceArn: set}))
	r.step(i.admin.UntagResource(ctx, &ssoadmin.UntagResourceInput{InstanceArn: r.arn, ResourceArn: set, TagKeys: []string{"a"}}))
	r.step(i.admin.DeletePermissionSet(ctx, &ssoadmin.DeletePermissionSetInput{InstanceArn: r.arn, PermissionSetArn: set}))
}

func (r *tour) applications() {
	r.t.Helper()
	i, ctx := r.instance, r.ctx()
	app, err := i.AddApplication(Application{Name: "airflow", Description: "Airflow", URL: "https://example.com/"})
	must(r.t, err)
	who, user := aws.String(i.id(anna)), types.PrincipalTypeUser
	r.step(i.admin.ListApplications(ctx, &ssoadmin.ListApplicationsInput{InstanceArn: r.arn}))
	r.step(i.admin.DescribeApplication(ctx, &ssoadmin.DescribeApplicationInput{ApplicationArn: &app.ARN}))
	r.step(i.admin.DescribeApplicationProvider(ctx, &ssoadmin.DescribeApplicationProviderInput{ApplicationProviderArn: &app.ProviderARN}))
	r.step(i.admin.PutApplicationAssignmentConfiguration(ctx, &ssoadmin.PutApplicationAssignmentConfigurationInput{ApplicationArn: &app.ARN, AssignmentRequired: aws.Bool(true)}))
	r.step(i.admin.GetApplicationAssignmentConfiguration(ctx, &ssoadmin.GetApplicationAssignmentConfigurationInput{ApplicationArn: &app.ARN}))
	r.step(i.admin.UpdateApplication(ctx, &ssoadmin.UpdateApplicationInput{ApplicationArn: &app.ARN, Name: aws.String("airflow-2")}))
	r.step(i.admin.CreateApplicationAssignment(ctx, &ssoadmin.CreateApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: who, PrincipalType: user}))
	r.step(i.admin.DescribeApplicationAssignment(ctx, &ssoadmin.DescribeApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: who, PrincipalType: user}))
	r.step(i.admin.ListApplicationAssignments(ctx, &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: &app.ARN}))
	r.step(i.admin.ListApplicationAssignmentsForPrincipal(ctx, &ssoadmin.ListApplicationAssignmentsForPrincipalInput{InstanceArn: r.arn, PrincipalId: who, PrincipalType: user}))
	r.step(i.admin.DeleteApplicationAssignment(ctx, &ssoadmin.DeleteApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: who, PrincipalType: user}))
}

func (r *tour) people() {
	r.t.Helper()
	i, ctx := r.instance, r.ctx()
	r.step(i.find("userName", jens))
	r.step(i.store.DescribeUser(ctx, &identitystore.DescribeUserInput{IdentityStoreId: r.store, UserId: aws.String(i.id(jens))}))
	r.step(i.store.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: r.store}))
	r.step(i.store.GetGroupId(ctx, &identitystore.GetGroupIdInput{IdentityStoreId: r.store, AlternateIdentifier: &idtypes.AlternateIdentifierMemberUniqueAttribute{
		Value: idtypes.UniqueAttribute{AttributePath: aws.String("displayName"), AttributeValue: document.NewLazyDocument(i.team.Name)},
	}}))
	r.step(i.store.DescribeGroup(ctx, &identitystore.DescribeGroupInput{IdentityStoreId: r.store, GroupId: &i.team.ID}))
	r.step(i.store.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: r.store}))
}

func (r *tour) memberships() {
	r.t.Helper()
	i, ctx := r.instance, r.ctx()
	member := &idtypes.MemberIdMemberUserId{Value: i.id(anna)}
	made, err := i.store.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{IdentityStoreId: r.store, GroupId: &i.team.ID, MemberId: member})
	must(r.t, err)
	i.isMember(anna, i.team.ID)
	r.step(i.store.GetGroupMembershipId(ctx, &identitystore.GetGroupMembershipIdInput{IdentityStoreId: r.store, GroupId: &i.team.ID, MemberId: member}))
	r.step(i.store.DescribeGroupMembership(ctx, &identitystore.DescribeGroupMembershipInput{IdentityStoreId: r.store, MembershipId: made.MembershipId}))
	r.step(i.store.ListGroupMemberships(ctx, &identitystore.ListGroupMembershipsInput{IdentityStoreId: r.store, GroupId: &i.team.ID}))
	r.step(i.store.ListGroupMembershipsForMember(ctx, &identitystore.ListGroupMembershipsForMemberInput{IdentityStoreId: r.store, MemberId: member}))
	r.step(i.store.DeleteGroupMembership(ctx, &identitystore.DeleteGroupMembershipInput{IdentityStoreId: r.store, MembershipId: made.MembershipId}))
}
