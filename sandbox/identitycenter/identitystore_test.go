package identitycenter

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
)

func (i *instance) find(path, value string) (string, error) {
	out, err := i.store.GetUserId(i.ctx(), &identitystore.GetUserIdInput{
		IdentityStoreId: aws.String(i.IdentityStoreID()),
		AlternateIdentifier: &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{
			AttributePath: &path, AttributeValue: document.NewLazyDocument(value),
		}},
	})
	if err != nil {
		return "", err
	}
	return *out.UserId, nil
}

func TestPeopleAreFoundByNameMailAndExternalID(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	for _, name := range []string{anna, plus, jens} {
		for _, path := range []string{"userName", "emails.value"} {
			if id, err := i.find(path, name); err != nil || id != i.id(name) {
				t.Errorf("%s %s: %s %v", path, name, id, err)
			}
		}
	}
	_, err := i.find("userName", "nobody@example.com")
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) || missing.ResourceType != types.ResourceTypeUser || aws.ToString(missing.RequestId) == "" {
		t.Errorf("%v", err)
	}
	_, err = i.find("displayName", anna)
	wantCode(t, err, "ValidationException")
	u, err := i.store.DescribeUser(i.ctx(), &identitystore.DescribeUserInput{IdentityStoreId: aws.String(i.IdentityStoreID()), UserId: aws.String(i.id(anna))})
	must(t, err)
	if *u.UserName != anna || *u.Emails[0].Value != anna || u.UserStatus != types.UserStatusEnabled {
		t.Errorf("%+v", u)
	}
	found, err := i.store.GetUserId(i.ctx(), &identitystore.GetUserIdInput{
		IdentityStoreId:     aws.String(i.IdentityStoreID()),
		AlternateIdentifier: &types.AlternateIdentifierMemberExternalId{Value: u.ExternalIds[0]},
	})
	must(t, err)
	if *found.UserId != i.id(anna) || *u.ExternalIds[0].Id != "00u"+anna {
		t.Errorf("%s %+v", *found.UserId, u.ExternalIds)
	}
	_, err = i.store.DescribeUser(i.ctx(), &identitystore.DescribeUserInput{IdentityStoreId: aws.String("d-0000000000"), UserId: u.UserId})
	wantCode(t, err, "ResourceNotFoundException")
	_, err = i.store.DescribeUser(i.ctx(), &identitystore.DescribeUserInput{IdentityStoreId: aws.String(i.IdentityStoreID()), UserId: aws.String(i.team.ID)})
	wantCode(t, err, "ResourceNotFoundException")
}

func TestPeopleAndGroupsAreListedInPages(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	var names []string
	for pages := identitystore.NewListUsersPaginator(i.store, &identitystore.ListUsersInput{IdentityStoreId: aws.String(i.IdentityStoreID()), MaxResults: aws.Int32(3)}); pages.HasMorePages(); {
		out, err := pages.NextPage(i.ctx())
		must(t, err)
		for _, u := range out.Users {
			names = append(names, *u.UserName)
		}
	}
	if len(names) != 4 || names[0] != anna {
		t.Errorf("%v", names)
	}
	one, err := i.store.ListUsers(i.ctx(), &identitystore.ListUsersInput{IdentityStoreId: aws.String(i.IdentityStoreID()), Filters: []types.Filter{{AttributePath: aws.String("UserName"), AttributeValue: aws.String(plus)}}})
	must(t, err)
	if len(one.Users) != 1 || *one.Users[0].UserName != plus {
		t.Errorf("%+v", one.Users)
	}
	groups, err := i.store.ListGroups(i.ctx(), &identitystore.ListGroupsInput{IdentityStoreId: aws.String(i.IdentityStoreID())})
	must(t, err)
	if len(groups.Groups) != 1 || *groups.Groups[0].DisplayName != i.team.Name {
		t.Errorf("%+v", groups.Groups)
	}
	found, err := i.store.GetGroupId(i.ctx(), &identitystore.GetGroupIdInput{
		IdentityStoreId: aws.String(i.IdentityStoreID()),
		AlternateIdentifier: &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{
			AttributePath: aws.String("displayName"), AttributeValue: document.NewLazyDocument(i.team.Name),
		}},
	})
	must(t, err)
	g, err := i.store.DescribeGroup(i.ctx(), &identitystore.DescribeGroupInput{IdentityStoreId: aws.String(i.IdentityStoreID()), GroupId: found.GroupId})
	must(t, err)
	if *g.GroupId != i.team.ID {
		t.Errorf("%+v", g)
	}
}

