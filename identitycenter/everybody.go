package identitycenter

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"airpass/access"
	"airpass/outbound"
)

// Account is a person's account in the identity store.
type Account struct {
	ID       string
	UserName string
	// ExternalIDs are the ids that identity providers gave.
	ExternalIDs []string
}

// Accounts lists everybody in the identity store, page by page.
// See https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListUsers.html.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	var all []Account
	in := &identitystore.ListUsersInput{IdentityStoreId: aws.String(c.opts.IdentityStore), MaxResults: aws.Int32(pageSize)}
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *identitystore.ListUsersOutput
		err = c.caller.Do(ctx, outbound.ListUsers, func(ctx context.Context) (err error) {
			out, err = c.people.ListUsers(ctx, in)
			return failure(outbound.ListUsers, err)
		})
		if err != nil {
			return nil, err
		}
		for _, u := range out.Users {
			a := Account{ID: aws.ToString(u.UserId), UserName: aws.ToString(u.UserName)}
			for _, e := range u.ExternalIds {
				a.ExternalIDs = append(a.ExternalIDs, aws.ToString(e.Id))
			}
			all = append(all, a)
		}
		return out.NextToken, nil
	})
	return all, err
}

// MembersOf lists the user ids of who is in a group of the identity store. The error
// wraps access.ErrNotFound if there is no such group.
// See https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListGroupMemberships.html.
func (c *Client) MembersOf(ctx context.Context, store, group string) ([]string, error) {
	if group == "" {
		return nil, fmt.Errorf("%w: the members of a group without an id", access.ErrInvalid)
	}
	var all []string
	in := &identitystore.ListGroupMembershipsInput{IdentityStoreId: aws.String(store), GroupId: aws.String(group), MaxResults: aws.Int32(pageSize)}
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *identitystore.ListGroupMembershipsOutput
		err = c.caller.Do(ctx, outbound.ListGroupMemberships, func(ctx context.Context) (err error) {
			out, err = c.people.ListGroupMemberships(ctx, in)
			return failure(outbound.ListGroupMemberships, err)
		})
		if err != nil {
			return nil, err
		}
		for _, m := range out.GroupMemberships {
			if who, is := m.MemberId.(*types.MemberIdMemberUserId); is {
				all = append(all, who.Value)
			}
		}
		return out.NextToken, nil
	})
	return all, err
}
