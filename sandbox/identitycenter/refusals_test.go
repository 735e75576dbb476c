package identitycenter

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

const nobodysID = "ec7d0558-60d1-709c-b30d-81f909a1dfe7"

func TestTheIdentityStoreRefuses(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	ctx, store, other := i.ctx(), aws.String(i.IdentityStoreID()), aws.String("d-0000000000")
	anybody := &types.MemberIdMemberUserId{Value: i.id(anna)}
	nobody := &types.MemberIdMemberUserId{Value: nobodysID}
	named := func(path string) types.AlternateIdentifier {
		return &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{AttributePath: &path, AttributeValue: document.NewLazyDocument("x")}}
	}
	const missing, invalid = "ResourceNotFoundException", "ValidationException"
	for name, c := range map[string]struct {
		ask  func() error
		code string
	}{
		"an unknown group's name": {func() error {
			_, err := i.store.GetGroupId(ctx, &identitystore.GetGroupIdInput{IdentityStoreId: store, AlternateIdentifier: named("displayName")})
			return err
		}, missing},
		"another attribute": {func() error {
			_, err := i.store.GetGroupId(ctx, &identitystore.GetGroupIdInput{IdentityStoreId: store, AlternateIdentifier: named("colour")})
			return err
		}, invalid},
		"a number for a name": {func() error {
			_, err := i.store.GetUserId(ctx, &identitystore.GetUserIdInput{IdentityStoreId: store, AlternateIdentifier: &types.AlternateIdentifierMemberUniqueAttribute{
				Value: types.UniqueAttribute{AttributePath: aws.String("userName"), AttributeValue: document.NewLazyDocument(7)},
			}})
			return err
		}, invalid},
		"somebody else's external id": {func() error {
			_, err := i.store.GetUserId(ctx, &identitystore.GetUserIdInput{IdentityStoreId: store, AlternateIdentifier: &types.AlternateIdentifierMemberExternalId{
				Value: types.ExternalId{Issuer: aws.String("https://example.com/"), Id: aws.String("00u" + anna)},
			}})
			return err
		}, missing},
		"an unknown group": {func() error {
			_, err := i.store.DescribeGroup(ctx, &identitystore.DescribeGroupInput{IdentityStoreId: store, GroupId: aws.String(nobodysID)})
			return err
		}, missing},
		"members of an unknown group": {func() error {
			_, err := i.store.ListGroupMemberships(ctx, &identitystore.ListGroupMembershipsInput{IdentityStoreId: store, GroupId: aws.String(nobodysID)})
			return err
		}, missing},
		"another store's groups": {func() error {
			_, err := i.store.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: other})
			return err
		}, missing},
		"another store's members": {func() error {
			_, err := i.store.IsMemberInGroups(ctx, &identitystore.IsMemberInGroupsInput{IdentityStoreId: other, GroupIds: []string{i.team.ID}, MemberId: anybody})
			return err
		}, missing},
		"no groups to be in": {func() error {
			_, err := i.store.IsMemberInGroups(ctx, &identitystore.IsMemberInGroupsInput{IdentityStoreId: store, GroupIds: []string{}, MemberId: anybody})
			return err
		}, invalid},
		"nobody's memberships": {func() error {
			_, err := i.store.ListGroupMembershipsForMember(ctx, &identitystore.ListGroupMembershipsForMemberInput{IdentityStoreId: store, MemberId: nobody})
			return err
		}, missing},
		"a membership of nobody": {func() error {
			_, err := i.store.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: &i.team.ID, MemberId: nobody})
			return err
		}, missing},
		"a membership that is not": {func() error {
			_, err := i.store.GetGroupMembershipId(ctx, &identitystore.GetGroupMembershipIdInput{IdentityStoreId: store, GroupId: &i.team.ID, MemberId: anybody})
			return err
		}, missing},
		"a deprecated filter": {func() error {
			_, err := i.store.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: store, Filters: []types.Filter{{AttributePath: aws.String("Colour"), AttributeValue: aws.String("red")}}})
			return err
		}, invalid},
	} {
		t.Log(name)
		wantCode(t, c.ask(), c.code)
	}
}