func (i *instance) isMember(userName string, groups ...string) []bool {
	i.t.Helper()
	out, err := i.store.IsMemberInGroups(i.ctx(), &identitystore.IsMemberInGroupsInput{
		IdentityStoreId: aws.String(i.IdentityStoreID()), GroupIds: groups, MemberId: &types.MemberIdMemberUserId{Value: i.id(userName)},
	})
	must(i.t, err)
	var in []bool
	for _, r := range out.Results {
		in = append(in, r.MembershipExists)
	}
	return in
}

func TestMemberships(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	store, member := aws.String(i.IdentityStoreID()), &types.MemberIdMemberUserId{Value: i.id(anna)}
	nobodys := "ec7d0558-60d1-709c-b30d-81f909a1dfe7"
	if in := i.isMember(anna, i.team.ID, nobodys); len(in) != 2 || in[0] || in[1] {
		t.Errorf("%v", in)
	}
	made, err := i.store.CreateGroupMembership(i.ctx(), &identitystore.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: &i.team.ID, MemberId: member})
	must(t, err)
	_, err = i.store.CreateGroupMembership(i.ctx(), &identitystore.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: &i.team.ID, MemberId: member})
	var conflict *types.ConflictException
	if !errors.As(err, &conflict) || conflict.Reason != types.ConflictExceptionReasonUniquenessConstraintViolation {
		t.Errorf("%v", err)
	}
	if in := i.isMember(anna, i.team.ID); !in[0] || i.isMember(boris, i.team.ID)[0] {
		t.Error("Anna is not in, or Boris is")
	}
	found, err := i.store.GetGroupMembershipId(i.ctx(), &identitystore.GetGroupMembershipIdInput{IdentityStoreId: store, GroupId: &i.team.ID, MemberId: member})
	must(t, err)
	one, err := i.store.DescribeGroupMembership(i.ctx(), &identitystore.DescribeGroupMembershipInput{IdentityStoreId: store, MembershipId: found.MembershipId})
	must(t, err)
	if *one.MembershipId != *made.MembershipId || *one.GroupId != i.team.ID {
		t.Errorf("%+v", one)
	}
	must(t, i.SetMembership(i.team.ID, boris, true))
	n := 0
	for pages := identitystore.NewListGroupMembershipsPaginator(i.store, &identitystore.ListGroupMembershipsInput{IdentityStoreId: store, GroupId: &i.team.ID, MaxResults: aws.Int32(1)}); pages.HasMorePages(); {
		out, err := pages.NextPage(i.ctx())
		must(t, err)
		n += len(out.GroupMemberships)
	}
	hers, err := i.store.ListGroupMembershipsForMember(i.ctx(), &identitystore.ListGroupMembershipsForMemberInput{IdentityStoreId: store, MemberId: member})
	must(t, err)
	if n != 2 || len(hers.GroupMemberships) != 1 {
		t.Errorf("%d, %+v", n, hers)
	}
	_, err = i.store.DeleteGroupMembership(i.ctx(), &identitystore.DeleteGroupMembershipInput{IdentityStoreId: store, MembershipId: made.MembershipId})
	must(t, err)
	_, err = i.store.DeleteGroupMembership(i.ctx(), &identitystore.DeleteGroupMembershipInput{IdentityStoreId: store, MembershipId: made.MembershipId})
	wantCode(t, err, "ResourceNotFoundException")
	if i.isMember(anna, i.team.ID)[0] {
		t.Error("still in")
	}
	_, err = i.store.IsMemberInGroups(i.ctx(), &identitystore.IsMemberInGroupsInput{IdentityStoreId: store, GroupIds: []string{i.team.ID}, MemberId: &types.MemberIdMemberUserId{Value: nobodys}})
	wantCode(t, err, "ResourceNotFoundException")
}
