package okta

import (
	"context"
	"errors"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"airpass/access"
	"airpass/outbound"
)

// IdentityCenterUserName returns the name under which a person is provisioned to
// IAM Identity Center: that of their assignment of the application, or the
// configured profile attribute. It returns access.ErrNotFound, in words, when they
// have none. Where people are given the application (AssignmentGroup), who does not
// have it has no name either: they are not provisioned, or disabled.
func (c *Client) IdentityCenterUserName(ctx context.Context, oktaID string) (string, error) {
	if c.o.UserNameAttribute != "" && c.o.AssignmentGroup == "" {
		return c.userNameInProfile(ctx, oktaID)
	}
	if !plainID(oktaID) {
		return "", fmt.Errorf("%w: %q is no Okta user id", access.ErrInvalid, oktaID)
	}
	if c.o.IdentityCenterApp == "" {
		return "", fmt.Errorf("%w: the Identity Center application is not configured", access.ErrNotFound)
	}
	u, err := c.applicationUser(ctx, oktaID)
	if errors.Is(err, access.ErrNotFound) {
		return "", fmt.Errorf("%w: the Okta user %s does not have the Identity Center application: %w", access.ErrNotFound, oktaID, err)
	}
	if err != nil {
		return "", err
	}
	if c.o.UserNameAttribute != "" {
		return c.userNameInProfile(ctx, oktaID)
	}
	if u.Credentials == nil || u.Credentials.UserName == "" {
		return "", fmt.Errorf("%w: the Okta user %s has the Identity Center application without a user name", access.ErrNotFound, oktaID)
	}
	return u.Credentials.UserName, nil
}

func (c *Client) userNameInProfile(ctx context.Context, oktaID string) (string, error) {
	u, err := c.userByID(ctx, oktaID)
	if err != nil {
		return "", err
	}
	name := profileText(u, c.o.UserNameAttribute)
	if name == "" {
		return "", fmt.Errorf("%w: the Okta profile of %s has no %s", access.ErrNotFound, oktaID, c.o.UserNameAttribute)
	}
	return name, nil
}

// IdentityCenterUserNames are the names of everybody, by Okta user id, as
// IdentityCenterUserName tells them one by one; who has none is not in it. Where they are in the profile, all users
// of the org are listed for it.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/#tag/ApplicationUsers/operation/listApplicationUsers.
func (c *Client) IdentityCenterUserNames(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	if c.o.UserNameAttribute == "" || c.o.AssignmentGroup != "" {
		if c.o.IdentityCenterApp == "" {
			return nil, fmt.Errorf("%w: the Identity Center application is not configured", access.ErrInvalid)
		}
		assigned, err := collect(ctx, c, outbound.OktaListApplicationUsers, noLimit, func(ctx context.Context) ([]*sdk.AppUser, *sdk.Response, error) {
			return c.sdk.Application.ListApplicationUsers(ctx, c.o.IdentityCenterApp, query.NewQueryParams(query.WithLimit(500)))
		})
		if err != nil {
			return nil, err
		}
		for _, u := range assigned {
			if u.Credentials != nil && u.Credentials.UserName != "" {
				names[u.Id] = u.Credentials.UserName
			}
		}
	}
	if c.o.UserNameAttribute == "" {
		return names, nil
	}
	all, err := c.listUsers(ctx, query.NewQueryParams(query.WithLimit(200)))
	if err != nil {
		return nil, err
	}
	inProfile := map[string]string{}
	for _, u := range all {
		_, has := names[u.Id]
		if name := profileText(u, c.o.UserNameAttribute); name != "" && (has || c.o.AssignmentGroup == "") {
			inProfile[u.Id] = name
		}
	}
	return inProfile, nil
}

// applicationUser reads an assignment of the application to a person.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/#tag/ApplicationUsers/operation/getApplicationUser.
func (c *Client) applicationUser(ctx context.Context, oktaID string) (*sdk.AppUser, error) {
	var u *sdk.AppUser
	err := c.o.Caller.Do(ctx, outbound.OktaGetApplicationUser, func(ctx context.Context) error {
		var err error
		u, _, err = c.sdk.Application.GetApplicationUser(ctx, c.o.IdentityCenterApp, oktaID, nil)
		if err == nil && (u == nil || u.Id != oktaID) {
			return implausible(outbound.OktaGetApplicationUser, "another person than the one asked for")
		}
		return classified(outbound.OktaGetApplicationUser, err)
	})
	return u, err
}