func TestTheAdminAPIRefuses(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	ctx, arn, wrong := i.ctx(), aws.String(i.InstanceARN()), aws.String("arn:aws:sso:::instance/ssoins-0000000000000000")
	app, err := i.AddApplication(Application{Name: "airflow"})
	must(t, err)
	const missing, invalid, denied = "ResourceNotFoundException", "ValidationException", "AccessDeniedException"
	for name, c := range map[string]struct {
		ask  func() error
		code string
	}{
		"another instance's sets": {func() error {
			_, err := i.admin.ListPermissionSets(ctx, &ssoadmin.ListPermissionSetsInput{InstanceArn: wrong})
			return err
		}, denied},
		"another instance's requests": {func() error {
			_, err := i.admin.ListAccountAssignmentDeletionStatus(ctx, &ssoadmin.ListAccountAssignmentDeletionStatusInput{InstanceArn: wrong})
			return err
		}, denied},
		"an unknown request": {func() error {
			_, err := i.admin.DescribeAccountAssignmentDeletionStatus(ctx, &ssoadmin.DescribeAccountAssignmentDeletionStatusInput{InstanceArn: arn, AccountAssignmentDeletionRequestId: aws.String(nobodysID)})
			return err
		}, missing},
		"no request id": {func() error {
			_, err := i.admin.DescribeAccountAssignmentCreationStatus(ctx, &ssoadmin.DescribeAccountAssignmentCreationStatusInput{InstanceArn: arn, AccountAssignmentCreationRequestId: aws.String("12")})
			return err
		}, invalid},
		"no such status": {func() error {
			_, err := i.admin.ListAccountAssignmentCreationStatus(ctx, &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: arn, Filter: &admintypes.OperationStatusFilter{Status: "ASLEEP"}})
			return err
		}, invalid},
		"assignments of an unknown set": {func() error {
			_, err := i.admin.ListAccountAssignments(ctx, &ssoadmin.ListAccountAssignmentsInput{InstanceArn: arn, AccountId: aws.String(data), PermissionSetArn: aws.String(i.set.ARN + "x")})
			return err
		}, missing},
		"provisioning without an account": {func() error {
			_, err := i.admin.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: arn, PermissionSetArn: &i.set.ARN, TargetType: admintypes.ProvisionTargetTypeAwsAccount})
			return err
		}, invalid},
		"provisioning in all and one": {func() error {
			_, err := i.admin.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: arn, PermissionSetArn: &i.set.ARN, TargetType: admintypes.ProvisionTargetTypeAllProvisionedAccounts, TargetId: aws.String(data)})
			return err
		}, invalid},
		"provisioning elsewhere": {func() error {
			_, err := i.admin.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: arn, PermissionSetArn: &i.set.ARN, TargetType: "MOON"})
			return err
		}, invalid},
		"no such provisioning status": {func() error {
			_, err := i.admin.ListPermissionSetsProvisionedToAccount(ctx, &ssoadmin.ListPermissionSetsProvisionedToAccountInput{InstanceArn: arn, AccountId: aws.String(data), ProvisioningStatus: "ASLEEP"})
			return err
		}, invalid},
		"an application's odd origin": {func() error {
			_, err := i.admin.UpdateApplication(ctx, &ssoadmin.UpdateApplicationInput{ApplicationArn: &app.ARN, PortalOptions: &admintypes.UpdateApplicationPortalOptions{SignInOptions: &admintypes.SignInOptions{Origin: "MOON"}}})
			return err
		}, invalid},
		"an application for no principal": {func() error {
			_, err := i.admin.DeleteApplicationAssignment(ctx, &ssoadmin.DeleteApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: aws.String("anna"), PrincipalType: admintypes.PrincipalTypeUser})
			return err
		}, invalid},
		"nobody's applications": {func() error {
			_, err := i.admin.ListApplicationAssignmentsForPrincipal(ctx, &ssoadmin.ListApplicationAssignmentsForPrincipalInput{InstanceArn: arn, PrincipalId: aws.String(nobodysID), PrincipalType: admintypes.PrincipalTypeUser})
			return err
		}, missing},
	} {
		t.Log(name)
		wantCode(t, c.ask(), c.code)
	}
}

func TestSetUpIsChecked(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	only := func(_ any, err error) error { return err }
	good := i.user(anna)
	with := func(change func(*Assignment)) error {
		a := good
		change(&a)
		return i.Assign(a)
	}
	for name, c := range map[string]struct{ got, want error }{
		"a nameless user":        {only(i.AddUser(User{})), ErrInvalid},
		"a user name twice":      {only(i.AddUser(User{UserName: anna})), ErrTaken},
		"a nameless group":       {only(i.AddGroup(Group{})), ErrInvalid},
		"a group twice":          {only(i.AddGroup(Group{Name: i.team.Name})), ErrTaken},
		"a nameless set":         {only(i.AddPermissionSet(PermissionSet{})), ErrInvalid},
		"a set twice":            {only(i.AddPermissionSet(PermissionSet{Name: i.set.Name})), ErrTaken},
		"a session of a minute":  {only(i.AddPermissionSet(PermissionSet{Name: "short", SessionDuration: time.Minute})), ErrInvalid},
		"a nameless application": {only(i.AddApplication(Application{})), ErrInvalid},
		"no account":             {i.AddAccount("12", ""), ErrInvalid},
		"an unknown account":     {with(func(a *Assignment) { a.Account = "999999999999" }), ErrNotFound},
		"an unknown set":         {with(func(a *Assignment) { a.PermissionSetARN = "x" }), ErrNotFound},
		"an unknown person":      {with(func(a *Assignment) { a.PrincipalID = nobodysID }), ErrNotFound},
		"a group as a person":    {with(func(a *Assignment) { a.PrincipalID = i.team.ID }), ErrNotFound},
		"what is not assigned":   {i.Unassign(good), ErrNotFound},
		"an unknown policy's":    {i.SetInlinePolicy("x", "{}"), ErrNotFound},
		"an unknown operation":   {i.CompleteOperation("x"), ErrNotFound},
		"an unknown user":        {i.DeleteUser("x"), ErrUnknownUser},
		"nobody's applications":  {only(i.ApplicationsOf("x")), ErrUnknownUser},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v", name, c.got)
		}
	}
}
