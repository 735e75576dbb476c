package identitycenter

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"airpass/access"
	"airpass/outbound"
)

// PersonID returns the user id of the person with this user name in the identity
// store, which is the name under which Okta provisioned them. The error wraps
// access.ErrNotFound if there is none.
// See https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_GetUserId.html.
func (c *Client) PersonID(ctx context.Context, userName string) (string, error) {
	if userName == "" {
		return "", fmt.Errorf("%w: a person in Identity Center is looked up by a user name", access.ErrInvalid)
	}
	var id string
	err := c.caller.Do(ctx, outbound.GetUserID, func(ctx context.Context) error {
		out, err := c.people.GetUserId(ctx, &identitystore.GetUserIdInput{
			IdentityStoreId: aws.String(c.opts.IdentityStore),
			AlternateIdentifier: &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{
				AttributePath: aws.String("userName"), AttributeValue: document.NewLazyDocument(userName),
			}},
		})
		if err != nil {
			return failure(outbound.GetUserID, err)
		}
		if id = aws.ToString(out.UserId); id == "" {
			return implausible(outbound.GetUserID, "the answer has no user id")
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("user %q of Identity Center: %w", userName, err)
	}
	return id, nil
}

// Enabled says whether a person with this user id may sign in: somebody who lost the
// application in Okta and got it again is disabled until Okta has told. The error
// wraps access.ErrNotFound if there is no such person.
// See https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeUser.html.
func (c *Client) Enabled(ctx context.Context, person string) (bool, error) {
	enabled := false
	err := c.caller.Do(ctx, outbound.DescribeUser, func(ctx context.Context) error {
		out, err := c.people.DescribeUser(ctx, &identitystore.DescribeUserInput{IdentityStoreId: aws.String(c.opts.IdentityStore), UserId: aws.String(person)})
		if err != nil {
			return failure(outbound.DescribeUser, err)
		}
		if aws.ToString(out.UserId) != person {
			return implausible(outbound.DescribeUser, "another person than the one asked for")
		}
		enabled = out.UserStatus != types.UserStatusDisabled // an older endpoint says nothing
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("user %s of Identity Center: %w", person, err)
	}
	return enabled, nil
}

// groupsPerCall is how many groups one question may name.
// See https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_IsMemberInGroups.html.
const groupsPerCall = 100

// existingMemberships says in which of the groups a person is. Assignments outlive
// the groups they were made for, and a question that names one group that is gone is
// refused as a whole: then each is asked about alone. Nobody is in a group that is
// gone, and who is gone themselves is in none.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html.
func (c *Client) existingMemberships(ctx context.Context, store, person string, groups []string) (map[string]bool, error) {
	in, err := c.memberships(ctx, store, person, groups)
	if access.ClassOf(err) != access.Missing {
		return in, err
	}
	in = map[string]bool{}
	for _, g := range groups {
		err := c.addMemberships(ctx, store, person, []string{g}, in)
		if err != nil && access.ClassOf(err) != access.Missing {
			return nil, err
		}
	}
	return in, nil
}

// memberships says in which of the groups a person is. The error wraps
// access.ErrNotFound if the person or one of the groups does not exist.
func (c *Client) memberships(ctx context.Context, store, person string, groups []string) (map[string]bool, error) {
	in := map[string]bool{}
	for len(groups) > 0 {
		n := min(len(groups), groupsPerCall)
		if err := c.addMemberships(ctx, store, person, groups[:n], in); err != nil {
			return nil, err
		}
		groups = groups[n:]
	}
	return in, nil
}

func (c *Client) addMemberships(ctx context.Context, store, person string, groups []string, in map[string]bool) error {
	return c.caller.Do(ctx, outbound.IsMemberInGroups, func(ctx context.Context) error {
		out, err := c.people.IsMemberInGroups(ctx, &identitystore.IsMemberInGroupsInput{
			IdentityStoreId: aws.String(store), GroupIds: groups, MemberId: &types.MemberIdMemberUserId{Value: person},
		})
		if err != nil {
			return failure(outbound.IsMemberInGroups, err)
		}
		answered := map[string]bool{}
		for _, r := range out.Results {
			answered[aws.ToString(r.GroupId)] = true
			if r.MembershipExists {
				in[aws.ToString(r.GroupId)] = true
			}
		}
		for _, g := range groups {
			if !answered[g] {
				return implausible(outbound.IsMemberInGroups, "the answer says nothing about group %s", g)
			}
		}
		return nil
	})
}
